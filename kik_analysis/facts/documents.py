"""The published documents that the claims stand in: ``data/published/documents.csv``."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.reads import note
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.records import DAY, both_or_none, not_twice, read_rows

FILE = "documents.csv"
DOCUMENT_ID = re.compile(r"[a-z]+_(19|20)[0-9]{2}(_[a-z])?")


@dataclass(frozen=True)
class Document:
    """One document (or one transcription of it), in Dutch and English.

    ``id``: short name used in the other files, for example ``letter_2019``. ``title_nl``, ``title_en``: its
    subject as a reader would cite it. ``date``: ISO date; the month alone where the day is not printed.
    ``date_note_nl``, ``date_note_en``: what the date rests on, when it is not simply printed. ``reference``:
    reference number, empty when none is printed. ``author_nl``, ``author_en``: the body that wrote it;
    functions, never persons. ``what_nl``, ``what_en``: what kind of document it is. ``transcription_nl``,
    ``transcription_en``: state of the text that was read.
    """

    id: str
    title_nl: str
    title_en: str
    date: str
    date_note_nl: str
    date_note_en: str
    reference: str
    author_nl: str
    author_en: str
    what_nl: str
    what_en: str
    transcription_nl: str
    transcription_en: str


def load_documents(path: Path) -> dict[str, Document]:
    """Read a file with the columns of :class:`Document`; raise DataError with one line for every problem."""
    problems, seen = Problems(), dict[str, int]()
    columns = tuple(Document.__dataclass_fields__)
    rows = read_rows(path, columns, problems)
    for row in rows:
        if not DOCUMENT_ID.fullmatch(row["id"]):
            what = "not a document id" if row["id"] else "empty"
            row.wrong(problems, "id", what, expected="a name such as letter_2019")
        not_twice(row, "id", seen, problems)
        for column in columns[1:]:
            if not row[column].strip() and column not in ("date_note_nl", "date_note_en", "reference"):
                row.wrong(problems, column, "empty", expected="a text")
        if row["date"] and not re.fullmatch(DAY, row["date"]):
            row.wrong(problems, "date", "not a date", expected="YYYY-MM-DD, YYYY-MM or YYYY")
        both_or_none(row, ("date_note_nl", "date_note_en"), problems)
    problems.raise_if_any(DataError)
    return {row["id"]: Document(**row.cells) for row in rows}


@functools.lru_cache
def _loaded(path: Path) -> dict[str, Document]:
    return load_documents(path)


def documents() -> dict[str, Document]:
    """Return the published documents by id; the read is on record."""
    found = dict(_loaded(project.data("published", FILE)))
    note("file", f"data/published/{FILE}", found)
    return found
