"""One scenario in depth: states, hours, waits, reach, the echo of extra staff, and the test of the model."""

import itertools
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from kik_analysis.capacity import layers, results, verification
from kik_analysis.capacity.compiled import Queue
from kik_analysis.capacity.layers import Layers
from kik_analysis.capacity.team import FTE
from kik_analysis.evidence.number import Number, measure
from kik_analysis.evidence.reads import Evidence, recording
from kik_analysis.evidence.table import Table, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Bar, Label
from kik_analysis.figures.exhibit import Exhibit, count, inside, spans, stated, titles
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.parameters.scenario import Scenario

COURSES = ("never_invited", "in_contact", "overdue", "invited", "declined", "not_reached")
"""States whose courses are drawn."""
STOCK = "people.stock"
ROW = 0.38
"""Height of a row, in inches."""
COLOUR = COLOURS[Evidence.SIMULATED]
LINES = {"few": (style.MUTED, style.OTHER), "most": (COLOUR, style.COMPUTED)}
"""Colour and dashes of the lines with the fewest and the most extra posts: both are computed."""
LAYERS = {"chance": "chance", "chance_and_parameters": "assumptions"}
"""Each layer with the prefix of its band."""


def _exhibit(
    runs: Layers, table: Table, inner: str, holds: dict[str, bool], numbers: dict[str, Number], name: str = ""
) -> Exhibit:
    """Return an exhibit of a run, with how many runs each layer has and which part a band holds."""
    for part, result in (("replications", runs.chance), ("draws", runs.assumptions)):
        with recording() as recorder:
            runs.note((result.layer,))
        reads, place = (read.label for read in recorder.leaves), "kik_analysis.capacity.engine.simulate"
        numbers[part] = count(layers.on_record(result), result.runs, tuple(reads), place)
    if inner:
        numbers["inside"] = inside(table, f"caseload.inside_{inner}")
    c, stop = runs.chance.compiled, {f"stop{n}": day for n, day in enumerate(runs.stop)}
    words = {"start": c.start, "end": c.mondays()[-1], **stop}
    name = name or table.name
    return Exhibit(name.removesuffix("_some"), f"caseload.{name}", table, numbers, words, holds=holds)


def _table(runs: Layers, name: str, frame: pl.DataFrame) -> Table:
    def build() -> pl.DataFrame:
        runs.note()
        return frame

    return replace(tabulate(name, build), computation=f"{layers.__name__}.{name}")


def _ranged(table: Table, row: str, column: str, name: str) -> Number:
    """Return a mean under chance with its range under all assumptions."""
    return table.at(row, column, f"caseload.{name}", f"{column}_q10", f"{column}_q90")


# ---- courses of the states


def trajectories(runs: Layers) -> Exhibit:
    """Return the courses of six states, week by week, with both bands."""
    table, c, stop = runs.table("week"), runs.chance.compiled, bool(runs.stop)
    numbers = {}
    for state in COURSES:
        numbers[f"{state}_first"] = _at_start(runs, state)
        # the middle under chance, the range under all assumptions
        key = f"{c.name}/{c.mondays()[-1]}/all/{state}"
        middle = table.at(f"{key}/chance", "q50", f"caseload.course.{state}_last")
        around = {"low": "q10", "high": "q90"}
        limits: Any = {end: table.at(f"{key}/chance_and_parameters", q).value for end, q in around.items()}
        numbers[f"{state}_last"] = replace(middle, **limits, unit="persons", decimals=0)
    # people spoken to before go before people not yet approached, in every segment
    first = bool((c.lane[:, Queue.FOLLOW_UP] < c.lane[:, Queue.FIRST]).all())
    holds = {"exact": not spans(numbers["never_invited_last"]), "stop": stop, "order": first}
    return _exhibit(runs, table, "weekly", holds, numbers, "trajectories").drawn(_courses)


def _at_start(runs: Layers, state: str) -> Number:
    """Return how many people are in a state before week one: a count of the stock where it is one."""
    scenario, counted = runs.scenario, runs.chance.before()[state]

    def compute() -> float:
        stock = scenario.value(STOCK)
        if state not in dict(stock.cells) or stock.segment(state).central != counted:
            runs.note(())  # how the stock stands is computed from all that the run reads
        return counted

    place = "kik_analysis.capacity.start.before"
    return measure(f"caseload.start.{state}", compute, unit="persons", computation=place)


