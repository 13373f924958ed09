"""What was put right in the claims after a second reading of the documents: ``corrections.csv``.

Corrections are data: each says what stood in the first version of the list, what stands there now, why,
and where that was checked. The kinds are those of the guide to revisions of the British statistics office:
a mistake, better data, a recalculation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from kik_analysis import project
from kik_analysis.evidence.reads import note
from kik_analysis.facts.claims import COLUMNS as CLAIM_COLUMNS
from kik_analysis.facts.claims import read_claims
from kik_analysis.facts.documents import load_documents
from kik_analysis.reading.problems import did_you_mean
from kik_analysis.reading.records import Wrong, column, columns, filled, one_of, read

FILE = "corrections.csv"
KINDS = ("mistake", "better_data", "recalculation")
"""Why something changed."""


@dataclass(frozen=True)
class Correction:
    """One field (a column of ``claims.csv``) of one claim that was put right; ``now`` is what stands there.

    ``reason`` says why, ``document`` and ``place`` where it was checked.
    """

    claim: str = column()
    field: str = column(one_of(*CLAIM_COLUMNS, what="unknown field"))
    was: str = column()
    now: str = column()
    reason: str = column(filled)
    reason_nl: str = column(filled)
    kind: str = column(one_of(*KINDS, what="unknown kind"))
    document: str = column()
    place: str = column(filled)


COLUMNS = columns(Correction)


@functools.lru_cache
def load_corrections(path: Path) -> tuple[Correction, ...]:
    """Return a file of corrections, checked with the ``claims.csv`` and ``documents.csv`` beside it.

    DataError with every problem, one line each.
    """
    claims = read_claims(path.with_name("claims.csv"))
    documents = tuple(load_documents(path.with_name("documents.csv")))

    def check(one: Correction) -> Wrong:
        if one.document not in documents:
            yield "document", "unknown document", f"one of {', '.join(documents)}"
        if one.claim not in claims:
            yield "claim", f"unknown claim{did_you_mean(one.claim, claims)}", "an id in claims.csv"
        elif (holds := claims[one.claim].cell(one.field)) != one.now:
            yield "now", "not what claims.csv holds", holds or "an empty cell"
        if one.was == one.now:
            yield "was", "nothing was corrected", "another text than in now"

    return tuple(read(path, Correction, label="claim", unique=(("claim", "field"),), check=check))


def corrections() -> tuple[Correction, ...]:
    """Return the corrections in the order of the claims; the read is on record."""
    found = load_corrections(project.data("published", FILE))
    note("file", f"data/published/{FILE}", found)
    return found
