"""Restricted YAML, read from PyYAML's pure event stream: every value with its file, line and column.

No constructor, no recursion, no anchors, aliases, tags, merge keys or second documents; a size and a depth
limit; duplicate keys are an error; scalars by rules of our own, in which ``no`` and ``12:30`` stay text.
PyYAML's compiled loader crashes the process on deep nesting and must never be used here.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kik_analysis.reading.problems import Place, Problem, Problems, name, shown

SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 12
VALUES_LIMIT = 50_000
_DIGITS_LIMIT = 18
_TAB_LINES = 20
_REMEMBERED = 100_000

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_TAB_INDENT = re.compile(r"^ *\t[ \t]*\S", re.MULTILINE)

Plain = str | int | float | bool | datetime.date | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: ``text`` is what stands in the file, from character ``start`` up to ``end``."""

    value: Plain
    text: str
    file: str
    line: int
    column: int
    quoted: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    file: str
    line: int
    column: int
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and nodes, in the order of the file; every key text occurs once.

    ``damaged`` tells that a key was refused, with a problem, and left out.
    """

    entries: tuple[tuple[Scalar, Node], ...]
    file: str
    line: int
    column: int
    flow: bool = False
    damaged: bool = False

    def get(self, key: str) -> Node | None:
        """Return the node under ``key``, or None."""
        return next((node for scalar, node in self.entries if scalar.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return the key itself, with its line, or None."""
        return next((scalar for scalar, _ in self.entries if scalar.text == key), None)

    def __contains__(self, key: str) -> bool:
        return self.key(key) is not None

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)


@dataclass(frozen=True, slots=True)
class Broken:
    """A value about which a problem was already reported; whoever meets it says nothing more."""

    file: str
    line: int
    column: int


Node = Scalar | Sequence | Mapping | Broken


def load(path: str | Path, problems: Problems, *, shown_as: str | None = None) -> Mapping | None:
    """Read a file; add every problem to ``problems``.

    Parameters
    ----------
    path
        The file. At most :data:`SIZE_LIMIT` bytes and one are read from it.
    problems
        Receives what is wrong.
    shown_as
        How messages name the file; by default as given.

    Returns
    -------
    The file's top mapping, or None when nothing can be made of the file. With problems added the mapping
    may lack the parts they are about.
    """
    file = str(path) if shown_as is None else shown_as
    text = _text(Path(path), file, problems)
    return None if text is None else parse(text, file, problems)


def parse(text: str, file: str, problems: Problems) -> Mapping | None:
    """Read text as :func:`load` reads a file."""
    node = _parse_any(text, file, problems)
    if node is None:
        if not problems:
            problems.add(Place(file, 1), "the file is empty", expected="keys and values")
        return None
    if isinstance(node, Mapping):
        return node
    if not isinstance(node, Broken):
        what = "a list" if isinstance(node, Sequence) else shown(node.value)
        problems.add(node, "the file must consist of keys and values", got=what, expected="key: value")
    return None


def parse_value(text: str, file: str, problems: Problems) -> Node | None:
    """Read one value, as given to an option of a command, by the same rules."""
    return _parse_any(text, file, problems)


def plain(node: Node) -> object:
    """Return a node as dictionaries (keys as text), lists and values; lines are lost.

    The depth limit of the reader bounds the recursion.
    """
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def _text(path: Path, file: str, problems: Problems) -> str | None:
    """Read at most the limit; decode; refuse what is no text, each with a sentence."""
    place = Place(file)
    try:
        with path.open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        problems.add(place, "no such file")
        return None
    except IsADirectoryError:
        problems.add(place, "this is a folder", expected="a file")
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not valid"
        problems.add(place, f"the file cannot be read: {reason.lower()}")
        return None
    if len(content) > SIZE_LIMIT:
        problems.add(place, "the file is too large", expected=f"at most {SIZE_LIMIT} bytes")
        return None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.add(Place(file, 1), "the file was saved as UTF-16; save it as UTF-8")
        return None
    try:
        text = content.decode("utf-8-sig")  # Windows editors put a byte order mark first; it is no mistake
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        got = f"the byte 0x{content[error.start]:02x}"
        problems.add(Place(file, line), "the file is not text in UTF-8; save it as UTF-8", got=got)
        return None
    return text


