"""Any signal at any moment, to `kik` or any process of its: the old result or the new one, and no orphan.

Nothing here knows how a run is organised: only the command, the processes that descend from it (found by a
mark in their surroundings), and the result folder. Moments come from seeds, which a failure names.
"""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from tiny_project import FTE, IMPORTS, SHOW, Project, compared, wait_for

from kik_analysis import cli

KILLS, SHARDS = 200, 20
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ESCAPED = """\
import subprocess, sys
_ = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(301)"], start_new_session=True)"""
"""A cell that starts a process which nobody waits for, in a session of its own."""
WITHIN = 1.2
"""Times the first run's time, which executes one notebook less, within which a run is hit."""


class Run:
    """One `kik run` under way, what it says going to a file, and all its processes."""

    def __init__(self, project: Project, *words: str, **extra: str) -> None:
        self.mark = f"KIK_TEST_MARK={uuid.uuid4()}"
        self.said = project.folder / "said.txt"
        name, _, value = self.mark.partition("=")
        with self.said.open("w") as stream:
            self.process = project.start(*words, said=stream, **{name: value}, **extra)

    def family(self) -> list[int]:
        """Return all living processes that this run started, itself left out."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                known = (place / "environ").read_bytes()
                dead = (place / "stat").read_text().rpartition(") ")[2].startswith("Z")
            except OSError:
                continue
            if self.mark.encode() in known and not dead and int(place.name) != self.process.pid:
                found.append(int(place.name))
        return sorted(found)

    def kernels(self) -> list[int]:
        return [one for one in self.family() if "kernel" in command(one) and ".json" in command(one)]

    def victims(self, who: str) -> list[int]:
        if who == "kik":
            return [self.process.pid] if self.process.poll() is None else []
        return self.kernels() if who == "kernel" else self.family()

    def has_begun(self) -> bool:
        return self.said.stat().st_size > 0 or self.process.poll() is not None

    def gone(self, within: float = 30.0) -> bool:
        until = time.monotonic() + within
        while (left := self.family()) and time.monotonic() < until:
            time.sleep(0.02)
        return not left


def command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def change(project: Project, fte: int) -> None:
    """Give the parameter that two notebooks read a value that it never had."""
    path = project.folder / "params" / "base.yml"
    text = re.sub("^  fte: .*", f"  fte: {fte}", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def table(fte: int) -> str:
    return f"category,value\nall,{2.0 * fte}\n"


def killed(project: Project, chance: random.Random, fte: int) -> bool:
    """Hit one run at a random moment, hold what must hold, and have the next run complete the work."""
    before = compared(project.out)
    change(project, fte)
    run = Run(project, "--lang", "nl")
    wait_for(run.has_begun)
    until = time.monotonic() + chance.uniform(0.0, WITHIN * project.takes)
    who, number = chance.choice(["kik", "kernel", "any child"]), chance.choice(SIGNALS)
    while time.monotonic() < until and run.process.poll() is None:
        time.sleep(0.005)
    victims = run.victims(who)
    if not victims and run.process.poll() is None:
        who, victims = "kik", [run.process.pid]
    landed = False
    for victim in victims and [chance.choice(victims)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, number)
            landed = True
    hit = f"{signal.Signals(number).name} to {who}: {[command(one) for one in victims]}, fte {fte}"
    try:
        code = run.process.wait(timeout=300)
    except subprocess.TimeoutExpired:
        pytest.fail(f"still there five minutes after {hit}: {run.said.read_text()}")
    said = run.said.read_text()
    assert run.gone(), (hit, [command(one) for one in run.family()])
    assert "Traceback" not in said, said
    if who == "kik":
        assert code in (0, 130, -number), (hit, code, said)
    else:
        assert code in (0, 1), (hit, code, said)
        assert code == 0 or "notebooks/" in said.splitlines()[-1] or "report" in said.splitlines()[-1], said
    if compared(project.out) != before:
        assert (project.out / "tables" / "staff.csv").read_text() == table(fte)
    assert cli.main(["verify", str(project.out)]) == 0
    answer = project.run("--lang", "nl")
    assert answer.returncode == 0, answer.stderr
    assert "notebooks/10_history.ipynb: runs" not in answer.stderr
    assert (project.out / "tables" / "staff.csv").read_text() == table(fte)
    left = {path.name for path in project.results.iterdir()}
    assert left <= {".cache", "tiny", ".tiny.lock"}, left
    return landed


@pytest.fixture(scope="module")
def three(done: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project of three notebooks that has run; ``takes``: seconds of one, from its first word on."""
    project = Project(shutil.copytree(done.folder, tmp_path_factory.mktemp("kills") / "project"))
    project.write("12_bounds", IMPORTS, SHOW, ESCAPED, FTE.replace("staff", "posts"))
    run = Run(project, "--lang", "nl")
    wait_for(run.has_begun)
    began = time.monotonic()
    assert run.process.wait(timeout=300) == 0, run.said.read_text()
    project.takes = time.monotonic() - began
    return project


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(SHARDS))


@pytest.mark.long
def test_whatever_is_hit_a_whole_result_stands_there(three, tmp_path, seed, record_property):
    chance = random.Random(seed)
    landed = number = 0
    while landed < KILLS // SHARDS:
        landed += killed(three, chance, 10 + 100 * seed + number)
        number += 1
    record_property("kills", landed)
    words = ("--lang", "nl", "--out", str(tmp_path / "x"))
    elsewhere = three.process("run", *three.only(), *words, KIK_CACHE=str(tmp_path / "c"))
    assert elsewhere.returncode == 0
    assert compared(tmp_path / "x") == compared(three.out)


def test_the_next_run_goes_on_with_what_finished(copy):
    copy.write("12_bounds", "1")
    copy.write("13_long", "import time", "time.sleep(60)")
    run = Run(copy, "--jobs", "1")
    wait_for(lambda: run.said.read_text().count(" s\n") == 1 and len(run.kernels()) > 0)
    run.process.kill()
    run.process.wait()
    assert run.gone()
    (copy.folder / "notebooks" / "13_long.ipynb").unlink()
    answer = copy.run("--lang", "nl")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.count(": unchanged") == 3
    assert cli.main(["verify", str(copy.out)]) == 0


@pytest.mark.long(every=3)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_leaves_at_once_and_nobody_behind(copy, number, patience):
    before = compared(copy.out)
    for stem in ("20_a", "21_b"):
        copy.write(stem, "import time", ESCAPED, "time.sleep(60)")
    run = Run(copy)
    wait_for(lambda: sum("time.sleep(301)" in command(one) for one in run.family()) >= 2)
    began = time.monotonic()
    run.process.send_signal(number)
    run.process.wait(timeout=50)
    assert time.monotonic() - began < patience
    assert run.process.returncode == 130
    assert run.said.read_text().splitlines()[-1] == "interrupted; the earlier result stands as it was"
    assert run.gone(patience / 2)
    assert compared(copy.out) == before
    assert not copy.out.with_name(f".{copy.out.name}.failed.log").exists()


@pytest.mark.long
def test_a_browser_that_prints_goes_with_the_run(copy, tmp_path):
    copy.base("title: {nl: Stand", "title: {nl: Andere stand")  # a report to make, and no notebook
    browser = tmp_path / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    browser.chmod(0o755)
    run = Run(copy, PATH=str(browser.parent))
    wait_for(lambda: any(str(browser) in command(one) for one in run.family()))
    run.process.kill()
    run.process.wait()
    assert run.gone()
