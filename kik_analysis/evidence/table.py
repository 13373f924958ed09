"""Tables with fixed columns: what a CSV, a workbook sheet and a page show alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kik_analysis.errors import ModelError

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["text", "whole", "decimal", "date", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column of a published table.

    Attributes
    ----------
    name
        As in the CSV; its titles stand in ``texts/tables.toml`` under ``<table>.<name>``.
    kind
        ``text``, ``whole``, ``decimal``, ``date`` or ``boolean``.
    unit
        Unit of the numbers, for example ``persons``; empty for text.
    decimals
        Decimals to which a ``decimal`` column is rounded before it is stored or drawn, so that platforms
        and patch versions of libraries agree to the byte.
    """

    name: str
    kind: Kind = "text"
    unit: str = ""
    decimals: int = 6


@dataclass(frozen=True)
class Table:
    """A polars frame whose columns are fixed: names, order and types are checked when it is made."""

    name: str
    frame: pl.DataFrame
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        import polars as pl

        names = tuple(column.name for column in self.columns)
        if tuple(self.frame.columns) != names:
            raise ModelError(
                f"table {self.name}: got the columns {', '.join(self.frame.columns)}; expected {', '.join(names)}"
            )
        types: dict[str, pl.DataType | type[pl.DataType]] = {
            "text": pl.String,
            "whole": pl.Int64,
            "decimal": pl.Float64,
            "date": pl.Date,
            "boolean": pl.Boolean,
        }
        casts = []
        for column in self.columns:
            cast = pl.col(column.name).cast(types[column.kind], strict=True)
            casts.append(cast.round(column.decimals) if column.kind == "decimal" else cast)
        object.__setattr__(self, "frame", self.frame.with_columns(casts))

    def csv(self) -> str:
        """Return the table as CSV (comma, point, UTF-8, line feed; an unknown value is an empty cell)."""
        return self.frame.write_csv(line_terminator="\n")
