"""What ``kik explain`` answers: a parameter, a claim or a number, in Dutch or English."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.language import notation
from kik_analysis.language.notation import Lang
from kik_analysis.parameters import tables
from kik_analysis.parameters.catalogue import Entry, catalogue
from kik_analysis.parameters.remarks import shown
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.values import Amount, Step
from kik_analysis.reading.problems import did_you_mean

_CLAIM = re.compile(r"[A-Z][0-9]{3,4}\Z")
_WORDS: dict[str, tuple[str, str]] = {
    "kind": ("soort", "kind"),
    "decision": ("besluit", "decision"),
    "assumption": ("aanname", "assumption"),
    "fact": ("feit", "fact"),
    "unit": ("eenheid", "unit"),
    "share": ("aandeel van een", "fraction of one"),
    "possible": ("mogelijk", "possible"),
    "choices": ("keuzes", "choices"),
    "to": ("tot", "to"),
    "value": ("waarde", "value"),
    "from": ("vanaf", "from"),
    "set": ("gezet in", "set in"),
    "source": ("bron", "source"),
    "confidence": ("zekerheid", "confidence"),
    "note": ("noot", "note"),
    "usual": ("gebruikelijk", "usual"),
    "claims": ("uitspraken", "claims"),
    "used": ("gelezen door", "read by"),
    "cells": ("cellen", "cells"),
    "change": ("wijzigt in de tijd", "changes over time"),
    "segment": ("mag per segment verschillen", "may differ by segment"),
    "dated": ("mag in de tijd veranderen", "may change over time"),
    "printed": ("gedrukt", "printed"),
    "open": ("laat open", "leaves open"),
    "document": ("document", "document"),
    "date": ("datum", "date"),
    "computed": ("berekend in", "computed in"),
    "rests": ("rust op", "rests on"),
    "evidence": ("bewijs", "evidence"),
    "published": ("gepubliceerd", "published"),
    "recomputed": ("nagerekend", "recomputed"),
    "bounded": ("begrensd", "bounded"),
    "simulated": ("gesimuleerd", "simulated"),
    "assumed": ("aangenomen", "assumed"),
    "A": ("A, gepubliceerd en nagekeken", "A, published and checked"),
    "B": ("B, elders gepubliceerd", "B, published elsewhere"),
    "C": ("C, eigen oordeel", "C, own judgement"),
    "true": ("ja", "yes"),
    "false": ("nee", "no"),
}

Numbers = Mapping[str, Mapping[str, Any]]
"""The content of ``numbers.json``: id to the row that ``Number.as_json`` wrote."""


def explain(
    name: str, lang: str = "en", scenario: str | Path | Scenario | None = None, numbers: Numbers | None = None
) -> str:
    """Return what a parameter, claim or number is, as lines of text.

    Parameters
    ----------
    name
        A parameter's path (``team.fte``), a claim's id (``L042``) or a number's id.
    lang
        ``nl`` or ``en``.
    scenario
        Whose values to show for a parameter; by default those of ``params/base.yml``.
    numbers
        The numbers of a result, to say which of them read a parameter or claim, and to explain one.

    Raises
    ------
    ParameterError
        When there is no such name; the message gives the nearest.
    """
    language: Lang = "nl" if lang == "nl" else "en"
    book = catalogue()
    known = numbers or {}
    if name in book:
        at = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        lines = _parameter(book[name], at, language)
        return "\n".join([*lines, *_readers(f"parameter:{name}", known, language)])
    claims = tables.claims(project.data("published", "claims.csv"))
    if name in claims:
        return "\n".join([*_claim(claims[name], language), *_readers(f"claim:{name}", known, language)])
    if name in known:
        return "\n".join(_number(known[name], language))
    if _CLAIM.match(name):
        raise ParameterError(f"no claim {name}{did_you_mean(name, claims)}")
    near = book.nearest(name)
    hint = f"; did you mean {near}?" if near else did_you_mean(name, known)
    what = "no parameter, number or claim" if known else "no parameter or claim"
    raise ParameterError(f"{what} {name[:80]}{hint}")


def _word(word: str, lang: Lang) -> str:
    return _WORDS[word][0 if lang == "nl" else 1]


def _line(word: str, text: str, lang: Lang) -> str:
    return f"  {_word(word, lang)}: {text}"


def _parameter(entry: Entry, scenario: Scenario, lang: Lang) -> list[str]:
    book = catalogue()
    lines = [f"{entry.path}: {entry.title(lang)}", f"  {entry.meaning(lang)}"]
    lines.append(_line("kind", _word(entry.kind, lang), lang))
    if entry.unit and entry.unit != "date":
        words = book.unit(entry).words(lang)
        unit = words or (_word("share", lang) if entry.unit.startswith("share") else "")
        lines += [_line("unit", unit, lang)] if unit else []
    if entry.choices:
        named = next(m for m in tables.names(book.folder).values() if tuple(m) == entry.choices)
        place = 0 if lang == "nl" else 1
        lines.append(_line("choices", ", ".join(f"{c} ({named[c][place]})" for c in entry.choices), lang))
    elif entry.minimum is not None or entry.maximum is not None:
        limits = f"{shown(entry.minimum, lang)} {_word('to', lang)} {shown(entry.maximum, lang)}"
        lines.append(_line("possible", limits, lang))
    if entry.ranged:
        amount = Amount(entry.low or 0, entry.central or 0, entry.high or 0)
        lines.append(_line("usual", _amount(amount, lang), lang))
    flags = [_word(flag, lang) for flag, on in (("segment", entry.per_segment), ("dated", entry.dated)) if on]
    lines += [f"  {', '.join(flags)}"] if flags else []
    lines += _values(entry, scenario, lang)
    if entry.claims:
        lines.append(_line("claims", ", ".join(entry.claims), lang))
    return lines


def _values(entry: Entry, scenario: Scenario, lang: Lang) -> list[str]:
    value = scenario.value(entry.path)
    lines: list[str] = []
    for name, steps in scenario.timeline(entry.path).cells:
        for step in steps:
            label = f"{name}: " if name else ""
            lines.append(_line("value", label + _step(step, lang), lang))
    lines.append(_line("set", ", ".join(_places(scenario, entry)), lang))
    lines.append(_line("source", "; ".join(_source(s) for s in value.source), lang))
    lines.append(_line("confidence", _word(value.confidence, lang), lang))
    lines.append(_line("evidence", _word(str(scenario.evidence(entry.path)), lang), lang))
    if value.note:
        lines.append(_line("note", value.note, lang))
    for change in scenario.changes:
        if change.path == entry.path:
            text = "; ".join(_source(source) for source in change.origin.source)
            note = f" ({change.origin.note})" if change.origin.note else ""
            lines.append(_line("change", f"{change.origin.where}: {text}{note}", lang))
    return lines


def _places(scenario: Scenario, entry: Entry) -> list[str]:
    value = scenario.value(entry.path)
    return [value.origin.where, *(c.origin.where for c in scenario.changes if c.path == entry.path)]


def _step(step: Step, lang: Lang) -> str:
    when = f", {_word('from', lang)} {notation.date(step.start, lang)}" if step.start else ""
    return _amount(step.amount, lang) + when


def _amount(amount: Amount, lang: Lang) -> str:
    if isinstance(amount.central, bool):
        return _word("true" if amount.central else "false", lang)
    if isinstance(amount.central, tuple):
        return ", ".join(amount.central)
    central = shown(amount.central, lang)
    if amount.exact:
        return central
    return f"{central} ({shown(amount.low, lang)} {_word('to', lang)} {shown(amount.high, lang)})"


def _source(source: str) -> str:
    """Return a source with what it says: the title of a prior, nothing more for a claim or a text."""
    prior = tables.priors(project.params()).get(source)
    if prior is None:
        return source
    quote = f': "{prior.quote}"' if prior.quote else ""
    url = f" <{prior.source_url}>" if prior.source_url else ""
    return f"{source} = {prior.source_title}{url}{quote}"


def _claim(row: Mapping[str, str], lang: Lang) -> list[str]:
    statement = row.get(f"statement_{lang}") or row.get("statement_en", "")
    lines = [f"{row['id']}: {row.get('subject', '')}", f"  {statement}"]
    if row.get("value"):
        lines.append(
            _line("printed", f"{row['value']} {row.get('unit', '')} ({row.get('precision', '')})", lang)
        )
    if row.get("low") or row.get("high"):
        reason = row.get("reason_nl" if lang == "nl" else "reason") or ""
        text = f"{row.get('low') or '..'} {_word('to', lang)} {row.get('high') or '..'}"
        lines.append(_line("open", text + (f": {reason}" if reason else ""), lang))
    lines.append(_line("document", f"{row.get('document', '')}, {row.get('place', '')}", lang))
    lines.append(_line("date", row.get("as_of") or row.get("date", ""), lang))
    if row.get("note"):
        lines.append(_line("note", row["note"], lang))
    users = [entry.path for entry in catalogue() if row["id"] in entry.claims]
    if users:
        lines.append(_line("used", ", ".join(users), lang))
    return lines


def _number(row: Mapping[str, Any], lang: Lang) -> list[str]:
    lines = [f"{row['id']}: {_limits(row, lang)} {row['unit']}"]
    lines.append(_line("evidence", _word(str(row["evidence"]), lang), lang))
    lines.append(_line("computed", str(row["computation"]), lang))
    lines.append(_line("rests", ", ".join(row["reads"]), lang))
    return lines


def _limits(row: Mapping[str, Any], lang: Lang) -> str:
    places = int(row["decimals"])

    def text(value: float | None) -> str:
        return ".." if value is None else notation.decimal(value, lang, places)

    limits = "" if row["low"] is None and row["high"] is None else f"{text(row['low'])} - {text(row['high'])}"
    if row["value"] is None:
        return limits
    return text(row["value"]) + (f" ({limits})" if limits else "")


def _readers(label: str, numbers: Numbers, lang: Lang) -> list[str]:
    """Return the line that names the numbers of a result which read a source; cells by their table."""
    found = [name for name, row in numbers.items() if label in row.get("reads", ())]
    cells = Counter(name.partition("/")[0] for name in found if "/" in name)
    named = [name for name in found if "/" not in name]
    named += [f"{table} ({_word('cells', lang)}: {count})" for table, count in cells.items()]
    return [_line("used", ", ".join(named), lang)] if named else []
