"""``kik diff``: which numbers changed between two results, and because of what.

The vocabulary is that of the guide to revisions of the British statistics office: better data, better
method, correction of a mistake; with input (somebody chose another value) and chance (another seed) beside
it. A cause is a changed input that the number read, so no number can change without one.
"""

import contextlib
import csv
import datetime
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kik_analysis.errors import InputError
from kik_analysis.evidence.number import PERCENT
from kik_analysis.evidence.table import Column, rows_of
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.differences import called, in_words
from kik_analysis.parameters.values import Amount
from kik_analysis.reading.storage import digest, read_bytes
from kik_analysis.runs import manifest
from kik_analysis.runs.manifest import DAMAGED, Manifest

NUMBERS, TABLES = "numbers.json", "tables"
SAID = ("called", "title", "question", "unknown", "arm", "conditions")
"""Columns, each per language, in which a table says what its rows are."""
SEED, HEADER = "parameter:run.seed", "scenario:header"
LARGEST, MOST_DECIMALS = 1e15, 16  # beyond these a number is none of ours
MOST_NAMES, MOST_PARTS = 3, 8
"""Causes that the one line after a run names; parts of the report that a summary names."""

Reason = StrEnum("Reason", ["INPUT", "DATA", "METHOD", "CORRECTION", "CHANCE"])
"""Why a number changed."""
_REASONS = {"parameter": Reason.INPUT, "scenario": Reason.INPUT, "module": Reason.METHOD}
"""What a source of a kind stands for; of any other kind it is data."""


@dataclass(frozen=True)
class Change:
    """One number that is not what it was.

    ``id``: the number. ``old``, ``new``: its rows in ``numbers.json``; None where it did not exist.
    ``causes``: ``(reason, source)``, the source as ``parameter:team.fte``, ``claim:L042``,
    ``module:facts/audit.py``.
    """

    id: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    causes: tuple[tuple[Reason, str], ...]


@dataclass(frozen=True)
class Difference:
    """All that differs between two results, old and new: inputs by source, and numbers."""

    inputs: tuple[tuple[Reason, str], ...]
    changes: tuple[Change, ...]
    results: tuple[Manifest, Manifest]

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Return the numbers that changed without a cause on record; there should be none."""
        return tuple(change.id for change in self.changes if not change.causes)


def numbers(folder: Path, *, tolerant: bool = False) -> dict[str, Any]:
    """Return the numbers of a result by id; with ``tolerant`` none at all where there is no result.

    InputError when the file is not there or damaged.
    """
    try:
        rows: dict[str, Any] = json.loads(read_bytes(folder / NUMBERS))
        if not all(map(_is_number, rows.values())):
            raise ValueError
        return rows
    except (OSError, *DAMAGED) as error:
        if tolerant and not folder.exists():
            return {}
        said = f"cannot be read ({error.strerror})" if isinstance(error, OSError) else ""
        why = said or "damaged (not the JSON that a run writes); move the folder away and run again"
        raise InputError(f"{folder.name}/{NUMBERS}: {why}") from None


def _is_number(row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds what ``Number.as_json`` writes."""
    ends = all(row[part] is None or abs(row[part]) < LARGEST for part in ("value", "low", "high"))
    texts = (row["unit"], row["evidence"], row["computation"], *row["reads"])
    return ends and row["decimals"] in range(MOST_DECIMALS) and all(isinstance(one, str) for one in texts)


def compare(old: Path, new: Path) -> Difference:
    """Return what differs between two result folders.

    InputError when one of them is no result folder, is damaged, or was written by a newer version.
    """
    return between(manifest.load(old), manifest.load(new), numbers(old), numbers(new))


