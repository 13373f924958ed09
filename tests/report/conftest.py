"""One published sample serves all tests of the report; those that change something take a copy."""

import json
import shutil
from pathlib import Path

import pytest
import report_sample

from kik_analysis.evidence.number import Number


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_sample.publish_all(tmp_path_factory.mktemp("report") / "staging")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_sample.built(tmp_path_factory.mktemp("report") / "built")


@pytest.fixture
def staging(published: Path, tmp_path: Path) -> Path:
    shutil.copytree(published, tmp_path / "staging")
    return tmp_path / "staging"


@pytest.fixture(scope="session")
def numbers(built):
    rows = json.loads((built / "numbers.json").read_text(encoding="utf-8"))
    return {name: Number.from_json(row) for name, row in rows.items()}


@pytest.fixture(scope="session")
def texts(built):
    return {lang: (built / f"report/{lang}.html").read_text(encoding="utf-8") for lang in ("nl", "en")}
