"""What a draw must reproduce: published counts as they are, a value inside the range for what is not counted.

Draw 0 takes the central values. Draw k spreads over the ranges by the k-th point of van der Corput's sequence
(1935) in another prime base for each quantity (Halton 1960), so that a handful of draws covers the ranges
evenly.

The letters print no ages, durations or districts, and not how many people have left. What the register needs
of these stands in ``params/margins.csv`` as an assumption with a range, a source and a confidence, never in
code; all problems of that file are named at once.
"""

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.facts import history
from kik_analysis.facts.bounds import bound
from kik_analysis.facts.claims import claims, limits, value
from kik_analysis.facts.precision import last_day, period
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.reading import records
from kik_analysis.reading.problems import Place, Problems
from kik_analysis.reading.records import Rule, Wrong, WrongCell, column, matching, one_of
from kik_analysis.reading.storage import bytes_digest
from kik_analysis.statistics.rounding import half_up, shared_out, written

MARGINS = "margins.csv"
AGE, DURATION, DISTRICT, LEFT = "age_band", "duration_band", "district", "left"
SHARED = (AGE, DURATION, DISTRICT)
"""Variables whose central shares add up to the whole group."""
BANDS = (AGE, DURATION)
LEFT_PARTS = ("spoken", "invited")
ENCODING = "cp1252"
"""What municipal extracts are written in: names must fit."""


def _number(highest: float) -> Rule:
    def read(cell: str) -> float:
        number = -1 if not cell or not records.NUMBER.fullmatch(cell) else float(cell)
        if not 0 <= number <= highest:
            raise WrongCell("not usable", f"a number from 0 to {highest:g}, with a point")
        return number

    return read


def _category(cell: str) -> str:
    if cell.encode(ENCODING, "ignore").decode(ENCODING) != cell:
        expected = "letters that a municipal extract (Windows-1252) can hold"
        raise WrongCell("has a character that no extract can hold", expected)
    if not cell:
        raise WrongCell("empty", "a name")
    return cell


_share, _years = _number(1.0), _number(100.0)
_why = matching(r"(?s).*\S.*", "empty", "why this number, in one sentence")


@dataclass(frozen=True)
class Margin:
    """One assumed share.

    ``variable``, ``category``: what it is a share of, and of which category. ``begin``, ``end``: limits of a
    band in years, the upper one excluded; None for what is no band. ``low``, ``central``, ``high``: the
    share, a fraction of one, with its range. ``source``, ``confidence``, ``note_nl``, ``note_en``: claim or
    prior (empty: own judgement), ``A`` to ``C``, remark. ``line``: line in the file.
    """

    variable: str = column(one_of(*SHARED, LEFT, what="unknown"))
    category: str = column(_category)
    begin: float | None = column(lambda cell: _years(cell) if cell else None, "from")
    end: float | None = column(lambda cell: _years(cell) if cell else None, "to")
    low: float = column(_share)
    central: float = column(_share)
    high: float = column(_share)
    source: str = column()
    confidence: str = column(one_of("A", "B", "C", what="unknown"))
    note_nl: str = column(_why)
    note_en: str = column(_why)
    line: int = 0

    @property
    def label(self) -> str:
        """Return how a message names it."""
        return f"params/{MARGINS}:{self.line} {self.variable} {self.category}"


@dataclass(frozen=True)
class Margins:
    """All assumed margins by variable, in the order of the file."""

    rows: tuple[Margin, ...]

    def of(self, variable: str) -> tuple[Margin, ...]:
        """Return the rows of a variable."""
        return tuple(row for row in self.rows if row.variable == variable)

    def counts(self, variable: str, people: int) -> dict[str, int]:
        """Return how many of so many people each category gets: central shares, largest remainders."""
        rows = self.of(variable)
        shared = shared_out(people, [written(row.central) for row in rows])
        return {row.category: count for row, count in zip(rows, shared, strict=True)}


def _wrong(row: Margin) -> Wrong:
    if row.variable in BANDS:
        limits = (name for name, end in (("from", row.begin), ("to", row.end)) if end is None)
        yield from ((name, "not usable", "a number from 0 to 100, with a point") for name in limits)
    if not row.low <= row.central <= row.high:
        yield "central", "not between low and high", f"{row.low:g} to {row.high:g}"
    if row.begin is not None and row.end is not None and not row.begin < row.end:
        yield "to", "not above from", f"more than {row.begin:g}"


