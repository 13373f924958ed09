"""What was put right in the claims after a second reading of the documents: ``corrections.csv``.

Corrections are data: each says what stood in the first version of the list, what stands there now, why,
and where that was checked. The kinds are those of the guide to revisions of the British statistics office:
a mistake, better data, a recalculation.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.reads import note
from kik_analysis.facts.claim import COLUMNS as CLAIM_COLUMNS
from kik_analysis.facts.claim import Claim
from kik_analysis.facts.documents import Document, load_documents
from kik_analysis.facts.guard import read_claims
from kik_analysis.reading.problems import Problems, did_you_mean
from kik_analysis.reading.records import Row, read_rows

FILE = "corrections.csv"


class CorrectionKind(StrEnum):
    """Why something changed."""

    MISTAKE = "mistake"
    BETTER_DATA = "better_data"
    RECALCULATION = "recalculation"


@dataclass(frozen=True)
class Correction:
    """One field of one claim that was put right.

    Attributes
    ----------
    claim, field
        Claim id, and the column of ``claims.csv``.
    was, now
        The cell before and after; ``now`` is what ``claims.csv`` holds.
    reason, reason_nl
        Why, in English and Dutch.
    kind
        Mistake, better data or recalculation.
    document, place
        Where it was checked.
    """

    claim: str
    field: str
    was: str
    now: str
    reason: str
    reason_nl: str
    kind: CorrectionKind
    document: str
    place: str


COLUMNS = tuple(Correction.__dataclass_fields__)


class _Guard:
    def __init__(
        self, problems: Problems, claims: Mapping[str, Claim], documents: Mapping[str, Document]
    ) -> None:
        self.problems = problems
        self.claims = claims
        self.documents = documents
        self.seen: dict[tuple[str, str], int] = {}

    def _wrong(self, row: Row, column: str, what: str, expected: str = "") -> None:
        key = f"{row['claim']}.{column}" if row["claim"] else column
        self.problems.add(row, what, key=key, got=row[column], expected=expected)

    def check(self, row: Row) -> None:
        """Add what is wrong with a row."""
        pair = row["claim"], row["field"]
        if pair in self.seen:
            self._wrong(row, "field", f"corrected on line {self.seen[pair]} too", "one row per field")
        self.seen.setdefault(pair, row.line)
        for column in ("reason", "reason_nl", "place"):
            if not row[column].strip():
                self._wrong(row, column, "empty", "a text")
        if row["kind"] not in set(CorrectionKind):
            self._wrong(row, "kind", "unknown kind", f"one of {', '.join(CorrectionKind)}")
        if row["document"] not in self.documents:
            self._wrong(row, "document", "unknown document", f"one of {', '.join(self.documents)}")
        claim = self.claims.get(row["claim"])
        if claim is None:
            near = did_you_mean(row["claim"], self.claims)
            self._wrong(row, "claim", f"unknown claim{near}", "an id in claims.csv")
        if row["field"] not in CLAIM_COLUMNS:
            near = did_you_mean(row["field"], CLAIM_COLUMNS)
            self._wrong(row, "field", f"unknown field{near}", "a column of claims.csv")
        elif claim is not None and claim.cell(row["field"]) != row["now"]:
            holds = claim.cell(row["field"]) or "an empty cell"
            self._wrong(row, "now", "not what claims.csv holds", holds)
        if row["was"] == row["now"]:
            self._wrong(row, "was", "nothing was corrected", "another text than in now")


def load_corrections(path: Path) -> tuple[Correction, ...]:
    """Read a file of corrections; the ``claims.csv`` and ``documents.csv`` beside it are checked with it.

    Parameters
    ----------
    path
        A CSV with the columns of :class:`Correction`.

    Raises
    ------
    DataError
        With every problem in the file, one line each.
    """
    claims = read_claims(path.with_name("claims.csv"))
    problems = Problems()
    rows = read_rows(path, COLUMNS, problems)
    guard = _Guard(problems, claims, load_documents(path.with_name("documents.csv")))
    for row in rows:
        guard.check(row)
    problems.raise_if_any(DataError)
    return tuple(Correction(**{**row.cells, "kind": CorrectionKind(row["kind"])}) for row in rows)  # type: ignore[arg-type]


@functools.lru_cache
def _loaded(path: Path) -> tuple[Correction, ...]:
    return load_corrections(path)


def corrections() -> tuple[Correction, ...]:
    """Return the corrections in the order of the claims; the read is on record."""
    found = _loaded(project.data("published", FILE))
    note("file", f"data/published/{FILE}", found)
    return found
