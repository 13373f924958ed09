"""The published documents that the claims stand in: ``data/published/documents.csv``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from kik_analysis import project
from kik_analysis.evidence.reads import note
from kik_analysis.reading.records import DAY, both_or_none, column, filled, matching, read

FILE = "documents.csv"
_ID = "[a-z]+_(19|20)[0-9]{2}(_[a-z])?"
_date = matching(DAY, "not a date", "YYYY-MM-DD, YYYY-MM or YYYY")


@dataclass(frozen=True)
class Document:
    """One document (or one transcription of it), in Dutch and English; functions and bodies, never persons.

    ``id`` is the short name used in the other files; ``date`` is ISO, the month alone where the day is not
    printed, and ``date_note`` what it rests on then; ``reference`` is empty when none is printed; ``what`` is
    the kind of document, ``transcription`` the state of the text that was read.
    """

    id: str = column(matching(_ID, "not a document id", "a name such as letter_2019"))
    title_nl: str = column(filled)
    title_en: str = column(filled)
    date: str = column(lambda cell: _date(filled(cell)))
    date_note_nl: str = column()
    date_note_en: str = column()
    reference: str = column()
    author_nl: str = column(filled)
    author_en: str = column(filled)
    what_nl: str = column(filled)
    what_en: str = column(filled)
    transcription_nl: str = column(filled)
    transcription_en: str = column(filled)


@functools.lru_cache
def load_documents(path: Path) -> dict[str, Document]:
    """Return a file of documents by id; DataError with one line for every problem."""
    notes = "date_note_nl", "date_note_en"
    found = read(path, Document, unique=("id",), check=lambda one: both_or_none(one, *notes))
    return {one.id: one for one in found}


def documents() -> dict[str, Document]:
    """Return the published documents by id; the read is on record."""
    found = dict(load_documents(project.data("published", FILE)))
    note("file", f"data/published/{FILE}", found)
    return found
