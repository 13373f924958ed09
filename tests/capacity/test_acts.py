"""Every parameter acts, or is refused with its line, or is a point of comparison that a remark names."""

import datetime
import functools
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kik_analysis import project
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.engine import replay
from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.parameters.catalogue import Entry, catalogue
from kik_analysis.parameters.scenario import Scenario, load_scenario

BOOK = catalogue()
FIRST_AGAIN = ["not_reached", "declined", "appointment", "follow_up", "never_invited"]
#: With what a parameter acts, where that is more than one of the settings that the catalogue names.
ON: dict[str, dict[str, object]] = {
    "policy.during_stop": {"policy.face_to_face_share": 0.5},
    "policy.wij_rule": {},  # as the base is
    "contact.or_joint_with_wij": {"policy.wij_rule": "joint_with_consent", "team.fte": 60},
    # nine posts come to nobody who stands behind those never invited
    "contact.second_letter_conversion": {"policy.approach_declined": "less_noncommittal", "team.fte": 60},
    "policy.less_noncommittal_people": {"policy.approach_declined": "less_noncommittal", "team.fte": 60},
    "policy.approach_declined": {"policy.priority": FIRST_AGAIN},
    "policy.approach_not_reached": {"policy.priority": FIRST_AGAIN},
    "team.takeover_weeks": {
        "team.organisation": "fixed_contact_person", "team.sickness_form": "spells", "team.fte": 20,
    },
}  # fmt: skip


def setting(text: str) -> dict[str, object]:
    path, _, value = text.partition("=")
    return {path: {"true": True}.get(value, value)}


for entry in BOOK:
    ON.setdefault(entry.path, setting(entry.when[0]) if entry.when else {})
#: With what a parameter that the base switches on plays no part.
OFF: dict[str, dict[str, object]] = {
    "policy.reinvite_declined=true": {"policy.reinvite_declined": False},
    "policy.reinvite_not_reached=true": {"policy.reinvite_not_reached": False},
    "team.hours_basis=chain": {"team.hours_basis": "norm"},
    "people.known_to_wij!=0": {"people.known_to_wij": 0},
}
BEFORE, CHANGE, DAY = datetime.date(2019, 1, 7), datetime.date(2019, 12, 5), datetime.timedelta(days=1)
#: Values to move some parameters to; the others have the ends of a range, or another choice.
OTHER: dict[str, list[object]] = {
    "policy.reserved_share": [{"first": 0.5}, {"follow_up": 0.9}],
    "run.start": [datetime.date(2019, 7, 29)],
    "people.moved_in": [{BEFORE: 0, CHANGE: 50}],
    "people.within_definition": [{BEFORE: 1, CHANGE: 0.9}],
    "policy.less_noncommittal_people": [20],
    "people.segment_share": [{"per_segment": {"unknown": 1, "other": 0}}],
    "policy.urgency": [{"per_segment": {"unknown": 1, "other": 0}}],
    "policy.interval_weeks": [26],
}
#: Sections that other commands read; their own tests show that they act there.
ELSEWHERE = (
    *("history.", "costs.", "pilots.", "statistics.", "reference.", "run.replications", "run.seed"),
    "contact.or_second_letter",
)
WEEKS = 90


def other_values(entry: Entry, scenario: Scenario) -> list[object]:
    """Values to move a parameter to: the ends of its range, another choice, another part."""
    value = scenario.value(entry.path)
    if entry.path in OTHER:
        return OTHER[entry.path]
    if entry.keys:
        parts = {name: steps[0].amount.central for name, steps in value.cells}
        if entry.composition:
            return list(entry.keys)
        first, *_ = parts
        moved = dict(zip(parts, [*list(parts.values())[1:], parts[first]], strict=True))
        return [moved] if entry.path == "team.leave_pattern" else [{**parts, first: parts[first] - 100}]  # type: ignore[operator]
    if entry.type in ("switch", "choice"):
        return [True, False] if entry.type == "switch" else list(entry.choices)
    if entry.type == "order":
        return [list(reversed(entry.choices))]
    amount = value.cells[0][1][0].amount
    if not amount.exact:
        return [amount.low, amount.high]
    low, high = float(entry.minimum or 0), float(entry.maximum or 0)  # type: ignore[arg-type]
    step = 1 if entry.type == "whole" else float(amount.central) * 0.2 or 0.1  # type: ignore[arg-type]
    central = float(amount.central)  # type: ignore[arg-type]
    found = [round(x, 6) for x in (central - step, central + step) if low <= x <= high]
    return [int(x) for x in found] if entry.type == "whole" else found  # type: ignore[return-value]


