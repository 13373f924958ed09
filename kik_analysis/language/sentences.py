"""Every sentence a reader sees: templates in ``texts/*.toml``, Dutch and English side by side.

A template holds words and ``{placeholders}``, never a digit: a number can only enter as a named number, a
date or a reference, and so knows what it rests on. One call serves report, figures, workbook and alt texts.

Errors of Python functions are English, and the code says each thing once, in one language. Where a command
speaks to a person, a line is looked up in ``messages.toml`` beside this file, as gettext would: a sentence
with ``{}`` for what differs. ``FILE:LINE: key:`` stays as it is, and so does a sentence that is not there.
"""

import datetime
import functools
import html
import locale
import os
import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kik_analysis import project
from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import Number
from kik_analysis.language import notation
from kik_analysis.language.notation import LANGUAGES, Lang

_DIGIT = re.compile(r"\d")
_PARTS = ("value", "low", "high")
_TO = (" tot ", " to ")


@dataclass(frozen=True)
class Ref:
    """A name with digits in it that is no quantity: ``Figuur 1``, ``L042``, ``notebooks/10_history``."""

    text: str
    target: str = ""


@dataclass(frozen=True)
class Text:
    """A finished sentence: as plain text, as HTML, and the ids of the numbers in it."""

    plain: str
    html: str
    numbers: tuple[str, ...] = ()

    def __add__(self, other: "Text") -> "Text":
        return Text(self.plain + other.plain, self.html + other.html, self.numbers + other.numbers)

    def __html__(self) -> str:
        """Return the HTML: a template shows a sentence without escaping it again."""
        return self.html


def verbatim(words: str) -> Text:
    """Return words that hold no number as a Text.

    ModelError when they hold a digit.
    """
    if _DIGIT.search(words):
        raise ModelError(
            f"text {words!r}: holds a digit; numbers enter as named numbers, dates or references"
        )
    return Text(words, html.escape(words, quote=False))


def named(words: str) -> "str | Ref":
    """Return a name of a file as a value of a sentence; with a digit (``wijk 2``) it is a reference."""
    return Ref(words) if _DIGIT.search(words) else words


def join(parts: list[Text], separator: str = " ") -> Text:
    """Return several texts as one, a separator between them."""
    between = verbatim(separator)
    rest = [one for part in parts[1:] for one in (between, part)]
    return sum(rest, parts[0]) if parts else Text("", "")


def figure(number: Number, lang: Lang, part: str = "value") -> Text:
    """Return one part (``value``, ``low`` or ``high``) of a number in the language's notation.

    The HTML is the element made for this: machine value and notation together,
    ``<data class="recomputed" value="56.65" data-n="figure1.spoken_share">56,7</data>%``.

    ModelError when the number has no such part (a limit that does not exist).
    """
    value = getattr(number, part)
    if value is None:
        raise ModelError(f"number {number.id}: has no {part}; write the sentence without it")
    digits = notation.shown(value, number.unit, number.decimals, lang)
    tail = notation.sign(number.unit)
    mark = "" if part == "value" else f' data-part="{part}"'
    attributes = (
        f'class="{number.evidence_of(part)}" value="{value!r}" data-n="{html.escape(number.id)}"{mark}'
    )
    element = f"<data {attributes}>{digits}</data>"
    return Text(digits + tail, element + tail, (number.id,))


def moment(day: datetime.date, lang: Lang) -> Text:
    """Return a date in full, as a ``<time>`` element in HTML."""
    return dated(day.isoformat(), notation.date(day, lang))


def dated(day: str, words: str) -> Text:
    """Return words for a day, month or year (``2019-10``) as HTML's own element for it."""
    return Text(words, f'<time datetime="{day}">{words}</time>')


def reference(ref: Ref) -> Text:
    """Return a reference; with a target in the page it becomes a link."""
    words = html.escape(ref.text, quote=False)
    target = html.escape(ref.target or ref.text)
    if ref.target.startswith("#"):
        return Text(ref.text, f'<a href="{target}" data-ref="{target}">{words}</a>')
    return Text(ref.text, f'<span data-ref="{target}">{words}</span>')


@functools.cache
def _nouns() -> dict[str, str]:
    """Return every noun that is counted, as it is of many, and as it is of one."""
    many = [key for key in keys("answers") if key.startswith("answers.noun.") and key.endswith(".many")]
    one = {key: f"{key.removesuffix('many')}one" for key in many}
    return {template(key, lang): template(one[key], lang) for key in many for lang in LANGUAGES}


