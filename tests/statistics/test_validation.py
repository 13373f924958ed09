"""The published tables: enough of them, from enough places, every function, and nothing behind the times."""

import doctest
import importlib
import importlib.util
import pkgutil
from pathlib import Path

import pytest

from kik_analysis import statistics
from kik_analysis.errors import DataError
from kik_analysis.statistics import validation

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "validation"
EXAMPLES = validation.examples((FOLDER / "examples.csv").read_text(encoding="utf-8"))
AGREEMENTS = validation.agreements((FOLDER / "r.csv").read_text(encoding="utf-8"))
DISAGREEMENTS = validation.disagreements((FOLDER / "disagreements.csv").read_text(encoding="utf-8"))
BY_DRAWING = {"estimates.noisy_count"}
"""Public functions that only chance can check; their distribution is tested in test_estimates.py."""


def test_every_published_value_is_ours_to_its_printed_digits():
    wrong = [(e.source, e.place, e.printed, e.ours()) for e in EXAMPLES if not e.agrees(e.ours())]
    assert wrong == []


def test_every_value_from_r_is_ours():
    wrong = [(a.call, a.value, a.ours()) for a in AGREEMENTS if not a.agrees(a.ours())]
    assert wrong == []


def test_what_disagrees_still_does_and_says_why():
    for row in DISAGREEMENTS:
        example = validation.Example(**{**{k: v for k, v in row.items() if k != "reason"}, "rule": "printed"})
        assert not example.agrees(example.ours()), row
        assert len(row["reason"]) > 20


def test_there_are_enough_examples_from_enough_sources():
    assert len({example.key for example in EXAMPLES}) >= 60
    assert len({example.source for example in EXAMPLES}) >= 15


def test_every_public_function_is_validated():
    used = set().union(
        *(validation.functions_of(row.function, row.arguments) for row in [*EXAMPLES, *AGREEMENTS])
    )
    assert validation.public_functions() - used == BY_DRAWING


def test_no_row_stands_twice():
    rows = [(*example.key, example.result) for example in EXAMPLES]
    assert len(rows) == len(set(rows))


def test_a_wrong_digit_would_be_seen():
    example = next(e for e in EXAMPLES if e.function == "intervals.proportion" and e.printed == "0.2553")
    assert [example.agrees(value) for value in (0.25524, 0.25526, 0.25534, 0.25536)] == [
        False,
        True,
        True,
        False,
    ]
    up = validation.Example("s", "p", "power.sample_size", "{}", "[0]", "76.7", "rounded-up")
    assert [up.agrees(value) for value in (76.0, 77.0, 78.0)] == [False, True, False]


def test_the_pages_are_what_the_code_gives_today():
    spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    for name, text in build.files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, (
            f"run docs/validation/build.py: {name} is behind"
        )


def test_a_table_with_other_columns_or_rules_is_refused():
    with pytest.raises(DataError, match=r"examples\.csv:1: columns"):
        validation.examples("source,place\n")
    head = "source,place,function,arguments,result,printed,rule\n"
    with pytest.raises(DataError, match=r"examples\.csv:2: rule: unknown"):
        validation.examples(head + 's,p,power.means,{},"",1,roughly\n')
    with pytest.raises(DataError, match="no such function"):
        validation.computed("power.magic", "{}", "")


@pytest.mark.parametrize(
    "name",
    [module.name for module in pkgutil.iter_modules(statistics.__path__) if module.name != "identification"],
)
def test_examples_in_the_docstrings(name):
    result = doctest.testmod(importlib.import_module(f"kik_analysis.statistics.{name}"))
    assert result.failed == 0
