"""What cannot exist is refused before the first week, with a reason; what is absurd runs, with a warning."""

import _thread
import datetime
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kik_analysis import cli, project
from kik_analysis.capacity import engine
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import State, check
from kik_analysis.capacity.simulate import simulate
from kik_analysis.errors import InputError, ModelError
from kik_analysis.language import sentences
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity.cases import small_case, stock

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"interval": np.full((1, 1), 0)}, "interval: 1 to 52 weeks"),
    ({"interval": np.full((1, 1), 53)}, "interval: 1 to 52 weeks"),
    ({"lead": np.array([26])}, "lead: invitations before the last conversation"),
    ({"minutes_available": np.full(60, -1)}, "minutes_available: nothing below 0"),
    ({"minutes_available": np.full(59, 1)}, "wrong shape"),
    ({"reach": np.full((3, 3, 4, 2), 1.2)}, r"reach: a probability lies between 0 and 1 \(got 1.2"),
    ({"accept": np.full((3, 4, 17, 1), np.nan)}, "accept: a probability"),
    ({"outcome": np.full((2, 1, 5), 0.3)}, "outcome: shares add up to 1"),
    ({"entry_segment": np.array([0.9])}, "entry_segment: shares add up to 1"),
    ({"answer_weeks": np.zeros((3, 4, 2))}, "answer_weeks: at least 1"),
    ({"attempts": np.full((3, 4), 3)}, "attempts: more letters than have minutes"),
    ({"channel": np.full((1, 2, 1, 4), 0.3)}, "channel: shares add up to 1"),
    ({"period": np.full((60, 5), 1)}, "period: no such period"),
    ({"approach": np.full((1, 6), 3)}, "approach: no such approach"),
    ({"after_accept": np.full(17, 17)}, "after_accept: no such willingness row"),
    (stock({"state": State.LEFT, "count": 1}), "stock_state: nobody can be in this state"),
    (stock({"state": State.INVITED, "wait": -1, "count": 1}), "stock_wait: the next step"),
    (stock({"state": State.APPOINTMENT, "kind": 2, "count": 1}), "stock_kind: follow-ups are for"),
    (stock({"state": State.OUTSIDE_SERVICES, "contact": 1, "support": 1, "count": 1}), "stock_support"),
    (stock({"state": State.IN_CONTACT, "count": 1}), "stock_contact: in contact, yet never spoken to"),
    (stock({"state": State.NEVER_INVITED, "segment": 3, "count": 1}), "stock_segment: no such segment"),
    (stock({"state": State.NEVER_INVITED, "wait": -2, "count": 1}), "stock_wait: never invited"),
    (stock({"state": State.KNOWN_TO_WIJ, "age": 0, "count": 1}), "stock_age: at least 1 week ago"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[m for _, m in WRONG])
def test_impossible_arrays_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        check(small_case().replace(**changes))


def test_all_problems_at_once() -> None:
    c = small_case(lead=np.array([60]), definitive=np.array([7.0]), rebook_weeks=np.zeros(4))
    with pytest.raises(ModelError) as caught:
        check(c)
    assert len(caught.value.lines) == 3


def test_a_start_on_another_day_or_too_long_a_run() -> None:
    with pytest.raises(ModelError, match="starts on a Monday"):
        check(small_case().replace(start=datetime.date(2019, 10, 8)))
    with pytest.raises(ModelError, match="1 to 1040 weeks"):
        check(small_case(weeks=1041))


