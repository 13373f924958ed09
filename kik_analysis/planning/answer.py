"""An answer about staff: lines for a terminal, JSON for programs, and the rows of ``staffing.csv``."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kik_analysis.capacity import euros
from kik_analysis.capacity.posts import FTE
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.planning.drivers import rests_on, title
from kik_analysis.planning.groups import CHANNELS, Cell
from kik_analysis.planning.staff import QUANTILES, Question, Staff, finite, outward

if TYPE_CHECKING:
    import polars as pl

DEFINITIONS = {"approached": "approached", "any": "any_contact", "spoken": "spoken"}
"""What counts as contact, as files call it."""
SMALLER, VISIBLE = "statistics.smaller_coverage", 0.005
"""A smaller share that may be promised; the least part of the people that a whole percent shows."""
NAMED = 3
"""Places of people named where no staff keeps a promise, and parameters that an answer rests on."""
TOLD = ("fte", "low", "high", "posts", "present", "share", "persons_per_fte", "hours_per_person")
Gone = Sequence[tuple[int, datetime.date | None, datetime.date | None]]
"""From :func:`kik_analysis.planning.temporary.gone`."""


def said(key: str, lang: Lang, **values: object) -> str:
    """Return a sentence of ``texts/staff.toml`` with words in its places."""
    return sentences.template(f"staff.{key}", lang).format(**values)


def _percent(share: float, lang: Lang) -> str:
    return notation.percent(100 * share, lang)


def _fte(number: float | None, lang: Lang) -> str:
    return said("said.none", lang) if number is None else notation.decimal(number, lang, int(number % 1 > 0))


def span(low: float, high: float, lang: Lang) -> str:
    """Return a range of fte in words, rounded outward; one number where both ends are the same."""
    ends = [_fte(one, lang) for one in outward(low, high)]
    if ends[1] == said("said.none", lang) != ends[0]:
        return said("said.open", lang, low=ends[0])
    return ends[0] if ends[0] == ends[1] else {"nl": " tot ", "en": " to "}[lang].join(ends)


def lines(staff: Staff, lang: Lang) -> list[str]:
    """Return the answer in a dozen lines of plain text.

    ``staff``: from :func:`kik_analysis.planning.staff.required_fte`. ``lang``: ``nl`` or ``en``.
    """
    kept, top = staff.promise, staff.ceiling
    contact = said(f"contact.{kept.contact}", lang)
    key = "said.backlog" if kept.backlog else "said.promise"
    head = said(
        key, lang, scenario=staff.scenario.name, of=said(f"of.{kept.of}", lang), contact=contact,
        on=notation.date(kept.on, lang), coverage=_percent(kept.coverage, lang),
        probability=_percent(kept.probability, lang),
    )  # fmt: skip
    if top is not None:
        share, fte = _percent(top.share, lang), notation.decimal(top.fte, lang, 1)
        rest = [said("said.ceiling", lang, share=share, fte=fte, contact=contact)]
        for place, part in _missing(staff):
            where = said(f"missing.{place}", lang)
            rest.append(said("said.missing", lang, share=_percent(part, lang), place=where))
        less = float(staff.scenario[SMALLER])  # type: ignore[arg-type]
        hint = [said("said.less", lang, coverage=less)] if less < kept.coverage else []
        return [head, "", *rest, *hint]
    needed = span(staff.central.low, staff.central.high, lang)
    if kept.backlog:
        own = notation.decimal(float(staff.scenario[FTE]), lang)  # type: ignore[arg-type]
        return [head, "", said("said.temporary", lang, range=needed, own=own)]
    low, middle, high = (notation.whole(round(x, -4), lang) for x in staff.euros or ())
    detail = said(
        "said.detail", lang, posts=notation.decimal(staff.posts or 0, lang, 1),
        present=notation.decimal(staff.present or 0, lang, 1),
        persons=notation.whole(staff.persons_per_fte or 0, lang),
        hours=notation.decimal(staff.hours_per_person or 0, lang, 1), euros=middle, low=low, high=high,
        prices=euros.words(staff.scenario, lang).plain,
    )  # fmt: skip
    return [head, "", said("said.central", lang, range=needed), detail]


def gone_lines(found: Gone, probability: float, lang: Lang) -> list[str]:
    """Return when the backlog is gone with each number of temporary posts."""

    def day(one: datetime.date | None) -> str:
        return said("said.not_gone", lang) if one is None else notation.date(one, lang)

    rows = [said("said.gone_row", lang, extra=n, half=day(half), sure=day(sure)) for n, half, sure in found]
    return ["", said("said.gone", lang, probability=_percent(probability, lang)), *rows]


def draw_lines(staff: Staff, lang: Lang) -> list[str]:
    """Return what the draws of the parameters say: ranges, the predictive answer, and what they rest on."""
    out = [""]
    inside = _percent(QUANTILES[2] - QUANTILES[0], lang)
    for layer, known in staff.layers.items():
        low, _, high = known.quantiles
        key = "spread" if not known.never else "spread_some" if math.isfinite(low) else "spread_none"
        words = {"layer": said(f"layer.{layer}", lang), "range": span(low, high, lang), "share": inside}
        words |= {
            "draws": notation.whole(len(known.needs), lang),
            "never": notation.whole(round(known.never * len(known.needs)), lang),
        }
        out.append(said(f"said.{key}", lang, **words))
    if staff.stale:
        key = "said.no_posterior" if staff.stale == ("none",) else "said.stale"
        out.append(said(key, lang, why=", ".join(staff.stale)))
    if staff.predictive is not None:
        fte = _fte(outward(staff.predictive, staff.predictive)[1], lang)
        sure = _percent(staff.promise.probability, lang)
        out.append(said("said.predictive", lang, fte=fte, probability=sure))
    found = rests_on(staff)[:NAMED]
    out += [said("said.rests_on", lang)] if found else []
    for one in found:
        shown = {"title": title(one.path, lang), "path": one.path, "confidence": one.confidence}
        out.append(said("said.rest", lang, **shown, share=_percent(one.share, lang)))
    return out


def group_lines(cells: Sequence[Cell], asked: Question, lang: Lang) -> list[str]:
    """Return the answer for each group and each way of contact as a table in plain text."""
    own, coverage = asked.own, asked.promise.coverage
    head = ["", said("said.asked", lang), *(said(f"channel.{one}", lang) for one in CHANNELS)]
    table = [[*head, said("said.enough", lang, fte=_fte(own, lang))]]
    for group in dict.fromkeys(cell.group for cell in cells):
        mine = [cell for cell in cells if cell.group == group]
        share, visits = mine[0].coverage, mine[0].visits
        row = [said(f"group.{group}", lang), _percent(share, lang) + ("" if share == coverage else "*")]
        row += [_fte(outward(cell.fte, cell.fte)[1], lang) for cell in mine]
        none = said("said.not_enough", lang)
        row.append(none if visits is None else said("said.share_visits", lang, share=_percent(visits, lang)))
        table.append(row)
    stars = any(cell.coverage != coverage for cell in cells)
    note = [said("said.part", lang, coverage=_percent(coverage, lang))] if stars else []
    return ["", said("said.groups", lang), *_aligned(table), *note]


def given_lines(frame: pl.DataFrame, asked: Question, fte: float, lang: Lang) -> list[str]:
    """Return which promises a given staff can keep, as a table in plain text."""
    kept = asked.promise
    head = said(
        "said.can_keep", lang, scenario=asked.scenario.name, on=notation.date(kept.on, lang),
        fte=_fte(fte, lang), probability=_percent(kept.probability, lang),
    )  # fmt: skip
    table = [["", *(said(f"contact.{one}", lang) for one in dict.fromkeys(frame["contact"]))]]
    for of in dict.fromkeys(frame["of"]):
        shares = frame.filter(frame["of"] == of)["coverage"].to_list()
        table.append([said(f"of.{of}", lang), *(_percent(math.floor(100 * x) / 100, lang) for x in shares)])
    return [head, *_aligned(table)]


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Rows of words in columns: the first to the left, the others to the right."""
    wide = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = [
        [row[0].ljust(wide[0]), *(word.rjust(n) for word, n in zip(row[1:], wide[1:], strict=True))]
        for row in table
    ]
    return list(map("  ".join, padded))


