"""A report is built only from exhibits that agree with themselves, their files and their sources."""

import json
import re
from pathlib import Path

import pytest
import report_sample
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import RunError
from kik_analysis.facts.claims import claims
from kik_analysis.language import notation, sentences
from kik_analysis.report import appendices, build, publish

REACH = "exhibits/10_history/01-figure1_reach.json"
NAME = "figure1_reach"
FUNNEL = "exhibits/10_history/03-funnel_2015_2019.json"


def change(staging: Path, file: str, edit) -> None:
    """Change an exhibit, or any other file of a staging folder, in place."""
    path = staging / file
    if path.suffix == ".json":
        content = json.loads(path.read_text())
        edit(content)
        path.write_text(json.dumps(content))
    else:
        path.write_text(edit(path.read_text()))


def refusal(staging: Path, **changes: object) -> tuple[str, ...]:
    with pytest.raises(RunError) as caught:
        report_sample.run(staging, **changes)
    assert not (staging / "report/nl.html").exists()
    return caught.value.lines


def test_all_kinds_of_numbers_are_there_sorted(built):
    rows = json.loads((built / "numbers.json").read_text(encoding="utf-8"))
    assert list(rows) == sorted(rows)
    assert all(name == row["id"] for name, row in rows.items())
    some = {
        "figure1.spoken_share",
        "figure1_reach/spoken/persons",
        "claim/L042",
        "parameter/people.stock/spoken",
    }
    assert some <= set(rows)
    assert "bounds_counts/people_invited//low" in rows
    assert rows["figure1.spoken_share"]["reads"] == ["claim:L040", "claim:L042"]
    assert rows["parameter/people.stock/spoken"]["evidence"] == "published"


def test_numbers_come_back_as_they_were_written(built, numbers):
    again = build.collect(publish.read_all(built), built, report_sample.meta())
    assert numbers == again


def test_a_claims_number_is_the_claims_and_not_more_precise_than_printed(numbers):
    found = claims()
    with_number = [found[name] for name in found if found[name].quantitative]
    assert len(with_number) > 80
    for claim in with_number:
        factor = 100 if claim.unit == "share" else 1
        if claim.value is not None:
            number = numbers[f"claim/{claim.id}"]
            assert number.value == pytest.approx(claim.value * factor), claim.id
            assert number.reads == (f"claim:{claim.id}",)
        if (claim.low, claim.high) != (claim.value, claim.value):
            limits = numbers[f"claim/{claim.id}/range"]
            expected = [None if one is None else pytest.approx(one * factor) for one in claim.limits]
            assert [limits.low, limits.high] == expected, claim.id
    assert (numbers["claim/L012"].value, numbers["claim/L012"].decimals) == (51, 0)
    assert (numbers["claim/L012/range"].low, numbers["claim/L012/range"].decimals) == (50.5, 1)
    assert "claim/L042/range" not in numbers


@given(st.integers(0, 10**9), st.integers(0, 6))
def test_as_many_decimals_as_the_value_has(whole, places):
    value = whole / 10**places
    shown = notation.places(value, appendices.MOST_DECIMALS)
    assert shown <= places
    assert round(value, shown) == value
    assert shown == 0 or round(value, shown - 1) != value


def _another_value(row):
    number = next(one for one in row["numbers"] if one["id"] == "figure1.spoken")
    number["value"] = 3940.0


def _another_notebook(row):
    row["notebook"] = "13_nowhere"


FAULTS = [
    (REACH, _another_value, r"01_answers/first_page says 3939.*says 3940.0.*; one id is one number"),
    (REACH, lambda row: row.pop("numbers"), rf"^{REACH}: no exhibit as publish writes it"),
    (FUNNEL, _another_notebook, "notebook 13_nowhere published something, yet has no title: write kik"),
    (REACH, lambda row: row.update(drawings={}), "no notebook published the figure figure1_reach; published"),
    (REACH, lambda row: row["names"].append("3.939 mensen"), r"figure1_reach: the name '3.939 mensen' is"),
    (f"tables/{NAME}.csv", lambda text: text.replace("3939", "3940"), r"^tables/figure1_reach.csv:2: .*3940"),
    (f"figures/{NAME}.en.svg", lambda svg: svg.replace(">3,939 (", ">3,940 ("), "^figures/figure1_reach.en"),
    (REACH, lambda row: row["drawings"].update(nl=row["drawings"]["nl"].replace("3.939 (", "99 (")), "99 "),
]  # fmt: skip


@pytest.mark.parametrize(("file", "edit", "message"), FAULTS)
def test_what_disagrees_is_refused(staging, file, edit, message):
    if edit is _another_value:  # the same number stands in a second exhibit
        change(staging, FUNNEL, lambda row: row["numbers"].append(_spoken(staging)))
    change(staging, file, edit)
    assert re.search(message, "\n".join(refusal(staging)))


def _spoken(staging):
    numbers = json.loads((staging / REACH).read_text())["numbers"]
    return next(one for one in numbers if one["id"] == "figure1.spoken")


def test_two_exhibits_with_one_name_are_refused(staging):
    content = json.loads((staging / REACH).read_text()) | {"notebook": "12_bounds", "csv": "other"}
    (staging / "exhibits/12_bounds/09-figure1_reach.json").write_text(json.dumps(content))
    assert refusal(staging) == (
        "two notebooks published an exhibit figure1_reach: 10_history, 12_bounds; give one another name",
        "exhibits figure1_reach and figure1_reach hold different tables named figure1_reach",
    )


