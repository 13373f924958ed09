"""Proof that no number on a page is untraced, stale or forged, for pages and for figures.

Three questions, each answered by a list of findings that should be empty:

- :func:`untraced`: does a digit or a number in letters stand outside the elements that say where it is from?
- :func:`stale`: does each ``<data>`` element, and each label in a figure, show what ``numbers.json`` holds?
- :func:`undeclared`: does a number move with a source that it does not declare?
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from kik_analysis.evidence.number import Number
from kik_analysis.language import notation
from kik_analysis.language.notation import Lang
from kik_analysis.report import words

_EXEMPT = frozenset({"data", "time", "code", "pre", "style", "script"})
_VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "path", "use", "rect", "source", "wbr"})
_READ_ALOUD = ("alt", "title", "aria-label", "placeholder", "summary")
_LABEL = re.compile(r"(?P<kind>[nt]):(?P<name>.*?)(?:#\d+)?")
_TICK = re.compile(r"(?:.*-)?[xy]tick_\d+")
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Shown:
    """A piece of text that stands for a number: its element, its id, its part, the text itself."""

    kind: str
    name: str
    part: str
    text: str
    value: str = ""


@dataclass
class _Open:
    tag: str
    exempt: bool
    shown: Shown | None = None
    pieces: list[str] = field(default_factory=list)
    start: int = 0
    mirror: str = ""
    identity: str = ""


class _Walk(HTMLParser):
    """Walks a page or an SVG; collects free text and the elements that show numbers."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[_Open] = []
        self.text: list[str] = []
        self.free: list[str] = []
        self.shown: list[Shown] = []
        self.mirrors: list[tuple[str, str]] = []
        self.by_id: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        exempt = bool(self.stack and self.stack[-1].exempt) or tag in _EXEMPT
        opened = _Open(tag, exempt, start=len(self.text), identity=given.get("id", ""))
        if tag == "data":
            name, part = given.get("data-n", ""), given.get("data-part", "value")
            opened.shown = Shown("data", name, part, "", given.get("value", ""))
        label = _LABEL.fullmatch(given.get("data-label") or given.get("id", ""))
        if tag == "g" and label:
            opened.shown = Shown(label["kind"], label["name"], "", "")
            opened.exempt = True
        if (
            (tag == "g" and _TICK.fullmatch(given.get("id", "")))
            or "data-ref" in given
            or "data-tick" in given
        ):
            opened.exempt = True
        if "data-same" in given:
            opened.mirror, opened.exempt = given["data-same"], True
        if not opened.exempt:
            self.free += [given[name] for name in _READ_ALOUD if given.get(name)]
        if tag not in _VOID:
            self.stack.append(opened)
            # words in different elements are different words
            if tag not in ("data", "time", "a", "span", "em", "strong", "abbr"):
                self.free.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not any(one.tag == tag for one in self.stack):
            return
        while self.stack:
            closed = self.stack.pop()
            text = " ".join("".join(self.text[closed.start :]).split())
            if closed.shown:
                self.shown.append(Shown(*_with_text(closed.shown, text)))
            if closed.mirror:
                self.mirrors.append((closed.mirror, text))
            if closed.identity:
                self.by_id[closed.identity] = text
            if closed.tag == tag:
                break

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.stack and self.stack[-1].tag in ("text", "tspan"):
            self.text.append(" ")
        if not (self.stack and self.stack[-1].exempt):
            self.free.append(data)
        elif self.free and self.free[-1] != "\N{OBJECT REPLACEMENT CHARACTER}":
            # what stands in for an exempt element, so that the words around it stay apart
            self.free.append("\N{OBJECT REPLACEMENT CHARACTER}")


def _with_text(shown: Shown, text: str) -> tuple[str, str, str, str, str]:
    return shown.kind, shown.name, shown.part, text, shown.value


@functools.lru_cache(maxsize=1)
def walk(markup: str) -> _Walk:
    """Return what stands in a page or an SVG; two questions in a row walk through it once."""
    parser = _Walk()
    parser.feed(markup)
    parser.close()
    return parser


