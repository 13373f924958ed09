"""What ``kik`` says of an input or a run, in Dutch: a catalogue from the English sentence to the Dutch one.

Errors of Python functions are English, and the code says each thing once, in one language. At the edge,
where a command speaks to a person, a line is looked up in ``messages.toml`` beside this file, as gettext
would: a sentence with ``{}`` for what differs. ``FILE:LINE: key:`` stays as it is, and so does a sentence
that is not in the catalogue.
"""

from __future__ import annotations

import functools
import locale
import os
import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kik_analysis.language.notation import Lang

VARIABLE, FEW = "KIK_LANG", 4
"""What says the language; letters that a sentence has of its own before words may fill it."""
_TAIL = re.compile(r"(?P<what>.*?) \((?P<got>got .*?)?(?:; )?(?:expected (?P<expected>.*))?\)", re.DOTALL)
_HEAD = r"(?P<head>(?:[^\n:]+:\d+: (?:[^\n:]{1,40}: )??|[^\s:]+: )*?)"
_WAYS = re.compile(r" or (?=\{)")
_HOLE = re.compile(r"\\\{\\\}")


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
    text = resources.files("kik_analysis").joinpath("language", "messages.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["messages"])


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the sentences as patterns, the one with most words of its own first."""

    def own(english: str) -> int:
        return len(english.replace("{}", "").replace(" ", ""))

    known = sorted(catalogue().items(), key=lambda pair: -own(pair[0]))
    # a sentence with hardly a word of its own, such as "{} to {}", is one of values and not of words
    return tuple(
        (
            re.compile(
                _HEAD + _HOLE.sub("(.*?)" if own(english) > FEW else r"(\\S+?)", re.escape(english)),
                re.DOTALL,
            ),
            dutch,
        )
        for english, dutch in known
    )


def _sentence(text: str) -> str | None:
    for pattern, dutch in _patterns():
        if found := pattern.fullmatch(text):
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
