"""What planners work with: the sliders of the page, a scenario by quarter, the sum on one page, the rules."""

import datetime
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from kik_analysis.capacity import euros, team, verification
from kik_analysis.capacity import plain_sum as sums
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import Channel
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.results import Result
from kik_analysis.capacity.simulate import simulate
from kik_analysis.evidence.number import PERCENT, Number, measure
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.evidence.table import tabulate
from kik_analysis.figures.exhibit import Exhibit, count, inside
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import grid as planning
from kik_analysis.planning.grid import AXES

STEPS = {"fte": 0.5, "minutes": 1, "phone": 5}
"""How far a key moves a slider."""
ENDS = {"share": "share", "share_q10": "low", "share_q90": "high", "backlog": "left", "gone": "gone"}
COURSES = {"share": "curve", "share_q10": "curve_low", "share_q90": "curve_high"}
"""Columns that the script knows of the end of the run, and of every quarter, by what it calls them."""
WEEK = datetime.timedelta(weeks=1)
WORDS = ("answer", "gone", "left", "gap", "curve", "wrong")


def prices(scenario: Scenario) -> dict[str, Number]:
    """Return what a post costs a year, with its range, and the year of the prices."""
    return {
        "euros": measure("planner.euros", lambda: euros.post(scenario), unit="euro"),
        "prices": measure("planner.prices", lambda: float(euros.price_level(scenario)), unit="year"),
    }


def planner(scenario: Scenario) -> tuple[Exhibit, Exhibit]:
    """Return the planner's exhibits: a table of the end of the run, and every point of its grid."""
    from kik_analysis.figures.staff import dated_posts, own_posts  # it draws

    replications = int(planning.sizes("replications")[0])

    def build() -> pl.DataFrame:
        made = {"scenario": scenario.digest(), "replications": replications}
        note("simulation", f"{scenario.name}/planner", made, Evidence.SIMULATED)
        return planning.grid(scenario)

    def phone() -> float:  # in a hundred follow-up contacts, at the end of the run
        c = compile_scenario(scenario)
        return round(PERCENT * float(c.channel[c.period[-1], 1, :, Channel.PHONE].mean()))

    points = tabulate("planner_grid", build)
    minutes = planning.axes(scenario)["minutes"][1]
    end = max(points.frame["week"].to_list())
    shown = points.frame.filter((pl.col("week") == end) & (pl.col("minutes") == minutes)).drop("week")
    kept, place = tuple(one for one in points.columns if one.name != "week"), f"{planning.__name__}.grid"
    table = replace(points, name="planner", frame=shown, columns=kept, key=AXES, place="page")
    error = partial(planning.error, scenario, points.frame)  # told as "at most"
    worst = measure("planner.error", lambda: math.ceil(10 * PERCENT * error()) / 10, unit="points")
    numbers = {
        "inside": inside(table, "planner.inside"),
        "replications": count(f"{scenario.name}/planner", replications, table.reads, place),
        "error": replace(worst, decimals=1, reads=table.reads, evidence=table.column("share").evidence),
        "minutes": table.at(0, "minutes", "planner.minutes"),
        "phone": measure("planner.phone", phone, unit="percent"),
        "own": replace(own_posts(scenario), id="planner.own"),
        **prices(scenario),
        **(beside := dated_posts(scenario, end)),
    }
    holds = dict.fromkeys(beside, True)
    first = Exhibit("planner", "planner.planner", table, numbers, {"end": end}, holds=holds)
    return first, Exhibit("planner_grid", "planner.grid", points)


def data(frame: pl.DataFrame, numbers: Mapping[str, Number], lang: Lang) -> dict[str, Any]:
    """Return axes, starting values and the JSON of the planner.

    ``frame``: every point of the grid by quarter: a row per ``fte``, ``minutes``, ``phone`` (a share) and
    ``week``. ``numbers``: ``euros`` (what a post costs a year, low and high), ``prices`` (of which
    year), ``inside`` (the share inside a range), ``error`` (in points), ``minutes`` (the central ones) and
    ``own`` (the scenario's posts). ``lang``: language of its words.
    """

    def points(week: datetime.date, names: Mapping[str, str]) -> dict[str, list[float | None]]:
        """Return what is known of every point in a week; of one that failed nothing."""
        there = frame.with_columns(pl.col("phone") * PERCENT).filter(pl.col("week") == week)
        scale = [pl.col(one) * (PERCENT if one.startswith("share") else 1.0) for one in names]
        at = grid.join(there, on=AXES, how="left", maintain_order="left").select(scale)
        return {new: [one if one is None else round(one, 1) for one in at[old]] for old, new in names.items()}

    axes = {name: sorted({PERCENT * one if name == "phone" else one for one in frame[name]}) for name in AXES}
    grid = pl.DataFrame(list(itertools.product(*axes.values())), schema=list(AXES), orient="row")
    weeks, post = sorted(set(frame["week"])), numbers["euros"]
    courses = [points(week, COURSES) for week in weeks]
    said: dict[str, Any] = {name: sentences.template(f"planner.live.{name}", lang) for name in WORDS}
    year, inside = (
        notation.shown(numbers[one].value or 0.0, numbers[one].unit, 0, lang) for one in ("prices", "inside")
    )
    exact = "_exact" * (post.low == post.high)
    range_ = sentences.text(f"compare.euros{exact}", lang, year=Ref(year), share=Ref(f"{inside}%")).plain
    if set(frame["gone"]) == {0}:  # what nobody is in, is never gone
        said["gone"] = ""
    said["euros"] = sentences.template(f"planner.live.euros{exact}", lang).replace("{range}", range_)
    said["value"] = {name: sentences.template(f"planner.live.value_{name}", lang) for name in AXES}
    start = {name: numbers[name.replace("fte", "own")].value or 0.0 for name in AXES}
    start["fte"] = min(max(start["fte"], axes["fte"][0]), axes["fte"][-1])
    shown = {"axes": axes, "start": start}
    given = {
        "lang": lang,
        **shown,
        # a course has a point at the end of every quarter; the run began in the first week of the first one
        "first": (weeks[0] - (weeks[:2][-1] - weeks[0] or WEEK) + WEEK).isoformat(),
        "words": said,
        "euros": [post.low, post.high],
        "error": numbers["error"].value,
        **points(weeks[-1], ENDS),
        **{name: [one[name] for one in courses] for name in COURSES.values()},
    }
    # "</script>" in a word must not end the element
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    steps = STEPS if 2 * start["fte"] % 1 == 0 else {**STEPS, "fte": 0.1}  # else no slider stands on it
    return {**shown, "steps": steps, "years": (weeks[0].year, weeks[-1].year), "json": text}


