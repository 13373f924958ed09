"""How long the bounds take: all intervals at first, and again; one program after a claim changed.

``python -m benchmarks.bounds``. Imports and reading of files are not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import polars  # noqa: F401
import scipy.optimize  # noqa: F401

from kik_analysis.facts.bounds import bound, bounds
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.facts.identification import identification


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor time: on a busy machine only the second says something."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def after_a_change() -> None:
    """Compute one bound with one claim a person higher, so that nothing remembered serves."""
    changed = claims().replace("L042", value=3940, low=3940, high=3940)
    with substituted(changed):
        bound("success_per_invitation_never_spoken")


def start() -> dict[str, float]:
    """Make what is measured, small."""
    return {"claims": len(claims()), "questions": len(identification().quantities)}


def main() -> None:
    """Print the times of all bounds, and of one after a change."""
    claims()
    identification()
    for name, work in (
        ("all bounds, first time", bounds),
        ("all bounds, again", bounds),
        ("one ratio in whole people, after a claim changed", after_a_change),
    ):
        wall, processor = seconds(work)
        print(f"{name:52}{wall:8.3f} s{processor:8.3f} s of processor")


if __name__ == "__main__":
    main()