def between(old: Manifest, new: Manifest, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Return what differs between two results, from their manifests and numbers."""
    inputs = _inputs(old, new)
    changes = []
    for name in sorted({*before, *after}):
        rows = before.get(name), after.get(name)
        if _shown(rows[0]) == _shown(rows[1]):
            continue
        reads = {read for row in rows if row for read in row["reads"]}
        # what changed on the way of a number: modules and cells, packages, the head of the scenario
        results = (old, new)
        homes = _homes(name, results)
        known = [one.notebooks[stem] for one in results for stem in homes & one.notebooks.keys()]
        way = {f"module:{path}" for one in known for path in one.get("modules", ())}
        way |= {f"notebook:{stem}" for stem in homes}
        # what somebody has beside a notebook, code or counts; our own files are on record value by value
        beside = {read for one in known for read in one.get("reads", ()) if read.startswith("opened:")}
        way |= {read for read in beside if not read.startswith(("opened:params/", "opened:data/"))}
        if None in rows and (not homes or any(HEADER in one.get("reads", ()) for one in known)):
            way.add(HEADER)
        # a number without a notebook is a claim or parameter as the report lists it
        always = ("version:", "lock:", *(() if homes else ("module:",)))
        reads |= {source for source in inputs if source in way or source.startswith(always)}
        causes = sorted((inputs[read], read) for read in reads if read in inputs)
        changes.append(Change(name, *rows, tuple(causes)))
    told = sorted((reason, source) for source, reason in inputs.items())
    return Difference(tuple(told), tuple(changes), (old, new))


def _shown(row: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    return None if row is None else tuple(row.get(part) for part in ("value", "low", "high", "unit"))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    nothing = digest([])  # a folder with nothing in it says as much as none
    return (name for name in {*old, *new} if old.get(name, nothing) != new.get(name, nothing))


def _inputs(old: Manifest, new: Manifest) -> dict[str, Reason]:
    """Return every source that changed, with the reason that it stands for."""
    found: dict[str, Reason] = {}
    for kind in {*old.inputs, *new.inputs} - {"correction"}:
        for name in _differing(old.inputs.get(kind, {}), new.inputs.get(kind, {})):
            found[f"{kind}:{name}"] = _REASONS.get("module" if name.endswith(".py") else kind, Reason.DATA)
    for name in _differing(old.inputs.get("correction", {}), new.inputs.get("correction", {})):
        if f"claim:{name}" in found:
            found[f"claim:{name}"] = Reason.CORRECTION
    if SEED in found:
        found[SEED] = Reason.CHANCE
    cells = [{stem: said.get("cells") for stem, said in one.notebooks.items()} for one in (old, new)]
    methods = [f"version:{name}" for name in _differing(old.versions, new.versions)]
    methods += [f"notebook:{stem}" for stem in _differing(*cells)]
    methods += ["lock:packages"] if old.lock != new.lock else []
    return found | dict.fromkeys(methods, Reason.METHOD)


def _homes(name: str, results: Iterable[Manifest]) -> set[str]:
    """Return the notebooks that published a number: by its id, or by the table that it is a cell of."""
    table = name.partition("/")[0]
    return {
        stem
        for one in results
        for stem, said in one.notebooks.items()
        if name in said.get("numbers", ()) or table in said.get("tables", ())
    }


def say(key: str, lang: Lang, **values: object) -> str:
    """Return a sentence of ``texts/runs.toml`` with names and counts filled in."""
    return sentences.template(f"runs.{key}", lang).format(**values)


def summary(found: Difference, lang: Lang) -> str:
    """Return the one line after a run: how many numbers changed, and because of what."""
    if not found.changes:
        return say("since.same", lang)
    added = sum(change.old is None for change in found.changes)
    gone = sum(change.new is None for change in found.changes)
    moved = len(found.changes) - added - gone
    counts = {"since.one" if moved == 1 else "since.many": moved, "since.added": added, "since.gone": gone}
    parts = ", ".join(say(key, lang, count=count) for key, count in counts.items() if count)
    causes = []
    for reason in Reason:
        read = {source for change in found.changes for why, source in change.causes if why is reason}
        names = sorted({source.partition(":")[2] for source in read})
        more = say("since.more", lang, count=len(names) - MOST_NAMES) if len(names) > MOST_NAMES else ""
        if names:
            shown = f"{', '.join(names[:MOST_NAMES])} {more}".rstrip()
            causes.append(f"{say(f'reason.{reason}', lang)} ({shown})")
    because = f" {say('since.because', lang, causes='; '.join(causes))}" if causes else ""
    return say("since.changed", lang, parts=parts) + because


def row_names(folders: Iterable[Path], lang: Lang) -> dict[str, str]:
    """Return what tables of results call their rows where they say so in a language, by ``TABLE/KEY``.

    Also by ``TABLE:CODE`` where the last part of the key is a code that no page shows. A table that cannot be
    read calls none.
    """
    found: dict[str, str] = {}
    for path in (one for folder in folders for one in sorted((folder / TABLES).glob("*.csv"))):
        columns = {one.name: one for one in rows_of(path.stem)}
        keys = [name for name, one in columns.items() if one.key]
        said = [f"{one}_{lang}" for one in SAID if f"{one}_{lang}" in columns]
        if not said or not columns[keys[-1]].hidden:
            continue
        with contextlib.suppress(OSError, ValueError, csv.Error):
            for row in csv.DictReader(io.StringIO(read_bytes(path).decode())):
                codes = {key: row.get(key) or "" for key in keys}
                shown = [
                    _coded(columns[key], code, lang) for key, code in codes.items() if not columns[key].hidden
                ]
                told = [(row.get(one) or "").rstrip(".?") for one in said]
                found["/".join((path.stem, *codes.values()))] = ", ".join(filter(None, [*shown, *told]))
                found[f"{path.stem}:{codes[keys[-1]]}"] = told[0]
    return found


def label(name: str, results: Iterable[Manifest], rows: Mapping[str, str], lang: Lang) -> str:
    """Return what a number is in words: of a cell its sheet, row and column, else its part of the report.

    ``name``, ``results``: the number's id, and the results that may hold it. ``rows``: what their tables call
    their rows (:func:`row_names`). ``lang``: language.
    """
    table, _, rest = name.partition("/")
    row, _, column = rest.rpartition("/")
    if table in ("claim", "parameter"):
        said = _setting(rest, lang) if table == "parameter" else rest
        return f"{sentences.template(f'report.workbook.{table}s', lang)}: {said}"
    if row:
        sheet = sentences.first([f"tables.sheet.{table}", f"numbers.{table}.title"], lang, table)
        title = sentences.heading(table, column, lang) or column.replace("_", " ")
        # the planner's figure draws its grid on one day: the last key is no part of a number's id there
        keys, codes = [one for one in rows_of(table) or rows_of(f"{table}_grid") if one.key], row.split("/")
        pairs = zip(keys, codes, strict=False) if len(codes) <= len(keys) else ()
        named = rows.get(f"{table}/{row}") or ", ".join(_coded(one, code, lang) for one, code in pairs)
        return ", ".join(part for part in (f"{sheet}: {named or row.replace('_', ' ')}", title) if part)
    family, _, own = name.partition(".")
    parts, homes = re.split(r"[./]", own), sorted(_homes(name, results))
    sheets = [f"numbers.{family}.title", f"tables.sheet.{family}"]
    part = sentences.first([*sheets, *(f"section.{one.partition('_')[2]}.title" for one in homes[:1])], lang)
    path, _, tenth = own.partition("/")
    if path in catalogue():
        end = [_part(family, tenth, lang)] if tenth else []
        return ", ".join([f"{part}: {_setting(path, lang)}", *end])
    tables = ("pilot_cards", f"flow_{parts[0]}") if family == "pilot" else (family,)
    known = [[rows[key] for key in (f"{one}:{code}" for one in tables) if key in rows] for code in parts]
    said = ", ".join((*one, _part(family, code, lang))[0] for one, code in zip(known, parts, strict=True))
    return f"{part}: {said}" if part else name


def _coded(column: Column, code: str, lang: Lang) -> str:
    """Return a code of a table's key in words: a sentence, a parameter, a day, or a number with its unit."""
    with contextlib.suppress(ValueError):
        if column.kind == "date":
            return notation.short_date(datetime.date.fromisoformat(code), lang)
        if column.kind in ("whole", "decimal"):
            value = float(code) * (PERCENT if column.unit == "share" else 1)
            number = notation.decimal(value, lang, notation.places(value, column.shown))
            unit = sentences.first([f"tables.unit.{column.unit}"], lang, "") if column.unit != "count" else ""
            return f"{number} {'%' if column.unit == 'share' else unit}".rstrip()
    if column.words == "parameter":
        return _setting(code, lang)
    return sentences.first([f"{column.words}.{code}"], lang, code.replace("_", " "))


def _part(family: str, code: str, lang: Lang) -> str:
    """Return a part of a number's id in words: those of its family, of all, or of a state, task or column."""
    places = (f"numbers.{family}", "numbers.all", "caseload.measure", "caseload.task", "tables.pilot_cards")
    keys = [f"{one}.{code}" for one in (*places, "caseload.segment")]
    return sentences.first(keys, lang, code.replace("_", " "))


def _setting(name: str, lang: Lang) -> str:
    """Return a parameter as readers know it, with its part or segment and its date; else its name."""
    path, *parts = name.split("/")
    try:
        entry, _ = catalogue().drawn(path)
    except KeyError:
        return name
    return ", ".join([catalogue().title(path, lang), *(called(one, entry.keys, lang) for one in parts)])


def _head(found: Difference, named: Mapping[str, str], lang: Lang) -> Iterator[str]:
    """Yield at most ten lines: how many numbers changed and why, then each part with its largest change.

    ``found``: what differs. ``named``: each number in words. ``lang``: language.
    """
    yield summary(found, lang)
    parts: dict[str, list[tuple[str, Change]]] = {}
    for change in found.changes:
        part, _, what = named[change.id].partition(": ")
        parts.setdefault(part, []).append((what or part, change))
    most = sorted(parts.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    for name, changes in most[:MOST_PARTS]:
        what, largest = max(changes, key=lambda pair: _size(pair[1]))
        yield say("diff.part", lang, part=name, count=len(changes), what=what, change=_change(largest, lang))
    if len(most) > MOST_PARTS:
        yield say("since.more", lang, count=len(most) - MOST_PARTS)


def _values(change: Change) -> list[float]:
    """Return what a number was and is, as far as it has values."""
    rows = [row for row in (change.old, change.new) if row]
    return [row["value"] for row in rows if row.get("value") is not None]


def _size(change: Change) -> float:
    """How much a number changed, as a part of what it was."""
    old, *new = _values(change) or [0.0]
    return abs(new[0] - old) / max(abs(old), 1.0) if new else 0.0


def _change(change: Change, lang: Lang) -> str:
    """Return old, new and their difference."""
    told = [_value(row, lang) for row in (change.old, change.new)]
    old, *new = _values(change) or [0.0]
    if new and change.old and change.new:
        decimals = max(change.new["decimals"], change.old["decimals"])
        apart = notation.rounded(new[0] - old, decimals)
        sign = "+" if apart > 0 else "-" if apart else ""
        told.append(sign + notation.shown(abs(new[0] - old), change.new["unit"], decimals, lang))
    return " \N{EN DASH} ".join(told)


def _value(row: Mapping[str, Any] | None, lang: Lang) -> str:
    if row is None:
        return say("diff.absent", lang)
    value, low, high = (
        None if row[part] is None else notation.shown(row[part], row["unit"], row["decimals"], lang)
        for part in ("value", "low", "high")
    )
    limits = None if low is None and high is None else f"[{low or '..'}, {high or '..'}]"
    unit = sentences.first([f"tables.unit.{row['unit']}"], lang, row["unit"])
    return " ".join(part for part in (value, limits, unit) if part)


def lines(found: Difference, old: Path, new: Path, lang: Lang, *, ids: bool = False) -> list[str]:
    """Return the difference: a summary, inputs with where they were set, and old, new and difference.

    ``found``, ``old``, ``new``: what differs, and the two result folders. ``lang``: language. ``ids``:
    whether numbers bear their ids and the full names of their causes, instead of words.
    """
    rows = row_names((old, new), lang)
    named = {change.id: label(change.id, found.results, rows, lang) for change in found.changes}
    told = list(_head(found, named, lang)) if found.changes else []
    reasons = {reason: say(f"reason.{reason}", lang) for reason in Reason}
    if found.inputs:
        told.append(say("diff.inputs", lang))
        settings, once = (_settings(old, lang), _settings(new, lang)), dict[str, None]()
        for reason, source in found.inputs:
            kind, _, name = source.partition(":")
            cells = [one.get(name, {}) if kind == "parameter" else {} for one in settings]
            sides = " -> ".join(_side(*pair) for pair in (cells, cells[::-1]) if pair[0])
            words = _setting(name, lang) if kind == "parameter" else name
            words = sentences.template("runs.diff.head", lang) if source == HEADER else words
            once[f"  {reasons[reason]}: {source if ids else words} {sides}".rstrip()] = None
        told += once  # one file may be both read and opened
    if not found.changes:
        return [*told, say("diff.same", lang)]
    told.append(say("diff.numbers", lang))
    for change in found.changes:
        causes = {f"{reasons[reason]} {source if ids else ''}".rstrip() for reason, source in change.causes}
        why = ", ".join(sorted(causes)) or say("reason.none", lang)
        name = change.id if ids else named[change.id]
        told.append(f"  {name}: {_change(change, lang)} ({why})")
    if found.unexplained:
        names = ", ".join(found.unexplained)
        told.append(say("diff.unexplained", lang, count=len(found.unexplained), names=names))
    return told


def _side(cells: Mapping[str, str], others: Mapping[str, str]) -> str:
    """Return the values that another result does not have, and where they were set; all where it has them."""
    apart = {told: where for told, where in cells.items() if told not in others} or cells
    places = dict.fromkeys(one for where in apart.values() for one in where.split(" + "))
    return f"{', '.join(apart)} ({' + '.join(places)})"


def _settings(folder: Path, lang: Lang) -> dict[str, dict[str, str]]:
    """Return for each parameter its values in words, with segment and day, and the ``FILE:LINE`` of each."""
    found, known = dict[str, dict[str, str]](), {*catalogue().paths}
    try:
        for row in json.loads(read_bytes(folder / "parameters.json")):
            path, atoms = row["path"], (row[name] for name in ("low", "value", "high"))
            entry = catalogue()[path] if path in known else None
            keys, choices = (entry.keys, entry.choices) if entry else ((), ())
            parts = [called(one, keys, lang) for one in row["segment"].split(".")]
            amount = Amount(*(tuple(one) if isinstance(one, list) else one for one in atoms))
            told = [*parts, row["from"], in_words(amount, choices, lang)]
            found.setdefault(path, {})[" ".join(filter(None, told))] = row["where"]
    except (OSError, *DAMAGED):
        return {}
    return found
