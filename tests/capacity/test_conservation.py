"""Nothing is lost and nothing is spent twice: integers that hold in every week of every random scenario."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.capacity.compiled import Compiled, Queue, State, check
from kik_analysis.capacity.engine import replay
from kik_analysis.capacity.kernel import names as at
from kik_analysis.capacity.measures import ALL, GROUP_STATES, REACH, TASKS, place
from tests.capacity.strategies import scenarios

WINDOW = 52
#: Events of the log, and what the record counts them as.
COUNTED = {
    at.L_LETTER: "letters", at.L_TALK: "conversations", at.L_MAIL: "mails_answered", at.L_EXIT: "exits",
    at.L_ENTER: "arrivals", at.L_MISSED: "missed", at.L_YES: "accepted", at.L_NO: "refused",
}  # fmt: skip


class Book:
    """Columns of one record by name, weeks only."""

    def __init__(self, c: Compiled, record: Any) -> None:
        self.c, self.record = c, record

    def __call__(self, name: str, segment: str = ALL) -> Any:
        return self.record[: self.c.weeks, place(self.c, name, segment)]

    def blocks(self) -> tuple[str, ...]:
        return (ALL, *(self.c.segments if len(self.c.segments) > 1 else ()))


def people_are_kept(c: Compiled, book: Book) -> None:
    """Group and outside change by arrivals and exits only; the states add up; no count is negative."""
    for s in book.blocks():
        total = book("group_size", s) + book("outside_services", s)
        mine = slice(None) if s == ALL else c.stock_segment == c.segments.index(s)
        start = int(c.stock_count[mine].sum())
        assert np.array_equal(np.diff(total, prepend=start), book("arrivals", s) - book("exits", s))
        assert np.array_equal(sum(book(n, s) for n in GROUP_STATES), book("group_size", s))
        persons = [f"{word}_persons" for word in REACH]
        for name in (
            *GROUP_STATES,
            *persons,
            "outside_services",
            "in_support",
            "backlog",
            "waiting",
            "waited",
        ):
            assert (book(name, s) >= 0).all(), name
        assert (book("spoken_persons", s) <= book("contact_persons", s)).all()
        assert (book("contact_persons", s) <= book("approached_persons", s)).all() or c.stock_count.sum() > 0
        assert (book("approached_persons", s) <= book("group_size", s)).all()
        assert (book("in_support", s) <= book("group_size", s)).all()
        assert (np.diff(book("backlog", s)) <= 0).all()
        assert (book("backlog", s) <= book("never_invited", s)).all()


def minutes_are_kept(c: Compiled, book: Book) -> None:
    """available = used + lost + (debt before - debt after); tasks add up to used; plan within the hours."""
    debt = book("minutes_debt")
    before = np.concatenate([[0], debt[:-1]])
    used, lost, available = book("minutes_used"), book("minutes_lost"), book("minutes_available")
    assert c.caseworkers or np.array_equal(available, c.minutes_available)
    assert np.array_equal(available, used + lost + before - debt)
    assert np.array_equal(sum(book(n) for n in TASKS), used)
    assert (debt >= 0).all()
    assert (lost >= 0).all()
    for name in TASKS:
        assert (book(name) >= 0).all(), name
    unplanned = book("minutes_overrun") + book("minutes_handover")
    assert (used - unplanned - book("minutes_initiative") <= np.maximum(available - before, 0)).all()


def segments_add_up(c: Compiled, book: Book) -> None:
    if len(c.segments) > 1:
        people = book.record[: c.weeks]
        for name in (*GROUP_STATES, "arrivals", "exits", "letters", "conversations", "waiting", "waited"):
            assert np.array_equal(sum(book(name, s) for s in c.segments), book(name)), name
        assert len(people) == c.weeks


def recount(c: Compiled, book: Book, log: Any) -> None:
    """Everything once more from the event log alone: states, queues, waits, windows of 52 weeks."""
    people: dict[tuple[int, int], dict[str, Any]] = {}
    first = np.cumsum(c.stock_count) - c.stock_count
    for k, start in enumerate(first):
        for i in range(start, start + c.stock_count[k]):
            ago = {"talk": c.stock_age[k], "contact": c.stock_age[k], "offer": c.stock_offer_age[k]}
            last = {name: -WINDOW if weeks == -1 else -int(weeks) for name, weeks in ago.items()}
            people[0, i] = {"state": int(c.stock_state[k]), "queue": None, "joined": 0, "until": -1, **last}
    by_week = defaultdict(list)
    for line in log:
        by_week[int(line[0])].append(line)
    for t in range(c.weeks):
        flow: Counter[int] = Counter()
        for _, week, index, event, value, state in by_week[t]:
            new = dict.fromkeys(("talk", "contact", "offer"), -WINDOW) | {"queue": None, "until": -1}
            who = people.setdefault((week, index), new)
            flow[event] += 1
            if event == at.L_JOIN:
                who["queue"], who["joined"] = value, t
            if event in (at.L_LETTER, at.L_TALK, at.L_MAIL, at.L_MISSED):
                who["queue"] = None
            if event in (at.L_LETTER, at.L_TALK, at.L_MAIL):
                who["offer"] = t
            if event == at.L_TALK:
                who["talk"] = t
            if event in (at.L_TALK, at.L_MAIL):
                who["contact"] = t
                state = State.OUTSIDE_SERVICES if value == 1 else State.IN_CONTACT
                who["until"] = -1 if value == 1 else who["until"]
            elif event == at.L_EXIT:
                state, who["queue"] = State.LEFT, None
            elif event == at.L_SUPPORT:
                who["until"] = t + value - (t == 0 and week == 0 and who["talk"] < 0)
                continue
            elif event == at.L_MISSED or event == at.L_SILENT:
                continue  # what follows is another event, or a state the recount takes from the next line
            who["state"] = int(state)
        inside = [p for p in people.values() if p["state"] < State.OUTSIDE_SERVICES]
        for had, name in (("talk", "spoken"), ("contact", "contact"), ("offer", "approached")):
            assert sum(t - p[had] < WINDOW for p in inside) == book(f"{name}_persons")[t]
        assert sum(p["until"] > t for p in inside) == book("in_support")[t]
        left = [w for w, p in people.items() if w[0] == 0 and p["state"] == State.NEVER_INVITED]
        assert len(left) == book("backlog")[t]
        waiting = [p for p in people.values() if p["queue"] is not None and p["queue"] >= Queue.FOLLOW_UP]
        assert len(waiting) == book("waiting")[t]
        assert len(inside) == book("group_size")[t]
        for event, name in COUNTED.items():
            assert flow[event] == book(name)[t], name


@given(scenarios(), st.integers(0, 2**40))
def test_people_and_minutes_are_conserved(c: Compiled, seed: int) -> None:
    check(c)
    record, log = replay(c, seed=seed, replication=seed % 7)
    book = Book(c, record)
    people_are_kept(c, book)
    minutes_are_kept(c, book)
    segments_add_up(c, book)
    recount(c, book, log)
