"""The catalogue of parameters: what each key means, its kind, unit, possible range and shapes.

Meaning lives here and only here (``params/catalogue.csv``); scenario files hold values. The rows stand in the
order of ``params/base.yml``. With it the small tables beside it: units, names of segments and choices,
priors, renamed keys. They are read without a record of reads: what a computation rests on is a parameter's
value, which the scenario records, never the wording of a unit.
"""

# ruff: noqa: RUF009  (column() returns a dataclass field)
import datetime
import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.facts.claims import Claim, ledger
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.reading import records
from kik_analysis.reading.problems import Place, Problems, nearest
from kik_analysis.reading.records import Wrong, WrongCell, column, filled, matching, one_of, words

CONFIDENCES = ("A", "B", "C")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit from the closed list, with the words readers see and the family that draws come from."""

    name: str = column(name="unit")
    nl_one: str = column()
    nl_many: str = column()
    en_one: str = column()
    en_many: str = column()
    family: str = column()

    def words(self, lang: str, value: float = 0) -> str:
        """Return the unit's word for a value in ``nl`` or ``en``; empty for shares and counts."""
        one, many = (self.nl_one, self.nl_many) if lang == "nl" else (self.en_one, self.en_many)
        return one if value == 1 else many


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a list (``segment``, ``queue`` ...) with its words."""

    list: str = column(filled)
    name: str = column(filled)
    nl: str = column(filled)
    en: str = column(filled)


@dataclass(frozen=True, slots=True)
class Prior:
    """One row of ``priors.csv``: a number from outside the source documents, or own judgement.

    ``low`` and ``high`` are the 5th and 95th percentile; the three are empty for a row without numbers.
    """

    id: str = column()
    low: str = column()
    central: str = column()
    high: str = column()
    unit: str = column(filled)
    source_title: str = column(filled)
    source_url: str = column()
    quote: str = column()
    confidence: str = column(one_of(*CONFIDENCES))
    note: str = column()


@dataclass(frozen=True, slots=True)
class Renamed:
    """An old path, what it is called now, and the version in which the old name is gone."""

    old: str = column()
    new: tuple[str, ...] = column(words)
    until_version: str = column(filled)


@dataclass(frozen=True, slots=True)
class _Refused:
    word: str = column()
    reason: str = column(filled)


def _numbers(row: Prior) -> Wrong:
    """Yield what is wrong with the numbers or the quote of a prior."""
    given = {cell: text for cell in ("low", "central", "high") if (text := getattr(row, cell))}
    months = row.unit == "month"
    strange = [cell for cell, text in given.items() if not (months or records.NUMBER.fullmatch(text))]
    numbers = list(given.values()) if months or strange else [float(text) for text in given.values()]
    if strange:
        yield strange[0], "low, central and high must be numbers", ""
    elif numbers != sorted(numbers):
        yield "low", "low, central and high are not in order", ""
    if row.confidence == "A" and not row.quote:
        yield "quote", "confidence A without a quote", ""


@functools.lru_cache(maxsize=64)
def _rows(folder: Path, stem: str, record: type[T], key: str = "", **rules: Any) -> dict[str, T]:
    """Return the rows of a table of ``params/`` by their key, or by their place in it."""
    rows = records.read(folder / f"{stem}.csv", record, shown_as=f"params/{stem}.csv", key=key, **rules)
    field = "name" if record is Unit else key
    return {getattr(row, field) if field else str(at): row for at, row in enumerate(rows)}


def units(folder: Path | None = None) -> dict[str, Unit]:
    """Return the closed list of units by name; ``folder``: by default ``params/`` of the project."""
    return _rows(folder or project.params(), "units", Unit, "unit")


def names(folder: Path | None = None) -> dict[str, dict[str, tuple[str, str]]]:
    """Return, by list (``segment``, ``queue`` ...), the names in it with their Dutch and English words."""
    lists: dict[str, dict[str, tuple[str, str]]] = {}
    for row in _rows(folder or project.params(), "names", Name, unique=(("list", "name"),)).values():
        lists.setdefault(row.list, {})[row.name] = (row.nl, row.en)
    return lists


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ``"; did you mean X?"`` for a misspelt name of a list, or its Dutch word (``thuis``)."""
    among, said = tuple(known), word.replace("_", " ").casefold()
    dutch = ((one, nl) for each in names().values() for one, (nl, _) in each.items())
    found = (one for one, nl in dutch if one in among and (nl == said or said in nl.split()))
    return f"; did you mean {prefix}{near}?" if (near := next(found, nearest(word, among))) else ""


def priors(folder: Path | None = None) -> dict[str, Prior]:
    """Return the priors by id, guarded: numbers in order, a confidence, a source or "own judgement"."""
    return _rows(folder or project.params(), "priors", Prior, "id", check=_numbers)


def renamed() -> dict[str, Renamed]:
    """Return old paths that work for one more release, with their new path, or paths."""
    return _rows(project.params(), "renamed", Renamed, "old")


