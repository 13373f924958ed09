"""Needs of draws that were found before: shipped for the base scenario, and kept for this user's own.

A need is a function of the scenario, the promise, the draws, the seed and the engine. Its key is a digest of
the first four, and of what the engine *does*: how many people are where after a few runs. So nothing that was
found under other assumptions, or by an engine that counts otherwise, is ever taken for an answer.
``python -m kik_analysis.planning.store`` makes the shipped file again.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import json
import math
from pathlib import Path
from typing import get_args

import numpy as np

from kik_analysis import project
from kik_analysis.capacity.kernel.machine import cache_root
from kik_analysis.evidence import files
from kik_analysis.planning import thresholds
from kik_analysis.planning.thresholds import Floats
from kik_analysis.reading import writing
from kik_analysis.reading.digest import digest, file_digest

PLACE = ("staffing", "needs.csv")
_LETTERS = 20  # of a digest: enough to tell all that was ever found apart
_found: dict[str, Floats] = {}  # what this process has found or recalled


@functools.cache
def _search() -> str:
    return file_digest(Path(thresholds.__file__))


def key(*of: object) -> str:
    """Name of the needs of some draws; ``of``: all that they depend on but the way they are searched."""
    return digest([_search(), *of])[:_LETTERS]


def recall(name: str, draws: int) -> Floats | None:
    """Return needs that were found before; None where there are none that fit."""
    found = _shipped().get(name)
    if found is None:
        with contextlib.suppress(OSError, ValueError, TypeError):
            read = json.loads((cache_root() / "staff" / f"{name}.json").read_text(encoding="utf-8"))
            found = [math.inf if one is None else float(one) for one in read]
    if found is None or len(found) != draws or not all(one >= 0 for one in found):
        return None
    _found[name] = np.array(found)
    return _found[name]


def keep(name: str, needs: Floats) -> None:
    """Keep needs for the next time; a folder that cannot be written is no matter."""
    _found[name] = needs
    folder = cache_root() / "staff"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        plain = [one if math.isfinite(one) else None for one in needs.tolist()]
        writing.write_file(folder / f"{name}.json", json.dumps(plain).encode())


def _shipped() -> dict[str, list[float]]:
    path, found = project.data(*PLACE), dict[str, list[float]]()
    for row in csv.DictReader(io.StringIO(files.read_text(path))) if path.is_file() else ():
        found.setdefault(row["key"], []).append(float(row["fte"] or math.inf))
    return found


def main() -> None:
    """Write what `kik fte` and the notebooks ask about the base scenario to ``data/staffing/needs.csv``."""
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.planning import groups, staff
    from kik_analysis.planning.promise import Contact

    path = project.data(*PLACE)
    path.unlink(missing_ok=True)
    _found.clear()
    scenario = load_scenario()
    asked = staff.Question(scenario)
    staff.required_fte(scenario, draws=staff.DRAWS)
    staff.required_fte(scenario, kept=groups.promises(asked)[groups.AFTER], draws=staff.DRAWS)
    for contact in get_args(Contact):
        staff.required_fte(scenario, contact=contact, draws=groups.DRAWS)
    groups.answers(asked)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("key", "fte"))
    for name, needs in sorted(_found.items()):
        table.writerows((name, repr(one) if math.isfinite(one) else "") for one in needs.tolist())
    path.parent.mkdir(exist_ok=True)
    writing.write_file(path, out.getvalue().encode())


if __name__ == "__main__":
    from kik_analysis.planning import store

    store.main()
