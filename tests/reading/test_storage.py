"""Files are written whole or not at all, whatever stops the process; a digest is of what they hold."""

import datetime
import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.reading import storage
from kik_analysis.reading.storage import bytes_digest, digest, file_digest

STEPS = {
    "written": ("storage", "write_file", 1),
    "marked": ("os", "rename", 1),
    "aside": ("os", "rename", 2),
    "in place": ("storage", "remove", 2),
    "removed": ("Path", "unlink", 1),
}
"""How far an exchange by two renames came, and the call that it ends at: of which function, and which one."""
STOPPING = """
import os, signal, sys
from pathlib import Path
from kik_analysis.reading import storage

def stop_at(owner, name, nth, stop):
    storage._exchanged = lambda *_: False
    calls, real = [], getattr(owner, name)
    def counted(*arguments, **options):
        calls.append(name)
        return stop() if len(calls) == nth else real(*arguments, **options)
    setattr(owner, name, counted)
"""


def folders(parent: Path) -> tuple[Path, Path]:
    target = parent / "base"
    (target / "report").mkdir(parents=True)
    (target / "report" / "nl.html").write_text("old")
    (target / "only_old.txt").write_text("old")
    new = storage.temporary(target)
    (new / "report").mkdir()
    (new / "report" / "nl.html").write_text("new")
    return target, new


def content(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


OLD = {"report/nl.html": "old", "only_old.txt": "old"}
NEW = {"report/nl.html": "new"}


@pytest.mark.parametrize("in_one", [True, False])
def test_the_new_content_stands_and_nothing_is_left(tmp_path, monkeypatch, in_one):
    target, new = folders(tmp_path)
    if not in_one:
        monkeypatch.setattr(storage, "_exchanged", lambda *_: False)
    elif sys.platform.startswith("linux"):  # one step needs no mark
        monkeypatch.setattr(storage, "write_file", None)
    storage.exchange(new, target)
    assert content(target) == NEW
    assert os.listdir(tmp_path) == ["base"]


def test_a_first_result_needs_no_exchange(tmp_path):
    new = storage.temporary(tmp_path / "base")
    (new / "x").write_text("new")
    storage.exchange(new, tmp_path / "base")
    assert content(tmp_path / "base") == {"x": "new"}


@pytest.mark.parametrize("at", STEPS)
def test_killed_between_two_renames_the_next_command_completes(tmp_path, at):
    target, new = folders(tmp_path)
    owner, name, nth = STEPS[at]
    code = (
        f"{STOPPING}stop_at({owner}, {name!r}, {nth}, lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        f"storage.exchange(Path({str(new)!r}), Path({str(target)!r}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert (content(target) if target.exists() else None) in (OLD, NEW, None)
    assert storage.recover(target) is (at != "written")
    assert content(target) == (OLD if at == "written" else NEW)
    assert not storage.recover(target)
    storage.remove(storage.temporary(target))
    assert [name for name in os.listdir(tmp_path) if not name.endswith(".new")] == ["base"]


def test_a_damaged_mark_brings_back_what_stood_there(tmp_path):
    target, new = folders(tmp_path)
    os.rename(target, tmp_path / ".old-base")
    (tmp_path / ".exchange-base.json").write_text("{")
    storage.recover(target)
    assert content(target) == OLD
    assert new.exists()


def test_a_mark_cannot_name_a_folder_elsewhere(tmp_path):
    target, _ = folders(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".exchange-base.json").write_text('{"new": "elsewhere"}')
    storage.recover(target)
    assert content(target) == OLD
    assert elsewhere.exists()


def test_what_an_earlier_run_left_is_removed(tmp_path):
    target, new = folders(tmp_path)
    other = tmp_path / ".tmp-base2-1"
    other.mkdir()
    again = storage.temporary(target)
    assert list(again.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"base", again.name, other.name}
    assert new.name == again.name


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    storage.write_file(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_links_are_removed_and_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "x").write_text("x")
    link = tmp_path / "link"
    link.symlink_to(kept)
    storage.remove(link)
    assert not link.exists()
    assert (kept / "x").read_text() == "x"


def test_a_staging_folder_belongs_to_one_result_whatever_its_name_begins_with(tmp_path):
    """The staging folder of `base-x` is none of `base`: another run may be at work in it."""
    other = storage.temporary(tmp_path / "base-x")
    (other / "work").write_text("half done")
    left = tmp_path / ".tmp-base-1"
    left.mkdir()
    storage.temporary(tmp_path / "base")
    assert (other / "work").read_text() == "half done"
    assert not left.exists()
    (tmp_path / ".exchange-base.json").write_text(f'{{"new": "{other.name}"}}')
    storage.recover(tmp_path / "base")
    assert (other / "work").read_text() == "half done"


def test_a_lock_has_one_holder_and_goes_with_it(tmp_path):
    lock = tmp_path / ".x.lock"
    with storage.locked(lock, wait=False) as holder:
        assert holder == ""
        with storage.locked(lock, wait=False) as other:
            assert other == str(os.getpid())
    assert not lock.exists()
    lock.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError), storage.locked(lock, wait=False):  # noqa: PT011
        pass
    assert not (tmp_path / "elsewhere").exists()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, max_size=6))
def test_the_order_of_keys_does_not_matter(mapping):
    assert digest(mapping) == digest(dict(reversed(mapping.items())))


def test_nine_is_nine_however_written_and_sets_have_no_order():
    assert digest({"b", "a"}) == digest(frozenset(["a", "b"]))
    assert digest({"fte": 9}) == digest({"fte": 9.0}) == digest({"fte": np.float64(9)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.1, 0.1 + 1e-16 * 2),
        ("9", 9),
        (True, 1),
        ([1, 2], [2, 1]),
        (datetime.date(2019, 1, 1), "2019-01-01"),
        (None, ""),
    ],
)
def test_other_values_have_other_digests(one, other):
    assert digest(one) != digest(other)


def test_a_type_without_a_form_is_refused():
    with pytest.raises(TypeError, match="object"):
        digest(object())


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"\x00kik")
    assert file_digest(path) == bytes_digest(b"\x00kik")
