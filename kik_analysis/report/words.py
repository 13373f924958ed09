"""Finds what may not stand in a text: numbers in letters, and words about people that we do not use."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources
from typing import Any, Literal

from kik_analysis.language.notation import Lang

Kind = Literal["number_words", "banned"]
_ROMAN = r"(?-i:(?=[MDCLXVI]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
_QUANTITY = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)+(?![\w.])|(?<![\w.])\d{2,}(?![\w.])|\d\s*%|(?<![\w.])\d \w")


@functools.cache
def _pattern(kind: Kind, lang: Lang) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what is sought, and what may stand although it begins with such a word."""
    source = resources.files("kik_analysis") / "report" / "template" / "words.toml"
    data: dict[str, dict[str, Any]] = tomllib.loads(source.read_text(encoding="utf-8"))
    listed = sorted(data[kind][lang], key=lambda word: (-len(word), word))
    phrases = [r"\s+".join(re.escape(part) for part in word.split()) for word in listed]
    if kind == "number_words":
        parts = "|".join(data["number_parts"][lang])
        # written together, as Dutch does: zesendertig, driehonderd, zevenduizendste
        phrases += [rf"(?:(?:{parts})(?:en|ën)?){{2,}}(?:ste|de|voudig|maal)?", _ROMAN]
    may = "|".join(re.escape(word) for word in data["allowed"][lang])
    sought = re.compile(rf"(?<![\w-])(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
    return sought, re.compile(rf"(?<!\w)(?:{may})(?!\w)", re.IGNORECASE)


def find(text: str, kind: Kind, lang: Lang) -> list[str]:
    """Return the words of a kind that a text holds, in order, as they stand there.

    ``text``: plain text. ``kind``: ``number_words`` (``helft``, ``zesendertig``, ``twelve``, ``XIV``) or
    ``banned`` (``klant``). ``lang``: language of the text.
    """
    sought, allowed = _pattern(kind, lang)
    return sought.findall(allowed.sub("", text))


def numeric(text: str) -> bool:
    """Tell whether a text holds a digit, or a sign that stands for a number (½, ², Ⅳ)."""
    return any(sign.isnumeric() for sign in text)


def quantity(name: str) -> str:
    """Return what in a name is no name but a quantity (``3.939 mensen``); empty for a name (``Figuur 1``)."""
    found = _QUANTITY.search(name)
    return found[0] if found else ""
