"""Proof that no number is untraced, stale or forged: on pages, in figures, in the text of notebooks.

Each question is answered by a list of findings that should be empty.
"""

import ast
import datetime
import functools
import json
import re
import tomllib
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any, Literal, NamedTuple

from kik_analysis import project
from kik_analysis.evidence.number import Number
from kik_analysis.language import notation
from kik_analysis.language.notation import LANGUAGES, Lang

Kind = Literal["number_words", "banned"]
TEMPLATES = "report/template"
_ROMAN = r"(?-i:(?=[MDCLXVI]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
_QUANTITY = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)+(?![\w.])|(?<![\w.])\d{2,}(?![\w.])|\d\s*%|(?<![\w.])\d \w")


@functools.cache
def _pattern(kind: Kind, lang: Lang) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what is sought, and what may stand although it begins with such a word."""
    data: dict[str, dict[str, Any]] = tomllib.loads(project.packaged(f"{TEMPLATES}/words.toml"))
    listed = sorted(data[kind][lang], key=lambda word: (-len(word), word))
    phrases = [r"\s+".join(re.escape(part) for part in word.split()) for word in listed]
    if kind == "number_words":
        parts = "|".join(data["number_parts"][lang])
        # written together, as Dutch does: zesendertig, driehonderd, zevenduizendste
        phrases += [rf"(?:(?:{parts})(?:en|ën)?){{2,}}(?:ste|de|voudig|maal)?", _ROMAN]
        phrases += [rf"(?!een|één)(?:{parts})(?:maal|voud|voudige?|tal)"] if lang == "nl" else []
    may = "|".join(re.escape(word) for word in data["allowed"][lang])
    sought = re.compile(rf"(?<![\w-])(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
    return sought, re.compile(rf"(?<!\w)(?:{may})(?!\w)", re.IGNORECASE)


def find(text: str, kind: Kind, lang: Lang) -> list[str]:
    """Return the words of a kind that a text holds, in order, as they stand there.

    ``text``: plain text. ``kind``: ``number_words`` (``helft``, ``zesendertig``, ``twelve``, ``XIV``) or
    ``banned`` (``klant``). ``lang``: language of the text.
    """
    sought, allowed = _pattern(kind, lang)
    plain = unicodedata.normalize("NFKC", "".join(s for s in text if unicodedata.category(s) != "Cf"))
    return sought.findall(allowed.sub("", plain))


def numeric(text: str) -> bool:
    """Tell whether a text holds a digit, or a sign that stands for a number (½, ², Ⅳ)."""
    return any(sign.isnumeric() for sign in text)


def quantity(name: str) -> str:
    """Return what in a name is no name but a quantity (``3.939 mensen``); empty for a name (``Figuur 1``)."""
    found = _QUANTITY.search(name)
    return found[0] if found else ""


_EXEMPT = frozenset({"code", "pre", "style", "script"})
_VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "path", "use", "rect", "source", "wbr"})
_INLINE = frozenset({"data", "time", "a", "span", "em", "strong", "abbr"})
_READ_ALOUD = ("alt", "title", "aria-label", "placeholder", "summary")
_LABEL = re.compile(r"([nt]):([^|]*?)(?:\|(.*?))?(?:#\d+)?")
"""A label is called after a number, or after a sentence and the numbers in it."""
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*")
_AXIS = re.compile(r'<g id="matplotlib\.axis_\d+">')
_MARK = re.compile(r'<g id="([xy])tick_\d+">')
_OTHER = re.compile(r'<g id="(?!text_|line2d_)')
_PLACE = re.compile(r'<text [^>]*?\bx="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]*)')
_NO_NUMBER = re.compile(
    r"```.*?```|`[^`]*`|\]\([^)\s]*\)|<[^>]*>|\b[A-Z]\d{1,4}\b|\bfigure \d\b|\b(?:19|20)\d\d\b", re.S | re.I
)
"""What a notebook's text may hold besides traced numbers: code, links, claims, names of figures, years."""
_PARAGRAPH = re.compile(r"(?<=\n)(?=\s*\n)")
_CLAIM = re.compile(r"\b[A-Z]\d{3,4}\b")
_DUTCH = re.compile(r"\b(?:de|het|een|van|en|die|dat|er|met|zijn)\b", re.I)
_ENGLISH = re.compile(r"\b(?:the|a|an|of|and|that|to|with|are|were)\b", re.I)
_SHOWING = frozenset({"print", "display", "Markdown", "HTML", "Latex"})
APART = frozenset({"published-examples", "computed-numbers"})
"""Marks of cells that print numbers without a name: of the literature, or computed with what they rest on."""
_STAND_IN = "\N{OBJECT REPLACEMENT CHARACTER}"
"""What stands in for an exempt element, so that the words around it stay apart."""
_OURS = ('<div class="table"', "<table><caption>")
"""How exhibits and other objects of ours begin where a notebook shows them (``evidence.display``)."""
PICTURE = "(picture)"
"""What stands for a picture that is no exhibit: nobody can trace what it holds."""
_SHAPE = re.compile(r"^shape: \(.*\)|^\[\d+ rows x \d+ columns\]", re.MULTILINE)
"""How large a table of a library says it is."""
LARGEST_BEND = 0.02
"""How far a label of an axis may be from its place, as a part of the axis: years differ by a day."""