def untraced(markup: str, lang: Lang) -> list[str]:
    """Return each piece of text that holds a number nobody can trace, with the number.

    Parameters
    ----------
    markup
        A page in HTML, or an SVG. Outside ``<data>``, ``<time>``, ``<code>``, ``<pre>``, elements with
        ``data-ref``, groups for labels (``n:``, ``t:``) and axis ticks, no digit and no number in letters may
        stand; nor in what screen readers read from attributes.
    lang
        Language, for the numbers in letters.
    """
    findings = []
    for piece in "".join(walk(markup).free).split("\n"):
        line = " ".join(piece.replace("\N{OBJECT REPLACEMENT CHARACTER}", " … ").split())
        if _DIGIT.search(line):
            findings.append(f"{line!r}: a digit without a source")
        findings += [f"{line!r}: {word!r} is a number" for word in words.find(line, "number_words", lang)]
    return findings


@functools.cache
def forms(number: Number, lang: Lang) -> frozenset[str]:
    """Return all texts that may stand for a number: value, low, high, the range, with and without sign."""
    found: set[str] = set()
    for value in (number.value, number.low, number.high):
        if value is not None:
            digits = notation.shown(value, number.unit, number.decimals, lang)
            found |= {digits, digits + notation.sign(number.unit)}
    if number.low is not None and number.high is not None:
        found.add(notation.span(number.low, number.high, number.unit, number.decimals, lang))
    return frozenset(found)


def _stale_data(shown: Shown, numbers: Mapping[str, Number], lang: Lang) -> str:
    number = numbers.get(shown.name)
    if number is None:
        return f"<data> {shown.text!r}: no number {shown.name!r}"
    value = getattr(number, shown.part, None) if shown.part in ("value", "low", "high") else None
    if value is None:
        return f"<data> {shown.text!r}: number {shown.name} has no {shown.part!r}"
    expected = notation.shown(value, number.unit, number.decimals, lang)
    if shown.text != expected or shown.value != repr(value):
        return (
            f"<data> of {shown.name}: shows {shown.text!r} (value {shown.value}); "
            f"numbers.json says {expected!r} (value {value!r})"
        )
    return ""


def _stale_label(shown: Shown, numbers: Mapping[str, Number], lang: Lang) -> str:
    number = numbers.get(shown.name)
    if number is None:
        return f"label {shown.text!r}: no number {shown.name!r}"
    expected = forms(number, lang)
    if shown.text not in expected:
        return f"label of {shown.name}: shows {shown.text!r}; numbers.json says {', '.join(sorted(expected))}"
    return ""


def _stale_sentence(shown: Shown, known: set[str]) -> str:
    rest = shown.text
    # a pattern is made only for what occurs: thousands of numbers are known, a sentence holds a few
    for form in sorted((one for one in known if one in rest), key=lambda one: (-len(one), one)):
        rest = re.sub(rf"(?<![\d.,]){re.escape(form)}(?![\d]|[.,]\d)", " ", rest)
    if _DIGIT.search(rest):
        left = ", ".join(_TOKEN.findall(rest))
        return f"label {shown.text!r} ({shown.name}): {left} stands for no number of this exhibit"
    return ""


def stale(markup: str, numbers: Mapping[str, Number], lang: Lang, *, known: Iterable[str] = ()) -> list[str]:
    """Return each element or label that shows something else than ``numbers.json``, or an unknown number.

    Parameters
    ----------
    markup
        A page in HTML, or an SVG.
    numbers
        Content of ``numbers.json``.
    lang
        Language of the notation.
    known
        Dates and names with digits that sentences in a figure may show besides the numbers.
    """
    page = walk(markup)
    findings = []
    everything: set[str] | None = None
    for shown in page.shown:
        if shown.kind == "data":
            findings.append(_stale_data(shown, numbers, lang))
        elif shown.kind == "n":
            findings.append(_stale_label(shown, numbers, lang))
        else:
            if everything is None:
                everything = set(known).union(*(forms(number, lang) for number in numbers.values()))
            findings.append(_stale_sentence(shown, everything))
    for target, text in page.mirrors:
        if page.by_id.get(target) != text:
            findings.append(f"text {text!r}: not the same as in #{target} ({page.by_id.get(target)!r})")
    return [finding for finding in findings if finding]


def undeclared(before: Mapping[str, Number], after: Mapping[str, Number], source: str) -> list[str]:
    """Return the ids of numbers that moved when one source changed, though they do not declare it.

    Parameters
    ----------
    before, after
        The numbers with the source as it is, and with only that source changed.
    source
        ``kind:name`` of the source, as in :attr:`Number.reads`, for example ``claim:L042``.
    """
    moved = [
        name
        for name, number in after.items()
        if name not in before
        or (number.value, number.low, number.high)
        != (before[name].value, before[name].low, before[name].high)
    ]
    return sorted(name for name in moved if source not in after[name].reads)
