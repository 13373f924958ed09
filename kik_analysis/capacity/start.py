"""The people at the start of a run: cells of identical people, from the published stock or a register."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import GROUP, YEAR, Compiled, Kind, State, along
from kik_analysis.capacity.measures import ALL as EVERYBODY
from kik_analysis.capacity.measures import REACH
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError
from kik_analysis.parameters.values import ALL
from kik_analysis.statistics.rounding import half_up, shared_out

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.people.register import Register


def evenly(total: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Spread people evenly over whole weeks first..last; pairs of week and number, none where nobody is."""
    return ((first + k, n) for k, n in enumerate(_spread([1] * (last - first + 1), total)) if n)


class _Cells:
    """Collects cells of identical people: their number, and what is known of them."""

    def __init__(self, reader: Reader, segments: Sequence[str], rows: dict[str, int]) -> None:
        self.reader, self.segments, self.rows = reader, segments, rows
        self.shares = [reader.exact("people.segment_share", name=s) for s in segments]
        self.cells: list[tuple[int, ...]] = []

    def by_segment(self, total: int) -> Iterator[tuple[int, int]]:
        return iter(enumerate(shared_out(total, self.shares)))

    def whole(self, path: str, name: str = ALL) -> int:
        return round(self.reader.number(path, name=name))

    def add(
        self, state: State, segment: int, count: int, row: str = "new", *,
        contact: int = 0, support: int = 0, kind: int = 0, age: int = -1, offer: int = -1, wait: int = 0,
    ) -> None:  # fmt: skip
        if count:
            known = (contact, support, kind, age, offer, wait, count)
            self.cells.append((state, segment, self.rows[row], *known))

    def outside(self) -> None:
        """People in services outside, with contact once made; no register of the group holds them."""
        for s, n in self.by_segment(self.whole("people.in_services_at_start")):
            self.add(State.OUTSIDE_SERVICES, s, n, "follow_up", contact=1)

    def arrays(self) -> dict[str, npt.NDArray[np.int64]]:
        fields = along("cell")
        return dict(zip(fields, np.array(self.cells, dtype=np.int64).reshape(-1, len(fields)).T, strict=True))

    def under_way(self, letters: int, made: int, kind: Kind, row: str) -> None:
        """Letters out, and appointments made: each evenly over the weeks that it takes.

        For a follow-up the last conversation was a lead time less than an interval before the letter.
        """
        answer, planned = self.whole("policy.attempt_spacing_weeks"), self.whole("policy.appointment_weeks")
        for state, number, takes, ago in (
            (State.INVITED, letters, answer, 0), (State.APPOINTMENT, made, max(1, planned), answer),
        ):  # fmt: skip
            for s, n in self.by_segment(number):
                name = self.segments[s]
                cycle = self.whole("policy.interval_weeks", name) - self.whole("policy.lead_weeks", name)
                for wait, count in evenly(n, 0, takes - 1):
                    sent = ago + takes - wait
                    known = {"contact": 1, "age": cycle + sent} if kind == Kind.FOLLOW_UP else {}
                    self.add(state, s, count, row, kind=kind, offer=sent, wait=wait, **known)

    def spoken(self, total: int, in_support: int, under_way: int) -> None:
        """People spoken to: evenly over the agreed interval, or overdue up to the oldest conversation."""
        overdue_share = self.reader.exact("people.overdue_at_start")
        oldest = self.whole("people.oldest_contact_weeks")
        support = dict(self.by_segment(in_support))
        whole = dict(self.by_segment(total))
        for s, n in self.by_segment(total - under_way):
            interval = self.whole("policy.interval_weeks", self.segments[s])
            late = min(n, half_up(whole[s] * overdue_share))
            ages = [*evenly(n - late, 1, interval), *evenly(late, interval + 1, max(oldest, interval + 1))]
            helped = _spread([count for _, count in ages], min(support[s], n))
            for (age, count), k in zip(ages, helped, strict=True):
                known = {"contact": 1, "age": age, "offer": age, "wait": interval - age}
                state = State.IN_CONTACT if age <= interval else State.OVERDUE
                self.add(state, s, k, "follow_up", support=1, **known)
                self.add(state, s, count - k, "follow_up", **known)

    def waiting(self, total: int, state: State, row: str, again: Fraction) -> None:
        """Declined or not reached, evenly over the past; part may be invited again after the delay."""
        delay, oldest = self.whole("policy.reinvite_delay_weeks"), self.whole("people.oldest_refusal_weeks")
        for s, n in self.by_segment(total):
            ages = list(evenly(n, 1, max(1, oldest)))
            may = _spread([count for _, count in ages], half_up(n * again))
            for (age, count), k in zip(ages, may, strict=True):
                self.add(state, s, k, row, offer=age, wait=max(0, delay - age))
                self.add(state, s, count - k, row, offer=age, wait=-1)


