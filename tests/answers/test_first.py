"""The first page answers and changes with the scenario; another municipality speaks of itself alone."""

import functools
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import readability

from kik_analysis import project
from kik_analysis.answers import answer, first
from kik_analysis.answers.runs import Runs
from kik_analysis.capacity.layers import Layers
from kik_analysis.capacity.simulate import simulate
from kik_analysis.capacity.verification import RULES
from kik_analysis.cli import main
from kik_analysis.facts.claims import claims
from kik_analysis.figures import answers as exhibits
from kik_analysis.figures.planner import quarters
from kik_analysis.parameters.commands import check
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.planning.staff import calibrated
from kik_analysis.report import tracing

DRAWS, MOST_WORDS = 4, 250
FEW = {"run.weeks": 30, "run.replications": 2}
TWELVE = Path(__file__).with_name("twelve.yml")
REFEREE = ("hours", "unit", "again", "effect")
EXAMPLE = project.params("examples", "waterbroek", "waterbroek.yml")


@pytest.fixture(scope="module")
def nine(runs):
    runs.moved = functools.cache(runs.moved)
    return first.first_page(project.params("base.yml"), runs)


@pytest.fixture(scope="module")
def twelve(runs):
    load = functools.partial(load_scenario, overrides={"run.weeks": runs.scenario["run.weeks"]})
    with pytest.MonkeyPatch.context() as patch:  # it rests on what the base rests on; compiled once for both
        patch.setattr(Runs, "moved", lambda _: runs.moved())
        patch.setattr(first, "load_scenario", load)  # of what it is compared with
        return first.first_page(TWELVE, Runs(load(TWELVE), runs.draws))


@pytest.fixture(scope="module")
def example():
    runs = Runs(load_scenario(EXAMPLE, {"run.weeks": 70, "run.replications": 8}), DRAWS)
    return first.first_page(EXAMPLE, runs), answer.answers(EXAMPLE, runs)


def text(page, lang="nl"):
    return "\n".join(line.texts[lang].plain for line in page.lines)


def test_the_page_is_short_and_has_its_parts(nine, twelve):
    for page in (nine, twelve):
        assert {line.part for line in page.lines} == {"brief", "weighs", "unknown", "ask"}
        for lang in ("nl", "en"):
            assert len(text(page, lang).split()) <= MOST_WORDS
            assert tracing.find(text(page, lang), "banned", lang) == []
        assert readability.gate(text(page)) == []


def test_a_base_says_whether_its_team_suffices_and_answers_a_referee(nine):
    said = [line.key for line in nine.lines]
    assert said[:3] == ["base.verdict", "base.whom", "base.kept"]
    assert [one for one in said if one.startswith("unknown.")] == [f"unknown.{one}" for one in REFEREE]
    assert "Is 9 fte genoeg" in text(nine)


def test_a_scenario_tells_its_choice_and_the_difference(nine, twelve):
    assert nine.baseline is None
    assert twelve.baseline is not None
    said = text(twelve)
    assert "De keuze: formatie, van 9 naar 12 fte." in said
    assert re.search(r"Per jaar kost dit €.[\d.]+ tot €.[\d.]+ meer", said)
    either = (
        r"meer dan in „Stand oktober 2019”|geen duidelijk verschil met „Stand oktober 2019”: -\d+ tot \d+ "
    )
    assert re.search(either, said), "both ends are told where it may be less or much more"
    assert "Is 12 fte genoeg" in said


CHOICES = {
    "follow_up_by_phone": ("vervolggesprekken, per telefoon, van 30% naar 100%.", "by telephone"),
    "wij_joint_many": ("Regel voor WIJ: van niet uitgenodigd naar samen, na toestemming.", "from 1.2 to 2."),
    "need_based": ("De keuze: vaker op verzoek, van nee naar ja.", "from no to yes"),
    "sixty_plus_twice": (
        "ouder dan zestig, beperkt door gezondheid, van 52",
        "over sixty, limited by health,",
    ),
    "extra_six": ("De keuze: formatie, van 12,5 naar 15 fte, tot 1 april 2020.", "FTE, until 1 April 2020."),
}


