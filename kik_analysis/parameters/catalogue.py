"""The catalogue of parameters: what each key means, its kind, unit, possible range and shapes.

Meaning lives here and only here (``params/catalogue.csv``); scenario files hold values. The rows stand in the
order of ``params/base.yml``.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.parameters import tables
from kik_analysis.reading.problems import nearest

FILE = "catalogue.csv"
KINDS = ("decision", "assumption", "fact")
TYPES = ("number", "whole", "date", "choice", "switch", "order")
COLUMNS = (
    *(
        "path",
        "kind",
        "type",
        "unit",
        "min",
        "max",
        "shape",
        "choices",
        "low",
        "central",
        "high",
        "confidence",
    ),
    *("priors", "claims", "title_nl", "title_en", "meaning_nl", "meaning_en"),
)
Atom = float | int | bool | str | datetime.date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter.

    Attributes
    ----------
    path
        ``section.name``, as in ``base.yml``.
    kind
        ``decision`` (a plain number is exact), ``assumption`` (a plain number fixes something uncertain) or
        ``fact`` (changing it describes another municipality).
    type
        ``number``, ``whole``, ``date``, ``choice``, ``switch`` or ``order``.
    minimum, maximum
        Impossible outside; not a range of plausibility.
    per_segment, dated
        Whether the value may differ by segment, and change over time.
    keys
        Names that a value with named parts has (``people.stock``); empty otherwise.
    choices
        Names that a choice or an order may hold.
    low, central, high
        The default with its 5th and 95th percentile; None where every scenario must give its own.
    priors, claims
        Ids of the rows and claims that the default rests on.
    line
        Line in ``catalogue.csv``.
    """

    path: str
    kind: str
    type: str
    unit: str
    minimum: float | datetime.date | None
    maximum: float | datetime.date | None
    per_segment: bool
    dated: bool
    keys: tuple[str, ...]
    choices: tuple[str, ...]
    low: Atom | None
    central: Atom | None
    high: Atom | None
    confidence: str
    priors: tuple[str, ...]
    claims: tuple[str, ...]
    title_nl: str
    title_en: str
    meaning_nl: str
    meaning_en: str
    line: int

    @property
    def section(self) -> str:
        """Return the part of the path before the point."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """Return the part of the path after the point."""
        return self.path.partition(".")[2]

    @property
    def numeric(self) -> bool:
        """Tell whether values are numbers."""
        return self.type in ("number", "whole")

    @property
    def ranged(self) -> bool:
        """Tell whether the default is a range."""
        return self.low != self.high

    def title(self, lang: str) -> str:
        """Return the name readers see, in ``nl`` or ``en``."""
        return self.title_nl if lang == "nl" else self.title_en

    def meaning(self, lang: str) -> str:
        """Return what the parameter means, in ``nl`` or ``en``."""
        return self.meaning_nl if lang == "nl" else self.meaning_en


class Catalogue:
    """All entries by path, in order."""

    def __init__(self, entries: dict[str, Entry], folder: Path) -> None:
        self._entries = entries
        self.folder = folder
        self.sections: tuple[str, ...] = tuple(dict.fromkeys(e.section for e in entries.values()))

    def __getitem__(self, path: str) -> Entry:
        return self._entries[path]

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every path, in order."""
        return tuple(self._entries)

    def names(self, section: str) -> tuple[str, ...]:
        """Return the names in a section, in order."""
        return tuple(e.name for e in self if e.section == section)

    def nearest(self, path: str) -> str | None:
        """Return the known path that a misspelt or misplaced one most likely means."""
        found = nearest(path, self._entries)
        if found:
            return found
        leaf = path.rpartition(".")[2]
        same = [e.path for e in self if e.name == leaf]  # right name, wrong section or level
        if len(same) == 1:
            return same[0]
        near = nearest(leaf, {e.name for e in self})
        return next((e.path for e in self if e.name == near), None) if near else None

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the names of the segments."""
        return tuple(tables.names(self.folder)["segment"])

    def unit(self, entry: Entry) -> tables.Unit:
        """Return an entry's unit with its words."""
        return tables.units(self.folder)[entry.unit]


