"""SIGKILL at any moment, of `kik`, a worker or a kernel: the old result or the new one, and no orphan."""

import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest
from tiny_project import FTE, IMPORTS, SHOW, Project, compared, gone, ours, wait_for

from kik_analysis.runs import manifest, verification

FTE_AT_FIRST = "fte: {value: 9, source: L028, confidence: A}"


def command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def working(project: Project, what: str) -> list[int]:
    """Return the project's workers or kernels."""
    return [process for process in ours(project) if f"kik_analysis.runs.{what} " in command(process)]


def staged(project: Project, name: str) -> bool:
    return any(project.results.glob(f".tmp-tiny-*/{name}"))


def stored(project: Project) -> int:
    return len(list((project.results / ".cache").glob("notebooks/*/0*")))


MOMENTS = {
    "at once": lambda project: True,
    "workers at work": lambda project: len(working(project, "worker")) == 2,
    "kernels at work": lambda project: len(working(project, "kernel")) == 2,
    "a notebook finished": lambda project: staged(project, ".parts/1[12]_*/notebooks/*"),
    "the report is built": lambda project: staged(project, "numbers.json"),
    "a page is written": lambda project: staged(project, "report/*.html"),
    "the manifest is written": lambda project: staged(project, "manifest.json"),
}
PLAN = [("kik", moment) for moment in MOMENTS] + [
    ("worker", "workers at work"),
    ("worker", "kernels at work"),
    ("worker", "the report is built"),
    ("kernel", "kernels at work"),
    ("kernel", "a notebook finished"),
]
EVERY_DAY = [PLAN[place] for place in (1, 3, 4, 6, 8, 9, 10)]
"""Each process, and each state in which the next run finds things; the long form has all, and chance."""


def kill(project: Project, who: str, process) -> bool:
    """Kill one process; False when it had ended already."""
    victims = [process.pid] if who == "kik" else working(project, who)[:1]
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return False
    return bool(victims)


def change(project: Project, count: int) -> None:
    """Give the parameter that a notebook reads a value that it never had."""
    path = project.folder / "params" / "base.yml"
    text = path.read_text(encoding="utf-8")
    begin = text.index("  fte: ")
    path.write_text(
        text[:begin] + f"  fte: {10 + count}\n" + text[text.index("\n", begin) + 1 :], encoding="utf-8"
    )


def killed(project: Project, who: str, moment, number: int) -> bool:
    """Start a run on a changed parameter, kill at a moment, and hold that a whole result stands there."""
    before = compared(project.out)
    change(project, number)
    process = project.start("--lang", "nl")
    wait_for(lambda: moment(project) or process.poll() is not None)
    landed = kill(project, who, process)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    assert gone(project)
    if compared(project.out) != before:
        assert (
            project.out / "tables" / "staff.csv"
        ).read_text() == f"category,value\nall,{2.0 * (10 + number)}\n"
    assert verification.verify(project.out).problems == ()
    if who != "kik" and process.returncode:
        assert process.returncode == 1
        assert "ended" in said.splitlines()[-1]
    return landed


@pytest.mark.slow
def test_whatever_is_killed_a_whole_result_stands_there(tiny, tmp_path, proof):
    project = tiny.standard()
    project.write("12_bounds", IMPORTS, SHOW, FTE.replace("staff", "posts"))
    assert project.run("--lang", "nl").returncode == 0
    plan = PLAN if proof else EVERY_DAY
    landed = sum(killed(project, who, MOMENTS[moment], number) for number, (who, moment) in enumerate(plan))
    chance = random.Random(2019)
    runs = len(plan)
    while landed < (50 if proof else len(plan)):
        until = time.monotonic() + chance.uniform(0.2, 5.0)
        who = chance.choice(["kik", "worker", "kernel"])
        landed += killed(project, who, lambda _, until=until: time.monotonic() > until, runs)
        runs += 1
    change(project, runs)
    answer = project.run("--lang", "nl")
    assert answer.returncode == 0, answer.stderr
    # what finished before the first kill was never done again
    assert "notebooks/10_history.ipynb: unchanged" in answer.stderr.splitlines()
    assert {path.name for path in project.results.iterdir()} <= {
        ".cache",
        "tiny",
        ".tiny.lock",
        ".tiny.failed.log",
    }
    words = ("--lang", "nl", "--out", str(tmp_path / "x"))
    elsewhere = project.kik("run", *project.only(), *words, KIK_CACHE=str(tmp_path / "c"))
    assert elsewhere.returncode == 0
    assert compared(tmp_path / "x") == compared(project.out)


def test_the_next_run_goes_on_with_what_finished(tiny):
    tiny.standard()
    tiny.write("12_bounds", "import time", "time.sleep(60)")
    process = tiny.start("--jobs", "1")
    wait_for(lambda: stored(tiny) == 2)
    wait_for(lambda: len(working(tiny, "kernel")) == 1)
    process.kill()
    process.communicate()
    assert gone(tiny)
    (tiny.folder / "notebooks" / "12_bounds.ipynb").unlink()
    answer = tiny.run()
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.count(": unchanged") == 2
    assert manifest.load(tiny.out).notebooks.keys() == {"10_history", "11_audit"}


def test_a_browser_that_prints_goes_with_the_run(tiny, tmp_path):
    tiny.standard()
    browser = tmp_path / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    browser.chmod(0o755)
    process = tiny.start(PATH=str(browser.parent))
    wait_for(lambda: any(str(browser) in command(one) for one in ours(tiny)))
    process.kill()
    process.communicate()
    assert gone(tiny)
