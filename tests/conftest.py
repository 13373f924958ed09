"""Options of the whole suite."""

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


@pytest.fixture(scope="session")
def proof(request: pytest.FixtureRequest) -> bool:
    """Tell whether the long form of the evidence was asked for."""
    return bool(request.config.getoption("--proof"))