def _place(text: str, file: str, index: int) -> Place:
    line = text.count("\n", 0, index) + 1
    return Place(file, line, index - text.rfind("\n", 0, index))


def _parse_any(text: str, file: str, problems: Problems) -> Node | None:
    unseen = _UNSEEN.search(text)
    if unseen:
        got = f"U+{ord(unseen.group()):04X}"
        where = _place(text, file, unseen.start())
        problems.add(where, "a character that cannot be seen; is this a text file?", got=got)
        return None
    tabs = list(itertools.islice(_TAB_INDENT.finditer(text), _TAB_LINES))
    if tabs:
        for tab in tabs:
            where = _place(text, file, tab.end() - 1)
            problems.add(where, "a tab at the start of the line; indent with spaces")
        return None
    if len(text) > _REMEMBERED:
        return _Builder(text, file, problems).run()
    node, found = _remembered(text, file)
    problems.extend(found)
    return node


@functools.lru_cache(maxsize=16)
def _remembered(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Parse a text; a base file that many scenarios extend is parsed once (nodes are frozen)."""
    problems = Problems()
    return _Builder(text, file, problems).run(), problems.sorted


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    event: yaml.Event
    mapping: bool
    entries: list[tuple[Scalar, Node]]
    items: list[Node]
    seen: dict[str, int]
    key: Scalar | None = None
    waiting: bool = False  # a key was read (or refused), its value comes next
    damaged: bool = False


class _Builder:
    """Turns events into nodes with a stack of its own."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self.text, self.file, self.problems = text, file, problems
        self.stack: list[_Frame] = []
        self.top: Node | None = None
        self.documents = 0
        self.values = 0

    def run(self) -> Node | None:
        loader: Any = yaml.SafeLoader(self.text)  # what it cannot print was refused before
        try:
            while loader.check_event():
                if not self.take(loader.get_event()):
                    return None
        except yaml.MarkedYAMLError as error:
            self.syntax(error)
            return None
        except (yaml.YAMLError, ValueError, OverflowError, IndexError):
            # the scanner converts escapes such as "\UFFFFFFFF" and the digits of directives unguarded
            place = Place(self.file, loader.line + 1, loader.column + 1)
            self.problems.add(place, "this cannot be read as YAML")
            return None
        finally:
            loader.dispose()
        return self.top

    def place(self, event: yaml.Event) -> Place:
        mark: Any = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)

    def path(self) -> str:
        parts: list[str] = []
        for frame in self.stack:
            if frame.mapping:
                parts.append("." + name(frame.key.text) if frame.key else "")
            else:
                parts.append(f"[{len(frame.items) + 1}]")
        return "".join(parts).lstrip(".")

    def report(self, event: yaml.Event, what: str, got: str = "", expected: str = "") -> None:
        self.problems.add(self.place(event), what, key=self.path(), got=got, expected=expected)

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        place = Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file)
        reason = str(error.problem or error.context or "")
        if "'\\t'" in reason:
            what = "a tab; use spaces"
        elif reason.startswith("mapping values are not allowed"):
            what = "a colon where none can stand: check the indentation, or put the text in quotes"
        elif "<block end>" in reason or "<block mapping" in reason:
            what = "this line does not fit: check its indentation against the lines above it"
        elif "'%'" in reason and "start any token" in reason:
            what = "a value cannot start with %"
        elif "start any token" in reason:
            what = "a value cannot start with this character; put the text in quotes"
        else:
            what = f"this cannot be read as YAML: {reason}"
        self.problems.add(place, what)

    def take(self, event: yaml.Event) -> bool:
        """Take one event; return whether to go on."""
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.report(event, "a second document ('---'); a file holds one")
                    return False
                if event.version or event.tags:
                    self.report(event, "directives (%) are not allowed")
            case yaml.AliasEvent():
                self.report(event, "aliases (*) are not allowed; write the value out")
                self.put(Broken(self.file, self.place(event).line, self.place(event).column), event)
            case yaml.ScalarEvent():
                self.values += 1
                if self.values > VALUES_LIMIT:
                    self.problems.add(
                        self.place(event), f"more than {VALUES_LIMIT} keys and values in one file"
                    )
                    return False
                self.marks(event)
                self.put(self.scalar(event), event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.marks(event)
                if len(self.stack) >= DEPTH_LIMIT:
                    where = self.place(event)  # its path would be as deep as the file is
                    self.problems.add(where, "nested too deeply", expected=f"at most {DEPTH_LIMIT} levels")
                    return False
                mapping = isinstance(event, yaml.MappingStartEvent)
                self.stack.append(_Frame(event, mapping, [], [], {}))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.close(self.stack.pop())
        return True

    def marks(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self.report(event, f"anchors (&) are not allowed; remove &{name(event.anchor)}")
        if event.tag is not None:
            self.report(event, "tags (!) are not allowed", got=shown(event.tag))

    def close(self, frame: _Frame) -> None:
        place = self.place(frame.event)
        where = (self.file, place.line, place.column, bool(getattr(frame.event, "flow_style", False)))
        if frame.mapping:
            self.put(Mapping(tuple(frame.entries), *where, frame.damaged), frame.event)
        else:
            self.put(Sequence(tuple(frame.items), *where), frame.event)

    def put(self, node: Node, event: yaml.Event) -> None:
        """Hand a finished node to the frame it belongs to: as item, key or value."""
        if not self.stack:
            self.top = node
            return
        frame = self.stack[-1]
        if not frame.mapping:
            frame.items.append(node)
        elif frame.waiting:
            if frame.key is not None:
                frame.entries.append((frame.key, node))
            frame.key, frame.waiting = None, False
        else:
            frame.key, frame.waiting = self.accept(frame, node, event), True
            frame.damaged = frame.damaged or frame.key is None

    def accept(self, frame: _Frame, node: Node, event: yaml.Event) -> Scalar | None:
        """Check a key; None means that it was refused and its value is to be dropped."""
        if isinstance(node, Broken):
            return None
        if not isinstance(node, Scalar):
            self.report(event, "a list or mapping cannot be a key")
            return None
        if node.text == "<<":
            self.report(event, "merge keys (<<) are not allowed; write the values out")
            return None
        if node.value is None:
            self.report(event, "a key is missing before the colon")
            return None
        first = frame.seen.get(node.text)
        if first is not None:
            frame.key = node
            self.report(event, f"this key was already given on line {first}; give it once")
            return None
        frame.seen[node.text] = node.line
        return node

    def scalar(self, event: yaml.ScalarEvent) -> Scalar | Broken:
        place = self.place(event)
        quoted = event.style is not None
        text = event.value
        value: Plain = text
        problem = ""
        if _UNSEEN.search(text):
            problem = "a character that cannot be seen (written as an escape)"
        elif not quoted:
            value, problem = _resolve(text)
        if problem:
            self.report(event, problem, got=shown(text) if len(text) < _DIGITS_LIMIT else "")
        if problem or event.tag is not None:
            return Broken(self.file, place.line, place.column)
        marks: Any = event
        start, end = marks.start_mark.index, marks.end_mark.index
        return Scalar(value, text, self.file, place.line, place.column, quoted, start, end)


def _resolve(text: str) -> tuple[Plain, str]:
    """Return the value of an unquoted scalar, and a problem when it looks like a value but cannot be one."""
    if text in ("", "~", "null"):
        return None, ""
    if text in ("true", "false"):
        return text == "true", ""
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
