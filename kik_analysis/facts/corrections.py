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
from kik_analysis.facts.claims import COLUMNS as CLAIM_COLUMNS
from kik_analysis.facts.claims import Claim, Wrong, read_claims
from kik_analysis.facts.documents import load_documents
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

    ``claim``, ``field``: claim id, and the column of ``claims.csv``. ``was``, ``now``: the cell before and
    after; ``now`` is what ``claims.csv`` holds. ``reason``, ``reason_nl``: why, in English and Dutch.
    ``kind``: mistake, better data or recalculation. ``document``, ``place``: where it was checked.
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


def _wrong(row: Row, claims: Mapping[str, Claim], documents: tuple[str, ...]) -> Wrong:
    for column in ("reason", "reason_nl", "place"):
        if not row[column].strip():
            yield column, "empty", "a text"
    if row["kind"] not in set(CorrectionKind):
        yield "kind", "unknown kind", f"one of {', '.join(CorrectionKind)}"
    if row["document"] not in documents:
        yield "document", "unknown document", f"one of {', '.join(documents)}"
    claim = claims.get(row["claim"])
    if claim is None:
        yield "claim", f"unknown claim{did_you_mean(row['claim'], claims)}", "an id in claims.csv"
    if row["field"] not in CLAIM_COLUMNS:
        near = did_you_mean(row["field"], CLAIM_COLUMNS)
        yield "field", f"unknown field{near}", "a column of claims.csv"
    elif claim is not None and claim.cell(row["field"]) != row["now"]:
        yield "now", "not what claims.csv holds", claim.cell(row["field"]) or "an empty cell"
    if row["was"] == row["now"]:
        yield "was", "nothing was corrected", "another text than in now"


def load_corrections(path: Path) -> tuple[Correction, ...]:
    """Read a file of corrections; the ``claims.csv`` and ``documents.csv`` beside it are checked with it.

    ``path``: a CSV with the columns of :class:`Correction`. DataError with every problem in the file, one
    line each.
    """
    claims = read_claims(path.with_name("claims.csv"))
    documents = tuple(load_documents(path.with_name("documents.csv")))
    problems, seen = Problems(), dict[tuple[str, str], int]()
    rows = read_rows(path, COLUMNS, problems, key="claim")
    for row in rows:
        pair = row["claim"], row["field"]
        if pair in seen:
            what = f"corrected on line {seen[pair]} too"
            row.wrong(problems, "field", what, expected="one row per field")
        seen.setdefault(pair, row.line)
        for column, what, expected in _wrong(row, claims, documents):
            row.wrong(problems, column, what, expected=expected)
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
