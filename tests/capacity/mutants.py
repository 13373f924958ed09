"""Deliberate mistakes in the kernel, one at a time, and the test that notices each.

``docs/mutants.md`` lists them; ``python -m tests.capacity.mutants`` shows each to all tests. A mistake is
made in the syntax tree of one function: formatting and moves do not matter; the kernel then runs as
plain Python (``plain.py``).
"""

import ast
import functools
import re
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from kik_analysis.capacity.compiled import Compiled, State
from kik_analysis.capacity.engine import Totals, bins_from
from tests.capacity import (
    plain,
    test_by_hand,
    test_by_hand_paths,
    test_conservation,
    test_random,
    test_theory,
)
from tests.capacity.cases import cell, in_segments, small_case, stock, twice

_TABLE = Path(__file__).parents[2] / "docs" / "mutants.md"
_ROW = re.compile(r"^\| (.+) \| (\w+)\.(\w+) \| `(.+)` \| `(.+)` \| (test_\w+) \|$", re.MULTILINE)


def _parsed(text: str) -> ast.AST:
    """An expression or a statement, as the tree has it."""
    body = ast.parse(text).body
    return body[0].value if isinstance(body[0], ast.Expr) else body[0]


def _same(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one).replace("Store()", "Load()") == ast.dump(other).replace("Store()", "Load()")


