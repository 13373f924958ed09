"""Staff for a promise: the fte by group and way of contact, what they rest on, what knowing more is worth."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kik_analysis.answers.wording import about
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.team import FTE as POSTS
from kik_analysis.capacity.team import added, established
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.number import PERCENT, Number, at_least, measure
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import Table, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import Label
from kik_analysis.figures.exhibit import Exhibit, inside, stated
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang, places
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import answer, groups
from kik_analysis.planning.drivers import PRICE, PRICES, Drivers
from kik_analysis.planning.groups import AFTER, CHANNELS, DRAWS, GROUPS, promises
from kik_analysis.planning.promise import APPROACHED, COVERAGE, PROBABILITY, Contact, Promise
from kik_analysis.planning.staff import DRAWS as ALL_DRAWS
from kik_analysis.planning.staff import Question, Staff, answered, outward, required_fte

LINES: Mapping[str, Any] = {"gutter": 3.1, "above": 0.25, "baseline": False}
"""Room at the left and above rows, without a line at zero."""
SIMULATED, ASSUMED = COLOURS[Evidence.SIMULATED], COLOURS[Evidence.ASSUMED]
FACES = {"visit": SIMULATED, "phone": style.WHITE, "mix": style.MUTED}
"""How the mark of each way of contact is filled."""
SHOWN = 8  #: parameters that the figure of what it rests on shows


def _noted(scenario: Scenario, kept: Promise, what: str, **how: object) -> None:
    """Put on record what a table of answers rests on."""
    noted = {"scenario": scenario.digest(), "promise": kept.as_json(), **how}
    reads.note("simulation", f"{scenario.name}/{what}", noted, Evidence.SIMULATED)


# ---- for whom, and how


def group_table(scenario: Scenario, draws: int = DRAWS) -> Table:
    """Return ``staff_groups``: one row per group and way of contact.

    Columns: ``group``, ``channel``, ``coverage`` (promised: where no staff comes so far, that part of the
    most that is reached), ``people`` (counted with that staff), ``fte`` (the smallest half fte at
    central assumptions), ``low`` and ``high`` (q10 to q90 over draws, rounded outward), ``never`` (share of
    the draws in which no staff keeps the promise), ``visits`` (largest share of visits, the rest by
    telephone, with which the scenario's own staff keeps it). What does not exist is empty.

    ``scenario``: the scenario. ``draws``: draws of the assumptions.
    """

    def build() -> pl.DataFrame:
        asked, rows = Question(scenario), []
        for one in groups.answers(asked, draws=draws):
            (low, high), fte = outward(one["low"], one["high"]), outward(one["fte"], one["fte"])[1]
            told = {"people": round(one["people"]), "fte": fte, "low": low, "high": high}
            most = None if one["visits"] is None else at_least(one["visits"]) / PERCENT
            rows.append({**one, **told, "visits": most})
        _noted(scenario, asked.promise, "staff_groups", draws=draws, futures=groups.FUTURES, own=asked.own)
        return pl.DataFrame(rows, infer_schema_length=None)

    return tabulate("staff_groups", build)


def staff_groups(scenario: Scenario, table: Table) -> Exhibit:
    """Return the fte that each group and each way of contact needs, beside the scenario's own.

    ``scenario``: the scenario. ``table``: from :func:`group_table`.
    """
    rows = table.frame.to_dicts()
    full = {row["group"] for row in rows if None in (row["fte"], row["low"], row["high"])}
    numbers: dict[str, Number] = {"own": own_posts(scenario)}
    for name, path in (("coverage", COVERAGE), ("sure", PROBABILITY)):
        told = partial(lambda path: PERCENT * float(scenario[path]), path)  # type: ignore[arg-type]
        place = "kik_analysis.planning.promise.promise"
        found = measure(f"staff.{name}", told, unit="percent", computation=place)
        numbers[name] = replace(found, decimals=places(found.value or 0.0, 9))
    numbers["inside"] = inside(table, "staff.inside")
    visits = {f"visits_{row['group']}": at_least(row["visits"]) for row in rows if row["visits"] is not None}
    for name, most in visits.items():
        numbers[name] = stated(f"staff.{name}", most, "percent", table, f"{__name__}.staff_groups")
    holds = {one: one not in full for one in GROUPS} | {"none": bool(full)}
    end = Question(scenario).promise.on
    both = [(one["low"], one["fte"], one["high"]) for one in rows if None not in (one["low"], one["fte"])]
    holds |= dict.fromkeys(visits, True) | {"open": bool(full), "added": False, "fewer": False}
    holds["outside"] = any(fte < low or fte > (fte if high is None else high) for low, fte, high in both)
    numbers |= (beside := dated_posts(scenario, end))
    holds |= dict.fromkeys(beside, True)
    return Exhibit("staff_groups", "staff.groups", table, numbers, {"end": end}, holds=holds).drawn(_groups)


def dated_posts(scenario: Scenario, day: datetime.date) -> dict[str, Number]:
    """Return by name the posts that dated changes add to the scenario's own on a day, or take off; if any."""
    name = "added" if (more := added(scenario, day)) > 0 else "fewer"
    found = {name: measure(f"staff.{name}", lambda: abs(added(scenario, day)), unit="fte")} if more else {}
    return {name: replace(one, decimals=1) for name, one in found.items()}


def own_posts(scenario: Scenario) -> Number:
    """Return the scenario's own posts at the end of its run, beside what dated changes add."""
    last = Reader(scenario).mondays[-1]
    end = established(scenario, last)

    def compute() -> float:
        # without a change on that day the number rests on the value alone, not on changes long past
        return end if scenario.value(POSTS).at(last).central == end else established(scenario, last)

    found = measure("caseload.fte", compute, unit="fte")
    return replace(found, decimals=places(found.value or 0.0, 2))


def own_line(ax: Axes, shown: Exhibit, lang: Lang) -> None:
    """Draw the scenario's own posts as an upright line with its label."""
    own, look = shown.numbers["own"].value or 0.0, {"size": SMALL, "color": style.MUTED, "ha": "center"}
    ax.axvline(own, color=style.INK, linewidth=0.9, zorder=0.4)
    Label("staff.label.own", {"own": shown.numbers["own"]}, look=look).write(ax, own, -0.85, lang)


def _groups(shown: Exhibit, page: Page) -> Figure:
    rows, words = shown.table.frame.to_dicts(), []
    for row in rows:
        way = sentences.text(f"staff.channel.{row['channel']}", page.lang).plain
        group = sentences.text(f"staff.group.{row['group']}", page.lang).plain
        words.append(f"{group}: {way}" if row["channel"] == next(iter(CHANNELS)) else way)
    figure, ax = charts.lines_of(page, shown, words, 0.28, **LINES)
    labels = [_label(shown.table, row) for row in rows]
    marks = [(_end(row), label.text(page.lang).plain) for row, label in zip(rows, labels, strict=True)]
    style.fit(ax, [*marks, (1.5 * (shown.numbers["own"].value or 1), "")])
    own_line(ax, shown, page.lang)
    for y, (row, label) in enumerate(zip(rows, labels, strict=True)):
        label.write(ax, style.beside(ax, _range(ax, y, row)), y, page.lang)
    return figure


def _label(table: Table, row: Mapping[str, Any]) -> Label:
    """What stands beside the range of one answer."""
    # the line of the own posts passes
    look, key = {"size": SMALL, "ha": "left", "bbox": charts.BEHIND}, f"{row['group']}/{row['channel']}"
    if row["low"] is None:
        return Label("staff.label.none", look={**look, "color": style.MUTED})
    ends = {name: table.at(key, name) for name in ("low", "high") if row[name] is not None}
    return Label("staff.label.range" if "high" in ends else "staff.label.open", ends, look=look)


def _end(row: Mapping[str, Any]) -> float:
    """Return where the marks of one answer end: its dot may lie beyond its range, or that has no end."""
    return max(row["high"] or row["low"] or 0.0, row["fte"] or 0.0)


def _range(ax: Axes, y: int, row: Mapping[str, Any]) -> float:
    """Draw the range of one answer, open to the right where part of the draws has no answer; say its end."""
    low, high, most = row["low"], row["high"], ax.get_xlim()[1]
    mark: dict[str, Any] = {"color": SIMULATED, "markersize": 8, "zorder": 2}
    if low is None:
        return 0.0
    charts.span(ax, y, low, low if high is None else high, SIMULATED, zorder=2)
    ax.plot([low], [y], marker="|", **mark)
    if high is None:  # no right end: an arrow
        ax.plot([low + 0.01 * most], [y], marker=">", **{**mark, "markersize": 6})
    if row["fte"] is not None:
        charts.dot(ax, row["fte"], y, SIMULATED, FACES[row["channel"]], zorder=3)
    return _end(row) + 0.02 * most * (high is None or _end(row) > high)


# ---- every answer as rows


def staffing(scenario: Scenario) -> Exhibit:
    """Return ``staffing.csv``: the scenario's own promise in every layer, other kinds of contact centrally.

    Draws are as many as ``kik fte`` takes, which also gives the layers of another kind of contact when asked.
    """
    found: list[Staff] = []

    def build() -> pl.DataFrame:
        for contact in get_args(Contact):
            many = ALL_DRAWS if contact == APPROACHED else 0
            one = required_fte(scenario, contact=contact, draws=many)
            found.append(one)
            _noted(scenario, one.promise, f"staffing/{contact}", draws=many)
        return pl.concat([answer.rows(one) for one in found])

    table = tabulate("staffing", build)
    tops = [at_least(one.ceiling.share) for one in found if one.ceiling is not None]
    numbers: dict[str, Number] = {}
    if tops:
        numbers["ceiling"] = stated("staff.ceiling", max(tops), "percent", table, f"{__name__}.staffing")
    known = scenario.header.published
    holds = {"known": known, "own": not known, "never": bool(tops)}
    return Exhibit("staffing", "staff.table", table, numbers, {"end": found[0].promise.on}, holds=holds)


# ---- what the answer rests on


def drivers(scenario: Scenario, draws: int = ALL_DRAWS) -> Drivers | None:
    """Return what the fte rests on that keep the scenario's promise to everybody who is in contact.

    Where no staff comes so far, it is asked for that part of the most that is reached. None where the draws
    have no spread to speak of: nothing uncertain, or no answer in most of them.

    ``scenario``: the scenario. ``draws``: draws of the assumptions.
    """
    kept, _ = promises(Question(scenario), (AFTER,))[AFTER]
    try:
        return Drivers(answered(Question(scenario, kept), draws))
    except ModelError:
        return None


def _rests(found: Drivers, what: str) -> None:
    scenario = found.scenario
    for path in (*found.paths, PRICE):
        scenario.timeline(catalogue().drawn(path)[0].path)
    noted = {"scenario": scenario.digest(), "draws": len(found.needs), "layer": found.layer}
    reads.note("simulation", f"{scenario.name}/{what}", noted, Evidence.SIMULATED)


def staff_drivers(found: Drivers) -> Exhibit:
    """Return the parameters that explain most of the spread, with the need where each is low and high."""

    def build() -> list[Any]:
        _rests(found, "staff_drivers")
        return [(one.path, one.confidence, one.share, *one.low, *one.high) for one in found.drivers]

    table = tabulate("staff_drivers", build)
    place = "kik_analysis.planning.drivers.Drivers"
    numbers = {"own": own_posts(found.scenario), "inside": inside(table, "staff.drivers.inside")}
    for name, count in (("draws", len(found.needs)), ("named", len(found.weak))):
        numbers[name] = stated(f"staff.drivers.{name}", float(count), "count", table, place)
    never, asked = (PERCENT * one for one in (found.never, found.staff.promise.coverage))
    if never:
        numbers["never"] = stated("staff.drivers.never", never, "percent", table, place, places(never, 1))
    numbers["asked"] = stated("staff.drivers.asked", asked, "percent", table, place)
    first = {"most": "share", "low": "low_q50", "high": "high_q50"}
    numbers |= {name: table.at(found.drivers[0].path, column) for name, column in first.items()}
    end = {"end": found.staff.promise.on}
    holds = {found.layer: True, "weak": bool(found.weak), "never": never > 0}
    shown = Exhibit("staff_drivers", "staff.drivers", table, numbers, end, holds=holds)
    return shown.drawn(_tornado)


def _tornado(shown: Exhibit, page: Page) -> Figure:
    rows = shown.table.frame.head(SHOWN).to_dicts()
    words = [*(catalogue().title(row["path"], page.lang) for row in rows), ""]  # below stands a scale
    figure, ax = charts.lines_of(page, shown, words, 0.28, **LINES)
    ax.tick_params(axis="x", labelbottom=True, labelsize=SMALL, pad=-SMALL)
    ax.grid(axis="x", color=style.GRID, linewidth=0.7)
    ends = [row[name] for row in rows for name in ("low_q90", "high_q90")]
    most = math.ceil(1.35 * max(*ends, shown.numbers["own"].value or 0.0))
    ax.set(xlim=(0, most), xticks=range(0, most + 1, max(most // 5, 1)))
    own_line(ax, shown, page.lang)
    for y, row in enumerate(rows):
        for end, dy, face in (("low", -0.16, style.WHITE), ("high", 0.16, ASSUMED)):
            charts.span(ax, y + dy, row[f"{end}_q10"], row[f"{end}_q90"], ASSUMED, linewidth=1.3)
            charts.dot(ax, row[f"{end}_q50"], y + dy, ASSUMED, face, markersize=6, markeredgewidth=1.3)
        share = {"share": shown.table.at(row["path"], "share")}
        label = Label("staff.label.explains", share, look={"size": SMALL, "ha": "left"})
        label.write(ax, style.beside(ax, max(row["low_q90"], row["high_q90"])), y, page.lang)
    return figure


# ---- what it is worth to know


def staff_worth(found: Drivers) -> Exhibit:
    """Return the euros a year that it is worth to know all assumptions, and each group of them, by price."""

    def build() -> list[Any]:
        _rests(found, "staff_worth")
        worth = {end: found.worth(found.price(end)) for end in PRICES}
        return [(name, *(round(worth[end][name], -3) for end in PRICES)) for name in worth["central"]]

    table = tabulate("staff_worth", build)
    place = "kik_analysis.planning.drivers.Drivers.price"
    numbers: dict[str, Number] = {"own": own_posts(found.scenario)}
    for end in PRICES:
        numbers[end] = stated(f"staff.price.{end}", found.price(end), "euro", table, place)
        best = stated(f"staff.best.{end}", found.loss(found.price(end)).best(), "fte", table, place)
        numbers[f"best_{end}"] = best
    right = found.just_right(numbers["own"].value or 0.0)
    if math.isfinite(right):
        numbers["right"] = stated("staff.just_right", about(right) or 0.0, "euro", table, place)
    return Exhibit("staff_worth", "staff.worth", table, numbers, holds={"right": 0 < right < math.inf})


def staff_studies(found: Drivers) -> Exhibit | None:
    """Return what registering time, and counting contacts by channel, would cost and tell.

    ``found``: what the answer rests on.
    """
    studies = found.studies()
    if not studies:
        return None  # nothing that it would measure is uncertain

    def build() -> pl.DataFrame:
        _rests(found, "staff_studies")
        prices = [f"price_{end}" for end in PRICES]
        return pl.DataFrame([one | {price: round(one[price], -3) for price in prices} for one in studies])

    table = tabulate("staff_studies", build)
    longest = max(studies, key=lambda one: (one["study"] == "registration", one["weeks"]))
    row = f"{longest['study']}/{longest['weeks']}"
    numbers = {name: table.at(row, name) for name in ("weeks", "hours", "narrower")}
    known = {one["study"] for one in studies}
    holds = {"week": "registration" in known, "count": "count" in known, "both": True}
    return Exhibit("staff_studies", "staff.studies", table, numbers, holds=holds)
