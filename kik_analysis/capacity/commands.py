"""What ``kik simulate`` does, as a function that prints nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kik_analysis.capacity.individuals import Progress
from kik_analysis.capacity.results import Result
from kik_analysis.capacity.simulate import simulate
from kik_analysis.errors import InputError
from kik_analysis.parameters.scenario import load_scenario

if TYPE_CHECKING:
    import polars as pl

DECIMALS = 6  #: rounded before it is written, so that platforms and patch versions agree to the byte


def table(result: Result) -> pl.DataFrame:
    """``capacity_weekly.csv`` of a result: rounded, in the order of weeks, segments and measures."""
    import polars as pl

    frame = result.weekly()
    numbers = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    # a tiny negative number must not be written as -0.0
    return frame.with_columns(pl.col(numbers).fill_nan(None).round(DECIMALS) + 0.0)


def _kind(out: Path) -> str:
    if out.suffix not in (".csv", ".parquet"):
        got = out.suffix or "none"
        raise InputError(f"--out {out.name}: unknown kind of file (got {got}; expected .csv or .parquet)")
    return out.suffix


def write(frame: pl.DataFrame, out: Path) -> None:
    """Write a table to CSV or Parquet, by the end of the file's name; whole or not at all.

    Raises
    ------
    InputError
        Another kind of file, or it cannot be written.
    """
    kind = _kind(out)
    partial = out.with_name(f".{out.name}.partial")
    try:
        if kind == ".csv":
            frame.write_csv(partial)
        else:
            frame.write_parquet(partial)
        partial.replace(out)
    except OSError as error:
        raise InputError(f"--out {out.name}: cannot be written ({error.strerror})") from None
    finally:
        partial.unlink(missing_ok=True)


def run(
    parameters: Path | None = None,
    *,
    engine: str = "calendar",
    replications: int | None = None,
    seed: int | None = None,
    out: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> tuple[str, tuple[str, ...]]:
    """Simulate one scenario and give its weekly table.

    Parameters
    ----------
    parameters
        The scenario file; default ``params/base.yml``.
    engine, replications, seed
        As in ``simulate``.
    out
        A CSV or Parquet file; without it the table is returned as CSV.
    overrides
        Values by path that go over the file's.
    progress
        Called with replications done and to do; compiling is over by then.

    Returns
    -------
    text
        CSV, or nothing where it went to a file.
    warnings
        What the result warns about, one line each.

    Raises
    ------
    InputError
        The input is wrong; nothing was simulated or written.
    """
    if out is not None:
        _kind(out)
    scenario = load_scenario(parameters, overrides)
    result = simulate(scenario, replications=replications, seed=seed, engine=engine, progress=progress)
    frame = table(result)
    if out is None:
        return frame.write_csv(), result.warnings
    write(frame, out)
    return "", result.warnings
