"""How fast is the caseload engine? Side by side in one run: C, threads, size, memory, first result.

``python -m benchmarks engine``. Ratios are what is promised; seconds depend on the machine. If
``$KIK_BEFORE`` names a checkout of another version with its own ``.venv``, the two take turns.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engine_cases import PEOPLE, WEEKS, full, plain
from kik_analysis.capacity import layout
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.engine import Worker, simulate
from kik_analysis.capacity.kernel import machine, names
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.statistics.philox import keys

PASSES = 5
CHECKSUM = 6364136223846793005


def checksum(record: Any) -> int:
    """Order-dependent checksum of one record, as in plain.c."""
    values = record.astype(np.uint64).ravel()
    powers = np.ones(len(values), dtype=np.uint64)
    with np.errstate(over="ignore"):
        powers[1:] = np.uint64(CHECKSUM)
        powers = np.cumprod(powers, dtype=np.uint64)[::-1]
        return int((values * powers).sum(dtype=np.uint64))


def build(folder: Path) -> Path | None:
    """Compile plain.c at -O3, or nothing where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    numbers = {n: v for n, v in vars(names).items() if n.isupper() and isinstance(v, int)}
    header = "".join(f"#define {n} ({v}LL)\n" for n, v in numbers.items())
    (folder / "names.h").write_text(header, encoding="utf-8")
    source = Path(__file__).with_name("plain.c")
    program = folder / "plain"
    flags = ["-O3", "-march=native", "-std=c11", "-D_POSIX_C_SOURCE=200809L", f"-I{folder}"]
    subprocess.run([compiler, *flags, str(source), "-o", str(program)], check=True)
    return program


class Side:
    """The kernel and C on the same scenario and keys."""

    def __init__(self, c: Compiled, replications: int, folder: Path) -> None:
        self.table = layout.tables(c)
        self.keys = keys(1, 0, replications)
        people = int(machine.code("most_people")(self.table, layout.space(self.table, 1).rest, self.keys))
        self.room = layout.space(self.table, people)
        self.record = np.zeros((layout.rows(c), layout.columns(c)), dtype=np.int64)
        self.nothing = np.zeros((0, 0, 0), dtype=np.int64), np.zeros((0, 0, 0), dtype=np.int32)
        self.files = folder / "table", folder / "keys"
        self.table.tofile(self.files[0])
        self.keys.tofile(self.files[1])
        self.numbers = [*self.record.shape, people, len(self.room.rest)]

    def kernel(self) -> tuple[float, int]:
        """Seconds of processor time, and the checksum."""
        code = machine.code("run")
        integers, histogram = self.nothing
        seconds, total = 0.0, 0
        for k in range(len(self.keys)):
            before = time.thread_time()
            code(
                self.table,
                self.room.people,
                self.room.rest,
                self.keys[k : k + 1],
                self.record,
                integers,
                integers,
                histogram,
            )
            seconds += time.thread_time() - before
            total += checksum(self.record)
        return seconds, total % 2**64

    def in_c(self, program: Path) -> tuple[float, int]:
        """The same for one pass of the C program."""
        arguments = [str(x) for x in (*self.files, *self.numbers, 1)]
        out = subprocess.run([str(program), *arguments], check=True, capture_output=True, text=True).stdout
        seconds, total = out.split()
        return float(seconds), int(total)


def against_c(c: Compiled, replications: int, passes: int = PASSES) -> dict[str, float]:
    """Best of some passes each, in turns; the numbers must be identical."""
    machine.ready()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = build(folder)
        side = Side(c, replications, folder)
        side.kernel()
        kernel, in_c = [], []
        for _ in range(passes):
            seconds, total = side.kernel()
            kernel.append(seconds)
            if program is not None:
                c_seconds, c_total = side.in_c(program)
                in_c.append(c_seconds)
                if c_total != total:
                    raise SystemExit(f"the numbers differ: kernel {total}, C {c_total}")
    out = {"kernel_ms": 1000 * min(kernel) / replications}
    if in_c:
        out |= {"c_ms": 1000 * min(in_c) / replications, "ratio": min(kernel) / min(in_c)}
    return out


def beside(scenarios: dict[str, Compiled], replications: int) -> dict[str, tuple[float, float, float]]:
    """Time of each scenario over that of the first, in turns: median, least and most over passes.

    Processor time of one thread: a busy machine makes both slower.
    """
    workers, found = {name: Worker(c, seed=1) for name, c in scenarios.items()}, []
    for _ in range(PASSES + 1):
        taken = []
        for worker in workers.values():
            before = time.thread_time()
            worker.run(0, replications)
            taken.append(time.thread_time() - before)
        found.append([one / taken[0] for one in taken])
    ratios = np.array(found[1:])  # the first turn also touches memory for the first time
    spread = zip(np.median(ratios, axis=0), ratios.min(axis=0), ratios.max(axis=0), strict=True)
    return dict(zip(workers, ((float(a), float(b), float(c)) for a, b, c in spread), strict=True))


