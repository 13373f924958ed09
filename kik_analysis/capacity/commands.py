"""What ``kik simulate`` does, as functions that print nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kik_analysis.capacity.individuals import Progress
from kik_analysis.capacity.results import Result
from kik_analysis.capacity.simulate import simulate
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.parameters.overrides import parse_assignment
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.yaml import Node

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


def overrides(assignments: Sequence[str]) -> dict[str, Node]:
    """Return what ``--set PATH=VALUE`` says, by path; the last of two for one path counts.

    Raises
    ------
    ParameterError
        With one line for everything that is no assignment.
    """
    problems = Problems()
    found: dict[str, Node] = {}
    for text in assignments:
        found |= parse_assignment(text, problems)
    problems.raise_if_any(ParameterError)
    return found


def check_out(out: Path | None) -> None:
    """Refuse a file that cannot be written, before anything is simulated.

    Raises
    ------
    InputError
        Another kind of file than CSV or Parquet, or its folder does not exist.
    """
    if out is None:
        return
    _kind(out)
    if not out.parent.is_dir():
        raise InputError(f"--out {out.name}: cannot be written (there is no folder {out.parent.name})")
    if out.is_dir():
        raise InputError(f"--out {out.name}: cannot be written (it is a folder)")


def run(
    parameters: Path | None = None,
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    uncertain: bool = False,
    register: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> Result:
    """Simulate the scenario of a file (see ``simulate.simulate`` for the arguments).

    Parameters
    ----------
    parameters
        The scenario file; default ``params/base.yml``.
    register
        Folder of a synthetic register to start from.
    overrides
        Values by path that go over the file's.

    Raises
    ------
    InputError
        The input is wrong; nothing was simulated.
    """
    from kik_analysis.people.register import read_register

    return simulate(
        load_scenario(parameters, overrides),
        register=None if register is None else read_register(register),
        replications=replications,
        seed=seed,
        workers=workers,
        uncertain=uncertain,
        progress=progress,
    )
