"""What a team costs: posts times the price of a post, what stays apart from what ends.

Structural is what remains when every dated change that ends has ended; incidental is what such changes add or
take away. Prices are those of the year that the catalogue names; a year costs what its days cost. A vacant
post costs what a filled one does: no source says what it saves, and every range says so (:func:`words`).

A range of euros is everywhere the middle four fifths over the price of a post and an uncertain number of
posts. Each lies at ``PLACES`` of its range, equally likely and drawn apart, so the range depends on neither a
seed nor a number of runs, and that of one post is exact.
"""

import calendar
import datetime
import itertools
import re
from statistics import NormalDist

import numpy as np

from kik_analysis.capacity.compiled import YEAR
from kik_analysis.capacity.reader import moved
from kik_analysis.capacity.results import DIFFERENCE, HIGH, INTERVAL, LOW, Numbers, Told, told
from kik_analysis.capacity.team import FTE
from kik_analysis.evidence.number import PERCENT, Estimate
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.parameters.values import Amount

PRICE = "costs.fte_all_in"
STRUCTURAL, INCIDENTAL = "euros_structural", "euros_incidental"
#: Equally likely places in a range, on the standard normal scale: the tenth, the middle and nine tenths are
#: among them.
PLACES = tuple(NormalDist().inv_cdf((k + 0.5) / 45) for k in range(45))
CENTRE = len(PLACES) // 2


def _at(scenario: Scenario, path: str, amount: Amount) -> Numbers:
    """Return an amount of a parameter at each of ``PLACES``."""
    entry = scenario.entry(path)
    places = (0.0 if amount.exact else z for z in PLACES)
    return np.array([moved(amount, z, entry.family, entry.minimum, entry.maximum) for z in places])


def price(scenario: Scenario) -> Numbers:
    """Return what a post costs a year, at each of ``PLACES``."""
    return _at(scenario, PRICE, scenario.timeline(PRICE).at(scenario.start))


def years(start: datetime.date, end: datetime.date) -> float:
    """Return how many years lie from one day until another: a day is its part of its calendar year."""
    turns = (datetime.date(year, 1, 1) for year in range(start.year + 1, end.year + 1))
    days = itertools.pairwise((start, *turns, end))
    return sum((b - a).days / (366 if calendar.isleap(a.year) else 365) for a, b in days)


def costs(scenario: Scenario, start: datetime.date, end: datetime.date) -> dict[str, Numbers]:
    """Return ``euros_structural`` and ``euros_incidental`` from one day until another.

    ``scenario``: the scenario. ``start``, ``end``: first day, and first day after. Returns arrays (posts,
    price), each at ``PLACES`` of its range. A day is its part of its calendar year.
    """
    turns = [datetime.date(year, 1, 1) for year in range(start.year + 1, end.year + 1)]
    each = []
    for posts in (scenario.timeline(FTE), scenario.lasting(FTE)):
        steps = [step.start for step in posts.steps() if step.start]
        days = sorted({start, end, *(day for day in (*steps, *turns) if start < day < end)})
        each.append(np.zeros(len(PLACES)))
        for a, b in itertools.pairwise(days):
            each[-1] = each[-1] + years(a, b) * _at(scenario, FTE, posts.at(a))
    whole, kept = (np.multiply.outer(one, price(scenario)) for one in each)
    return {STRUCTURAL: kept, INCIDENTAL: whole - kept}


def between(euros: Numbers) -> tuple[float, float]:
    """Return the ends of a range of euros: the one rule for it, everywhere; to the cent.

    ``euros``: at equally likely places.
    """
    low, high = np.quantile(np.round(euros, 2), (LOW, HIGH), method="hazen").tolist()
    return low, high


def post(scenario: Scenario) -> Estimate:
    """Return what a post costs a year, with the range that :func:`words` tells of."""
    low, high = between(price(scenario))
    return Estimate(float(scenario.timeline(PRICE).at(scenario.start).central), low, high)  # type: ignore[arg-type]


def differences(
    base: Scenario, other: Scenario, start: datetime.date, end: datetime.date
) -> dict[str, dict[str, float | None]]:
    """Return what two scenarios cost and differ, structural and incidental, from one day until another.

    ``base``, ``other``: the scenarios. ``start``, ``end``: first day, and first day after. Returns the
    numbers of a difference (``results.DIFFERENCE``) by name: base and other at the centre, nothing simulated.
    """
    found: dict[str, dict[str, float | None]] = {}
    mine, theirs = (costs(one, start, end) for one in (base, other))
    for name, euros in mine.items():
        a, b = (float(one[CENTRE, CENTRE]) for one in (euros, theirs[name]))
        numbers = (a, b, b - a, *between(theirs[name] - euros), 0.0, None)
        found[name] = dict(zip(DIFFERENCE, numbers, strict=True))
    return found


def beside(base: Scenario, other: Scenario) -> dict[str, Told]:
    """Return what one scenario costs more or less than another.

    ``base``, ``other``: scenarios of the same weeks. Returns ``euros_structural``, a year, in the last year
    of the run (52 weeks of it, as a whole year), and ``euros_incidental``, over the whole run, for
    :func:`words`.
    """
    year = other.end - datetime.timedelta(weeks=YEAR)
    found = {}
    for name, start, length in ((STRUCTURAL, year, years(year, other.end)), (INCIDENTAL, other.start, 1.0)):
        numbers = differences(base, other, start, other.end)[name]
        found[name] = told((numbers["low"] or 0.0) / length, (numbers["high"] or 0.0) / length)
    return found


def price_level(scenario: Scenario) -> str:
    """Return the year of the prices: the one that the source of the price names, else the catalogue's."""
    origin = scenario.value(PRICE).origin
    named = [one for one in origin.source if not one.startswith(origin.file)]
    found = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", " ".join((*named, scenario.entry(PRICE).meaning_en)))
    return found[0] if found else ""


def words(scenario: Scenario, lang: Lang, *, exact: bool = False) -> Text:
    """Return what euros have to be told with: the prices' year, and of a range how much lies in it.

    ``exact``: there is one amount and no range.
    """
    told = {"year": Ref(price_level(scenario), f"parameter:{PRICE}")}
    if not exact:
        told["share"] = Ref(notation.percent(PERCENT * INTERVAL, lang), f"{INTERVAL}")
    return sentences.text(f"compare.euros{'_exact' * exact}", lang, **told)
