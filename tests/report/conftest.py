"""One built sample serves all tests of the report that only look."""

from pathlib import Path

import pytest
import report_sample


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_sample.run(tmp_path_factory.mktemp("report") / "sample")


@pytest.fixture
def sample_texts():
    with report_sample.sample_sentences():
        yield
