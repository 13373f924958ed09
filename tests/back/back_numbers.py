"""Printed numbers kept for review, and the rule that a change of them is told in the changelog.

``python tests/back/back_numbers.py results/base`` writes ``base.numbers.json`` anew from a result and prints
the line that ``CHANGELOG.md`` then needs.
"""

import fnmatch
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from kik_analysis.language import notation

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("base.numbers.json")
LISTED = ("claim/", "parameter/")
"""Numbers that only repeat the list of claims or parameters."""
_LINE = re.compile(r"[Nn]umbers that change:\s+(.+?)\s+\(base ([0-9a-f]{8})\)", re.DOTALL)
_NAME = re.compile(r"`([^`]+)`")


def printed(row: dict) -> str:
    """Return a number as an English reader sees it, with its range and unit."""

    def text(part: str) -> str:
        value = row[part]
        return ".." if value is None else notation.shown(value, row["unit"], row["decimals"], "en")

    limits = "" if row["low"] is None and row["high"] is None else f"[{text('low')}, {text('high')}]"
    value = "" if row["value"] is None else text("value")
    return " ".join(part for part in (value, limits, row["unit"]) if part)


def of_result(folder: Path) -> dict[str, str]:
    """Return the printed numbers of a result, but for those that only repeat a list."""
    rows = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
    return {name: printed(row) for name, row in sorted(rows.items()) if not name.startswith(LISTED)}


def render(numbers: dict[str, str]) -> str:
    return json.dumps(numbers, ensure_ascii=False, indent=1) + "\n"


def digest(numbers: dict[str, str]) -> str:
    """Return the eight characters by which the changelog names a state of the numbers."""
    return hashlib.sha256(render(numbers).encode()).hexdigest()[:8]


def differing(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def told(changelog: str) -> list[tuple[set[str], str]]:
    """Return the changelog's lines about numbers, the newest first: names or patterns, and the state."""
    return [(set(_NAME.findall(names)), state) for names, state in _LINE.findall(changelog)]


def problems(old: dict[str, str] | None, new: dict[str, str], changelog: str) -> list[str]:
    """Return what the changelog leaves out about the step from one state of the numbers to the next."""
    lines = told(changelog)
    if not lines or lines[0][1] != digest(new):
        return [f"CHANGELOG.md: no line 'numbers that change: ... (base {digest(new)})' at its top"]
    if old is None:
        return []
    since = []
    for names, state in lines:
        if state == digest(old):
            break
        since += names
    return [
        f"CHANGELOG.md: {name} changed from {old.get(name)} to {new.get(name)}, and no line names it"
        for name in differing(old, new)
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in since)
    ]


def committed() -> dict[str, str] | None:
    """Return the state before the last change that git knows of; None where there is no git or no history."""
    inside = FILE.relative_to(ROOT).as_posix()

    def git(*words: str) -> str:
        answer = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return answer.stdout if answer.returncode == 0 else ""

    for commit in git("log", "--format=%H", "-n", "2", "--", inside).split():
        earlier = git("show", f"{commit}:{inside}")
        if earlier and earlier != FILE.read_text(encoding="utf-8"):
            state: dict[str, str] = json.loads(earlier)
            return state
    return None


def main(folder: Path) -> None:
    old = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    new = of_result(folder)
    FILE.write_text(render(new), encoding="utf-8")
    names = ", ".join(f"`{name}`" for name in differing(old, new))
    print(f"Numbers that change: {names} (base {digest(new)})" if names else "no number changed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
