"""Options of the whole suite, and what its rooms share."""

import contextlib
import datetime
import os
import platform
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "notebooks")]

import replay  # noqa: E402
import whole  # noqa: E402

# the same examples every day, so that a check never takes longer or fails by chance; the long form draws anew
settings.register_profile("every day", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("proof", deadline=None, print_blob=True, max_examples=200)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--proof", action="store_true", help="the long forms of the evidence: many kills, all cases"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: left out of `make quick`")
    whole.config, whole.anew = config, config.getoption("--proof")
    settings.load_profile("proof" if whole.anew else "every day")
    if config.getoption("--nbval", default=False) and not config.getoption("--proof"):
        # the notebooks are executed by the run that all checks share, and not once more
        replay.install(lambda: whole.run() / "results/base/notebooks")
    # started by nohup or in the background, checks and their children would not hear what they are to hear
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            with contextlib.suppress(ValueError):  # only the main thread may
                signal.signal(number, usual)


ROOMS = ("tests/figures/", "tests/planning/", "tests/report/", "tests/browser/", "tests/answers/")
"""Each is work for one worker: its modules share drawings, a report, a browser or answers."""
ORDER = ("tests/runs/test_every_input.py", *ROOMS, "tests/runs/", "tests/", "tests/back/", "notebooks/")
"""The longest first; the very first starts the run that others wait for, and those come last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    begins = [(max((one for one in ORDER if item.nodeid.startswith(one)), key=len), item) for item in items]
    items[:] = [item for one in ORDER for begin, item in begins if begin == one]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have each room's tests done by one worker, and of other tests each module's or class's."""
    from xdist.scheduler import LoadScopeScheduling

    class Rooms(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((one for one in ROOMS if nodeid.startswith(one)), super()._split_scope(nodeid))

    return Rooms(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if "proof" in getattr(item, "fixturenames", ()):  # has a long form
        item.user_properties.append(("long form", True))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write ``docs/proof.md``, the table of what has a long form, when all of it was asked for."""
    if not config.getoption("--proof") or config.args[:1] != ["tests"]:
        return
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            if "long form" in dict(report.user_properties):
                found[report.nodeid.partition("[")[0]].append((outcome, report.duration))
    words = ("git", "describe", "--always", "--dirty")
    commit = subprocess.run(words, capture_output=True, text=True, cwd=config.rootpath).stdout.strip()
    where = f"Python {platform.python_version()}, {os.cpu_count()} processors"
    lines = [
        "# The long forms of the evidence\n",
        f"`make proof` writes this page. Commit {commit}, {datetime.date.today()}, {where}.\n",
        "| what | cases | passed | seconds |\n| --- | --- | --- | --- |",
    ]
    for place, cases in sorted(found.items()):
        path, _, name = place.partition("::test_")
        passed = sum(outcome == "passed" for outcome, _ in cases)
        seconds = sum(duration for _, duration in cases)
        lines.append(f"| `{path}`: {name.replace('_', ' ')} | {len(cases)} | {passed} | {seconds:.0f} |")
    (config.rootpath / "docs/proof.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def proof(request: pytest.FixtureRequest) -> bool:
    """Tell whether the long form of the evidence was asked for."""
    return bool(request.config.getoption("--proof"))


@pytest.fixture(scope="session")
def patience(proof: bool) -> float:
    """Return the seconds within which something must have stopped; on a busy machine a second proves nothing.

    What is stopped would otherwise go on for longer than this.
    """
    return 1.0 if proof else 25.0


@pytest.fixture(scope="session")
def ran() -> Path:
    """Return a copy of the whole project in which `kik run` has been run, once for all; nobody changes it."""
    return whole.run()
