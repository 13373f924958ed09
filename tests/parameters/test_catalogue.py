"""The catalogue, the base file and the priors agree; the words are there in two languages."""

import ast
import csv
import re
import shutil

import pytest
from parameter_files import BASE, ROOT

from kik_analysis.errors import DataError
from kik_analysis.facts.claims import claims
from kik_analysis.parameters.catalogue import catalogue, names, priors, read_catalogue, units
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import Problems

PARAMS = ROOT / "params"
BOOK = catalogue()
PRIORS = priors()
SCENARIO = load_scenario(BASE)
OWN_JUDGEMENT_BESIDE_A_PRIOR = {
    "team.leave_hours": "working weeks, turned into hours of leave",
    "team.learning_weeks": "months in the prior, weeks here",
    "policy.attempts": "the prior's own note says two",
    "policy.reinvite_delay_weeks": "three months in whole weeks; the range is in history",
    "policy.appointment_weeks": "a decision is exact; the prior has the range",
    "policy.reserved_share": "hours, and the prior speaks of numbers",
    "people.segment_share": "by segment",
    "team.sickness_share": "year by year",
    "work.minutes_warm_handover": "hours in the prior, minutes here",
}


def test_base_yml_sets_every_parameter_in_the_order_of_the_catalogue():
    problems = Problems()
    mapping = yaml.load(BASE, problems)
    assert not problems
    paths = [f"{section}.{key.text}" for section in BOOK.sections for key, _ in mapping.get(section).entries]
    assert paths == list(BOOK.paths)


@pytest.mark.parametrize("path", [e.path for e in BOOK if e.central is not None])
def test_base_yml_and_the_default_of_the_catalogue_are_the_same(path):
    entry = BOOK[path]
    amounts = {amount.atoms for _, _, amount in SCENARIO.value(path).amounts()}
    assert amounts == {(entry.low, entry.central, entry.high)}


@pytest.mark.parametrize("entry", list(BOOK), ids=lambda e: e.path)
def test_an_entry_is_complete_and_possible(entry):
    for text in (entry.title_nl, entry.title_en, entry.meaning_nl, entry.meaning_en):
        assert text == text.strip()
        assert len(text) >= 4
    assert entry.title_nl[0].islower()
    assert entry.meaning_nl[-1] == entry.meaning_en[-1] == "."
    if entry.numeric and entry.central is not None:
        assert entry.minimum <= entry.low <= entry.central <= entry.high <= entry.maximum
    assert (entry.type in ("choice", "order")) == bool(entry.choices)
    if entry.kind == "decision" and entry.numeric and entry.central is not None:
        assert not entry.ranged, "a decision is exact"
    assert set(entry.claims) <= {*claims()}
    assert set(entry.priors) <= set(PRIORS)


def test_titles_do_not_repeat():
    for lang in ("nl", "en"):
        titles = [entry.title(lang) for entry in BOOK]
        assert len(set(titles)) == len(titles)


def test_units_and_names_are_used_and_have_both_languages():
    assert {entry.unit for entry in BOOK} - {""} == set(units())
    lists = names()
    used = {part for entry in BOOK for part in (entry.keys, entry.choices) if part}
    others = ("segment", "key", "command")
    assert {tuple(members) for name, members in lists.items() if name not in others} == used
    families = {"beta", "lognormal", "triangular", "normal", "uniform"}
    assert {unit.family for unit in units().values()} == families


def test_numbers_that_are_counted_accept_whole_numbers_only():
    for entry in BOOK:
        if entry.unit in ("persons", "attempts") and entry.section != "reference":
            assert entry.type == "whole", entry.path


def test_what_must_never_be_offered_is_not():
    words = ("sanction", "penalt", "fraud", "bsn", "staff_code", "name_of")
    for entry in BOOK:
        assert not any(word in entry.path for word in words)
    assert "link" not in " ".join(BOOK.paths)


# ------------------------------------------------------------------ priors


def test_priors_used():
    """Every prior is used by a parameter, or stands in the list of those that are not, with a reason."""
    used = {prior for entry in BOOK for prior in entry.priors}
    with (PARAMS / "priors_unused.csv").open(encoding="utf-8") as stream:
        unused = {row["id"]: row["reason"] for row in csv.DictReader(stream)}
    assert set(unused) == set(PRIORS) - used
    assert all(len(reason) > 20 for reason in unused.values())


@pytest.mark.parametrize(
    "entry",
    [e for e in BOOK if len(e.priors) == 1 and e.path not in OWN_JUDGEMENT_BESIDE_A_PRIOR],
    ids=lambda e: e.path,
)
def test_a_default_that_rests_on_one_prior_is_that_prior(entry):
    prior = PRIORS[entry.priors[0]]
    if entry.type == "date":
        given = [f"{text}-01" for text in (prior.low, prior.central, prior.high)]
        assert [day.isoformat() for day in (entry.low, entry.central, entry.high)] == given
    else:
        given = [float(text) for text in (prior.low, prior.central, prior.high)]
        assert [entry.low, entry.central, entry.high] == given
    assert entry.confidence == prior.confidence


