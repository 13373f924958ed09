"""The schemas for editors: equal to what the code generates, accept what the readers accept."""

import datetime
import functools
import json
import re
import runpy

import jsonschema
import pytest
from parameter_files import HERE, ROOT

from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.reading import models, yaml
from kik_analysis.reading.problems import Problems

FILE = ROOT / "params" / "schema" / "scenario.schema.json"
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
STORED = {path.name.partition(".")[0]: path for path in FILE.parent.glob("*.schema.json")}
VALIDATORS = {kind: jsonschema.Draft7Validator(json.loads(path.read_text())) for kind, path in STORED.items()}
OURS = sorted([*(ROOT / "params").rglob("*.yml"), *(ROOT / "cases").glob("*.yml")])
SEEN_WHILE_TYPING = [
    *("unknown_key", "unknown_section", "key_at_top_level", "dotted_key", "wrong_section", "percent"),
    *("percent_sign", "thousands_point", "decimal_comma", "half_a_person", "currency", "unit_written"),
    *("quoted_number", "yes_for_true", "true_for_number", "negative_fte", "interval_over_a_year"),
    *("dutch_date", "range_without_high", "range_of_a_choice", "value_in_value", "list_for_range"),
    *("unknown_segment", "segments_without_per_segment", "no_segments_here", "no_dates_here"),
    *("unknown_part", "part_missing_braces", "unknown_choice", "order_incomplete", "order_double"),
    *("change_of_unknown", "change_of_undated", "change_with_both", "change_without_from"),
    *("add_to_a_choice", "confidence_unknown", "source_is_a_year", "format_of_later", "title_language"),
]


def content(path):
    def plain(item):
        if isinstance(item, dict):
            return {key: plain(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [plain(inner) for inner in item]
        return item.isoformat() if isinstance(item, datetime.date) else item

    return plain(models.plain(yaml.load(path, Problems())))


@functools.cache
def written():
    """Return the schemas that the code generates, by kind; it takes long, so not while collecting."""
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))["schemas"]()


NAMED = {one: re.findall(r"^kind: (\w+)", one.read_text("utf-8"), re.MULTILINE) for one in OURS}
SHIPPED = {one: kind for one in OURS if (kind := (NAMED[one] or ["scenario"])[0]) in STORED}


@pytest.mark.parametrize("kind", STORED)
def test_the_file_is_what_the_code_generates(kind):
    assert set(written()) == set(STORED)
    jsonschema.Draft7Validator.check_schema(json.loads(written()[kind]))
    assert STORED[kind].read_text(encoding="utf-8") == written()[kind], "run `make docs`"


@pytest.mark.parametrize("path", [*SHIPPED, *sorted((HERE / "good").glob("*.yml"))], ids=lambda p: p.stem)
def test_what_the_reader_accepts_an_editor_accepts(path):
    found = VALIDATORS[SHIPPED.get(path, "scenario")].iter_errors(content(path))
    assert [error.message for error in found] == []


@pytest.mark.parametrize("name", SEEN_WHILE_TYPING)
def test_what_an_editor_can_see_it_refuses(name):
    assert not VALIDATORS["scenario"].is_valid(content(HERE / "bad" / f"{name}.yml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_files_point_at_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.partition("=")[2]).resolve() == FILE.with_name(f"{SHIPPED[path]}.schema.json")


def test_editors_show_title_and_meaning_of_every_parameter():
    for entry in catalogue():
        shown = SCHEMA["definitions"][entry.path]
        assert shown["title"] == f"{entry.title_nl} / {entry.title_en}"
        assert shown["description"].startswith(f"{entry.meaning_nl}\n{entry.meaning_en}")
        assert SCHEMA["properties"][entry.section]["anyOf"][0]["properties"][entry.name]
