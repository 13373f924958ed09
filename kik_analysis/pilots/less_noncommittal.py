"""What the pilot "less non-committal contact" can show: effect, power and precision over base rates.

Two ways to split its frame: the pilot's people against everyone else in the frame, and the pilot's people
against each other, in halves. How many are reached without the pilot is published nowhere; hence a range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import PERCENT, Number, measure, number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.facts.claims import value
from kik_analysis.pilots.small_groups import central
from kik_analysis.statistics import intervals, power

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.parameters.scenario import Scenario

PILOT = "L056"
FRAME = ("L057", "L058")
BASES = tuple(step / 20 for step in range(1, 13))
"""Shares reached without the pilot: one in twenty and its multiples, up to where most are reached."""
EFFECT = "contact.or_second_letter"
METHOD: Final = "exact"
SPLITS = ("rest", "halves")


def sizes() -> dict[str, tuple[int, int]]:
    """Return both splits, treated before control."""
    pilot = int(value(PILOT))
    return {"rest": (pilot, int(sum(map(value, FRAME))) - pilot), "halves": (pilot // 2, pilot - pilot // 2)}


def detectable(base: float, split: str, scenario: Scenario) -> float:
    """Return the smallest rise that is found with the asked power, in percentage points."""
    n1, n2 = sizes()[split]
    target, alpha = central(scenario, "statistics.power"), central(scenario, "statistics.alpha")
    found = power.minimum_detectable_effect(base, n1, n2, power=target, alpha=alpha, method=METHOD)
    return PERCENT * found


def after(base: float, odds_ratio: float) -> float:
    """Return a share after its odds were multiplied."""
    return base * odds_ratio / (1.0 - base + base * odds_ratio)


def chance(base: float, split: str, scenario: Scenario) -> float:
    """Return the power if the pilot does what a second letter did elsewhere."""
    n1, n2 = sizes()[split]
    treated, alpha = after(base, central(scenario, EFFECT)), central(scenario, "statistics.alpha")
    return power.two_proportions(treated, base, n1, n2, alpha=alpha, method=METHOD)


def width(base: float, split: str, scenario: Scenario) -> float:
    """Return the width of the interval for the difference when both groups are at the base, in points."""
    n1, n2 = sizes()[split]
    level = central(scenario, "statistics.confidence")
    interval = intervals.difference(round(n1 * base), n1, round(n2 * base), n2, confidence=level)
    return PERCENT * float(interval.width)


def pilot_power(scenario: Scenario) -> Table:
    """Return smallest detectable rise, power and precision per base rate, for both splits."""
    computed: dict[str, Callable[[float, str, Scenario], float]] = {
        "detectable": detectable,
        "power": chance,
        "width": width,
    }

    def build() -> pl.DataFrame:
        import polars as pl

        frame: dict[str, list[float]] = {"base": list(BASES)}
        for name, compute in computed.items():
            for split in SPLITS:
                frame[f"{name}_{split}"] = [compute(base, split, scenario) for base in BASES]
        return pl.DataFrame(frame)

    def column(name: str, split: str) -> Column:
        full = f"{name}_{split}"
        if name == "power":
            return Column(full, "decimal", "share", decimals=4, evidence=Evidence.ASSUMED)
        points = "percentage_points"
        return Column(full, "decimal", points, decimals=3, shown=1, evidence=Evidence.ASSUMED)

    columns = (
        Column("base", "decimal", "share", evidence=Evidence.ASSUMED),
        *(column(name, split) for name in computed for split in SPLITS),
    )
    return tabulate("pilot_power", build, columns)


def asked_chance(scenario: Scenario) -> Number:
    """Return the chance with which the smallest detectable rise is found."""

    def compute() -> float:
        return PERCENT * central(scenario, "statistics.power")

    return measure("pilot.chance", compute, unit="percent")


@number("pilot.people", unit="persons")
def pilot_people() -> float:
    """Return how many people the pilot covers."""
    return value(PILOT)


@number("pilot.frame", unit="persons")
def pilot_frame() -> float:
    """Return how many people it could choose from."""
    return sum(map(value, FRAME))


@number("pilot.rest", unit="persons")
def pilot_rest() -> float:
    """Return how many people remain when the pilot has been filled."""
    return sum(map(value, FRAME)) - value(PILOT)


@number("pilot.half", unit="persons")
def pilot_half() -> float:
    """Return how many people one part of the pilot holds when it is split in two."""
    return float(sizes()["halves"][0])
