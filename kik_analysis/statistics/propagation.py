"""Narrows the limits of unknowns, exactly: what a row leaves to one unknown given the limits of the others.

Bounds propagation over linear rows (Savelsbergh 1994, section 1.2) in whole numbers and fractions. What it
rules out no world has, so an empty range is a proof that there is none.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

Limit = int | Fraction | None
Ranges = dict[str, tuple[Limit, Limit]]
"""Lowest and highest value of each unknown; None for no limit."""
Line = tuple[tuple[tuple[str, int], ...], int | Fraction]
"""A row ``sum of coefficient x unknown + constant <= 0`` with whole coefficients."""


class Lines:
    """Rows, and in which of them each unknown stands."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(lines)
        self.where: dict[str, list[int]] = {}
        for place, (terms, _) in enumerate(self.lines):
            for name, _ in terms:
                self.where.setdefault(name, []).append(place)

    def adding(self, line: Line) -> Lines:
        """Return the rows with one more."""
        return Lines((*self.lines, line))


MOST_STEPS = 4000
"""Narrowings after which the search goes on by splitting; small steps may otherwise take for ever."""


def plain(value: int | Fraction) -> int | Fraction:
    """Return a whole fraction as an int, which is faster to compute with."""
    return int(value) if value.denominator == 1 else value


def _least(terms: Sequence[tuple[str, int]], ranges: Mapping[str, tuple[Limit, Limit]]) -> tuple[Limit, str]:
    """Return the least a row's terms can add up to without the unknowns that have no limit.

    The text names the one unknown without a limit; ``-`` when there are several, empty when none.
    """
    total: int | Fraction = 0
    missing = ""
    for name, factor in terms:
        end = ranges[name][0 if factor > 0 else 1]
        if end is None:
            missing = "-" if missing else name
        else:
            total += factor * end
    return total, missing


def _steps(room: int | Fraction, factor: int, whole: bool) -> int | Fraction:
    """Return how far an unknown can move from its end, in whole steps if it is whole."""
    if not whole:
        return Fraction(room) / factor
    return room // factor if isinstance(room, int) else math.floor(room / factor)


def narrow(
    rows: Lines, ranges: Ranges, whole: frozenset[str], touched: Iterable[str] | None = None
) -> Ranges | None:
    """Return narrower limits of the unknowns; None when some unknown has no value left.

    Parameters
    ----------
    rows
        The rows; an equation is two of them.
    ranges
        Limits to start from; those of whole unknowns are whole.
    whole
        Names of the unknowns that are whole numbers.
    touched
        Unknowns whose limits changed since the rows were last looked at; None for all rows.
    """
    found = dict(ranges)
    lines, where = rows.lines, rows.where
    first: Iterable[int] = range(len(lines))
    if touched is not None:
        first = sorted({place for name in touched for place in where.get(name, ())})
    queue, waiting = deque(first), set(first)
    steps = 0
    while queue and steps < MOST_STEPS:
        place = queue.popleft()
        waiting.discard(place)
        terms, constant = lines[place]
        least, missing = _least(terms, found)
        assert least is not None
        if missing == "-":
            continue
        if not missing and least + constant > 0:
            return None
        room = -constant - least
        for name, factor in terms:
            low, high = found[name]
            if missing:
                if name != missing:
                    continue
                end = _steps(room, abs(factor), name in whole) * (1 if factor > 0 else -1)
            elif low is not None and high is not None and abs(factor) * (high - low) <= room:
                continue
            elif factor > 0:
                assert low is not None
                end = low + _steps(room, factor, name in whole)
            else:
                assert high is not None
                end = high - _steps(room, -factor, name in whole)
            if factor > 0 and (high is None or _better(high - end, name in whole)):
                found[name] = (low, end)
            elif factor < 0 and (low is None or _better(end - low, name in whole)):
                found[name] = (end, high)
            else:
                continue
            low, high = found[name]
            if low is not None and high is not None and low > high:
                return None
            steps += 1
            fresh = [one for one in where[name] if one not in waiting]
            queue.extend(fresh)
            waiting.update(fresh)
    return found


def dive(rows: Lines, ranges: Ranges, whole: frozenset[str]) -> dict[str, Fraction] | None:
    """Return a world that keeps to the rows, found by fixing one unknown after the other; often None.

    Each unknown goes to its low end (else its high end, else nought), the others are narrowed. The first
    contradiction ends it: this is a cheap attempt, not a search. The result still has to be checked for
    unknowns that are not whole.
    """
    found = ranges
    for name in ranges:
        low, high = found[name]
        if low is not None and low == high:
            continue
        value = low if low is not None else high if high is not None else 0
        narrower = narrow(rows, {**found, name: (value, value)}, whole, (name,))
        if narrower is None:
            return None
        found = narrower
    return {name: Fraction(low) for name, (low, _) in found.items() if low is not None}


def _better(gain: int | Fraction, whole: bool) -> bool:
    """Tell whether a limit moves enough: measured unknowns would otherwise creep for ever."""
    return gain > 0 if whole else gain >= 1
