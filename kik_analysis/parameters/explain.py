"""What ``kik explain`` answers: a parameter, a claim or a number, in Dutch or English.

The words stand in ``texts/explain.toml``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.catalogue import Entry, catalogue
from kik_analysis.parameters.remarks import shown
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.values import Amount, Step
from kik_analysis.reading.problems import did_you_mean

MOST_FOUND = 12
"""Finds of a search that are shown."""
_CLAIM = re.compile(r"[A-Z][0-9]{3,4}\Z")

Numbers = Mapping[str, Mapping[str, Any]]
"""The content of ``numbers.json``: id to the row that ``Number.as_json`` wrote."""
Lines = Iterator[tuple[str, str]]
"""Pairs of a word of ``texts/explain.toml`` and what stands after it; without one the line stands alone."""


def explain(
    name: str, lang: str = "en", scenario: str | Path | Scenario | None = None, numbers: Numbers | None = None
) -> str:
    """Return what a parameter, claim or number is, as lines of text.

    ``name``: a parameter's path (``team.fte``), a claim's id (``L042``) or a number's id. ``lang``: ``nl`` or
    ``en``. ``scenario``: whose values to show for a parameter; by default those of ``params/base.yml``.
    ``numbers``: the numbers of a result, to say which of them read a parameter or claim, and to explain one.
    ParameterError when there is no such name; the message gives the nearest.
    """
    words = _Words("nl" if lang == "nl" else "en")
    book = catalogue()
    known = numbers or {}
    claims = vocabulary.claims(project.data("published", "claims.csv"))
    kind, _, bare = name.partition(":")
    name = bare if kind in ("parameter", "claim", "number") else name
    name = name.upper() if name.upper() in claims else name
    if name in book:
        at = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        head = f"{name}: {book[name].title(words.lang)}"
        return words.lines(head, words.parameter(book[name], at), words.readers(f"parameter:{name}", known))
    if name in claims:
        head = f"{name}: {claims[name].get('subject', '')}"
        return words.lines(head, words.claim(claims[name]), words.readers(f"claim:{name}", known))
    if name in known:
        row = known[name]
        return words.lines(f"{row['id']}: {words.limits(row)} {row['unit']}", words.number(row))
    if found := words.search(name, claims, known):
        return words.lines(name, found)
    if _CLAIM.match(name.upper()):
        raise ParameterError(f"no claim {name}{did_you_mean(name, claims)}")
    hint = book.did_you_mean(name) or did_you_mean(name, known)
    what = "no parameter, number or claim" if known else "no parameter or claim"
    raise ParameterError(f"{what} {name[:80]}{hint}")


class _Words:
    """Writes lines in one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def word(self, key: str) -> str:
        return sentences.template(f"explain.{key}", self.lang)

    def lines(self, head: str, *parts: Lines) -> str:
        rows = [f"{self.word(key)}: {text}" if key else text for part in parts for key, text in part]
        return "\n".join([head, *(f"  {row}" for row in rows)])

    def amount(self, amount: Amount) -> str:
        if isinstance(amount.central, bool):
            return self.word("true" if amount.central else "false")
        if isinstance(amount.central, tuple):
            return ", ".join(amount.central)
        low, central, high = (shown(atom, self.lang) for atom in amount.atoms)
        return central if amount.exact else f"{central} ({low} {self.word('to')} {high})"

    def step(self, step: Step) -> str:
        when = f", {self.word('from')} {notation.date(step.start, self.lang)}" if step.start else ""
        return self.amount(step.amount) + when

    def parameter(self, entry: Entry, scenario: Scenario) -> Lines:
        book, lang = catalogue(), self.lang
        yield "", entry.meaning(lang)
        yield "kind", self.word(entry.kind)
        if entry.unit and entry.unit != "date":
            share = self.word("share") if entry.unit.startswith("share") else ""
            if unit := book.unit(entry).words(lang) or share:
                yield "unit", unit
        if entry.choices:
            lists = vocabulary.names(book.folder).values()
            named = next(members for members in lists if tuple(members) == entry.choices)
            place = 0 if lang == "nl" else 1
            yield "choices", ", ".join(f"{choice} ({named[choice][place]})" for choice in entry.choices)
        elif entry.minimum is not None or entry.maximum is not None:
            low, high = shown(entry.minimum, lang), shown(entry.maximum, lang)
            yield "possible", f"{low} {self.word('to')} {high}"
        if entry.ranged:
            yield "usual", self.amount(Amount(entry.low or 0, entry.central or 0, entry.high or 0))
        flags = {"segment": entry.per_segment, "dated": entry.dated}
        if any(flags.values()):
            yield "", ", ".join(self.word(flag) for flag, on in flags.items() if on)
        yield from self.values(entry.path, scenario)
        if entry.claims:
            yield "claims", ", ".join(entry.claims)

    def values(self, path: str, scenario: Scenario) -> Lines:
        origin = scenario.value(path).origin
        changed = [change.origin for change in scenario.changes if change.path == path]
        for name, steps in scenario.timeline(path).cells:
            for step in steps:
                yield "value", (f"{name}: " if name else "") + self.step(step)
        yield "set", ", ".join(o.where for o in (origin, *changed))
        yield "source", "; ".join(_source(s) for s in origin.source)
        yield "confidence", self.word(origin.confidence)
        yield "evidence", self.word(str(scenario.evidence(path)))
        if origin.note:
            yield "note", origin.note
        for change in changed:
            note = f" ({change.note})" if change.note else ""
            yield "change", f"{change.where}: {'; '.join(_source(s) for s in change.source)}{note}"

    def claim(self, row: Mapping[str, str]) -> Lines:
        yield "", row.get(f"statement_{self.lang}") or row.get("statement_en", "")
        if row.get("value"):
            yield "printed", f"{row['value']} {row.get('unit', '')} ({row.get('precision', '')})"
        if row.get("low") or row.get("high"):
            reason = row.get("reason_nl" if self.lang == "nl" else "reason") or ""
            limits = f"{row.get('low') or '..'} {self.word('to')} {row.get('high') or '..'}"
            yield "open", limits + (f": {reason}" if reason else "")
        yield "document", f"{row.get('document', '')}, {row.get('place', '')}"
        yield "date", row.get("as_of") or row.get("date", "")
        if row.get("note"):
            yield "note", row["note"]
        if users := [entry.path for entry in catalogue() if row["id"] in entry.claims]:
            yield "used", ", ".join(users)

    def number(self, row: Mapping[str, Any]) -> Lines:
        yield "evidence", self.word(str(row["evidence"]))
        yield "computed", str(row["computation"])
        yield "rests", ", ".join(row["reads"])

    def limits(self, row: Mapping[str, Any]) -> str:
        places = int(row["decimals"])
        value, low, high = (
            ".." if row[part] is None else notation.decimal(row[part], self.lang, places)
            for part in ("value", "low", "high")
        )
        limits = "" if row["low"] is None and row["high"] is None else f"{low} - {high}"
        return limits if row["value"] is None else value + (f" ({limits})" if limits else "")

    def search(self, text: str, claims: Mapping[str, Mapping[str, str]], numbers: Numbers) -> Lines | None:
        """Return what bears a value as readers write it (``1.757``, ``56,7``) or a word; None for nothing."""
        book, place = catalogue(), f"statement_{self.lang}"
        values = _values(text)
        if values:
            found = [("claim", one, row.get(place, "")) for one, row in claims.items()
                     if row.get("value") and float(row["value"]) in values]  # fmt: skip
            found += [("number", one, self.limits(row)) for one, row in numbers.items()
                      if row["value"] is not None
                      and float(notation.rounded(row["value"], int(row["decimals"]))) in values]  # fmt: skip
            rows = load_scenario().table()
            found += [("parameter", str(row["path"]), book[str(row["path"])].title(self.lang)) for row in rows
                      if isinstance(row["value"], int | float) and float(row["value"]) in values]  # fmt: skip
        else:
            word = text.casefold()
            found = [("parameter", one.path, one.title(self.lang)) for one in book
                     if word in f"{one.title(self.lang)} {one.meaning(self.lang)}".casefold()]  # fmt: skip
            found += [("claim", one, row.get(place, "")) for one, row in claims.items()
                      if word in row.get(place, "").casefold()]  # fmt: skip
        if not found:
            return None
        shown = [(kind, f"{one}: {said}") for kind, one, said in dict.fromkeys(found)]
        more = [("", f"{self.word('more')}: {len(shown) - MOST_FOUND}")] if len(shown) > MOST_FOUND else []
        return iter([*shown[:MOST_FOUND], *more])

    def readers(self, label: str, numbers: Numbers) -> Lines:
        """Yield the line that names the numbers of a result which read a source; cells by their table."""
        found = [name for name, row in numbers.items() if label in row.get("reads", ())]
        cells = Counter(name.partition("/")[0] for name in found if "/" in name)
        named = [name for name in found if "/" not in name]
        named += [f"{table} ({self.word('cells')}: {count})" for table, count in cells.items()]
        if named:
            yield "used", ", ".join(named)


def _values(text: str) -> set[float]:
    """Return what a text may be as a number: in Dutch and English notation, a percentage as a share too."""
    plain, found = text.strip().rstrip("%").strip(), set()
    for group, point in ((".", ","), (",", ".")):
        if re.fullmatch(rf"\d{{1,3}}(\{group}\d{{3}})+(\{point}\d+)?|\d+(\{point}\d+)?", plain):
            found.add(float(plain.replace(group, "").replace(point, ".")))
    return found | ({value / PERCENT for value in found} if text.strip().endswith("%") else set())


def _source(source: str) -> str:
    """Return a source with what it says: the title of a prior, nothing more for a claim or a text."""
    prior = vocabulary.priors(project.params()).get(source)
    if prior is None:
        return source
    quote = f': "{prior.quote}"' if prior.quote else ""
    url = f" <{prior.source_url}>" if prior.source_url else ""
    return f"{source} = {prior.source_title}{url}{quote}"
