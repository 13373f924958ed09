"""Counts per cell and replication, stored where they are not zero.

A cell is all that decides the future of the people in it: state, segment, willingness, contact, the running
invitation, the week of the next conversation; with it go the weeks of the last conversation and the last
offer, which are recorded only. Cells are packed in one whole number. An entry is a cell, a row (a
replication) and a number of people; nothing tells two people of one entry apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

WINDOW = 52


class Field(NamedTuple):
    """Some bits of a packed cell."""

    shift: int
    bits: int

    def of(self, code: Array) -> Array:
        """Value of this field."""
        return (code >> self.shift) & ((1 << self.bits) - 1)

    def put(self, code: Array, value: Any) -> Array:
        """The same cells with another value in this field."""
        mask = ((1 << self.bits) - 1) << self.shift
        return np.asarray((code & ~mask) | (np.asarray(value, dtype=np.int64) << self.shift))


STATE = Field(0, 4)
SEGMENT = Field(4, 6)
WILLING = Field(10, 9)  # willingness row
CONTACT = Field(19, 1)
KIND = Field(20, 2)
STEP = Field(22, 7)  # attempt of the running invitation; after a yes: appointments missed
DUE = Field(29, 12)
TALK = Field(41, 11)  # week of the last conversation + 53; 0: none that counts
OFFER = Field(52, 11)


def label(week: Any) -> Array:
    """Weeks of a last conversation or offer as stored: 0 where more than 52 weeks before the start."""
    return np.asarray(np.maximum(np.asarray(week) + WINDOW + 1, 0))


@dataclass(frozen=True)
class People:
    """Entries: cells, rows and numbers, all (e,)."""

    code: Array
    row: Array
    n: Array

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, which: Any) -> People:
        return People(self.code[which], self.row[which], self.n[which])

    def of(self, field: Field) -> Array:
        """Value of a field, per entry."""
        return field.of(self.code)

    def put(self, field: Field, value: Any) -> People:
        """The same people with another value in a field."""
        return People(field.put(self.code, value), self.row, self.n)

    def some(self, n: Array) -> People:
        """Another number of people in the same cells; entries without anybody are dropped."""
        here = n.nonzero()[0]
        return People(self.code[here], self.row[here], n[here])

    def singly(self) -> People:
        """One entry for each person."""
        if not len(self) or self.n.max() == 1:
            return self
        return People(
            np.repeat(self.code, self.n), np.repeat(self.row, self.n), np.ones(int(self.n.sum()), np.int64)
        )


def nobody() -> People:
    """No entries."""
    nothing = np.zeros(0, dtype=np.int64)
    return People(nothing, nothing, nothing)


def concatenate(parts: Iterable[People]) -> People:
    """All entries of some parts, in order."""
    parts = list(parts)
    if not parts:
        return nobody()
    return People(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("code", "row", "n")))


def together(parts: Iterable[People], rows: int) -> People:
    """All entries of some parts; equal ones are added up where there are many."""
    people = concatenate(parts)
    return merged(people) if len(people) > MERGE * rows else people


MERGE = 300  # entries per row; sorting that many costs less than handling them one by one


def merged(people: People) -> People:
    """Add up entries of the same cell and row."""
    order = np.lexsort((people.row, people.code))
    code, row = people.code[order], people.row[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (code[1:] != code[:-1]) | (row[1:] != row[:-1])
    starts = first.nonzero()[0]
    return People(code[starts], row[starts], np.add.reduceat(people.n[order], starts))


def lumped(people: People, rows: int) -> People:
    """Add up entries of the same cell and row, where there are few different cells among many entries."""
    cells, number = np.unique(people.code, return_inverse=True)
    if len(cells) * rows > 4 * len(people):
        return people
    table = np.bincount(number * rows + people.row, weights=people.n, minlength=len(cells) * rows)
    at = table.nonzero()[0]
    return People(cells[at // rows], at % rows, table[at].astype(np.int64))


class Book:
    """People under the week in which something happens to them.

    Parameters
    ----------
    weeks, rows
        Weeks of the run (what lies later is not kept) and rows of the block.
    span
        Weeks that share a page: a page is searched every week, but a long line of dates costs fewer pieces.
    """

    def __init__(self, weeks: int, rows: int, span: int = 1) -> None:
        self.weeks, self.rows, self.span = weeks, rows, span
        self.pages: dict[int, list[tuple[People, Array]]] = {}

    def write(self, people: People, week: Array) -> None:
        """Enter people."""
        if not len(week):
            return
        first, last = int(week.min()), int(week.max())
        if first >= self.weeks:
            return
        if first // self.span == last // self.span:
            self.pages.setdefault(first // self.span, []).append((people, week))
            return
        week = np.minimum(week, self.weeks).astype(np.int16)  # 16 bits are sorted in linear time
        page = week // np.int16(self.span)
        order = np.argsort(page, kind="stable")
        page, people, week = page[order], people[order], week[order]
        edges = [0, *(np.diff(page).nonzero()[0] + 1).tolist(), len(page)]
        for a, b in pairwise(edges):
            if page[a] * self.span < self.weeks:
                self.pages.setdefault(int(page[a]), []).append((people[a:b], week[a:b]))

    def open(self, week: int) -> People:
        """Take out the people of a week."""
        pieces = self.pages.pop(week // self.span, [])
        if self.span == 1 or not pieces:
            return together((people for people, _ in pieces), self.rows)
        people, weeks = concatenate(p for p, _ in pieces), np.concatenate([w for _, w in pieces])
        later = (weeks > week).nonzero()[0]
        if len(later):
            self.pages[week // self.span] = [(people[later], weeks[later])]
        return people[(weeks == week).nonzero()[0]]
