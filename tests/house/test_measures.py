"""How large the house may be, and how much its rooms may know of each other (``pytest -s`` prints it)."""

import ast
import re
from collections import Counter
from pathlib import Path

from test_layout import tracked

ROOT = Path(__file__).resolve().parents[2]
LIBRARY, MODULES, TESTS = 36_475, 153, 25_530
"""Lines of the library, its modules, lines of the tests, blanks and docstrings included: never above now,
with comparison, pilots, planning and answers in it; the aim is 27,200, 160 and three quarters of that."""
NAMES = 12
"""Names that a module takes from one other."""


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def taken(path: Path) -> dict[str, int]:
    """How many names a module takes from each other module of ours.

    The engine's files are one module in several files: what they take from each other does not count.
    """
    found: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kik_analysis"):
            engine = path.parent.name == "kernel" and ".kernel." in f"{node.module}."
            for one in node.names if not engine else ():
                new = (str(node.module), one.name) not in seen
                seen.add((str(node.module), one.name))
                found[str(node.module)] += NAMES + 1 if one.name == "*" else int(new)
    return found


def test_the_house_stays_small():
    modules = tracked("kik_analysis/*.py")
    rooms: Counter[str] = Counter()
    for path in modules:
        parts = path.relative_to(ROOT / "kik_analysis").parts
        rooms[parts[0] if len(parts) > 1 else "top"] += lines(path)
    tests = sum(map(lines, tracked("tests/*.py")))
    print(f"\n{rooms.total()} lines in {len(modules)} modules, tests {tests}:", dict(rooms.most_common()))
    assert rooms.total() <= LIBRARY
    assert len(modules) <= MODULES
    assert tests <= TESTS


def test_no_module_knows_another_ones_insides():
    many = {
        f"{path.relative_to(ROOT)} from {module}": names
        for path in tracked("kik_analysis/*.py")
        for module, names in taken(path).items()
        if names > NAMES
    }
    assert many == {}


def test_every_dependency_says_what_it_is_for():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert listed
    silent = [line for line in listed[1].splitlines() if not re.search(r'",\s*# \w', line)]
    assert silent == []
