"""The project's root is found from anywhere, and no path of one machine is shown."""

import pytest

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence import reads
from kik_analysis.evidence.reads import recording


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "base.yml").write_text("format: 1\n")
    (tmp_path / "data" / "published").mkdir(parents=True)
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    return tmp_path


def test_the_nearest_parent_is_the_root(tree, monkeypatch):
    monkeypatch.delenv("KIK_PROJECT", raising=False)
    monkeypatch.chdir(tree / "notebooks" / "deep")
    assert project.root().samefile(tree)
    assert project.relative(project.params("base.yml")) == "params/base.yml"


def test_a_wrong_environment_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("KIK_PROJECT", str(tmp_path / "gone"))
    with pytest.raises(DataError, match=r"\$KIK_PROJECT is .*gone"):
        project.root()


def test_elsewhere_the_installed_package_serves(tmp_path, monkeypatch):
    monkeypatch.delenv("KIK_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert (project.root() / "params" / "base.yml").is_file()


def test_a_path_outside_is_shown_by_name_only(tree, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("KIK_PROJECT", str(tree))
    assert project.root() == tree
    assert project.relative(tmp_path_factory.mktemp("far") / "twaalf.yml") == "twaalf.yml"


def test_files_and_listings_are_on_record(tree, monkeypatch):
    monkeypatch.setenv("KIK_PROJECT", str(tree))
    with recording() as first:
        assert reads.read_text(project.params("base.yml")) == "format: 1\n"
        assert [path.name for path in reads.listing(project.params(), "*.yml")] == ["base.yml"]
    project.params("more.yml").write_text("")
    with recording() as second:
        reads.read_text(project.params("base.yml"))
        reads.listing(project.params(), "*.yml")
    assert [read.label for read in first.reads] == ["file:params/base.yml", "listing:params/*.yml"]
    assert first.reads[0] == second.reads[0]
    assert first.reads[1] != second.reads[1]


@pytest.mark.parametrize(
    ("content", "message"), [(None, "no such file"), (b"\xff", "1: the file is not text in UTF-8")]
)
def test_a_file_that_cannot_be_read_is_named(tree, monkeypatch, content, message):
    monkeypatch.setenv("KIK_PROJECT", str(tree))
    if content is not None:
        project.params("x.toml").write_bytes(content)
    with pytest.raises(DataError, match=f"params/x.toml:.?{message}"):
        reads.read_text(project.params("x.toml"))
