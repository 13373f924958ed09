"""What small numbers can tell: groups of a few people, one pilot's frame, a few districts.

Every margin is a best case: it holds if people (or districts) had been drawn by lot, which no source says.
How many are reached without the pilot is published nowhere; hence a range of base rates. Was the announced
pilot enough? Under each reading the limits are those of all worlds in whole people that agree with the
numbers (partial identification: Manski 2003); ``docs/pilots.md`` says what is unknown in them.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.evidence.table import tabled
from kik_analysis.facts.claims import claims, value
from kik_analysis.facts.precision import last_day, period
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.pilots.document import RULES
from kik_analysis.statistics import identification, intervals, power, rounding
from kik_analysis.statistics.intervals import Interval
from kik_analysis.statistics.linear_system import DEFINITION, Constraint, Form, System, between

ASKED, OUT_OF_SIGHT, ALL_AGREE, PARTICIPANTS = "D018", "D004", "D021", "Z021"
QUOTED = {"circumstances": "D019", "private_problems": "D020"}
POSSIBLE = ("participants_all", "participants_some", "participants_none")
"""Outcomes that the participants could have had: all, as many as not, none."""
LAST = 100
"""Where the curve of widths ends: from there a margin shrinks slowly."""
PILOT, FRAME, DISTRICTS = "L056", ("L057", "L058"), "W004"
BASES = tuple(step / 20 for step in range(1, 13))
"""Shares reached without the pilot: one in twenty and its multiples, up to where most are reached."""
SPLITS = ("rest", "halves")
"""Two ways to split the frame: the pilot's people against everyone else, or against each other, in halves."""
EFFECT, BASE = "contact.or_second_letter", "contact.acceptance_first"
LIKENESS, TEAMS = "pilots.icc_team", "pilots.wij_teams"
STEPS, DRAWS = 10, 20_000
Rows = Iterator[tuple[object, ...]]


def _numbers(where: str, *rows: tuple[str, Callable[[], float | Estimate], str, int]) -> dict[str, Number]:
    """Return numbers by name, from how each is computed, its unit and its decimals."""
    made = f"{__name__}.{where}"
    return {
        name: measure(f"{where}.{name}", compute, unit=unit, decimals=decimals, computation=made)
        for name, compute, unit, decimals in rows
    }


# ---- small groups


def exact(yes: int, people: int, scenario: Scenario) -> Interval:
    """Return the exact limits of a share, with the confidence of the scenario."""
    level = scenario.central("statistics.confidence")
    return intervals.proportion(yes, people, method="clopper-pearson", confidence=level)


