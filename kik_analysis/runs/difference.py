"""``kik diff``: which numbers changed between two results, and because of what.

The vocabulary is that of the guide to revisions of the British statistics office: better data, better
method, correction of a mistake; with input (somebody chose another value) and chance (another seed) beside
it. A cause is a changed input that the number read, so no number can change without one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kik_analysis.errors import InputError
from kik_analysis.evidence import simulations
from kik_analysis.runs import manifest
from kik_analysis.runs.manifest import Manifest

NUMBERS = "numbers.json"
SEED = "parameter:run.seed"


class Reason(StrEnum):
    """Why a number changed."""

    INPUT = "input"
    DATA = "data"
    METHOD = "method"
    CORRECTION = "correction"
    CHANCE = "chance"


@dataclass(frozen=True)
class Change:
    """One number that is not what it was.

    Attributes
    ----------
    id
        The number.
    old, new
        Its rows in ``numbers.json``; None where it did not exist.
    causes
        ``(reason, source)``, the source as ``parameter:team.fte``, ``claim:L042``, ``module:facts/audit.py``.
    """

    id: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    causes: tuple[tuple[Reason, str], ...]


@dataclass(frozen=True)
class Difference:
    """All that differs between two results: inputs by source, and numbers."""

    inputs: tuple[tuple[Reason, str], ...]
    changes: tuple[Change, ...]

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Return the numbers that changed without a cause on record; there should be none."""
        return tuple(change.id for change in self.changes if not change.causes)


def numbers(folder: Path, *, tolerant: bool = False) -> dict[str, Any]:
    """Return the numbers of a result by id; with ``tolerant`` none at all where there is no result.

    Raises
    ------
    InputError
        When the file is not there or damaged.
    """
    try:
        found: dict[str, Any] = simulations.complete(json.loads((folder / NUMBERS).read_bytes()))
    except OSError as error:
        if tolerant:
            return {}
        raise InputError(f"{folder.name}/{NUMBERS}: cannot be read ({error.strerror})") from None
    except ValueError:
        if tolerant:
            return {}
        raise InputError(f"{folder.name}/{NUMBERS}: damaged (not the JSON that a run writes)") from None
    return found


def compare(old: Path, new: Path) -> Difference:
    """Return what differs between two result folders.

    Raises
    ------
    InputError
        When one of them is no result folder, is damaged, or was written by a newer version.
    """
    return between(manifest.load(old), manifest.load(new), numbers(old), numbers(new))


def between(old: Manifest, new: Manifest, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Return what differs between two results, from their manifests and numbers."""
    inputs = dict(_inputs(old, new))
    method = _method(old, new)
    changes = []
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if _shown(one) == _shown(other):
            continue
        reads = {read for row in (one, other) if row for read in row["reads"]}
        causes = {(inputs[read], read) for read in reads if read in inputs}
        causes |= {(Reason.METHOD, source) for source in _methods_of(name, old, new, method)}
        changes.append(Change(name, one, other, tuple(sorted(causes))))
    return Difference(tuple(sorted((reason, source) for source, reason in inputs.items())), tuple(changes))


def _shown(row: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    return None if row is None else tuple(row.get(part) for part in ("value", "low", "high", "unit"))


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[str]:
    return (name for name in {*old, *new} if old.get(name) != new.get(name))


def _inputs(old: Manifest, new: Manifest) -> Iterable[tuple[str, Reason]]:
    """Yield every source that changed, with the reason that it stands for."""
    corrected = set(_differing(old.inputs.get("correction", {}), new.inputs.get("correction", {})))
    for kind in {*old.inputs, *new.inputs}:
        for name in _differing(old.inputs.get(kind, {}), new.inputs.get(kind, {})):
            source = f"{kind}:{name}"
            if kind == "parameter":
                yield source, Reason.CHANCE if source == SEED else Reason.INPUT
            elif kind == "module":
                yield source, Reason.METHOD
            elif kind == "claim" and name in corrected:
                yield source, Reason.CORRECTION
            elif kind != "correction":
                yield source, Reason.DATA
    for name in _differing(old.versions, new.versions):
        yield f"version:{name}", Reason.METHOD
    if old.lock != new.lock:
        yield "lock:packages", Reason.METHOD
    for stem in {*old.notebooks, *new.notebooks}:
        cells = [one.notebooks.get(stem, {}).get("cells") for one in (old, new)]
        if cells[0] != cells[1]:
            yield f"notebook:{stem}", Reason.METHOD


def _method(old: Manifest, new: Manifest) -> set[str]:
    return {source for source, reason in _inputs(old, new) if reason is Reason.METHOD}


def _homes(name: str, *results: Manifest) -> set[str]:
    """Return the notebooks that published a number: by its id, or by the table that it is a cell of."""
    table = name.partition("/")[0]
    return {
        stem
        for one in results
        for stem, said in one.notebooks.items()
        if name in said.get("numbers", ()) or table in said.get("tables", ())
    }


def _methods_of(name: str, old: Manifest, new: Manifest, method: set[str]) -> Iterable[str]:
    """Yield the changed code that a number came through: modules of its notebooks, their cells, packages."""
    homes = _homes(name, old, new)
    modules = {
        f"module:{path}"
        for one in (old, new)
        for stem in homes
        for path in one.notebooks.get(stem, {}).get("modules", ())
    }
    for source in method:
        kind, _, what = source.partition(":")
        if source in modules or kind in ("version", "lock") or (kind == "notebook" and what in homes):
            yield source
        elif not homes and kind == "module":
            # a claim or parameter as the report lists it
            yield source