def why_refused(key: str) -> str:
    """Return why a key can be no parameter, in English; empty when no refused word is in it."""
    rows = _rows(project.params(), "refused", _Refused, "word").values()
    return next((row.reason for row in rows if row.word in key.lower()), "")


def claims() -> dict[str, Claim]:
    """Return the published claims by id, none where there is no file, without a record of reads.

    Whether a source exists is a question of wording; what *uses* a claim reads it through ``facts.claims``.
    """
    file = project.data("published", "claims.csv")
    return ledger(file) if file.exists() else {}


FILE = "catalogue.csv"
KINDS = ("decision", "assumption", "fact", "reference")
Atom = float | int | bool | str | datetime.date | tuple[str, ...]
TYPES: dict[str, Callable[[str], Atom]] = {
    "number": float,
    "whole": int,
    "date": datetime.date.fromisoformat,
    "choice": str,
    "switch": lambda text: {"true": True, "false": False}[text],
    "order": words,
}
"""Each type of parameter, and how a default of it is read."""


def plain(atom: Atom) -> float | bool | str | list[str]:
    """Return a value as JSON holds it."""
    if isinstance(atom, datetime.date):
        return atom.isoformat()
    if isinstance(atom, tuple):
        return list(atom)
    return int(atom) if isinstance(atom, float) and atom.is_integer() else atom


COUNTED: dict[str, tuple[str, tuple[int, ...]]] = {
    "monday": ("Monday", (0,)),
    "sunday": ("Sunday", (6,)),
    "daily": ("day", tuple(range(7))),
    "": ("working day", tuple(range(5))),
}
"""Days on which a dated value is looked up, by the word in its shape: what messages call them, and which."""