def test_the_very_first_invitation_and_sickness_by_year_are_their_priors():
    entry, prior = BOOK["contact.acceptance_first"], PRIORS["acceptance_home_first_sequence"]
    assert [entry.low, entry.central, entry.high] == [
        float(x) for x in (prior.low, prior.central, prior.high)
    ]
    years = {
        start.year: amount.central for _, start, amount in SCENARIO.value("team.sickness_share").amounts()
    }
    found = {f"{year}": float(PRIORS[f"sickness_absence_{year}"].central) for year in (2019, 2020)}
    assert {"2019": years[2018], "2020": years[2020]} == found
    assert years[2022] == float(PRIORS["sickness_absence_2022_groningen_province"].high), "the country"


def test_the_handover_is_the_prior_in_minutes():
    entry, prior = BOOK["work.minutes_warm_handover"], PRIORS["hours_warm_handover"]
    assert entry.low == 60 * float(prior.low)
    assert entry.high == 60 * float(prior.high)


def test_the_list_of_exceptions_is_not_longer_than_needed():
    assert set(OWN_JUDGEMENT_BESIDE_A_PRIOR) <= {e.path for e in BOOK if e.priors}


def test_hours_line_by_line_end_at_the_published_norm():
    contract, leave = SCENARIO["team.contract_hours"], SCENARIO["team.leave_hours"]
    present = (contract - leave - SCENARIO["team.public_holiday_hours"]) * (1 - 0.058)
    productive = present - SCENARIO["team.training_hours"]
    assert productive == pytest.approx(SCENARIO.value("team.productive_hours_norm").central, abs=2)
    assert present / 36 == pytest.approx(float(PRIORS["working_weeks_per_year"].central), abs=0.1)


def test_segment_shares_reproduce_figure_two():
    shares = SCENARIO["people.segment_share"]
    spoken = 3939
    assert sum(shares.values()) == pytest.approx(1)
    no_question = shares["active_60_plus"] + shares["health_limited"] + shares["no_question"]
    assert no_question == pytest.approx(1700 / spoken, abs=0.005)
    assert shares["own_goals"] == pytest.approx(1000 / spoken, abs=0.005)
    assert shares["seeks_participation"] == pytest.approx((341 + 233) / spoken, abs=0.005)
    assert shares["unknown"] == pytest.approx(665 / spoken, abs=0.005)


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "params"
    shutil.copytree(PARAMS, folder)
    return folder


def edit(path, change):
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def cell(column, value, row=1):
    def change(rows):
        rows[row][rows[0].index(column)] = value

    return change


BAD_ROWS = {
    "priors": [
        (
            cell("confidence", "D"),
            "confidence: not one of the words (got the text 'D'; expected one of A, B, C)",
        ),
        (cell("low", "x"), "low, central and high must be numbers"),
        (cell("low", "9999"), "low, central and high are not in order"),
        (cell("unit", ""), "unit: empty"),
        (cell("quote", "", 2), "confidence A without a quote"),
        (cell("id", ""), "2: id: empty"),
        (lambda rows: rows.append(rows[1]), "stands on line 2 too"),
        (lambda rows: rows[0].append("more"), "priors.csv:1: more: unknown column"),
        (lambda rows: rows[3].append("more"), "wrong number of cells (got 11; expected 10)"),
    ],
    "catalogue": [
        (cell("kind", "guess"), "catalogue.csv:2: run.start.kind: not one of the words"),
        (cell("unit", "furlong", 2), "catalogue.csv:3: run.weeks.unit: unknown unit (got furlong"),
        (cell("low", "many", 2), "run.weeks.low: cannot be read (got many; expected a whole)"),
        (cell("title_nl", "", 2), "run.weeks.title_nl: empty"),
        (cell("shape", "round", 2), "run.weeks.shape: unknown shape round"),
        (cell("choices", "nix", 2), "run.weeks.choices: no such list (got nix"),
        (cell("path", "run", 2), "catalogue.csv:3: run.path: a path has a section and a name"),
        (lambda rows: rows.append(rows[1]), "run.start.path: stands on line 2 too"),
        (lambda rows: rows[0].reverse(), "catalogue.csv:1: columns in another order"),
    ],
}


@pytest.mark.parametrize(
    ("table", "change", "message"), [(table, *row) for table, rows in BAD_ROWS.items() for row in rows]
)
def test_a_wrong_row_is_refused_with_its_line(copy, table, change, message):
    edit(copy / f"{table}.csv", change)
    with pytest.raises(DataError) as caught:
        {"priors": priors, "catalogue": read_catalogue}[table](copy)
    assert re.match(rf"params/{table}\.csv:\d+: ", caught.value.lines[0])
    assert any(message in line for line in caught.value.lines), caught.value.lines


def test_priors_are_whole_sentences_of_their_own():
    for prior in PRIORS.values():
        for text in (prior.source_title, prior.quote, prior.note):
            assert not re.search(r"\bidem\b|ledger|source 00\d| ;(?! https?)", text), prior.id
        assert text == text.strip()


def test_no_number_of_groningen_stands_in_the_code():
    facts = {3939, 1757, 1019, 238, 6953, 341, 233, 1872, 1394, 1363, 1425}
    for path in sorted((ROOT / "kik_analysis" / "parameters").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Constant) and node.value in facts), path


@pytest.mark.parametrize(
    "path", sorted((ROOT / "params").rglob("*.yml")), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_every_shipped_file_is_in_the_restricted_yaml(path):
    problems = Problems()
    assert yaml.load(path, problems) is not None
    assert problems.lines == ()
