"""The first page: the answer of this run, what it rests on, what cannot be known, and what to measure.

A scenario that is compared with another one tells its choice and the paired difference; one that is compared
with none tells whether its team can keep its promise.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kik_analysis.answers import computed, wording
from kik_analysis.answers.answer import number
from kik_analysis.answers.runs import Runs, Values
from kik_analysis.capacity import euros
from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.differences import Difference, differences
from kik_analysis.parameters.scenario import Scenario, load_scenario, located
from kik_analysis.parameters.values import Amount

PARTS = ("brief", "weighs", "unknown", "ask")
MOST_CHANGES = 3
BASE: Mapping[str, str] = {
    "posts": "answers.posts", "promise": "answers.promise_approached", "coverage": "answers.coverage",
    "kept": "answers.kept_approached", "kept_talk": "answers.kept_spoken", "need": "answers.need",
    "ceiling": "answers.ceiling", "smaller": "answers.smaller", "need_smaller": "answers.need_smaller",
    "waiting": "answers.backlog_at_start", "left": "answers.backlog_after_year",
    "spoken": "answers.spoken_at_start", "group": "answers.group_at_start",
}  # fmt: skip
LINES = (("verdict", ""), ("whom", ""), ("kept", ""), ("need", "need"), ("ceiling", "ceiling"),
         ("smaller", "need_smaller"), ("start", ""), ("backlog", ""))  # fmt: skip
"""Sentences of a base, in order, each with the number without which it is left out."""


@dataclass(frozen=True)
class Line:
    """One sentence of the first page, in both languages, with the part of the page that it stands in."""

    part: str
    key: str
    texts: Mapping[Lang, Text]


@dataclass
class First:
    """The first page of one run.

    ``runs``, ``baseline``: simulations of the scenario, and of the one that it is compared with (None for a
    base). ``lines``: sentences, in order. ``numbers``: the numbers in them, by id.
    """

    runs: Runs
    baseline: Runs | None
    lines: list[Line] = field(default_factory=list)
    numbers: dict[str, Number] = field(default_factory=dict)

    def say(self, part: str, key: str, **values: Any) -> None:
        """Add a sentence of ``texts/first.toml``; a value may differ by language (a mapping of both)."""
        found = {}
        for lang in LANGUAGES:
            here = {n: one[lang] if isinstance(one, dict) else one for n, one in values.items()}
            found[lang] = wording.fill(sentences.template(f"first.{key}", lang), lang, here, f"first.{key}")
        self.lines.append(Line(part, key, found))
        told = [one for one in values.values() if isinstance(one, Number)]
        for one in told:
            self.numbers[one.id] = one
            if any(f"{one.id}/tens" in text.numbers for text in found.values()):
                self.numbers |= {made.id: made for made in (wording.tens(one), wording.of_ten(one))}

    def words(self, lang: Lang) -> int:
        """Return how many words the page holds in a language."""
        return sum(len(line.texts[lang].plain.split()) for line in self.lines)


def baseline(scenario: Scenario, file: str | Path) -> Scenario | None:
    """Return the scenario that this one is compared with; None for a base, or one of other weeks."""
    named = scenario.header.baseline
    if not named:
        return None
    found = load_scenario(located(Path(file)).parent / named)
    if found.header.published and not scenario.header.published:
        return None
    alike = all(found[path] == scenario[path] for path in ("run.start", "run.weeks"))
    return found if alike else None


def first_page(file: str | Path, runs: Runs) -> First:
    """Return the first page of a scenario.

    ``file``: the scenario's file. ``runs``: its simulations.
    """
    before = baseline(runs.scenario, file)
    page = First(runs, None if before is None else Runs(before, runs.draws))
    known = {name: one for name, source in BASE.items() if (one := number(source, runs)) is not None}
    if page.baseline is None:
        _base(page, known)
    else:
        _choice(page, page.baseline)
        _differences(page, page.baseline)
        for key in ("verdict", "kept"):
            page.say("brief", f"base.{key}", **known, verdict=_verdict(known["promise"]))
    _rests(page)
    _unknown(page)
    return page


def _verdict(chance: Number) -> dict[str, str]:
    ruled = wording.verdict((chance.value or 0.0) / PERCENT)
    what = {"nl": "de uren", "en": "the hours"}
    said = ((lang, {"what": what[lang]} if ruled == "depends" else {}) for lang in LANGUAGES)
    return {lang: sentences.text(f"answers.verdict.{ruled}", lang, **more).plain for lang, more in said}


def _base(page: First, known: Mapping[str, Number]) -> None:
    for key, needs in LINES:
        if not needs or needs in known:
            page.say("brief", f"base.{key}", **known, verdict=_verdict(known["promise"]))


# ---- a scenario beside its baseline


def _value(amount: Amount | None, path: str, name: str, scenario: Scenario) -> Number | Ref:
    """Return an old or new value: a number with its range, or words."""
    unit = catalogue()[path].unit
    shares = unit in ("share", "share_per_year")
    parts = () if amount is None else amount.atoms
    if not parts or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in parts):
        return Ref("-" if amount is None else str(amount.central), f"parameter:{path}")
    low, central, high = (float(one) * (PERCENT if shares else 1.0) for one in parts)  # type: ignore[arg-type]

    def compute() -> Estimate:
        scenario.timeline(path)
        return Estimate(central, low, high) if low < high else Estimate(central)

    whole = central.is_integer()
    return measure(name, compute, unit="percent" if shares else unit, decimals=0 if whole else 2)


def _choice(page: First, before: Runs) -> None:
    scenario = page.runs.scenario
    title = {lang: Ref(scenario.title[lang], "scenario") for lang in LANGUAGES}
    page.say("brief", "scenario.choice", title=title)
    found = {one.path: one for one in differences(before.scenario, scenario)}
    for place, one in enumerate([*found.values()][:MOST_CHANGES]):
        key, values = _change(one, place, before.scenario, scenario)
        page.say("brief", key, **values)
    if len(found) > MOST_CHANGES:
        page.say("brief", "scenario.more_changes")


def _change(one: Difference, place: int, before: Scenario, after: Scenario) -> tuple[str, dict[str, Any]]:
    """Return the sentence of a change and its values: of the value itself where that differs, else dated."""
    values = [each.value(one.path) for each in (before, after)]
    if all(each.simple for each in values) and values[0].canonical() != values[1].canonical():
        amounts = (Amount(each.low, each.central, each.high) for each in values)
        one = replace(one, start=None, old=next(amounts), new=next(amounts))
    names = {lang: Ref(one.words(lang)[0].capitalize(), f"parameter:{one.path}") for lang in LANGUAGES}
    old = _value(one.old, one.path, f"first.change{place}.old", before)
    new = _value(one.new, one.path, f"first.change{place}.new", after)
    found = {"what": names, "old": old, "new": new}
    return ("scenario.change_from", {**found, "day": one.start}) if one.start else ("scenario.change", found)


def _difference(page: First, before: Runs, name: str, unit: str, values: Values, factor: float = 1.0) -> None:
    """Tell a paired difference: more, less, or none that is clear."""
    found = wording.estimate(values, factor)
    low, high = found.low or 0.0, found.high or 0.0
    least = 0.5 if unit != "persons" else 1.0
    how = "more" if high >= least > -low else "less" if low <= -least < -high else "same"
    ends = sorted((max(low, 0.0), high) if how == "more" else (max(-high, 0.0), -low))
    if unit in computed.COUNTED:
        ends = [wording.about(one) or 0.0 for one in ends]

    def compute() -> Estimate:
        page.runs.kept()
        before.kept()
        return Estimate(None, *ends)

    more = {"x": measure(f"first.{name}", compute, unit=unit)} if how != "same" else {}
    title = {lang: Ref(before.scenario.title[lang], "scenario") for lang in LANGUAGES}
    page.say("brief", f"scenario.{name}_{how}", baseline=title, **more)


def _differences(page: First, before: Runs) -> None:
    runs = page.runs
    shares = {name: number(f"answers.{name}_share", runs) for name in ("approached", "spoken")}
    page.say("brief", "scenario.reach", **shares)
    for name in ("approached", "spoken"):
        more = runs.promised(name) - before.promised(name)
        _difference(page, before, name, "percentage_points", more, PERCENT)
    after = runs.at("backlog", computed.YEAR) - before.at("backlog", computed.YEAR)
    _difference(page, before, "backlog", "persons", after)
    _gone(page, before)
    _euros(page, before)


def _gone(page: First, before: Runs) -> None:
    """Tell between which days the backlog is gone, of the scenario and of the one before."""
    title = {lang: Ref(before.scenario.title[lang], "scenario") for lang in LANGUAGES}
    for key, runs in (("gone", page.runs), ("gone_before", before)):
        ends = _days(runs)
        if ends is None:
            page.say("brief", "scenario.never") if runs is page.runs else None
        else:
            page.say("brief", f"scenario.{key}", first=ends[0], last=ends[1], baseline=title)


def _days(runs: Runs) -> tuple[datetime.date, datetime.date] | None:
    kept = runs.kept()
    empty = kept.values["backlog"] == 0
    if empty.any(axis=1).mean() < 0.9:
        return None
    first = np.where(empty.any(axis=1), empty.argmax(axis=1), empty.shape[1] - 1)
    weeks = np.quantile(first, (0.1, 0.9), method="inverted_cdf")
    return kept.mondays[int(weeks[0])], kept.mondays[int(weeks[1])]


def _euros(page: First, before: Runs) -> None:
    """Tell what the choice costs: structural euros of the last year, incidental ones of the whole run."""
    found = euros.beside(before.scenario, page.runs.scenario)
    for key, name in (("euros", euros.STRUCTURAL), ("once", euros.INCIDENTAL)):
        how = found[name].how
        ends = [wording.about(one) or 0.0 for one in (found[name].low, found[name].high)]
        if how == "same" and key == "once":
            continue

        def compute(ends: list[float] = ends) -> Estimate:
            for one in (page.runs, before):
                for path in (euros.FTE, euros.PRICE):
                    one.scenario.timeline(path)
            return Estimate(None, *ends)

        told = {"x": measure(f"first.{key}", compute, unit="euro")} if how != "same" else {}
        priced = {"year": Ref(str(page.runs.scenario.start.year), "year")} if key == "euros" else {}
        page.say("brief", f"scenario.{key}_{how}", **told, **(priced if how != "same" else {}))


# ---- what it rests on


def influence(runs: Runs) -> Iterator[str]:
    """Yield the uncertain parameters by how far the share approached moves with them, the most first.

    One at a time from the low to the high end of its range, the others at their centre, in the same future.
    """
    found: dict[str, float] = {}
    for place, moved in runs.moved().items():
        # a part of a parameter (policy.channel_first.home) is drawn by itself
        path = place if place in catalogue() else place.rpartition(".")[0]
        found[path] = max(moved, found.get(path, 0.0))
    yield from sorted(found, key=lambda path: -found[path])


def _rests(page: First) -> None:
    most = list(influence(page.runs))[:3]
    if len(most) == 3:
        names = ("first", "second", "third")
        title = {
            name: {
                lang: Ref(catalogue()[path].title(lang).lower(), f"parameter:{path}") for lang in LANGUAGES
            }
            for name, path in zip(names, most, strict=True)
        }
        page.say("weighs", "rests.most", **title)
    section = most[0].partition(".")[0] if most else "other"
    page.say("ask", f"measure.{section if sentences.has(f'first.measure.{section}') else 'other'}")
    page.say("ask", "measure.why")


def _unknown(page: First) -> None:
    """What a hostile referee says first, one line each."""
    page.say("unknown", "unknown.hours")
    if page.runs.scenario.header.published:
        page.say("unknown", "unknown.unit", invitations=number("funnel.invitations", page.runs))
        page.say("unknown", "unknown.again")
    page.say("unknown", "unknown.effect")
