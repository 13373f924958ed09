"""The published tables: enough of them, from enough places, every function, and nothing behind the times."""

import doctest
import importlib
import importlib.util
import pkgutil
from pathlib import Path

import pytest

from kik_analysis import statistics
from kik_analysis.errors import DataError

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "validation"
BY_DRAWING = {"estimates.e_process", "estimates.confidence_sequence"}
"""Public functions with no printed value to compare with; test_power_sequential.py draws runs instead."""


def _build():
    spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _build()
EXAMPLES, AGREEMENTS, DISAGREEMENTS = build.examples(), build.agreements(), build.disagreements()


def test_every_published_value_is_ours_to_its_printed_digits():
    assert [(e.source, e.place, e.printed, e.ours) for e in EXAMPLES if not e.agrees(e.ours)] == []


def test_every_value_from_r_is_ours():
    assert [(a.call, a.value, a.ours) for a in AGREEMENTS if not a.agrees] == []


def test_what_disagrees_still_does_and_says_why():
    for row in DISAGREEMENTS:
        assert not row.agrees(row.ours), row.cells
        assert len(row.reason) > 20


def test_there_are_enough_examples_from_enough_sources_and_none_twice():
    assert len({example.key for example in EXAMPLES}) >= 60
    assert len({example.source for example in EXAMPLES}) >= 15
    rows = [(*example.key, example.result) for example in EXAMPLES]
    assert len(rows) == len(set(rows))


def test_every_public_function_is_validated():
    used = set().union(*(row.functions for row in [*EXAMPLES, *AGREEMENTS]))
    assert build.public_functions() - used == BY_DRAWING


def test_a_wrong_digit_would_be_seen():
    example = next(e for e in EXAMPLES if e.function == "intervals.proportion" and e.printed == "0.2553")
    found = [example.agrees(value) for value in (0.25524, 0.25526, 0.25534, 0.25536)]
    assert found == [False, True, True, False]
    up = build.Example({"printed": "76.7", "rule": "rounded-up"})
    assert [up.agrees(value) for value in (76.0, 77.0, 78.0)] == [False, True, False]


def test_the_pages_are_what_the_code_gives_today():
    for name, text in build.files().items():
        stored = (FOLDER / name).read_text(encoding="utf-8")
        assert stored == text, f"run docs/validation/build.py: {name} is behind"


def test_a_table_with_other_columns_or_rules_is_refused(tmp_path):
    (tmp_path / "examples.csv").write_text("source,place\n")
    with pytest.raises(DataError, match=r"examples\.csv:1: columns"):
        build.examples(tmp_path)
    head = "source,place,function,arguments,result,printed,rule\n"
    (tmp_path / "examples.csv").write_text(head + 's,p,power.means,{},"",1,roughly\n')
    with pytest.raises(DataError, match=r"examples\.csv:2: rule: unknown"):
        build.examples(tmp_path)
    with pytest.raises(DataError, match="no such function"):
        build.computed("power.magic", "{}", "")


@pytest.mark.parametrize(
    "name", [one.name for one in pkgutil.walk_packages(statistics.__path__, "kik_analysis.statistics.")]
)
def test_examples_in_the_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
