"""The history tables hold what the letter and its ledger say, from claims alone."""

import ast
import contextlib
import datetime
from pathlib import Path

import pytest

import kik_analysis.facts
from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts import history
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.facts.numbers import number
from kik_analysis.language import sentences

FACTS = Path(kik_analysis.facts.__file__).parent
COUNTED = ("persons", "invitations", "conversations", "persons per worker", "year")


def rows(table):
    return list(table.frame.iter_rows())


def test_figure_1():
    table = history.figure1_reach()
    assert rows(table) == [
        ("spoken", 3939, 0.566518, 0.57, True, "L042 L040 L043"),
        ("not_yet_approached", 1757, 0.252697, 0.25, True, "L051 L040 L0471"),
        ("declined_or_wij", 1019, 0.146555, 0.15, True, "L057 L040 L045"),
        ("not_reached", 238, 0.03423, 0.03, True, "L058 L040 L046"),
    ]
    assert table.frame["persons"].sum() == 6953


def test_figure_1_with_the_numbers_of_the_running_text():
    assert [row[:5] for row in rows(history.figure1_variants())] == [
        ("figure", 1757, 1019, 6953, 0),
        ("text_backlog", 1750, 1019, 6946, 7),
        ("text_both", 1750, 1000, 6927, 26),
    ]


def test_figure_2_keeps_its_gap():
    table = history.figure2_followup()
    assert [row[:5] for row in rows(table)] == [
        ("support", 341, 341, 341, "exact"),
        ("help", 233, 233, 233, "exact"),
        ("own_goals", 1000, 1000, 1099, "somewhat over"),
        ("no_question", 1700, 1650, 1749, "circa"),
        ("not_accounted_for", 665, 517, 715, "derived"),
    ]


def test_the_gap_is_what_trying_every_number_gives():
    left = [3939 - 341 - 233 - goals - none for goals in range(1000, 1100) for none in range(1650, 1750)]
    found = number("figure2.unaccounted")
    assert (found.low, found.high) == (min(left), max(left))
    assert found.value == 3939 - 341 - 233 - 1000 - 1700


def test_the_funnel():
    table = history.funnel_2015_2019()
    assert [row[:5] for row in rows(table)] == [
        ("invitations", "invitations", 13275, 13275, 13275),
        ("conversations", "conversations", 6835, 6835, 6835),
        ("declined", "invitations", 6042, 5976, 6108),
        ("no_contact", "invitations", 398, 332, 464),
        ("people_invited", "persons", None, 4177, 13275),
        ("people_spoken", "persons", None, 3939, 6835),
    ]


