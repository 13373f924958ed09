"""Whoever sets a value owns its source: golden values, evidence classes, remarks, the table of parameters."""

import datetime

import pytest
from packaging.version import Version
from parameter_files import BASE, load

from kik_analysis import __version__
from kik_analysis.errors import ParameterError
from kik_analysis.evidence import reads
from kik_analysis.evidence.number import measure
from kik_analysis.evidence.reads import Evidence
from kik_analysis.parameters.catalogue import renamed
from kik_analysis.parameters.scenario import load_scenario

TWELVE = """\
title: {nl: Twaalf fte, en: Twelve FTE}
team:
  fte: 12
policy:
  interval_weeks:
    per_segment: {active_60_plus: 52, other: 26}
changes:
  - {set: team.fte, to: 10, from: 2021-07-01}     # een collega minder
"""
COLUMNS = (
    *("path", "segment", "from", "value", "low", "high", "unit", "source"),
    *("confidence", "where", "evidence"),
)


@pytest.fixture(scope="module")
def base():
    return load_scenario(BASE)


@pytest.fixture
def twelve(tmp_path):
    return load(tmp_path, TWELVE)


def rows(scenario, path):
    return [tuple(row.values())[1:] for row in scenario.table() if row["path"] == path]


def test_the_base_cites_the_letter(base):
    value = base.value("team.fte")
    assert (value.central, value.origin.source) == (9, ("L028",))
    assert (value.origin.confidence, value.origin.evidence) == ("A", "published")
    stock = base.value("people.stock")
    assert stock.origin.source == ("L042", "L051", "L057", "L058")
    assert stock.origin.evidence == Evidence.PUBLISHED
    assert sum(base["people.stock"].values()) == 6953


def test_a_planners_twelve_is_not_the_letters(twelve):
    value = twelve.value("team.fte")
    assert value.origin.source == ("twaalf.yml:4",)
    assert (value.origin.confidence, value.origin.evidence, value.origin.note) == ("C", Evidence.ASSUMED, "")
    assert (value.origin.file, value.origin.line) == ("twaalf.yml", 4)
    assert twelve.title == {"nl": "Twaalf fte", "en": "Twelve FTE"}


def test_the_table_is_the_golden_one(twelve):
    base_line = next(n for n, line in enumerate(BASE.read_text().splitlines(), 1) if "add: team.fte" in line)
    extra = (["twaalf.yml:4", "extra_fte_for_1757_in_a_year"], "C", f"twaalf.yml:4 + base.yml:{base_line}")
    assert rows(twelve, "team.fte") == [
        ("", "", 12, 12, 12, "fte", ["twaalf.yml:4"], "C", "twaalf.yml:4", "assumed"),
        ("", "2019-04-01", 15.5, 13.5, 18.5, "fte", *extra, "assumed"),
        ("", "2020-04-01", 12, 12, 12, "fte", ["twaalf.yml:4"], "C", "twaalf.yml:4", "assumed"),
        ("", "2021-07-01", 10, 10, 10, "fte", ["twaalf.yml:9"], "C", "twaalf.yml:9", "assumed"),
    ]
    own = (["twaalf.yml:6"], "C", "twaalf.yml:6", "assumed")
    assert rows(twelve, "policy.interval_weeks") == [
        ("active_60_plus", "", 52, 52, 52, "weeks", *own),
        *[
            (segment, "", 26, 26, 26, "weeks", *own)
            for segment in ("health_limited", "own_goals", "seeks_participation", "no_question", "unknown")
        ],
    ]


def test_every_row_of_the_table_is_whole(base):
    for row in base.table():
        assert tuple(row) == COLUMNS
        assert row["source"]
        assert row["confidence"] in ("A", "B", "C")
        assert row["where"].startswith("base.yml:")
        assert isinstance(row["value"], int | float | str | bool | list)
    assert {row["path"] for row in base.table()} == set(base.paths)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{value: 9, source: L028, confidence: A}", "published"),
        ("{value: 9, source: L028, confidence: B}", "assumed"),
        ("{value: 9, source: L028}", "assumed"),
        ("{value: 9, confidence: A}", "assumed"),
        ("{value: 9, source: a letter of one's own, confidence: A}", "assumed"),
        ("{value: 9, source: [L028, history_extra_fte_from_2019_04], confidence: A}", "assumed"),
        ("{low: 9, central: 9, high: 10, source: L028, confidence: A}", "assumed"),
    ],
)
def test_published_takes_an_exact_value_confidence_a_and_claims_alone(tmp_path, text, expected):
    assert load(tmp_path, f"team:\n  fte: {text}\n").value("team.fte").origin.evidence == expected


def test_a_claim_that_is_derived_is_not_published(tmp_path):
    text = "people:\n  known_to_wij: {value: 665, source: L0493, confidence: A}\n"
    assert load(tmp_path, text).value("people.known_to_wij").origin.evidence == Evidence.ASSUMED


def test_a_number_of_ones_own_cannot_fly_a_claims_flag(tmp_path):
    with pytest.raises(ParameterError, match="L028 says 9; for a number of your own leave source out"):
        load(tmp_path, "team:\n  fte: {value: 12, source: L028, confidence: A}\n")
    kept = load(tmp_path, "team:\n  fte: {value: 12, source: L028, confidence: C, note: a third more}\n")
    assert kept.value("team.fte").origin.evidence == Evidence.ASSUMED


