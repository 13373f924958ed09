"""The process model itself: independent, complete, and right where nothing is left to chance."""

import ast
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity.compiled import Compiled, Queue
from tests.capacity import lumpable, test_by_hand, test_by_hand_paths
from tests.capacity.records import records
from tests.oracle import person, town

BY_HAND: tuple[Callable[[], None], ...] = (
    test_by_hand.test_four_people_and_a_hundred_minutes,
    test_by_hand.test_one_person_who_never_answers,
    test_by_hand.test_one_person_who_never_comes,
    test_by_hand.test_an_unanswered_mail_is_followed_by_a_call,
    test_by_hand.test_an_answered_mail_is_contact_and_no_conversation,
    test_by_hand.test_the_less_noncommittal_approach_comes_to_the_office_with_a_call,
    test_by_hand.test_who_asks_for_contact_more_often_gets_it,
    test_by_hand.test_promise_limit_holds_letters_back,
    test_by_hand.test_first_and_other_invitations_have_limits_of_their_own,
    test_by_hand.test_an_invitation_made_again_has_neither_what_is_kept_for_follow_ups_nor_for_first_ones,
    test_by_hand.test_handover_and_initiative_are_paid_from_the_next_week,
    test_by_hand.test_quarters_and_the_whole_run_add_up,
    test_by_hand_paths.test_a_joint_invitation_goes_to_who_consents_and_only_once,
    test_by_hand_paths.test_only_so_many_people_are_invited_less_noncommittally,
    test_by_hand_paths.test_whom_another_definition_leaves_out,
)
#: Fields that describe a scenario and do nothing in a simulated week.
SILENT = {"name", "start", "synthetic", "warnings"}


def test_it_shares_no_line_with_the_engines() -> None:
    for module in (person, town):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        names = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        names += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert not [n for n in names if n.startswith("kik_analysis")]


class _Read:
    """A scenario that remembers which of its fields were read."""

    def __init__(self, c: Compiled) -> None:
        self._c = c
        self.fields: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.fields.add(name)
        return getattr(self._c, name)


def test_it_covers_every_feature_of_the_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field of the scenario is read; every state, queue, event and task of the base occurs."""
    queues = set()
    join = person.Person.join

    def joins(self: person.Person, queue: int, joined: int) -> None:
        queues.add(queue)
        join(self, queue, joined)

    monkeypatch.setattr(person.Person, "join", joins)
    c = lumpable.variant("base", 130)
    read = _Read(c)
    runs = town.simulate(read, 1, 3)
    unread = {f.name for f in dataclasses.fields(Compiled)} - read.fields - SILENT
    # nothing overruns, nobody asks for more; sickness and departures are means, the team is pooled
    staff = {"sick_share", "sick_begins", "sick_ends", "goes", "hiring_weeks", "learning_weeks", "places"}
    assert unread <= {"overrun_minutes", "need_interval", "takeover_weeks"} | staff
    assert queues == {int(q) for q in Queue}
    seldom = {"minutes_reminder_call", "minutes_overrun", "by_colleague"}  # base has none of these
    assert {name for name, values in runs.items() if not values.any()} == seldom
    unlimited = town.simulate(c.replace(promise_limit=-1), 1, 3)
    assert (unlimited["letters"] != runs["letters"]).any()  # the limit binds
    stop = ~c.channel[c.period[:, 0], ..., 0].any(axis=(1, 2))
    assert stop.any()
    assert not stop[-1]
    assert not runs["home_visits"][0, stop][1:].any()
    for name in ("letters", "phone_talks"):
        assert runs[name][0, stop].any()
        assert runs[name][0, ~stop].any()
    assert runs["minutes_debt"].any()


def replay(c: Compiled, *, seed: int, replication: int) -> tuple[Any, None]:
    """One replication in the layout of the calendar engine."""
    runs = town.simulate(c, replication + 1, seed)
    people = {name: runs[name][replication:] for name in town.PEOPLE}
    return records(c, people, {name: runs[name][replication:] for name in town.TEAM})[0], None


@pytest.mark.parametrize("case", BY_HAND, ids=lambda f: f.__name__.removeprefix("test_"))
def test_by_hand_case(case: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_by_hand, "replay", replay)
    case()


def test_people_and_minutes_are_kept_in_every_variant(proof: bool) -> None:
    for name in lumpable.NAMES[:: 1 if proof else 4]:
        c = lumpable.variant(name)
        run = {n: v[0] for n, v in town.simulate(c, 1, 5).items()}
        people = (run["group_size"] + run["outside_services"]).sum(axis=-1)
        change = (run["arrivals"] - run["exits"]).sum(axis=-1)
        assert np.array_equal(np.diff(people, prepend=c.people), change), name
        spent = run["minutes_used"] + run["minutes_lost"] - np.diff(run["minutes_debt"], prepend=0)
        assert np.array_equal(run["minutes_available"], spent), name
