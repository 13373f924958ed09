"""Collects every problem of an input; one line each: ``FILE:LINE: key: what (got; expected)``.

A planner mends a file once, not once per mistake: readers and checks add what they find here and go on.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from kik_analysis.errors import InputError

SHOWN_AT_MOST = 100
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, as the user named it; line and column from 1, 0 where unknown.

    ``told`` is true where a problem was reported already: no other is then added.
    """

    file: str
    line: int = 0
    column: int = 0
    told: ClassVar[bool] = False


@dataclass(frozen=True)
class Problem(Place):
    """One thing that is wrong, where it stands, and what would be right.

    ``key``: the path of the key, for example ``team.fte``; empty when the whole file is meant. ``what``: what
    is wrong, and where possible what to do, without a full stop. ``got``, ``expected``: what stood there and
    what may stand there; empty when the sentence says it already.
    """

    key: str = ""
    what: str = ""
    got: str = ""
    expected: str = ""

    def __str__(self) -> str:
        lined = self.line and not self.file.startswith("--")  # an option of a command has no lines
        where = f"{self.file}:{self.line}" if lined else self.file
        head = ": ".join(part for part in (where, self.key, self.what) if part)
        tail = "; ".join(
            f"{word} {text}" for word, text in (("got", self.got), ("expected", self.expected)) if text
        )
        return f"{head} ({tail})" if tail else head


class Problems:
    """The problems found so far, in any number of files."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, where: Place, what: str, *, key: str = "", got: str = "", expected: str = "") -> None:
        """Add a problem found at ``where`` ."""
        if not where.told:
            self.extend([Problem(where.file, where.line, where.column, key, what, got, expected)])

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere."""
        for problem in problems:
            self._files.setdefault(problem.file, len(self._files))
            self._found.append(problem)

    @property
    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems by file (in the order of reading), line and column, each once."""
        unique = dict.fromkeys(self._found)
        return tuple(sorted(unique, key=lambda p: (self._files[p.file], p.line, p.column, p.key, p.what)))

    @property
    def lines(self) -> tuple[str, ...]:
        """Return one line per problem, at most :data:`SHOWN_AT_MOST` and a line that counts the rest."""
        lines = [str(problem) for problem in self.sorted]
        if len(lines) <= SHOWN_AT_MOST:
            return tuple(lines)
        more = len(lines) - SHOWN_AT_MOST
        last = self.sorted[-1]
        return (*lines[:SHOWN_AT_MOST], f"{last.file}: and {more} more problems like these")

    def raise_if_any(self, error: type[InputError] = InputError) -> None:
        """Raise ``error`` with all lines when there is a problem."""
        if self._found:
            raise error(self.lines)


def shown(value: object) -> str:
    """Return a value as it may stand in a message: short, on one line, text in quotes."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"the text '{visible(value)}'" if isinstance(value, str) else short(str(value))


def name(text: str) -> str:
    """Return a key as it may stand in the path of a message: short and printable."""
    return visible(text) or "''"


def visible(text: str) -> str:
    """Return a text short and on one line, as :func:`on_one_line` does, its backslashes doubled."""
    return short(on_one_line(text[: _LONGEST + 1].replace("\\", "\\\\")))


def on_one_line(text: str) -> str:
    """Return a text with what nobody can see as its code point: ``12<U+00A0>``."""
    if text.isprintable():
        return text
    marks = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return "".join(marks.get(c, c if c.isprintable() else f"<U+{ord(c):04X}>") for c in text)


def thousands(text: str) -> str:
    """Return what is wrong with digits that are thousands in Dutch and decimals here: ``80.000``."""
    if not re.fullmatch(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}", text):
        return ""
    bare, decimal = text.replace(".", ""), f"{float(text):.10g}"
    return f"read as thousands or as a decimal? write {bare}, or {decimal}{'0' * (decimal == text)}"


def short(text: str, most: int = _LONGEST) -> str:
    """Return a text of so many characters at most, the last one an ellipsis where it was longer."""
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``word`` (Ratcliff and Obershelp's ratio, at least 0.6), or None."""
    if len(word) > 200:
        return None
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ``"; did you mean X?"``, or nothing when no known name is near."""
    found = nearest(word, known)
    return f"; did you mean {prefix}{found}?" if found else ""
