"""``docs/proof.md`` says all is well when all of it passed, and what is missing whatever cut a proof off."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import proof
import pytest
from proof import Page, daily

CASES = """
import time
import pytest
@pytest.mark.parametrize("seed", range(2))
def test_a_seed_holds(proof, seed, record_property): record_property("kills", 10)
def test_that_fails(proof): assert not proof
def test_with_what_is_not_here(proof): pytest.skip("no such thing")
def test_of_every_day(): assert 0
def test_that_is_cut_off(proof): time.sleep(99)
def test_that_is_left(proof): assert proof
"""
ROWS = """\
| `test_x.py`: a seed holds, seeds 0 to 1, 20 kills | 2 | 2 |  | 0 |
| `test_x.py`: that fails | 1 | 0 | 1 failed | 0 |
| `test_x.py`: that is cut off | 1 | 0 | 1 not run | 0 |
| `test_x.py`: that is left | 1 | 0 | 1 not run | 0 |
| `test_x.py`: with what is not here | 1 | 0 | 1 no such thing | 0 |
"""


def test_what_is_killed_leaves_what_was_done_and_says_what_was_not(tmp_path):
    for folder in ("docs", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(CASES)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    words = f"-m pytest -q -p conftest -n 1 --proof --basetemp {tmp_path / 'base'} tests"
    kept = {name: one for name, one in os.environ.items() if not name.startswith(("PYTEST_", "GIT_"))}
    kept["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    running = subprocess.Popen(
        [sys.executable, *words.split()], cwd=tmp_path, env=kept, start_new_session=True
    )
    page = tmp_path / "docs" / "proof.md"
    while not page.exists() or "Of 1 other checks 1 failed." not in page.read_text():
        assert running.poll() is None
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert "commit unknown, Python" in page.read_text()
    assert "**Of 6 cases 1 failed, 1 no such thing, 2 not run.**" in page.read_text()
    assert page.read_text().endswith(ROWS)


def test_all_is_well_when_all_of_it_passed_in_one_go_or_in_several_of_one_commit(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "known").write_text(json.dumps(["tests/t.py::test_a", "tests/t.py::test_b"]))
    cases = (
        ("a", "Of 2 cases 1 not run.", "1f"),
        ("b", "All 2 cases passed.", "1f"),
        ("b", "Of 2 cases 1 not run.", "2f"),
    )
    for case, verdict, at in cases:
        monkeypatch.setattr(proof, "commit", lambda _, at=at: at)
        page = Page(tmp_path, lambda: tmp_path / "known")
        told = pytest.TestReport(f"tests/t.py::test_{case}", ("", 0, ""), {}, "passed", None, "call")
        page.pytest_runtest_logreport(told)
        assert f"**{verdict}**" in (tmp_path / "docs" / "proof.md").read_text()


def test_of_what_is_long_each_so_manieth_case_is_of_every_day_and_of_the_rest_all():
    long, found = pytest.mark.long, []
    for way in (None, long, long(every=2), long(every=3)):
        marked = {"get_closest_marker": lambda _, way=way: way and way.mark}
        items = [SimpleNamespace(nodeid=f"t.py::test_x[{case}]", **marked) for case in "abcde"]
        found.append("".join(case for case, kept in zip("abcde", daily(items), strict=True) if kept))
    assert found == ["abcde", "", "ace", "ad"]
