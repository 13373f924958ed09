"""Time and memory of a synthetic register: the group, all of the Netherlands, ten million rows.

``python -m benchmarks.register``. Each size in a process of its own; imports and reading are not
counted. Goals: the group in 2 s, 403,000 people in 30 s, memory in proportion to people.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

SIZES = (6_953, 100_000, 403_000, 2_620_000)
"""The last one has ten million rows of contacts in municipal dress (two for each invitation)."""


def one(people: int) -> int:
    """Make a register of this many people; print its rows, seconds and memory; return the rows."""
    import scipy.optimize  # noqa: F401

    from kik_analysis.facts.bounds import bound
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.people.synthesis import synthesise
    from kik_analysis.people.targets import load_margins

    scenario, margins = load_scenario(), load_margins()
    bound("people_spoken")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, busy = time.perf_counter(), time.process_time()
    made = synthesise(scenario, margins, people=people).register
    taken, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = 2 * made.invitations.height
    grown = (peak - before) / 1024
    print(
        f"{people:10,} people {rows:12,} events {taken:8.2f} s ({busy:.2f} s of work) {grown:8.0f} MB",
        flush=True,
    )
    return rows


def start() -> dict[str, float]:
    """Make what is measured, small."""
    return {"rows": one(60)}


def main() -> None:
    """Run each size in a process of its own: memory is what one process used at most."""
    for people in SIZES:
        code = f"from benchmarks.register import one; one({people})"
        subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    main()
