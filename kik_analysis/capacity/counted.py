"""The people at the start of a run, counted in a register instead of taken from the published stock."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kik_analysis.capacity import start
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.people.register import Register


@dataclass(frozen=True)
class Counted:
    """How many people of each kind a register holds on its reference day; no persons.

    Attributes
    ----------
    cells
        From :func:`kik_analysis.people.stock.stock`.
    day
        The register's reference day.
    synthetic
        Whether nobody in it exists; only then may one of the simulated people be shown.
    """

    cells: pl.DataFrame
    day: datetime.date
    synthetic: bool

    def fields(self, reader: Reader, rows: dict[str, int]) -> dict[str, Any]:
        """Return the arrays ``stock_*`` of ``Compiled`` and ``synthetic``.

        Parameters
        ----------
        reader
            The scenario. People in services outside are in no register of the group: they come on top, as
            with the published stock.
        rows
            Willingness row of people who are ``new``, who ``declined`` once, and who are in ``follow_up``.

        Raises
        ------
        ModelError
            The run starts on another day, or a segment of the register is not one of the scenario.
        """
        from kik_analysis.people import stock

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
        found = stock.arrays(self.cells, segments, rows)
        outside = start.outside(reader, segments, rows)
        return {
            **{name: np.concatenate([found[name], outside[name]]) for name in outside},
            "synthetic": self.synthetic,
        }


def counted(register: Register) -> Counted:
    """Count the current members of a register.

    Parameters
    ----------
    register
        Of synthetic people.
    """
    from kik_analysis.people import stock

    day = datetime.date.fromisoformat(str(register.about["reference_day"]))
    return Counted(stock.stock(register), day, synthetic=True)
