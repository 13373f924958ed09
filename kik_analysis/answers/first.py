"""The first page: the answer of this run, what it rests on, what cannot be known, and what to measure.

A scenario that is compared with another one tells its choice and the paired difference; one that is compared
with none tells whether its team can keep its promise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kik_analysis.answers import wording
from kik_analysis.answers.answer import number, shown_in
from kik_analysis.answers.runs import Runs
from kik_analysis.capacity import euros, results, team
from kik_analysis.capacity.compiled import YEAR
from kik_analysis.evidence.number import PERCENT, Estimate, Number, measure
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang, places
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.parameters.catalogue import catalogue, units
from kik_analysis.parameters.differences import Difference, differences, windows
from kik_analysis.parameters.files import find, named_in
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.values import Amount

MOST_CHANGES, UNSAID = 3, ("", "odds_ratio", "euro")
"""How many changes a scenario's page tells; units that say nothing to its reader, or stand as a sign."""
MOST_WORDS = 250
SPARED = ("scenario.gone_before", "rests.needed", "measure.why", "base.kept", "scenario.more_changes")
"""Words of the page, and the sentences that go first where it has more."""
TOLD = ("first", "second", "third")
"""How many parameters are told that the outcome rests on most, by their names in the sentence."""
BASE = ("verdict", "whom", "kept", "need", "ceiling", "smaller", "start", "backlog")
"""Sentences of a base, in order: each names numbers of answers, and is left out where one is missing."""


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
        for one in (one for one in values.values() if isinstance(one, Number)):
            self.numbers[one.id] = one
            if any(f"{one.id}/tens" in text.numbers for text in found.values()):
                self.numbers |= {made.id: made for made in (wording.tens(one), wording.of_ten(one))}


def baseline(scenario: Scenario, file: str | Path, *, any_weeks: bool = False) -> Scenario | None:
    """Return the scenario that this one is compared with; None for a base.

    ``scenario``, ``file``: the scenario and its file. ``any_weeks``: also one of other weeks, of which
    nothing can be compared.
    """
    named = scenario.header.baseline
    found = load_scenario(named_in(find(file).parent, named)) if named else None
    if found is None or (found.header.published and not scenario.header.published):
        return None
    alike = all(found[path] == scenario[path] for path in ("run.start", "run.weeks"))
    return found if alike or any_weeks else None


def first_page(file: str | Path, runs: Runs) -> First:
    """Return the first page of a scenario.

    ``file``: the scenario's file. ``runs``: its simulations.
    """
    before = baseline(runs.scenario, file)
    page = First(runs, None if before is None else Runs(before, runs.draws))
    if page.baseline is not None:
        beside(page, page.baseline)
    elif (other := baseline(runs.scenario, file, any_weeks=True)) is not None:
        page.say("brief", "scenario.other_weeks", baseline=_title(other))
    for key in BASE if page.baseline is None else BASE[:3]:
        named = set(re.findall(r"\{(\w+)", sentences.template(f"first.base.{key}", "en")))
        wanted = named - {"verdict", "year"}
        found = {name: one for name in wanted if (one := number(f"answers.{name}", runs)) is not None}
        if len(found) == len(wanted) and (key != "start" or found["group_at_start"].value):
            ruled: dict[str, Any] = {"year": runs.kept().mondays[YEAR]} if "year" in named else {}
            if key == "verdict":
                verdict = wording.verdict((found["promise_approached"].value or 0.0) / PERCENT)
                what = {lang: sentences.text("first.base.what", lang) for lang in LANGUAGES}
                said = f"answers.verdict.{verdict}"
                ruled = {key: {lang: sentences.text(said, lang, what=what[lang]).plain for lang in LANGUAGES}}
            none = key == "backlog" and not round(found["backlog_after_year"].high or 0)
            page.say("brief", f"base.{key}{'_none' * none}", **found, **ruled)
    # the uncertain parameters by how far the share approached moves with them: one at a time from the low to
    # the high end of its range, the others at their centre, in the same future
    moves: dict[str, float] = {}
    for place, moved in runs.moved().items():
        path = catalogue().drawn(place)[0].path  # of a part too, as policy.channel_first.home
        moves[path] = max(moved, moves.get(path, 0.0))
    most = sorted(filter(moves.get, moves), key=lambda path: -moves[path])[: len(TOLD)]
    if len(most) == len(TOLD):
        titles = {
            name: {lang: Ref(catalogue()[path].title(lang), f"parameter:{path}") for lang in LANGUAGES}
            for name, path in zip(TOLD, most, strict=True)
        }
        page.say("weighs", "rests.most", **titles)
        if page.runs.scenario.header.published:  # the others have no such chapter
            chapter = {lang: Ref(sentences.text("section.drivers.title", lang).plain) for lang in LANGUAGES}
            page.say("weighs", "rests.needed", chapter=chapter)
    section = most[0].partition(".")[0] if most else "other"
    page.say("ask", f"measure.{section if sentences.has(f'first.measure.{section}') else 'other'}")
    if most:
        page.say("ask", "measure.why")
    # what a hostile referee says first, one line each
    own = "" if page.runs.scenario.header.published else "_own"
    page.say("unknown", f"unknown.hours{own}")
    if not own:
        page.say("unknown", "unknown.unit", invitations=number("funnel.invitations", page.runs))
        page.say("unknown", "unknown.again")
    page.say("unknown", f"unknown.effect{own}")
    for key in SPARED:
        read = (" ".join(line.texts[lang].plain for line in page.lines) for lang in LANGUAGES)
        if max(len(one.split()) for one in read) > MOST_WORDS:
            page.lines = [one for one in page.lines if not one.key.startswith(key)]
    return page