def capacity_quarterly(runs: Layers) -> Exhibit:
    """Return every measure by quarter: events and hours added up, people as they stand at its end."""
    table = replace(runs.table("quarter"), prose=titles(runs.scenario))
    return Exhibit("capacity_quarterly", "caseload.capacity_quarterly", table)


def _courses(shown: Exhibit, page: Page) -> Figure:
    figure, axes = charts.panels(page, shown, rows=3, columns=2, height=0.95, below=0.3)
    of_all = shown.table.frame.filter(pl.col("segment") == "all")
    grey: Any = [day for name, day in shown.words.items() if name.startswith("stop")]
    for ax, state in zip(axes, COURSES, strict=True):
        part = of_all.filter(pl.col("measure") == state)
        rows = {prefix: part.filter(pl.col("layer") == layer) for layer, prefix in LAYERS.items()}
        values = {
            f"{name}_{q}": one[q].to_list() for name, one in rows.items() for q in ("q10", "q50", "q90")
        }
        top = max(values["assumptions_q90"] + values["chance_q90"]) * 1.06 + 1
        charts.bands(ax, charts.scale(ax, rows["chance"]["week"].to_list(), top, page.lang, grey), values)
        ends = {end: shown.numbers[f"{state}_{end}"] for end in ("first", "last")}
        charts.heading(ax, f"caseload.measure.{state}", "caseload.label.course", page.lang, **ends)
    inside = {"inside": shown.numbers["inside"]}
    entries = [(f"caseload.band.{name}", inside, look) for name, look in [*charts.BANDS.items()][::-1]]
    charts.key(axes, entries, page.lang)
    return figure


# ---- hours by task


def task_hours(runs: Layers) -> Exhibit:
    """Return where the hours go, as bars."""
    table = _table(runs, "task_hours", runs.hours())
    numbers = {name: _ranged(table, name, "share", f"task_hours.{name}") for name in table.frame["task"]}
    ranged = spans(numbers["conversation"])
    holds = {"exact": not ranged, "range": ranged, "stop": bool(runs.stop)}
    return _exhibit(runs, table, "hours", holds, numbers).drawn(_hours)


def _hours(shown: Exhibit, page: Page) -> Figure:
    rows = []
    for name, hours in shown.table.frame.select("task", "hours").iter_rows():
        share = shown.numbers[name]
        key = "caseload.label.hours" if spans(share) else "caseload.label.hours_exact"
        label = Label(key, {"hours": shown.table.at(name, "hours"), "share": share})
        rows.append(Bar(f"caseload.task.{name}", hours, hours, (label,), Evidence.SIMULATED))
    # what is left over beside a backlog of thousands: the name says that there was a stop
    left = "caseload.task.lost_stop" if shown.holds["stop"] else rows[-1].name
    rows[-1] = replace(rows[-1], kind="gap", name=left)
    return charts.bars(page, shown, rows, height=ROW)[0]


# ---- waiting times


def waiting_times(runs: Layers) -> Exhibit:
    """Return how long people waited, by what they waited for."""
    table = _table(runs, "waiting_times", runs.waiting())
    numbers = {}
    for name, value in (("middle", 50.0), ("most", 90.0)):
        place = "kik_analysis.capacity.results.WAITED"
        numbers[name] = stated(f"caseload.waiting.{name}", value, "percent", table, place)
    known = table.frame.drop_nulls()  # within the run
    complete = known.height == len(results.QUEUES)
    holds = {"first": True, "stop": bool(runs.stop), "count": True}
    name = "waiting_times" if complete else "waiting_times_some"
    return _exhibit(runs, table, "", holds, numbers, name).drawn(_waits)


def _waits(shown: Exhibit, page: Page) -> Figure:
    rows, waits = [], shown.table.frame.select("queue", "q50", "q90")
    beyond = 1.1 * max([1, *waits.select(pl.max_horizontal("q50", "q90")).to_series().drop_nulls()])
    for name, *both in waits.iter_rows():
        labels = []
        for q, part, dy, weeks in zip(("q50", "q90"), ("middle", "most"), (-0.17, 0.17), both, strict=True):
            values = {"share": shown.numbers[part]}
            values |= {} if weeks is None else {"weeks": shown.table.at(name, q)}
            key = f"caseload.label.wait{'_longer' * (weeks is None)}"
            labels.append(Label(key, values, dy, {"size": SMALL}))
        middle, most = (beyond if weeks is None else weeks for weeks in both)
        middle *= both[0] is not None
        rows.append(Bar(f"caseload.queue.{name}", middle, most, (*labels,), Evidence.SIMULATED, "line", 0.5))
    figure, ax = charts.bars(page, shown, rows, height=1.3 * ROW)
    if not rows:
        ax.set_axis_off()
    return figure


