"""The frozen scenario: every parameter resolved, with its range, its source and its dated changes."""

import contextlib
import dataclasses
import datetime
import functools
import os
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import Any

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.evidence import reads
from kik_analysis.evidence.display import Display, expect
from kik_analysis.evidence.reads import Evidence, worst
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.parameters import changes as dated
from kik_analysis.parameters.catalogue import Atom, Entry, catalogue, plain
from kik_analysis.parameters.changes import Change, Drop, apply
from kik_analysis.parameters.files import (
    OVERRIDES,
    SET,
    Header,
    Layer,
    find,
    overrides_layer,
    read_layers,
    together,
)
from kik_analysis.parameters.remarks import Remark, check_bounds, remark, remarks, with_defaults
from kik_analysis.parameters.values import ALL, Origin, Value
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.storage import digest

_loaded: dict[str, tuple[tuple[Layer, ...], bool]] = {}
"""What the files say that this process loaded as a scenario, by path, without what was laid over them, and
whether code other than ours asked for it: ours loads the shipped ones to compare with."""


@dataclass(frozen=True, repr=False)
class Scenario(Display):
    """All parameters of one scenario. Nothing in it changes; :meth:`replace` gives a new one.

    Two are equal when files of one name say the same, sources and titles included. Looking a parameter or the
    head up records the read, with the evidence class of the value.

    ``name``: the stem of the file's name. ``changes``: the dated changes of all files, the base's first.
    ``warnings``: remarks: keys that were renamed, uncertain quantities that were fixed, facts that were
    changed. ``layers``: what each file said, the base first.
    """

    name: str
    changes: tuple[Change, ...]
    warnings: tuple[Remark, ...]
    layers: tuple[Layer, ...]
    _head: Header
    _values: dict[str, Value]
    _timeline: dict[str, Value]
    _noted: dict[str, tuple[dict[str, object], Evidence, Evidence]] = dataclasses.field(
        default_factory=dict, init=False, compare=False
    )

    def __hash__(self) -> int:  # of what went over the first file: a digest of all takes ten milliseconds
        return hash((self.name, *(frozenset(layer.values.items()) for layer in self.layers[1:])))

    def __repr__(self) -> str:
        return f"Scenario({self.name}, {self.digest()[:8]})"

    def shown(self) -> tuple[str, Iterable[tuple[str, object]]]:
        """Return what a notebook shows of the scenario: its title, files, run and number of remarks."""
        start, weeks = (self._values[path].central for path in ("run.start", "run.weeks"))
        return self.title["en"], (
            ("files", ", ".join(layer.name for layer in self.layers)),
            ("run", f"{weeks} weeks from {start}"),
            ("parameters", f"{len(self._values)}, {len(self.changes)} dated changes"),
            ("remarks", len(self.warnings)),
            ("digest", self.digest()[:8]),
        )

    @property
    def header(self) -> Header:
        """Return title, reason, source, baseline, place, and whether the published history belongs to it."""
        reads.note("scenario", "header", dataclasses.asdict(self._head), None)
        return self._head

    @property
    def title(self) -> dict[str, str]:
        """Return the title in Dutch and English."""
        return dict(zip(LANGUAGES, self.header.title, strict=True))

    @property
    def base(self) -> "Scenario":
        """Return what the file below all others says: the past, whatever a plan says of the time to come."""
        return _assemble(self.layers[:1], Path(self.layers[0].name).stem, Problems())

    @property
    def overrides(self) -> tuple[str, ...]:
        """Return the values that went over its files, as ``team.fte=12``."""
        given = {k: self[k] for one in self.layers if one.name in (OVERRIDES, SET) for k in one.values}
        return tuple(f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in given.items())

    @property
    def label(self) -> str:
        """Return the English title, with the values that went over the files."""
        return self.title["en"] + (f" ({', '.join(self.overrides)})" if self.overrides else "")

    def named(self, name: str, title: tuple[str, str]) -> "Scenario":
        """Return the same scenario under another name and title (Dutch, English)."""
        return dataclasses.replace(self, name=name, _head=dataclasses.replace(self._head, title=title))

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every path, in the order of the catalogue."""
        return tuple(self._values)

    @property
    def start(self) -> datetime.date:
        """Return the first Monday of the run."""
        start = self["run.start"]
        assert isinstance(start, datetime.date)
        return start

    @property
    def end(self) -> datetime.date:
        """Return the first day after the run."""
        return self.start + int(str(self["run.weeks"])) * datetime.timedelta(weeks=1)

    def __getitem__(self, path: str) -> Atom | Mapping[str, Atom]:
        """Return a parameter's central value at the start of the run, before dated changes.

        A number, text, date or tuple; a frozen mapping by segment or part where the value differs by it.
        ParameterError when there is no such parameter; the message names the nearest.
        """
        value, start = self.value(path), self._values["run.start"].central
        assert isinstance(start, datetime.date)
        cells = {name: value.at(start, name).central for name in value.names}
        return MappingProxyType(cells) if value.by_name else cells[ALL]

    def value(self, path: str) -> Value:
        """Return a parameter's value before dated changes, with range, unit and origin.

        ParameterError when there is no such parameter.
        """
        self._record(path, dated=False)
        return self._values[path]

    def overall(self, path: str, *, dated: bool = False) -> tuple[float, float, float]:
        """Return low, central and high of a number for the whole group, at the start of the run.

        Where it differs by segment each is the mean over the segments, weighted by their central shares,
        which are then on record as well. ``dated``: with dated changes. ParameterError when the parameter is
        no number for each segment, or there is no such parameter.
        """
        value, start = self.timeline(path) if dated else self.value(path), self._values["run.start"].central
        assert isinstance(start, datetime.date)
        shares: Any = self["people.segment_share"] if value.by_name else {ALL: 1.0}
        if not self.entry(path).numeric or set(value.names) != set(shares):
            raise ParameterError(f"parameter {path} is not one number")
        rows = ([float(str(atom)) for atom in value.at(start, name).atoms] for name in shares)
        low, central, high = (  # from the first on: exact where all are alike
            one[0] + fmean([x - one[0] for x in one], shares.values()) for one in zip(*rows, strict=True)
        )
        return low, central, high

    def central(self, path: str) -> float:
        """Return the central value of :meth:`overall`."""
        return self.overall(path)[1]

    def timeline(self, path: str) -> Value:
        """Return a parameter's value with dated changes worked in as steps.

        ParameterError when there is no such parameter.
        """
        self._record(path, dated=True)
        return self._timeline[path]

    def at(self, path: str, date: datetime.date, segment: str = ALL) -> Atom:
        """Return a parameter's central value on a date, dated changes included.

        ``path``: the parameter. ``date``: any day on or after the first date of a dated value. ``segment``: a
        segment or named part; needed where the value differs by it. ParameterError when there is no such
        parameter or segment, or no value on that day; ModelError when the date is none.
        """
        expect(date, datetime.date, "Scenario.at: date", "a day", "datetime.date")
        return self.timeline(path).at(date, segment).central

    def evidence(self, path: str) -> Evidence:
        """Return the evidence class of a parameter: the worst of its value's and its changes'."""
        self.entry(path)
        return self._graded([self._values[path].origin, *(one.origin for one in self._changes_of(path))])

    def _graded(self, origins: Iterable[Origin]) -> Evidence:
        """Return the worst class of who set something; what a letter says of another place is assumed."""
        here = [] if self._head.published else [Evidence.ASSUMED]
        return worst([*here, *(one.evidence for one in origins)])

    def entry(self, path: str) -> Entry:
        """Return the catalogue's entry of a parameter.

        ParameterError when there is no such parameter.
        """
        if not isinstance(path, str) or path not in self._values:
            raise ParameterError(f"unknown parameter {path}{catalogue().did_you_mean(str(path))}")
        return catalogue()[path]

    def _changes_of(self, path: str) -> list[Change]:
        return [change for change in self.changes if change.path == path]

    def _record(self, path: str, *, dated: bool) -> None:
        if not isinstance(path, str) or path not in self._noted:
            evidence, value = self.evidence(path), self._values[path]  # in this order: it names the nearest
            own = self._graded([value.origin])
            self._noted[path] = _said(value, tuple(self._changes_of(path))), own, evidence
        noted, own, worst_ = self._noted[path]
        reads.note("parameter", path, noted, worst_ if dated else own)

    def table(self) -> list[dict[str, object]]:
        """Return one row per path, segment (or part) and date: what ``parameters.json`` holds.

        Columns: ``path``, ``segment``, ``from`` (ISO date or empty), ``value``, ``low``, ``high``, ``unit``,
        ``source``, ``confidence``, ``where`` (``FILE:LINE``), ``evidence``. Dated changes are worked in.
        Reading the table records no reads.
        """
        rows: list[dict[str, object]] = []
        for value in self._timeline.values():
            for name, steps in value.cells:
                for step in steps:
                    low, central, high = (plain(atom) for atom in step.amount.atoms)
                    row: dict[str, object] = {"path": value.path, "segment": name}
                    row["from"] = step.start.isoformat() if step.start else ""
                    row |= {"value": central, "low": low, "high": high, "unit": value.unit}
                    row["source"] = [source for origin in step.origins for source in origin.source]
                    row["confidence"] = max(origin.confidence for origin in step.origins)
                    row["where"] = " + ".join(origin.where for origin in step.origins)
                    row["evidence"] = str(self._graded(step.origins))
                    rows.append(row)
        return rows

    def replace(self, overrides: Mapping[str, object]) -> "Scenario":
        """Return a new scenario with other values, by path; dated changes stay.

        ``overrides``: ``{"team.fte": 12}``; a value may be a dictionary with one of the five shapes.
        ParameterError with one line for each value that cannot be used.
        """
        problems = Problems()
        return _assemble((*self.layers, overrides_layer(overrides, problems)), self.name, problems)

    def over(self, layer: Layer, name: str) -> "Scenario":
        """Return a new scenario: what another file itself sets and changes, on top of this one.

        ParameterError with one line for everything that does not fit together.
        """
        return _assemble((*self.layers, layer), name, Problems())

    def without(self, name: str) -> "Scenario":
        """Return a new scenario without the dated changes of a name.

        ParameterError when there is no change of that name.
        """
        return self.over(Layer(OVERRIDES, OVERRIDES, {}, (Drop(name, OVERRIDES, 0),)), self.name)

    def without_set(self, path: str) -> "Scenario":
        """Return a scenario in which no dated change sets a parameter; what changes add to it stays."""
        return self.without_changes(
            path, [one for one in self.changes if (one.path, one.action) == (path, "set")]
        )

    def without_changes(self, path: str, dropped: Collection[Change]) -> "Scenario":
        """Return a scenario without some of the dated changes of a parameter."""
        changes = tuple(one for one in self.changes if one not in dropped)
        timeline = {**self._timeline, path: apply(self._values[path], changes)}
        return dataclasses.replace(self, changes=changes, _timeline=timeline)

    def lasting(self, path: str) -> Value:
        """Return a parameter's value with those dated changes alone that do not end again."""
        self._record(path, dated=True)
        return apply(self._values[path], (change for change in self.changes if change.until is None))

    def digest(self) -> str:
        """Return the SHA-256 digest of the resolved values and changes.

        Comments, the order of keys, titles, sources and what extends what make no difference.
        """
        return self._digest

    @functools.cached_property
    def _digest(self) -> str:
        values = {path: value.canonical() for path, value in self._values.items()}
        changes = sorted((change.canonical() for change in self.changes), key=digest)
        return digest({"values": values, "changes": changes})


