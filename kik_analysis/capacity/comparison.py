"""Scenarios beside a base: paired differences, the same people making the same choices in both.

Replication r is the same future in every scenario, so the difference of two scenarios is taken future by
future (common random numbers: Law, *Simulation Modeling and Analysis*, section 11.2). Its variance is that of
the pairs; ``variance_ratio`` says how many times as many replications two separate runs would have needed.

A measure that ends within the run is also judged in its window, at the end of it: five years later little is
left of extra staff, whatever it did.
"""

import datetime
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kik_analysis import project
from kik_analysis.capacity import engine, euros, reader, results
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import ALL, SHARES, chosen
from kik_analysis.capacity.results import QUEUES, WAITED, Run
from kik_analysis.capacity.simulate import aligned
from kik_analysis.errors import InputError, ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.display import expect, require, whole_number
from kik_analysis.evidence.number import PERCENT
from kik_analysis.evidence.reads import Evidence
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.changes import Change, Drop
from kik_analysis.parameters.differences import Difference, differences, windows
from kik_analysis.parameters.files import shipped
from kik_analysis.parameters.remarks import Remark, remark
from kik_analysis.parameters.scenario import Scenario, load_scenario

#: What is compared, in this order.
MEASURES = (*SHARES, "backlog", "overdue", "never_invited", "appointment", "mean_wait_weeks", "hours_used")
WHOLE_RUN = 0  #: the year that stands for all of them
MOST = 3  #: scenarios beside the base
STOP = "contact_stop"  #: how the name of a change begins that is the time without visits
#: Sections that a comparison rests on.
USED = ("run", "people", "team", "work", "contact", "policy", "outcomes", "costs")
_DECIMALS = {"share": 1, "weeks": 1}
WINDOW = ("base", "other", "difference")  #: numbers of a measure that are told of its window