@pytest.mark.parametrize("name", CHOICES)
def test_a_shipped_scenario_tells_its_choice_in_words(name):
    """Words for words, the part that changes most, as few decimals as the number has; and plain."""
    chosen, before = (
        load_scenario(project.params(*path), {"run.weeks": 104, "run.replications": 4})
        for path in (("scenarios", f"{name}.yml"), ("base.yml",))
    )
    page = first.First(Runs(chosen, 3), Runs(before, 3))
    first.beside(page, page.baseline)
    said = text(page)
    assert CHOICES[name][0] in said
    assert CHOICES[name][1] in text(page, "en")
    assert not re.search(r"_|\b(True|False|None)\b", said + text(page, "en"))
    assert readability.measure(said).longest <= readability.LONGEST_SENTENCE
    for lang in ("nl", "en"):
        assert tracing.find(text(page, lang), "banned", lang) == []


def test_what_a_scenario_does_in_other_words_is_told_as_it_is(tmp_path):
    """Posts set instead of added, half a quarter; two stops; less for a time within more."""
    stop = "  - {{name: contact_stop{0}, set: policy.channel_{1}, from: {2}, until: {3}, to: {{phone: 1}}}}\n"
    days = (("", "2019-12-02", "2020-01-06"), ("_again", "2020-02-03", "2020-03-02"))
    lines = [stop.format(one, way, *both) for one, *both in days for way in ("first", "follow_up")]
    own = "policy:\n  interval_weeks: {per_segment: {active_60_plus: 26, other: 26}}\nchanges:\n"
    path, base = tmp_path / "own.yml", load_scenario(None, FEW)
    extra = "  - {name: extra_staff, set: team.fte, to: 12, from: 2019-10-07, until: 2019-11-18}\n"
    path.write_text(f"extends: {project.params('base.yml')}\n{own}{''.join([extra, *lines])}")
    scenario = load_scenario(path, FEW)
    runs = Runs(scenario, 3)
    told = {name: answer.number(f"answers.{name}", runs) for name in ("extra_posts", "stop_weeks")}
    assert [one.high or one.value for one in told.values()] == [3, 9]
    assert len(Layers(scenario, *2 * [simulate(scenario, replications=1)]).stop) == 4, "two grey times"
    per_person = [answer.number("answers.hours_once_a_year", one).value for one in (runs, Runs(base, 3))]
    used = [np.median(one.per_year("hours_used")) for one in (runs, Runs(base, 3))]
    assert per_person[0] / used[0] == pytest.approx(per_person[1] / used[1] / 2, rel=0.05), "one of two talks"
    posts = quarters(simulate(scenario, replications=1), scenario).table.frame["fte"][0]
    assert posts == pytest.approx((42 * 12 + 44 * 9) / 86, abs=0.01), "as euros count them"
    page = first.First(runs, Runs(base, 3))
    first._choice(page, base)
    assert "naar 9 fte, vanaf 18 november 2019 tot 1 april 2020." in text(page)
    lasting = "  - {add: team.fte, amount: 1, from: 2020-04-01}\n"  # what comes to stay is told beside it
    path.write_text(f"extends: {project.params('base.yml')}\nchanges:\n{extra}{lasting}")
    page = first.First(Runs(load_scenario(path, FEW), 3), Runs(base, 3))
    first._choice(page, base)
    assert "Formatie: van 9 naar 10 fte, vanaf 1 april 2020." in text(page)
    said = text(first.first_page(path, Runs(scenario, DRAWS)))
    assert "loopt over andere weken dan „Stand oktober 2019”" in said, "no comparison is not silence"


UNITS = {
    "statistics.survey_margin": (0.05, ["van 10 naar 5 procentpunt.", "from 10 to 5 percentage points."]),
    "costs.extra_budget_per_year": (6e5, ["van € 750.000 naar € 600.000.", "from € 750,000 to € 600,000."]),
}


