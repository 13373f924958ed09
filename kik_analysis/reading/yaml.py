"""Restricted YAML, read from PyYAML's pure event stream: every value with its file, line and column.

No constructor, no anchors, aliases, tags, merge keys or second documents; a size and a depth limit; duplicate
keys are an error; scalars by rules of our own, in which ``no`` and ``12:30`` stay text. PyYAML's compiled
loader crashes the process on deep nesting and must never be used here.
"""

import datetime
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from kik_analysis.reading import storage
from kik_analysis.reading.problems import Place, Problem, Problems, name, shown

SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 12
VALUES_LIMIT = 50_000
TEXT_LIMIT = 2000
_DIGITS_LIMIT = 18
_TAB_LINES = 20

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TAB_INDENT = re.compile(r"^ *\t[ \t]*\S", re.MULTILINE)
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_SYNTAX = (
    (r"'\\t'", "a tab; use spaces", False),
    (
        r"mapping values are not allowed",
        "a colon where none can stand: check the indentation, or put the text in quotes",
        False,
    ),
    (
        r"<block (end>|mapping)",
        "this line does not fit: check its indentation, and that the line of its section is no comment",
        False,
    ),
    (r"'%'.*start any token", "a value cannot start with %", False),
    (r"start any token", "a value cannot start with this character; put the text in quotes", False),
    (r"find expected ':'", "a colon is missing after this key", True),
    (r"quoted scalar.*end of stream", "the quotation mark that opens here is not closed", True),
    (r"expected ',' or .* got '\?'", "a question mark between brackets: put the text in quotes", False),
    (r"expected ',' or", "the bracket that opens here is not closed", True),
    (r".*", "this cannot be read as YAML", False),
)
"""What PyYAML says, in words of ours; of the place where it stopped, or of what it was reading there."""
_AFTER_QUOTE = "text after a closing quotation mark; put a text that holds one in the other kind"

Plain = str | int | float | bool | datetime.date | None


@dataclass(frozen=True, slots=True)
class Node(Place):
    """What stands at a place of a file."""

    @property
    def said(self) -> str:
        """Return the text of a single value; nothing for a list or mapping."""
        return self.text if isinstance(self, Scalar) else ""

    @property
    def word(self) -> str:
        """Return what a single value says when it is a text; else nothing."""
        return self.text if isinstance(self, Scalar) and isinstance(self.value, str) else ""

    @property
    def shown(self) -> str:
        """Return how it stands in a message: its value, ``a list`` or ``keys below it``."""
        if isinstance(self, Scalar):
            remark = self.value is None and self.text.startswith("#")
            return "nothing: what stands after # is a remark" if remark else shown(self.value)
        return "a list" if isinstance(self, Sequence) else "keys below it"


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """A single value; ``text`` is what stands in the file, and for no value the remark that follows."""

    value: Plain = None
    text: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list of nodes."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """Keys and nodes, in the order of the file; every key text occurs once.

    ``damaged`` tells that a key was refused, with a problem, and left out.
    """

    entries: tuple[tuple[Scalar, Node], ...] = ()
    flow: bool = False
    damaged: bool = False

    def get(self, key: str) -> Node | None:
        """Return the node under ``key``, or None."""
        return next((node for scalar, node in self.entries if scalar.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return the key itself, with its line, or None."""
        return next((scalar for scalar, _ in self.entries if scalar.text == key), None)

    def nearest(self, path: str) -> Place:
        """Return where a key with its parts between dots stands, else the nearest above it."""
        where: Place = Place(self.file, 1)
        node: Node | None = self
        for part in path.split("."):
            node = node.get(part) if isinstance(node, Mapping) else None
            where = node or where
        return where

    def __contains__(self, key: str) -> bool:
        return self.key(key) is not None

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)


@dataclass(frozen=True, slots=True)
class Broken(Node):
    """A value about which a problem was already reported: whatever else is wrong with it is not said."""

    told: ClassVar[bool] = True