def test_a_csv_that_nobody_published_is_refused(staging):
    (staging / "tables/own.csv").write_text("a\n1\n")
    assert refusal(staging) == (
        "tables/own.csv: no notebook published this table; hand it over with kik.publish",
    )


@pytest.mark.parametrize(("column", "found"), [("share", 2), ("persons", 0)])
def test_a_column_called_published_holds_what_its_sources_print(staging, column, found):
    def better(row):
        next(one for one in row["table"]["columns"] if one["name"] == column)["evidence"] = "published"

    change(staging, REACH, better)
    if found:
        lines = refusal(staging)
        assert len(lines) >= found
        assert "number figure1_reach/spoken/share is called published, yet none of its sources" in lines[0]
    else:
        report_sample.run(staging)


def test_a_simulated_column_cannot_be_called_recomputed(staging):
    def simulated(row):
        row["table"]["reads"] = ["simulation:base", "parameter:work.minutes_talk_home_first"]

    change(staging, "exhibits/11_audit/01-percentage_audit.json", simulated)
    assert any("is called recomputed, yet it rests on a simulation" in line for line in refusal(staging))


TYPED = [
    "A team of 12.57 FTE",
    "½ of them",
    "In 2019: 1,234,567 people",
    "Of the group 3,939 people were spoken to.",  # as many as a claim counts, which is not cited
    "They were 3,939 (L051).",  # another claim is
    "L042:\n\n3,939 people",  # it is, in another paragraph
    "Half of them declined, in twelve districts.",
    "Ruim zesendertig procent.",
    "![people](reach.png '3,939')",
    "Part IV of the letter",
]
PRINTED = [
    "print('3,939 people')",
    "display('a dozen')",
    "print(f'{people} of 6953')",
    "print(n, 3939)",
    "for one in rows:\n    print(one, 'van de twaalf' if nl else 'of all')",
]


def with_cells(staging, cells):
    """Put cells after those of the sample's notebook: the first of them is its fourth."""
    path = staging / "notebooks/10_history.ipynb"
    path.write_text(json.dumps({"cells": [*report_sample.CELLS, *cells]}))


def test_a_number_typed_in_a_notebook_is_refused_with_its_place(staging):
    typed = [*(("markdown", one) for one in TYPED), *(("code", one) for one in PRINTED)]
    with_cells(
        staging,
        [{"cell_type": kind, "metadata": {}, "source": ["# Reach\n", "\n", text]} for kind, text in typed],
    )
    for number, (line, (_, text)) in enumerate(zip(refusal(staging), typed, strict=True), 4):
        last = 3 + text.count("\n")
        assert line.startswith(f"notebooks/10_history.ipynb: cell {number}, line {last}: ")


PRINTS = [
    ("3,939 of 6,953", [], ""),  # claims of the run, by whatever computation
    ("as L042 says, in 2019", [], ""),
    ("the sum is 3,940 people", [], "3,940"),
    ("dat zijn zevenduizend mensen", [], "zevenduizend"),  # in words, however it was put together
    ("½ of 6,953", [], "½"),
    ("a share of 0.5671", [], "0.5671"),
    ("the sum is 3,940 people", ["computed-numbers"], ""),
    (".2553 printed, 0.2553 ours", ["published-examples"], ""),
    ({"text/plain": "3939"}, [], ""),
    ({"text/plain": "3940"}, [], "3940"),
    ({"text/plain": "3940"}, ["computed-numbers"], ""),
    ({"text/plain": "shape: (1, 2)\n\u2502 0.5671", "text/html": "<table class='dataframe'>"}, [], "0.5671"),
    ({"text/plain": "   spoken\n0  3940", "text/html": "<table class='dataframe'>7"}, [], "3940"),
    ({"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>0.5671</b>"}, [], "0.5671"),
    ({"text/plain": "x 3940", "text/html": "<table><caption>An object of ours, 3940"}, [], ""),
    ({"text/plain": "<Figure size 640x480>", "image/png": "AAAA"}, [], "what a picture holds"),
    ({"text/plain": "<Figure size 640x480>", "image/png": "AAAA"}, ["computed-numbers"], ""),
    ({"text/plain": "<JSON object>", "application/json": {"spoken": [3940]}}, [], "3940"),
    ("\n".join(map(str, range(9000, 14000))), [], "9000"),  # thousands of lines are told in one
]
"""What a cell prints, its tags, and what is found; not printed: the data of a result that a cell shows."""


def printing(printed, tags):
    said = {"output_type": "execute_result", "data": printed}
    if isinstance(printed, str):
        said = {"output_type": "stream", "name": "stdout", "text": [printed]}
    first = {"output_type": "execute_result", "data": {"text/plain": "[<a line>]"}}  # no end of line
    return {"cell_type": "code", "metadata": {"tags": tags}, "source": "total", "outputs": [first, said]}


def test_what_a_cell_computes_and_prints_is_a_number_of_the_run_or_marked(staging):
    with_cells(staging, [printing(printed, tags) for printed, tags, _ in PRINTS])
    expected = {number: found for number, (*_, found) in enumerate(PRINTS, 4) if found}
    for line, (number, found) in zip(refusal(staging), expected.items(), strict=True):
        assert line.startswith(f"notebooks/10_history.ipynb: cell {number} printed, line ")
        assert f"{found} is no number of this run; publish it, or mark the cell computed-numbers" in line
        assert "toonde op regel" in sentences.told(line, "nl")
    with_cells(staging, [printing(printed, tags) for printed, tags, found in PRINTS if not found])
    report_sample.run(staging)
