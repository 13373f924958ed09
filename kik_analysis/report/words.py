"""Finds words that may not stand in a text: numbers in letters, and words about people we do not use."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources
from typing import Literal

from kik_analysis.language.notation import Lang

Kind = Literal["number_words", "banned"]


@functools.cache
def _data() -> dict[str, dict[str, list[str]]]:
    source = resources.files("kik_analysis") / "report" / "template" / "words.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@functools.cache
def _pattern(kind: Kind, lang: Lang) -> re.Pattern[str]:
    words = sorted(_data()[kind][lang], key=lambda word: (-len(word), word))
    phrases = "|".join(r"\s+".join(re.escape(part) for part in word.split()) for word in words)
    return re.compile(rf"(?<![\w-])(?:{phrases})(?!\w)", re.IGNORECASE)


@functools.cache
def _allowed(lang: Lang) -> re.Pattern[str]:
    phrases = "|".join(re.escape(word) for word in _data()["allowed"][lang])
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE)


def find(text: str, kind: Kind, lang: Lang) -> list[str]:
    """Return the words of a kind that a text holds, in order, as they stand there.

    Parameters
    ----------
    text
        Plain text.
    kind
        ``number_words`` (``helft``, ``twelve``) or ``banned`` (``klant``, ``wachtlijst``).
    lang
        Language of the text.
    """
    return _pattern(kind, lang).findall(_allowed(lang).sub("", text))
