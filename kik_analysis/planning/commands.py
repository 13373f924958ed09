"""What ``kik fte`` does, as a function that prints nothing."""

from __future__ import annotations

import argparse
import datetime
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from kik_analysis.capacity import simulate
from kik_analysis.capacity.engine import Progress
from kik_analysis.errors import InputError
from kik_analysis.parameters import shipped
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.planning import answer, groups, staff, temporary
from kik_analysis.planning.promise import promise

_DAY = "year-month-day: 2020-04-01"


def fte(given: argparse.Namespace, ready: Callable[[], None], progress: Progress) -> Iterator[list[str]]:
    """Yield the lines that ``kik fte`` prints, as soon as they are known; JSON where it is asked for.

    ``given``: as parsed; with ``out`` the rows of ``staffing.csv`` are written there. ``ready``: called when
    nothing is wrong with what was asked, before anything is run. ``progress``: told of runs done and to do.
    InputError with one line for everything that is wrong.
    """
    asked, own = _asked(given)
    if given.out is not None:
        simulate.check_out(given.out)
    file = None if given.parameters is None else shipped.find(given.parameters)
    scenario, lang = load_scenario(file, simulate.overrides(given.assign)), given.lang
    kept, how = promise(scenario, **asked), {"seed": given.seed, "workers": given.workers}
    ready()
    question = staff.Question(scenario, kept, **how, progress=progress)
    told: dict[str, Any] = {}

    def lines(some: list[str]) -> Iterator[list[str]]:
        if not given.json:
            yield some

    if own is not None:
        table = groups.given(question, own)
        yield from lines(answer.given_lines(table, question, own, lang))
        told = {"given": own, "promises": table.to_dicts()}
    else:
        found = staff.central(question)
        yield from lines(answer.lines(found, lang))
        if given.draws:
            found = staff.over_draws(question, found, given.draws)
            yield from lines(answer.draw_lines(found, lang))
        if kept.backlog:
            gone = temporary.gone(scenario, kept.probability, **how)
            yield from lines(answer.gone_lines(gone, kept.probability, lang))
            told = answer.as_json(found, gone=gone)
        else:
            cells = groups.answers(question, draws=0)
            yield from lines(answer.group_lines(cells, question, lang))
            told = answer.as_json(found, cells)
        if given.out is not None:
            simulate.write(answer.rows(found), given.out)
    hours = ["", answer.said("said.hours", lang)]
    yield [json.dumps(told, ensure_ascii=False, indent=1)] if given.json else hours


def _asked(given: argparse.Namespace) -> tuple[dict[str, Any], float | None]:
    """The promise that is asked for, as arguments of :func:`promise`, and the staff given."""
    wrong: list[str] = []

    def read(name: str, what: str, convert: Callable[[str], Any]) -> Any:
        text = getattr(given, name)
        try:
            return None if text is None else convert(text)
        except ValueError:
            hint = "; write a point, not a comma" if "," in text else ""
            hint = "; write 0.95 for 95 %" if "%" in text else hint
            expected = _DAY if what == "date" else f"a number{hint}"
            wrong.append(f"kik fte: --{name}: not a {what} (got {text[:20]!r}; expected {expected})")
            return None

    found = {name: getattr(given, name) for name in ("of", "contact", "segment", "backlog")}
    found |= {name: read(name, "number", _number) for name in ("coverage", "probability")}
    found |= {name: read(name, "date", datetime.date.fromisoformat) for name in ("on", "by")}
    if given.draws == 1:
        wrong.append("draws: expected none or at least two (got 1)")
    own = read("given", "number", _number)
    if own is not None and own < 0:
        wrong.append(f"kik fte: --given: not possible (got {given.given}; expected 0 or more)")
    if wrong:
        raise InputError(wrong)
    return found, own


def _number(text: str) -> float:
    if text.strip() != text or "_" in text or not text.isascii() or not math.isfinite(float(text)):
        raise ValueError
    return float(text)
