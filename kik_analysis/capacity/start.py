"""The people at the start of a run: cells of identical people, from the published stock or a register."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kik_analysis.capacity.compiled import GROUP, YEAR, Compiled, Integers, Kind, State, along
from kik_analysis.capacity.measures import REACH
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.willingness import ROW
from kik_analysis.errors import ModelError
from kik_analysis.parameters.values import ALL
from kik_analysis.statistics.rounding import half_up, shared_out

if TYPE_CHECKING:
    from kik_analysis.people.register import Register


def evenly(total: int, first: int, last: int) -> tuple[Integers, Integers]:
    """Spread people evenly over whole weeks first..last; the weeks, and how many in each."""
    weeks = np.arange(first, last + 1)
    until = total * np.arange(len(weeks) + 1) // len(weeks)
    return weeks, until[1:] - until[:-1]


def _spread(counts: Integers, total: int) -> Integers:
    """Choose ``total`` people evenly from cells of given sizes."""
    return np.asarray(np.diff(total * counts.cumsum() // max(1, int(counts.sum())), prepend=0))


#: What is known of somebody who was never invited, in the order of the fields ``stock_*``.
_NEW = {"contact": 0, "support": 0, "kind": 0, "age": -1, "offer": -1, "wait": 0}


class _Cells:
    """Collects cells of identical people: their number, and what is known of them."""

    def __init__(self, reader: Reader, segments: Sequence[str]) -> None:
        self.reader, self.segments = reader, segments
        shares = [reader.exact("people.segment_share", name=s) for s in segments]
        below = math.lcm(*(one.denominator for one in shares))
        self.shares = [int(one * below) for one in shares]  # what counts is how they stand to each other
        self.cells: list[Integers] = []

    def by_segment(self, total: int) -> Iterator[tuple[int, int]]:
        return iter(enumerate(shared_out(total, self.shares)))

    def whole(self, path: str, name: str = ALL) -> int:
        return round(self.reader.number(path, name=name))

    def add(self, state: Any, segment: int, count: Any, row: str = "new", **more: Any) -> None:
        """Add cells that are alike but for what differs by cell.

        ``more``: what is not as it is of somebody who was never invited, by its name in ``_NEW``.
        """
        known = (state, segment, ROW[row], *(_NEW | more).values(), count)
        self.cells.append(np.empty((np.size(count), len(known)), np.int64))
        for column, values in enumerate(known):
            self.cells[-1][:, column] = values

    def fits(self, path: str, number: int, name: str, total: int, **taken: int) -> int:
        """Return how many there is room for: what a file over the base says is all there, or is refused."""
        most = total - sum(taken.values())
        scenario = self.reader.scenario
        handed = scenario.value(path).origin.file != scenario.layers[0].name
        if number > most and handed and not self.reader.draw:
            but = "".join(f", without {n} of people.{one}" for one, n in taken.items() if n)
            raise ModelError(
                f"{self.reader.where(path)}: not as many people at the start under people.stock.{name}{but} "
                f"(got {number}; expected at most {most})"
            )
        return min(number, most)

    def outside(self) -> None:
        """People in services outside, with contact once made; no register of the group holds them."""
        for s, n in self.by_segment(self.whole("people.in_services_at_start")):
            self.add(State.OUTSIDE_SERVICES, s, n, "follow_up", contact=1)

    def arrays(self) -> dict[str, Integers]:
        cells = np.concatenate(self.cells)  # of which those go where nobody is
        return dict(zip(along("cell"), cells[cells[:, -1] > 0].T, strict=True))

    def under_way(self, kind: Kind, row: str, letters_out: int, appointments_made: int) -> None:
        """Letters out, and appointments made: each evenly over the weeks that it takes.

        For a follow-up the last conversation was a lead time less than an interval before the letter.
        """
        answer, planned = self.whole("policy.attempt_spacing_weeks"), self.whole("policy.appointment_weeks")
        for state, number, takes, ago in (
            (State.INVITED, letters_out, answer, 0),
            (State.APPOINTMENT, appointments_made, max(1, planned), answer),
        ):
            for s, n in self.by_segment(number):
                name = self.segments[s]
                cycle = self.whole("policy.interval_weeks", name) - self.whole("policy.lead_weeks", name)
                wait, count = evenly(n, 0, takes - 1)
                sent = ago + takes - wait
                known: Any = {"contact": 1, "age": cycle + sent} if kind == Kind.FOLLOW_UP else {}
                self.add(state, s, count, row, kind=kind, offer=sent, wait=wait, **known)

    def spoken(self, total: int, in_support: int, **busy: int) -> None:
        """People spoken to: evenly over the agreed interval, or overdue up to the oldest conversation."""
        overdue_share = self.reader.exact("people.overdue_at_start")
        oldest = self.whole("people.oldest_contact_weeks")
        in_support = self.fits("people.in_support", in_support, "spoken", total, **busy)
        support = dict(self.by_segment(in_support))
        whole = dict(self.by_segment(total))
        for s, n in self.by_segment(total - sum(busy.values())):
            interval = self.whole("policy.interval_weeks", self.segments[s])
            late = min(n, half_up(whole[s] * overdue_share))
            parts = evenly(n - late, 1, interval), evenly(late, interval + 1, max(oldest, interval + 1))
            ages, counts = (np.concatenate(both) for both in zip(*parts, strict=True))
            helped = _spread(counts, min(support[s], n))
            each, age = np.column_stack([helped, counts - helped]), np.repeat(ages, 2)
            known: Any = {"contact": 1, "support": np.tile([1, 0], len(ages)), "age": age, "offer": age}
            state = np.where(age <= interval, State.IN_CONTACT, State.OVERDUE)
            self.add(state, s, each.ravel(), "follow_up", wait=interval - age, **known)

    def waiting(self, total: int, state: State, row: str, again: Fraction) -> None:
        """Declined or not reached, evenly over the past; part may be invited again after the delay."""
        delay, oldest = self.whole("policy.reinvite_delay_weeks"), self.whole("people.oldest_refusal_weeks")
        for s, n in self.by_segment(total):
            ages, counts = evenly(n, 1, max(1, oldest))
            may = _spread(counts, half_up(n * again))
            each = np.column_stack([may, counts - may])
            wait = np.column_stack([np.maximum(0, delay - ages), np.full(len(ages), -1)])
            self.add(state, s, each.ravel(), row, offer=np.repeat(ages, 2), wait=wait.ravel())


def _under_way(cells: _Cells, total: dict[str, int]) -> dict[str, dict[str, int]]:
    """Letters out and appointments made before week one, by published category."""
    share = cells.reader.exact("people.under_way_follow_up_share")
    parts = {"spoken": share}
    parts |= {
        n: (1 - share) * total[n] / max(1, total["declined_or_wij"] + total["not_reached"])
        for n in ("declined_or_wij", "not_reached")
    }
    out = {}
    for name, part in parts.items():
        letters, made = (
            half_up(part * cells.whole(f"people.{w}")) for w in ("letters_out", "appointments_made")
        )
        letters = cells.fits("people.letters_out", letters, name, total[name])
        made = cells.fits("people.appointments_made", made, name, total[name], letters_out=letters)
        out[name] = {"letters_out": letters, "appointments_made": made}
    return out


def stock(reader: Reader, segments: tuple[str, ...]) -> dict[str, Integers]:
    """Cells of the starting stock from the published counts.

    ``reader``: the scenario. ``segments``: names, in order. Returns arrays ``stock_*`` of ``Compiled``.
    Published categories become states: the spoken are in contact or overdue, and some of them in support
    beside that; part of "declined or known to WIJ" is known to WIJ. People in services outside come on top of
    the published group.
    """
    cells = _Cells(reader, segments)
    parts = {name: cells.whole("people.stock", name) for name in reader.names("people.stock")}
    wij = min(cells.whole("people.known_to_wij"), parts.get("declined_or_wij", 0))
    helped = sum(cells.whole("people.in_support", name) for name in reader.names("people.in_support"))
    total = {name: parts.get(name, 0) for name in ("spoken", "declined_or_wij", "not_reached")}
    total["declined_or_wij"] -= wij
    busy = _under_way(cells, total)
    cells.spoken(total["spoken"], helped, **busy["spoken"])
    longest = cells.whole("people.longest_wait_weeks")
    for s, n in cells.by_segment(parts.get("never_invited", 0)):
        wait, count = evenly(n, 0, longest)
        cells.add(State.NEVER_INVITED, s, count, wait=wait)
    for state, row, part, share in (
        (State.DECLINED, "declined", "declined_or_wij", "refusal_not_definitive"),
        (State.NOT_REACHED, "new", "not_reached", "not_reached_invited_again"),
    ):
        cells.waiting(total[part] - sum(busy[part].values()), state, row, reader.exact(f"contact.{share}"))
    for part, kind, row in (
        ("spoken", Kind.FOLLOW_UP, "follow_up"),
        ("declined_or_wij", Kind.AGAIN, "declined"),
        ("not_reached", Kind.AGAIN, "new"),
    ):
        cells.under_way(kind, row, **busy[part])
    for s, n in cells.by_segment(wij):
        cells.add(State.KNOWN_TO_WIJ, s, n)
    cells.outside()
    return cells.arrays()


def consenting(reader: Reader, stock: dict[str, Any]) -> dict[str, Any]:
    """Return the starting stock with those known to WIJ who consent to a joint invitation set apart.

    ``reader``: the scenario. ``stock``: the arrays ``stock_*``. Their wait is the week from which the policy
    invites them jointly; nobody else known to WIJ is ever invited.
    """
    days = [reader.start, *reader.steps("policy.wij_rule")]
    first = [day for day in days if reader.atom("policy.wij_rule", day) == "joint_with_consent"]
    wij = stock["stock_state"] == State.KNOWN_TO_WIJ
    stock = stock | {"stock_wait": np.where(wij, -1, stock["stock_wait"])}
    if not first:
        return stock
    share = reader.exact("contact.wij_consent_share")
    number = stock["stock_count"][wij]
    may = _spread(number, half_up(int(number.sum()) * share))
    apart = {name: np.repeat(stock[name], 1 + wij) for name in along("cell")}
    second = np.flatnonzero(wij) + np.arange(1, len(number) + 1)  # each behind the cell it is part of
    apart["stock_count"][second] = may
    apart["stock_count"][second - 1] = number - may
    apart["stock_wait"][second] = -(-(first[0] - reader.start).days // 7)
    return stock | apart


@dataclass(frozen=True)
class Counted:
    """How many people of each kind a register holds on its reference day; no persons.

    ``cells``: from :func:`kik_analysis.people.register.stock`. ``day``: the register's reference day.
    """

    cells: pl.DataFrame
    day: datetime.date

    def fields(self, reader: Reader) -> dict[str, Any]:
        """Return the arrays ``stock_*`` of ``Compiled``.

        ``reader``: the scenario. People in services outside are in no register of the group: they come on
        top, as with the published stock. ModelError the run starts on another day, or a segment of the
        register is not one of the scenario.
        """
        segments = reader.names("people.segment_share")
        if self.day != reader.start:
            raise ModelError(
                f"{reader.where('run.start')}: the register counts people on another day "
                f"(got {reader.start}; expected {self.day}: set run.start to it)"
            )
        if unknown := sorted(set(self.cells["segment"].to_list()) - set(segments)):
            raise ModelError(
                f"{reader.where('people.segment_share')}: no share for a segment of the register "
                f"(got {', '.join(segments)}; expected {', '.join(unknown)} too)"
            )
        codes: dict[str, Any] = {"state": {state.name.lower(): int(state) for state in State}, "row": ROW}
        codes["segment"] = {name: place for place, name in enumerate(segments)}
        coded = self.cells.with_columns(self.cells[name].replace_strict(to) for name, to in codes.items())
        found = {f"stock_{one.name}": one.to_numpy().astype(np.int64) for one in coded}
        found["stock_kind"] = np.zeros(self.cells.height, np.int64)  # nothing is under way in a register
        cells = _Cells(reader, segments)
        cells.outside()
        outside = cells.arrays()
        return {name: np.concatenate([found[name], outside[name]]) for name in outside}


def counted(register: Register) -> Counted:
    """Count the current members of a register.

    ``register``: of synthetic people.
    """
    from kik_analysis.people import register as registers

    day = datetime.date.fromisoformat(str(register.about["reference_day"]))
    return Counted(registers.stock(register), day)


def before(c: Compiled) -> dict[str, float]:
    """Return what stands before week one: the starting stock itself, counted as a week is recorded.

    ``c``: the scenario. Returns by measure: states, ``group_size``, ``in_support``, ``backlog``,
    ``outside_services``, and shares and numbers of people approached, in contact and spoken to in the last 52
    weeks.
    """
    group, n = np.isin(c.stock_state, GROUP), c.stock_count
    talked = group & (c.stock_age > 0) & (c.stock_age < YEAR)
    states = (*map(State, GROUP), State.OUTSIDE_SERVICES)
    kinds = {state.name.lower(): c.stock_state == state for state in states}
    kinds |= {"group_size": group, "in_support": group & (c.stock_support == 1)}
    kinds |= {"backlog": kinds["never_invited"], "contact_persons": talked, "spoken_persons": talked}
    kinds["approached_persons"] = group & (c.stock_offer_age > 0) & (c.stock_offer_age < YEAR)
    found = {name: float(n[kind].sum()) for name, kind in kinds.items()}
    size = max(found["group_size"], 1)
    return found | {f"{word}_52_weeks": found[f"{word}_persons"] / size for word in REACH}