def _title(scenario: Scenario) -> dict[Lang, Ref]:
    return {lang: Ref(scenario.title[lang], "scenario") for lang in LANGUAGES}


# ---- a scenario beside its baseline


def _choice(page: First, before: Scenario) -> None:
    found: dict[str, list[Difference]] = {}
    own, each = page.runs.scenario, differences(before, page.runs.scenario)
    ended = {path: until for path, _, until in windows(each, own.start, own.end)}  # the last time of each
    for one in each:
        found.setdefault(one.path, []).append(one)
    if not found:
        page.say("brief", "scenario.choice", title=_title(page.runs.scenario))
    told, more = list[list[Difference]](), list[list[Difference]]()
    for parts in found.values():
        most = max(parts, key=lambda one: abs(_shift(one)))  # the part that changes most tells of the others
        alike = [one for one in parts if replace(one, segment=most.segment, where=most.where) == most]
        ends = [one.until for one in parts if (one.segment, one.new) == (most.segment, most.new)]
        until = None if None in ends else max(filter(None, ends))  # what comes back has not ended
        rest = [one for one in parts if one.segment == most.segment and one.new != most.new]
        values = [each.value(most.path) for each in (before, own)]
        if all(each.simple for each in values) and values[0].canonical() != values[1].canonical():
            # of the value itself where that differs, and of days on which it is not as much more
            old, new = (Amount(each.low, each.central, each.high) for each in values)
            alike = [replace(one, start=None, old=old, new=new) for one in alike]
            until = ended[most.path] if ended[most.path] < own.end else None
            rest = [one for one in parts if _shift(one) != _shift(alike[0]) and one.segment == most.segment]
        told.append([replace(one, until=until) for one in alike])
        more += [[one] for one in rest]
    for place, alike in enumerate((told + more)[:MOST_CHANGES]):
        _change(page, alike, place, before)
    if len(told + more) > MOST_CHANGES:
        page.say("brief", "scenario.more_changes")


def _numbers(amount: Amount | None) -> tuple[float, ...]:
    """Return low, central and high; nothing where they are no numbers."""
    atoms = () if amount is None else amount.atoms
    known = all(isinstance(one, int | float) and not isinstance(one, bool) for one in atoms)
    return tuple(map(float, atoms)) if known else ()  # type: ignore[arg-type]


def _shift(one: Difference) -> float:
    old, new = _numbers(one.old), _numbers(one.new)
    return round(new[1] - old[1], 6) if old and new else 0.0


def _change(page: First, alike: list[Difference], place: int, before: Scenario) -> None:
    """Tell a change, from its day on and until when; ``alike``: parts that change so."""
    one, both = alike[0], (before, page.runs.scenario)
    said = {lang: one.words(lang) for lang in LANGUAGES}
    named = {}
    for lang in LANGUAGES:
        parts = [part.part(lang) for part in alike if part.segment]
        rest = [sentences.text("first.scenario.others", lang).plain] if len(parts) > MOST_CHANGES else []
        named[lang] = ", ".join((said[lang][0], *(parts[:1] + rest if rest else parts)))
    read, found = f"parameter:{one.path}", dict[str, Any]()
    found["what"] = {lang: Ref(text, read) for lang, text in named.items()}
    found["What"] = {lang: Ref(text[:1].upper() + text[1:], read) for lang, text in named.items()}
    made = [
        _value(_numbers(amount), one.path, f"first.change{place}.{name}", scenario)
        for name, amount, scenario in (("old", one.old, both[0]), ("new", one.new, both[1]))
    ]
    level = len({each and each.value for each in made}) == 1  # a range alone changed: both are told with it
    for n, name in enumerate(("old", "new")):
        told = {lang: Ref(said[lang][n + 1], read) for lang in LANGUAGES}
        found[name] = told if level or made[n] is None else made[n]
    unit, new = catalogue()[one.path].unit, found["new"]
    spoken = isinstance(new, Number) and unit not in UNSAID
    words = {lang: units()[unit].words(lang, new.value) if spoken else "" for lang in LANGUAGES}
    if isinstance(new, Number) and new.unit == "percentage_points":
        words = {lang: sentences.text(f"answers.noun.{new.unit}.many", lang).plain for lang in LANGUAGES}
    for lang, text in words.items():  # the name may hold it: minutes per talk
        known = any(word in named[lang].lower() for word in text.lower().split() if word != "per")
        words[lang] = "" if known or not text else f" {text}"
    found["unit"] = {lang: sentences.verbatim(text) for lang, text in words.items()}
    days = {name: day for name, day in (("from", one.start), ("until", one.until)) if day}
    window = "_".join(("first.scenario.window", *days))
    found["window"] = {lang: sentences.text(window, lang, **days) if days else "" for lang in LANGUAGES}
    page.say("brief", "scenario.change" if place else "scenario.choice_change", **found)


