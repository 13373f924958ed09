"""The compiled kernel's life outside the simulation: built once, checked before use, never stale."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity.kernel import machine
from kik_analysis.errors import ModelError
from tests.capacity import plain
from tests.capacity.cases import small_case

FRESH = """
from tests.capacity.cases import small_case
from kik_analysis.capacity.engine import replay
print(int(replay(small_case(weeks=30), seed=3, replication=1)[0].sum()))
"""
LATER = """
import sys
assert not {"numba.np.linalg", "scipy.linalg"} & {*sys.modules}, "loaded what only the compiler needs"
import numba
assert numba.njit(lambda x: [x, 2 * x])(1.5) == [1.5, 3.0]
"""


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache in which nothing has been built."""
    monkeypatch.setenv("KIK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KIK_KERNELS", raising=False)
    machine.folder.cache_clear()
    yield tmp_path / "cache" / "kernels"
    os.environ.pop("KIK_KERNELS", None)
    machine.folder.cache_clear()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every compilation; a quick one that writes two files and the list, as the real one does last."""
    calls: list[str] = []

    def run(command: list[str], **_: Any) -> SimpleNamespace:
        place = machine.folder()
        calls.append(command[-1])
        time.sleep(0.1)
        (place / "below").mkdir()
        digests = {}
        for name in ("kernel.py", "below/run.nbc"):
            (place / name).write_bytes(name.encode() * 50)
            digests[name] = hashlib.sha256(name.encode() * 50).hexdigest()
        (place / machine.LIST).write_text(json.dumps(digests), encoding="utf-8")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(machine.subprocess, "run", run)
    return calls


def test_the_folder_is_the_users_alone(empty: Path, built: list[str]) -> None:
    assert machine.ready()
    assert not machine.ready()
    assert machine.folder().parent == empty.resolve()
    assert machine.folder().stat().st_mode & 0o777 == 0o700
    assert len(built) == 1


def _flip(place: Path) -> None:
    path = place / "below" / "run.nbc"
    data = bytearray(path.read_bytes())
    data[17] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "spoil",
    [
        _flip,
        lambda place: (place / "below" / "run.nbc").write_bytes(b""),
        lambda place: (place / "below" / "run.nbc").unlink(),
        lambda place: (place / "below" / "other.nbi").write_bytes(b"planted"),
        lambda place: (place / machine.LIST).unlink(),
        lambda place: (place / machine.LIST).write_text("{", encoding="utf-8"),
    ],
    ids=["a flipped bit", "a file cut short", "a file gone", "a file too many", "no list", "half a list"],
)
def test_what_is_not_as_the_list_says_is_made_again(
    spoil: Callable[[Path], object], empty: Path, built: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    machine.ready()
    assert capsys.readouterr().err == ""
    spoil(machine.folder())
    assert not machine.compiled()
    assert machine.ready()
    assert "is incomplete or was changed; it is made again" in capsys.readouterr().err
    assert machine.compiled()
    assert len(built) == 2


def test_a_folder_of_somebody_else_is_not_used(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = machine.folder()
    machine.folder.cache_clear()
    monkeypatch.setattr(machine.os, "getuid", lambda: first.stat().st_uid + 1)
    assert machine.folder() != first
    assert "is not this user's alone and is not used" in capsys.readouterr().err


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_a_folder_that_others_can_write_is_not_used(
    mode: int, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = machine.folder()
    machine.folder.cache_clear()
    first.chmod(mode)
    other = machine.folder()
    assert other != first
    assert other.stat().st_mode & 0o777 == 0o700
    assert other.parent == Path(os.environ["KIK_KERNELS"])  # for processes that this one starts
    assert "is not this user's alone and is not used" in capsys.readouterr().err


def test_without_a_writable_home_a_private_folder_with_a_word(
    tmp_path: Path, empty: Path, built: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("a file, where a folder cannot be made", encoding="utf-8")
    assert machine.ready()
    assert "goes into a temporary folder" in capsys.readouterr().err
    assert machine.folder().parent.stat().st_mode & 0o777 == 0o700
    assert not machine.ready()


def test_two_at_once_build_once(empty: Path, built: list[str]) -> None:
    machine.folder()
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(machine.ready())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert len(built) == 1


def test_a_failing_compiler_is_told_in_one_line(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false") or "/bin/false")
    with pytest.raises(
        ModelError, match=r"^engine: the calendar engine could not be compiled here \(exit code 1\)$"
    ):
        machine.ready()
    assert not machine.compiled()


def test_any_edit_of_the_kernel_gives_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba's own cache looks at one file and would serve stale code."""
    copy = tmp_path / "kernel"
    shutil.copytree(Path(machine.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(machine, "HERE", copy)
    before = machine.digest(tmp_path)
    for path in sorted(copy.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text}\n# another line\n", encoding="utf-8")
        assert machine.digest(tmp_path) != before, path.name
        path.write_text(text, encoding="utf-8")
    assert machine.digest(tmp_path) == before


@pytest.mark.parametrize(
    "wrong",
    [np.zeros(3, np.int32), np.zeros((3, 3), np.int64), np.zeros(6, np.int64)[::2]],
    ids=["kind", "dimensions", "gaps"],
)
def test_an_array_that_the_code_would_misread_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(TypeError, match="No matching definition for argument type"):
        machine.code("most_people")(wrong, np.zeros(9, np.int64), np.zeros((1, 2), np.int64))


def test_a_first_result_is_that_of_plain_python_and_loads_no_compiler_though_whoever_compiles_later_can(
    request: pytest.FixtureRequest, proof: bool
) -> None:
    """In a fresh process; the long form compiles in an empty cache, and again after a bit was flipped.

    Loading all that Numba compiles with took a third of the time of a first result.
    """
    cache = request.getfixturevalue("empty") if proof else None
    expected = int(plain.replay(plain.load(), small_case(weeks=30), seed=3, replication=1)[0].sum())
    for turn in range(2 if proof else 1):
        done = subprocess.run(
            [sys.executable, "-c", FRESH + LATER], check=True, capture_output=True, text=True
        )
        assert int(done.stdout) == expected
        assert ("made again" in done.stderr) == (turn == 1)
        if cache:
            code = next(cache.rglob("kernel.run-*.nbc"))
            data = bytearray(code.read_bytes())
            data[len(data) // 2] ^= 1
            code.write_bytes(data)
