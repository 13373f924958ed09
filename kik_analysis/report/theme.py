"""A style sheet of the reader's own organisation, checked so that the report stays one offline file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kik_analysis.errors import InputError

_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_URL = re.compile(r"\b(?:url|src)\(\s*(?P<quote>[\"']?)(?P<target>[^)\"']*)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_THEME_CLASS = re.compile(r"\.([\w-]+-theme)\b")
_REFUSED = (
    (re.compile(r"@import", re.IGNORECASE), "@import"),
    (re.compile(r"\b(?:-webkit-)?image-set\(", re.IGNORECASE), "image-set()"),
    (re.compile(r"<!--|</"), "markup"),
)
LARGEST = 1_000_000
"""Bytes; the largest theme known to us has a fifth of it."""


def _plain(css: str) -> str:
    """Return style rules with escapes written out: what a browser will obey.

    Comments stay: what looks like one may stand between quotes, so that taking it out would hide a rule.
    """

    def character(found: re.Match[str]) -> str:
        if found[2] is not None:
            return found[2]
        code = int(found[1], 16)
        return chr(code) if 0 < code <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}"

    return _ESCAPE.sub(character, css)


def _fetches(plain: str) -> list[str]:
    """Return what in some rules fetches something, or could."""
    found = [what for pattern, what in _REFUSED if pattern.search(plain)]
    targets = (one["target"].strip() for one in _URL.finditer(plain))
    return found + [f"url({target[:60]})" for target in targets if not target.lower().startswith("data:")]


def problems(css: str, name: str) -> list[str]:
    """Return what makes a style sheet unfit for a report that opens offline, one line each."""
    found = [
        f"{name}:{number}: fetches another file (got {what}; expected data: or nothing)"
        for number, line in enumerate(css.split("\n"), start=1)
        for what in _fetches(_plain(line))
    ]
    if not found:
        # a rule may be spread over lines; the line is then not known
        found = [f"{name}: fetches another file (got {what!r})" for what in _fetches(_plain(css))]
    return found


def load(path: Path) -> str:
    """Return a style sheet after checking that it fetches nothing.

    Raises
    ------
    InputError
        When the file cannot be read, is not text, is too large, or refers to another file; one line each.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > LARGEST:
        raise InputError(f"{path}: {len(content)} bytes (expected at most {LARGEST})")
    try:
        css = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the file as UTF-8") from None
    found = problems(css, str(path))
    if found:
        raise InputError(found)
    return css


def classes(css: str) -> str:
    """Return the class names that a theme hangs its values on (``voorbeeld-theme``), for the page's root."""
    return " ".join(sorted(set(_THEME_CLASS.findall(_COMMENT.sub("", css)))))