def _shape(text: str) -> tuple[str, ...]:
    known = ("segment", "dated", *filter(None, COUNTED))
    if strange := [word for word in text.split() if word not in known and word[:5] != "keys:"]:
        raise WrongCell(f"unknown shape {strange[0]}", f"{', '.join(known)}, keys:LIST")
    return tuple(text.split())


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter.

    ``path``: ``section.name``, as in ``base.yml``. ``kind``: ``decision`` (a plain number is exact),
    ``assumption`` (a plain number fixes something uncertain), ``fact`` (changing it describes another
    municipality) or ``reference`` (to compare with: nothing that is computed changes with it). ``type``:
    ``number``, ``whole``, ``date``, ``choice``, ``switch`` or ``order``. ``minimum``, ``maximum``: impossible
    outside; not a range of plausibility. ``choices``: names that a choice or an order may hold. ``when``:
    settings (``PATH=VALUE`` or ``PATH!=VALUE``, joined by ``&``) of which one is needed for it to act; empty
    where it always does. ``low``, ``central``, ``high``: the default with its 5th and 95th percentile; None
    where every scenario must give its own. ``priors``, ``claims``: ids of the rows and claims that the
    default rests on. ``line``: line in ``catalogue.csv``.

    What follows from these: ``keys``: names that a value with named parts has (``people.stock``), and
    ``composition``: whether they are shares of one whole, as channels are. ``section``, ``name``: the path
    before and after the point. ``per_segment``, ``dated``: whether the value may differ by segment, and
    change over time; ``counted``: then on which days, of :data:`COUNTED`. ``family``: what draws of its unit
    come from.
    ``numeric``: whether values are numbers; ``measured``: whether they have an order, so that one may be
    given as a range; ``ranged``: whether the default is one.
    """

    path: str = column(matching(r"[^.]*\.[^.]*", "a path has a section and a name", "section.name"))
    kind: str = column(one_of(*KINDS))
    type: str = column(one_of(*TYPES))
    unit: str = column()
    minimum: float | datetime.date | None = column(name="min")
    maximum: float | datetime.date | None = column(name="max")
    shape: tuple[str, ...] = column(_shape)
    choices: tuple[str, ...] = column(words)
    when: tuple[str, ...] = column(words)
    low: Atom | None = column()
    central: Atom | None = column()
    high: Atom | None = column()
    confidence: str = column()
    priors: tuple[str, ...] = column(words)
    claims: tuple[str, ...] = column(words)
    title_nl: str = column(filled)
    title_en: str = column(filled)
    meaning_nl: str = column(filled)
    meaning_en: str = column(filled)
    line: int = 0
    keys: tuple[str, ...] = ()
    section: str = ""
    name: str = ""
    per_segment: bool = False
    dated: bool = False
    counted: str = ""
    composition: bool = False
    family: str = ""
    numeric: bool = False
    measured: bool = False
    ranged: bool = False

    def title(self, lang: str) -> str:
        """Return the name readers see, in ``nl`` or ``en``."""
        return self.title_nl if lang == "nl" else self.title_en

    def meaning(self, lang: str) -> str:
        """Return what the parameter means, in ``nl`` or ``en``."""
        return self.meaning_nl if lang == "nl" else self.meaning_en


class Catalogue:
    """All entries by path, in order."""

    def __init__(self, entries: dict[str, Entry], segments: Iterable[str]) -> None:
        self._entries, self.paths = entries, tuple(entries)
        self.sections = tuple(dict.fromkeys(e.section for e in entries.values()))
        self.segments = tuple(segments)
        self.by_name = {e.name: path for path, e in reversed(entries.items())}

    def __getitem__(self, path: str) -> Entry:
        return self._entries[path]

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def drawn(self, path: str) -> tuple[Entry, str]:
        """Return the parameter that is drawn, and its part where it is a composition (``PATH.PART``)."""
        base, _, part = path.rpartition(".")
        return (self[base], part) if "." in base else (self[path], "")

    def title(self, path: str, lang: Lang) -> str:
        """Return what is drawn in the words of readers; a part of a composition with the name of the part."""
        entry, part = self.drawn(path)
        return entry.title(lang) + (f": {sentences.template(f'staff.way.{part}', lang)}" if part else "")

    def names(self, section: str) -> tuple[str, ...]:
        """Return the names in a section, in order."""
        return tuple(e.name for e in self if e.section == section)

    def nearest(self, path: str) -> str | None:
        """Return the known path that a misspelt or misplaced one most likely means."""
        head, _, leaf = path.rpartition(".")
        if found := (head if head in self else None) or self.called(leaf):
            return found
        same = [e.path for e in self if e.name == leaf]  # right name, wrong section or level
        if len(same) == 1:
            return same[0]
        if head in self.sections and (near := nearest(leaf, self.names(head))):
            return f"{head}.{near}"
        found, near = nearest(path, () if head in self.sections else self.paths), nearest(leaf, self.by_name)
        return found or self.by_name.get(near or "")

    def called(self, title: str) -> str | None:
        """Return the path of the one parameter that readers know by a title, or by a long word of it."""
        said = title.replace("_", " ").casefold()
        titles = {e.path: (e.title_nl.casefold(), e.title_en.casefold()) for e in self}
        exact = [path for path, words in titles.items() if said in words]
        near = [path for path, words in titles.items() if len(said) > 4 and any(said in one for one in words)]
        return next((found[0] for found in (exact, near) if len(found) == 1), None)

    def did_you_mean(self, path: str) -> str:
        """Return ``"; did you mean X?"``, or nothing when no path is near."""
        return f"; did you mean {near}?" if path and (near := self.nearest(path)) else ""

    def refusal(self, path: str) -> str:
        """Return what is wrong with a path that no parameter has: the nearest, or why."""
        reason = why_refused(path)
        return f"not a parameter: {reason}" if reason else f"unknown parameter{self.did_you_mean(path)}"


def catalogue() -> Catalogue:
    """Return the catalogue of the project at hand.

    DataError when ``params/catalogue.csv`` is not right.
    """
    return read_catalogue(project.params())


@functools.lru_cache(maxsize=8)
def read_catalogue(folder: Path) -> Catalogue:
    """Read and guard the catalogue in a folder; see :func:`catalogue`."""
    problems = Problems()
    rows = records.read(folder / FILE, Entry, shown_as=f"params/{FILE}", key="path")
    lists = {"": {}, **names(folder)}
    entries = {row.path: _completed(row, lists, units(folder), problems) for row in rows}
    problems.raise_if_any(DataError)
    return Catalogue(entries, lists["segment"])


def _completed(row: Entry, lists: dict[str, Any], units: dict[str, Unit], problems: Problems) -> Entry:
    """Return an entry with its limits and default as values, and the names that its lists hold."""
    numeric, measured = row.type in ("number", "whole"), row.type in ("number", "whole", "date")
    keys = next((word.partition(":")[2] for word in row.shape if ":" in word), "")
    choices = row.choices[0] if row.choices else ""

    def wrong(cell: str, what: str, got: object, expected: str = "") -> None:
        place = Place(f"params/{FILE}", row.line)
        problems.add(place, what, key=f"{row.path}.{cell}", got=str(got), expected=expected)

    def value(cell: str, text: object) -> Atom | None:
        try:
            return TYPES[row.type](str(text)) if text != "" else None
        except (ValueError, KeyError):
            wrong(cell, "cannot be read", text, f"a {row.type}")
            return None

    if row.unit not in units if measured else row.unit:
        wrong("unit", "unknown unit", row.unit, "one of params/units.csv" if measured else "none")
    found = {cell: value(cell[:3], getattr(row, cell)) for cell in ("minimum", "maximum")}
    for cell in ("low", "central", "high"):
        given = getattr(row, cell)
        found[cell] = value(cell, given if given != "" else row.central)
    for cell, name in (("choices", choices), ("shape", keys)):
        if name not in lists:
            wrong(cell, "no such list", name, "a list of params/names.csv")
    return replace(
        row,
        **found,  # type: ignore[arg-type]
        choices=tuple(lists.get(choices, ())),
        keys=tuple(lists.get(keys, ())),
        section=row.path.partition(".")[0],
        name=row.path.partition(".")[2],
        per_segment="segment" in row.shape,
        dated="dated" in row.shape,
        counted=next((word for word in row.shape if word in COUNTED), ""),
        composition="keys:channel" in row.shape,
        family=units[row.unit].family if row.unit in units else "",
        numeric=numeric,
        measured=measured,
        ranged=found["low"] != found["high"],
    )