def _missing(staff: Staff) -> list[tuple[str, float]]:
    """Where the most people are who have not had it, as far as they count in whole percents."""
    assert staff.ceiling is not None
    return [one for one in list(staff.ceiling.missing.items())[:NAMED] if one[1] >= VISIBLE]


def why(staff: Staff, lang: Lang) -> str:
    """Say in one sentence why no staff keeps a promise."""
    assert staff.ceiling is not None
    places = (
        f"{said(f'missing.{place}', lang)} ({_percent(share, lang)})" for place, share in _missing(staff)
    )
    return said("said.why", lang, share=_percent(staff.ceiling.share, lang), places="; ".join(places))


def as_json(staff: Staff, cells: Sequence[Cell] = (), gone: Gone | None = None) -> dict[str, Any]:
    """Return the answer as plain JSON types; a number that does not exist is null.

    ``staff``: the answer. ``cells``: the answers by group and way of contact. ``gone``: when the backlog is
    gone with each number of temporary posts.
    """
    found, top, kept = staff.central, staff.ceiling, staff.promise
    yearly = dict(zip(("low", "central", "high"), staff.euros, strict=True)) if staff.euros else None
    told: dict[str, Any] = {
        "scenario": staff.scenario.name,
        "promise": kept.as_json(),
        **{name: getattr(staff, name) for name in TOLD},
        "persons": staff.people,
        "euros": yearly and {**yearly, "price_level": euros.price_level(staff.scenario)},
        "central": {
            "fte": staff.fte, "low": finite(found.low), "high": finite(found.high),
            "replications": found.futures, "monotone": found.monotone,
        },
        "assumptions": staff.assumptions and staff.assumptions.as_json(),
        "posterior": staff.posterior and staff.posterior.as_json(),
        "stale": list(staff.stale),
        "predictive": {"fte": staff.predictive},
        "ceiling": top and {
            "share": top.share, "fte": top.fte, "missing": dict(top.missing),
            "why_nl": why(staff, "nl"), "why_en": why(staff, "en"),
        },
        "rests_on": [
            {"parameter": one.path, "confidence": one.confidence, "share": one.share}
            for one in rests_on(staff)[:NAMED]
        ],
    }  # fmt: skip
    if gone is not None:
        days = ((n, half and half.isoformat(), sure and sure.isoformat()) for n, half, sure in gone)
        told["backlog_gone"] = [{"extra": n, "half": half, "sure": sure} for n, half, sure in days]
    if cells:
        told["groups"] = [
            {"group": one.group, "channel": one.channel, "coverage": one.coverage, "people": one.people}
            | {"fte": finite(one.fte)}
            for one in cells
        ]
        told["break_even"] = {one.group: one.visits for one in cells}
    return told


