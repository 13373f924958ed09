"""Options of the whole suite, and what its rooms share."""

import contextlib
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples every day, so that a check never takes longer or fails by chance; the long form draws anew
settings.register_profile("every day", derandomize=True, deadline=None)
settings.register_profile("proof", deadline=None, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--proof", action="store_true", help="the long forms of the evidence: many kills, all cases"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: left out of `make quick`")
    settings.load_profile("proof" if config.getoption("--proof") else "every day")
    # started by nohup or in the background, checks and their children would not hear what they are to hear
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            with contextlib.suppress(ValueError):  # only the main thread may
                signal.signal(number, usual)


@pytest.fixture(scope="session")
def proof(request: pytest.FixtureRequest) -> bool:
    """Tell whether the long form of the evidence was asked for."""
    return bool(request.config.getoption("--proof"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for $KIK_CACHE that all workers of this check share: the real notebooks run once.

    The compiled engine in it is the usual one.
    """
    from kik_analysis.capacity.kernel import machine

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    folder.mkdir(exist_ok=True)
    compiled = machine.cache_root() / "kernels"
    compiled.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (folder / "kernels").symlink_to(compiled)
    return folder
