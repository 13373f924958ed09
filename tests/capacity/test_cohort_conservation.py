"""The cohort engine loses nobody and spends no minute twice, in every week of every random scenario."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kik_analysis.capacity import cohort
from kik_analysis.capacity.check import check
from kik_analysis.capacity.cohort_chance import Chance
from kik_analysis.capacity.cohort_people import SEGMENT, STATE, Book, People, concatenate, lumped
from kik_analysis.capacity.cohort_tables import Tables
from kik_analysis.capacity.cohort_week import Block
from kik_analysis.capacity.compiled import Compiled, Queue, State
from kik_analysis.capacity.layout import wait_bins
from kik_analysis.capacity.records import records
from tests.capacity.cases import small_case
from tests.capacity.cohort_runs import rows
from tests.capacity.strategies import scenarios
from tests.capacity.test_conservation import Book as Columns
from tests.capacity.test_conservation import minutes_are_kept, people_are_kept, segments_add_up

ROWS = 6
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


def _examples(number: int) -> settings:
    return settings(max_examples=number, deadline=None, derandomize=True, suppress_health_check=_SLOW)


def test_people_and_minutes_are_kept(proof: bool) -> None:
    _examples(300 if proof else 20)(given(scenarios(most_weeks=30), st.integers(0, 2**32))(_are_kept))()


def _are_kept(c: Compiled, seed: int) -> None:
    counts = rows(c, ROWS, seed)
    for record in records(c, counts.people, counts.team):
        book = Columns(c, record)
        people_are_kept(c, book)
        minutes_are_kept(c, book)
        segments_add_up(c, book)
    served = (
        counts.people["letters"].sum() + counts.people["conversations"].sum() + counts.people["missed"].sum()
    )
    assert counts.waits.sum() == served
    assert counts.waits.shape == (len(Queue), len(c.segments), wait_bins(c))


def _stored(block: Block) -> People:
    """Everybody the engine has written down somewhere: in queues and in books."""
    queues = block.queues
    parts = [queues.people(np.arange(queues.used))]
    for book in (block.leaving, block.returning, block.support_ends, block.falling_due, block.answering):
        parts += [people for page in book.pages.values() for people, _ in page]
    return concatenate(parts)


def test_the_counts_are_those_of_the_people_written_down(proof: bool) -> None:
    """Half way through a run that is long enough for every delay: a recount gives the ledger's numbers."""
    _examples(150 if proof else 6)(given(scenarios(most_weeks=2), st.integers(0, 2**32))(_are_written_down))()


def _are_written_down(c: Compiled, seed: int) -> None:
    weeks = 140
    changes = {
        n: np.repeat(a[:1], weeks, axis=0)
        for n, a in c.arrays().items()
        if n in _BY_WEEK and a.shape[0] == c.weeks
    }
    c = c.replace(**changes)
    check(c)
    block = Block(Tables([c], np.zeros(ROWS, dtype=np.int64)), Chance(seed, 0), ROWS)
    for t in range(25):
        block.run_week(t)
        if t % 6:
            continue
        people, ledger = _stored(block), block.ledger
        for state in State:
            if state in (State.LEFT, State.KNOWN_TO_WIJ):
                continue
            found = ledger.table(people[people.of(STATE) == state])
            if state in (
                State.DECLINED,
                State.NOT_REACHED,
                State.OUTSIDE_SERVICES,
            ):  # some to the end of the run
                assert (found <= ledger.state[state]).all(), state.name
            else:
                assert np.array_equal(found, ledger.state[state]), state.name
        assert (people.of(SEGMENT) < len(c.segments)).all()


_BY_WEEK = (
    "minutes_available",
    "promise_limit",
    "talk_limit",
    "letters_open",
    "conversation_minutes",
    "reminder_minutes",
    "travel_minutes",
    "registration_minutes",
    "missed_minutes",
    "interval",
    "inflow_mean",
    "inflow_fixed",
)


def test_replications_do_not_depend_on_how_many_are_asked_for() -> None:
    c = small_case(weeks=8, people=30)
    many = cohort.simulate(c, cohort.BLOCK + 30, seed=3)
    few = cohort.simulate(c, 20, seed=3)
    for name, values in few.people.items():
        assert np.array_equal(values, many.people[name][:20]), name
    for name, minutes in few.team.items():
        assert np.array_equal(minutes, many.team[name][:20]), name
    second = next(iter(cohort.blocks(c, cohort.BLOCK + 30, seed=3, first=1)))
    assert second.first == cohort.BLOCK
    assert second.rows == 30
    for name, values in second.people.items():
        assert np.array_equal(values, many.people[name][cohort.BLOCK :]), name
    both = cohort.join(list(cohort.blocks(c, cohort.BLOCK + 30, seed=3)))
    assert np.array_equal(both.waits, many.waits)
    served = sum(many.people[n].sum() for n in ("letters", "conversations", "missed"))
    assert many.waits.sum() == served  # rows that were run but not asked for do not count


def test_another_seed_gives_other_numbers_and_the_same_seed_the_same() -> None:
    c = small_case(weeks=12, people=60)
    one, two, again = (rows(c, 5, seed) for seed in (1, 2, 1))
    assert any((one.people[n] != two.people[n]).any() for n in one.people)
    assert all(np.array_equal(one.people[n], again.people[n]) for n in one.people)


def test_a_book_gives_back_what_was_written_under_a_week() -> None:
    rng = np.random.default_rng(5)
    book, weeks = Book(32, rows=3, span=4), rng.integers(0, 40, 500)
    people = People(rng.integers(0, 9, 500), rng.integers(0, 3, 500), np.ones(500, dtype=np.int64))
    book.write(people[:250], weeks[:250])
    book.write(people[250:], weeks[250:])
    for week in range(32):
        found = book.open(week)
        expected = people[weeks == week]
        assert sorted(zip(found.code, found.row, strict=True)) == sorted(
            zip(expected.code, expected.row, strict=True)
        )
    assert not any(book.pages.values())


def test_lumping_adds_up_equal_cells_and_nothing_else() -> None:
    rng = np.random.default_rng(6)
    people = People(rng.integers(0, 4, 300) << 40, rng.integers(0, 3, 300), rng.integers(1, 5, 300))
    one = lumped(people, 3)
    assert len(one) == 12
    for code, row, n in zip(one.code, one.row, one.n, strict=True):
        assert n == people.n[(people.code == code) & (people.row == row)].sum()
    apart = People(np.arange(300), np.zeros(300, dtype=np.int64), people.n)
    assert sorted(lumped(apart, 3).n) == sorted(people.n)
    assert lumped(apart, 100) is apart  # too many different cells to be worth a table