@functools.lru_cache(maxsize=4096)
def _said(value: Value, changes: tuple[Change, ...]) -> dict[str, object]:
    """Return what a parameter says: one object for all scenarios that say the same, so digested once."""
    simple = value.central if value.simple else None
    return {"all": value.canonical(), "changes": [one.canonical() for one in changes], "value": simple}


def load_scenario(path: str | Path | None = None, overrides: Mapping[str, object] | None = None) -> Scenario:
    """Read a scenario file and everything it extends.

    ``path``: the file, or the name of a shipped scenario; by default ``params/base.yml`` of the project. A
    relative path is sought in the working folder, then in the project's root, so that notebooks find it
    wherever their kernel started; a mere name first in ``$KIK_SCENARIO_DIR``: the runner sets it for a file
    elsewhere.
    ``overrides``: values by path that go over the file's, as ``{"team.fte": 12}``. Returns the frozen
    scenario. ParameterError with one line for every problem found in any of the files.
    """
    asked: object = path
    if asked is not None and not isinstance(asked, str | os.PathLike):
        got = f"got {type(asked).__name__}"
        raise ParameterError(f"a scenario is read from a file ({got}; expected a path, or None for base.yml)")
    file = project.params("base.yml") if path is None else find(path)
    problems = Problems()
    layers = read_layers(file, problems, project.relative(file) if path is None else "")
    ours = sys._getframe(1).f_globals.get("__name__", "").startswith("kik_analysis.")
    _loaded[str(file)] = layers, not ours or _loaded.get(str(file), ((), False))[1]
    if overrides is not None:
        layers = (*layers, overrides_layer(overrides, problems))
    return _assemble(layers, file.stem, problems)


