"""A style sheet of the reader's own organisation, checked so that the report stays one offline file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kik_analysis.errors import InputError

_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_URL = re.compile(r"\b(?:url|src)\([\"'\s]*+(?!data:)([^)\"']*)", re.IGNORECASE)
_REFUSED = re.compile(r"@import|\b(?:-webkit-)?image-set\(|<!--|</", re.IGNORECASE)
LARGEST = 1_000_000
"""Bytes; the largest theme known to us has a fifth of it."""


def _fetches(css: str) -> list[str]:
    """Return what in some rules fetches something, or could.

    Escapes are written out: what a browser will obey. Comments stay: what looks like one may stand between
    quotes, so that taking it out would hide a rule.
    """

    def character(found: re.Match[str]) -> str:
        code = int(found[1], 16) if found[1] else 0
        return found[2] or (chr(code) if 0 < code <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}")

    plain = _ESCAPE.sub(character, css)
    return _REFUSED.findall(plain) + [f"url({target.strip()[:60]})" for target in _URL.findall(plain)]


def load(path: Path) -> str:
    """Return a style sheet after checking that it fetches nothing.

    InputError when the file cannot be read, is not text, is too large, or refers to another file; one line
    each.
    """
    try:
        content = path.read_bytes()
        css = content.decode("utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the file as UTF-8") from None
    if len(content) > LARGEST:
        raise InputError(f"{path}: {len(content)} bytes (expected at most {LARGEST})")
    lines = enumerate(css.split("\n"), start=1)
    found = [(f"{path}:{number}", what) for number, line in lines for what in _fetches(line)]
    # a rule may be spread over lines; the line is then not known
    found = found or [(f"{path}", what.replace("\n", " ")) for what in _fetches(css)]
    if found:
        said = "fetches another file (got {}; expected data: or nothing)"
        raise InputError([f"{place}: {said.format(what)}" for place, what in found])
    return css


def classes(css: str) -> str:
    """Return the class names that a theme hangs its values on (``voorbeeld-theme``), for the page's root."""
    rules = re.sub(r"/\*.*?(?:\*/|\Z)", "", css, flags=re.DOTALL)
    return " ".join(sorted(set(re.findall(r"\.([\w-]+-theme)\b", rules))))
