"""One place per new case: the examples of ``docs/contributing.md``, each made in a copy and tried."""

import functools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kik_analysis.capacity.kernel import machine

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("kik_analysis", "params", "data", "docs", "tests/capacity", "tests/oracle")
TEXT = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
CASES = dict(re.findall(r"^### (.+?)$(.+?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
MOST = {"An interval method": 2, "A priority rule": 6, "A published claim with its audit": 5, "A pilot": 3}
TRIED = {
    "An interval method": """
        import kik_analysis as kik
        print(round(kik.intervals.proportion(81, 263, method="wald").low, 4))""",
    "A priority rule": """
        import pytest
        open("conftest.py", "w").write("import pytest\\nproof = pytest.fixture(lambda: False)")
        apart = ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
        files = [f"tests/capacity/test_{name}.py" for name in ("compilation", "acts")]
        pytest.main(["-q", *apart, "-k", "urgent", *files])""",
    "A published claim with its audit": """
        import kik_analysis as kik
        print(*kik.audit().frame.filter(claim="L0511").select("printed", "verdict").row(0))
        kik.publish(kik.audit())""",
}
"""What is done with the new case, in the copy."""
SAID = {
    "An interval method": "0.2522",
    "A priority rule": "3 passed",
    "A published claim with its audit": "0.25 recomputes",
}


def case(title: str) -> str:
    return next(text for name, text in CASES.items() if name.startswith(title))


def changes(title: str) -> dict[str, list[list[str]]]:
    """Return per file the pieces of a case; each line begins with a space, a minus or a plus."""
    _, *files = re.split(
        r"^--- (.+)\n", "".join(re.findall(r"```diff\n(.+?)```", case(title), re.DOTALL)), flags=re.M
    )
    return {
        name: [piece.strip("\n").split("\n") for piece in re.split(r"^@@\n", body, flags=re.MULTILINE)]
        for name, body in zip(files[::2], files[1::2], strict=True)
    }


def changed(text: str, piece: list[str]) -> str:
    old, new = (
        "".join(f"{line[1:]}\n" for line in piece if line[:1] in kinds) for kinds in ((" ", "-"), (" ", "+"))
    )
    if not old:
        return text + new
    assert text.count(old) == 1, f"stands there {text.count(old)} times: {old}"
    return text.replace(old, new)


@pytest.mark.parametrize("title", MOST)
def test_a_new_case_touches_as_few_files_as_were_promised(title):
    name = next(name for name in CASES if name.startswith(title))
    count = len(changes(title)) or 1
    assert re.match(rf"{title}: {count} files?\b", name)
    assert count <= MOST[title]
    for file, pieces in changes(title).items():
        text = functools.reduce(changed, pieces, (ROOT / file).read_text(encoding="utf-8"))
        assert not file.endswith(".py") or compile(text, file, "exec")


@pytest.mark.long(every=3)
@pytest.mark.parametrize("title", TRIED)
def test_the_example_works_in_a_copy(title, tmp_path):
    for name in COPIED if title == "A priority rule" else COPIED[:4]:
        shutil.copytree(ROOT / name, tmp_path / name)  # with the bytecode of what does not change
    for name, pieces in changes(title).items():
        path = tmp_path / name
        path.write_text(functools.reduce(changed, pieces, path.read_text(encoding="utf-8")), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", re.sub(r"^ {8}", "", TRIED[title], flags=re.MULTILINE)],
        cwd=tmp_path,
        # the engine stays as it was, so it is not compiled again
        env={"PATH": "", "PYTHONPATH": str(tmp_path), "KIK_CACHE": str(machine.cache_root())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    assert SAID[title] in done.stdout, done.stdout


def test_a_pilot_is_one_file_that_has_a_card(tmp_path, monkeypatch, capsys):
    from kik_analysis import cli

    monkeypatch.chdir(tmp_path)
    assert cli.main(["new-pilot", "another_letter"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["another_letter.yml"]
    assert cli.main(["design", "another_letter.yml", "--draws", "20"]) == 0
    assert "another_letter" in capsys.readouterr().out