def load(path: str | Path, problems: Problems, *, shown_as: str | None = None) -> Mapping | None:
    """Read a file; add every problem to ``problems``.

    ``path``: the file, of which at most :data:`SIZE_LIMIT` bytes and one are read. ``shown_as``: how messages
    name it; by default as given. Returns its top mapping, which lacks the parts that problems are about; None
    when nothing can be made of the file.
    """
    file = str(path) if shown_as is None else shown_as
    text = storage.read_text(Path(path), file, problems, SIZE_LIMIT)
    return None if text is None else parse(text, file, problems)


def parse(text: str, file: str, problems: Problems) -> Mapping | None:
    """Read text as :func:`load` reads a file."""
    node = parse_value(text, file, problems)
    if isinstance(node, Mapping):
        return node
    if node is None:
        if not problems:
            problems.add(Place(file, 1), "the file is empty", expected="keys and values")
    else:  # no line of it is shown: it may not be ours
        got = "a list" if isinstance(node, Sequence) else "a text"
        problems.add(node, "the file must consist of keys and values", got=got, expected="key: value")
    return None


def parse_value(text: str, file: str, problems: Problems) -> Node | None:
    """Read one value of any form, as given to an option of a command, by the same rules."""
    if unseen := storage.CONTROL.search(text):
        where, got = _place(text, file, unseen.start()), f"U+{ord(unseen.group()):04X}"
        problems.add(where, "a character that cannot be seen; is this a text file?", got=got)
        return None
    tabs = list(itertools.islice(_TAB_INDENT.finditer(text), _TAB_LINES))
    for tab in tabs:
        where = _place(text, file, tab.end() - 1)
        problems.add(where, "a tab at the start of the line; indent with spaces")
    if tabs:
        return None
    node, found = _remembered(text, file)
    problems.extend(found)
    return node


def _place(text: str, file: str, index: int) -> Place:
    line = text.count("\n", 0, index) + 1
    return Place(file, line, index - text.rfind("\n", 0, index))