def test_no_contact_is_every_number_that_is_printed_as_three_percent():
    printed = [k for k in range(13276) if (200 * k + 13275) // (2 * 13275) == 3]
    found = history.funnel_no_contact()
    assert (found.low, found.high) == (printed[0], printed[-1])


def test_unique_people_are_a_range_and_never_a_point():
    for found in (history.funnel_people_invited(), history.funnel_people_spoken()):
        assert found.value is None
        assert found.low < found.high
        assert found.evidence is Evidence.BOUNDED


def test_evidence_and_sources_of_named_numbers():
    spoken, share = number("figure1.spoken"), number("figure1.spoken_share")
    assert (spoken.value, spoken.evidence, spoken.reads) == (3939, Evidence.PUBLISHED, ("claim:L042",))
    assert share.value == pytest.approx(100 * 3939 / 6953)
    assert (share.evidence, share.reads) == (Evidence.RECOMPUTED, ("claim:L040", "claim:L042"))
    assert number("figure1.declined_or_wij_text").high == 1099


def test_a_cell_rests_on_the_claims_of_its_row():
    cells = {cell.id: cell for cell in history.figure1_reach().cells()}
    assert set(cells["figure1_reach/spoken/share"].reads) == {"claim:L042", "claim:L040", "claim:L043"}
    assert cells["figure1_reach/spoken/persons"].evidence is Evidence.PUBLISHED
    rest = {cell.id: cell for cell in history.figure2_followup().cells()}
    assert rest["figure2_followup/not_accounted_for/persons"].evidence is Evidence.RECOMPUTED
    assert rest["figure2_followup/not_accounted_for/low"].evidence is Evidence.BOUNDED


@pytest.mark.parametrize("table", [history.figure1_reach, history.figure2_followup, history.figure1_variants])
def test_only_rows_that_name_a_claim_move_with_it(table):
    before = {cell.id: cell for cell in table().cells()}
    for name in sorted({read.partition(":")[2] for read in table().reads if read.startswith("claim:")}):
        was = claims()[name]
        if was.value is None:
            continue
        step = 0.02 if was.unit == "share" else 17
        ends = {part: getattr(was, part) + step for part in ("low", "high") if getattr(was, part) is not None}
        with substituted(claims().replace(name, value=was.value + step, **ends)):
            after = {cell.id: cell for cell in table().cells()}
        moved = {cell.id for cell in after.values() if cell.value != before[cell.id].value}
        assert moved <= {cell.id for cell in before.values() if f"claim:{name}" in cell.reads}, name


def test_a_planted_count_is_seen():
    with substituted(claims().replace("L042", value=3839, low=3839, high=3839)):
        first = history.figure1_reach().frame.row(0, named=True)
    assert (first["persons"], first["recomputes"]) == (3839, False)


def test_timeline_dates_and_counts():
    table = {row["event"]: row for row in history.timeline().frame.iter_rows(named=True)}
    day = datetime.date
    assert table["letter_october_2019"]["start"] == table["letter_october_2019"]["end"] == day(2019, 10, 10)
    staff = table["extra_staff"]
    assert (staff["start"], staff["end"], staff["status"]) == (day(2019, 4, 1), day(2020, 4, 1), "announced")
    assert (table["invitations"]["count"], table["invitations"]["end"]) == (13275, day(2019, 7, 31))
    assert (table["group"]["start"], table["group"]["end"]) == (day(2019, 7, 1), day(2019, 10, 10))
    assert table["declined_or_no_show"]["status"] == table["hard_to_reach"]["status"] == "quoted"
    assert table["project"]["end"] == day(2018, 8, 1)
    assert table["letter_june_2016"]["start"] == day(2016, 6, 30)
    assert table["proposal_2023"]["start"] == day(2023, 10, 9)


def test_nothing_is_counted_after_the_day_on_which_it_was_written():
    for event in history.events():
        row = next(
            one for one in history.timeline().frame.iter_rows(named=True) if one["event"] == event.name
        )
        assert row["start"] <= row["end"], event.name
        written = claims()[event.until or event.claim].date
        if event.status != history.Status.ANNOUNCED:
            assert row["end"].isoformat()[: len(written)] <= written, event.name


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_code_in_a_table_has_words(lang):
    tables = [history.figure1_reach, history.figure1_variants, history.figure2_followup]
    for table in (*(one() for one in tables), history.funnel_2015_2019(), history.timeline()):
        for column in table.columns:
            for value in table.frame[column.name].drop_nulls() if column.words else ():
                assert sentences.text(f"{column.words}.{value}", lang).plain


def numbers_in(path):
    """Yield line and value of each number, also of one made of literals to look like none: 13 * 303."""
    known = {"__builtins__": {}, "int": int, "float": float, "Decimal": float, "Fraction": float}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant | ast.BinOp | ast.Call):
            with contextlib.suppress(Exception):  # what needs a name is no literal
                value = eval(ast.unparse(node), known)
                yield from [(node.lineno, round(value, 9))] if type(value) in (int, float) else []


def published():
    """Return the numbers that code may not hold: counts and years, and shares both ways."""
    found = set()
    for name in claims():
        claim = claims()[name]
        for part in (claim.value, claim.low, claim.high):
            if part is None:
                continue
            if claim.unit in COUNTED and part > 12:
                found.add(part)
            if claim.unit == "share" and part not in (0, 0.5, 1):
                found.add(part)
                found |= {round(100 * part, 6)} if part > 0.12 else set()
    return found - {100}


@pytest.mark.parametrize(
    "path",
    [*sorted(FACTS.glob("*.py")), *sorted((FACTS.parent / "figures").glob("*.py"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_code_holds_no_published_number(path):
    refused = published() if path.parent == FACTS else {one for one in published() if one > 100}
    assert [(line, value) for line, value in numbers_in(path) if value in refused] == []


def test_the_lint_sees_a_planted_number(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text("rate = 0.57\nsmall = 12\na = 13 * 303\nb = int('3939')\nc = 5.7 / 10\n")
    found = {line: value for line, value in numbers_in(planted) if value in published()}
    assert found == {1: 0.57, 3: 3939, 4: 3939, 5: 0.57}