def catalogue() -> Catalogue:
    """Return the catalogue of the project at hand.

    Raises
    ------
    DataError
        When ``params/catalogue.csv`` is not right.
    """
    return read_catalogue(project.params())


@functools.lru_cache(maxsize=8)
def read_catalogue(folder: Path) -> Catalogue:
    """Read and guard the catalogue in a folder; see :func:`catalogue`."""
    entries: dict[str, Entry] = {}
    for row in tables.read_rows(folder / FILE, COLUMNS):
        entry = _entry(row, folder)
        if entry.path in entries:
            raise DataError(f"params/{FILE}:{entry.line}: {entry.path} already stands above")
        entries[entry.path] = entry
    return Catalogue(entries, folder)


def _entry(row: dict[str, str], folder: Path) -> Entry:
    where = f"params/{FILE}:{row['line']}: {row['path']}"
    lists = tables.names(folder)

    def members(name: str) -> tuple[str, ...]:
        if name not in lists:
            raise DataError(f"{where}: no list {name} in params/{tables.NAMES}")
        return tuple(lists[name])

    if row["kind"] not in KINDS or row["type"] not in TYPES:
        raise DataError(f"{where}: kind or type (got {row['kind']}, {row['type']})")
    if row["path"].count(".") != 1:
        raise DataError(f"{where}: a path has a section and a name")
    numeric = row["type"] in ("number", "whole", "date")
    if row["unit"] not in tables.units(folder) if numeric else row["unit"]:
        raise DataError(f"{where}: unit (got {row['unit']}; expected one of params/{tables.UNITS})")
    for text in ("title_nl", "title_en", "meaning_nl", "meaning_en"):
        if not row[text]:
            raise DataError(f"{where}: {text} is empty")
    shapes = row["shape"].split()
    keys = [shape.partition(":")[2] for shape in shapes if shape.startswith("keys:")]
    unknown = [
        shape for shape in shapes if shape not in ("segment", "dated") and not shape.startswith("keys:")
    ]
    if unknown:
        raise DataError(f"{where}: shape (got {unknown[0]}; expected segment, dated, keys:LIST)")

    def atom(name: str) -> Atom | None:
        try:
            return _atom(row[name], row["type"])
        except ValueError:
            raise DataError(f"{where}: {name} (got {row[name]}; expected a {row['type']})") from None

    def limit(name: str) -> float | datetime.date | None:
        value = atom(name)
        return value if isinstance(value, int | float | datetime.date) else None

    return Entry(
        path=row["path"],
        kind=row["kind"],
        type=row["type"],
        unit=row["unit"],
        minimum=limit("min"),
        maximum=limit("max"),
        per_segment="segment" in shapes,
        dated="dated" in shapes,
        keys=members(keys[0]) if keys else (),
        choices=members(row["choices"]) if row["choices"] else (),
        low=atom("central") if row["low"] == "" else atom("low"),
        central=atom("central"),
        high=atom("central") if row["high"] == "" else atom("high"),
        confidence=row["confidence"],
        priors=tuple(row["priors"].split()),
        claims=tuple(row["claims"].split()),
        title_nl=row["title_nl"],
        title_en=row["title_en"],
        meaning_nl=row["meaning_nl"],
        meaning_en=row["meaning_en"],
        line=int(row["line"]),
    )


def _atom(text: str, kind: str) -> Atom | None:
    if text == "":
        return None
    match kind:
        case "number":
            return float(text)
        case "whole":
            return int(text)
        case "date":
            return datetime.date.fromisoformat(text)
        case "switch":
            return {"true": True, "false": False}[text]
        case "order":
            return tuple(text.split())
        case _:
            return text