def load_margins(path: Path | None = None) -> Margins:
    """Read a file of margins; by default the project's ``params/margins.csv``.

    DataError with every problem in the file, one line each.
    """
    file, problems = project.params(MARGINS) if path is None else path, Problems()
    pair = ("variable", "category")
    rows = records.read(file, Margin, label=".".join(pair), unique=(pair,), check=_wrong)
    # what rows say together: shares of one, bands that join, nobody left out

    def wrong(row: Margin, key: str, what: str, got: str, expected: str) -> None:
        problems.add(Place(MARGINS, row.line), what, key=key, got=got, expected=expected)

    for variable in SHARED:
        mine = [row for row in rows if row.variable == variable]
        if not mine:
            problems.add(Place(MARGINS, 1), "no row of this variable", key=variable)
            continue
        total = sum((written(row.central) for row in mine), Fraction(0))
        if total != 1:
            what = f"the central shares of lines {mine[0].line} to {mine[-1].line} contradict each other"
            wrong(mine[-1], variable, what, f"together {float(total):g}", "together 1")
        for row in mine:
            if row.central == 0:
                key, what = f"{variable}.{row.category}", "nobody in it; leave the row out"
                wrong(row, key, what, "0", "more than 0")
        for one, two in pairwise(mine) if variable in BANDS else ():
            if one.end != two.begin:
                key, what = f"{variable}.{two.category}", "does not begin where the band above ends"
                wrong(two, key, what, f"{two.begin:g}", f"{one.end:g}")
    for part in set(LEFT_PARTS) - {row.category for row in rows if row.variable == LEFT}:
        problems.add(Place(MARGINS, 1), f"the row {part} is missing", key=LEFT)
    problems.raise_if_any(DataError)
    note("file", project.relative(file), bytes_digest(file.read_bytes()), Evidence.ASSUMED)
    return Margins(tuple(rows))


EARLY, EARLY_SPOKEN, SECOND_SUCCESS = "L002", "L003", "L015"
ACTIVE, WANTS, REFERRED = "L017", "L019", "L020"
REACH = ("spoken", "not_yet_approached", "declined", "known_to_wij", "not_reached")
FOLLOW_UP = ("support", "help", "own_goals", "no_question", "not_accounted_for")
BASES = {
    "known_to_wij": (2, 1), "left_spoken": (3, 1), "left_invited": (5, 2), "overdue": (7, 3),
    "no_contact": (11, 8), "approached_early": (13, 4), "spoken_early": (17, 11), "second_success": (19, 6),
    "own_goals": (23, 14), "no_question": (29, 9),
}  # fmt: skip
"""Base of van der Corput's sequence and factor of its digits, for each quantity that is no exact count."""


def van_der_corput(k: int, base: int, factor: int = 1) -> Fraction:
    """Return the k-th point (k >= 1) of van der Corput's sequence in a base, in (0, 1).

    ``k``, ``base``: position, and a prime. ``factor``: digits are multiplied by it modulo the base: without
    this the first points of large bases all lie near nought, in every quantity at once (Braaten & Weller
    1979).
    """
    point, unit = Fraction(0), Fraction(1, base)
    while k:
        k, digit = divmod(k, base)
        point, unit = point + digit * factor % base * unit, unit / base
    return point


@dataclass(frozen=True)
class Range:
    """A quantity that the sources leave open, with the value that this draw takes (at full size).

    ``name``: as in :data:`BASES`. ``value``, ``low``, ``high``: counts or shares; ``low <= value <= high``.
    ``evidence``: ``bounded`` for a range that follows from claims, ``assumed`` for an assumption.
    """

    name: str
    value: Fraction
    low: Fraction
    high: Fraction
    evidence: Evidence


@dataclass(frozen=True)
class Targets:
    """What one draw of a register must have, as whole numbers.

    ``people``, ``group``, ``draw``: current members, the published size of the group, and the draw.
    ``reach``, ``follow_up``: current members by category of Figure 1 (declined and known to WIJ apart), the
    spoken by Figure 2. ``left_spoken``, ``left_not_spoken``: people invited who have left, ever spoken to or
    not. ``invitations``, ``conversations``, ``no_contact``, ``second_invitations``: over current and former
    members. Second invitations are those to people spoken to before. ``approached_early``, ``spoken_early``:
    people first approached, and spoken to, by the last day of ``early_end``. ``overdue``: current members
    spoken to whose last conversation is over a year old. ``referred``, ``active``, ``wants``: among all ever
    spoken to. ``begin``, ``early_end``, ``end``: first day of the project, last day of the early count, last
    day of the funnel. ``ranges``: the quantities that differ between draws.
    """

    people: int
    group: int
    draw: int
    reach: Mapping[str, int]
    follow_up: Mapping[str, int]
    left_spoken: int
    left_not_spoken: int
    invitations: int
    conversations: int
    no_contact: int
    second_invitations: int
    approached_early: int
    spoken_early: int
    overdue: int
    referred: int
    active: int
    wants: int
    begin: datetime.date
    early_end: datetime.date
    end: datetime.date
    ranges: tuple[Range, ...]


