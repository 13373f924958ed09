"""Options of the whole suite, and what its rooms share."""

import contextlib
import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# a shell that forbids bytecode would have every process of the checks compile every module again
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "notebooks")]

import proof as proven  # noqa: E402
import replay  # noqa: E402
import whole  # noqa: E402

# the same examples every day, so that a check never takes longer or fails by chance; the long form draws anew
USUAL = {"deadline": None, "suppress_health_check": list(HealthCheck)}  # how fast they are drawn says nothing
settings.register_profile("every day", derandomize=True, max_examples=15, **USUAL)
settings.register_profile("proof", print_blob=True, max_examples=200, **USUAL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--proof", action="store_true", help="the long forms of the evidence: many kills, all cases"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long(every=0): of the long form, but for each so manieth case")
    whole.config, whole.anew = config, config.getoption("--proof")
    settings.load_profile("proof" if whole.anew else "every day")
    if whole.anew and "PYTEST_XDIST_WORKER" not in os.environ and config.args[:1] == ["tests"]:
        config.pluginmanager.register(proven.Page(config.rootpath, lambda: known(config)))
    if config.getoption("--nbval", default=False) and not whole.anew:
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
SHARDS = ("tests/runs/test_kills.py::test_whatever", "tests/capacity/test_agreement.py")
"""Of these each case may be another worker's in its long form."""
LAST = ("tests/facts/test_declared_is_real.py", "tests/runs/test_every_input.py", *SHARDS)
"""What is long in its long form comes last then, the longest at the end: cut off, least of it is missing."""


def known(config: pytest.Config) -> Path:
    """Return the file, shared by all workers, of the cases that have a long form."""
    base = config._tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "long-forms.json"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Any:
    """Look for no garbage while tests are collected, nor later among what collecting made: it stays."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)  # as in the processes of a run
    gc.enable()
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    plain = dict(zip(items, proven.daily(items), strict=True))
    if whole.anew:  # before any of them is deselected
        long = [one.nodeid for one in items if not plain[one] or "proof" in getattr(one, "fixturenames", ())]
        known(config).write_text(json.dumps(long))
    else:
        config.hook.pytest_deselected(items=[one for one in items if not plain[one]])
        items[:] = [one for one in items if plain[one]]
    order = (*ORDER[1:], *LAST) if whole.anew else ORDER
    begins = [(max((one for one in order if item.nodeid.startswith(one)), key=len), item) for item in items]
    items[:] = [item for one in order for begin, item in begins if begin == one]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have each room's tests done by one worker, and of other tests each module's or class's."""
    from xdist.scheduler import LoadScopeScheduling

    class Rooms(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if whole.anew and nodeid.startswith(SHARDS):
                return nodeid
            return next((one for one in ROOMS if nodeid.startswith(one)), super()._split_scope(nodeid))

    return Rooms(config, log)


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