# ---- who is reached


def coverage_by_segment(runs: Layers) -> Exhibit:
    """Return the share of each segment approached and spoken to in the last year of the run.

    Where all segments have the same rules their rows would be equal but for chance: a sheet of the workbook.
    """
    table = _table(runs, "coverage_by_segment", runs.coverage())
    numbers = {name: _ranged(table, "all", name, f"coverage.{name}") for name in ("approached", "spoken")}
    parts = [name for name in table.frame["segment"] if name != "all"] or ["all"]
    spoken = sorted((table.at(name, "spoken").value or 0.0, name) for name in parts)
    numbers |= {end: table.at(spoken[at][1], "spoken") for end, at in (("least", 0), ("most", -1))}
    open_, c = spans(numbers["spoken"]), runs.chance.compiled  # the same in every segment, outcomes apart:
    last = [c.talk_minutes, c.interval, c.exit_probability, c.promise_minutes, c.lane, c.definitive, c.lead]
    rules: list[Any] = [*last, c.reminder, c.need, c.need_interval, c.accept, np.moveaxis(c.channel, 2, -1)]
    same = all(bool((rule == rule[..., :1]).all()) for rule in rules)
    for kind, name in itertools.product(("spoken", "approached"), () if same else table.frame["segment"]):
        numbers[f"{kind}_{name}"] = _ranged(table, name, kind, f"coverage.{kind}.{name}")
    holds = {"exact": not open_, "range": open_, "same": same, "differ": not same}
    if same:
        return _exhibit(runs, replace(table, place="workbook"), "segment", holds, numbers)
    return _exhibit(runs, table, "segment", holds, numbers).drawn(_coverage)


def _coverage(shown: Exhibit, page: Page) -> Figure:
    lang, names = page.lang, shown.table.frame["segment"].to_list()
    words = [sentences.text(f"caseload.segment.{name}", lang).plain for name in names]
    figure, ax = charts.lines_of(page, shown, words, ROW, above=0.3, baseline=False)
    ax.set_xlim(*((-20, 150) if page.narrow else (-14, 104)))
    ax.axvline(0, color=style.LINE, linewidth=0.9, zorder=0)
    for kind, face, way, side in (("spoken", COLOUR, -1, "right"), ("approached", style.WHITE, 1, "left")):
        look = {"size": SMALL, "ha": side}
        for row, name in enumerate(names):
            share, y = shown.numbers[f"{kind}_{name}"], row + way * 0.17
            low, high = share.low or 0, share.high or 0
            charts.span(ax, y, low, high, COLOUR)
            charts.dot(ax, share.value or 0, y, COLOUR, face, markeredgewidth=1.5)
            key = f"caseload.label.{'range' if spans(share) else 'exact'}"
            label = Label(key, {"share": share}, look=look)
            label.write(ax, (low if way < 0 else high) + way * 1.6, y, lang)
        head = Label(f"caseload.definition.{kind}", look={**look, "color": style.MUTED})
        head.write(ax, shown.numbers[kind].value or 0, -0.85, lang)
    return figure


# ---- the echo of extra staff


