"""A register beside what it must reproduce and what was assumed, counted again from its tables."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from kik_analysis.evidence.number import Number, measure
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Table, tabled, tabulate
from kik_analysis.facts import history
from kik_analysis.facts.claims import claims
from kik_analysis.facts.precision import last_day
from kik_analysis.people import targets
from kik_analysis.people.register import MEMBERS, Register
from kik_analysis.people.targets import Targets, load_margins

if TYPE_CHECKING:
    from kik_analysis.people.synthesis import Synthesis

DECLINED_SHARE, CONVERSATION_SHARE = "L014", "L012"
EVER, SENT = "members former", "invitations"
Tally = Callable[[Register], float]
Rows = Iterator[tuple[object, ...]]


def of(tables: str, until: str = "", **values: object) -> Tally:
    """Return a tally of the rows of some tables that have one of the values in each of the columns named.

    ``until``: a day of an invitation; people with one up to the last day of the early count instead of rows.
    """

    def tally(register: Register) -> float:
        kept = [pl.col(name).is_in(list(v) if isinstance(v, tuple) else [v]) for name, v in values.items()]
        if until:
            kept.append(pl.col(until) <= last_day(claims()[targets.EARLY].as_of))
        found = [register.tables[name].filter(*kept) for name in tables.split()]
        return found[0]["person"].n_unique() if until else sum(table.height for table in found)

    return tally


def _share(part: Tally, whole: Tally) -> Tally:
    return lambda register: part(register) / whole(register)


_WIJ_TOO = ("declined", "known_to_wij")
_REACH = {name: of(MEMBERS, reach=name) for name in ("spoken", "not_yet_approached", "not_reached")}
_REACH["declined_or_wij"] = of(MEMBERS, reach=_WIJ_TOO)
_GROUP, _CONVERSATIONS = of(MEMBERS), of(SENT, answer="conversation")
_SPOKEN = of(EVER, activity=("active", "wants_to", "neither"))
_AGAIN = partial(of, SENT, kind="follow_up")
COUNTED: Mapping[str, Tally] = {
    history.GROUP: _GROUP,
    history.SPOKEN: _REACH["spoken"],
    history.NOT_APPROACHED: _REACH["not_yet_approached"],
    history.DECLINED_OR_WIJ: _REACH["declined_or_wij"],
    history.NOT_REACHED: _REACH["not_reached"],
    history.NOT_APPROACHED_TEXT: _REACH["not_yet_approached"],
    history.DECLINED_OR_WIJ_TEXT: _REACH["declined_or_wij"],
    history.INVITATIONS: of(SENT),
    history.CONVERSATIONS: _CONVERSATIONS,
    targets.EARLY: of(SENT, "sent"),
    targets.REFERRED: of(EVER, referred=True),
    history.SUPPORT: of(MEMBERS, support="programme"),
    history.HELP: of(MEMBERS, support="social_help"),
    history.OWN_GOALS: of(MEMBERS, follow_up="own_goals"),
    history.NO_QUESTION: of(MEMBERS, follow_up="no_question"),
    "L0493": of(MEMBERS, follow_up="not_accounted_for"),
}
"""Claims that are counts."""
SHARED: Mapping[str, Tally] = {
    **{one.share: _share(_REACH[one.name], _GROUP) for one in history.REACH},
    CONVERSATION_SHARE: _share(_CONVERSATIONS, of(SENT)),
    history.NO_CONTACT_SHARE: _share(of(SENT, answer="no_contact"), of(SENT)),
    DECLINED_SHARE: _share(of(SENT, answer="declined"), of(SENT)),
    targets.SECOND_SUCCESS: _share(_AGAIN(answer="conversation"), _AGAIN()),
    targets.EARLY_SPOKEN: _share(of(SENT, "answered", answer="conversation"), of(SENT, "sent")),
    targets.ACTIVE: _share(of(EVER, activity="active"), _SPOKEN),
    targets.WANTS: _share(of(EVER, activity="wants_to"), of(EVER, activity=("wants_to", "neither"))),
}
"""Claims that are shares."""


def _taken(aims: Targets, name: str) -> tuple[int, int]:
    """Return what a draw took, in people or invitations, and of how many where its range is a share."""
    counts = {**vars(aims), **aims.reach, **aims.follow_up}
    counts["left_invited"] = aims.left_spoken + aims.left_not_spoken
    return counts[name], {"overdue": aims.reach["spoken"], "spoken_early": aims.approached_early}.get(name, 1)


def _beside(name: str, register: Register, tallies: Mapping[str, Tally]) -> Table:
    def build() -> Rows:
        register.note()
        for claim in (claims()[one] for one in tallies):
            found = tallies[claim.id](register)
            agrees = (claim.low is None or claim.low <= found) and (claim.high is None or found <= claim.high)
            yield claim.id, claim.number, claim.low, claim.high, found, agrees

    return tabulate(name, build)


def register_claims(register: Register) -> Table:
    """Return the counts: ``claim``, ``published``, ``low``, ``high``, ``register``, ``agrees``.

    Only a register of the published size is meant to agree.
    """
    return _beside("register_claims", register, COUNTED)


def register_shares(register: Register) -> Table:
    """Return the printed shares, with the same columns as :func:`register_claims`."""
    return _beside("register_shares", register, SHARED)


def disagreements(register: Register) -> list[str]:
    """Return the claims that a register does not reproduce."""
    tables = (register_claims(register), register_shares(register))
    return [name for table in tables for name in table.frame.filter(~pl.col("agrees"))["claim"]]


def _assumed(register: Register, variable: str) -> Iterator[tuple[object, ...]]:
    """Yield category and limits of each assumed share, then the share: low, central, high, of a register."""
    register.note()
    for row in load_margins().of(variable):
        found = of(MEMBERS, **{variable: row.category})(register) / register.members.height
        yield row.category, row.begin, row.end, row.low, row.central, row.high, found


@tabled()
def register_bands(register: Register) -> Rows:
    """Return the assumed shares of age and of benefit duration beside those of a register."""
    for variable in (targets.AGE, targets.DURATION):
        yield from ((variable, *rest) for _, *rest in _assumed(register, variable))


@tabled()
def register_districts(register: Register) -> Rows:
    """Return the assumed shares of the districts beside those of a register."""
    yield from sorted((name, *shares) for name, _, _, *shares in _assumed(register, targets.DISTRICT))


def register_draws(first: "Synthesis", second: "Synthesis") -> Table:
    """Return what two draws take inside what the sources leave open.

    Columns: ``quantity``, ``low``, ``high``, ``first``, ``second``; people or invitations.
    """
    ranges = [{one.name: one for one in made.aims.ranges} for made in (first, second)]

    def build() -> Rows:
        first.register.note()
        second.register.note()
        for name in (one for one in targets.BASES if one != "second_success"):
            pairs = zip(ranges, (first, second), strict=True)
            both = [(one[name], *_taken(made.aims, name)) for one, made in pairs]
            low = min(math.floor(one.low * base) for one, _, base in both)
            high = max(math.ceil(one.high * base) for one, _, base in both)
            yield name, low, high, *(count for _, count, _ in both)

    assumed = {name for name, one in ranges[0].items() if one.evidence is Evidence.ASSUMED}
    exceptions = {(name, column): Evidence.ASSUMED for name in assumed for column in ("low", "high")}
    return tabulate("register_draws", build, exceptions=exceptions)


def numbers(register: Register) -> Mapping[str, Number]:
    """Return the numbers that sentences about a register use, by placeholder."""
    every = len(COUNTED) + len(SHARED)
    counts = {name: (table.height, "persons") for name, table in register.tables.items()}
    counts |= {SENT: (register.invitations.height, SENT), "claims": (every, "count")}
    counts["agree"] = (every - len(disagreements(register)), "count")

    def compute(count: int) -> float:
        register.note()
        return count

    place = f"{__name__}.numbers"
    return {
        name: measure(f"register.{name}", partial(compute, count), unit=unit, computation=place)
        for name, (count, unit) in counts.items()
    }