@dataclass(frozen=True)
class Comparison:
    """Scenarios beside a base.

    ``base``, ``others``: what was run. ``replications``, ``seed``, ``layer``: how: the same for all.
    """

    base: Run
    others: tuple[Run, ...]
    replications: int
    seed: int
    layer: str

    @property
    def runs(self) -> tuple[Run, ...]:
        """The base, then the others."""
        return self.base, *self.others

    @functools.cached_property
    def frame(self) -> pl.DataFrame:
        """Differences of the whole group by calendar year: the columns of :func:`compare`."""
        return self.by_year(ALL)

    def by_year(self, segment: str = ALL) -> pl.DataFrame:
        """Return the columns of :func:`compare` for the whole group, or for one segment."""
        start, end, last = self.base.scenario.start, self.base.scenario.end, self.base.compiled.mondays()[-1]
        spans = [(WHOLE_RUN, start, end)]
        for year in range(start.year, last.year + 1):
            first, after = (datetime.date(one, 1, 1) for one in (year, year + 1))
            spans.append((year, max(start, first), after if year < last.year else end))
        asked = [(other, {"year": year}, *days) for other in self.others for year, *days in spans]
        return self._differences(asked, {"year": pl.Int64}, segment)

    @functools.cached_property
    def windows(self) -> pl.DataFrame:
        """Measures that end within the run, judged in their window.

        Returns ``scenario``, ``from``, ``until`` (the first day after it), and the other columns of
        :func:`compare` without ``year``: shares and stocks at the end of the window, flows summed in it.
        """
        asked, base = [], self.base.scenario
        for other in self.others:
            found = windows(differences(base, other.scenario), base.start, base.end)
            spans = sorted({(a, b) for _, a, b in found if b < base.end})
            asked += [(other, {"from": a, "until": b}, a, b) for a, b in spans]
        return self._differences(asked, {"from": pl.Date, "until": pl.Date})

    def _differences(self, asked: Iterable[Any], keys: Mapping[str, Any], segment: str = ALL) -> pl.DataFrame:
        """Differences of scenarios from a day until another, a row for each measure: the weeks, then euros.

        ``asked``: scenario, values of ``keys``, first day, first day after.
        """
        mondays, rows = self.base.compiled.mondays(), []
        for other, head, start, until in asked:
            weeks = [t for t, day in enumerate(mondays) if start <= day < until]
            found: dict[tuple[str, str], Any] = {}
            for k, (part, measure, _) in enumerate(self.base.places if weeks else ()):
                if part == segment and measure.name in MEASURES:
                    pair = (one.values[:, weeks, k] for one in (self.base, other))
                    a, b = (one.sum(axis=1) if measure.summed else one[:, -1] for one in pair)
                    found[measure.name, measure.unit] = results.paired(a, b)
            if weeks and segment == ALL:
                cost = euros.differences(self.base.scenario, other.scenario, start, until)
                found |= {(name, "euro"): numbers for name, numbers in cost.items()}
            if segment == ALL and len(weeks) == len(mondays):
                a, b = self.base.waits, other.waits
                found |= {(f"wait_{queue}", "weeks"): results.paired(a[queue], b[queue]) for queue in QUEUES}
            head = {"scenario": other.scenario.name, **head}
            rows += [{**head, "measure": name, "unit": unit, **one} for (name, unit), one in found.items()]
        schema = {"scenario": pl.String, **keys, "measure": pl.String, "unit": pl.String}
        return pl.DataFrame(rows, schema | dict.fromkeys(results.DIFFERENCE, pl.Float64), orient="row")

    @functools.cached_property
    def dates(self) -> list[dict[str, Any]]:
        """When the backlog is gone and the queue is normal: the middle future of each, and the other's range.

        Rows of ``scenario``, ``event``, ``base``, ``other``, ``low`` and ``high``; None is not reached.
        """
        c, rows = self.base.compiled, []
        for event in results.MOMENTS:
            (middle,) = results.mondays_by(c, self.base.events[event], (0.5,))
            for other in self.others:
                found = results.mondays_by(c, other.events[event], (0.5, results.LOW, results.HIGH))
                told = dict(zip(("other", "low", "high"), found, strict=True))
                rows.append({"scenario": other.scenario.name, "event": event, "base": middle, **told})
        return rows

    def pair(self, base: str, other: str) -> "Comparison | None":
        """Return two of these scenarios beside each other, from the same runs; None where one is not here."""
        runs = {one.scenario.name: one for one in self.runs}
        if base not in runs or other not in runs:
            return None
        return replace(self, base=runs[base], others=(runs[other],))

    @functools.cached_property
    def changed(self) -> tuple[tuple[str, Difference], ...]:
        """What each other scenario changes: its name, and a parameter old and new."""
        base = self.base.scenario
        return tuple((o.scenario.name, one) for o in self.others for one in differences(base, o.scenario))

    @functools.cached_property
    def remarks(self) -> tuple[tuple[str, Remark], ...]:
        """What has to be said of each scenario, by its name."""
        found = [(self.base.scenario.name, one) for one in self.base.scenario.warnings]
        for run in self.others:
            other = run.scenario
            told = (*other.warnings, *remarks(self.base.scenario, other), *self._elsewhere(run))
            found += [(other.name, one) for one in told]
        return tuple(found)

    def _elsewhere(self, other: Run) -> Iterator[Remark]:
        """Yield when a team with more hours has clearly the larger backlog: others went before it."""
        base, scenario = self.base, other.scenario
        k = next(k for k, (part, one, _) in enumerate(base.places) if (part, one.name) == (ALL, "backlog"))
        more, least = other.values[..., k] - base.values[..., k], scenario.central(results.CLEAR["persons"])
        hours = np.cumsum(other.compiled.minutes_available - base.compiled.minutes_available) / 60
        clear = np.flatnonzero((np.quantile(more, results.LOW, axis=0) >= least) & (hours > 0))
        if clear.size:
            most = more.mean(axis=0)
            t, found = clear[most[clear].argmax()], differences(base.scenario, scenario)
            first = next((one for one in found if one.path.startswith("team.")), found[0])
            said: Any = {"more": round(float(most[t])), "hours": round(float(hours[t]))}
            said["date"] = base.compiled.mondays()[t]
            yield remark(first.path, first.where, "compare.remark.elsewhere", **said)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain types: the shape of ``kik compare --json``."""
        labels = {one.scenario.name: one.scenario.title for one in self.runs}
        return {
            "base": self.base.scenario.name,
            "others": [one.scenario.name for one in self.others],
            "replications": self.replications,
            "seed": self.seed,
            "layer": self.layer,
            "interval": results.INTERVAL,
            "changed": [{"scenario": name, **one.as_json()} for name, one in self.changed],
            "rows": [{**row, "label": labels[row["scenario"]]} for row in self.frame.to_dicts()],
            "windows": [_plain(row) for row in self.windows.to_dicts()],
            "dates": [_plain(row) for row in self.dates],
            "remarks": [
                {"scenario": name, "nl": one.nl, "en": one.en, "where": one.where}
                for name, one in self.remarks
            ],
        }

    def note(self) -> None:
        """Record what a comparison rests on, for a table or number that is made of it."""
        for one in self.runs:
            for path in one.scenario.paths:
                if path.partition(".")[0] in USED:
                    one.scenario.timeline(path)
        noted = [*(one.scenario.digest() for one in self.runs), self.replications, self.seed, self.layer]
        reads.note("simulation", self.on_record, noted, Evidence.SIMULATED)

    @property
    def on_record(self) -> str:
        """Name under which a comparison is on record as a simulation."""
        return "/".join(("compare", *(one.scenario.name for one in self.runs), self.layer))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its dates as texts."""
    days = {name: value.isoformat() for name, value in row.items() if isinstance(value, datetime.date)}
    return {**row, **days}