def smallest() -> int:
    """Return the smallest register in which every category of Figure 1 has somebody."""
    counts = [int(value(one.count)) for one in history.REACH]
    return math.ceil(Fraction(int(value(history.GROUP)), min(counts)))


class _Chooser:
    """Takes a value inside each range, and keeps what it took."""

    def __init__(self, draw: int) -> None:
        self.draw = draw
        self.taken: list[Range] = []

    def take(self, name: str, ends: Sequence[Fraction], evidence: Evidence, *sources: str) -> Fraction:
        """Return the central of three ``ends`` for draw 0, else the sequence's point between the others."""
        low, central, high = ends
        if low > high:
            left = f"{name}: no value is left between {float(low):g} and {float(high):g}"
            raise DataError(f"{left}; these contradict each other: {', '.join(sources)}")
        point = van_der_corput(self.draw, *BASES[name])
        chosen = min(max(central, low), high) if self.draw == 0 else low + point * (high - low)
        self.taken.append(Range(name, chosen, low, high, evidence))
        return chosen

    def claim(self, name: str, claim: str) -> Fraction:
        """Take a value inside what a claim's wording leaves open; the upper limit of a share is excluded."""
        low, high = (written(end) for end in limits(claims()[claim]))
        return self.take(name, (low, written(value(claim)), high), Evidence.BOUNDED, claim)


def _ends(scenario: Scenario, path: str) -> list[Fraction]:
    """Return low, central and high of a parameter."""
    return [written(float(str(end))) for end in scenario.value(path).cells[0][1][0].amount.atoms]


def _known_to_wij(chooser: _Chooser, scenario: Scenario) -> int:
    """Return how many are known to WIJ: inside the bounds and inside the scenario's range."""
    low, central, high = _ends(scenario, "people.known_to_wij")
    least, most = (Fraction(int(end or 0)) for end in bound("known_to_wij"))
    evidence = Evidence.BOUNDED if low <= least and most <= high else Evidence.ASSUMED
    ends = max(low, least), central, min(high, most)
    return half_up(chooser.take("known_to_wij", ends, evidence, "known_to_wij", "people.known_to_wij"))


def _left(chooser: _Chooser, margins: Margins, spoken: int, invited: int) -> tuple[int, int]:
    """Return how many of those ever spoken to, and of those invited but never spoken to, have left.

    The ranges are those of ``margins.csv``, cut to what the counts of invitations and conversations allow.
    """
    conversations, invitations = int(value(history.CONVERSATIONS)), int(value(history.INVITATIONS))
    parts = {row.category: row for row in margins.of(LEFT)}

    def take(part: str, here: int, floor: int, most: int, bound_of: str) -> int:
        row = parts[part]
        shares = (written(share) for share in (row.low, row.central, row.high))
        low, central, high = (here * gone / (1 - gone) for gone in shares)  # of all, and so many stay
        ends = max(low, Fraction(floor)), central, min(high, Fraction(most))
        return half_up(chooser.take(f"left_{part}", ends, Evidence.ASSUMED, row.label, bound_of))

    most = bound("people_spoken").high
    left_spoken = take("spoken", spoken, 0, int(most or conversations) - spoken, "people_spoken")
    second = math.ceil((conversations - spoken - left_spoken) / written(value(SECOND_SUCCESS)))
    left = take("invited", invited, left_spoken, invitations - second - invited, "people_invited")
    return left_spoken, left - left_spoken


def _follow_up(chooser: _Chooser) -> dict[str, int]:
    found = {name: int(value(history.FOLLOWUP[name])) for name in ("support", "help")}
    found |= {name: half_up(chooser.claim(name, history.FOLLOWUP[name])) for name in FOLLOW_UP[2:4]}
    return {**found, history.UNACCOUNTED: int(value(history.SPOKEN)) - sum(found.values())}


