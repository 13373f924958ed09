"""The command line: fast to start, one line per mistake, four exit codes, never a traceback."""

import resource
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kik_analysis import cli
from kik_analysis.errors import ParameterError, RunError

HEAVY = ("numpy", "polars", "scipy", "matplotlib", "seaborn", "papermill", "numba", "nbformat", "babel")


def python(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


def seconds(command: list[str]) -> float:
    """Return how much of a processor a command takes, however busy the machine is."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, capture_output=True, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def test_help_names_every_command_and_loads_nothing_heavy():
    code = (
        "import sys; from kik_analysis import cli\n"
        "try: cli.main(['--help'])\n"
        f"finally: print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    answer = python(code)
    assert answer.returncode == 0
    assert answer.stderr.strip() == "[]"
    assert all(f"\n    {command}" in answer.stdout for command in cli.COMMANDS)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_explains_itself_without_loading_its_room(command, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main([command, "--help"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: kik {command} ")


def test_help_answers_within_fifteen_bare_interpreter_starts():
    bare = statistics.median(seconds([sys.executable, "-c", "pass"]) for _ in range(7))
    told = statistics.median(seconds([sys.executable, "-m", "kik_analysis", "--help"]) for _ in range(3))
    assert told < 15 * bare


_, *TYPED = Path(__file__).with_name("wrong_words.txt").read_text("utf-8").splitlines()
WRONG = [(words.split(), said) for words, said in (line.split("=> ") for line in TYPED)]
WRONG += [
    (["run", "--jobs", "9" * 5000], "expected a whole number from 1 to 64"),
    (["check", "x" * 300], "x: File name too long"),
    (["check", "no/such\n.yml\x1b"], "no/such\\n.yml<U+001B>: "),
]


@pytest.mark.parametrize(("words", "expected"), WRONG)
def test_wrong_input_is_told_on_standard_error_with_exit_code_two(words, expected, capsys):
    assert cli.main(words) == 2
    said = capsys.readouterr()
    assert expected in said.err
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ParameterError(["a.yml:1: x: wrong", "a.yml:2: y: wrong"]), 2),
        (RunError("notebooks/10_history.ipynb: cell 4: ModelError: no"), 1),
        (KeyboardInterrupt(), 130),
        (OSError(28, "No space left on device", "results"), 1),
        (RecursionError("deep"), 1),
        (AssertionError(), 1),
    ],
)
def test_every_error_is_lines_and_an_exit_code(error, code, capsys, monkeypatch):
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr("kik_analysis.runs.commands.verify", fail)
    assert cli.main(["verify", "x"]) == code
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said
    if isinstance(error, RecursionError | AssertionError):
        assert "a fault of ours" in said
        monkeypatch.setenv(cli.DEBUG, "1")  # to those who ask it shows where
        with pytest.raises(type(error)):
            cli.main(["verify", "x"])


def test_a_reader_that_leaves_early_sees_no_traceback():
    command = f"{sys.executable} -m kik_analysis explain L042 | true; exit ${{PIPESTATUS[0]}}"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in answer.stderr
    assert "Exception ignored" not in answer.stderr


# a solver can leave SIGINT deadly; compiled code that is interrupted while it loads says something else
SOLVES = {signal.SIGINT: "bounds('people_spoken'); ", signal.SIGTERM: "", signal.SIGHUP: ""}


@pytest.mark.parametrize("number", SOLVES)
def test_interrupted_answers_at_once(number, patience):
    code = (
        "import sys, time; from kik_analysis import bounds, cli; from kik_analysis.runs import commands\n"
        f"def wait(_):\n    {SOLVES[number]}print('ready', flush=True)\n"
        "    try: time.sleep(30)\n"
        f"    except KeyboardInterrupt: raise {'ImportError' if number == signal.SIGHUP else ''}\n"
        "commands.verify = wait; sys.exit(cli.main(['verify', 'x']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - began < patience
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
