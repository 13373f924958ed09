"""An answer about staff: lines for a terminal, JSON for programs, and the rows of ``staffing.csv``."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kik_analysis.errors import ModelError
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.planning.drivers import MATTERS, Driver, Drivers, parameter
from kik_analysis.planning.groups import CHANNELS, Cell
from kik_analysis.planning.promise import Promise
from kik_analysis.planning.staff import COST, FTE, QUANTILES, Staff, finite, outward

if TYPE_CHECKING:
    import polars as pl

DEFINITIONS = {"approached": "approached", "any": "any_contact", "spoken": "spoken"}
"""What counts as contact, as files call it."""
NAMED = 3
"""Places of people named where no staff keeps a promise, and parameters that an answer rests on."""


def said(key: str, lang: Lang, **values: object) -> str:
    """Return a sentence of ``texts/staff.toml`` with words in its places."""
    return sentences.template(f"staff.{key}", lang).format(**values)


def _percent(share: float, lang: Lang) -> str:
    return notation.percent(100 * share, lang)


def span(low: float | None, high: float | None, lang: Lang) -> str:
    """Return a range of fte in words, one number where both ends are the same."""
    ends = [
        said("said.none", lang) if x is None else notation.decimal(x, lang, int(x % 1 > 0))
        for x in (low, high)
    ]
    to = {"nl": " tot ", "en": " to "}[lang]
    return ends[0] if ends[0] == ends[1] else to.join(ends)


def lines(staff: Staff, lang: Lang) -> list[str]:
    """Return the answer in a dozen lines of plain text.

    ``staff``: from :func:`kik_analysis.planning.staff.required_fte`. ``lang``: ``nl`` or ``en``.
    """
    kept = staff.promise
    words: dict[str, object] = {
        "scenario": staff.scenario.name, "of": said(f"of.{kept.of}", lang),
        "on": notation.date(kept.on, lang), "coverage": _percent(kept.coverage, lang),
        "probability": _percent(kept.probability, lang), "contact": said(f"contact.{kept.contact}", lang),
    }  # fmt: skip
    out = [said("said.backlog" if kept.backlog else "said.promise", lang, **words), ""]
    if staff.ceiling is not None:
        top = staff.ceiling
        fte = notation.decimal(top.fte, lang, 1)
        out.append(
            said("said.ceiling", lang, share=_percent(top.share, lang), fte=fte, contact=words["contact"])
        )
        for place, share in list(top.missing.items())[:NAMED]:
            where = said(f"missing.{place}", lang)
            out.append(said("said.missing", lang, share=_percent(share, lang), place=where))
    elif staff.fte is not None:
        fte = span(*outward(staff.central.low, staff.central.high), lang)
        own = notation.decimal(float(staff.scenario[FTE]), lang)  # type: ignore[arg-type]
        key = "said.temporary" if kept.backlog else "said.central"
        out.append(said(key, lang, range=fte, own=own))
        out += [] if kept.backlog else [_detail(staff, lang)]
    return out


def gone_lines(
    found: Sequence[tuple[int, datetime.date | None, datetime.date | None]], probability: float, lang: Lang
) -> list[str]:
    """Return when the backlog is gone with each number of temporary posts."""

    def day(one: datetime.date | None) -> str:
        return said("said.not_gone", lang) if one is None else notation.date(one, lang)

    rows = [said("said.gone_row", lang, extra=n, half=day(half), sure=day(sure)) for n, half, sure in found]
    return ["", said("said.gone", lang, probability=_percent(probability, lang)), *rows]


def gone_json(found: Sequence[tuple[int, datetime.date | None, datetime.date | None]]) -> dict[str, Any]:
    """Return the same as JSON types."""
    rows = ((n, half and half.isoformat(), sure and sure.isoformat()) for n, half, sure in found)
    return {"backlog_gone": [{"extra": n, "half": half, "sure": sure} for n, half, sure in rows]}


def draw_lines(staff: Staff, lang: Lang) -> list[str]:
    """Return what the draws of the parameters say: ranges, the predictive answer, and what they rest on."""
    out: list[str] = []
    for layer in ("assumptions", "posterior"):
        known = getattr(staff, layer)
        if known is not None:
            q10, _, q90 = known.quantiles
            inside = _percent(QUANTILES[2] - QUANTILES[0], lang)
            draws = notation.whole(len(known.needs), lang)
            out.append(
                said(
                    "said.spread", lang, layer=said(f"layer.{layer}", lang),
                    range=span(*outward(q10, q90), lang), share=inside, draws=draws,
                )
            )  # fmt: skip
            if known.never:
                out.append(said("said.some_never", lang, share=_percent(known.never, lang)))
    if staff.stale:
        key = "said.no_posterior" if staff.stale == ("none",) else "said.stale"
        out.append(said(key, lang, why=", ".join(staff.stale)))
    if staff.predictive is not None:
        fte = span(*outward(staff.predictive, staff.predictive)[1:] * 2, lang)
        sure = _percent(staff.promise.probability, lang)
        out.append(said("said.predictive", lang, fte=fte, probability=sure))
    return [*out, *basis(rests_on(staff), staff.scenario, lang)]


def ending(lang: Lang) -> list[str]:
    """Return what is said last of all."""
    return ["", said("said.hours", lang)]


def basis(found: Sequence[Driver], scenario: Scenario, lang: Lang) -> list[str]:
    """Name the parameters that an answer rests on most."""
    out = [said("said.rests_on", lang)] if found else []
    for one in found:
        title = title_of(scenario, one.path, lang)
        shown = {"title": title, "path": one.path, "confidence": one.confidence}
        out.append(said("said.rest", lang, **shown, share=_percent(one.share, lang)))
    return out


def title_of(scenario: Scenario, path: str, lang: Lang) -> str:
    """Return a parameter's name in words; a part of a composition with the name of the part."""
    base, part = parameter(path)
    entry = scenario.entry(base)
    words = entry.title_nl if lang == "nl" else entry.title_en
    return f"{words}: {said(f'way.{part}', lang)}" if part else words