EARLIER, SOON, LATER = datetime.date(2019, 1, 7), datetime.date(2019, 10, 21), datetime.date(2020, 6, 1)
UNSUPPORTED = [
    (
        {"team.organisation": "fixed_contact_person", "team.fte": 0},
        r"organisation: a fixed contact person in a team of none \(got 0 fte on 2020-04-06",
    ),
    (
        {"policy.wij_rule": "joint_with_consent", "contact.wij_consent_share": 0},
        "wij_rule: jointly without anybody who consents",
    ),
    (
        {"policy.wij_rule": {EARLIER: "joint_with_consent", LATER: "not_invited"}},
        "wij_rule: an invitation made is not undone",
    ),
    ({"people.moved_in": {EARLIER: 20, LATER: 10}}, r"cannot become fewer \(got 10 from 2020-06-01 on"),
    ({"people.within_definition": {EARLIER: 0.9, LATER: 1}}, "who is left out does not come back"),
    ({"people.letters_out": 5000}, r"letters_out: not as many people .* \(got 1083; expected at most 619\)"),
    ({"people.appointments_made": 9000}, "appointments_made: not as many"),
    ({"contact.missed_office_share": 1}, "missed_office_share: nobody ever comes, yet follow-ups succeed"),
    ({"people.in_support": {"programme": 3000, "social_help": 800}}, "without 147 of .*, without 63 of "),
    (
        {"team.turnover_form": "events", "team.turnover_rate": 1, "team.hiring_weeks": 200},
        "turnover_rate: places stay empty or learning for good",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("overrides", "message"), UNSUPPORTED, ids=[m for _, m in UNSUPPORTED])
def test_what_contradicts_itself_is_refused_by_name(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        compile_scenario(load_scenario(None, overrides))
    said = sentences.told(caught.value.lines[0], "nl")
    assert re.match(r"(?!.* (who|the|without|anybody|expected) ).*(verwacht: | vanaf )", said)


def test_the_message_names_file_and_line_and_check_tells_it(tmp_path: Path, capsys: Any) -> None:
    base = tmp_path / "mine.yml"
    base.write_text(
        f"extends: {project.params('base.yml')}\nteam:\n  organisation: fixed_contact_person\n  fte: 0\n"
        "changes:\n  - {name: extra_staff, drop: true}\n"
    )
    with pytest.raises(ModelError, match=r"^mine\.yml:3: team\.organisation") as error:
        compile_scenario(load_scenario(base))
    for words in (["check", str(base)], ["run", str(base), "--out", str(tmp_path / "out")]):
        assert cli.main([*words, "--lang", "en"]) == 2
        assert capsys.readouterr().err.splitlines()[-1:] == list(error.value.lines)
    assert not (tmp_path / "out").exists()


def test_more_success_than_answers_is_refused() -> None:
    scenario = load_scenario(None, {"contact.no_answer_per_attempt": 0.5, "policy.attempts": 1})
    for asked in (scenario, scenario.replace({"team.fte": 12})):  # a value beside it takes no blame
        with pytest.raises(ModelError, match=r"policy\.attempts: more follow-ups succeed.*at most 0\.5 with"):
            compile_scenario(asked)
    # first appointments that nobody keeps and all make again: a hundred, of 35 minutes of travel and 25 lost
    never = load_scenario(None, {"contact.missed_appointment_share": 1, "contact.rebooked_share": 1})
    assert compile_scenario(never).promise_minutes[0, 1, 0, 0].tolist() == [6000] * 6


@pytest.mark.parametrize(
    ("overrides", "warning"),
    [
        ({"team.fte": 0}, "nobody works in"), ({"team.fte": 0.1}, "people per full-time place"),
        ({"team.sickness_share": 1, "policy.wij_rule": dict.fromkeys((EARLIER, SOON), "joint_with_consent")},
         "no week has the"),
        ({"policy.approach_declined": "less_noncommittal", "policy.less_noncommittal_people": 0},
         "nobody is invited less non-committally"),
        ({"people.stock": {"spoken": 0}, "people.known_to_wij": 0, "people.in_support": {"programme": 0}},
         "nobody is in the group"),
    ],
)  # fmt: skip
def test_absurd_scenarios_run_with_a_warning(overrides: dict[str, Any], warning: str) -> None:
    scenario = load_scenario(None, {"run.weeks": 5, **overrides})
    if "team.fte" in overrides:
        scenario = load_scenario(None, {"run.weeks": 5, "run.start": datetime.date(2021, 8, 2), **overrides})
    result = simulate(scenario, replications=2, seed=1)
    assert any(warning in line for line in result.warnings)
    assert result.weekly(measures=["group_size"]).height == 5


def test_fixed_assumptions_are_remarked_on() -> None:
    result = simulate(
        load_scenario(None, {"run.weeks": 2, "work.minutes_talk_phone": 20}), replications=1, seed=1
    )
    assert any("work.minutes_talk_phone" in line and "fixed" in line for line in result.warnings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replications": 0}, "replications: not possible"),
        ({"replications": 2.5}, "replications: not possible"),
        ({"seed": -1}, "seed: not possible"),
        ({"uncertain": 1}, "uncertain: not possible"),
    ],
)
def test_impossible_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        simulate(load_scenario(None, {"run.weeks": 3}), **{"replications": 1, "seed": 1, **arguments})


def test_an_interrupt_while_a_thread_starts_stops_what_began(monkeypatch: Any, patience: float) -> None:
    submit, begun = ThreadPoolExecutor.submit, list[Any]()

    def interrupted(*given: Any) -> Any:
        begun.append(submit(*given))
        if len(begun) > 2:  # the first two are of the few that decide about bins
            raise KeyboardInterrupt
        return begun[-1]

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        engine.simulate(
            small_case(weeks=200, people=20_000, minutes=20_000), replications=10**6, seed=1, workers=2
        )
    assert time.perf_counter() - began < 1.5 * patience


@pytest.mark.parametrize(("weeks", "people"), [(200, 20_000), (900, 60_000)], ids=["between", "within"])
def test_interrupting_stops_at_once(weeks: int, people: int, patience: float) -> None:
    """An interrupt while two threads are busy with an hour of work: between chunks, and inside a long run."""
    c = small_case(weeks=weeks, people=people, minutes=people)
    engine.simulate(small_case(weeks=2), replications=1, seed=1)  # compiled before the clock starts
    told: list[float] = []

    def interrupt() -> None:
        told.append(time.perf_counter())
        _thread.interrupt_main()

    timer = threading.Timer(0.5, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        engine.simulate(c, replications=10**6, seed=1, workers=2)
    assert time.perf_counter() - told[0] < 1.5 * patience
    timer.join()
    assert threading.active_count() < 10
