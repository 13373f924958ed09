"""The shipped questions: complete, in plain words, with a verdict; a mistake in a file has its place."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
import readability

from kik_analysis import cli, project
from kik_analysis.answers import answer, computed
from kik_analysis.answers.answer import PARTS, Verdict
from kik_analysis.answers.runs import Runs
from kik_analysis.errors import InputError
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts.claims import claims
from kik_analysis.figures.staff import own_posts
from kik_analysis.language import sentences
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots import small_numbers
from kik_analysis.report import tracing

FIELDS = re.findall(
    r"\w+",
    """id slug question_nl question_en asked_in asked_year verdict verdict_en depends_on short_nl short_en
    known_nl known_en computed_nl computed_en unknown_nl unknown_en ask_nl ask_en answer_nl answer_en kind
    evidence claims parameters numbers scenario sources_until council""",
)
FOR_COUNCIL = {1, 2, 3, 5, 7, 15}
SHORTEST, LONGEST = 120, 200
DUTCH = {"de", "het", "een", "en", "niet", "mensen", "gemeente", "van", "wordt"}
FILES = sorted(project.params("questions").glob("*.yml"))
OWN = project.params("examples", "waterbroek", "vragen", "01-genoeg.yml")


def again(answers, scenario):
    """Return the answers to the same questions in another scenario, from fewer draws and futures still."""
    found = Runs(scenario.replace({"run.replications": 4}), 4)
    return [answer.answer(one.question, found) for one in answers]


@pytest.fixture(scope="module")
def changed(runs, answers):
    """More staff, nobody new, a promise within reach, people who all say what they need: other verdicts."""
    changes = {"team.fte": 14, "people.inflow_per_week": 0, "statistics.smaller_coverage": 0.3}
    changes |= {"contact.need_reported_share": 0.99, "statistics.survey_margin": 0.4}
    return again(answers, runs.scenario.replace(changes))


def counted(text):
    return len(re.findall(r"[^\W_]+(?:['’.,-][^\W_]+)*", text))


def english_score(text):
    """Flesch (1948): reading ease of English, syllables counted as groups of vowels without a silent e."""
    found = re.findall(r"[A-Za-z]+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", one.lower())))) for one in found)
    return 206.835 - 1.015 * len(found) / len(readability.split(text)) - 84.6 * syllables / len(found)


def test_all_eighteen_have_a_verdict_in_their_order(answers):
    assert [one.question.id for one in answers] == list(range(1, 19))
    assert {one.verdict for one in answers} <= set(get_args(Verdict))
    assert {one.question.id for one in answers if one.question.council} == FOR_COUNCIL


def test_no_other_municipality_can_ask_for_a_number_that_rests_on_claims(answers):
    """Its questions could show what the letters say of Groningen: 307 people a month."""
    used, free = [n for one in answers for n in one.numbers.values()], answer.sources(published=False)
    found = {one.id: any(read.startswith(("claim:", "bound:")) for read in one.reads) for one in used}
    own = {f"answers.{name}" for name in computed.COMPUTED} & {*found}
    assert {name for name in own if found[name]} == own - {*free}
    assert "answers.backlog_per_month" in own - {*free}


def test_each_verdict_is_ruled_by_numbers_or_says_why_none_can(answers):
    for one in answers:
        rule = one.question.verdict
        assert rule.names or rule.because, one.question.slug
        if one.verdict == "unknown":
            assert ", want " in one.texts["nl"]["short"].plain
    assert {one.question.id for one in answers if not one.question.verdict.names} == {7, 8, 9, 12, 13}


def test_a_verdict_moves_with_the_scenario(answers, changed):
    """A promise within reach, people who all say what they need: other verdicts, by the same rule."""
    before, after = ({one.question.slug: one.verdict for one in some} for some in (answers, changed))
    for slug, verdict in {"money": "yes", "own_choice": "yes", "interviews": "depends"}.items():
        assert after[slug] == verdict != before[slug], slug


def test_answers_json_has_the_settled_fields(answers):
    for one in answers:
        row = one.as_json()
        assert list(row) == FIELDS
        assert all(row[name] for name in FIELDS if name.endswith(("_nl", "_en")) and name != "depends_on")
        assert (row["verdict"].startswith("het hangt af van ")) == bool(row["depends_on"])
        assert set(row["claims"]) >= set(row["asked_in"])
        assert row["evidence"] == (
            "cannot_be_known" if row["verdict"] == "niet te zeggen" else row["evidence"]
        )


def test_an_answer_after_a_year_says_which_week_that_is(answers):
    (inflow,) = (one for one in answers if one.question.slug == "inflow")
    assert " van de groep, in de week van 5 oktober 2020." in inflow.texts["nl"]["short"].plain


def test_each_dutch_answer_is_plain(answers):
    for one in answers:
        text = one.plain("nl")
        assert readability.gate(text) == [], one.question.slug
        assert SHORTEST <= counted(text) <= LONGEST, one.question.slug


def test_answers_of_other_scenarios_are_plain_too(answers, changed, runs, proof):
    """Other sentences are chosen, other numbers fill them."""
    named = load_scenario(project.params("scenarios", "wij_joint_many.yml"))
    others = [named, runs.scenario.replace({"team.fte": 2})] if proof else []
    said = set()
    for found in (answers, changed, *(again(answers, scenario) for scenario in others)):
        for one in found:
            for lang in ("nl", "en"):
                assert tracing.find(one.plain(lang), "banned", lang) == []
            text = one.plain("nl")
            assert readability.gate(text) == [], (one.question.slug, text)
            assert SHORTEST <= counted(text) <= LONGEST, one.question.slug
            said.add(one.texts["nl"]["computed"].plain + one.texts["nl"]["short"].plain)
    assert len(said) > len(answers) + 5


def test_each_english_answer_is_plain_and_translated(answers):
    for one in answers:
        text = one.plain("en")
        measured = readability.measure(text)
        assert 60 <= english_score(text) <= 100, one.question.slug
        assert 8 <= measured.mean <= 13, one.question.slug
        assert measured.longest <= 26, measured.longest_sentence
        assert SHORTEST <= counted(text) <= LONGEST, one.question.slug
        assert tracing.find(text, "banned", "en") == []
        assert not DUTCH & set(re.findall(r"[a-z]+", text.lower())), one.question.slug
        for part in (*PARTS, "asked"):
            same = one.texts["nl"][part].plain == one.texts["en"][part].plain
            assert not same, (one.question.slug, part)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_file_lists_what_it_uses_and_no_more(path):
    asked = answer.read(path)
    text = path.read_text(encoding="utf-8")
    for name in (*asked.numbers, *asked.dates, *asked.names):
        used = re.search(
            rf"\{{{name}(\.\w+)?\}}|(?:chance|number|at_least|at_most|when|unless): {name}\b", text
        )
        assert used, f"{path.name}: {name} is used nowhere"


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_year_is_that_of_the_document(path):
    asked = answer.read(path)
    years = {int(claims()[one].date[:4]) for one in asked.asked_in}
    assert asked.asked_year == max(years)


PLURAL = "mensen|minuten|weken|gesprekken|uitnodigingen|people|weeks|minutes|hours|conversations|points"
UNBENT = re.compile(
    rf"(?<![\d.,])1 (?:percentage )?(?:{PLURAL})\b|(?<!\S)(\S*\d\S*) (?:tot|to|en|and) \1(?=[\s.,])"
    r"|(?:geen|no) fte|(?:hoogstens|at most) 100%|\{"
    r"|\b(?:zijn|staan|wachten|komen)\b[^.?!]* 1 (?:mens|week|gesprek)\b"
    r"|\b1 (?:person|week|conversation)\b[^.?!]* (?:are|were|have|join)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 1), (1, 1), (2, 2), (0, 100)])
def test_each_sentence_bends_to_its_numbers(low, high, runs, monkeypatch):
    """Whatever a scenario gives: no *1 mensen*, *wachten 1 mens*, *0% tot 0%*, *hoogstens 100%*."""

    def edged(name, runs):
        if name.startswith("answers."):
            unit = computed.COMPUTED[name.partition(".")[2]][1]
        elif name in catalogue():
            unit = answer.UNITS.get(catalogue()[name].unit, catalogue()[name].unit)
        else:
            return number(name, runs)
        return Number(name, high, low, high, unit, 0, Evidence.SIMULATED, ("simulation:s",), "here")

    number = answer.number
    monkeypatch.setattr(answer, "number", edged)
    for path in (*FILES, OWN):
        found = answer.answer(answer.read(path), runs)
        for lang in ("nl", "en"):
            said = f"{found.texts[lang]['question'].plain} {found.plain(lang)}"
            assert not UNBENT.search(said), (path.stem, UNBENT.search(said)[0], said)


def test_where_a_number_does_not_exist_an_answer_goes_without_it(monkeypatch):
    """No post, dated and segmented values, a day and a stop before the run, exact amounts, other rules."""
    none = SimpleNamespace(fte=None, low=None, high=None, ceiling=None)
    monkeypatch.setattr(Runs, "staff", lambda runs, **_: runs.kept() and none)
    odd = Runs(load_scenario(Path(__file__).with_name("odd.yml")), 2)
    found = {one.stem[:2]: answer.answer(answer.read(one), odd) for one in FILES}
    said = {number: one.plain("nl") for number, one in found.items()}
    for number in ("02", "04", "15"):
        assert found[number].verdict == "unknown"
    assert "die dag valt buiten de berekening" in said["02"]
    assert said["15"].startswith("Niet te zeggen, want in deze berekening is er geen stop die eindigt.\n")
    assert not [one for one in said.values() if "gesprek kost het team" in one]
    assert "vervolgcontacten voor" not in said["04"]
    assert "Geschatte instroom per jaar: 780 tot 1.600 mensen." in said["04"]
    assert "na toestemming" in said["10"]
    assert "die marge" not in said["16"] + said["17"]
    assert "Dat bedrag betaalt 5,6 fte" in said["16"]


def test_a_stop_that_does_not_end_in_the_run_is_not_caught_up_with():
    path = next(one for one in FILES if one.stem.startswith("15"))
    found = answer.answer(answer.read(path), Runs(load_scenario(None, {"run.weeks": 40}), 2))
    short = found.texts["nl"]["short"].plain
    assert (found.verdict, "achterstand is aan het eind" in short) == ("unknown", False)
    assert "De stop duurt in deze berekening 17 weken." in short


@pytest.mark.parametrize(("share", "told"), [(0.9487, 94), (0.4853, 48.53), (0.96, 96), (0.004, None)])
def test_a_team_just_short_of_its_promise_is_not_told_to_keep_it(share, told):
    top = SimpleNamespace(ceiling=SimpleNamespace(share=0.9487))
    runs = SimpleNamespace(
        scenario=load_scenario(), promised=lambda _: np.full(9, share), staff=lambda **_: top
    )
    assert computed._kept(runs, "approached") == pytest.approx(told)
    assert computed._ceiling(runs) == (94 if share < 0.95 else None)


def test_a_post_has_the_same_hours_whether_or_not_others_join_it(tmp_path):
    """Hours over posts of the same weeks: a team that doubles halfway has as many, not half as many again."""
    path, base, each = tmp_path / "team.yml", project.params("base.yml"), []
    for more in ("", ", {add: team.fte, amount: 9, from: 2020-05-04}"):
        changes = f"changes: [{{name: extra_staff, drop: true}}{more}]"
        path.write_text(f"extends: {base}\nrun: {{weeks: 60}}\n{changes}\n")
        found = Runs(load_scenario(path), 4)
        hours, posts = (computed.COMPUTED[f"{name}_once_a_year"][0](found) for name in ("hours", "fte"))
        each.append(hours.value / posts.value)
    assert each[1] == pytest.approx(each[0], rel=0.02)


def test_no_answer_tells_the_council_what_to_do(answers):
    for one in answers:
        said = f"{one.plain('nl')} {one.plain('en')}".lower()
        assert not re.search(r"\b(raad|gemeente|college|council) (moet|must|should)\b", said)
    assert sum("keuze van de raad" in one.plain("nl") for one in answers) >= 4


# ---- what is wrong in a file is said with its place

SMALL = (SMALL_FILE := Path(__file__).with_name("small.yml")).read_text(encoding="utf-8")
ROWS = Path(__file__).with_name("wrong.txt").read_text(encoding="utf-8").splitlines()
WRONG = {name: parts for name, *parts in (row.split(" | ") for row in ROWS)}
"""What is wrong -> what stands in the small file, what stands there instead, and what is said."""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_its_place(name, tmp_path, runs):
    before, after, message = WRONG[name]
    assert before in SMALL
    path = tmp_path / "own.yml"
    path.write_text(SMALL.replace(before, after.replace("\\n", "\n"), 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        answer.answer(answer.read(path, answer.sources(published=False)), runs)
    assert any(line.startswith("own.yml:") and message in line for line in caught.value.lines), caught.value


def test_the_small_file_itself_is_right_also_where_no_sentence_of_it_holds(tmp_path, runs):
    path = tmp_path / "own.yml"
    path.write_text(SMALL.replace("short: {", "short: {unless: posts, "), encoding="utf-8")
    for file, said in ((SMALL_FILE, "Het team telt 9 fte."), (path, "")):
        texts = answer.answer(answer.read(file, answer.sources(published=False)), runs).texts["nl"]
        assert texts["first"].plain == said
        assert texts["short"].plain.endswith(said or ".")


def test_two_questions_may_not_share_a_number_and_nothing_runs_then(tmp_path, capsys):
    (folder := tmp_path / "vragen").mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.yml").write_text(SMALL.replace("small", name), encoding="utf-8")
    (own := tmp_path / "own.yml").write_text("format: 1\nextends: base.yml\npublished: none\n", "utf-8")
    for words in (["check", str(own)], ["run", str(own), "--out", str(tmp_path / "out"), "--quiet"]):
        assert cli.main(words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert re.match(r".*b\.yml:3: id: another question's too \(got 1; expected .*a\.yml", line)
    assert not (tmp_path / "out").exists()


def test_one_question_has_one_number_in_answers_and_figures(runs):
    own, shown = answer.number("answers.posts", runs), own_posts(runs.scenario)
    assert (own.value, own.evidence) == (shown.value, shown.evidence)
    rises = small_numbers.pilot_power(runs.scenario).frame["detectable_halves"]
    found = answer.number("answers.pilot_detectable", runs)
    assert (found.low, found.high) == pytest.approx((rises.min(), rises.max()), abs=0.001)


def test_the_words_around_answers_are_plain():
    for key in sentences.keys("answers"):
        for lang in ("nl", "en"):
            assert tracing.find(sentences.template(key, lang), "banned", lang) == [], key
