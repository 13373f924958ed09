"""Real processes that fail, are killed or are interrupted: a line that says what to do, and nothing lost."""

import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from tiny_project import Project, compared

from kik_analysis import cli
from kik_analysis.errors import InputError
from kik_analysis.runs import folders, lifeline, manifest


def limited(
    project: Project, limit: int, soft: int, hard: int, *words: str, within: int = 300
) -> subprocess.CompletedProcess[str]:
    """Make another report, or do what ``words`` say, with a limit of the system."""
    words = words or project.whole("--lang", "nl")
    return project.process(*words, first=lambda: resource.setrlimit(limit, (soft, hard)), within=within)


def lines(answer: subprocess.CompletedProcess[str]) -> list[str]:
    assert "Traceback" not in answer.stderr
    return answer.stderr.splitlines()


@pytest.fixture(autouse=True)
def untouched(request: pytest.FixtureRequest):
    """Hold that no test in this file that uses ``done`` changes its result."""
    if "done" not in request.fixturenames:
        yield
        return
    project: Project = request.getfixturevalue("done")
    before = compared(project.out)
    yield
    assert compared(project.out) == before
    assert [path.name for path in project.results.glob(".tmp-*")] == []


def test_a_full_disk_while_the_result_is_put_in_place(done, monkeypatch):
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kik_analysis.reading.storage.sync_tree", full)
    # half of the report is left out, so that there is something to make
    answer = done.run("--lang", "en", "--quiet")
    assert answer.returncode == 1
    assert answer.stderr == "results/tiny: No space left on device; the earlier result was not touched\n"


SMALL = [
    # libraries below would end without a word when they get no file or no memory
    ("", resource.RLIMIT_NOFILE, 64, "only 64 files may be open at once on this system, and a run with"),
    ("", resource.RLIMIT_AS, 700 << 20, "only 700 MB of memory may be used"),
    ("", resource.RLIMIT_FSIZE, 100_000, "report: File too large; nothing was replaced"),
    *(
        (f"{words} --quiet", resource.RLIMIT_AS, 1500 << 20, "only 1500 MB of memory may be used on this")
        for words in ("simulate --replications 4", "design params/pilots/x.yml", "register synth")
    ),
]


def test_memory_that_runs_out_is_told(monkeypatch, capsys):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr("kik_analysis.runs.commands.scenarios", full)
    assert cli.main(["scenarios", "--lang", "nl"]) == 1
    assert capsys.readouterr().err == "kik: het geheugen is vol; sluit andere programma's en reken opnieuw\n"


@pytest.mark.long(every=3)
@pytest.mark.parametrize(("words", "limit", "most", "line"), SMALL)
def test_a_small_machine_or_full_disk_is_told_and_nothing_is_lost(done, words, limit, most, line):
    answer = limited(done, limit, most, most, *words.split())
    assert (answer.returncode, answer.stdout) == (1, "")
    assert line in lines(answer)[-1]


@pytest.mark.parametrize("words", [("run", "--out", "/"), ("verify", "/"), ("diff", "/", "/")])
def test_the_root_of_the_machine_is_no_result(done, monkeypatch, words, capsys):
    monkeypatch.chdir(done.folder)
    assert cli.main(list(words)) == 2
    assert capsys.readouterr().err == "/: is the root of this machine; pass a folder below it\n"


PIPES = [
    ("theme.css", "run --theme theme.css"),
    ("notebooks/12_bounds.ipynb", "run --only 12_bounds"),
    ("params/questions/01.yml", "check params/questions/01.yml"),
    ("data/published/claims.csv", "explain L042"),
    ("results/tiny/manifest.json", "verify results/tiny"),
    ("results/tiny/manifest.json", "run --only 11_audit --out results/tiny"),
    ("results/tiny/numbers.json", "diff results/tiny results/tiny"),
]


@pytest.mark.long(every=2)
@pytest.mark.parametrize(("name", "words"), PIPES)
def test_a_pipe_that_nobody_writes_is_refused_at_once_wherever_a_file_is_read(copy, name, words):
    path = copy.folder / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    answer = limited(copy, resource.RLIMIT_CPU, 60, 60, *words.split(), within=60)
    assert answer.returncode == 2, answer.stderr
    assert "this is a pipe or device" in lines(answer)[-1]


def test_a_scenario_that_is_a_link_to_itself_is_told(copy):
    (copy.folder / "own.yml").symlink_to("own.yml")
    answer = copy.run("own.yml")
    assert (answer.returncode, "too many levels of symbolic links" in answer.stderr) == (2, True)


def test_a_folder_may_be_named_by_a_dot(done, monkeypatch, capsys):
    monkeypatch.chdir(done.out)
    assert cli.main(["verify", "."]) == 0
    assert cli.main(["diff", ".", "../tiny"]) == 0
    assert "No number changed" in capsys.readouterr().out


def test_a_lock_is_never_followed_through_a_link(done, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / ".x.lock").symlink_to(mine)
    answer = done.process("run", *done.only(), "--out", str(tmp_path / "x"))
    assert answer.returncode == 1
    assert "its lock is a symbolic link" in lines(answer)[-1]
    assert mine.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".x.lock", "mine.txt"]