def rows(staff: Staff) -> pl.DataFrame:
    """Return the rows of ``staffing.csv``, one for each layer that was run.

    Returns ``scenario``, ``of``, ``definition``, ``coverage``, ``probability``, ``layer``, ``posts``,
    ``present``, ``fte``, ``fte_low``, ``fte_high``, ``persons_per_fte``. The range is that of Monte Carlo in
    the central layer, q10 to q90 in those over draws, and empty in the predictive one; a number that does not
    exist is empty.
    """
    import polars as pl

    kept = staff.promise
    head: dict[str, Any] = {"scenario": staff.scenario.name, "of": kept.of}
    head |= {"definition": DEFINITIONS[kept.contact]}
    head |= {"coverage": kept.coverage, "probability": kept.probability}
    ends: dict[str, tuple[float | None, ...]] = {
        "central": (finite(staff.central.low), staff.fte, finite(staff.central.high))
    }
    ends |= {layer: tuple(map(finite, known.quantiles)) for layer, known in staff.layers.items()}
    ends |= {"predictive": (None, staff.predictive, None)} if staff.layers else {}
    out = []
    for layer, (low, fte, high) in ends.items():
        filled = None if fte is None else fte * staff.present_share
        numbers = {"posts": fte, "present": filled, "fte": fte, "fte_low": low, "fte_high": high}
        numbers["persons_per_fte"] = staff.people / fte if fte else None
        out.append({**head, "layer": layer, **numbers})
    return pl.DataFrame(out, schema_overrides=dict.fromkeys(numbers, pl.Float64))