def outcome(scenario: Scenario) -> Any:
    return replay(compile_scenario(scenario), seed=4, replication=1)[0]


@pytest.fixture(scope="module")
def outcomes() -> Any:
    """Outcomes of the base with what is switched on, each once."""
    kept: dict[str, Any] = {}

    def found(on: dict[str, object]) -> tuple[Scenario, Any]:
        if str(on) not in kept:
            scenario = load_scenario(None, {"run.weeks": WEEKS, **on})
            kept[str(on)] = scenario, outcome(scenario)
        return kept[str(on)]

    return found


@functools.cache
def _elsewhere() -> tuple[list[str], set[str]]:
    """Text in which paths stand, and paths with a part to be filled in, as patterns."""
    files = [*(project.root() / "kik_analysis").rglob("*.py"), *project.params().rglob("pilots/*.yml"),
             *project.params().rglob("questions/*.yml")]  # fmt: skip
    text = [p.read_text(encoding="utf-8") for p in files]
    found = {path for one in text for path in re.findall(r"\b[a-z]+\.[a-z_]*\{\w+\}[a-z_]*", one)}
    return text, {re.sub(r"\{\w+\}", r"\\w+", path).replace(".", r"\.") for path in found}


@pytest.mark.long(every=2)
@pytest.mark.parametrize("entry", [one for one in BOOK if one.when], ids=lambda e: e.path)
def test_what_is_switched_off_plays_no_part_and_a_remark_says_so(entry: Entry, outcomes: Any) -> None:
    off = {path: value for one in entry.when for path, value in OFF.get(one, {}).items()}
    parts = {part for one in entry.when for part in one.split("&")}
    halves = [setting(part) for part in sorted(parts - {*entry.when})]  # half of it is not enough
    for (scenario, usual), value in itertools.product(
        map(outcomes, [off, *halves]), other_values(entry, load_scenario(None))
    ):
        other = scenario.replace({entry.path: value})
        found = [remark for remark in other.warnings if "plays no part" in remark.en]
        (said,) = [remark.en for remark in found if remark.path == entry.path]
        assert all(
            re.search(f"{path}.*{wanted}", said) for path, wanted in (re.split("!?=", one) for one in parts)
        )
        assert np.array_equal(outcome(other), usual), f"{entry.path}: {value} acts without {entry.when}"
    on = load_scenario(None, {**ON[entry.path], entry.path: other_values(entry, scenario)[0]})
    assert entry.path not in {remark.path for remark in on.warnings if "plays no part" in remark.en}
    # who is invited less non-committally is called before the appointment, whatever else is switched on
    scenario, usual = outcomes({**off, "policy.approach_first": "less_noncommittal"})
    other = scenario.replace({entry.path: other_values(entry, scenario)[0]})
    said_so = entry.path in {remark.path for remark in other.warnings if "plays no part" in remark.en}
    assert not said_so or np.array_equal(outcome(other), usual)


def test_no_computation_reads_a_reference() -> None:
    """Nor does a pilot, a question or a step of the plain sum: what is read is an assumption."""
    text, _ = _elsewhere()
    text = [*text, (project.params() / "plain_sum.csv").read_text(encoding="utf-8")]
    read = {
        e.path
        for e in BOOK
        if e.kind == "reference" and any(f'"{e.path}"' in one or f" {e.path}" in one for one in text)
    }
    assert read == set()