def group_lines(
    cells: Sequence[Cell], breaks: Mapping[str, float | None], kept: Promise, fte: float, lang: Lang
) -> list[str]:
    """Return the answer for each group and each way of contact as a table in plain text."""
    table = [["", said("said.asked", lang), *(said(f"channel.{one}", lang) for one in CHANNELS)]]
    table[0].append(said("said.enough", lang, fte=notation.decimal(fte, lang, int(fte % 1 > 0))))
    for group in dict.fromkeys(cell.group for cell in cells):
        mine = {cell.channel: cell.fte for cell in cells if cell.group == group}
        asked = next(cell.coverage for cell in cells if cell.group == group)
        less = "" if asked == kept.coverage else "*"
        row = [said(f"group.{group}", lang), _percent(asked, lang) + less]
        row += (span(*outward(x, x)[1:] * 2, lang) for x in mine.values())
        share = breaks.get(group)
        visits = "" if share is None else said("said.share_visits", lang, share=_percent(share, lang))
        table.append([*row, visits or said("said.not_enough", lang)])
    note = [said("said.part", lang, coverage=_percent(kept.coverage, lang))]
    stars = any(cell.coverage != kept.coverage for cell in cells)
    return ["", said("said.groups", lang), *aligned(table), *(note if stars else [])]


