"""``kik simulate``: CSV, Parquet, a summary in two languages, warnings, and nothing half-written."""

import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from kik_analysis import cli
from kik_analysis.capacity import simulate
from kik_analysis.capacity.kernel import machine
from kik_analysis.capacity.measures import GROUP_STATES
from kik_analysis.capacity.results import Result, published
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.runs.progress import Counter

SMALL = {"run.weeks": 4}


def run(**arguments: int) -> Result:
    return simulate.simulate(load_scenario(None, SMALL), **arguments)  # type: ignore[arg-type]


def csv(**arguments: int) -> str:
    return published(run(**arguments)).write_csv()


def kik(*words: str) -> int:
    return cli.main(["simulate", "--set", "run.weeks=4", *words])


def test_same_seed_same_bytes_as_csv_and_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = csv(replications=3, seed=5)
    assert kik("--replications", "3", "--seed", "5") == 0
    assert capsys.readouterr().out == text
    out, parquet = tmp_path / "week.csv", tmp_path / "week.parquet"
    for path in (out, parquet):
        assert kik("--replications", "3", "--seed", "5", "--workers", "1", "--out", str(path)) == 0
    assert out.read_text(encoding="utf-8") == text
    frame = pl.read_parquet(parquet)
    assert frame.columns == pl.read_csv(io.StringIO(text)).columns
    assert frame.height == text.count("\n") - 1
    assert "-0.0," not in text
    assert csv(replications=3, seed=6) != text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["week.csv", "week.parquet"]


def test_warnings_are_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("--replications", "1", "--set", "team.vacancy_share=1", "--out", str(tmp_path / "x.csv"))
    assert kik(*words) == 0
    assert "nobody works" in capsys.readouterr().err


def test_uncertain_parameters_widen_the_range() -> None:
    alone, both = (run(replications=40, uncertain=u) for u in (False, True))
    widths = [
        r.weekly(measures=["in_contact"]).select(pl.col("q95") - pl.col("q05")).to_series()[-1]
        for r in (alone, both)
    ]
    assert both.layer == "chance_and_parameters"
    assert widths[1] > 2 * widths[0]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_summary_on_a_terminal(lang: str) -> None:
    """Every state once, shares as percentages in the language's notation."""
    from kik_analysis.language import sentences

    lines = simulate.lines(run(replications=3), lang)  # type: ignore[arg-type]
    text = "\n".join(lines)
    for measure in GROUP_STATES:
        assert text.count(f"\n{sentences.template(f'caseload.measure.{measure}', lang)}  ") == 1  # type: ignore[arg-type]
    assert ("6.9" if lang == "nl" else "6,9") in text
    assert text.count("80") >= 2  # what a range holds is said above it and below
    assert text.count("%") == 14
    assert max(map(len, lines)) < 140


def test_wrong_files_are_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for out, message in (
        ("week.xlsx", "expected .csv or .parquet"),
        ("nowhere/week.csv", "cannot be written"),
        *([("/proc/week.csv", "cannot be written")] if sys.platform == "linux" else []),
    ):
        assert kik("--replications", "1000000", "--out", str(tmp_path / out)) == 2
        assert message in capsys.readouterr().err
    with pytest.raises(InputError, match="cannot be written"):
        simulate.write(pl.DataFrame({"a": [1]}), tmp_path / "nowhere" / "week.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_last_word_counts_and_wrong_ones_are_said_one_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ParameterError) as error:
        simulate.overrides(["team.fte", "=3", "team.fte="])
    assert len(error.value.lines) == 3
    assert load_scenario(None, simulate.overrides(["team.fte=3", "team.fte=4"]))["team.fte"] == 4
    assert kik("--set", "team.ftee=3") == 2
    assert "did you mean team.fte?" in capsys.readouterr().err
    assert kik("--replications", "0") == 2
    assert kik("nowhere.yml") == 2


def test_progress_counts_and_is_silent_when_asked() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, quiet in ((Screen(), False), (io.StringIO(), False), (Screen(), True)):
        with Counter("nl", quiet=quiet, stream=stream) as counting:
            counting._began -= 2
            for done in range(0, 1001, 10):
                counting(done, 1000)
        text = stream.getvalue()
        if quiet:
            assert text == ""
        elif isinstance(stream, Screen):
            assert "1.000 van 1.000 berekeningen" in text
            assert text.endswith("\r\x1b[K")
        else:
            assert len(text.splitlines()) == 10


def test_building_is_announced_before_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setattr(machine, "compiled", lambda: False)
    monkeypatch.setattr(machine, "ready", lambda: built.append("built"))
    stream = io.StringIO()
    Counter("en", stream=stream).build()
    assert built == ["built"]
    assert "once" in stream.getvalue()


def test_an_interrupt_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    """A real process and a real Ctrl-C, in the middle of a thousand years of work."""
    words = ["simulate", "--replications", "9999999", "--out", str(tmp_path / "weeks.csv")]
    program = (
        "from kik_analysis import cli; from kik_analysis.capacity.engine import _Team; run = _Team.run\n"
        "_Team.run = lambda *given: print('on', flush=True) or run(*given)\n"
        "raise SystemExit(cli.main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words, "--set", "run.weeks=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("interrupted")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["simulate", "compare base twelve", "fte --given 9", "design p5_drawn"])
def test_what_a_reader_sees_on_a_terminal_ends_with_its_status(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    twelve = tmp_path / "twelve.yml"
    twelve.write_text(f"extends: {Path('params/base.yml').resolve()}\nteam: {{fte: 12}}\n")
    words = command.replace("twelve", str(twelve)).split()
    words += ["--draws", "20"] if "design" in words else ["--replications", "2"] if "fte" not in words else []
    for screen, more, ends in ((True, [], True), (True, ["--quiet"], False), (False, [], False)):
        monkeypatch.setattr(sys.stdout, "isatty", lambda screen=screen: screen, raising=False)
        assert cli.main([*words, *more, "--lang", "en"]) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last.startswith("Independent calculation from public documents") == ends
