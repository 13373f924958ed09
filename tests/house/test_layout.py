"""The house itself: names that load when used, files that fit in the head, one list of packages."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import kik_analysis

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "polars", "scipy", "matplotlib", "seaborn", "papermill", "numba", "statsmodels", "pandas")
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
"""PyPI's name -> conda's, where they differ."""
LONGEST_FILE = 500


def tracked(*patterns: str) -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in found.split("\0") if name and (ROOT / name).is_file()]


def requirement(line: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z0-9_.-]+)(.*)", line)
    assert match, line
    return match[1].lower(), match[2]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [("kik_analysis", HEAVY), ("kik_analysis.report.build", {*HEAVY} - {"numpy", "polars"})],
)
def test_importing_the_package_or_a_page_loads_nothing_heavy(module, heavy):
    code = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("name", kik_analysis.__all__)
def test_every_public_name_loads(name):
    found = getattr(kik_analysis, name)
    assert [*getattr(found, "__all__", dir(found))] == dir(found)  # what is offered after a point is public


def test_editors_see_the_same_public_names():
    tree = ast.parse((ROOT / "kik_analysis/__init__.pyi").read_text())
    names = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {"__version__", *names} == set(kik_analysis.__all__)


def test_unknown_name_is_told_the_known_ones():
    with pytest.raises(AttributeError, match="load_scenario"):
        kik_analysis.lode_scenario  # noqa: B018


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert kik_analysis.__version__ == project["version"] == citation["version"]
    assert citation["license"] == project["license"]
    assert {"cff-version", "message", "title", "authors", "date-released"} <= set(citation)
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_conda_environment_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = dict(requirement(line) for line in listed if isinstance(line, str))
    assert conda.pop("python") == project["project"]["requires-python"]
    conda.pop("pip")
    runtime = dict(map(requirement, project["project"]["dependencies"]))
    checks = dict(map(requirement, project["dependency-groups"]["dev"]))
    expected = {CONDA_NAMES.get(name, name): bound for name, bound in runtime.items()}
    extra = {name: bound for name, bound in conda.items() if name not in expected}
    assert {name: conda.get(name) for name in expected} == expected
    assert extra == {name: checks.get(name) for name in extra}


def test_locks_hold_names_versions_and_hashes_only_and_the_checks_those_of_a_run():
    pins = {}
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text, lock.name
        pins[lock.stem] = re.findall(r"^[a-z0-9][^\s]*==[^\s]+", text, flags=re.MULTILINE)
        assert pins[lock.stem], lock.name
        assert text.count("--hash=sha256:") >= len(pins[lock.stem]), lock.name
    assert {*pins["run"]} <= {*pins["test"]}


def test_every_file_fits_in_the_head():
    too_long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in tracked("*.py")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert too_long == {}


def test_no_path_of_one_machine_and_nothing_outside_the_project():
    pattern = re.compile(r"(?<![\w./-])/(?:home|root|work|srv)/|\.\./shared|/shared/")
    hits = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked("*.py", "*.md", "*.toml", "*.yml", "*.csv", "*.ipynb", "Makefile", ".ci/*")
        if path != Path(__file__).resolve()
        for match in pattern.finditer(path.read_text(errors="replace"))
    ]
    assert hits == []


def test_every_page_is_listed_and_every_link_leads_somewhere():
    listed = re.findall(r"^\| \[(.+?)\]\(\1\) \|", (ROOT / "docs" / "README.md").read_text(), re.MULTILINE)
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert sorted(listed) == sorted(pages)
    for page in tracked("*.md"):
        links = re.findall(r"\]\(([^)#]+)", page.read_text())
        assert [one for one in links if "://" not in one and not (page.parent / one).exists()] == [], page


def test_nobody_who_runs_kik_needs_the_checks_to_be_installed():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    names = [requirement(line)[0].replace("-", "_") for line in groups["dev"]]
    modules = {*names} | {"hypothesis", "pytest", "playwright", "openpyxl"}
    for path in tracked("kik_analysis/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                imported = [node.module]
            assert not {name.partition(".")[0] for name in imported} & modules, path