def given_lines(frame: pl.DataFrame, kept: Promise, scenario: Scenario, fte: float, lang: Lang) -> list[str]:
    """Return which promises a given staff can keep, as a table in plain text."""
    head = {"scenario": scenario.name, "on": notation.date(kept.on, lang)}
    head |= {
        "fte": notation.decimal(fte, lang, int(fte % 1 > 0)),
        "probability": _percent(kept.probability, lang),
    }
    contacts = list(dict.fromkeys(frame["contact"]))
    table = [["", *(said(f"contact.{one}", lang) for one in contacts)]]
    for of in dict.fromkeys(frame["of"]):
        shares = frame.filter(frame["of"] == of)["coverage"].to_list()
        table.append([said(f"of.{of}", lang), *(_percent(math.floor(100 * x) / 100, lang) for x in shares)])
    return [said("said.can_keep", lang, **head), *aligned(table)]


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of words in columns: the first to the left, the others to the right."""
    wide = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            word.rjust(n) if k else word.ljust(n) for k, (word, n) in enumerate(zip(row, wide, strict=True))
        )
        for row in table
    ]


def _detail(staff: Staff, lang: Lang) -> str:
    low, middle, high = (notation.whole(round(x, -4), lang) for x in staff.euros or ())
    return said(
        "said.detail", lang, posts=notation.decimal(staff.posts or 0, lang, 1),
        present=notation.decimal(staff.present or 0, lang, 1),
        persons=notation.whole(staff.persons_per_fte or 0, lang),
        hours=notation.decimal(staff.hours_per_person or 0, lang, 1), euros=middle, low=low, high=high,
        year=price_level(staff.scenario),
    )  # fmt: skip


def price_level(scenario: Scenario) -> str:
    """Return the year of the prices, which the catalogue tells with the price of a post."""
    found = re.search(r"\d{4}", scenario.entry(COST).meaning_en)
    return found[0] if found else ""


def why(staff: Staff, lang: Lang) -> str:
    """Say in one sentence why no staff keeps a promise."""
    top = staff.ceiling
    assert top is not None
    places = (
        f"{said(f'missing.{place}', lang)} ({_percent(share, lang)})" for place, share in top.missing.items()
    )
    return said("said.why", lang, share=_percent(top.share, lang), places="; ".join(list(places)[:NAMED]))


def as_json(staff: Staff) -> dict[str, Any]:
    """Return the answer as plain JSON types; a number that does not exist is null."""
    found, top = staff.central, staff.ceiling
    euros: dict[str, Any] | None = None
    if staff.euros:
        euros = dict(zip(("low", "central", "high"), staff.euros, strict=True))
        euros["price_level"] = price_level(staff.scenario)
    return {
        "scenario": staff.scenario.name,
        "promise": staff.promise.as_json(),
        "fte": staff.fte, "low": staff.low, "high": staff.high, "posts": staff.posts,
        "present": staff.present,
        "persons": staff.people, "share": staff.share, "persons_per_fte": staff.persons_per_fte,
        "hours_per_person": staff.hours_per_person, "euros": euros,
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
            for one in rests_on(staff)
        ],
    }  # fmt: skip


def groups_json(cells: Sequence[Cell], breaks: Mapping[str, float | None]) -> dict[str, Any]:
    """Return the answers by group and way of contact, and the break-even shares of visits, as JSON types."""
    rows_ = [
        {"group": one.group, "channel": one.channel, "coverage": one.coverage, "people": one.people}
        | {"fte": finite(one.fte)}
        for one in cells
    ]
    return {"groups": rows_, "break_even": dict(breaks)}


def rests_on(staff: Staff) -> tuple[Driver, ...]:
    """Return the parameters that explain most of the spread of an answer, where there are draws enough."""
    try:
        found = Drivers(staff, "posterior" if staff.posterior else "assumptions").drivers
    except ModelError:
        return ()
    return tuple(one for one in found if one.share >= MATTERS)[:NAMED]


def rows(staff: Staff) -> pl.DataFrame:
    """Return the rows of ``staffing.csv``, one for each layer that was run.

    Returns ``scenario``, ``of``, ``definition``, ``coverage``, ``probability``, ``layer``, ``posts``,
    ``present``, ``fte``, ``fte_low``, ``fte_high``, ``persons_per_fte``. The range is that of Monte Carlo in
    the central layer, q10 to q90 in those over draws, and empty in the predictive one; a number that does not
    exist is empty.
    """
    import polars as pl

    kept = staff.promise
    head: dict[str, Any] = {
        "scenario": staff.scenario.name,
        "of": kept.of,
        "definition": DEFINITIONS[kept.contact],
    }
    head |= {"coverage": kept.coverage, "probability": kept.probability}
    ends: dict[str, tuple[float | None, ...]] = {
        "central": (staff.fte, finite(staff.central.low), finite(staff.central.high))
    }
    for layer in ("assumptions", "posterior"):
        if (known := getattr(staff, layer)) is not None:
            q10, q50, q90 = map(finite, known.quantiles)
            ends[layer] = (q50, q10, q90)
    if staff.assumptions is not None or staff.posterior is not None:
        ends["predictive"] = (staff.predictive, None, None)
    out = []
    for layer, (fte, low, high) in ends.items():
        filled = None if fte is None else fte * staff.present_share
        numbers = {"posts": fte, "present": filled, "fte": fte, "fte_low": low, "fte_high": high}
        out.append(
            head | {"layer": layer} | numbers | {"persons_per_fte": staff.people / fte if fte else None}
        )
    decimal = ("posts", "present", "fte", "fte_low", "fte_high", "persons_per_fte")
    return pl.DataFrame(out, schema_overrides=dict.fromkeys(decimal, pl.Float64))
