"""How long runs take: the command line, the whole job with one and two workers, nothing or one thing changed.

``python -m benchmarks.runs``. On a busy machine the ratio of one worker to two says little.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("params", "data", "notebooks", "requirements")
TRACING = """
import json, sys, time, timeit
from pathlib import Path
import kik_analysis.evidence.reads as reads
from kik_analysis.runs import inputs
noting = [0.0]
plain = reads.note
def timed(*words, **named):
    at = time.thread_time()
    plain(*words, **named)
    noting[0] += time.thread_time() - at
reads.note = timed
loops = 200_000
audited = "for _ in range(1000): audit('kik.benchmark', 1)"
timing = {"globals": {"audit": sys.audit}, "number": loops // 1000, "repeat": 9, "timer": time.thread_time}
unheard = min(timeit.repeat(audited, **timing)) / loops
counted = [0]
watching = sys.argv[2] == "watch"
began = time.process_time()
if watching:
    inputs.watch()
else:
    def count(event, arguments):
        counted[0] += 1
    sys.addaudithook(count)
space = {}
for cell in json.loads(Path(sys.argv[1]).read_text())["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), space)
at = time.thread_time()
inputs.answer()
asking = time.thread_time() - at
total = time.process_time() - began
events = counted[0]
heard = min(timeit.repeat(audited, **timing)) / loops
print(json.dumps([total, asking, noting[0], heard - unheard, events]))
"""


def clock(command: list[str], **more: object) -> float:
    """Return the wall time of a whole process, in seconds."""
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, **more)  # type: ignore[call-overload]
    return time.perf_counter() - began


def show(name: str, value: float, unit: str, aim: str = "") -> None:
    """Print one measurement beside what it aims at."""
    print(f"{name:58}{value:9.2f} {unit}{f'   (aim: {aim})' if aim else ''}", flush=True)


def command_line() -> None:
    """Show what starting the command costs."""
    bare = statistics.median(clock([sys.executable, "-c", "pass"]) for _ in range(9))
    told = statistics.median(clock([sys.executable, "-m", "kik_analysis", "--help"]) for _ in range(9))
    show("kik --help, in bare interpreter starts", told / bare, "x", "at most 15")


def whole_runs(folder: Path) -> None:
    """Show whole runs: with one worker and two, nothing changed, one claim changed."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name)
    kik = [sys.executable, "-m", "kik_analysis", "run"]
    times = {}
    for jobs in (1, 2):
        shutil.rmtree(folder / "results", ignore_errors=True)
        whole = clock([*kik, "--jobs", str(jobs)], cwd=folder)
        log = (folder / "results" / "base" / "run.log").read_text(encoding="utf-8")
        each = [float(found) for found in re.findall(r"ipynb: ([\d.]+) s", log)]
        times[jobs] = whole
        show(f"kik run, nothing stored, {jobs} worker(s)", whole, "s")
        show(f"  of which notebooks, one after another ({len(each)})", sum(each), "s")
    show("one worker to two, report included", times[1] / times[2], "x", "at least 1.3")
    show("kik run, nothing changed", clock(kik, cwd=folder), "s", "at most 3")
    only = _read_by_one(folder)
    _reword(folder / "data" / "published" / "claims.csv", only)
    show(f"kik run, one claim changed that one notebook reads ({only})", clock(kik, cwd=folder), "s")


def _reword(path: Path, claim: str) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["note"] += " reworded" if row["id"] == claim else ""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _read_by_one(folder: Path) -> str:
    manifest = json.loads((folder / "results" / "base" / "manifest.json").read_text(encoding="utf-8"))
    reads = [set(one["reads"]) for one in manifest["notebooks"].values()]
    alone = [read for one in reads for read in one if sum(read in other for other in reads) == 1]
    return min(read for read in alone if read.startswith("claim:")).partition(":")[2]


def tracing() -> None:
    """Show what recording costs: noting reads, hearing events of the interpreter, the last question."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        (total, asking, noting, each, _), (*_, events) = (_traced(path, how) for how in ("watch", "count"))
        share = 100 * (asking + noting + each * events) / total
        show(f"tracing, share of {path.stem} without the start of its kernel", share, "%", "below 2")


def _traced(path: Path, how: str) -> list[float]:
    command = [sys.executable, "-c", TRACING, str(path), how]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def start() -> dict[str, float]:
    """Make what is measured, small: the script that traces a notebook compiles, what is copied is there."""
    compile(TRACING, "tracing", "exec")
    return {name: (ROOT / name).stat().st_size for name in COPIED}


def main() -> None:
    """Print all measurements."""
    command_line()
    tracing()
    with tempfile.TemporaryDirectory() as folder:
        whole_runs(Path(folder))


if __name__ == "__main__":
    main()