def loaded() -> dict[str, tuple[str, bool]]:
    """Return the scenarios that this process loaded, by the digest of what they say.

    Of each the file, and whether code other than ours asked for it.
    """
    found = {}
    for file, (layers, theirs) in _loaded.items():
        with contextlib.suppress(ParameterError):  # what nobody could compute with
            found[_assemble(layers, file, Problems()).digest()] = project.relative(Path(file)), theirs
    return found


def _assemble(layers: tuple[Layer, ...], name: str, problems: Problems) -> Scenario:
    """Lay layers over each other, check the whole, and freeze it."""
    book = catalogue()
    files = {layer.name: layer.shown_as for layer in layers}
    changes = dated.merged((layer.changes for layer in layers), files, problems)
    dated.check_overlaps(changes, files, problems)
    written = [layer for layer in layers if layer.name not in (OVERRIDES, SET)]
    dropping = layers and layers[-1].name == OVERRIDES and layers[-1].changes
    if written and not dropping:  # what a file changes was checked before a change of it was dropped
        dated.check_effects(written[-1].changes, changes, _together(written), files, problems)
    problems.raise_if_any(ParameterError)  # bounds between parameters mean nothing while values are missing
    main = (written or layers)[-1].shown_as if layers else ""
    values = with_defaults(_together(layers), book, main, len(layers) > 1, problems)
    problems.raise_if_any(ParameterError)
    timeline = {path: apply(value, changes) for path, value in values.items()}
    for path, value in timeline.items():
        dated.check_result(book[path], value, files, problems)
    check_bounds(values, timeline, files, problems)
    problems.raise_if_any(ParameterError)
    counted = layers[0].values["run.start"].central if "run.start" in layers[0].values else None
    day = counted if isinstance(counted, datetime.date) else None
    said = [remark for layer in layers for remark in layer.remarks]
    beside, base = written[:-1], project.params("base.yml")
    # what extends nothing is held beside the base too, unless something was laid over it
    if not beside and written == [*layers] and layers[0].name != base.name:
        beside = [*read_layers(base, Problems())]
    own, below = (written[-1].values if written else {}), _together(beside)
    same = [path for path in own if path in below and own[path].canonical() == below[path].canonical()]
    if 2 * len(same) > len(own):
        count: dict[str, Atom] = {"count": len(same), "all": len(own), "base": Path(beside[-1].name).name}
        said.append(remark(same[0], own[same[0]].origin.where, "copied", **count))
    head = together((layer.header for layer in written), name)
    return Scenario(
        name=name,
        changes=changes,
        warnings=(*said, *remarks(values, changes, book, list(files), day, same, not head.published)),
        layers=layers,
        _head=head,
        _values=values,
        _timeline=timeline,
    )


def _together(layers: Iterable[Layer]) -> dict[str, Value]:
    return {path: value for layer in layers for path, value in layer.values.items()}
