"""Does the model compute well: what must come out beside what comes out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from kik_analysis.capacity.layers import simulated
from kik_analysis.capacity.verification import Check, limit, verify
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Column, tabulate
from kik_analysis.figures import style
from kik_analysis.figures.caseload import cell
from kik_analysis.figures.caseload_words import runs as counted
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

GUTTER, ROW = 3.3, 0.5


def _frame(checks: list[Check]) -> pl.DataFrame:
    import polars as pl

    rows = [
        {
            "check": one.name,
            "kind": "exact" if one.z is None else "chance",
            "expected": one.expected,
            "got": one.got,
            "error": one.error if one.error > 0 else None,
            "z": one.z,
        }
        for one in checks
    ]
    types = {"check": pl.String, "kind": pl.String} | dict.fromkeys(
        ("expected", "got", "error", "z"), pl.Float64
    )
    return pl.DataFrame(rows, schema=types)


def exhibit(scenario: Scenario, replications: int = 200) -> Exhibit:
    """Return the cases with a known outcome as an exhibit: a table, and a figure of the z-scores.

    Parameters
    ----------
    scenario
        The scenario of which parts are switched off.
    replications
        Per case with chance.
    """
    columns = (
        Column("check", words="caseload.check"),
        Column("kind", words="caseload.check_kind"),
        Column("expected", "decimal", "count", decimals=3, shown=1),
        Column("got", "decimal", "count", decimals=3, shown=1),
        Column("error", "decimal", "count", decimals=4, shown=2),
        Column("z", "decimal", "count", decimals=4, shown=2),
    )
    checks: list[Check] = []

    def build() -> pl.DataFrame:
        checks.extend(verify(scenario, replications=replications))
        return _frame(checks)

    table = simulated(lambda: tabulate("verification", build, columns))
    tested = [one for one in checks if one.z is not None]
    worst = max(tested, key=lambda one: abs(one.z or 0))
    place = "kik_analysis.capacity.verification.verify"

    def named(name: str, value: float, decimals: int = 0) -> Number:
        known = f"caseload.verification.{name}"
        return Number(known, value, None, None, "count", decimals, Evidence.SIMULATED, table.reads, place)

    exact = [one for one in checks if one.z is None]
    agree = sum(one.got == one.expected for one in exact)
    within = sum(abs(one.z or 0) < limit(len(tested)) for one in tested)
    numbers = {
        "largest": named("largest", abs(worst.z or 0), 1), "limit": named("limit", limit(len(tested)), 1),
        "tested": named("tested", len(tested)), "exact": named("exact", len(exact)),
        "agree": named("agree", agree),
        "replications": counted(f"{scenario.name}/verification", replications, table.reads, place),
        "checks": named("checks", len(checks)),
        "inside": named("inside", within), "right": named("right", within + agree),
    }  # fmt: skip
    shown = Exhibit("verification", "caseload.verification", table, numbers)
    return replace(shown, draw=partial(_draw, shown))


def _draw(shown: Exhibit, lang: Lang) -> Figure:
    import polars as pl

    table = shown.table
    assert table is not None
    with style.house():
        rows = table.frame.filter(pl.col("z").is_not_null())
        names = rows["check"].to_list()
        figure, ax = style.sheet(shown, lang, ROW * (len(names) + 1), gutter=GUTTER, above=0.1)
        end = float(shown.numbers["limit"].value or 0)
        colour = style.COLOURS[Evidence.SIMULATED]
        ax.axvspan(-end, end, color=style.GRID, alpha=0.6, linewidth=0, zorder=0)
        ax.plot([0, 0], [-0.5, len(names) - 0.5], color=style.LINE, linewidth=0.9, zorder=1)
        for row, name in enumerate(names):
            z = cell(table, name, "z")
            ax.plot([z.value or 0.0], [row], marker="o", markersize=7, color=colour, zorder=3)
            style.label_number(ax, (z.value or 0) + 0.18, row, z, lang, ha="left")
        style.categories(ax, [sentences.text(f"caseload.check.{name}", lang).plain for name in names], GUTTER)
        style.bare(ax, baseline=False)
        widest = max(end, max(abs(z) for z in rows["z"])) * 1.12
        ax.set(xlim=(-widest, widest), ylim=(len(names) + 0.4, -0.5))
        key = "caseload.label.limit"
        text = sentences.text(key, lang, limit=shown.numbers["limit"])
        style.label_text(ax, 0, len(names), text, key, size=style.SMALL, color=style.MUTED, ha="center")
        return figure
