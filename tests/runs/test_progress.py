"""Progress and log: a bar only where someone watches, and times that a jumping clock cannot turn around."""

import datetime
import io

import pytest

from kik_analysis.runs import manifest, progress
from kik_analysis.runs.manifest import Manifest
from kik_analysis.runs.progress import Logbook, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def followed(stream: io.StringIO, *, quiet: bool = False) -> str:
    told = Progress(2, quiet=quiet, stream=stream)
    told.line("10_history: runs")
    told.cell("10_history", 0.5)
    told.cell("11_audit", 0.0)
    told.finished("10_history", "10_history: 1.0 s")
    told.finished("11_audit", "11_audit: 2.0 s")
    told.close()
    return stream.getvalue()


LINES = ["10_history: runs", "10_history: 1.0 s", "11_audit: 2.0 s"]


def test_without_a_terminal_there_are_lines_and_nothing_else():
    assert followed(io.StringIO()).splitlines() == LINES


def test_on_a_terminal_a_bar_moves_and_goes_away():
    said = followed(Terminal())
    assert "[#####..............." in said
    assert "[##########.........." in said
    assert "10_history, 11_audit" in said
    # what a terminal shows in the end: each line after its last return to the margin
    assert [line.rpartition("\x1b[K")[2] for line in said.split("\n")] == [*LINES, ""]


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_quiet_is_quiet(stream):
    assert followed(stream, quiet=True) == ""


def test_a_clock_that_is_set_back_does_not_turn_the_run_around(tmp_path, monkeypatch):
    log = Logbook(tmp_path / "run.log")

    class Back(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(1970, 1, 1, tzinfo=tz)

    monkeypatch.setattr(progress.datetime, "datetime", Back)
    began, ended = log.span()
    assert "1970" not in ended
    assert began <= ended
    log.note("done\nwith a second line")
    first, second = (tmp_path / "run.log").read_text().splitlines()
    assert first.endswith("Z done")
    assert second == "    with a second line"
    made = Manifest(scenario={"file": "x.yml", "title": {}}, versions={"kik_analysis": "0"})
    assert b"1970" not in manifest.crate(made, log)
