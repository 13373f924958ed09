"""One question has one range of euros: on the first page, in comparison and workbook, planner and memo."""

import datetime
import json
import re
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import polars as pl
import pytest
import report_sample
from docx import Document

from kik_analysis import project
from kik_analysis.answers import first, wording
from kik_analysis.answers.runs import Runs
from kik_analysis.capacity import comparison, euros
from kik_analysis.capacity.simulate import simulate
from kik_analysis.figures import answers as pictures
from kik_analysis.figures import comparison as compared
from kik_analysis.figures import planner
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.report import page, paper, publish, workbook

FEW = {"run.replications": 2}
TWELVE = Path(__file__).resolve().parents[1] / "answers" / "twelve.yml"
BASE = project.params("base.yml").resolve()
WHOLE = 0
"""The year that stands for the whole run."""


@pytest.fixture(scope="module", params=["twelve", "extra_six"])
def told(request, tmp_path_factory):
    """A scenario that costs more for good, one that does for a time, and what a run shows of each."""
    out = tmp_path_factory.mktemp(request.param)
    file = TWELVE if request.param == "twelve" else project.params("scenarios", "extra_six.yml")
    base, chosen = (load_scenario(one, FEW) for one in (BASE, file))
    shown, found = first.First(Runs(chosen, 4), Runs(base, 4)), comparison.run(base, [chosen])
    first.beside(shown, shown.baseline)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(publish.OUT_VARIABLE, str(out))
        patch.setenv(publish.NOTEBOOK_VARIABLE, "01_answers")
        quarters = planner.quarters(simulate(chosen), chosen, base)
        for exhibit in (pictures.first_page(shown), compared.rows(found), quarters):
            publish.publish(exhibit)
    exhibits, meta = publish.read_all(out), report_sample.meta()
    each = page.Page(meta, "nl", exhibits, shown.numbers).first.items()
    parts = {name: [one.text.plain for one in said] for name, said in each}
    workbook.write(out / "book.xlsx", exhibits, meta, "nl", parts)
    paper.summary(out / "memo.docx", parts, meta, "nl", None)
    return request.param, base, chosen, shown, found, out


def ends(low, high):
    """Return a range as the first page tells it, in round figures."""
    return tuple(wording.about(one) for one in (low, high))


def cells(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_difference_in_euros_is_one_range_everywhere(told):
    case, _, chosen, shown, found, out = told
    lasting = case == "twelve"
    number = shown.numbers["first.euros" if lasting else "first.once"]
    mine = (number.low, number.high)
    assert 0 < mine[0] < mine[1]
    assert ("first.euros" in shown.numbers, "first.once" in shown.numbers) == (lasting, not lasting)

    # the comparison: a whole calendar year of what lasts, the whole run of what ends
    year = chosen.end.year - 1 if lasting else WHOLE
    asked = {"year": year, "measure": euros.STRUCTURAL if lasting else euros.INCIDENTAL}
    (row,) = found.frame.filter(pl.col(name) == value for name, value in asked.items()).to_dicts()
    assert ends(row["low"], row["high"]) == mine
    assert row["low"] < row["difference"] < row["high"]

    # its sheet in the workbook: the same row; the first sheet: the same sentence
    book = openpyxl.load_workbook(out / "book.xlsx")
    (sheet,) = (one for one in book.worksheets if "erschil" in one.title and "jaar" in str(one["A1"].value))
    assert book.sheetnames[2] == "Kwartalen"  # what planners come for stands first
    written = [line for line in cells(sheet) if round(row["low"], 2) in [_rounded(one) for one in line]]
    assert written
    assert all(round(row["high"], 2) in [_rounded(one) for one in line] for line in written)
    sentence = next(line.texts["nl"].plain for line in shown.lines if number.id in line.texts["nl"].numbers)
    assert sentence in [value for line in cells(book.worksheets[0]) for value in line]
    assert sentence in [one.text for one in Document(out / "memo.docx").paragraphs]
    amounts = [int(one.replace(".", "")) for one in re.findall(r"€\s([\d.]+)", sentence)]
    assert tuple(amounts) == mine

    # quarters, at the centre of the assumptions: what they add up to lies in the range
    frame = pl.read_csv(out / "tables/quarters.csv", try_parse_dates=True)
    if lasting:
        frame = frame.filter(pl.col("quarter").dt.year() == year)
    own, before = (frame.filter(pl.col("scenario") == who)["euros"] for who in ("own", "base"))
    assert len(own) == len(before) >= 4
    assert mine[0] <= own.sum() - before.sum() <= mine[1]


def test_the_planner_prices_a_post_as_the_first_page_does(told):
    case, base, chosen, shown, *_ = told
    if case == "twelve":
        price = planner.prices(chosen)["euros"]
        more = float(chosen["team.fte"]) - float(base["team.fte"])
        number = shown.numbers["first.euros"]
        assert ends(more * price.low, more * price.high) == (number.low, number.high)
        year = euros.beside(base, chosen)[euros.STRUCTURAL]
        assert (year.low, year.high) == pytest.approx((more * price.low, more * price.high), rel=1e-6)


def test_an_exact_price_is_one_amount_on_the_planner():
    days = [datetime.date(2026, month, 1) for month in (1, 4)]
    names = ("fte", "minutes", "phone", "week", *planner.ENDS)
    rows = [(fte, 55.0, 0.5, day, 0.5, 0.4, 0.6, 3, None) for fte in (1.0, 2.0) for day in days]
    given = dict.fromkeys(
        ("minutes", "phone", "own", "error", "inside", "prices"), SimpleNamespace(value=1, unit="")
    )
    for low, said in (
        (98_000, "Kosten: {low} euro per jaar (prijzen"),
        (90_000, "Kosten: {low} tot {high} euro"),
    ):
        given["euros"] = SimpleNamespace(low=low, high=98_000)
        found = planner.data(pl.DataFrame(rows, names, orient="row"), given, "nl")
        assert json.loads(found["json"])["words"]["euros"].startswith(said)


def _rounded(value):
    return round(value, 2) if isinstance(value, int | float) else value