def test_reads_are_recorded_with_value_and_class(base, twelve):
    with reads.recording() as recorder:
        base["team.fte"]
        base["people.stock"]["spoken"]
    assert [read.label for read in recorder.reads] == ["parameter:people.stock", "parameter:team.fte"]
    assert recorder.evidence == Evidence.PUBLISHED
    with reads.recording() as other:
        twelve["team.fte"]
    assert other.evidence == Evidence.ASSUMED
    assert other.reads[0].digest != recorder.reads[1].digest


def test_a_date_in_a_change_makes_the_read_assumed_and_another_digest(base, tmp_path):
    with reads.recording() as recorder:
        base.at("team.fte", datetime.date(2018, 1, 1))
    assert recorder.evidence == Evidence.ASSUMED
    later = load(tmp_path, "changes:\n  - {add: team.fte, amount: 1, from: 2023-01-02}\n")
    with reads.recording() as other:
        later["team.fte"]
    assert recorder.reads != other.reads


def test_the_same_value_from_another_file_is_the_same_read(base, tmp_path):
    same = load(tmp_path, "work:\n  minutes_letter: {low: 5, central: 10.0, high: 20}\n")
    with reads.recording() as one:
        base["work.minutes_letter"]
    with reads.recording() as other:
        same["work.minutes_letter"]
    assert one.reads == other.reads


def test_a_number_that_is_a_published_parameter_is_published(base):
    number = measure("team.posts", lambda: base["team.fte"], unit="fte")
    assert (number.value, number.evidence) == (9, Evidence.PUBLISHED)
    assert number.reads == ("parameter:team.fte",)
    twice = measure("team.posts_twice", lambda: 2 * base["team.fte"], unit="fte")
    assert twice.evidence == Evidence.RECOMPUTED


def test_fixing_an_assumption_is_remarked_with_the_range_left_out(tmp_path):
    scenario = load(tmp_path, "work:\n  minutes_talk_home_first: 70\nteam:\n  fte: 12\n")
    (remark,) = scenario.warnings
    assert remark.path == "work.minutes_talk_home_first"
    assert remark.where == "twaalf.yml:3"
    nl = "u hebt 'minuten per eerste gesprek thuis' vastgezet op 70; het bereik 60 tot 110 is niet meegenomen"
    en = (
        "you have fixed 'minutes per first conversation at home' at 70; the range 60 to 110 is not taken into"
    )
    assert (remark.nl, remark.en) == (nl, f"{en} account")


def test_dutch_remarks_have_dutch_decimals(tmp_path):
    (remark,) = load(tmp_path, "team:\n  client_time_share: 0.65\n").warnings
    assert "op 0,65; het bereik 0,45 tot 0,78" in remark.text("nl")
    assert "at 0.65; the range 0.45 to 0.78" in remark.text("en")


def test_changing_a_fact_is_remarked(tmp_path):
    text = "people:\n  stock: {spoken: 4000, never_invited: 1757, declined_or_wij: 1019, not_reached: 238}\n"
    (remark,) = load(tmp_path, text).warnings
    assert remark.path == "people.stock"
    assert "andere gemeente" in remark.nl


def test_a_range_and_a_decision_are_not_remarked(tmp_path):
    text = "work:\n  minutes_talk_home_first: {low: 50, central: 55, high: 70}\nteam:\n  fte: 12\n"
    assert load(tmp_path, text).warnings == ()
    assert load_scenario(BASE).warnings == ()


def test_renamed_keys_work_and_say_the_new_name(tmp_path):
    for each in renamed().values():  # a name that had its release goes from the file
        assert Version(each.until_version) > Version(__version__), each.old
    scenario = load(tmp_path, "work:\n  minutes_mail_answer: 7\n  minutes_light_contact: 20\n")
    assert scenario["work.minutes_talk_phone"] == 20
    assert str(scenario.warnings[0]) == (
        "twaalf.yml:4: work.minutes_talk_phone: work.minutes_light_contact heet nu work.minutes_talk_phone; "
        "schrijf die naam, de oude is weg in versie 0.2.0 / work.minutes_light_contact is now called "
        "work.minutes_talk_phone; write that name, the old one is gone in version 0.2.0"
    )


def test_defaults_of_the_catalogue_fill_a_file_that_extends_nothing(tmp_path):
    text = """\
people:
  stock: {spoken: 10, never_invited: 50}
  in_support: {programme: 1}
  known_to_wij: 0
  segment_share: {per_segment: {unknown: 1, other: 0}}
team:
  leave_pattern: {july: 1}
  sickness_share: 0.05
policy:
  interval_weeks: 52
"""
    scenario = load(tmp_path, text, extends=None)
    assert scenario["work.minutes_talk_home_first"] == 75
    assert dict(scenario["policy.channel_first"]) == {"home": 1, "office": 0, "phone": 0, "mail": 0}
    value = scenario.value("work.minutes_talk_home_first")
    assert value.origin.where.startswith("catalogue.csv:")
    assert value.origin.source == ("minutes_talk_home_first",)
    assert value.origin.evidence == Evidence.ASSUMED
