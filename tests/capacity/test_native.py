"""The compiled kernel's life outside the simulation: built once, loaded without Numba, never stale."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from kik_analysis.capacity.kernel import native, place
from kik_analysis.errors import ModelError

FRESH = """
import sys
from tests.capacity.cases import small_case
from kik_analysis.capacity.individuals import simulate
simulate(small_case(weeks=3), replications=2, seed=1)
print(*sorted({"numba", "pandas", "matplotlib", "polars"} & set(sys.modules)))
"""


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which nothing has been built."""
    folder = tmp_path / "kernels" / "this"
    monkeypatch.setattr(place, "folder", lambda: folder)
    return folder


def test_running_takes_neither_numba_nor_frames() -> None:
    native.ready()
    done = subprocess.run([sys.executable, "-c", FRESH], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_two_at_once_build_once(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []

    def build(folder: Path) -> None:
        built.append(folder)
        time.sleep(0.2)
        (folder / native.INDEX).write_text("{}", encoding="utf-8")

    monkeypatch.setattr(native, "_build", build)
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(native.ready())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [empty]
    assert sorted(answers) == [False, False, False, True]
    assert native.compiled()


def test_a_failing_compiler_is_told_in_one_line(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false") or "/bin/false")
    with pytest.raises(
        ModelError, match=r"^engine: the calendar engine could not be compiled here \(exit code 1\)$"
    ):
        native.ready()
    assert [path.name for path in empty.iterdir()] == ["lock"]
    assert not native.compiled()


def test_any_edit_of_the_kernel_gives_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba's own cache looks at one file and would serve stale code."""
    copy = tmp_path / "kernel"
    shutil.copytree(Path(place.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(place, "__file__", str(copy / "place.py"))
    before = place.digest()
    for path in sorted(copy.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text}\n# another line\n", encoding="utf-8")
        assert place.digest() != before, path.name
        path.write_text(text, encoding="utf-8")
    assert place.digest() == before


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(3, np.int32),
        np.zeros((3, 3), np.int64),
        np.zeros(6, np.int64)[::2],
    ],
    ids=["kind", "dimensions", "gaps"],
)
def test_an_array_that_the_code_would_misread_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(TypeError, match="the kernel takes int64, 1 dimensions"):
        native.code().most_people(wrong, np.zeros(9, np.int64), np.zeros((1, 2), np.int64))


@pytest.mark.slow
def test_built_anew_it_gives_the_same_numbers(empty: Path, proof: bool) -> None:
    """The whole way from source to machine code, in an empty cache (long form)."""
    from kik_analysis.capacity.individuals import replay
    from tests.capacity.cases import small_case

    native.code.cache_clear()
    if not proof:
        shutil.copytree(place.cache_root() / "kernels" / place.digest(), empty)
    try:
        found = replay(small_case(weeks=30), seed=3, replication=1)[0]
    finally:
        native.code.cache_clear()
    assert sorted(p.suffix for p in empty.iterdir()) == ["", ".json", ".o", ".o"]
    assert int(found.sum()) == int(_plain().sum())


def _plain() -> np.ndarray:
    from tests.capacity import plain
    from tests.capacity.cases import small_case

    found: np.ndarray = plain.replay(plain.load(), small_case(weeks=30), seed=3, replication=1)[0]
    return found
