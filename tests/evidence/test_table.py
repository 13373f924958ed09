"""Tables have fixed columns, and every cell has an address and a source."""

import json
from itertools import chain

import polars as pl
import pytest

from kik_analysis.errors import ModelError
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.evidence.table import Column, Table, described, rows_of, tabulate
from kik_analysis.language.sentences import has, heading, keys
from kik_analysis.parameters.catalogue import units
from kik_analysis.report.tables import PARAMETER

COLUMNS = (
    Column("category"),
    Column("persons", "whole", "persons", evidence=Evidence.PUBLISHED),
    Column("share", "decimal", "share", shown=1),
    Column("claims"),
)


def build() -> pl.DataFrame:
    note("claim", "L042", 3939)
    note("claim", "L040", 6953)
    return pl.DataFrame(
        {
            "category": ["spoken", "rest"],
            "persons": [3939, None],
            "share": [3939 / 6953, None],
            "claims": ["L042 L040", None],
        }
    )


def test_cells_have_an_address_an_evidence_and_reads():
    table = tabulate("reach", build, COLUMNS)
    persons, share = table.cells()
    assert (persons.id, persons.value, persons.evidence) == ("reach/spoken/persons", 3939, Evidence.PUBLISHED)
    assert share.value == pytest.approx(100 * 3939 / 6953, abs=1e-4)
    assert share.unit == "percent"
    assert share.reads == ("claim:L042", "claim:L040")
    assert table.reads == ("claim:L040", "claim:L042")


def test_the_csv_is_plain_and_empty_means_unknown():
    lines = tabulate("reach", build, COLUMNS).csv().split("\n")
    assert lines == ["category,persons,share,claims", "spoken,3939,0.566518,L042 L040", "rest,,,", ""]


def test_wrong_columns_are_named_and_the_nearest_table_that_has_some():
    with pytest.raises(ModelError, match=r"got the columns a; expected category"):
        Table("reach", pl.DataFrame({"a": [1]}), COLUMNS)
    with pytest.raises(ModelError, match=r"no rows for the table stafing; did you mean staffing\?"):
        tabulate("stafing", build)


def test_two_rows_with_one_key_are_refused():
    frame = pl.DataFrame({"category": ["x", "x"]})
    with pytest.raises(ModelError, match="share the key"):
        Table("reach", frame, (Column("category"),))
    with pytest.raises(ModelError, match=r"category: kind 'number' .*decimal"):
        Table("reach", frame, (Column("category", "number"),))
    both = (Column("category", key=True), Column("month", key=True))  # an own table's key of two columns
    assert tabulate(
        "reach", lambda: build().with_columns(category=pl.lit("x"), month=pl.col("category")), both
    )


def test_a_table_without_sources_is_refused():
    with pytest.raises(ModelError, match="rests on no claim"):
        tabulate("t", lambda: pl.DataFrame({"category": ["x"]}), (Column("category"),))


def test_a_cell_is_found_by_its_address_with_its_range_and_a_wrong_one_is_named():
    columns = (*COLUMNS[:2], Column("low", "whole", "persons"), Column("high", "whole", "persons"))
    rows = {"category": ["a/b", "c"], "persons": [5, None], "low": [1, 2], "high": [9, 3]}
    table = Table("t", pl.DataFrame(rows), columns)
    assert table.at("a/b", "persons") == table.at(0, "persons")
    ranged = table.at("a/b", "persons", "named", "low", "high")
    assert (ranged.id, ranged.value, ranged.low, ranged.high) == ("named", 5, 1, 9)
    assert ranged.range_evidence is Evidence.RECOMPUTED  # the class of the columns that hold it
    for row, column in (("c", "persons"), ("x", "low"), ("a/b", "none"), ("a/b", "category")):
        with pytest.raises(ModelError, match=f"table t: no number at {row}/{column}"):
            table.at(row, column)


def test_what_a_table_computes_is_no_better_than_what_it_reads():
    def assumed() -> pl.DataFrame:
        note("parameter", "team.fte", 9, Evidence.ASSUMED)
        return build().with_columns(pl.lit(1).alias("drawn"))

    drawn = Column("drawn", "whole", "count")
    table = tabulate("reach", assumed, (*COLUMNS, drawn))
    published, *computed = (one.evidence for one in table.cells()[:3])
    assert published is Evidence.PUBLISHED  # a column that says what it repeats keeps its class
    assert computed == [Evidence.ASSUMED, Evidence.ASSUMED]


def test_bounds_of_other_rows_do_not_lower_a_row_that_names_its_claims():
    def bounded() -> pl.DataFrame:
        note("bound", "people_spoken", [1, 2], Evidence.BOUNDED)
        return build()

    assert tabulate("reach", bounded, COLUMNS).cells()[1].evidence is Evidence.RECOMPUTED


def test_every_row_has_a_known_unit_words_and_a_title_and_is_of_a_table_that_a_run_publishes(ran):
    resources = json.loads((ran / "results/base/tables/datapackage.json").read_text(encoding="utf-8"))
    made = {one["path"][:-4]: [x["name"] for x in one["schema"]["fields"]] for one in resources["resources"]}
    made.pop("planner")  # the points of planner_grid at the end of the run
    assert made == {name: [row.name for row in rows_of(name)] for name in made}
    assert set(described()) == {rows_of(name)[0].table for name in made}
    sheets = {name for name in made if not has(f"tables.sheet.{name}")}
    assert sheets == {"capacity_weekly", "plain_sum_inputs"}  # in its file alone; above the sum itself
    for row in chain(*described().values()):
        assert row.unit in {"", *units()} or has(f"tables.unit.{row.unit}"), row
        said = any(key.startswith(f"{row.words}.") for key in keys(row.words.partition(".")[0]))
        assert row.words in ("", PARAMETER) or said, row
        assert heading(row.table, row.name, "en"), row
        assert row.place == described()[row.table][0].place, row