@pytest.mark.parametrize("path", UNITS)
def test_a_difference_is_told_in_its_unit_once(path):
    value, said = UNITS[path]
    chosen = load_scenario(TWELVE).replace({path: value})
    page = first.First(Runs(chosen, 3), Runs(load_scenario(TWELVE), 3))
    first._choice(page, page.baseline.scenario)
    assert [text(page, lang).rpartition(", ")[2].replace("\xa0", " ") for lang in ("nl", "en")] == said


def test_more_staff_moves_what_rests_on_it_and_nothing_else(nine, twelve):
    for page in (nine, twelve):  # week fifty-three: the one at whose end it is counted
        assert "een jaar (week van 5 oktober 2020)" in text(page), "the day that a year is up"
    for name in ("posts", "approached_share", "spoken_share", "backlog_after_year"):
        before, after = (answer.number(f"answers.{name}", page.runs) for page in (nine, twelve))
        assert (before.value, before.low, before.high) != (after.value, after.low, after.high), name
    still = ["answers.group_at_start", "answers.pilot_detectable", "answers.weeks_left", "figure1.spoken",
             "answers.asked_error", "bounds.people_spoken", "answers.budget_posts_low"]  # fmt: skip
    for name in still:
        before, after = (answer.number(name, page.runs) for page in (nine, twelve))
        assert (before.value, before.low, before.high) == (after.value, after.low, after.high), name


def test_what_does_not_move_the_outcome_is_not_said_to(runs, monkeypatch):
    still = Runs(runs.scenario.replace({"run.weeks": 8}), 4)
    still.moved = lambda: dict.fromkeys(runs.places[0], 0.0)
    group = replace(answer.number("answers.group_at_start", runs), value=0.0)  # and where there is nobody
    monkeypatch.setattr(first, "number", lambda one, at: group if one == group.id else answer.number(one, at))
    asked = [line.key for line in first.first_page(project.params("base.yml"), still).lines]
    assert [one for one in asked if one.startswith(("rests", "measure", "base.start"))] == ["measure.other"]
    monkeypatch.setattr(Runs, "places", 4 * [{}])  # a scenario in which every number is exact
    assert Runs(still.scenario, 4).moved() == {}


def test_each_number_on_the_page_is_handed_over(nine, twelve):
    for page in (nine, twelve):
        known = set(exhibits.first_page(page).numbers)
        assert {name for line in page.lines for name in line.texts["nl"].numbers} <= known
        assert exhibits.picture(page).text("alt", "nl").plain


def test_the_rules_are_those_that_the_engine_is_checked_by(nine):
    """Each rule of the run, with how often it was checked; one that is switched off is kept nowhere."""
    short = load_scenario().replace({"run.weeks": 60})
    found = {row["rule"]: row for row in exhibits.council_rules(short).table.frame.to_dicts()}
    assert list(found) == [one.__name__ for one in RULES]
    assert found["voluntary"]["kept"]
    assert found["no_double_contact"]["checked"] > 0
    pressed = short.replace({"policy.interval_weeks": 26})
    once = exhibits.council_rules(pressed).table.frame.row(2, named=True)
    assert (once["rule"], once["checked"], once["kept"]) == ("once_a_year_60_plus_and_health", 0, None)
    people = exhibits.council_people(nine.runs).table.frame
    assert (people.null_count().sum_horizontal()[0], people["unit"].n_unique()) == (0, 2)
    high = people["high"].to_list()
    assert (high[4] <= high[3], high[6] <= high[5]) == (True, True)


# ---- another municipality


def test_another_municipality_has_its_own_questions_and_no_published_history(example):
    page, answers = example
    assert page.baseline is None
    assert [one.question.slug for one in answers] == ["enough"]
    assert exhibits.overview(()).table.frame.is_empty()  # a place without questions has a report
    level = exhibits.overview(answers).numbers["level_assumed"]
    assert level.evidence == "assumed"  # called recomputed, a run that rests on no claim stops
    assert "in prijzen van 2025." in answers[0].plain("nl")  # its own source of the price says so
    said = "\n".join(
        [text(page), text(page, "en"), *(one.plain(lang) for one in answers for lang in ("nl", "en"))]
    )
    assert not re.search(r"Groningen|Kansen in Kaart|KiK", said)
    numbers = {**page.numbers, **exhibits.overview(answers).numbers}.values()
    assert not [read for one in numbers for read in one.reads if read.startswith(("claim:", "bound:"))]
    assert calibrated(load_scenario(EXAMPLE), [{}]) == (None, ("none",))
    assert answers[0].as_json()["sources_until"] == ""
    graded = [load_scenario(one).evidence("policy.interval_weeks") for one in ("base", EXAMPLE)]
    assert graded == ["published", "assumed"]  # a letter of Groningen publishes nothing of another place
    assert page.runs.scenario.warnings == ()  # its counts are its own, no facts of another that it changed
    assert not any(exhibits.council_rules(load_scenario(EXAMPLE)).table.frame["claims"])
    for said_ in (text(page), *(one.plain("nl") for one in answers)):
        assert readability.gate(said_) == []