class Shown(NamedTuple):
    """A piece of text that stands for something: what kind, its name, its part, machine value, the text."""

    kind: str
    name: str
    part: str = ""
    value: str = ""
    text: str = ""


class _Open(NamedTuple):
    tag: str
    exempt: bool
    start: int
    identity: str
    shown: list[Shown]


class _Walk(HTMLParser):
    """Walks a page or an SVG; collects free text and the elements that stand for something."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[_Open] = []
        self.text: list[str] = []
        self.free: list[str] = []
        self.shown: list[Shown] = []
        self.by_id: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        own = given.get("id", "")
        label = _LABEL.fullmatch(given.get("data-label") or own) if tag == "g" else None
        found = []
        if tag == "data":
            part = given.get("data-part", "value")
            found.append(Shown("data", given.get("data-n", ""), part, given.get("value", "")))
        if tag == "time":
            found.append(Shown("time", given.get("datetime", "")))
        if label:
            found.append(Shown(label[1], label[2], label[3] or ""))
        if tag == "g" and ("data-tick" in given or re.fullmatch(r"[xy]tick_\d+", own)):
            found.append(Shown("tick", "axis"))
        if "data-same" in given:
            found.append(Shown("same", given["data-same"]))
        inside = bool(self.stack and self.stack[-1].exempt)
        exempt = inside or bool(found) or tag in _EXEMPT or "data-ref" in given
        if not exempt:
            self.free += [given[name] for name in _READ_ALOUD if given.get(name)]
        if tag not in _VOID:
            self.stack.append(_Open(tag, exempt, len(self.text), own, found))
            # words in different elements are different words
            if tag not in _INLINE:
                self.free.append("\n")

    def handle_endtag(self, tag: str) -> None:
        while any(one.tag == tag for one in self.stack):
            closed = self.stack.pop()
            text = " ".join("".join(self.text[closed.start :]).split())
            self.shown += [one._replace(text=text) for one in closed.shown]
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
        elif self.free and self.free[-1] != _STAND_IN:
            self.free.append(_STAND_IN)


@functools.lru_cache(maxsize=1)
def walk(markup: str) -> _Walk:
    """Return what stands in a page or an SVG; two questions in a row walk through it once."""
    parser = _Walk()
    parser.feed(markup)
    parser.close()
    return parser


def untraced(markup: str, lang: Lang) -> list[str]:
    """Return each piece of text that holds a number nobody can trace, with the number.

    ``markup``: a page in HTML, or an SVG. Outside ``<data>``, ``<time>``, ``<code>``, ``<pre>``, elements
    with ``data-ref``, groups for labels (``n:``, ``t:``) and axis ticks, no digit and no number in letters
    may stand; nor in what screen readers read from attributes. ``lang``: language, for the numbers in
    letters.
    """
    findings = []
    for piece in "".join(walk(markup).free).split("\n"):
        line = " ".join(piece.replace(_STAND_IN, " … ").split())
        findings += [f"{line!r}: a digit without a source"] if numeric(line) else []
        findings += [f"{line!r}: {word!r} is a number" for word in find(line, "number_words", lang)]
    return findings


@functools.cache
def forms(number: Number, lang: Lang) -> frozenset[str]:
    """Return all texts that may stand for a number: value, low, high, the range, with and without sign."""
    digits = {
        notation.shown(value, number.unit, number.decimals, lang)
        for value in (number.value, number.low, number.high)
        if value is not None
    }
    found = digits | {one + notation.sign(number.unit) for one in digits}
    if number.low is not None and number.high is not None:
        found.add(notation.span(number.low, number.high, number.unit, number.decimals, lang))
    return frozenset(found)


def _without(text: str, known: Iterable[str]) -> str:
    """Return a text without the numbers, dates and names that it may hold."""
    # a pattern is made only for what occurs: thousands of numbers are known, a sentence holds a few
    for form in sorted((one for one in known if one in text), key=lambda one: (-len(one), one)):
        text = re.sub(rf"(?<![\d.,]){re.escape(form)}(?![\d]|[.,]\d)", " ", text)
    return text


def _wrong_number(shown: Shown, numbers: Mapping[str, Number], lang: Lang) -> str:
    what = f"<data> {shown.text!r}" if shown.kind == "data" else f"label {shown.text!r}"
    number = numbers.get(shown.name)
    if number is None:
        return f"{what}: no number {shown.name!r}"
    if shown.kind == "n":
        expected, machine = sorted(forms(number, lang)), ""
    else:
        value = getattr(number, shown.part, None) if shown.part in ("value", "low", "high") else None
        if value is None:
            return f"{what}: number {shown.name} has no {shown.part!r}"
        expected, machine = [notation.shown(value, number.unit, number.decimals, lang)], repr(value)
    if shown.text in expected and shown.value == machine:
        return ""
    said = " or ".join(map(repr, expected)) + (f" (value {machine})" if machine else "")
    return f"{what.split()[0]} of {shown.name}: shows {shown.text!r} {shown.value}; numbers.json says {said}"


def _wrong_words(shown: Shown, known: Iterable[str], lang: Lang) -> str:
    rest = _without(shown.text, known)
    left = _TOKEN.findall(rest) or find(rest, "number_words", lang)
    if not left and not numeric(rest):
        return ""
    return f"label {shown.text!r} ({shown.name}): {', '.join(left)} stands for no number that it names"


def stale(markup: str, numbers: Mapping[str, Number], lang: Lang, *, known: Iterable[str] = ()) -> list[str]:
    """Return each element or label that shows something else than what it names, or an unknown number.

    ``markup``: a page in HTML, or an SVG. ``numbers``: the numbers that it may show, by id: all of
    ``numbers.json`` for a page, those of its exhibit for a figure. ``lang``: language of the notation.
    ``known``: dates and names with digits that sentences in a figure may show besides the numbers.
    """
    page = walk(markup)
    also = frozenset(known)
    findings = []
    for shown in page.shown:
        if shown.kind in ("data", "n"):
            findings.append(_wrong_number(shown, numbers, lang))
        elif shown.kind == "time":
            day = re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", shown.name)
            said = [notation.written(shown.name, lang)] if day else []
            if day and day[2]:
                said.append(notation.short_date(datetime.date.fromisoformat(shown.name), lang))
            findings += [] if shown.text in said else [f"<time> of {shown.name!r}: shows {shown.text!r}"]
        elif shown.kind == "t":
            named = (numbers[name] for name in shown.part.split("|") if name in numbers)
            findings.append(_wrong_words(shown, also.union(*(forms(one, lang) for one in named)), lang))
        elif shown.kind == "tick":
            findings.append(_wrong_words(shown, _TOKEN.findall(shown.text)[:1], lang))
        elif (other := page.by_id.get(shown.name)) != shown.text:
            findings.append(f"text {shown.text!r}: not the same as in #{shown.name} ({other!r})")
    return [finding for finding in findings if finding]


def crooked(svg: str, lang: Lang) -> list[str]:
    """Return each axis of a figure on which a number does not stand where it belongs.

    Words beside a bar are no numbers; but labels with a digit must be three at least and lie on one straight
    scale, so that no axis serves to write a number into a figure.
    """
    outside, *axes = _AXIS.split(svg)
    findings = ["a label is called one of an axis, and stands on none"] if _MARK.search(outside) else []
    for axis in axes:
        marks: list[tuple[float, float, str]] = []
        _, *pieces = _MARK.split(axis)
        for side, piece in zip(pieces[::2], pieces[1::2], strict=True):
            found = _PLACE.search(_OTHER.split(piece)[0])
            token = _TOKEN.search(found[3]) if found else None
            if found and token:
                thousands, point = (".", ",") if lang == "nl" else (",", ".")
                value = float(token[0].replace(thousands, "").replace(point, "."))
                minus = found[3].strip().startswith(("-", "\N{MINUS SIGN}"))
                marks.append((float(found[1 if side == "x" else 2]), -value if minus else value, found[3]))
        if marks:
            (start, first, _), (end, last, _) = min(marks), max(marks)
            span, width = last - first, end - start
            straight = len(marks) > 2 and all(
                abs((value - first) / (span or 1) - (place - start) / (width or 1)) < LARGEST_BEND
                for place, value, _ in marks
            )
            if not straight or not span:
                findings.append(f"axis with {', '.join(mark[2] for mark in marks)}: its numbers are no scale")
    return findings


def typed(
    cells: Iterable[Mapping[str, Any]], claims: Mapping[str, Iterable[str]]
) -> Iterator[tuple[int, int, str]]:
    """Yield cell, line and words for each number typed in a notebook that nobody can trace.

    ``cells``: the cells of a notebook; those of text are read, and what a cell of code prints as it is typed.
    ``claims``: as what each claim's numbers may be written: a text may hold them where it cites the claim.
    """
    for place, cell in enumerate(cells, start=1):
        source = "".join(cell["source"])
        found = _printed(source) if cell["cell_type"] == "code" else _said(source, claims)
        for number, line, what in found if cell["cell_type"] in ("code", "markdown") else ():
            yield place, number, f"{line.strip()[:80]!r}: {', '.join(what)} has no source"


def computed(
    cells: Iterable[Mapping[str, Any]], known: Container[str], titles: Container[str] = ()
) -> Iterator[tuple[int, int, str]]:
    """Yield cell, line of what it gave, and words for each printed or shown number that is none of the run.

    ``cells``: the cells of an executed notebook. ``known``: all texts that numbers of the run may have
    (:func:`forms`). ``titles``: of the exhibits, and their drawings, which have checks of their own. Cells
    marked with one of :data:`APART` are left out.
    """
    for place, cell in enumerate(cells, start=1):
        if cell["cell_type"] != "code" or not APART.isdisjoint(cell["metadata"].get("tags", ())):
            continue
        pieces = [_foreign(one, titles) for one in cell.get("outputs", ())]
        for number, line in enumerate("".join(pieces).split("\n"), start=1):
            plain = _TOKEN.sub(lambda one: " " if one[0] in known else one[0], _NO_NUMBER.sub(" ", line))
            if what := ["what a picture holds"] if line.endswith(PICTURE) else _numbers(plain, LANGUAGES):
                yield place, number, f"{line.strip()[:80]!r}: {', '.join(what)} is no number of this run"


def _foreign(output: Mapping[str, Any], titles: Container[str]) -> str:
    """Return what an output says that is no object of ours: printed, a bare value, a table of a library."""
    data = {
        kind: json.dumps(said) if "json" in kind else "".join(said)
        for kind, said in output.get("data", {}).items()
    }
    plain, html = data.get("text/plain", ""), data.get("text/html", "")
    ours = (plain and plain.partition("\n")[0] in titles) or html.startswith(_OURS)
    ours = ours or data.get("image/svg+xml") in titles
    if ours or any("image/" in kind for kind in data):
        return "" if ours else f"{PICTURE}\n"
    shown = plain if "dataframe" in html else html or data.get("text/markdown") or plain
    shown += "".join(said for kind, said in data.items() if "json" in kind and "jupyter" not in kind)
    return "".join(output.get("text", "")) + _SHAPE.sub("", shown)


def _said(text: str, claims: Mapping[str, Iterable[str]]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield line, text and numbers of what a cell of text says without citing who published it."""
    number = 1
    for paragraph in _PARAGRAPH.split(text):
        dutch = len(_DUTCH.findall(paragraph)) > len(_ENGLISH.findall(paragraph))
        known = {form for name in _CLAIM.findall(paragraph) for form in claims.get(name, ())}
        plain = _NO_NUMBER.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), paragraph)
        for line in plain.split("\n"):
            rest = _without(line, known)
            if what := _numbers(rest, ("nl",) if dutch else LANGUAGES):
                yield number, line, what
            number += 1
        number -= 1


def _numbers(text: str, among: Iterable[Lang]) -> list[str]:
    found = _TOKEN.findall(text) + [w for lang in among for w in find(text, "number_words", lang)]
    return [*dict.fromkeys(found)] or [sign for sign in text if sign.isnumeric()]


def _printed(source: str) -> Iterator[tuple[int, str, list[str]]]:
    """Yield line, text and numbers of what a cell prints as it was typed; what it computes is its own."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a line that is not Python
        return
    waiting: list[ast.AST] = [
        argument
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _SHOWING
        for argument in call.args
    ]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool | None):
            if what := _numbers(str(node.value), LANGUAGES):
                yield node.lineno, source.split("\n")[node.lineno - 1], what
        elif isinstance(node, ast.FormattedValue):
            waiting.append(node.value)
        elif not isinstance(node, ast.Call | ast.Subscript | ast.comprehension):
            waiting += ast.iter_child_nodes(node)
