"""What a claim is: one statement in one published document, with what its wording leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kik_analysis.errors import DataError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.facts.precision import Precision


class Kind(StrEnum):
    """What a claim is about."""

    COUNT = "count"
    SHARE = "share"
    RULE = "rule"
    DURATION = "duration"
    DATE = "date"
    CAPACITY = "capacity"
    DESIGN = "design"
    FREQUENCY = "frequency"
    COST = "cost"


@dataclass(frozen=True)
class Claim:
    """One statement in one document.

    Attributes
    ----------
    id
        ``L`` letter of 2019, ``D`` debate, ``W`` letter of 2016, ``Z`` board proposal; then a number.
    document, place, date
        Document id, section or time mark, and the document's date.
    subject
        Short name in English, unique.
    statement_en, statement_nl
        The statement in our own words.
    value, unit
        The number as printed and its unit; a share is a fraction of one. The value is None for a claim
        without a number, for a range (``between``) and for a date (which stands in ``as_of``).
    as_of
        The day or period that the statement is about.
    precision
        How the number is worded.
    low, high
        Interval that the wording leaves open; None for a limit that does not exist.
    reason, reason_nl
        Why the interval is this one; empty for a claim without a number.
    kind, derivation, note
        What it is about; how it follows from other claims; remarks.
    """

    id: str
    document: str
    place: str
    date: str
    subject: str
    statement_en: str
    statement_nl: str
    value: int | float | None
    unit: str
    as_of: str
    precision: Precision
    low: int | float | None
    high: int | float | None
    reason: str
    reason_nl: str
    kind: Kind
    derivation: str
    note: str

    @property
    def exact(self) -> bool:
        """Tell whether the number is printed to the last unit."""
        return self.precision is Precision.EXACT and self.value is not None

    @property
    def quantitative(self) -> bool:
        """Tell whether the claim holds a number, a limit or a range."""
        return any(part is not None for part in (self.value, self.low, self.high))

    @property
    def evidence(self) -> Evidence:
        """Return ``recomputed`` for a number that is printed nowhere, else ``published``."""
        return Evidence.RECOMPUTED if self.precision is Precision.DERIVED else Evidence.PUBLISHED

    @property
    def number(self) -> int | float:
        """Return the value.

        Raises
        ------
        DataError
            When the claim has none.
        """
        if self.value is None:
            raise DataError(f"claim {self.id} ({self.subject}) has no value; read low and high, or as_of")
        return self.value

    def cell(self, column: str) -> str:
        """Return a field as it stands in the file; empty where there is none."""
        part = getattr(self, column)
        return "" if part is None else str(part)

    @property
    def limits(self) -> tuple[int | float | None, int | float | None]:
        """Return low and high."""
        return self.low, self.high


COLUMNS = tuple(Claim.__dataclass_fields__)
"""The columns of ``claims.csv``, in order."""

NUMBERS = ("value", "low", "high")
"""The columns that hold numbers."""