def singular(words: str) -> str:
    """Return words in which a noun that is counted agrees with a number that is one: ``1 berekening``."""
    return re.sub(r"(?<![\d.,])1 (\w+)", lambda found: f"1 {_nouns().get(found[1], found[1])}", words)


def _value(name: str, part: str, value: object, lang: Lang, key: str) -> Text:
    match value:
        case Text():
            return value
        case Ref():
            return reference(value)
        case datetime.date():
            return moment(value, lang)
        case str():
            return verbatim(value)
        case Number():
            return figure(value, lang, part or "value")
    raise ModelError(
        f"text {key}: {{{name}}} got {value!r}; expected a named number, a date, a reference or words"
    )


def placeholder(field: str) -> tuple[str, str]:
    """Return the name in a placeholder and the part of the number that it shows (``x.low``); empty for all.

    A name may be the address of a table's cell (``ROW/COLUMN``), whose row may hold a point.
    """
    name, point, part = field.rpartition(".") if "/" in field else field.partition(".")
    return (name, part) if point and ("/" not in field or part in _PARTS) else (field, "")


def fill(template: str, lang: Lang, values: Mapping[str, object], key: str = "") -> Text:
    """Fill a template's placeholders; ``{x}`` shows a value, ``{x.low}`` and ``{x.high}`` its limits.

    ``{x.low} tot {x.high}`` becomes one number where both look alike: nobody writes *0 tot 0*; nor *1 weken*.

    ModelError for a digit in the literal part, a placeholder without a value, or a bare number as value.
    """
    parts = list[Text]()
    for literal, field, _, _ in string.Formatter().parse(template):
        if _DIGIT.search(literal):
            raise ModelError(f"text {key}: holds a digit in {literal.strip()!r}; use a placeholder")
        if parts and parts[-1].plain == "1":
            literal = singular(f"1{literal}")[1:]
        parts.append(Text(literal, html.escape(literal, quote=False)))
        if field is None:
            continue
        name, part = placeholder(field)
        if name not in values:
            known = ", ".join(sorted(values)) or "none"
            raise ModelError(f"text {key}: no value for {{{field}}}; known are {known}")
        if part and part not in _PARTS:
            known = ", ".join(_PARTS)
            raise ModelError(f"text {key}: {{{field}}} names no part of a number; parts are {known}")
        found = _value(name, part, values[name], lang, key)
        before = parts[-2:] if literal in _TO and found.numbers else []
        if before and (before[0].plain, bool(before[0].numbers)) == (found.plain, True):
            parts[-2:] = [Text(before[0].plain, before[0].html, before[0].numbers + found.numbers)]
            continue
        parts.append(found)
    return sum(parts, Text("", ""))


