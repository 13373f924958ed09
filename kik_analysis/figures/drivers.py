"""What the answer about staff rests on, what it is worth to know it, and what a study of time would tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity.layers import simulated
from kik_analysis.errors import ModelError
from kik_analysis.evidence import reads
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, tabulate
from kik_analysis.figures import charts, style
from kik_analysis.figures.charts import ASSUMPTIONS, Label
from kik_analysis.figures.exhibit import Exhibit, choose
from kik_analysis.figures.runs import own_posts
from kik_analysis.figures.staff import own_line, stated
from kik_analysis.figures.style import COLOURS, SMALL, Page
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.drivers import PRICE, PRICES, Drivers, parameter, title
from kik_analysis.planning.groups import AFTER, promises
from kik_analysis.planning.staff import DRAWS, Question, required_fte

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

SHOWN = 8
"""Parameters that the figure shows."""
ROW = 0.32
TOP, BOTTOM = -0.16, 0.16
"""Where the two ranges of a row lie, in rows."""


def drivers(scenario: Scenario, draws: int = DRAWS) -> Drivers | None:
    """Return what the fte rests on that keep the scenario's promise to everybody who is in contact.

    Where no staff comes so far, it is asked for that part of the most that is reached. None where the draws
    have no spread to speak of: nothing uncertain, or no answer in most of them.

    ``scenario``: the scenario. ``draws``: draws of the assumptions.
    """
    kept = promises(Question(scenario), (AFTER,))[AFTER]
    found = required_fte(scenario, kept=kept, draws=draws)
    try:
        return Drivers(found, list(found.layers)[-1])
    except ModelError:
        return None


def _noted(found: Drivers, what: str) -> None:
    scenario = found.scenario
    for path in (*found.paths, PRICE):
        scenario.timeline(parameter(path)[0])
    noted = {"scenario": scenario.digest(), "draws": len(found.needs), "layer": found.layer}
    reads.note("simulation", f"{scenario.name}/{what}", noted, Evidence.SIMULATED)


# ---- what the answer rests on


def staff_drivers(found: Drivers) -> Exhibit:
    """Return the parameters that explain most of the spread, with the need where each is low and high."""
    fte: dict[str, Any] = {"kind": "decimal", "unit": "fte", "decimals": 2, "shown": 1}
    ends = [f"{end}_{q}" for end in ("low", "high") for q in ("q10", "q50", "q90")]
    columns = (
        Column("path", words="parameter"), Column("confidence"),
        Column("share", "decimal", "share", decimals=3),
        *(Column(name, **fte, hidden=not name.endswith("q50")) for name in ends),
    )  # fmt: skip

    def build() -> pl.DataFrame:
        import polars as pl

        _noted(found, "staff_drivers")
        rows = []
        for one in found.drivers:
            numbers = dict(zip(ends, (*one.low, *one.high), strict=True))
            rows.append({"path": one.path, "confidence": one.confidence, "share": one.share} | numbers)
        return pl.DataFrame(rows)

    table = simulated(lambda: tabulate("staff_drivers", build, columns))
    place = "kik_analysis.planning.drivers.Drivers"
    numbers = {"own": own_posts(found.scenario)}
    for name, count in (("draws", len(found.needs)), ("named", len(found.weak))):
        numbers[name] = stated(f"staff.drivers.{name}", float(count), "count", table, place)
    never = found.never > 0
    if never:
        numbers["never"] = stated("staff.drivers.never", 100 * found.never, "percent", table, place)
    first = found.drivers[0].path
    numbers |= {"most": table.at(first, "share"), "low": table.at(first, "low_q50")}
    numbers |= {"high": table.at(first, "high_q50")}
    words: dict[str, object] = {"end": found.staff.promise.on}
    chosen = {
        "subtitle": choose(subtitle=True, **{f"subtitle_{found.layer}": True}),
        "alt": choose(alt=True),
        "note": choose(note=True, note_weak=bool(found.weak), note_never=never),
    }
    shown = Exhibit("staff_drivers", "staff.drivers", table, numbers, words, chosen=chosen)
    return shown.drawn(_tornado)


def _tornado(shown: Exhibit, page: Page) -> Figure:
    rows = shown.table.frame.head(SHOWN).to_dicts()
    words = [title(row["path"], page.lang) for row in rows]
    figure, ax = charts.lines_of(page, shown, words, height=ROW, gutter=3.1, above=0.25, baseline=False)
    ends = [row[name] for row in rows for name in ("low_q90", "high_q90")]
    ax.set_xlim(0, math.ceil(1.35 * max(*ends, shown.numbers["own"].value or 0.0)))
    own_line(ax, shown, page.lang)
    colour = COLOURS[ASSUMPTIONS]
    for y, row in enumerate(rows):
        for end, dy, face in (("low", TOP, style.WHITE), ("high", BOTTOM, colour)):
            ax.plot([row[f"{end}_q10"], row[f"{end}_q90"]], [y + dy] * 2, color=colour, linewidth=1.3)
            dot: dict[str, Any] = {"marker": "o", "markersize": 6, "linestyle": "none", "color": colour}
            ax.plot([row[f"{end}_q50"]], [y + dy], markerfacecolor=face, markeredgewidth=1.3, **dot)
        x = max(row["low_q90"], row["high_q90"])
        share = {"share": shown.table.at(row["path"], "share")}
        Label("staff.label.explains", share, look={"size": SMALL, "ha": "left"}).write(
            ax, style.beside(ax, x), y, page.lang
        )
    return figure


# ---- what it is worth to know


def staff_worth(found: Drivers) -> Exhibit:
    """Return the euros a year that it is worth to know all assumptions, and each group of them, by price."""
    euro: dict[str, Any] = {"kind": "decimal", "unit": "euro", "decimals": 0}
    names = [f"price_{end}" for end in PRICES]
    columns = (Column("known", words="staff.known"), *(Column(name, **euro) for name in names))

    def build() -> pl.DataFrame:
        import polars as pl

        _noted(found, "staff_worth")
        worth = {end: found.worth(found.price(end)) for end in PRICES}
        rows = [
            {"known": name} | {f"price_{end}": round(worth[end][name], -3) for end in PRICES}
            for name in worth["central"]
        ]
        return pl.DataFrame(rows)

    table = simulated(lambda: tabulate("staff_worth", build, columns))
    place = "kik_analysis.planning.drivers.Drivers.price"
    numbers: dict[str, Number] = {"own": own_posts(found.scenario)}
    for end in PRICES:
        numbers[end] = stated(f"staff.price.{end}", found.price(end), "euro", table, place)
        best = stated(f"staff.best.{end}", found.best(found.price(end)), "fte", table, place)
        numbers[f"best_{end}"] = best
    right = found.just_right(numbers["own"].value or 0.0)
    if math.isfinite(right):
        numbers["right"] = stated("staff.just_right", right, "euro", table, place)
    note = choose(note=True, note_right=math.isfinite(right) and right > 0)
    return Exhibit("staff_worth", "staff.worth", table, numbers, chosen={"note": note})


def staff_studies(found: Drivers) -> Exhibit | None:
    """Return what registering time, and counting contacts by channel, would cost and tell.

    ``found``: what the answer rests on.
    """
    columns = (
        Column("study", words="staff.study"), Column("weeks", "whole", "weeks"),
        Column("observations", "whole", "count"), Column("hours", "decimal", "hours", decimals=1),
        Column("narrower", "decimal", "fte", decimals=2, shown=1),
        *(Column(f"price_{end}", "decimal", "euro", decimals=0) for end in PRICES),
    )  # fmt: skip
    studies = found.studies()
    if not studies:
        return None  # nothing that it would measure is uncertain

    def build() -> pl.DataFrame:
        import polars as pl

        _noted(found, "staff_studies")
        euros = {f"price_{end}" for end in PRICES}
        rows = [{name: round(x, -3) if name in euros else x for name, x in one.items()} for one in studies]
        return pl.DataFrame(rows)

    table = simulated(lambda: tabulate("staff_studies", build, columns, key=("study", "weeks")))
    longest = max(studies, key=lambda one: (one["study"] == "registration", one["weeks"]))
    row = f"{longest['study']}/{longest['weeks']}"
    numbers = {name: table.at(row, name) for name in ("weeks", "hours", "narrower")}
    known = {one["study"] for one in studies}
    note = choose(note_week="registration" in known, note_count="count" in known, note=True)
    return Exhibit("staff_studies", "staff.studies", table, numbers, chosen={"note": note})
