"""What README and docs show a reader to type does what they say: every block of Python and every command."""

import re
import shlex
from pathlib import Path

import pytest

import kik_analysis
from kik_analysis import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LONG = ("run", "fte", "compare", "simulate", "test")
"""Commands that take longer than a test may here: they have tests of their own, or run in the long form."""


def code(page: Path) -> str:
    """All Python on a page, one block after the other, with few replications."""
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.M | re.S)
    return re.sub(r"replications=\d+", "replications=6", "\n".join(blocks))


@pytest.mark.parametrize("page", [page for page in PAGES if code(page)], ids=lambda page: page.stem)
def test_python_on_a_page_runs(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(code(page), page.name, "exec"), {"kik": kik_analysis})


def test_commands_on_the_first_page_run_in_their_order(tmp_path, proof, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "README.md").read_text()
    commands = re.findall(r"^\.venv/bin/kik (.*?)(?: *#.*)?$", page, re.M)
    assert len(commands) > 8
    for name in ("params", "cases"):
        (tmp_path / name).symlink_to(ROOT / name)
    for command in commands:
        words = shlex.split(command)
        if words[0] in LONG and not proof:
            continue
        ended, said = cli.main(words), capsys.readouterr().err
        unknown_yet = words[0] == "explain" and "after `kik run`" in said
        assert ended == 0 or unknown_yet, (command, said)