def _flatten(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    if set(table) == set(LANGUAGES) and all(isinstance(text, str) for text in table.values()):
        yield prefix, table
        return
    for name, inner in table.items():
        if not isinstance(inner, Mapping):
            raise ModelError(f"texts {prefix}.{name}: expected a Dutch and an English sentence (nl, en)")
        yield from _flatten(f"{prefix}.{name}", inner)


@functools.cache
def _file(stem: str) -> dict[str, Mapping[str, str]]:
    """Return the sentences of a file by their keys; none where there is no such file."""
    try:
        return dict(_flatten(stem, tomllib.loads(project.packaged(f"texts/{stem}.toml"))))
    except FileNotFoundError:
        return {}


def keys(stem: str) -> tuple[str, ...]:
    """Return all keys of ``texts/<stem>.toml``."""
    return tuple(_file(stem))


def has(key: str) -> bool:
    """Tell whether a sentence exists; a missing file counts as no."""
    return key in _file(key.partition(".")[0])


def heading(table: str, column: str, lang: Lang) -> str:
    """Return the title of a table's column: its own, or that of every column of its name; empty for none."""
    return first((f"tables.{table}.{column}", f"tables.column.{column}"), lang)


def first(keys: Iterable[str], lang: Lang, otherwise: str = "") -> str:
    """Return the first sentence that there is of ``keys``, as it stands in its file; else ``otherwise``."""
    return next((template(key, lang) for key in keys if has(key)), otherwise)


def template(key: str, lang: Lang) -> str:
    """Return a sentence's template as it stands in its file.

    ModelError when no file holds the key.
    """
    if not has(key):
        raise ModelError(f"no sentence {key} in texts/")
    return _file(key.partition(".")[0])[key][lang]


def text(key: str, lang: Lang, **values: object) -> Text:
    """Return the sentence ``key`` in a language, its placeholders filled.

    ``key``: ``file.table.name`` in ``texts/``, for example ``history.reach.title``. ``lang``: ``nl`` or
    ``en``. ``values``: named numbers, dates, :class:`Ref`, :class:`Text`, or words without digits.
    """
    return fill(template(key, lang), lang, values, key)


def located(place: str, lang: Lang) -> str:
    """Return a place or day of a claim in a language; names between quotes stay as they are."""

    def translated(found: re.Match[str]) -> str:
        return first([f"report.place.{found[0]}"], lang, found[0])

    pieces = re.split(r"('[^']*(?:'|$))", place)
    for number in range(0, len(pieces), 2):
        pieces[number] = re.sub(r"[a-z]+", translated, pieces[number]).replace("..", "\N{EN DASH}")
    return "".join(pieces)


VARIABLE, FEW = "KIK_LANG", 4
"""What says the language; letters that a sentence has of its own before words may fill it."""
_TAIL = re.compile(r"(?P<what>.*?) \((?P<got>got .*?)?(?:; )?(?:expected (?P<expected>.*))?\)", re.DOTALL)
_HEAD = r"(?P<head>(?:(?:[^\n:]|:(?! ))+: )*?)"  # one way to read it: else a long line takes for ever
_WAYS = re.compile(r" or (?=\{)")


def preferred() -> Lang:
    """Return the language of the person at the keyboard: ``KIK_LANG``, else the locale; Dutch or English."""
    said = os.environ.get(VARIABLE) or next(
        (found for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (found := os.environ.get(name))),
        locale.getlocale()[0] or "",
    )
    return "nl" if said.lower().startswith(("nl", "dutch")) else "en"


@functools.cache
def catalogue() -> dict[str, str]:
    """Return the Dutch sentence for each English one; both with ``{}`` where something is filled in."""
    return dict(tomllib.loads(project.packaged("language/messages.toml"))["messages"])


@functools.cache
def _known() -> list[tuple[str, str, str, str]]:
    """Return of each sentence its longest words, both languages and a hole; most words of its own first."""
    own = {english: len(english.replace("{}", "").replace(" ", "")) for english in catalogue()}
    # a sentence with hardly a word of its own, such as "{} to {}", is one of values and not of words
    holes = {english: "(.*?)" if own[english] > FEW else r"(\S+?)" for english in own}
    order = sorted(own, key=lambda english: -own[english])
    return [(max(one.split("{}"), key=len), one, catalogue()[one], holes[one]) for one in order]


@functools.cache
def _pattern(english: str, hole: str) -> re.Pattern[str]:
    return re.compile(_HEAD + re.escape(english).replace(r"\{\}", hole), re.DOTALL)


def _sentence(text: str) -> str | None:
    for words, english, dutch, hole in _known():
        if words in text and (found := _pattern(english, hole).fullmatch(text)):
            filled = _filled(dutch, [_filling(part) if " " in part else part for part in found.groups()[1:]])
            return f"{found['head']}{filled}"
    return None


def _filled(dutch: str, parts: list[str]) -> str:
    turn = iter(range(len(parts)))
    return re.sub(r"\{(\d?)\}", lambda hole: parts[int(hole[1]) - 1 if hole[1] else next(turn)], dutch)


def _filling(text: str) -> str:
    """Return what was filled in, or what is expected: a sentence, a list of ways, or what a person wrote."""
    ways = _WAYS.split(text)
    if len(ways) > 1:
        return " of ".join(map(_filling, ways))
    return _sentence(text) or text


def told(line: str, lang: Lang) -> str:
    """Return a line of ``kik`` in a language.

    ``line``: english, as an error carries it: ``FILE:LINE: key: what (got X; expected Y)``. ``lang``: ``nl``
    or ``en``.
    """
    if lang == "en" or not line:
        return line
    found = _TAIL.fullmatch(line)
    tail = found and (found["got"] or found["expected"])
    what = _sentence(found["what"] if found and tail else line)
    if not found or not tail or what is None:
        return what or _sentence(line) or line
    got = f"staat er: {_filling(found['got'].removeprefix('got '))}" if found["got"] else ""
    expected = f"verwacht: {_filling(found['expected'])}" if found["expected"] else ""
    return f"{what} ({'; '.join(part for part in (got, expected) if part)})"
