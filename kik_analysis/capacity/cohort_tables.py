"""Parameters of one scenario, or of many parameter draws, in the shape the cohort engine reads.

The last axis of every array is the draw: 1 for one scenario, so that it broadcasts against the rows of a
block; one entry per row of the block for many draws.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.check import check as possible
from kik_analysis.capacity.codes import Queue
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.errors import ModelError

Array = npt.NDArray[Any]

#: Queues from which an invitation starts.
STARTING = (Queue.FOLLOW_UP, Queue.FIRST, Queue.NOT_REACHED, Queue.DECLINED)

# Fields that decide which cells exist and how lanes are walked; draws of one call must agree on them.
_SHARED = (
    "letters_open",
    "attempts",
    "after_accept",
    "after_refusal",
    "after_conversation",
    "lane",
)
_STOCK = ("state", "segment", "row", "contact", "age", "offer_age", "wait", "count")
_SCALARS = ("appointments_max", "newest_first", "segments", "start")
_MOST = {"weeks": 1900, "segments": 63, "willingness rows": 511, "appointments and letters": 127}


def check(draws: Sequence[Compiled]) -> None:
    """Refuse what the cohort engine cannot compute exactly.

    Raises
    ------
    ModelError
        A scenario is not lumpable, a delay is impossible, or draws differ in structure.
    """
    if not draws:
        raise ModelError("cohort engine: no scenario given; expected at least one")
    first = draws[0]
    sizes = (
        first.weeks,
        len(first.segments),
        len(first.after_accept),
        max(first.appointments_max, first.letter_minutes.shape[1]),
    )
    for (what, most), size in zip(_MOST.items(), sizes, strict=True):
        if size > most:
            raise ModelError(
                f"scenario {first.name}: {what}: got {size}; the cohort engine takes at most {most}, "
                "the calendar engine more"
            )
    for c in draws:
        possible(c)
        for reason in c.not_lumpable():
            raise ModelError(
                f"scenario {c.name}: the cohort engine cannot run this ({reason}); use engine: calendar"
            )
        same = all(
            a.shape == first.arrays()[n].shape for n, a in c.arrays().items() if not n.startswith("stock_")
        ) and all(np.array_equal(getattr(c, n), getattr(first, n)) for n in (*_SHARED, *_SCALARS))
        if not same or not np.array_equal(c.conversation_minutes < 0, first.conversation_minutes < 0):
            raise ModelError(
                f"scenario {c.name}: differs from {first.name} in weeks, segments, lanes, letters or rows "
                "of willingness; draws of one cohort run must share these"
            )


class Tables:
    """Arrays of one block of rows; index as in ``docs/model.md``, then the row (or 0: the same for all)."""

    def __init__(self, draws: Sequence[Compiled], draw: npt.NDArray[np.int64]) -> None:
        self.first = draws[0]
        self.many = len(draws) > 1
        self.rows, self._draws, self._draw = len(draw), draws, draw
        self.weeks, self.segments = self.first.weeks, len(self.first.segments)
        self._values: dict[str, Array] = {}
        for field in dataclasses.fields(Compiled):
            values = [getattr(c, field.name) for c in draws]
            if isinstance(values[0], bool) or not isinstance(values[0], np.ndarray | int):
                continue
            if field.name.startswith("stock_"):
                continue
            stacked = np.stack([np.asarray(v) for v in values], axis=-1)
            self._values[field.name] = stacked[..., draw] if self.many else stacked

    def __getitem__(self, name: str) -> Array:
        return self._values[name]

    def stock(self) -> tuple[dict[str, Array], Array]:
        """The starting stock: fields of every cell in every row (entries,), and the row of each.

        Draws need not have the same cells, so the stock has no axis of draws.
        """
        cells: list[tuple[Array, ...]] = []
        rows = []
        for number in np.unique(self._draw) if self.many else [0]:
            c = self._draws[number]
            here = (self._draw == number).nonzero()[0] if self.many else np.arange(self.rows)
            full = c.stock_count.nonzero()[0]
            cells.append(tuple(np.repeat(getattr(c, f"stock_{name}")[full], len(here)) for name in _STOCK))
            rows.append(np.tile(here, len(full)))
        fields = (np.concatenate(field) for field in zip(*cells, strict=True))
        return dict(zip(_STOCK, fields, strict=True)), np.concatenate(rows)

    def at(self, name: str, row: Array, *index: Any) -> Array:
        """Values for people: index arrays as in the scenario, and the row each of them is in."""
        return np.asarray(self._values[name][(*index, row if self.many else 0)])


class Tasks:
    """What people in queues wait for: minutes, promises and whether it is open, by task number and week."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.segments = tables.segments
        self.most = tables["letter_minutes"].shape[1]
        s, a = self.segments, self.most
        self.number = 3 * s * (1 + a + 1)
        promise = tables["promise_minutes"].reshape(3 * s, -1)
        nothing = np.zeros((3 * s * a, promise.shape[1]), dtype=np.int64)
        #: promise that a start adds; promise that a conversation gives back
        self.asks = np.concatenate([np.zeros_like(promise), nothing, promise])
        self.gives = np.concatenate([promise, nothing, np.zeros_like(promise)])
        self.starts = np.arange(self.number) >= 3 * s * (1 + a)
        self.talks = np.arange(self.number) < 3 * s
        self.lane = self._lanes()

    def number_of(self, queue: Any, segment: Any, kind: Any, attempt: Any) -> Array:
        """Number of a task: conversations by kind, next letters by kind and attempt, starts by kind."""
        s = self.segments
        later = 3 * s + (attempt * 3 + kind) * s + segment
        start = 3 * s * (1 + self.most) + kind * s + segment
        first = kind * s + segment
        number = np.where(queue == Queue.ATTEMPT, later, start)
        return np.asarray(np.where(queue == Queue.APPOINTMENT, first, number))

    def _lanes(self) -> list[Array]:
        """Task numbers that can occur in each lane, lanes in ascending order."""
        lane = self.tables.first.lane
        out: dict[int, set[int]] = {int(x): set() for x in np.unique(lane)}
        for s in range(self.segments):
            for kind in range(3):
                out[int(lane[Queue.APPOINTMENT, s])].add(int(self.number_of(Queue.APPOINTMENT, s, kind, 0)))
                for attempt in range(1, int(self.tables.first.attempts[kind])):
                    out[int(lane[Queue.ATTEMPT, s])].add(int(self.number_of(Queue.ATTEMPT, s, kind, attempt)))
                for queue in STARTING:
                    out[int(lane[queue, s])].add(int(self.number_of(queue, s, kind, 0)))
        return [np.array(sorted(out[x]), dtype=np.int64) for x in sorted(out)]

    def week(self, t: int) -> tuple[Array, npt.NDArray[np.bool_]]:
        """Planned minutes (task, row) and whether a task is open (task,), in week t."""
        talk = self.tables["conversation_minutes"][t]
        letter = self.tables["letter_minutes"]
        talks = np.concatenate([talk] * 3)
        attempts = [np.repeat(letter[:, j], self.segments, axis=0) for j in range(self.most)]
        starts = np.repeat(letter[:, 0], self.segments, axis=0)
        mail = self.tables.first.letters_open[t]
        can_talk = self.tables.first.conversation_minutes[t] >= 0
        is_open = np.concatenate([can_talk] * 3 + [mail] * (3 * self.most + 3))
        return np.concatenate([talks, *attempts, starts]), is_open