class _Change(ast.NodeTransformer):
    """Puts one piece of code in the place of another."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new, self.times = _parsed(old), ast.parse(new).body, 0

    def visit(self, node: ast.AST) -> Any:
        inner = node.value if isinstance(node, ast.Expr) else node
        if isinstance(node, ast.stmt) and _same(inner, self.old):
            self.times += 1
            return self.new
        if _same(node, self.old):
            self.times += 1
            return _parsed(ast.unparse(self.new[0]))
        return self.generic_visit(node)


@dataclass(frozen=True)
class Mutant:
    """One mistake: in which function of which module, what is replaced by what, and who should notice."""

    what: str
    module: str
    function: str
    old: str
    new: str
    test: str

    def made_in(self, tree: ast.Module) -> None:
        """Make the mistake in the syntax tree of its module."""
        change = _Change(self.old, self.new)
        (function,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == self.function)
        change.visit(function)
        assert change.times == 1, f"{self.module}.{self.function}: {change.times} times {self.old}"
        ast.fix_missing_locations(function)


MUTANTS = tuple(
    Mutant(what, module, function, old.replace("\\|", "|"), new.replace("\\|", "|"), test)
    for what, module, function, old, new, test in _ROW.findall(_TABLE.read_text(encoding="utf-8"))
)


def _replay_with(kernel: Any) -> Callable[..., Any]:
    def replay(c: Compiled, *, seed: int, replication: int) -> Any:
        return plain.replay(kernel, c, seed=seed, replication=replication)

    return replay


def _simulate_with(kernel: Any, most: int) -> Callable[..., Totals]:
    def simulate(c: Compiled, *, replications: int, seed: int, **_: Any) -> Totals:
        records = np.stack(
            [plain.replay(kernel, c, seed=seed, replication=r)[0] for r in range(min(replications, most))]
        )
        bins = bins_from(records)
        return Totals.empty(bins, (1, 1, 1)).with_records(records)

    return simulate


def rich_cases() -> Iterator[Compiled]:
    """A few scenarios with everything in them, for the conservation checks."""
    yield small_case(weeks=70, minutes=500, people=50)
    yield small_case(weeks=60, minutes=260, people=40, inflow_mean=1.5, newest_first=True)
    states = (State.NEVER_INVITED, State.IN_CONTACT, State.OVERDUE, State.OUTSIDE_SERVICES)
    cells = stock(
        *(cell(s, 4, segment=g, contact=int(s > 0), support=int(s == State.OVERDUE), age=a, offer_age=a,
               wait=-3 if s == State.OVERDUE else 6)
          for g in (0, 1) for a in (1, 45, 60) for s in states)
    )  # fmt: skip
    base = in_segments(small_case(weeks=60), "a", "b", **cells)
    mixed = np.tile([0.3, 0.2, 0.3, 0.2], (1, 2, 2, 1))
    yield base.replace(**twice(base, 20, 2, channel=mixed))


def conserved() -> None:
    """The identities of ``test_conservation`` on the rich cases."""
    for k, c in enumerate(rich_cases()):
        record, log = test_conservation.replay(c, seed=70 + k, replication=k)
        book = test_conservation.Book(c, record)
        test_conservation.people_are_kept(c, book)
        test_conservation.minutes_are_kept(c, book)
        test_conservation.segments_add_up(c, book)
        test_conservation.recount(c, book, log)


def known_answers(kernel: Any) -> None:
    """Philox gives the published numbers."""
    for counter, key, expected in test_random.KNOWN:
        assert [int(w) for w in kernel.draws.philox(*counter, *key)] == expected


def replications_differ_and_repeat(kernel: Any) -> None:
    """A replication is the same alone and after another one in the same workspace."""
    from kik_analysis.capacity import layout
    from kik_analysis.statistics.philox import keys

    c = small_case(weeks=20, people=30)
    alone = plain.replay(kernel, c, seed=5, replication=1)[0]
    table = layout.tables(c)
    room = layout.space(table, 200)
    record = np.zeros_like(alone)
    for r in (0, 1):
        room.rest[:2] = keys(5, r, r + 1)[0]
        kernel.week.replication(table, room.people, room.rest, record, c.weeks)
    assert np.array_equal(alone, record)


_LATE = (
    "test_order_among_equals_is_random_and_drawn_anew",
    "test_place_among_equals_is_drawn_at_each_joining",
)  # slow as plain Python
_NOT = (
    "test_more_hours_lower_the_mean_backlog_under_common_random_numbers",
)  # slowest, and about a comparison


def _tests(module: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    for name, function in vars(module).items():
        if (
            name.startswith("test_")
            and not getattr(function, "pytestmark", None)
            and name not in _LATE + _NOT
        ):
            yield name, function


def checks(kernel: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every test that a mutant is shown to, cheapest first."""
    yield "test_known_answers", lambda: known_answers(kernel)
    yield from _tests(test_by_hand)
    yield from _tests(test_by_hand_paths)
    yield "test_people_and_minutes_are_conserved", conserved
    yield "test_one_replication_alone_is_the_same", lambda: replications_differ_and_repeat(kernel)
    for name in (
        "test_compiled_engine_draws_what_the_reference_draws",
        "test_people_make_the_same_choices_under_another_policy",
        "test_same_weeks_of_leaving_under_another_policy",
    ):
        yield name, getattr(test_random, name)
    with mock.patch.object(plain, "load", return_value=kernel):
        yield "test_no_two_decisions_share_a_counter", test_random.test_no_two_decisions_share_a_counter
    yield from _tests(test_theory)
    for name in _LATE:
        yield name, vars(test_by_hand).get(name) or vars(test_by_hand_paths)[name]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Break off what does not end."""

    def ring(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_PATCHED = (test_by_hand, test_by_hand_paths, test_conservation, test_random, test_theory)


def caught_by(
    mutant: Mutant | None, replications: int = 12, only: Collection[str] = (), seconds: float = 60
) -> str | None:
    """Name of the first test that notices, or None if none does; ``only`` shows it to these tests.

    A test that does not end has noticed nothing.
    """
    kernel = plain.load(mutant.module, mutant.made_in) if mutant else plain.load()
    replay, simulate = _replay_with(kernel), _simulate_with(kernel, replications)
    patches = [mock.patch.object(m, "replay", replay) for m in _PATCHED]
    patches.append(mock.patch.object(test_theory, "simulate", simulate))
    counting = functools.partial(plain.tallies, kernel)
    patches.append(mock.patch.object(test_by_hand_paths, "tallies", counting))
    for patch in patches:
        patch.start()
    try:
        for name, check in checks(kernel):
            if only and name not in only:
                continue
            try:
                with at_most(seconds):
                    check()
            except TimeoutError:
                continue
            except Exception:
                return name
    finally:
        for patch in patches:
            patch.stop()
    return None


def main(chosen: list[str]) -> int:
    """Print which test notices which mistake; words in ``chosen`` select mistakes."""
    survivors = 0
    for mutant in (m for m in MUTANTS if not chosen or any(word in m.what for word in chosen)):
        test = caught_by(mutant)
        survivors += test is None
        print(
            f"{mutant.what}: {test or 'NOBODY'}" + f" (not {mutant.test})" * (test != mutant.test), flush=True
        )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
