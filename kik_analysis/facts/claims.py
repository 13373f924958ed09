"""The published claims: ``data/published/claims.csv``, guarded when loaded and recorded when read."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.display import Display
from kik_analysis.evidence.reads import note
from kik_analysis.facts import derivation
from kik_analysis.facts.claim import NUMBERS, Claim, Kind
from kik_analysis.facts.documents import documents
from kik_analysis.facts.guard import read_claims
from kik_analysis.facts.precision import Precision
from kik_analysis.reading.problems import did_you_mean

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Claim", "Claims", "Kind", "Precision", "claims", "documents", "load_claims", "substituted"]

FILE = "claims.csv"


class UnknownClaimError(DataError, KeyError):
    """A claim id that does not exist."""

    def __str__(self) -> str:
        return "\n".join(self.lines)  # a KeyError would show its sentence in quotes


class Claims(Display, Mapping[str, Claim]):
    """The claims by id; looking one up records the read, looking over the ids records the list."""

    def __init__(self, rows: Mapping[str, Claim]) -> None:
        self._rows = dict(rows)
        self._noted: dict[str, dict[str, Any]] = {}
        self._list = list(rows)

    def __getitem__(self, name: str) -> Claim:
        claim = self._rows.get(name) if isinstance(name, str) else None
        if claim is None:
            self._note_list()
            raise UnknownClaimError(f"no claim {name}{did_you_mean(str(name), self._rows)}")
        if name not in self._noted:
            self._noted[name] = asdict(claim)
        note("claim", name, self._noted[name], claim.evidence)
        return claim

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the claims: how many, and from which documents."""
        documents = Counter(claim.document for claim in self._rows.values())
        return "published claims", [("claims", len(self._rows)), *documents.items()]

    def _note_list(self) -> None:
        note("listing", f"data/published/{FILE}", self._list)

    def __iter__(self) -> Iterator[str]:
        self._note_list()
        return iter(self._rows)

    def __len__(self) -> int:
        self._note_list()
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        self._note_list()
        return name in self._rows

    def __bool__(self) -> bool:
        # without this, asking "is there anything" would record the whole list
        return bool(self._rows)

    def ids(self) -> tuple[str, ...]:
        """Return all ids in the order of the file, without reading a claim."""
        return tuple(self)

    def replace(self, name: str, **changes: Any) -> Claims:
        """Return a copy in which one claim has other fields; nothing is read or checked.

        Raises
        ------
        DataError
            When there is no such claim.
        """
        if name not in self._rows:
            raise UnknownClaimError(f"no claim {name}{did_you_mean(name, self._rows)}")
        return Claims({**self._rows, name: replace(self._rows[name], **changes)})

    def derived(self, name: str) -> tuple[derivation.Derivation, ...]:
        """Return the derivations of a claim, parsed; the claim is read."""
        return derivation.parse(self[name].derivation)

    def frame(self) -> pl.DataFrame:
        """Return all claims as a polars frame with the columns of the file; every claim is read.

        Value, low and high are floats, null where there is none; the other columns are text.
        """
        import polars as pl

        rows = [asdict(self[name]) for name in self]
        for row in rows:
            row.update({column: None if row[column] is None else float(row[column]) for column in NUMBERS})
            row.update({column: str(row[column]) for column in ("precision", "kind")})
        return pl.DataFrame(rows, schema_overrides=dict.fromkeys(NUMBERS, pl.Float64))


def load_claims(path: Path) -> Claims:
    """Read a file of claims; the ``documents.csv`` beside it names the documents.

    Raises
    ------
    DataError
        With every problem in the file, one line each.
    """
    return Claims(read_claims(path))


@functools.lru_cache
def _loaded(path: Path) -> Claims:
    # read off the record: each claim is recorded when it is looked up, so that the record does not depend
    # on who happened to load the file first
    return load_claims(path)


_instead: ContextVar[Claims | None] = ContextVar("claims_instead", default=None)


def claims() -> Claims:
    """Return the project's published claims.

    Raises
    ------
    DataError
        When no project is found or the file is wrong.
    """
    other = _instead.get()
    return _loaded(project.data("published", FILE)) if other is None else other


@contextmanager
def substituted(other: Claims | None) -> Iterator[None]:
    """Let :func:`claims` return other claims, if any, until the block ends: what if this had been printed?"""
    token = _instead.set(_instead.get() if other is None else other)
    try:
        yield
    finally:
        _instead.reset(token)
