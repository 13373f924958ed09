"""Proofs in exact fractions: a world that keeps to every constraint, and a limit that no world passes.

The first is checked by inserting it. The second is weak duality: rows multiplied by prices of the right
sign and added up say how large a form can be, whoever chose the prices (Neumaier & Shcherbina 2004 do the
same with directed rounding). Floating-point answers serve to find both; neither rests on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from kik_analysis.statistics.highs import Answer, Limits, Program
from kik_analysis.statistics.linear_system import CLOSED, Constraint, Form, System, Variable, World
from kik_analysis.statistics.propagation import plain

NEAR = 1e-7
"""Relative distance within which a row or limit is tried as met with equality; the check then decides."""
NOISE = 1e-12
"""Relative size below which a price is taken for rounding."""
_DIGITS = 10**6
Equation = tuple[dict[str, Fraction], Fraction]


def solve(equations: list[Equation], start: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Solve equations ``sum of coefficient x unknown = value`` by elimination, in order.

    An equation that contradicts earlier ones is passed over, and unknowns that are left free keep their
    starting value: the caller checks the result.
    """
    pivots: dict[str, Equation] = {}
    for terms, value in equations:
        left, right = dict(terms), value
        for name in [name for name in left if name in pivots]:
            factor = left.pop(name)
            other, other_value = pivots[name]
            right -= factor * other_value
            for key, one in other.items():
                left[key] = left.get(key, Fraction(0)) - factor * one
        left = {key: one for key, one in left.items() if one}
        if not left:
            continue
        pivot = max(left, key=lambda key: (abs(left[key]), key))
        lead = left.pop(pivot)
        fresh = {key: one / lead for key, one in left.items()}
        result = right / lead
        for name, (other, other_value) in list(pivots.items()):
            if pivot in other:
                merged = dict(other)
                factor = merged.pop(pivot)
                for key, one in fresh.items():
                    merged[key] = merged.get(key, Fraction(0)) - factor * one
                kept = {key: one for key, one in merged.items() if one}
                pivots[name] = (kept, other_value - factor * result)
        pivots[pivot] = (fresh, result)
    solved = dict(start)
    for name, (terms, value) in pivots.items():
        solved[name] = value - sum((one * start[key] for key, one in terms.items()), Fraction(0))
    return solved


def _near(value: float, limit: int | Fraction | None) -> bool:
    return limit is not None and abs(value - float(limit)) <= NEAR * max(1.0, abs(float(limit)))


def allowed(given: Program, limits: Limits, world: World) -> bool:
    """Tell whether a world keeps to the rows (strict limits taken in), limits and whole numbers."""
    values = {name: plain(value) for name, value in world.items()}
    for name, (low, high) in limits.items():
        if (low is not None and values[name] < low) or (high is not None and values[name] > high):
            return False
    if any(one.whole and not isinstance(values[one.name], int) for one in given.system.variables):
        return False
    return all(
        sum(factor * values[name] for name, factor in terms) + constant <= 0
        for terms, constant in given.lines.lines
    )


def world_near(given: Program, limits: Limits, x: tuple[float, ...]) -> dict[str, Fraction] | None:
    """Return an exact world near a floating-point one, or None when none is found.

    Whole unknowns are rounded; the others are solved from the rows and limits that hold with equality.
    """
    system = given.system
    if not x:
        return None
    guess = {
        variable.name: Fraction(round(value))
        if variable.whole
        else Fraction(value).limit_denominator(_DIGITS)
        for variable, value in zip(system.variables, x, strict=True)
    }
    measured = {
        variable.name: value
        for variable, value in zip(system.variables, x, strict=True)
        if not variable.whole
    }
    if measured:
        tight: list[tuple[float, Equation]] = []
        for name in guess.keys() - measured.keys():
            tight.append((-2.0, ({name: Fraction(1)}, guess[name])))
        for name, value in measured.items():
            for limit in limits[name]:
                if limit is not None and _near(value, limit):
                    tight.append((abs(value - float(limit)), ({name: Fraction(1)}, Fraction(limit))))
        raw = {variable.name: Fraction(value) for variable, value in zip(system.variables, x, strict=True)}
        for row in given.rows:
            size = max([1.0, *(abs(float(factor * raw[name])) for name, factor in row.form.terms)])
            gap = -1.0 if row.equal else abs(float(row.form.at(raw))) / size
            if gap <= NEAR:
                tight.append((gap, (dict(row.form.terms), -row.form.constant)))
        guess = solve([one for _, one in sorted(tight, key=lambda pair: pair[0])], guess)
    return guess if allowed(given, limits, guess) else None


