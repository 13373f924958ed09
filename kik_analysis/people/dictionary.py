"""The data dictionary of a register, column by column: what it means, and where it is invented.

Words stand in ``texts/register.toml``, the ground of each column in ``params/register_columns.csv``.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.language import sentences
from kik_analysis.people.register import SCHEMA
from kik_analysis.reading.problems import Place, Problems
from kik_analysis.reading.records import read_rows

if TYPE_CHECKING:
    import polars as pl

FILE = "register_columns.csv"
COLUMNS = ("table", "column", "evidence", "source", "confidence")


def dictionary() -> pl.DataFrame:
    """Return one row per column of a register.

    Returns
    -------
    polars.DataFrame
        ``table``, ``column``, ``kind`` (text, whole, date, boolean), ``meaning_nl``, ``meaning_en``,
        ``evidence``, ``source`` (claims, parameters or ``margins.csv``, empty for what is made up) and
        ``confidence``.

    Raises
    ------
    DataError
        When the file misses a column or says something else than one of the classes of evidence.
    """
    import polars as pl

    problems = Problems()
    rows = read_rows(project.params(FILE), COLUMNS, problems)
    given = {(row["table"], row["column"]): row for row in rows}
    classes = [str(one) for one in Evidence]
    for row in rows:
        if row["evidence"] not in classes:
            row.wrong(problems, "evidence", "unknown class", expected=", ".join(classes))
    found = []
    for table, columns in SCHEMA.items():
        for column, kind in columns.items():
            if (table, column) not in given:
                problems.add(Place(FILE, 1), "the row is missing", key=f"{table}.{column}")
                continue
            row, key = given[table, column], f"register.column.{column}"
            words = {f"meaning_{lang}": sentences.text(key, lang).plain for lang in ("nl", "en")}
            grounds = {name: row[name] for name in ("evidence", "source", "confidence")}
            found.append({"table": table, "column": column, "kind": kind} | words | grounds)
    problems.raise_if_any(DataError)
    return pl.DataFrame(found)


def dictionary_csv() -> bytes:
    """Return the dictionary as the bytes of ``dictionary.csv``."""
    stream = io.BytesIO()
    dictionary().write_csv(stream, line_terminator="\n")
    return stream.getvalue()