def _scaled(counts: Mapping[str, int], total: int) -> dict[str, int]:
    shared = shared_out(total, [Fraction(count) for count in counts.values()])
    return dict(zip(counts, shared, strict=True))


def _printed(nearest: int, first: int, last: int) -> int:
    """Return the nearest whole number, from the first to the last that is printed alike where one is."""
    return min(max(nearest, first), last) if first <= last else nearest


def _share_count(share: Fraction, whole: int, claim: str) -> int:
    """Return the whole number nearest to a share of ``whole``, inside the printed limits where one fits."""
    low, high = (written(end) for end in limits(claims()[claim]))
    return _printed(half_up(share * whole), math.ceil(low * whole), math.ceil(high * whole) - 1)


def targets(scenario: Scenario, margins: Margins, *, people: int | None = None, draw: int = 0) -> Targets:
    """Return what a draw must reproduce.

    ``scenario``: gives the range of the number known to WIJ and of the share whose last conversation is old.
    ``margins``: gives the ranges of how many have left. ``people``: current members; by default the published
    size of the group. Other sizes scale every count. ``draw``: 0 for central values, 1, 2, ... for points
    that spread over the ranges. DataError when a range is empty: what contradicts is named.
    """
    group, chooser = int(value(history.GROUP)), _Chooser(draw)
    size = group if people is None else people
    ratio = Fraction(size, group)
    whole = {one.name: int(value(one.count)) for one in history.REACH}
    both = whole["declined_or_wij"]
    wij = min(_known_to_wij(chooser, scenario), both)
    at_full = {name: whole.get(name, 0) for name in REACH} | {"declined": both - wij, "known_to_wij": wij}
    invited = at_full["spoken"] + at_full["declined"] + at_full["not_reached"]
    gone_spoken, gone = _left(chooser, margins, at_full["spoken"], invited)
    by_reach = _scaled(at_full, size)
    spoken = by_reach["spoken"]
    conversations = max(half_up(int(value(history.CONVERSATIONS)) * ratio), spoken)
    left_spoken = min(half_up(gone_spoken * ratio), conversations - spoken)
    again = conversations - spoken - left_spoken
    # as many second invitations as give these conversations, within the printed limits where it can
    share = chooser.claim("second_success", SECOND_SUCCESS)
    low, high = (written(end) for end in limits(claims()[SECOND_SUCCESS]))
    first, last = math.floor(again / high) + 1, math.floor(again / low)
    second = max(again, _printed(half_up(again / share), first, last))
    invitations = half_up(int(value(history.INVITATIONS)) * ratio)
    needed = spoken + left_spoken + by_reach["declined"] + by_reach["not_reached"]
    left_not_spoken = max(0, min(half_up(gone * ratio), invitations - second - needed))
    ever = spoken + left_spoken
    early = half_up(half_up(chooser.claim("approached_early", EARLY)) * ratio)
    old = "people.overdue_at_start"
    overdue = chooser.take("overdue", _ends(scenario, old), Evidence.ASSUMED, old)
    follow_up = _scaled(_follow_up(chooser), spoken)
    found, sources = history.no_contact(), (history.NO_CONTACT_SHARE, history.INVITATIONS)
    ends = [Fraction(int(part or 0)) for part in (found.low, found.value, found.high)]
    missed = chooser.take("no_contact", ends, Evidence.BOUNDED, *sources)
    active = _share_count(written(value(ACTIVE)), ever, ACTIVE)
    return Targets(
        people=size,
        group=group,
        draw=draw,
        reach=by_reach,
        follow_up=follow_up,
        left_spoken=left_spoken,
        left_not_spoken=left_not_spoken,
        invitations=invitations,
        conversations=conversations,
        no_contact=max(half_up(missed * ratio), by_reach["not_reached"]),
        second_invitations=second,
        approached_early=early,
        spoken_early=_share_count(chooser.claim("spoken_early", EARLY_SPOKEN), early, EARLY_SPOKEN),
        overdue=half_up(overdue * spoken),
        referred=half_up(int(value(REFERRED)) * ratio),
        active=active,
        wants=_share_count(written(value(WANTS)), ever - active, WANTS),
        begin=period(claims()[EARLY].as_of).first,
        early_end=last_day(claims()[EARLY].as_of),
        end=history.end(),
        ranges=tuple(chooser.taken),
    )
