"""What was asked on the command line, as the arguments of a promise."""

from __future__ import annotations

import argparse
import datetime
from typing import Any

from kik_analysis.errors import InputError


def asked(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the promise that a command line asks for, as keyword arguments of ``required_fte``.

    InputError with one line for every number or date that cannot be read.
    """
    wrong: list[str] = []
    found: dict[str, Any] = {
        name: getattr(arguments, name) for name in ("of", "contact", "segment", "backlog")
    }
    for name in ("coverage", "probability"):
        found[name] = _number(name, getattr(arguments, name), wrong)
    for name in ("on", "by"):
        found[name] = _date(name, getattr(arguments, name), wrong)
    if arguments.draws == 1:
        wrong.append("draws: expected none or at least two (got 1)")
    if wrong:
        raise InputError(wrong)
    return found


def given(arguments: argparse.Namespace) -> float | None:
    """Return the staff that was given.

    InputError it is no number, or below zero.
    """
    wrong: list[str] = []
    fte = _number("given", arguments.given, wrong)
    if fte is not None and fte < 0:
        wrong.append(f"kik fte: --given: not possible (got {arguments.given}; expected 0 or more)")
    if wrong:
        raise InputError(wrong)
    return fte


def _number(name: str, text: str | None, wrong: list[str]) -> float | None:
    if text is None:
        return None
    try:
        if text.strip() != text or "_" in text or not text.isascii():
            raise ValueError
        number = float(text)
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError
        return number
    except ValueError:
        hint = (
            "; write a point, not a comma" if "," in text else "; write 0.95 for 95 %" if "%" in text else ""
        )
        wrong.append(f"kik fte: --{name}: not a number (got {text[:20]!r}; expected a number{hint})")
        return None


def _date(name: str, text: str | None, wrong: list[str]) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        wrong.append(
            f"kik fte: --{name}: not a date (got {text[:20]!r}; expected year-month-day: 2020-04-01)"
        )
        return None