def _spread(counts: Sequence[int], total: int) -> list[int]:
    """Choose ``total`` people evenly from cells of given sizes."""
    whole = max(1, sum(counts))
    until = [total * seen // whole for seen in itertools.accumulate(counts)]
    return [b - a for a, b in itertools.pairwise([0, *until])]


def _under_way(cells: _Cells, total: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Letters out and appointments made before week one, by published category; never more than there are."""
    share = cells.reader.exact("people.under_way_follow_up_share")
    parts = {"spoken": share}
    parts |= {n: (1 - share) * total[n] / max(1, total["declined_or_wij"] + total["not_reached"])
              for n in ("declined_or_wij", "not_reached")}  # fmt: skip
    out = {}
    for name, part in parts.items():
        letters, made = (
            half_up(part * cells.whole(f"people.{w}")) for w in ("letters_out", "appointments_made")
        )
        letters = min(letters, total[name])
        out[name] = letters, min(made, total[name] - letters)
    return out


def stock(reader: Reader, segments: Sequence[str], rows: dict[str, int]) -> dict[str, npt.NDArray[np.int64]]:
    """Cells of the starting stock from the published counts.

    ``reader``: the scenario. ``segments``: names, in order. ``rows``: willingness row of people who are
    ``new``, who ``declined`` once, and who are in ``follow_up``. Returns arrays ``stock_*`` of ``Compiled``.
    Published categories become states: the spoken are in contact or overdue, and some of them in support
    beside that; part of "declined or known to WIJ" is known to WIJ. People in services outside come on top of
    the published group.
    """
    cells = _Cells(reader, segments, rows)
    parts = {name: cells.whole("people.stock", name) for name in reader.names("people.stock")}
    wij = min(cells.whole("people.known_to_wij"), parts.get("declined_or_wij", 0))
    helped = sum(cells.whole("people.in_support", name) for name in reader.names("people.in_support"))
    total = {name: parts.get(name, 0) for name in ("spoken", "declined_or_wij", "not_reached")}
    total["declined_or_wij"] -= wij
    busy = _under_way(cells, total)
    cells.spoken(total["spoken"], helped, sum(busy["spoken"]))
    longest = cells.whole("people.longest_wait_weeks")
    for s, n in cells.by_segment(parts.get("never_invited", 0)):
        for wait, count in evenly(n, 0, longest):
            cells.add(State.NEVER_INVITED, s, count, wait=wait)
    for state, row, part, share in (
        (State.DECLINED, "declined", "declined_or_wij", "refusal_not_definitive"),
        (State.NOT_REACHED, "new", "not_reached", "not_reached_invited_again"),
    ):
        cells.waiting(total[part] - sum(busy[part]), state, row, reader.exact(f"contact.{share}"))
    for part, kind, row in (
        ("spoken", Kind.FOLLOW_UP, "follow_up"), ("declined_or_wij", Kind.AGAIN, "declined"),
        ("not_reached", Kind.AGAIN, "new"),
    ):  # fmt: skip
        cells.under_way(*busy[part], kind, row)
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
    may = np.array(_spread(number.tolist(), half_up(int(number.sum()) * share)), dtype=np.int64)
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

    def fields(self, reader: Reader, rows: dict[str, int]) -> dict[str, Any]:
        """Return the arrays ``stock_*`` of ``Compiled``.

        ``reader``: the scenario. People in services outside are in no register of the group: they come on
        top, as with the published stock. ``rows``: willingness row of people who are ``new``, who
        ``declined`` once, and who are in ``follow_up``. ModelError the run starts on another day, or a
        segment of the register is not one of the scenario.
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
        codes: dict[str, Any] = {"state": {state.name.lower(): int(state) for state in State}, "row": rows}
        codes["segment"] = {name: place for place, name in enumerate(segments)}
        coded = self.cells.with_columns(self.cells[name].replace_strict(to) for name, to in codes.items())
        found = {f"stock_{one.name}": one.to_numpy().astype(np.int64) for one in coded}
        found["stock_kind"] = np.zeros(self.cells.height, np.int64)  # nothing is under way in a register
        cells = _Cells(reader, segments, rows)
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


def before(c: Compiled) -> dict[tuple[str, str], float]:
    """Return what stands before week one: the starting stock itself, counted as a week is recorded.

    ``c``: the scenario. Returns by measure and segment (``all`` too): states, ``group_size``, ``in_support``,
    ``backlog``, ``outside_services``, and shares and numbers of people approached, in contact and spoken to
    in the last 52 weeks.
    """
    found: dict[tuple[str, str], float] = {}
    group, n = np.isin(c.stock_state, GROUP), c.stock_count
    talked = group & (c.stock_age > 0) & (c.stock_age < YEAR)
    states = (*map(State, GROUP), State.OUTSIDE_SERVICES)
    kinds = {state.name.lower(): c.stock_state == state for state in states}
    kinds |= {"group_size": group, "in_support": group & (c.stock_support == 1)}
    kinds |= {"backlog": kinds["never_invited"], "contact_persons": talked, "spoken_persons": talked}
    kinds["approached_persons"] = group & (c.stock_offer_age > 0) & (c.stock_offer_age < YEAR)
    for number, segment in enumerate((*c.segments, EVERYBODY)):
        mine = (c.stock_segment == number) | (segment == EVERYBODY)
        for name, kind in kinds.items():
            found[name, segment] = float(n[kind & mine].sum())
        size = max(found["group_size", segment], 1)
        for word in REACH:
            found[f"{word}_52_weeks", segment] = found[f"{word}_persons", segment] / size
    return found