def _outer(given: Program, form: Form, limits: Limits, prices: Mapping[int, Fraction]) -> Fraction | None:
    """Return the limit that prices prove; None when they prove none."""
    left = dict(form.terms)
    total = form.constant
    for place, price in prices.items():
        row = given.rows[place]
        if price < 0 and not row.equal:
            return None
        total -= price * row.form.constant
        for name, factor in row.form.terms:
            left[name] = left.get(name, Fraction(0)) - price * factor
    for name, rest in left.items():
        if rest:
            low, high = limits[name]
            end = high if rest > 0 else low
            if end is None:
                return None
            total += rest * end
    return total


def _scale(answer: Answer) -> float:
    return max([1.0, *(abs(price) for price in answer.prices)])


def priced(answer: Answer) -> list[int]:
    """Return the places of the rows whose price counts."""
    least = NOISE * _scale(answer)
    return [place for place, price in enumerate(answer.prices) if abs(price) > least]


def outer_limit(given: Program, form: Form, limits: Limits, answer: Answer) -> Fraction | None:
    """Return an exact number that a form exceeds in no world, tight if the answer's prices are good.

    The prices are first made exact: for an unknown between its limits they must balance, and for others
    they are tried to. Failing that they are rounded to fractions. None when nothing proves anything.
    """
    used = priced(answer)
    start = {str(place): Fraction(answer.prices[place]).limit_denominator(_DIGITS) for place in used}
    rest = given.costs(form)
    columns: dict[str, dict[str, Fraction]] = {name: {} for name in given.order}
    for place in used:
        for name, factor in given.rows[place].form.terms:
            columns[name][str(place)] = factor
            rest[given.order[name]] -= answer.prices[place] * float(factor)
    wanted = dict(form.terms)
    inside = [
        not any(_near(answer.x[place], limit) for limit in limits[name])
        for name, place in given.order.items()
    ]
    proved = [_outer(given, form, limits, {int(place): price for place, price in start.items()})]
    for near in (NOISE, NEAR):
        balance = [
            (columns[name], wanted.get(name, Fraction(0)))
            for name, place in given.order.items()
            if columns[name] and (inside[place] or abs(rest[place]) <= 10 * near * _scale(answer))
        ]
        prices = solve(balance, start)
        proved.append(_outer(given, form, limits, {int(place): price for place, price in prices.items()}))
    return min((one for one in proved if one is not None), default=None)


def elastic(system: System, limits: Limits) -> tuple[System, Form]:
    """Return a system in which every row may be passed by one common amount, and minus that amount.

    Its maximum is nought when the rows can hold, were counts divisible, and negative when they cannot:
    an exact limit below nought is a proof that they cannot.
    """
    name = "amount passed"
    while name in system.names:
        name += " again"
    amount = Form.of(name)
    variables = tuple(Variable(one, low, high, whole=False) for one, (low, high) in limits.items())
    rows = []
    for one in system.constraints:
        relation = CLOSED[one.relation]
        if relation in ("<=", "=="):
            rows.append(Constraint(one.label, one.form - amount, "<="))
        if relation in (">=", "=="):
            rows.append(Constraint(one.label, one.form + amount, ">="))
    return System((*variables, Variable(name, whole=False)), tuple(rows)), -amount
