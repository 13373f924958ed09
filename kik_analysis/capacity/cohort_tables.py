"""Parameters of one scenario, or of many parameter draws, in the shape the cohort engine reads.

The last axis of every array is the draw: 1 for one scenario, so that it broadcasts against the rows of a
block; one entry per row of the block for many draws.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import Compiled, Kind, Queue
from kik_analysis.errors import ModelError

Array = npt.NDArray[Any]

# Fields that decide which cells exist at all; draws of one call must agree on them.
_SHARED = (
    "letters_open", "attempts", "after_accept", "after_refusal", "after_conversation", "lane",
    "stock_state", "stock_segment", "stock_row", "stock_contact",
)  # fmt: skip
_AT_LEAST = {"answer_weeks": 1, "again_declined": 1, "again_not_reached": 1, "rebook_weeks": 1, "interval": 1,
             "lead": 0, "appointment_weeks": 0, "return_weeks": 0, "agreed_weeks": 0, "letter_minutes": 0,
             "promise_minutes": 0, "minutes_available": 0}  # fmt: skip


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
    for c in draws:
        for reason in c.not_lumpable():
            raise ModelError(f"scenario {c.name}: {reason}; the calendar engine can run it, the cohort engine not")
        for name, least in _AT_LEAST.items():
            lowest = int(np.min(getattr(c, name), initial=least))
            if lowest < least:
                raise ModelError(f"scenario {c.name}: {name}: got {lowest}; expected at least {least}")
        same = all(np.array_equal(getattr(c, n), getattr(first, n)) for n in _SHARED)
        closed = np.array_equal(c.conversation_minutes < 0, first.conversation_minutes < 0)
        shapes = all(a.shape == first.arrays()[n].shape for n, a in c.arrays().items())
        if not (same and closed and shapes and c.appointments_max == first.appointments_max):
            raise ModelError(
                f"scenario {c.name}: differs from {first.name} in weeks, segments, lanes, letters, willingness rows"
                " or the cells of the stock; draws of one cohort run must share these (run it by itself)"
            )


class Tables:
    """Arrays of one block of rows; index as in ``docs/model.md``, then the row (or one for all)."""

    def __init__(self, draws: Sequence[Compiled], draw: npt.NDArray[np.int64]) -> None:
        self.first = draws[0]
        self.many = len(draws) > 1
        self.rows = len(draw)
        self.weeks, self.segments = self.first.weeks, len(self.first.segments)
        self._values: dict[str, Array] = {}
        for field in dataclasses.fields(Compiled):
            values = [getattr(c, field.name) for c in draws]
            if not isinstance(values[0], np.ndarray | int) or isinstance(values[0], bool):
                continue
            stacked = np.stack([np.asarray(v) for v in values], axis=-1)
            self._values[field.name] = stacked[..., draw] if self.many else stacked

    def __getitem__(self, name: str) -> Array:
        return self._values[name]

    def each(self, name: str, *index: int) -> Iterator[tuple[int, Array | None]]:
        """Distinct values of a whole number, each with the rows where it holds (None: all)."""
        values = self._values[name][index]
        if len(values) == 1:
            yield int(values[0]), None
            return
        for value in np.unique(values):
            mask = values == value
            yield int(value), None if mask.all() else mask


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
        self.lane = self._lanes()

    def task(self, queue: int, segment: int, kind: int, attempt: int) -> int:
        """Number of a task: conversations by kind, next letters by kind and attempt, starts by kind."""
        s = self.segments
        if queue == Queue.APPOINTMENT:
            return kind * s + segment
        if queue == Queue.ATTEMPT:
            return 3 * s + (attempt * 3 + kind) * s + segment
        return 3 * s * (1 + self.most) + kind * s + segment

    def _lanes(self) -> list[Array]:
        """Task numbers that can occur in each lane, lanes in ascending order."""
        lane = self.tables.first.lane
        out: dict[int, set[int]] = {int(x): set() for x in np.unique(lane)}
        for s in range(self.segments):
            for kind in Kind:
                out[int(lane[Queue.APPOINTMENT, s])].add(self.task(Queue.APPOINTMENT, s, kind, 0))
                for attempt in range(1, int(self.tables.first.attempts[kind])):
                    out[int(lane[Queue.ATTEMPT, s])].add(self.task(Queue.ATTEMPT, s, kind, attempt))
                for queue in (Queue.FOLLOW_UP, Queue.FIRST, Queue.AGAIN):
                    out[int(lane[queue, s])].add(self.task(queue, s, kind, 0))
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
