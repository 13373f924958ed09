"""Options of the whole suite."""

import sys

import pytest

# jsonschema loads a grammar of international addresses when it is there, which takes three seconds
sys.modules.setdefault("rfc3987_syntax", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--proof", action="store_true", help="the long forms of the evidence: many kills, all cases"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: left out of `make quick`")


@pytest.fixture(scope="session")
def proof(request: pytest.FixtureRequest) -> bool:
    """Tell whether the long form of the evidence was asked for."""
    return bool(request.config.getoption("--proof"))