@functools.lru_cache(maxsize=128)
def _remembered(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Parse a text; a base file that many scenarios extend is parsed once (nodes are frozen)."""
    problems = Problems()
    return _Events(text, file, problems).top(), problems.sorted


class _StopError(Exception):
    """The rest of the file is not read; why is among the problems."""


class _Events:
    """Descends through the events of a text; the limit of depth bounds the recursion."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self.file, self.text, self.problems = file, text, problems
        self.loader: Any = yaml.SafeLoader(text)  # what it cannot print was refused before
        self.next: Any = self.loader.get_event
        self.values = 0

    def top(self) -> Node | None:
        """Return the only document's node; None when there is none, or reading stopped."""
        found: Node | None = None
        try:
            self.next()
            while not isinstance(event := self.next(), yaml.StreamEndEvent):
                if found is not None:
                    self.report(event, "a second document ('---'); a file holds one")
                    return None
                if event.version or event.tags:
                    self.report(event, "directives (%) are not allowed")
                found = self.node(self.next())
                self.next()
        except _StopError:
            return None
        except yaml.MarkedYAMLError as error:
            self.syntax(error)
            return None
        except (yaml.YAMLError, ValueError, OverflowError, IndexError):
            # the scanner converts escapes such as "\UFFFFFFFF" and the digits of directives unguarded
            self.problems.add(Place(*self.place(self.loader)), "this cannot be read as YAML")
            return None
        finally:
            self.loader.dispose()
        return found

    def place(self, mark: Any) -> tuple[str, int, int]:
        return self.file, mark.line + 1, mark.column + 1

    def report(self, event: Any, what: str, path: str = "", got: str = "", expected: str = "") -> None:
        self.problems.add(
            Place(*self.place(event.start_mark)), what, key=path.lstrip("."), got=got, expected=expected
        )

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        said = f"{error.context}: {error.problem}"
        what, there = next(row[1:] for row in _SYNTAX if re.search(row[0], said, re.DOTALL))
        mark = (error.context_mark if there else None) or error.problem_mark or error.context_mark
        at = error.problem_mark.index if error.problem_mark else 0
        if re.match(r" *-(?:\{|[^\W\d])", self.text[self.text.rfind("\n", 0, at) + 1 :]):
            what = "a space is missing after the dash"
        if at and "scalar>" in said and self.text[at - 1] in "'\"":  # as in 'Zo'n plan'
            what, mark = _AFTER_QUOTE, error.problem_mark
        self.problems.add(Place(*self.place(mark)) if mark else Place(self.file), what)

    def node(self, event: Any, path: str = "", depth: int = 0) -> Node:
        """Return the node that starts with an event; ``path`` is how messages name it."""
        where = self.place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self.report(event, "aliases (*) are not allowed; write the value out", path)
            return Broken(*where)
        if isinstance(event, yaml.ScalarEvent):
            self.values += 1
            if self.values > VALUES_LIMIT:
                self.report(event, f"more than {VALUES_LIMIT} keys and values in one file")
                raise _StopError
        if event.anchor is not None:
            self.report(event, f"anchors (&) are not allowed; remove &{name(event.anchor)}", path)
        if event.tag is not None:
            self.report(event, "tags (!) are not allowed", path, got=shown(event.tag))
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path, where)
        if depth >= DEPTH_LIMIT:  # its path would be as deep as the file is
            self.report(event, "nested too deeply", expected=f"at most {DEPTH_LIMIT} levels")
            raise _StopError
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, path, depth + 1, where)
        items: list[Node] = []
        while not isinstance(item := self.next(), yaml.SequenceEndEvent):
            items.append(self.node(item, f"{path}[{len(items) + 1}]", depth + 1))
        return Sequence(*where, tuple(items))

    def mapping(self, event: Any, path: str, depth: int, where: tuple[str, int, int]) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, int] = {}
        damaged = False
        while not isinstance(start := self.next(), yaml.MappingEndEvent):
            key = self.node(start, path, depth)
            wrong, at = self.key(key, seen, path)
            value = self.node(self.next(), at, depth)
            before = entries[-1][1].said if entries else ""
            bare = event.flow_style and key.said.isdigit() and isinstance(value, Scalar) and not value.text
            if bare and _INTEGER.match(before):  # 0,5
                wrong = f"a comma separates; write {before}.{key.said} for a decimal"
            if wrong:
                self.report(start, wrong, at)
            if isinstance(key, Scalar) and not wrong:
                entries.append((key, value))
                seen[key.text] = key.line
            else:
                damaged = True
        return Mapping(*where, tuple(entries), bool(event.flow_style), damaged)

    def key(self, key: Node, seen: dict[str, int], path: str) -> tuple[str, str]:
        """Return what is wrong with a key, and the path of what stands under it."""
        if isinstance(key, Broken):
            return "", path
        if not isinstance(key, Scalar):
            return "a list or mapping cannot be a key", path
        if key.text == "<<":
            return "merge keys (<<) are not allowed; write the values out", path
        if key.value is None:
            return "a key is missing before the colon", path
        first = seen.get(key.text)
        twice = f"this key was already given on line {first}; give it once" if first else ""
        return twice, f"{path}.{name(key.text)}"

    def scalar(self, event: Any, path: str, where: tuple[str, int, int]) -> Scalar | Broken:
        text, quoted, problem = event.value, event.style is not None, ""
        value: Plain = text
        if sign := storage.hidden(text):  # it would let a text read otherwise than it was written
            problem = "a character that cannot be seen; remove it"
        elif not quoted:
            value, problem = _resolve(text)
        if not quoted and not text:
            line = self.text[event.end_mark.index :].partition("\n")[0].strip()
            text = line if line.startswith("#") else ""
        if isinstance(value, str) and len(text) > TEXT_LIMIT:
            problem = f"a text of {len(text)} characters is too long"
        if problem:
            self.report(event, problem, path, got=sign or (shown(text) if len(text) < _DIGITS_LIMIT else ""))
        if problem or event.tag is not None:
            return Broken(*where)
        return Scalar(*where, value, text, quoted)


def _resolve(text: str) -> tuple[Plain, str]:
    """Return the value of an unquoted scalar, and a problem when it looks like a value but cannot be one."""
    if text in _WORDS:
        return _WORDS[text], ""
    if _INTEGER.match(text) or _DECIMAL.match(text):
        if len(text) > _DIGITS_LIMIT:
            return None, f"a number of {len(text)} characters is too long"
        return (float(text) if "." in text else int(text)), ""
    if _DATE.match(text):
        try:
            return datetime.date.fromisoformat(text), ""
        except ValueError:
            return None, "this date does not exist; dates are written year-month-day, as in 2019-10-07"
    return text, ""