def run(
    base: Scenario,
    others: Sequence[Scenario],
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    uncertain: bool = False,
    segments: bool = False,
    most: int = MOST,
    progress: engine.Progress | None = None,
) -> Comparison:
    """Run scenarios beside a base.

    ``base``, ``others``: one to three others. ``replications``, ``seed``, ``workers``: as in
    :func:`kik_analysis.capacity.simulate.simulate`; by default those of the base. ``uncertain``: draw the
    uncertain parameters anew for every replication, alike in all scenarios. ``segments``: keep the measures
    of each segment too. ``most``: how many others are allowed. ``progress``: called with replications done
    and to do, of all scenarios together. ModelError too many scenarios, two of one name, or another first
    week or number of weeks: both lines are named.
    """
    check(base, others, most)
    require(isinstance(uncertain, bool), uncertain, "uncertain", "True or False")
    number = whole_number(base["run.seed"] if seed is None else seed, "seed")
    count = base["run.replications"] if replications is None else replications
    count = whole_number(count, "replications", 2, engine.FUTURES)  # of fewer there is no range
    wanted = tuple(dict.fromkeys((*MEASURES, *results.DATED)))
    runs: list[Run] = []
    for one in (base, *others):
        c = compile_scenario(one)
        kept = chosen(c, wanted, None if segments else ALL)
        kept = tuple(sorted(kept, key=lambda place: wanted.index(place[1].name)))
        drawn = (lambda r, s=one: compile_scenario(s, reader.draw(s, number, r))) if uncertain else c
        tell = engine.part_of(progress, len(runs) * count, count * (1 + len(others)))
        asked: Any = {"replications": count, "seed": number, "workers": workers, "progress": tell}
        values, waits = results.recorded(drawn, c, kept, **asked)
        runs.append(Run(one, c, values, kept, waits))
    layer = results.CHANCE_AND_PARAMETERS if uncertain else results.CHANCE
    found = Comparison(runs[0], tuple(runs[1:]), count, number, layer)
    found.note()
    return found


def compare(
    base: Scenario,
    *others: Scenario,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    uncertain: bool = False,
    progress: engine.Progress | None = None,
) -> pl.DataFrame:
    """Compare scenarios with a base, by calendar year and over the whole run.

    ``base``, ``others``, ``replications``, ``seed``, ``workers``, ``uncertain``, ``progress``: as in
    :func:`run`. Returns one row per other scenario, year (0: the whole run) and measure: ``scenario``,
    ``year``, ``measure``, ``unit``, ``base``, ``other`` (means), ``difference`` (mean of the paired
    differences), ``low``, ``high`` (their 10th and 90th percentile), ``error`` (Monte Carlo error of the
    mean) and ``variance_ratio`` (unpaired over paired; null where the pairs do not differ). Shares and stocks
    at the end of the year, flows summed; ``wait_first`` and the other queues of the whole run
    alone. Euros are of 2019; their range is that of the price of a post and of an uncertain number of posts.
    ModelError as :func:`run`.
    """
    # one from the same file is named by the values that went over it as well: ``base (team.fte=12)``
    names, apart = {getattr(base, "name", "")}, []
    for one in others:
        if isinstance(one, Scenario) and one.name in names and one.overrides:
            words = ", ".join(text for text in one.overrides if text not in getattr(base, "overrides", ()))
            nl, en = (f"{text} ({words})" for text in one.title.values())
            one = one.named(f"{one.name} ({words})", (nl, en))
        names.add(getattr(one, "name", ""))
        apart.append(one)
    asked: Any = {"seed": seed, "workers": workers, "uncertain": uncertain, "progress": progress}
    return run(base, apart, replications=replications, **asked).frame


