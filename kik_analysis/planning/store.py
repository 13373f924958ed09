"""Needs of draws that were found before: shipped for the base scenario, and kept for this user's own.

A need is a function of the model, the scenario, the promise, the draw and the seed. A digest of these is its
key, so nothing that was found under other assumptions, or by other code, is ever taken for an answer.
``python -m kik_analysis.planning.store`` makes the shipped file again.
"""

from __future__ import annotations

import ast
import contextlib
import csv
import functools
import io
import json
import math
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from kik_analysis import project
from kik_analysis.capacity.kernel.machine import cache_root
from kik_analysis.evidence import files
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.promise import Promise
from kik_analysis.planning.thresholds import Floats
from kik_analysis.reading import writing
from kik_analysis.reading.digest import digest

PLACE = ("staffing", "needs.csv")
MODEL = (
    "staff.py",
    "temporary.py",
    "thresholds.py",
    "promise.py",
)  #: of this room; the whole of ``capacity`` beside it
_LETTERS = 20  # of a digest: enough to tell all that was ever found apart
_shipping: dict[str, Floats] = {}  # what this process has found or recalled


@functools.cache
def model() -> str:
    """Digest of the code that a need depends on, words about it left out."""
    rooms = resources.files("kik_analysis")
    capacity = sorted(Path(str(rooms / "capacity")).rglob("*.py"))
    paths = [*capacity, *(Path(str(rooms / "planning" / name)) for name in MODEL)]
    return digest([[path.name, _code(path)] for path in paths])


def _code(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def key(
    scenario: Scenario,
    kept: Promise,
    places: Sequence[Mapping[str, float]],
    seed: int,
    start: float,
    what: str = "",
) -> str:
    """Name of the needs of some draws.

    ``scenario``, ``kept``: the scenario and the promise. ``places``: where the parameters of each draw lie in
    their ranges. ``seed``, ``start``: of the futures; and the number of posts with which the search begins.
    ``what``: what else it depends on: the group and the way of contact.
    """
    drawn = [sorted(one.items()) for one in places]
    asked = [scenario.digest(), kept.as_json(), kept.after_backlog, drawn, seed, start, what]
    return digest([model(), *asked])[:_LETTERS]


def recall(name: str, draws: int) -> Floats | None:
    """Return needs that were found before; None where there are none that fit."""
    found = _shipped().get(name)
    if found is None:
        with contextlib.suppress(OSError, ValueError, TypeError):
            read = json.loads((cache_root() / "staff" / f"{name}.json").read_text(encoding="utf-8"))
            found = [math.inf if one is None else float(one) for one in read]
    if found is None or len(found) != draws or not all(one >= 0 for one in found):
        return None
    _shipping[name] = np.array(found)
    return _shipping[name]


def keep(name: str, needs: Floats) -> None:
    """Keep needs for the next time; a folder that cannot be written is no matter."""
    _shipping[name] = needs
    folder = cache_root() / "staff"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        writing.write_file(folder / f"{name}.json", json.dumps(_plain(needs)).encode())


def _plain(needs: Floats) -> list[float | None]:
    return [one if math.isfinite(one) else None for one in needs.tolist()]


def _shipped() -> dict[str, list[float]]:
    path = project.data(*PLACE)
    if not path.is_file():
        return {}
    found: dict[str, list[float]] = {}
    for row in csv.DictReader(io.StringIO(files.read_text(path))):
        found.setdefault(row["key"], []).append(float(row["fte"]) if row["fte"] else math.inf)
    return found


def main() -> None:
    """Write what `kik fte` and the notebooks ask about the base scenario to ``data/staffing/needs.csv``."""
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.planning import groups, staff
    from kik_analysis.planning.promise import Contact, promise

    path = project.data(*PLACE)
    path.unlink(missing_ok=True)
    _shipping.clear()
    scenario = load_scenario()
    kept = promise(scenario)
    staff.required_fte(scenario, draws=staff.DRAWS)
    staff.required_fte(scenario, kept=groups.promises(scenario, kept)[groups.AFTER], draws=staff.DRAWS)
    for contact in get_args(Contact):
        staff.required_fte(scenario, contact=contact, draws=groups.DRAWS)
    groups.answers(scenario, kept)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("key", "fte"))
    for name, needs in sorted(_shipping.items()):
        table.writerows((name, "" if one is None else repr(one)) for one in _plain(needs))
    path.parent.mkdir(exist_ok=True)
    writing.write_file(path, out.getvalue().encode())


if __name__ == "__main__":
    from kik_analysis.planning import store

    store.main()