@pytest.mark.long(every=3)
@pytest.mark.parametrize("entry", list(BOOK), ids=lambda e: e.path)
def test_a_parameter_acts_is_refused_or_is_reference(entry: Entry, outcomes: Any, proof: bool) -> None:
    path = entry.path
    scenario, usual = outcomes(ON[path])
    if path.startswith(ELSEWHERE) and entry.kind != "reference":
        text, templates = _elsewhere()
        section, _, name = path.partition(".")
        assert any(path in one or (f"{section}." in one and f'"{name}"' in one) for one in text) or any(
            re.fullmatch(one, path) for one in templates
        ), path
        return
    moved = []
    for value in other_values(entry, scenario):
        try:
            other = scenario.replace({path: value})
            found = outcome(other)
        except (ParameterError, ModelError) as error:
            moved.append("refused" if path in str(error) else str(error))
            continue
        if entry.kind == "reference":
            assert any(
                "point of comparison" in remark.en and remark.path == path for remark in other.warnings
            )
        moved.append(found.shape != usual.shape or not np.array_equal(found, usual))
        if moved[-1] and not proof:  # one value that acts is enough every day
            break
    assert {one for one in moved if isinstance(one, str)} <= {"refused"}
    if entry.kind == "reference":
        assert True not in moved, "a reference that acts"
    else:
        assert True in moved, f"{path}: no value of {other_values(entry, scenario)} changes anything"


DATED = [entry for entry in BOOK if entry.dated and not entry.path.startswith(ELSEWHERE)]
#: Weeks of hours that a team promises ahead: it knows what is coming.
LOOKS_AHEAD = 6
DROPPED = "".join(
    f"\n  - {{name: {name}, drop: true}}" for name in ("contact_stop", "after_stop", "mail_counts")
)
#: With what a change is to be seen, beside what switches it on.
WITH: dict[str, dict[str, object]] = {
    "policy.during_stop": {"policy.face_to_face_share": 0.2},
    "policy.mail_is_contact": {"policy.channel_follow_up": {"home": 0.5, "mail": 0.5}},
    "policy.approach_not_reached": {
        "contact.not_reached_invited_again": 1, "people.oldest_refusal_weeks": 10,
        "contact.or_no_mention_of_voluntariness": 50, "team.fte": 20,
    },
}  # fmt: skip


@pytest.mark.long(every=4)
@pytest.mark.parametrize("entry", DATED, ids=lambda e: e.path)
def test_a_change_on_a_date_acts_from_that_date(entry: Entry, tmp_path: Path) -> None:
    """From Thursday 5 December 2019: nothing before that week is other than without the change.

    And what is looked up on Mondays, as remarks say, is from that Thursday what it is from the next Monday.
    """
    path, file = entry.path, tmp_path / "dated.yml"
    on = {"run.weeks": 60} | ON[path] | WITH.get(path, {})

    def with_changes(text: str) -> Scenario:
        file.write_text(f"extends: {project.params('base.yml')}\nchanges:{DROPPED}{text}\n", encoding="utf-8")
        return load_scenario(file, on)

    def changed(value: object, day: datetime.date) -> Scenario:
        if path in ("people.moved_in", "people.within_definition"):
            return scenario.replace({path: dict(zip((BEFORE, day), value.values(), strict=True))})  # type: ignore[attr-defined]
        return with_changes(f"\n  - {{set: {path}, from: {day}, to: {json.dumps(value, default=str)}}}")

    scenario = with_changes("")
    usual = outcome(scenario)
    week, found = (CHANGE - scenario.start).days // 7 - LOOKS_AHEAD, []
    for value in other_values(entry, scenario):
        if path == "people.exit_rate" and value == scenario.value(path).cells[0][1][0].amount.high:
            continue  # people's weeks of leaving are thinned from the largest rate of the run
        try:
            record, later = (outcome(changed(value, day)) for day in (CHANGE, CHANGE + 4 * DAY))
        except ParameterError:  # the value that holds already, or one that is refused
            continue
        found.append((not np.array_equal(record, usual), not np.array_equal(record, later)))
        assert np.array_equal(record[:week], usual[:week]), f"{path}: {value}"
    acts, at_once = np.any(found, axis=0)
    at_once |= path == "policy.lead_weeks"  # until they are invited, people of the stock have Mondays
    assert (acts, at_once) == (True, entry.counted != "monday"), path