def check(base: Scenario, others: Sequence[Scenario], most: int = MOST) -> None:
    """Refuse what cannot be compared.

    ModelError as :func:`run`; one line per problem.
    """
    for one in (base, *others):
        expect(one, Scenario, "compare", "a scenario", "kik.load_scenario")
    if not 1 <= len(others) <= most:
        raise ModelError(f"compare: got {len(others)} beside the base (expected one to {most} others)")
    names = [one.name for one in (base, *others)]
    wrong = [
        f"{_place(other)}: {other.name} is the name of two scenarios here; give one another name"
        for k, other in enumerate(others, 1)
        if other.name in names[:k]
    ]
    for other in others:
        for path in ("run.start", "run.weeks"):
            mine, theirs = base.value(path), other.value(path)
            if mine.central != theirs.central:
                wrong.append(
                    f"{_place(other, path)}: {path}: scenarios that begin or end on other days cannot be "
                    f"compared (got {theirs.central}; expected {mine.central}, as {_place(base, path)} says)"
                )
    if wrong:
        raise ModelError(wrong)


def _place(scenario: Scenario, path: str = "") -> str:
    """Return file and line where a value was set, or a scenario's file alone, as the user named it.

    A file that was found by the name of a shipped scenario is named from the root.
    """
    files = {layer.name: layer.shown_as for layer in scenario.layers}
    file, line = scenario.layers[-1].name, 0
    if path:
        file, line = scenario.value(path).origin.file, scenario.value(path).origin.line
    shown = files.get(file, file)
    if Path(shown).is_relative_to(project.params()):
        shown = project.relative(Path(shown))
    return f"{shown}:{line}" if line else shown


def stops(scenario: Scenario) -> list[Change]:
    """Return the dated changes that are the time without visits: one, or more that follow each other."""
    return [change for change in scenario.changes if change.name.startswith(STOP)]


def closed_weeks(scenario: Scenario) -> list[datetime.date]:
    """Return the Mondays of the run that lie in that time."""
    mondays = reader.Reader(scenario).mondays
    return [day for day in mondays if any(change.active(day) for change in stops(scenario))]


def remarks(base: Scenario, other: Scenario) -> Iterator[Remark]:
    """Yield what is to be said of a pair: nothing differs, or a measure falls in the time without visits."""
    found = differences(base, other)
    if not found:
        yield remark("run.start", _place(other), "compare.remark.same")
    own = {change.path for one in (base, other) for change in stops(one)}
    start, end, closed = other.start, other.end, closed_weeks(other)
    mondays = reader.Reader(other).mondays
    drops = [one for layer in other.layers for one in layer.changes if isinstance(one, Drop)]
    gone = {one.path: f"{d.file}:{d.line}" for d in drops for one in base.changes if one.name == d.name}
    known, where = {layer.name for layer in base.layers}, dict[str, str]()
    for one in reversed(found):  # its own line; without one that on which it drops what the base does
        mine = [line for line in one.where.split(" + ") if line.partition(":")[0] not in known]
        where[one.path] = next(iter(mine), gone.get(one.path, one.where))
    for path, begin, until in windows((one for one in found if one.path not in own), start, end):
        inside = [day for day in mondays if begin <= day < until]
        shut = sum(day in closed for day in inside)
        if shut and until < end:
            span: Any = {"start": begin, "until": until, "weeks": len(inside), "closed": shut}
            yield remark(path, where[path], "compare.remark.within_stop", **span)
        elif shut and begin in closed:
            yield remark(path, where[path], "compare.remark.starts_in_stop", date=begin, closed=shut)


def plans(scenario: Scenario) -> tuple[Scenario, ...]:
    """Return every shipped scenario on top of another scenario, where it changes something and days stay.

    ``scenario``: what they are laid over; a plan that does not go together with it is left out.
    """
    found = []
    for name, path in shipped().items():
        plan = scenario
        try:
            for layer in load_scenario(path).layers[1:]:
                plan = plan.over(layer, name)
            compile_scenario(plan)
        except InputError:
            continue
        if (plan.start, plan.end) == (scenario.start, scenario.end) and differences(scenario, plan):
            found.append(plan)
    return tuple(found)