def halves(people: float, scenario: Scenario) -> Interval:
    """Return the exact limits when every other one of so many people says yes: no other share has wider."""
    return exact(int(people) // 2, int(people), scenario)


def said(group: str) -> int:
    """Return how many of the people asked a quoted share is."""
    return rounding.nearest(value(QUOTED[group]), int(value(ASKED)))


def drawn(yes: int, scenario: Scenario) -> Interval:
    """Return the limits for everyone out of sight, if those asked had been drawn from them by lot."""
    level = scenario.central("statistics.confidence")
    return intervals.count(yes, int(value(ASKED)), int(value(OUT_OF_SIGHT)), confidence=level)


@tabled(
    exceptions={(group, name): Evidence.ASSUMED for group in POSSIBLE for name in ("yes", "share")}
    | {("other_officials", "yes"): Evidence.PUBLISHED}
)
def small_groups(scenario: Scenario) -> Rows:
    """Return what each small group says, with the margin that a draw by lot would have left.

    Outcomes of the participants are not published; those rows say what they could show at most.
    """
    people, everyone = int(value(ASKED)), value(OUT_OF_SIGHT)
    for group, claim in QUOTED.items():
        yes = said(group)
        low, high = (end / everyone for end in drawn(yes, scenario))
        yield group, yes, people, yes / people, low, high, (claim, ASKED, OUT_OF_SIGHT)
    four, six = int(value(ALL_AGREE)), int(value(PARTICIPANTS))
    others = [("other_officials", four, four, ALL_AGREE)]
    others += [(one, yes, six, PARTICIPANTS) for one, yes in zip(POSSIBLE, (six, six // 2, 0), strict=True)]
    for group, yes, people, claim in others:
        yield group, yes, people, yes / people, *exact(yes, people, scenario), claim


@tabled()
def interval_width(scenario: Scenario) -> Rows:
    """Return the width of the margin for every number of people, from the smallest group named on."""
    for people in range(int(value(ALL_AGREE)), LAST + 1):
        yield people, PERCENT * float(halves(people, scenario).width)


def marked() -> list[int]:
    """Return the sizes of the groups that were named, the smallest first."""
    return sorted(int(value(claim)) for claim in (ALL_AGREE, PARTICIPANTS, ASKED))


def margins(scenario: Scenario) -> dict[str, Number]:
    """Return the confidence of every margin, and what a draw by lot would say of everyone out of sight.

    The two widths: how little it matters out of how many people a group was drawn.
    """

    def finite() -> float:
        return PERCENT * float(drawn(int(value(ASKED)) // 2, scenario).width) / value(OUT_OF_SIGHT)

    return _numbers(
        "small_numbers",
        ("confidence", lambda: PERCENT * scenario.central("statistics.confidence"), "percent", 0),
        ("everyone", lambda: Estimate(None, *drawn(said("circumstances"), scenario)), "persons", 0),
        ("width_endless", lambda: PERCENT * halves(value(ASKED), scenario).width, "percentage_points", 1),
        ("width_finite", finite, "percentage_points", 1),
    )


# ---- the pilot less non-committal contact


def sizes(frame: tuple[str, ...] = FRAME) -> dict[str, tuple[int, int]]:
    """Return both splits of a frame, treated before control; claims add up to it."""
    pilot = int(value(PILOT))
    return {"rest": (pilot, int(sum(map(value, frame))) - pilot), "halves": (pilot // 2, pilot - pilot // 2)}


def rises(base: float, split: str, scenario: Scenario) -> tuple[float, float, float]:
    """Return what a pilot with a split can show where a share is reached without it: the smallest rise
    usually found, in points; the power if it does what a second letter did elsewhere; the interval's width.
    """
    settings = ("statistics.power", "statistics.alpha", "statistics.confidence")
    (n1, n2), (target, alpha, level) = sizes()[split], (scenario.central(one) for one in settings)
    rise = power.minimum_detectable_effect(base, n1, n2, power=target, alpha=alpha, method="exact")
    odds = base * scenario.central(EFFECT)
    chance = power.two_proportions(odds / (1.0 - base + odds), base, n1, n2, alpha=alpha, method="exact")
    width = intervals.difference(round(n1 * base), n1, round(n2 * base), n2, confidence=level).width
    return PERCENT * rise, chance, PERCENT * float(width)


@tabled()
def pilot_power(scenario: Scenario) -> Rows:
    """Return smallest detectable rise, power and precision per base rate, for both splits."""
    for base in BASES:
        found = zip(*(rises(base, split, scenario) for split in SPLITS), strict=True)
        yield base, *itertools.chain(*found)


# ---- a few districts


def teams(scenario: Scenario) -> tuple[int, int, int]:
    """Return treated teams, other teams, and people per team when the frame is spread evenly."""
    treated, teams = int(value(DISTRICTS)), int(scenario.central(TEAMS))
    return treated, teams - treated, round(sum(map(value, FRAME)) / teams)


@tabled()
def sham_run(scenario: Scenario) -> Rows:
    """Return how often an effect is found where there is none, per likeness of people under one team."""
    most = scenario.overall(LIKENESS)[2]
    likenesses = [most * step / STEPS for step in range(STEPS + 1)]
    groups, base, alpha = teams(scenario), scenario.central(BASE), scenario.central("statistics.alpha")
    columns = [likenesses, [power.false_positive_rate(groups[2], one, alpha=alpha) for one in likenesses]]
    test = partial(power.clusters, base, base, *groups, alpha=alpha, draws=DRAWS)
    methods: dict[str, Literal["person", "drawn"]] = {"person": "person", "t": "drawn"}
    for name, method in methods.items():
        columns.append([test(one, method=method) for one in likenesses])
        note("simulation", f"sham_run/{name}", [likenesses, DRAWS, columns[-1]], Evidence.SIMULATED)
    yield from zip(*columns, strict=True)


def districts(scenario: Scenario) -> dict[str, Number]:
    """Return what the comparison of districts rests on: teams, people per team, assignments, smallest p."""

    def ways() -> float:
        return float(math.comb(int(scenario.central(TEAMS)), int(value(DISTRICTS))))

    return _numbers(
        "districts",
        ("teams", lambda: scenario.central(TEAMS), "count", 0),
        ("people", lambda: float(teams(scenario)[2]), "persons", 0),
        ("ways", ways, "count", 0),
        ("smallest_p", lambda: PERCENT / ways(), "percent", 1),
        ("alpha", lambda: PERCENT * scenario.central("statistics.alpha"), "percent", 0),
    )


# ---- was the announced pilot enough?

LATER, BACKLOG = "D012", "L051"
EXITS, USUAL = "people.exit_rate", "contact.second_letter_conversion"
YEAR = 365.25
FATES = ("reached", "left", "still")
"""What can have become of somebody: spoken to, gone from the group, still not reached."""
BOUNDED = ("share", "difference", "outside")
"""What is bounded: the share of the pilot's people who were spoken to; that share less that of
everyone else; people who, on balance, are no longer unreached for another reason than the pilot."""


@dataclass(frozen=True)
class Reading:
    """One way to read the numbers; ``name`` is in the texts under ``pilots.reading``.

    ``first`` names the claims that add up to the number before; ``exact`` takes the round number after at its
    word; with ``exits`` people left the group at the yearly rate; with ``newcomers`` people of the backlog
    joined the count as they declined; as ``usual`` those outside the pilot came as people do elsewhere after
    a further letter; not ``nested``: the later group need not be part of the first.
    """

    name: str
    first: tuple[str, ...] = FRAME
    exact: bool = False
    exits: bool = False
    newcomers: bool = False
    usual: bool = False
    nested: bool = True

    @property
    def claims(self) -> tuple[str, ...]:
        """Return the claims that it rests on."""
        used = {LATER: self.nested, BACKLOG: self.newcomers}
        return (*self.first, PILOT, *(claim for claim, holds in used.items() if holds))


READINGS = tuple(Reading(**{**row, "first": tuple(row.get("first", FRAME))}) for row in RULES["readings"])


def left(reading: Reading, scenario: Scenario) -> tuple[int, int]:
    """Return the fewest and the most people of the first count who left before the later one.

    The yearly rate acts over the shortest and the longest time that the dates leave open.
    """
    dates = [claims()[one].as_of for one in reading.first]
    after = claims()[LATER].as_of
    shortest = max((period(after).first - max(map(last_day, dates))).days, 0)
    longest = (last_day(after) - min(period(one).first for one in dates)).days
    low, high = scenario.overall(EXITS)[::2]
    stay = (1.0 - low) ** (shortest / YEAR), (1.0 - high) ** (longest / YEAR)
    size = sum(sizes(reading.first)["rest"])
    return math.floor(size * (1.0 - stay[0])), math.ceil(size * (1.0 - stay[1]))


def worlds(reading: Reading, scenario: Scenario) -> System:
    """Return all worlds in whole people that agree with the published numbers under a reading."""
    groups = dict(zip(("pilot", "rest"), sizes(reading.first)["rest"], strict=True))
    rows = [
        Constraint(DEFINITION, Form.of({f"{part}_{fate}": 1 for fate in FATES}, -people), "==")
        for part, people in groups.items()
    ]
    gone = Form.of({f"{part}_left": 1 for part in groups})
    rows += between("exits", gone, *(left(reading, scenario) if reading.exits else (0, 0)))
    most = math.ceil(value(BACKLOG) * (1.0 - scenario.overall(BASE)[0])) if reading.newcomers else 0
    rows += between("newcomers", Form.of("new"), 0, most)
    if reading.nested:
        later = claims()[LATER]
        ends = (later.value, later.value) if reading.exact else later.limits
        rows += between(LATER, Form.of({"pilot_still": 1, "rest_still": 1, "new": 1}), *ends)
    if reading.usual:
        low, high = (end * groups["rest"] for end in scenario.overall(USUAL)[::2])
        rows += between("usual", Form.of("rest_reached"), math.floor(low), math.ceil(high))
    names = (*(f"{part}_{fate}" for part in groups for fate in FATES), "new")
    return System(names, tuple(rows))


def limits(reading: Reading, scenario: Scenario) -> dict[str, identification.Interval | None]:
    """Return the sharp limits of what is :data:`BOUNDED`; no ``outside`` where groups are not nested."""
    system, (pilot, rest) = worlds(reading, scenario), sizes(reading.first)["rest"]
    gap = Form.of({"pilot_reached": rest, "rest_reached": -pilot})
    gone = Form.of({"rest_reached": 1, "rest_left": 1, "pilot_left": 1, "new": -1})
    return {
        "share": identification.interval(system, Form.of("pilot_reached"), Form.of({}, pilot)),
        "difference": identification.interval(system, gap, Form.of({}, rest * pilot)),
        "outside": identification.interval(system, gone) if reading.nested else None,
    }


_ENDS = [f"{name}_{end}" for name in BOUNDED for end in ("low", "high")]


@tabled(exceptions={(one.name, end): Evidence.ASSUMED for one in READINGS if one.exits for end in _ENDS})
def pilot_enough(scenario: Scenario) -> Iterator[tuple[object, ...]]:
    """Return what can be concluded under each reading: one row each, a low and a high of what is asked."""
    for reading in READINGS:
        ends = (end for one in limits(reading, scenario).values() for end in (one or (None, None)))
        yield reading.name, *ends, reading.claims


def counted(scenario: Scenario) -> dict[str, Number]:
    """Return how many readings there are, and under how many it is known whether the pilot did better."""

    def found() -> list[identification.Interval | None]:
        return [limits(reading, scenario)["difference"] for reading in READINGS]

    def decided() -> float:
        ends = filter(None, found())
        return float(sum((low or 0.0) > 0.0 or (high or 0.0) < 0.0 for low, high in ends))

    rows = ("readings", lambda: float(len(found())), "count", 0), ("decided", decided, "count", 0)
    return _numbers("pilots.enough", *rows)
