"""Cases that planners write: the shipped ones hold, verdicts are right, wrong files are told their line."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t

from kik_analysis.capacity import cases
from kik_analysis.cli import main
from kik_analysis.errors import ParameterError
from kik_analysis.parameters.commands import check

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(path for path in (ROOT / "cases").glob("*.yml") if path.stem != "leeg")
EMPTY = ROOT / "cases" / "leeg.yml"
HEAD = f"format: 1\nkind: cases\nextends: {EMPTY}\ncases:\n"


def written(tmp_path, *expect, given="{people.stock: {never_invited: 10}}", more=""):
    lines = "".join(f"      - {one}\n" for one in expect)
    text = f"  - name: een\n    because: zo is het\n    given: {given}\n    expect:\n{lines}{more}"
    path = tmp_path / "c.yml"
    path.write_text(HEAD + text)
    return path


def test_ten_files_ship_each_with_its_reasoning():
    assert len(SHIPPED) >= 10
    assert all(len(one.case.because) > 25 for path in SHIPPED for one in cases.read(path))
    assert "Z005" in (ROOT / "cases" / "werkzaak_2023.yml").read_text()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_cases_hold(path):
    wrong = [f"{one.where}: {one.case}: {one}" for one in cases.run(path) if one.verdict != cases.HOLDS]
    assert wrong == []


def test_nothing_flows_in_the_empty_town(tmp_path):
    """Without people, and with a hundred and no hours, nothing moves at all."""
    still = [
        f"{{measure: {name}, until: end, equals: 0}}"
        for name in ("arrivals", "exits", "returns", "conversations", "missed", "refused", "hours_used")
    ]
    path = written(tmp_path, *still, "{measure: group_size, every_week: true, equals: 100}",
                   given="{people.stock: {spoken: 40, declined_or_wij: 60}, team.fte: 0}")  # fmt: skip
    assert {one.verdict for one in cases.run(path)} == {cases.HOLDS}


def test_holds_fails_and_undecided_with_how_many_would_decide(tmp_path, capsys):
    """Of 400 people each leaves within the year with a probability of about one half."""
    given = "{people.stock: {never_invited: 400}, people.exit_rate: 0.5, team.fte: 0, run.replications: 50}"
    stay = 400 * 0.5 ** (52 * 28 / 1461)
    path = written(
        tmp_path,
        f"{{measure: group_size, on: end, at_least: {stay - 20:.0f}}}",
        f"{{measure: group_size, on: end, at_least: {stay + 20:.0f}}}",
        f"{{measure: group_size, on: end, at_least: {stay - 1:.1f}}}",
        f"{{measure: group_size, on: end, at_least: {stay - 1:.0f}, probability: 0.9}}",
        f"{{measure: group_size, on: end, at_least: {stay - 80:.0f}, probability: 0.85}}",
        f"{{measure: group_size, on: end, at_least: {stay - 80:.0f}, probability: 0.95}}",
        given=given,
    )
    found = cases.run(path, workers=1)
    assert [one.verdict for one in found] == ["holds", "fails", "undecided", "fails", "holds", "undecided"]
    assert found == cases.run(path, workers=2)
    assert found[0].got == pytest.approx(stay, abs=5)
    third, last = found[2], found[5]
    reach = (third.high - third.low) / 2 * math.sqrt(50) / t.ppf(0.995, 49)
    gap = abs(third.got - float(f"{stay - 1:.1f}"))
    fewer, more = (t.ppf(0.995, n - 1) * reach / math.sqrt(n) for n in (third.needed - 2, third.needed + 1))
    assert more < gap < fewer
    assert last.needed == math.ceil(math.log(0.005) / math.log(0.95))
    assert 0.95**last.needed <= 0.005 < 0.95 ** (last.needed - 1)
    assert main(["test", str(path), "--quiet", "--lang", "nl"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{path}:9: een: klopt"
    assert said[1].startswith(f"{path}:10: een: klopt niet: verwacht measure: group_size, on: end, ")
    assert f"gevonden {found[1].got:.6g} (".replace(".", ",") in said[1]
    assert str(third.needed) in said[3]
    assert said[-1] == "klopt: 2, klopt niet: 2, onbeslist: 2"


def test_a_mean_is_judged_by_its_interval_and_equality_by_its_last_digit():
    values = np.array([9.0, 10.0, 11.0] * 30)[:, None]
    half = t.ppf(0.995, 89) * values.std(ddof=1) / math.sqrt(90)
    for low, verdict in (
        (10 - 1.01 * half, "holds"),
        (10 - 0.99 * half, "undecided"),
        (10 + 1.01 * half, "fails"),
    ):
        one = cases.Expectation(measure="hours_used", on="end", at_least=low)
        assert cases.judged(one, values)[0][0] == verdict
    for written_, limits in ((100, (99.5, 100.5)), (0.48, (0.475, 0.485)), (36.4, (36.35, 36.45))):
        one = cases.Expectation(measure="hours_used", on="end", equals=written_)
        assert one.limits == pytest.approx(limits)
    less = cases.Expectation(measure="hours_used", on="end", less_than_case="een")
    assert [cases.judged(less, np.full((3, 1), x))[0][0] for x in (-1e-12, 0.0)] == ["holds", "fails"]


@pytest.mark.parametrize(("replications", "weeks"), [(4, 1), (10, 1), (10, 52), (200, 52)])
def test_what_is_true_is_told_to_fail_hardly_ever(replications, weeks):
    """A mean that lies on its limit, in every week that is asked, many times over."""
    rng, one = np.random.default_rng(8), cases.Expectation(measure="arrivals", on="end", at_most=10)
    runs = rng.normal(10, 3, (300 if weeks == 1 else 100, replications, weeks))
    fails = [cases.judged(one, run)[0][0] for run in runs].count("fails")
    assert fails <= 0.005 * len(runs) + 3 * math.sqrt(0.005 * len(runs))


def test_two_cases_are_compared_future_by_future(tmp_path):
    more = (
        "  - name: twee\n    because: ze gaan sneller weg\n"
        "    given: {people.stock: {never_invited: 300}, people.exit_rate: 0.2, team.fte: 0}\n"
        "    expect: [{measure: group_size, on: end, less_than_case: een}]\n"
    )
    given = "{people.stock: {never_invited: 300}, people.exit_rate: 0.16, team.fte: 0}"
    path = written(tmp_path, "{measure: group_size, on: end, more_than_case: twee}", given=given, more=more)
    one, two = cases.run(path)
    assert (one.verdict, two.verdict) == ("holds", "holds")
    assert one.got == -two.got > 0
    path.write_text(path.read_text().replace("exit_rate: 0.2", "exit_rate: 0.16"))
    assert {one.verdict for one in cases.run(path)} == {"fails"}


_, *WRONG = Path(__file__).with_name("wrong_expectations.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize(("expect", "message"), [line.split(" => ") for line in WRONG])
def test_a_wrong_expectation_is_told_with_its_line(tmp_path, expect, message):
    path = written(tmp_path, "{measure: group_size, on: end, equals: 10}", expect)
    with pytest.raises(ParameterError) as caught:
        cases.read(path)
    (line,) = caught.value.lines
    assert line.startswith(f"{path}:10: ")
    assert message in line


WRONG_FILES = {
    "given: {team.ftee: 3}": ":7: given.team.ftee: unknown parameter; did you mean team.fte?",
    "given: {team.fte: 0,05}": ":7: cases[1].given.05: a comma separates; write 0.05 for a decimal",
    "given: {team.organisation: pool}": ":7: team.organisation: ",
    "given: {run.replications: 1}": ":5: run.replications: one future tells nothing of chance (got 1; exp",
    "given: {policy.attempts: 0}": ":7: policy.attempts: outside what is possible",
    "given: {people.in_support: {programme: 5}}": ":7: people.in_support",
    "given: {team.contract_hours: 60}": ":7: team.contract_hours: team.productive_hours_norm is more than",
    "changes: [{name: extra_stof, drop: true}]": ":7: changes: no inherited change of this name",
    "because: nog een": ":7: cases[1].because: this key was already given on line 6",
    "expected: []": ":7: cases[1].expected: unknown key; did you mean expect?",
}


@pytest.mark.parametrize(("text", "message"), WRONG_FILES.items())
def test_a_wrong_case_is_told_with_its_line(tmp_path, text, message, capsys):
    path = tmp_path / "c.yml"
    path.write_text(f"{HEAD}  - name: een\n    because: zo is het\n    {text}\n"
                    "    expect: [{measure: group_size, on: end, equals: 0}]\n")  # fmt: skip
    assert main(["test", str(path), "--quiet"]) == 2
    said = capsys.readouterr()
    assert f"{path}{message}" in said.err
    assert said.out == ""


def test_what_it_extends_and_the_whole_file_are_checked(tmp_path, capsys):
    path = tmp_path / "c.yml"
    expect = "cases: [{name: a, because: b, expect: [{measure: group_size, on: end, equals: 0}]}]\n"
    for head, message in (
        ("extends: nowhere.yml\n", "c.yml:3: extends: no such scenario"),
        ("extends: bases\n", "c.yml:3: extends: no such scenario"),
        (f"extends: {path}\n", f"a cases file (expected a scenario; to run it: kik test {path})"),
    ):
        path.write_text(f"format: 1\nkind: cases\n{head}{expect}")
        assert main(["test", str(path)]) == 2
        assert message in capsys.readouterr().err
    path.write_text("format: 1\nkind: cases\ncases: []\n")
    assert main(["test", str(path)]) == 2
    assert "c.yml:3: cases: empty" in capsys.readouterr().err
    twice = HEAD + 2 * "  - {name: a, because: b, expect: [{measure: group_size, on: end, equals: 0}]}\n"
    path.write_text(twice)
    assert main(["check", str(path)]) == 2
    assert "c.yml:6: name: the name stands on line 5 too" in capsys.readouterr().err
    assert main(["check", *map(str, SHIPPED[:2])]) == 0
    assert main(["test", "nowhere.yml"]) == 2
    assert check([EMPTY]) == []


def test_what_is_wrong_with_a_case_and_its_expectations_is_said_at_once(tmp_path):
    wrong = "{measure: backlog, segment: every, on: 2051-01-02, less_than_case: b}"
    with pytest.raises(ParameterError) as caught:
        cases.read(written(tmp_path, wrong, given="{team.ftee: 3}"))
    words = ("unknown parameter", "no segment every", "a day outside", "no other case b")
    assert all(sum(word in line for line in caught.value.lines) == 1 for word in words)


def test_a_file_of_another_kind_is_told_in_one_sentence_with_what_runs_it(tmp_path, capsys):
    assert main(["test", str(EMPTY), "--lang", "nl"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"{EMPTY}:5: kind: dit is een bestand van de soort scenario (verwacht: een bestand met gevallen; "
        f"om dit te berekenen: kik simulate {EMPTY})"
    ]
    path = tmp_path / "kort.yml"
    for text, kind, command in (
        ("run: {weeks: 3}\n", "scenario", "; to run it: kik simulate "),
        ("format: 1\nkind: design\n", "design", "; to run it: kik design "),
        ("format: 1\nkind: question\n", "question", ""),
    ):
        path.write_text(text)
        assert main(["test", str(path), "--lang", "en"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f"kind: this is a {kind} file (expected a file of cases{command}" in line
    path.write_text("format: 1\nkind: case\ncases: []\n")
    assert main(["test", str(path), "--lang", "en"]) == 2
    assert "kind: not one of the choices" in capsys.readouterr().err


def test_a_case_without_a_reason_and_a_name_of_one_release_ago(tmp_path, capsys):
    given = "{work.minutes_conversation: 60, people.stock: {never_invited: 9}}"
    weeks = "{measure: hours_used, every_week: true, at_least: 1}"
    until = "{measure: letters, until: 2019-10-09, at_least: 1}"
    path = written(tmp_path, "{measure: offered_52_weeks, on: end, equals: 1}", weeks, until, given=given)
    path.write_text(path.read_text().replace("    because: zo is het\n", ""))
    assert main(["test", str(EMPTY), str(path), "--lang", "en", "--quiet"]) == 1  # as cases/*.yml
    (holds, fails, *_), (old, *_, within) = (said.splitlines() for said in capsys.readouterr())
    assert (holds, old.split()[2]) == (f"{path}:8: een: holds", "work.minutes_conversation")
    day = "9 October 2019 is no Monday; the whole week counts, until Monday 14 October 2019"
    assert within == f"{path}:10: expect.until: {day}"
    assert main(["check", str(path), "--lang", "en"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == old
    assert fails.endswith("got 0 (0 to 0) in the week of 7 October 2019")
