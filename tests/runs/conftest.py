"""A small project for tests of runs."""

import shutil
from pathlib import Path

import pytest
import whole
from tiny_project import Project


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project, run once for all workers; its path has spaces and an umlaut; nobody changes it."""
    folder = tmp_path_factory.mktemp("runs") / "map met spaties en ünïcode"

    def make(new: Path) -> None:
        made = Project(folder).standard()
        answer = made.process(*made.whole("--lang", "both"))
        assert answer.returncode == 0, answer.stderr
        folder.rename(new)

    return Project(shutil.copytree(whole.once("tiny", make), folder))


@pytest.fixture
def copy(done: Project, tmp_path: Path) -> Project:
    """Return the project that has run as a copy that a test may spoil."""
    shutil.copytree(done.folder, tmp_path / "copy", ignore=shutil.ignore_patterns(".*.failed.log"))
    return Project(tmp_path / "copy")


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    """Return an empty project."""
    return Project(tmp_path / "project")