def echo(scenario: Scenario, replications: int = 24) -> Exhibit | None:
    """Return people overdue by week, with the fewest and the most extra posts held possible.

    None for a scenario whose posts have no range at its start.

    ``scenario``: the scenario. ``replications``: pairs of runs.
    """
    if scenario.timeline(FTE).at(scenario.start).exact:
        return None

    def build() -> pl.DataFrame:
        return layers.echo(scenario, replications=replications)

    table = tabulate("echo", build)
    days, extra, few, most = (table.frame[name].to_list() for name in ("week", "extra_hours", "few", "most"))
    after = max(week for week, hours in enumerate(extra) if hours > 0) + 1
    lowest = min(range(after + 1), key=most.__getitem__)
    peak = max(range(max(lowest, after), len(days)), key=most.__getitem__)
    place, fte, posts = "kik_analysis.capacity.layers.echo", scenario.timeline(FTE), {}
    low, _, high = fte.at(scenario.start).atoms
    reads, evidence = (f"parameter:{FTE}",), scenario.evidence(FTE)
    for name, value in zip(LINES, (low, high), strict=True):
        at, own, by = float(str(value)), f"caseload.echo.fte_{name}", f"{__name__}.echo"
        posts[f"fte_{name}"] = Number(own, at, None, None, "fte", int(at % 1 > 0), evidence, reads, by)
    numbers = {
        **posts,
        "least": table.at(lowest, "most"),
        "then": table.at(lowest, "few"),
        "peak": table.at(peak, "most", "caseload.echo.peak", "most_q10", "most_q90"),
        "peak_few": table.at(peak, "few"),
        "inside": inside(table, "caseload.inside_echo"),
        "replications": count(f"{scenario.name}/echo", replications, table.reads, place),
    }
    words = {"until": days[after], "from": days[0], "lowest": days[lowest], "peak_week": days[peak]}
    back = int(most[peak] + 0.5) > int(few[peak] + 0.5)  # counts as a reader sees them
    sooner = int(most[lowest] + 0.5) < int(few[lowest] + 0.5)
    holds = {"sooner": sooner, "wave": back, "no_wave": not back, "runs": True}
    shown = Exhibit("echo", "caseload.echo", table, numbers, words, holds=holds)
    return shown.drawn(partial(_echo, peak if back else None))


def _echo(peak: int | None, shown: Exhibit, page: Page) -> Figure:
    figure, (ax,) = charts.panels(page, shown, rows=1, columns=1, height=1.5, below=0.3)
    frame, lang, until, entries = shown.table.frame, page.lang, shown.words["until"], []
    top = 1.18 * max([*frame["few_q90"].to_list(), *frame["most_q90"].to_list(), 1.0])
    days: Any = frame["week"].to_list()
    x = charts.scale(ax, days, top, lang, (days[0], until))  # type: ignore[arg-type]
    for name, (colour, line) in LINES.items():
        low, middle, high = (frame[f"{name}{part}"].to_list() for part in ("_q10", "", "_q90"))
        charts.area(ax, x, low, high, colour, charts.FAINT)
        charts.course(ax, x, middle, color=colour, linewidth=1.6, linestyle=line)
        fte, look = shown.numbers[f"fte_{name}"], {"color": colour, "linestyle": line}
        entries.append((f"caseload.label.with_{name}", {"fte": fte}, look))
    charts.heading(ax, "caseload.definition.overdue", "caseload.meaning.overdue", lang)
    Label("caseload.label.extra", look={"size": SMALL}).write(ax, x[0] + 0.03, top * 0.94, lang)
    charts.key([ax], entries, lang)
    if peak is not None:
        late = x[peak] > x[0] + 0.9 * (x[-1] - x[0])  # the label then stands at the left of its mark
        seen = {"size": SMALL, "color": COLOUR, "ha": "right" if late else "center"}
        label = Label("caseload.label.peak", {"peak": shown.numbers["peak"]}, look=seen)
        label.write(ax, x[peak], frame["most_q90"][peak] + 0.07 * top, lang)
    return figure


# ---- does the model compute well


def verification_cases(scenario: Scenario, replications: int = 200) -> Exhibit:
    """Return the cases with a known outcome: what must come out beside what comes out, and the z-scores.

    ``scenario``: the scenario of which parts are switched off. ``replications``: per case with chance.
    """
    checks: list[verification.Check] = []

    def build() -> list[Any]:
        checks.extend(verification.verify(scenario, replications=replications))
        kinds = {True: "exact", False: "chance"}
        return [(x.name, kinds[x.z is None], x.expected, x.got, x.error or None, x.z) for x in checks]

    table = tabulate("verification", build)
    scores = [abs(one.z) for one in checks if one.z is not None]
    limit, place = verification.limit(len(scores)), "kik_analysis.capacity.verification.verify"
    right = sum(z < limit for z in scores) + sum(x.got == x.expected for x in checks if x.z is None)
    numbers = {}
    for name, value, decimals in (("limit", limit, 1), ("checks", len(checks), 0), ("right", right, 0)):
        found = stated(f"caseload.verification.{name}", float(value), "count", table, place, decimals)
        numbers[name] = replace(found, evidence=Evidence.SIMULATED)
    numbers["replications"] = count(f"{scenario.name}/verification", replications, table.reads, place)
    return Exhibit("verification", "caseload.verification", table, numbers)