def test_its_report_calls_the_district_team_by_its_own_name():
    own = load_scenario(EXAMPLE).header
    assert own.district_team == ("het buurtteam", "the neighbourhood team")
    said = "Bekend bij WIJ; samen met het WIJ-team in de wijk; WIJ Groningen"
    assert own.own_words(said, "nl") == "Bekend bij het buurtteam; samen met het buurtteam; het buurtteam"
    assert own.own_words(file := "het plan WIJ.yml:7, ../WIJ/een-plan.yml", "nl") == file
    assert "het wijkteam" in replace(own, district_team=("", "")).own_words(said, "nl")
    assert load_scenario("base").header.own_words(said, "nl") == said


@pytest.mark.parametrize("words", ["check", "fte --given=2.5 --quiet", "simulate --replications=2 --quiet"])
def test_commands_call_it_so_too(words, capsys, monkeypatch, tmp_path):
    """Their remarks too: they tell no range of people that is of the base, and keep the file's name."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    text = EXAMPLE.read_text("utf-8").replace("../../base.yml", str(project.params("base.yml")))
    text = text.replace("letters_out: {low: 5, central: 12, high: 25,", "letters_out: {value: 12,")
    file = tmp_path / "WIJ.yml"
    file.write_text(f"{text}\ncontact: {{wij_consent_share: 0.5}}\n", encoding="utf-8")
    assert main([*words.split(), str(file), "--lang", "nl"]) == 0
    said = "".join(capsys.readouterr())
    assert len({len(line) for line in re.findall(r"^.*  .*[\d%]$", said, re.MULTILINE)}) <= 1, "in columns"
    assert re.search(r"WIJ\.yml:\d+: contact\.wij_consent_share: .*buurtteam", said)
    assert not re.search(r"WIJ(?!\.yml|: \d+ weken|, in de week)|80 tot 465", said)
    assert "fte" not in words or "beloven (WIJ, in de week" in said, "the scenario's name"


def test_its_files_are_right_and_a_question_can_be_checked(tmp_path):
    known = {"question": functools.partial(answer.read, sources=answer.sources(published=True))}
    vragen = sorted((EXAMPLE.parent / "vragen").glob("*.yml"))
    assert check([EXAMPLE, *vragen], known) == []
    wrong = tmp_path / "q.yml"
    wrong.write_text(vragen[0].read_text("utf-8").replace("answers.posts", "answers.pots"), encoding="utf-8")
    assert "no such number" in check([wrong], known)[0]


def test_no_code_holds_a_number_of_the_ledger():
    """Three digits and more: smaller ones are also counters, indexes and percentages."""
    printed = (one.value or 0 for one in claims().values() if one.precision == "exact")
    exact = {int(one) for one in printed if one == int(one)}
    years = {one for one in exact if 1900 < one < 2100}
    sought = {f"{one:d}" for one in exact - years if one > 200 and one % 100}
    assert {"6953", "3939", "1757", "1019", "1447"} <= sought
    found = {}
    for path in sorted(Path(answer.__file__).parents[1].rglob("*.py")):
        code = re.sub(r'"""(?:.|\n)*?"""|#.*', "", path.read_text(encoding="utf-8")).replace("_", "")
        hits = sought & set(re.findall(r"(?<![\w.])\d+(?![\w.])", code))
        found |= {path.name: hits} if hits else {}
    assert found == {}