def against_simpy(c: Compiled, milliseconds: float) -> float:
    """How many times faster than one replication of the independent process model, processor time."""
    from tests.oracle.town import simulate as processes

    before = time.process_time()
    processes(c, 1, seed=1)
    return (time.process_time() - before) / (milliseconds / 1000)


def seconds(c: Compiled, replications: int, workers: int) -> float:
    """Wall time of a whole simulation, sums and histograms included."""
    before = time.perf_counter()
    simulate(c, replications=replications, seed=1, workers=workers)
    return time.perf_counter() - before


def large_town(turns: int) -> tuple[float, float, float]:
    """Time per person of 403,000 people beside the plain scenario: median, least and most over pairs.

    Small and large take turns, so that both meet the same neighbours; processor time, one thread.
    """
    many = round(403_000 / PEOPLE)
    workers = [Worker(plain(size), seed=1) for size in (1.0, float(many))]
    found = []
    for turn in range(turns + 1):
        taken = []
        for worker, replications in zip(workers, (many, 1), strict=True):
            before = time.process_time()
            worker.run(turn * replications, (turn + 1) * replications)
            taken.append(time.process_time() - before)
        found.append(taken[1] / taken[0])
    ratios = sorted(found[1:])  # the first turn also touches memory for the first time
    return float(np.median(ratios)), ratios[0], ratios[-1]


ONE_PASS = """
import tempfile, pathlib
from benchmarks.engine import Side
from benchmarks.engine_cases import plain
with tempfile.TemporaryDirectory() as folder:
    side = Side(plain({scale}), {n}, pathlib.Path(folder))
    side.kernel()
    print(min(side.kernel()[0] for _ in range({passes})))
"""


def against_before(checkout: Path, scale: float, replications: int) -> tuple[float, float, float]:
    """Time of this version over another one's, in turns: median, least and most over pairs."""
    ratios = []
    code = ONE_PASS.format(scale=scale, n=replications, passes=PASSES)
    for _ in range(PASSES):
        pair = [
            float(subprocess.run([python, "-c", code], cwd=where, check=True, capture_output=True).stdout)
            for python, where in (
                (sys.executable, Path.cwd()),
                (str(checkout / ".venv/bin/python"), checkout),
            )
        ]
        ratios.append(pair[0] / pair[1])
    return float(np.median(ratios)), min(ratios), max(ratios)


FRESH = """
import time; before = time.perf_counter()
import kik_analysis as kik
scenario = kik.load_scenario("params/base.yml")
kik.simulate(scenario, replications=1, seed=1).weekly()
first = time.perf_counter() - before
kik.simulate(scenario, replications={n}, seed=1, workers=2)
import resource
print(first, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def fresh() -> tuple[float, float]:
    """Seconds to the first result in a fresh process with a warm cache, and its memory in MB."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    out = subprocess.run(
        [sys.executable, "-c", FRESH.format(n=200)], check=True, capture_output=True, text=True, env=env
    ).stdout
    first, megabytes = out.split()
    return float(first), float(megabytes)


def start() -> dict[str, float]:
    """Make what is measured, small: the C program too, which has to give the same numbers."""
    short = compile_scenario(load_scenario().replace({"run.weeks": 80}))
    return {
        f"{what} {key}": value
        for what, c in (("plain", plain(0.01)), ("base", short))
        for key, value in against_c(c, 1, passes=1).items()
    }


def main() -> None:
    """Print all measurements."""
    compiled = machine.ready()
    print(f"compiled now: {compiled}; {PEOPLE} people, {WEEKS} weeks")
    base = compile_scenario(load_scenario())
    for name, c in (("plain", plain()), ("base", base)):
        found = against_c(c, 40)
        print(f"{name}, one replication: " + ", ".join(f"{k} {v:.3f}" for k, v in found.items()))
        print(f"{name}: {against_simpy(c, found['kernel_ms']):.0f} times as fast as SimPy")
    features = beside({"plain": plain(), "base": base, "every feature": full()}, 20)
    for name, (ratio, low, high) in features.items():
        print(f"{name}: {ratio:.2f} times the time of the plain scenario ({low:.2f} to {high:.2f})")
    print(f"every feature: {features['every feature'][0] / features['base'][0]:.2f} times that of the base")
    if before := os.environ.get("KIK_BEFORE"):
        for name, scale, n in (("plain", 1.0, 40), ("403,000 people", round(403_000 / PEOPLE), 1)):
            ratio, low, high = against_before(Path(before), scale, n)
            print(f"{name}: {ratio:.2f} times the time of the version before ({low:.2f} to {high:.2f})")
    one = seconds(plain(), 1000, 1)
    print(f"plain, 1,000 replications, one thread: {one:.2f} s")
    two = min(seconds(plain(), 400, 2) for _ in range(3))
    alone = min(seconds(plain(), 400, 1) for _ in range(3))
    print(f"two threads: {alone / two:.2f} times as fast")
    ratio, low, high = large_town(turns=8)
    print(f"403,000 people: {ratio:.2f} times the time per person (median of pairs; {low:.2f} to {high:.2f})")
    first, megabytes = fresh()
    print(f"first result in a fresh process: {first:.2f} s; memory {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