def compared(found: Comparison, lang: Lang) -> Iterator[str]:
    """Yield what each scenario changes, then the differences in its window and by year, and the dates.

    ``found``: the comparison. ``lang``: ``nl`` or ``en``. Sentences have the base's own words; names of files
    and titles stand as they are.
    """

    def own(words: str) -> str:
        return found.base.scenario.header.own_words(words, lang)

    def said(key: str, **values: object) -> str:
        return own(sentences.template(f"compare.said.{key}", lang)).format(**values)

    def day(one: datetime.date | None) -> str:
        return notation.date(one, lang) if one else said("never")

    def gain(ratio: float | None) -> str:
        return notation.decimal(ratio, lang, 1) if ratio is not None else ""

    def cells(row: Mapping[str, Any], *numbers: str) -> list[str]:
        low, high = (_number(row, name, lang) for name in ("low", "high"))
        measure = sentences.template(f"compare.measure.{row['measure']}", lang)
        return [measure, *numbers, said("range", low=low, high=high)]

    def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
        return (f"    {line}" for line in aligned([head, *rows]))

    base, inside = found.base.scenario, notation.percent(PERCENT * results.INTERVAL, lang)
    runs = notation.decimal(found.replications, lang)
    layer = sentences.template(f"caseload.layer.{found.layer}", lang)
    yield said("title", base=base.name, title=base.title[lang], replications=runs, layer=layer)
    for one in found.others:
        name = one.scenario.name
        yield from ("", f"{name}: {one.scenario.title[lang]}", "  " + said("changed"))
        for change in (change for scenario, change in found.changed if scenario == name):
            title, old, new = change.words(lang)
            ends = ("since", change.start), ("until", change.until)
            dates = [said(key, date=day(one)) for key, one in ends if one]
            part = f"({change.part(lang)})" if change.part(lang) else ""
            words = said("change", title=title, path=change.path, old=old, new=new)
            yield "    " + own(" ".join(word for word in (words, part, *dates) if word))
        mine = [row for row in found.windows.to_dicts() if row["scenario"] == name]
        for start, until in dict.fromkeys((row["from"], row["until"]) for row in mine):
            yield "  " + said("window", start=day(start), until=day(until))
            inner = (row for row in mine if (row["from"], row["until"]) == (start, until))
            rows = [cells(row, *(_number(row, key, lang) for key in WINDOW)) for row in inner]
            yield from table(said("window_columns", inside=inside).split(" | "), rows)
        by = {(row["measure"], row["year"]): row for row in found.frame.to_dicts() if row["scenario"] == name}
        years = sorted({year for _, year in by} - {WHOLE_RUN})
        first, *rest = said("year_columns", inside=inside).split(" | ")
        rows = []
        for measure in dict.fromkeys(measure for measure, _ in by):
            each, whole = (by.get((measure, year)) for year in (*years, WHOLE_RUN)), by[measure, WHOLE_RUN]
            numbers = (_number(row, "difference", lang) if row else "" for row in each)
            rows.append([*cells(whole, *numbers), gain(whole["variance_ratio"])])
        yield from table([first, *map(str, years), *rest], rows)
        for event in (event for event in found.dates if event["scenario"] == name):
            moments = {key: event[key] for key in ("base", "other", "low", "high")}
            never = "" if any(moments.values()) else "_never"
            yield "  " + said(event["event"] + never, **{key: day(one) for key, one in moments.items()})
    yield from (f"{remark.where}: {name}: {own(remark.text(lang))}" for name, remark in found.remarks)
    yield from ("", said("euros", share=notation.percent(PERCENT * WAITED[-1], lang)))


def _number(row: Mapping[str, Any], name: str, lang: Lang) -> str:
    """Return a number of a row of differences; all but the two means have their sign."""
    value = row[name] * (PERCENT if row["unit"] == "share" else 1)
    text = notation.decimal(value, lang, _DECIMALS.get(row["unit"], 0))
    signed = name not in ("base", "other")
    plus = "+" if signed and not text.startswith("-") and any(c in "123456789" for c in text) else ""
    return plus + text
