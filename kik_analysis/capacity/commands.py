"""``kik simulate``: one scenario, its weekly table to a file, or what it comes to on the screen."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kik_analysis.errors import InputError, ParameterError

if TYPE_CHECKING:
    from kik_analysis.capacity.results import Result
    from kik_analysis.parameters.scenario import Scenario

SUFFIXES = (".csv", ".parquet")
#: What the screen shows: states, reach, hours.
SHOWN = (
    "group_size", "never_invited", "invited", "appointment", "in_contact", "overdue", "declined",
    "not_reached", "known_to_wij", "in_support", "outside_services", "offered_52_weeks", "reached_52_weeks",
    "invitations", "conversations", "hours_available", "hours_used", "mean_wait_weeks",
)  # fmt: skip
_BAR = 20


def simulate(arguments: argparse.Namespace) -> int:
    """Simulate a scenario; write its weekly table, or print what it comes to.

    Raises
    ------
    InputError
        The scenario, an assignment or the name of the file is wrong; said before the first week.
    """
    out: Path | None = arguments.out
    if out is not None:
        _usable(out)
    scenario = _scenario(arguments.parameters, arguments.assign)
    from kik_analysis.capacity.simulate import simulate as run

    bar = _Bar(sys.stderr.isatty() and not arguments.quiet)
    try:
        if arguments.engine == "calendar":
            bar.compile()
        result = run(
            scenario, replications=arguments.replications, seed=arguments.seed, engine=arguments.engine,
            progress=bar.show,
        )  # fmt: skip
    finally:
        bar.clear()
    for line in result.warnings:
        print(f"warning: {line}", file=sys.stderr)
    if out is None:
        print("\n".join(lines(result)))
        return 0
    write(result, out)
    print(out)
    return 0


def _usable(out: Path) -> None:
    if out.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"--out: got {out.name!r}; expected a file name that ends in {' or '.join(SUFFIXES)}"
        )
    if out.is_dir():
        raise InputError(f"--out: {out} is a folder; expected the name of a file")


def _scenario(path: Path | None, assignments: list[str]) -> Scenario:
    from kik_analysis.parameters.overrides import parse_assignment
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.reading.problems import Problems

    problems = Problems()
    overrides: dict[str, object] = {}
    for text in assignments:
        overrides |= parse_assignment(text, problems)
    problems.raise_if_any(ParameterError)
    return load_scenario(path, overrides or None)


def write(result: Result, out: Path) -> None:
    """Write the weekly table: CSV or Parquet by the suffix, the old file or the new one and nothing between.

    Raises
    ------
    OSError
        The place cannot be written to.
    """
    import io

    from kik_analysis.reading import writing

    frame = result.weekly().fill_nan(None)
    if out.suffix.lower() == ".csv":
        content = frame.write_csv(line_terminator="\n").encode("utf-8")
    else:
        stream = io.BytesIO()
        frame.write_parquet(stream)
        content = stream.getvalue()
    writing.write_file(out, content)


def lines(result: Result) -> list[str]:
    """Return what a result comes to in the last week of the run: a line per measure, for the screen."""
    c = result.compiled
    runs = f"{result.replications} replications, seed {result.seed}" if result.replications else "no chance"
    last = c.mondays()[-1]
    out = [f"{c.name}: {c.weeks} weeks from {c.start}, {result.engine} engine, {runs}"]
    out += [f"week of {last}:", f"{'':20}{'mean':>12}{'q10':>12}{'q90':>12}  unit"]
    frame = result.weekly(SHOWN)
    rows = frame.filter((frame["week"] == last) & (frame["segment"] == "all"))
    by_name = {row["measure"]: row for row in rows.iter_rows(named=True)}
    for name in SHOWN:
        row = by_name[name]
        share = row["unit"] == "share"
        numbers = "".join(_number(row[part], share) for part in ("mean", "q10", "q90"))
        out.append(f"{name:20}{numbers}  {'of the group' if share else row['unit']}")
    return out


def _number(value: float | None, share: bool) -> str:
    if value is None or value != value:
        return f"{'.':>12}"
    return f"{value:12.1%}" if share else f"{value:12,.1f}"


class _Bar:
    """A bar on standard error where someone is watching."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def compile(self) -> None:
        """Have the engine compiled before the bar starts."""
        if self.on:
            self._put("preparing the engine (the first time this takes some seconds)")
        from kik_analysis.capacity.kernel import jit

        jit.ready()

    def show(self, done: int, total: int) -> None:
        """Show how far it is."""
        if self.on:
            full = done * _BAR // max(total, 1)
            self._put(f"[{'#' * full}{'.' * (_BAR - full)}] {done} of {total}")

    def clear(self) -> None:
        """Take the bar away."""
        if self.on:
            self._put("")

    def _put(self, words: str) -> None:
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()