MEASURES = (
    "group_size",
    "arrivals",
    "returns",
    "exits",
    "conversations",
    "overdue",
    "never_invited",
    "hours_used",
    "hours_available",
)


def _posts(scenario: Scenario, start: datetime.date, end: datetime.date) -> float:
    """Return the mean of the posts from one day until another, as euros count them."""
    posts = scenario.timeline(team.FTE)
    days = sorted({start, end, *(day for day in posts.starts if start < day < end)})
    each = ((b - a).days * float(posts.at(a).central) for a, b in itertools.pairwise(days))  # type: ignore[arg-type]
    return sum(each) / (end - start).days


def _table(name: str, scenario: Scenario, result: Result) -> pl.DataFrame:
    rows = result.quarterly(measures=MEASURES).select("quarter", "measure", "mean")
    wide = rows.pivot("measure", index="quarter", values="mean", maintain_order=True)
    size, came = pl.col("group_size"), pl.col("arrivals") + pl.col("returns")
    begin = size.shift(1, fill_value=result.before()["group_size"])
    days = [*(max(day, scenario.start) for day in wide["quarter"].to_list()), scenario.end]
    posts = pl.Series("fte", [_posts(scenario, *both) for both in itertools.pairwise(days)])
    parts = [euros.costs(scenario, *both) for both in itertools.pairwise(days)]
    paid = [one[euros.STRUCTURAL] + one[euros.INCIDENTAL] for one in parts]
    ranges = zip(*map(euros.between, paid), strict=True)
    each = pl.col("hours_used") / pl.max_horizontal("conversations", pl.lit(1.0))
    return wide.select(
        pl.lit(name).alias("scenario"),
        "quarter",
        begin.alias("begin"),
        came.alias("came"),
        # who left the group for services outside left it too
        (begin + came - size).alias("left"),
        pl.col("conversations").alias("talks"),
        "overdue",
        size.alias("end"),
        # what was done, and what waiting people would take at the hours that a talk took
        (pl.col("hours_used") + (pl.col("overdue") + pl.col("never_invited")) * each).alias("hours_needed"),
        "hours_available",
        posts,
        pl.Series("euros", [float(one[euros.CENTRE, euros.CENTRE]) for one in paid]),
        *(pl.Series(side, ends) for side, ends in zip(("low", "high"), ranges, strict=True)),
    )


def quarters(own: Result, scenario: Scenario, base: Scenario | None = None) -> Exhibit:
    """Return a scenario by quarter, with what it is compared with below it.

    ``own``, ``scenario``, ``base``: the scenario's result, itself, and its baseline where it has one.
    """

    def build() -> pl.DataFrame:
        compile_scenario(scenario)  # what the result rests on is read again, and nothing is run again
        for path in ("run.replications", "run.seed"):
            scenario.value(path)
        tables = [_table("own", scenario, own.noted())]
        return pl.concat(tables if base is None else [*tables, _table("base", base, simulate(base))])

    table = tabulate("quarters", build)
    exact = bool((table.frame["low"] == table.frame["high"]).all())
    told = {"euros": {lang: euros.words(scenario, lang, exact=exact) for lang in LANGUAGES}}
    return Exhibit("quarters", "caseload.quarters", table, {}, told)


def plain_sum(scenario: Scenario) -> Exhibit:
    """Return the sum on one page: from contract hours to people per fte, with the range of the assumptions.

    ``scenario``: the scenario; dated values are those of the last week of its run.
    """
    day = Reader(scenario).mondays[-1]

    def build() -> Iterator[tuple[object, ...]]:
        found = sums.ranges(scenario, day)
        for step in sums.steps():
            size = PERCENT if step.unit == "share" else 1
            ends = (size * one if math.isfinite(one) else None for one in found[step.key])
            yield step.key, *ends, step.unit, step.formula

    return Exhibit("plain_sum", "caseload.plain_sum", tabulate("plain_sum", build), {}, {"day": day})


def plain_sum_inputs(scenario: Scenario) -> Exhibit:
    """Return the parameters that the sum on one page starts from: the workbook's formulas point to them."""
    day = Reader(scenario).mondays[-1]
    table = tabulate("plain_sum_inputs", lambda: sums.inputs(scenario, day).items())
    return Exhibit("plain_sum_inputs", "caseload.plain_sum_inputs", table, {}, {"day": day})


def rule_checks(scenario: Scenario, result: Result) -> Exhibit:
    """Return how often each rule of the letters was checked, and how often it was broken.

    ``scenario``, ``result``: the scenario and its simulation.
    """
    table = tabulate("rule_checks", lambda: verification.check_rules(scenario, result))
    # the page for the client council tells the same in its own words
    return Exhibit("rule_checks", "caseload.rules", table)
