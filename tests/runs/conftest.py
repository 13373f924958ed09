"""A small project for tests of runs."""

from pathlib import Path

import pytest
from tiny_project import Project


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    """Return an empty project."""
    return Project(tmp_path / "project")
