"""The stored calibration in figures and tables: the course of 2015 to 2021 beside what was published."""

import datetime
from collections.abc import Mapping
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.evidence.table import CLAIM_SEPARATOR, Table, columns_of, tabulate
from kik_analysis.facts.claims import claims, limits, value
from kik_analysis.facts.precision import last_day, period
from kik_analysis.figures import charts, style
from kik_analysis.figures.exhibit import Exhibit, inside
from kik_analysis.figures.style import COLOURS, Page, year_of
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning import posterior

PANELS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "invitations": (("L010",),),
    "conversations": (("L011",),),
    "people_invited": (("L002",),),
    "spoken": (("L042",),),
    "not_yet": (("L051",),),
    "unspoken": (("L057", "L058"), ("D009",), ("D012",)),
}
"""What is drawn -> the claims of each published point; those of one point are added up."""
SHARE, PUBLISHED, LAYERS, TEAM = "share", "published", ("history", "engine"), "from_team"
ASSUMED, QUANTILES = Evidence.ASSUMED, ("q10", "q50", "q90")
MODEL: Mapping[str, Any] = {"color": COLOURS[ASSUMED], "linestyle": style.COMPUTED}
FROM_TEAM = {"color": COLOURS[Evidence.SIMULATED], "linestyle": style.OTHER, "linewidth": 1.3}


def backcast(scenario: Scenario | None = None) -> Exhibit:
    """Return the course of 2015 to 2021 from the posterior, with the published points.

    ``scenario``: whose assumptions a reader has before them; the base by default. With others than the
    posterior was made from, the note says so.
    """
    table = _course()
    numbers: dict[str, Number] = {"inside": inside(table, "backcast.inside")}
    for name, points in PANELS.items():
        rows = [key for key in table.row_keys if key.startswith(f"{PUBLISHED}/{name}/")]
        numbers |= {f"{name}_{n}": table.at(key, "q50") for n, key in enumerate(rows)}
        assert len(rows) == len(points)
        at = [key for key in table.row_keys if key.startswith(f"{LAYERS[0]}/{name}/")]
        day = last_day(claims()[points[0][0]].as_of).isoformat()
        near = min(at, key=lambda key: abs(_day(key) - min(datetime.date.fromisoformat(day), _day(at[-1]))))
        numbers[f"{name}_model"] = table.at(near, "q50", f"backcast.{name}", "q10", "q90")
    words = {"start": table.frame["date"].min(), "end": table.frame["date"].max()}
    holds = {"team": True, "later": True, "stale": bool(posterior.stale(scenario))}
    return Exhibit("backcast", "backcast.course", table, numbers, words, holds=holds).drawn(_draw)


def _day(key: str) -> datetime.date:
    return datetime.date.fromisoformat(key.rpartition("/")[2])


def _course() -> Table:
    points = {
        (name, last_day(claims()[point[0]].as_of)): point for name, found in PANELS.items() for point in found
    }

    def build() -> list[Any]:
        own = []
        for (name, day), point in points.items():
            ends = zip(*(limits(claims()[one]) for one in point), strict=True)
            (low, high), middle = (float(sum(end)) for end in ends), float(sum(map(value, point)))
            own.append((PUBLISHED, name, day, low, middle, high, point))
        made = posterior.table("backcast").filter(pl.col("measure").is_in(list(PANELS)))
        names = [one.name for one in columns_of("backcast")]
        return [*made.with_columns(claims=None).select(names).iter_rows(), *own]

    sure = {
        (f"{PUBLISHED}/{name}/{day}", q): Evidence.RECOMPUTED if point[1:] else Evidence.PUBLISHED
        for (name, day), point in points.items()
        for q in QUANTILES
    }
    return tabulate("backcast", build, exceptions=sure)


