"""The stored posterior: draws, what they rest on, and the tables of the calibration.

``python -m kik_analysis.planning.posterior`` makes the files in ``data/posterior`` anew, within Monte Carlo
error, in some minutes on two cores, with progress. They say which claims, priors, measurement and model they
rest on; when one of these differs from the project's own the posterior is *stale*, and that is said.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis import project
from kik_analysis.errors import DataError, InputError
from kik_analysis.evidence import files
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.reads import note
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.planning.store import code
from kik_analysis.reading import writing
from kik_analysis.reading.digest import digest

if TYPE_CHECKING:
    import polars as pl

    from kik_analysis.planning.calibration import Size, Told

NAME, DRAWS, ABOUT = "posterior", "draws.csv", "about.json"
TABLES = ("assumptions", "ridges", "modes", "alternatives", "prediction", "confronted", "backcast")
MODEL = ("history.py", "measurement.py")
COMMAND = "python -m kik_analysis.planning.posterior"


def folder() -> Path:
    """Return the folder of the stored posterior."""
    return project.data(NAME)


def table(name: str) -> pl.DataFrame:
    """Return one of :data:`TABLES`, or ``draws``; the read is on record, as a simulation over assumptions.

    Columns of the draws are ``weight`` (sums to one), ``start``, ``share_new``, and one for each parameter by
    path; dates are months since January 2015. The history says nothing about ``team``, ``work`` and
    ``policy``. DataError when there is no stored posterior; the message tells how to make one.
    """
    import polars as pl

    path = folder() / f"{name}.csv"
    if not path.is_file():
        raise DataError(f"{project.relative(path)}: not there (make it with {COMMAND})")
    text = files.read_bytes(path)
    note("simulation", "posterior", about(), Evidence.ASSUMED)
    return pl.read_csv(io.BytesIO(text), infer_schema_length=None, try_parse_dates=True)


def about() -> dict[str, Any]:
    """Return what the posterior rests on and how it was made: digests, sizes, seed, diagnostics, misfit."""
    path = folder() / ABOUT
    found = json.loads(files.read_text(path))
    if not isinstance(found, dict) or not isinstance(found.get("digests"), dict):
        raise DataError(f"{project.relative(path)}: damaged (make it again with {COMMAND})")
    return found


def digests(scenario: Scenario | None = None) -> dict[str, str]:
    """Return the digests of what a posterior rests on: claims, priors, measurement and model.

    ``scenario``: whose ranges are the priors; the base by default. Its ``team`` plays no part.
    """
    from kik_analysis.facts.claims import claims
    from kik_analysis.planning.history import Prior
    from kik_analysis.planning.measurement import READINGS, measurement

    given = load_scenario() if scenario is None else scenario
    distance = [given.value(f"history.discrepancy{who}").canonical() for who in ("", "_not_reached")]
    start = given.value("history.first_talks_start").canonical()
    priors = digest([Prior(given).digest(), distance, start, given["policy.attempts"]])
    used = {claim for claim, _ in measurement().quantities("sequence").values()} | {"L009", "L028"}
    found = ((one, claims()[one]) for one in sorted(used))
    values = digest({one: [claim.value, claim.low, claim.high, claim.as_of] for one, claim in found})
    counts = digest([measurement().quantities(one) for one in READINGS])
    return {"claims": values, "measurement": counts, "priors": priors, "model": code(*MODEL)}


def stale(scenario: Scenario | None = None) -> tuple[str, ...]:
    """Return what differs from what the stored posterior rests on; empty when it holds.

    ``scenario``: as in :func:`digests`.
    """
    stored = about()["digests"]
    return tuple(name for name, now in digests(scenario).items() if stored.get(name) != now)


def calibrate(
    out: Path, size: Size | None = None, seed: int | None = None, told: Told = lambda _: None
) -> dict[str, Any]:
    """Fit the assumptions to the history and write the posterior to a folder, whole or not at all.

    ``out``: the folder; replaced in one step. ``size``, ``seed``: of the samples; by default the full size
    and the base scenario's seed. ``told``: called with lines about progress. Returns what ``about.json``
    says. InputError the folder cannot take it, or the claims cannot be reproduced: what stands out, and which
    single claim, left out, restores the fit.
    """
    import polars as pl

    from kik_analysis.planning import backcast
    from kik_analysis.planning import calibration as c

    above, ours = out.absolute().parent, out.is_dir() and (not any(out.iterdir()) or (out / ABOUT).is_file())
    if not above.is_dir():
        raise InputError(f"--out {out.name}: cannot be written (there is no folder {above.name})")
    if out.exists() and not ours:
        why = "holds something else than a posterior; pass a new or an empty folder"
        raise InputError(f"--out {out.name}: {why}")
    scenario, size = load_scenario(), size or c.Size()
    seed = int(scenario["run.seed"]) if seed is None else seed  # type: ignore[arg-type]
    spread = c.by_chance(scenario, seed, told)
    failing = c.misfit(scenario, spread, seed)
    if not failing["fits"]:
        worst = ", ".join(f"{name} {far:+.1f} sd" for name, far in list(failing["residuals"].items())[:3])
        without = " or ".join(failing["restored_without"]) or "no single claim"
        raise DataError(f"the history cannot be reproduced: {worst}; left out, {without} restores the fit")
    problem = c.Problem(scenario, c.MAIN, spread)
    how = {name: getattr(size, name) for name in ("starts", "particles", "sweeps", "workers")}
    pool = c.Pool(problem, problem.sample(seed, told, **how))
    frame, values = backcast.chosen(pool, size.draws)
    course, confronted = backcast.made(pool, frame, values, seed, told)
    tables: dict[str, Any] = {
        "draws": frame, "assumptions": pool.assumptions(), "ridges": pool.ridges(),
        "modes": pool.modes(), "prediction": pool.prediction(), "confronted": confronted,
        "backcast": course, "alternatives": c.compare(scenario, pool, spread, seed, size, told),
    }  # fmt: skip
    said = {
        "format": 1, "kind": NAME, "command": COMMAND, "seed": seed, "draws": frame.height,
        "starts": size.starts, "particles": size.particles, "digests": digests(scenario),
        "months_since": str(pool.problem.calendar.first), "misfit": failing,
        "rhat": max(row["rhat"] for row in tables["assumptions"]),
        "not_corrected": "history: mean model alone; the engine takes over at the letter's count",
    }  # fmt: skip
    with tempfile.TemporaryDirectory(dir=above, prefix=".posterior-") as place:
        new = Path(place) / NAME
        new.mkdir()
        for name, rows in tables.items():
            one = pl.DataFrame(rows, infer_schema_length=None).with_columns(
                pl.col(pl.Float64).round_sig_figs(6)
            )
            (new / f"{name}.csv").write_text(one.write_csv(line_terminator="\n"), encoding="utf-8")
        (new / ABOUT).write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        writing.exchange(new, out)
    return said


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the stored posterior anew, with progress on standard error."""
    from kik_analysis.planning.calibration import Size

    parser = argparse.ArgumentParser(prog=COMMAND, description=main.__doc__)
    parser.add_argument("--out", type=Path, help="folder (default data/posterior of the project)")
    parser.add_argument("--trial", action="store_true", help="small samples, to see that it works")
    given = parser.parse_args(arguments)
    began = time.monotonic()

    def told(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", file=sys.stderr, flush=True)

    size = Size(2, 100, 10, 100, 5, draws=40) if given.trial else Size()
    try:
        if given.trial and given.out is None:
            raise InputError("--trial: pass --out too, or small samples replace the stored posterior")
        said = calibrate(given.out or folder(), size, told=told)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    told(f"R-hat {said['rhat']:.4f}; {said['draws']} draws")


if __name__ == "__main__":
    main()
