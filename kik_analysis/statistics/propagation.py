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


def _limit(room: int | Fraction, factor: int, whole: bool) -> int | Fraction:
    """Return ``room / factor``, for whole unknowns rounded towards what is possible."""
    if not whole:
        return Fraction(room) / factor
    if isinstance(room, int):
        return room // factor if factor > 0 else -(room // -factor)
    return math.floor(room / factor) if factor > 0 else math.ceil(room / factor)


def narrow(
    lines: Sequence[Line], ranges: Ranges, whole: frozenset[str], touched: Iterable[str] | None = None
) -> Ranges | None:
    """Return narrower limits of the unknowns; None when some unknown has no value left.

    Parameters
    ----------
    lines
        The rows; an equation is two of them.
    ranges
        Limits to start from.
    whole
        Names of the unknowns that are whole numbers.
    touched
        Unknowns whose limits changed since the rows were last looked at; None for all rows.
    """
    found = dict(ranges)
    where: dict[str, list[int]] = {name: [] for name in found}
    for place, (terms, _) in enumerate(lines):
        for name, _ in terms:
            where[name].append(place)
    first = range(len(lines)) if touched is None else sorted({p for name in touched for p in where[name]})
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
        for name, factor in terms:
            if missing and name != missing:
                continue
            low, high = found[name]
            own: Limit = 0 if missing else (low if factor > 0 else high)
            assert own is not None
            room = -constant - (least if missing else least - factor * own)
            end = _limit(room, factor, name in whole)
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


def dive(lines: Sequence[Line], ranges: Ranges, whole: frozenset[str]) -> dict[str, Fraction] | None:
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
        narrower = narrow(lines, {**found, name: (value, value)}, whole, (name,))
        if narrower is None:
            return None
        found = narrower
    return {name: Fraction(low) for name, (low, _) in found.items() if low is not None}


def _better(gain: int | Fraction, whole: bool) -> bool:
    """Tell whether a limit moves enough: measured unknowns would otherwise creep for ever."""
    return gain > 0 if whole else gain >= 1