def _draw(shown: Exhibit, page: Page) -> Figure:
    figure, axes = charts.panels(page, shown, rows=3, columns=2, height=0.9, below=0.3)
    for ax, name in zip(axes, PANELS, strict=True):
        frame, blue = shown.table.frame.filter(pl.col("measure") == name), COLOURS[Evidence.PUBLISHED]
        ends: Any = [shown.words[end] for end in ("start", "end")]
        charts.scale(ax, ends, max([*frame["q90"], 1.0]) * 1.08, page.lang)
        for layer in (*LAYERS, TEAM):
            part = frame.filter(pl.col("layer") == layer).sort("date")
            if part.is_empty():
                continue
            x, (low, middle, high) = [*map(year_of, part["date"])], (part[q].to_list() for q in QUANTILES)
            charts.course(ax, x, middle, **(FROM_TEAM if layer == TEAM else MODEL))
            if layer != TEAM:
                charts.area(ax, x, low, high, MODEL["color"], charts.FAINT)
        for row in frame.filter(pl.col("layer") == PUBLISHED).iter_rows(named=True):
            day, open_ = year_of(row["date"]), period(claims()[row["claims"].split(CLAIM_SEPARATOR)[0]].as_of)
            if not open_.lasting:  # the letter leaves the day of its count open
                ax.plot([year_of(open_.first), day], [row["q50"]] * 2, color=blue, linewidth=1.4)
            charts.diamond(ax, day, row["q50"], blue, markersize=5)
        numbers = {"published": shown.numbers[f"{name}_0"], "model": shown.numbers[f"{name}_model"]}
        charts.heading(ax, f"backcast.measure.{name}", "backcast.label.point", page.lang, **numbers)
    looks = {"band": {**MODEL, "alpha": charts.FAINT}, "team": FROM_TEAM}
    looks["point"] = {"color": COLOURS[Evidence.PUBLISHED], "linestyle": style.OBSERVED}
    charts.key(axes, [(f"backcast.key.{name}", {}, look) for name, look in looks.items()], page.lang)
    return figure


_ENDS = ("q05", "q50", "q95")
STORED = ("assumptions", "ridges", "modes", "alternatives", "prediction", "later")
"""Tables of the stored calibration."""
CELLS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "alternatives": {name: ("main", name) for name in ("mostly_new", "mostly_old")}
    | {"unique": ("main", "unique_invited_q50")},
    "later": {
        name: (f"{claim}/july/without", "published") for name, claim in (("end", "D009"), ("later", "D012"))
    },
}
"""Cells of these that their sentences show."""


def stored(name: str) -> Exhibit:
    """Return one of :data:`STORED`: prior beside posterior, what the history ties together, and so on.

    ``name``: ``assumptions``: prior beside posterior of every assumption that the history was fitted with.
    ``ridges``: assumptions that it ties together without telling them apart. ``modes``: the weight of each
    mode in every unselected start of the sampler. ``alternatives``: what other readings, ablations and
    requirements make of the fit. ``prediction``: what the posterior predicts of every published figure.
    ``later``: two figures that were left out, for both dates of the count, with and without WIJ.
    """

    def build() -> pl.DataFrame:
        found = posterior.table({"later": "confronted"}.get(name, name))
        if name == "prediction":  # shares in percent, as claims are printed
            unit = pl.Series("unit", [claims()[one].unit for one in found["claims"]])
            scale = pl.when(unit == SHARE).then(PERCENT).otherwise(1.0)
            numbers = [pl.col(one) * scale for one in ("low", "high", *_ENDS)]
            found = found.with_columns(*numbers, unit.replace(SHARE, "percent"))
        return found

    table = tabulate(f"calibration_{name}", build)
    cells = dict(CELLS.get(name, {}))
    if name == "assumptions":
        best = table.frame["path"][int(table.frame["contraction"].arg_max() or 0)]
        cells["most"] = (best, "contraction")
    numbers = {one: table.at(*cell) for one, cell in cells.items()}
    return Exhibit(f"calibration_{name}", f"backcast.{name}", table, numbers)