def test_a_file_lost_before_the_exchange_is_noticed(done, monkeypatch):
    """A file that a notebook made and another process took away: nothing half is put in place."""
    from kik_analysis.runs import pages

    plain = pages.build

    def build(family, staging, *words):
        used = plain(family, staging, *words)
        (staging / "tables" / "staff.csv").unlink()
        return used

    monkeypatch.setattr(pages, "build", build)
    answer = done.run("--lang", "en", "--quiet")
    assert answer.returncode == 1
    last = "tables/staff.csv: lost or changed while the result was made; run again"
    assert answer.stderr.splitlines()[-1] == last


@pytest.mark.parametrize("place", ["/proc/kik/tiny", "params/base.yml/tiny"])
def test_a_place_that_cannot_be_written_is_told_before_anything_runs(done, place):
    answer = done.process("run", *done.only(), "--out", place)
    assert answer.returncode == 1
    (said,) = lines(answer)
    assert all(words in said for words in ("cannot be written", "--out"))


def test_two_runs_into_one_folder_is_one_too_many(done, monkeypatch):
    monkeypatch.chdir(done.folder)
    with folders.locked(done.out):
        answer = done.process(*done.whole())
    assert answer.returncode == 1
    assert lines(answer) == [
        f"results/tiny: another run (process {os.getpid()}) is writing it; wait for it, "
        "or pass another folder with --out"
    ]


def put(name: str, *change: str):
    """Return what writes a file into a result, or replaces a piece of it."""

    def spoil(out: Path) -> None:
        path = out / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(change[0] if len(change) == 1 else path.read_text().replace(*change))

    return spoil


def link(name: str, to: str):
    """Return what puts a link in the place of a file or folder, which is moved away."""

    def spoil(out: Path) -> None:
        path = out / name
        if path.exists():
            path.rename(out.parent / to)
        path.symlink_to(out.parent / to)

    return spoil


OTHER = '{"name": "a web app", "format": 1, "check": "x", "files": {"a": 3}}'
EDITED = "tables/staff.csv was changed since the run that wrote it; move it away, or replace it with --force"
SPOILT = [
    (put("notes.txt", "mine"), "notes.txt is not ours; move it away, it would be lost"),
    (put("mine/plan.docx", "mine"), "mine/plan.docx is not ours; move it away, it would be lost"),
    (link("tables/link.csv", "/etc/hostname"), "tables/link.csv is a symbolic link out of the result; rem"),
    (link("tables/staff.csv", "elsewhere.csv"), "tables/staff.csv is a symbolic link out of the result; rem"),
    (put("tables/staff.csv", "18", "19"), EDITED),
    (put(manifest.FILE, '"format": 2', '"format": 3'), "newer version (format 3; this one reads up to 2)"),
    (put(manifest.FILE, "{"), "damaged (not the JSON that a run writes)"),
    (lambda out: (out / manifest.FILE).unlink(), "holds files and no manifest.json of ours; nothing was"),
    (put(manifest.FILE, OTHER), "damaged (its list of files cannot be read)"),
    (link(".", "real"), "is a symbolic link; pass the folder itself with --out"),
    (lambda out: (shutil.rmtree(out), out.write_text("mine")), "is a file; pass a folder with --out"),
]


def test_a_result_of_an_older_version_is_called_that_and_made_anew(done, tmp_path):
    shutil.copytree(done.out, out := tmp_path / "tiny")
    put(manifest.FILE, '"format": 2', '"format": 1')(out)
    with pytest.raises(InputError, match=r"an older version \(format 1\); move the folder away"):
        manifest.load(out)
    assert folders.check(out)  # nothing that is not ours would be lost


@pytest.mark.parametrize(("spoil", "expected"), SPOILT)
def test_a_folder_that_would_lose_something_is_refused(done, tmp_path, monkeypatch, spoil, expected, capsys):
    out = tmp_path / "results" / "tiny"
    shutil.copytree(done.out, out)
    spoil(out)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.chdir(done.folder)
    assert cli.main(["run", *done.only(), "--out", str(out)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(str(out))
    assert expected in said
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


def test_another_scenario_of_the_same_name_is_not_replaced(copy, monkeypatch, capsys):
    (copy.folder / "other").mkdir()
    (copy.folder / "other" / "tiny.yml").write_text("extends: ../params/base.yml\ntitle: {nl: A, en: B}\n")
    monkeypatch.chdir(copy.folder)
    assert cli.main(["run", "other/tiny.yml"]) == 2
    assert capsys.readouterr().err == (
        "results/tiny: holds the result of params/base.yml, another scenario with the same name; "
        "pass another folder with --out\n"
    )


def test_files_that_systems_leave_are_nobodys(done, tmp_path):
    out = tmp_path / "tiny"
    shutil.copytree(done.out, out)
    (out / ".DS_Store").write_text("x")
    (out / "report" / "nl.pdf").write_text("made where a browser is installed")
    folders.check(out)


def test_a_run_leaves_nobody_however_deep_and_in_whatever_session(tmp_path):
    tree = "setsid sh -c '(sleep 77.5 & sh -c \"sleep 77.5 & setsid sleep 77.5\") & sleep 77.5' & sleep 0.2"
    with lifeline.Family({}, tmp_path / "log"):
        subprocess.run(["sh", "-c", tree], check=True)
        assert len(lifeline.children()) > 0
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 77.5" not in left
