"""The package that is installed outside a checkout: it brings all that `kik run` needs."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from test_layout import ROOT, tracked

SHIPPED = ("params", "data/published", "data/posterior", "data/staffing", "data/synthetic", "notebooks")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    stray = ROOT / "params" / f"stray-{folder.name}.yml"
    stray.write_text("title: left by somebody\n", encoding="utf-8")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    try:
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    finally:
        stray.unlink()
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("part", SHIPPED)
def test_the_wheel_ships_every_file_as_it_is_here(installed, part):
    assert tracked(part)
    for path in tracked(part):
        shipped = installed / "kik_analysis" / "shipped" / path.relative_to(ROOT)
        assert shipped.read_bytes() == path.read_bytes(), path


def test_every_file_of_the_package_is_in_the_wheel(installed):
    names = [path.relative_to(ROOT) for path in tracked("kik_analysis")]
    assert [name for name in names if not (installed / name).is_file()] == []


def test_nothing_that_git_does_not_track_is_in_the_wheel(installed):
    names = {path.relative_to(ROOT).as_posix() for path in tracked("kik_analysis")}
    names |= {f"kik_analysis/shipped/{path.relative_to(ROOT)}" for path in tracked(*SHIPPED)}
    found = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert sorted(name for name in found - names if ".dist-info/" not in name) == []


@pytest.mark.long
def test_an_installed_copy_runs_its_own_notebooks_on_its_own_data(installed, tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KIK_")}
    # without a browser on the path: a PDF takes long and is not compared
    environment = {**kept, "PYTHONPATH": str(installed), "PATH": str(Path(sys.executable).parent)}
    words = (["new-notebook", "own"], ["new", "plan"], ["run", "--only", "11_audit", "--lang", "en"])
    code = f"from kik_analysis import cli; raise SystemExit([cli.main(one) for one in {words}] != [2, 0, 0])"
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    refused = answer.stderr.startswith("no project here for your notebook")
    assert (answer.returncode, refused) == (0, True), answer.stderr
    assert "shipped" not in (tmp_path / "plan.yml").read_text(), "nothing points into the copy"
    result = tmp_path / "results" / "base-11_audit"
    assert answer.stdout.endswith("\nresults/base-11_audit/report/en.html\n")
    read = json.loads((result / "manifest.json").read_bytes())["inputs"]
    assert "L042" in read["claim"]
    assert not [name for name in read["module"] if name.startswith("shipped")]