def _value(parts: tuple[float, ...], path: str, name: str, scenario: Scenario) -> Number | None:
    """Return an old or new value with its range; None where it is none that a number tells."""
    if not parts:
        return None
    unit, factor = shown_in(catalogue()[path].unit)
    low, central, high = (one * factor for one in parts)

    def compute() -> Estimate:
        scenario.timeline(path)
        return Estimate(central, low, high) if low < high else Estimate(central)

    return measure(name, compute, unit=unit, decimals=places(central, 2))


def beside(page: First, before: Runs) -> None:
    """Tell a scenario's choice, and its paired differences from its baseline: reach, backlog, euros.

    ``page``: the page, which takes the sentences. ``before``: simulations of the baseline, the same draws.
    """
    _choice(page, before.scenario)
    runs = page.runs
    ways = ("approached", "spoken")
    page.say("brief", "scenario.reach", **{way: number(f"answers.{way}_share", runs) for way in ways})
    pairs = {way: ("share", before.promised(way), runs.promised(way)) for way in ways}
    if len(runs.kept().mondays) > YEAR:
        pairs["backlog"] = ("persons", before.at("backlog", YEAR), runs.at("backlog", YEAR))

    for name, (unit, old, new) in pairs.items():
        told = results.clear(runs.scenario, unit, old, new)
        _told(page, before, name, unit, told, lambda: (runs.kept(), before.kept()))
    for key, one in (("gone", runs), ("gone_before", before)):
        if not (waiting := number("answers.backlog_at_start", one)) or not waiting.value:
            continue  # what nobody is in, is never gone
        kept = one.kept()
        empty = kept.values["backlog"] == 0
        if (gone := empty.any(axis=1)).mean() >= results.HIGH:  # in nearly all draws
            first = np.where(gone, empty.argmax(axis=1), empty.shape[1] - 1)
            weeks = np.quantile(first, (results.LOW, results.HIGH), method="inverted_cdf")
            days = dict.fromkeys(kept.mondays[int(week)] for week in weeks)
            known = dict(zip(("first", "last"), days, strict=False))
            end = "_on" * (len(known) == 1)
            page.say("brief", f"scenario.{key}{end}", **known, baseline=_title(before.scenario))
        elif one is runs:
            page.say("brief", "scenario.never")

    def priced() -> None:
        for one in (runs.scenario, before.scenario):
            for path in (team.FTE, euros.PRICE):
                one.timeline(path)

    found = euros.beside(before.scenario, runs.scenario)
    _told(page, before, "euros", "euro", found[euros.STRUCTURAL], priced)
    if found[euros.INCIDENTAL].how != "same":
        _told(page, before, "once", "euro", found[euros.INCIDENTAL], priced)


def _told(page: First, before: Runs, name: str, unit: str, told: results.Told, read: Any) -> None:
    """Tell a paired difference: more, less, or none that is clear; ``read`` notes what it rests on."""
    share, both = unit == "share", (told.low, told.high)

    def compute() -> Estimate:
        read()
        return wording.told(Estimate(None, *both).times(PERCENT if share else 1.0), 0, counted=not share)

    shown = "percentage_points" if share else unit
    values: dict[str, Any] = {"baseline": _title(before.scenario)}
    if name == "backlog":  # of which the week is told
        values["year"] = page.runs.kept().mondays[YEAR]
    if both != (0, 0):
        values["x"] = measure(f"first.{name}", compute, unit=shown)
        exact = told.low == told.high
        values["range"] = {lang: euros.words(page.runs.scenario, lang, exact=exact) for lang in LANGUAGES}
    unclear = told.how == "same" and both != (0, 0)
    page.say("brief", f"scenario.{name}_{'unclear' if unclear else told.how}", **values)
