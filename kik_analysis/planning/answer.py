"""What ``kik fte`` says: lines for a terminal, JSON for programs, and the rows of ``staffing.csv``."""

import argparse
import datetime
import itertools
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from kik_analysis.capacity import euros, simulate, team
from kik_analysis.capacity.engine import Progress
from kik_analysis.capacity.measures import ALL
from kik_analysis.capacity.team import FTE
from kik_analysis.errors import InputError
from kik_analysis.evidence.number import at_least
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.hints import read_atom
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.planning import groups
from kik_analysis.planning.drivers import rests_on
from kik_analysis.planning.groups import CHANNELS, Cell
from kik_analysis.planning.promise import COVERAGE, PROBABILITY, Promise, backlog_gone, promise
from kik_analysis.planning.staff import QUANTILES, Question, Staff, central, finite, outward, over_draws
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.yaml import Scalar, parse_value

SMALLER, VISIBLE = "statistics.smaller_coverage", 0.005
"""A smaller share that may be promised; the least part of the people that a whole percent shows."""
LOST = ("of", "contact", "coverage", "backlog", "by", "draws")  #: no part of what a given staff can do
COARSE = 100_000  #: euros from which they are told in tens of thousands
NAMED = 3  #: places of people named where no staff keeps a promise
TOLD = ("fte", "low", "high", "posts", "present", "share", "persons_per_fte", "hours_per_person")
Gone = Sequence[tuple[int, datetime.date | None, datetime.date | None]]
"""From :func:`kik_analysis.planning.promise.backlog_gone`."""
_READ = {"coverage": COVERAGE, "probability": PROBABILITY, "given": FTE, "on": "run.start", "by": "run.start"}
"""Words of the command line that are read as the value of a parameter is: same forms, limits and hints."""


def said(key: str, lang: Lang, **values: object) -> str:
    """Return a sentence of ``texts/staff.toml`` with words in its places."""
    return sentences.template(f"staff.{key}", lang).format(**values)


def _percent(share: float, lang: Lang, down: bool = False) -> str:
    return notation.percent(at_least(share) if down else 100 * share, lang)


def _asked_for(share: float, lang: Lang) -> str:
    return notation.percent(100 * share, lang, notation.places(100 * share, 9))


def _fte(number: float | None, lang: Lang) -> str:
    return said("said.none", lang) if number is None else notation.decimal(number, lang, int(number % 1 > 0))


def span(low: float, high: float, lang: Lang) -> str:
    """Return a range of fte in words, rounded outward; one number where both ends are the same."""
    ends = [_fte(one, lang) for one in outward(low, high)]
    if ends[1] == said("said.none", lang) != ends[0]:
        return said("said.open", lang, low=ends[0])
    return ends[0] if ends[0] == ends[1] else {"nl": " tot ", "en": " to "}[lang].join(ends)


def whom(of: str, segment: str, lang: Lang) -> str:
    """Return in words who is counted, and in which segment where it is one."""
    words = said(f"of.{of}", lang)
    part = segment != ALL and sentences.template(f"caseload.segment.{segment}", lang)
    return said("said.segment", lang, of=words, segment=part) if part else words


def _in_words(scenario: Scenario, kept: Promise, lang: Lang) -> dict[str, str]:
    """Return a promise about a scenario in words, by their places in sentences."""
    told = {"scenario": scenario.name, "of": whom(kept.of, kept.segment, lang)}
    told |= {"contact": said(f"contact.{kept.contact}", lang), "on": notation.date(kept.on, lang)}
    shares = {"coverage": kept.coverage, "probability": kept.probability}
    return told | {name: _asked_for(share, lang) for name, share in shares.items()}


def lines(staff: Staff, lang: Lang) -> list[str]:
    """Return the answer in a dozen lines of plain text.

    ``staff``: from :func:`kik_analysis.planning.staff.required_fte`. ``lang``: ``nl`` or ``en``.
    """
    kept, top = staff.promise, staff.ceiling
    asked = _in_words(staff.scenario, kept, lang)
    head = said("said.backlog" if kept.backlog else "said.promise", lang, **asked)
    beside = (("added", max(staff.added, 0)), ("fewer", max(-staff.added, 0)), ("broken", staff.broken))
    more = [said(f"said.{key}", lang, fte=notation.decimal(x, lang, 1)) for key, x in beside if x]
    if top is not None:
        share, fte = _percent(top.share, lang, down=True), notation.decimal(staff.central.best, lang, 1)
        rest = [said("said.ceiling", lang, share=share, fte=fte, contact=asked["contact"])]
        rest += [said("said.missing", lang, share=part, place=where) for where, part in _missing(staff, lang)]
        less = min(float(staff.scenario[SMALLER]), math.floor(10 * top.share) / 10)  # type: ignore[arg-type]
        hint = [said("said.less", lang, coverage=less)] if 0 < less < kept.coverage else []
        return [head, "", *rest, *more, *hint]
    needed = span(staff.central.low, staff.central.high, lang)
    if kept.backlog:
        own = _fte(float(str(staff.scenario.at(FTE, staff.scenario.end))), lang)
        return [head, "", said("said.temporary", lang, range=needed, own=own)]
    ends = (round(x, -4 if x >= COARSE else -3) for x in staff.euros or ())
    low, middle, high = (notation.decimal(x, lang) for x in ends)
    prices = euros.words(staff.scenario, lang, exact=low == high).plain
    prices = prices if low == high else f"{said('label.range', lang, low=low, high=high)}; {prices}"
    numbers = {"posts": staff.posts, "present": staff.present, "hours": staff.hours_per_person}
    told = {name: notation.decimal(number or 0, lang, 1) for name, number in numbers.items()}
    told |= {"persons": notation.decimal(staff.persons_per_fte or 0, lang), "euros": middle, "prices": prices}
    detail = said("said.detail" if kept.segment == ALL else "said.detail_part", lang, **told)
    return [head, "", said("said.central", lang, range=needed), *([detail] if staff.fte else []), *more]


def gone_lines(found: Gone, probability: float, lang: Lang) -> list[str]:
    """Return when the backlog is gone with each number of temporary posts."""
    out = ["", said("said.gone", lang, probability=_asked_for(probability, lang))]
    for extra, *days in found:
        half, sure = (notation.date(one, lang) if one else said("said.not_gone", lang) for one in days)
        out.append(said("said.gone_row", lang, extra=extra, half=half, sure=sure))
    return out


def draw_lines(staff: Staff, lang: Lang) -> list[str]:
    """Return what the draws of the parameters say: ranges, the predictive answer, and what they rest on."""
    out, inside = [""], _percent(QUANTILES[2] - QUANTILES[0], lang)
    for layer, known in staff.layers.items():
        low, _, high = known.quantiles
        key = "spread" if not known.never else "spread_some" if math.isfinite(low) else "spread_none"
        many = len(known.needs)
        draws, never = (notation.decimal(n, lang) for n in (many, round(known.never * many)))
        words = {"layer": said(f"layer.{layer}", lang), "range": span(low, high, lang), "share": inside}
        out.append(said(f"said.{key}", lang, **words, draws=draws, never=never))
    if staff.stale:
        key = "said.no_posterior" if staff.stale == ("none",) else "said.stale"
        out.append(said(key, lang, why=", ".join(staff.stale)))
    if staff.predictive is not None:
        fte = _fte(outward(staff.predictive, staff.predictive)[1], lang)
        sure = _asked_for(staff.promise.probability, lang)
        out.append(said("said.predictive", lang, fte=fte, probability=sure))
    found = rests_on(staff)
    out += [said("said.rests_on", lang)] if found else []
    for one in found:
        words = {"title": catalogue().title(one.path, lang), "path": one.path, "confidence": one.confidence}
        out.append(said("said.rest", lang, **words, share=_percent(one.share, lang)))
    return out


def group_lines(cells: Sequence[Cell], asked: Question, lang: Lang) -> list[str]:
    """Return the answer for each group and each way of contact as a table in plain text."""
    own, coverage = asked.own, asked.promise.coverage
    head = ["", said("said.asked", lang), *(said(f"channel.{one}", lang) for one in CHANNELS)]
    table, near = [[*head, said("said.enough", lang, fte=_fte(own, lang))]], False
    for group, some in itertools.groupby(cells, key=lambda cell: cell["group"]):
        mine = list(some)
        share, visits = mine[0]["coverage"], mine[0]["visits"]
        asks = _asked_for(share, lang) if share == coverage else f"{_percent(share, lang)}*"
        row = [said(f"group.{group}", lang), asks]
        row += [_fte(outward(cell["fte"], cell["fte"])[1], lang) for cell in mine]
        most = None if visits is None else _percent(visits, lang, down=True)
        row.append(said("said.share_visits", lang, share=most) if most else said("said.not_enough", lang))
        table.append(row)
        near |= 0 < sum(math.isinf(cell["fte"]) for cell in mine) < len(mine)
    part = any(cell["coverage"] != coverage for cell in cells)
    told = {"part": part, "near": near and coverage < 1, "exact": part and coverage == 1}  # the most itself
    notes = (said(f"said.{key}", lang, coverage=_asked_for(coverage, lang)) for key in told if told[key])
    return ["", said("said.groups", lang), *simulate.aligned(table), *notes]


def given_lines(frame: pl.DataFrame, asked: Question, fte: float, lang: Lang) -> list[str]:
    """Return which promises a given staff can keep, as a table in plain text."""
    kept = asked.promise
    head = said("said.can_keep", lang, fte=_fte(fte, lang), **_in_words(asked.scenario, kept, lang))
    part = "" if kept.segment == ALL else sentences.template(f"caseload.segment.{kept.segment}", lang)
    table = [[part, *(said(f"contact.{one}", lang) for one in dict.fromkeys(frame["contact"]))]]
    for of in dict.fromkeys(frame["of"]):
        shares = frame.filter(frame["of"] == of)["coverage"].to_list()
        words = asked.scenario.header.own_words(said(f"of.{of}", lang), lang)
        table.append([words, *(_percent(x, lang, down=True) for x in shares)])
    added = team.added(asked.scenario, kept.on)
    key = "added" if added > 0 else "fewer"
    more = [said(f"said.{key}", lang, fte=notation.decimal(abs(added), lang, 1))] if added else []
    return [head, *simulate.aligned(table), *more]


def _missing(staff: Staff, lang: Lang) -> list[tuple[str, str]]:
    """Where the most people are who have not had it, and their share: those of a percent, or the first."""
    assert staff.ceiling is not None
    most = list(staff.ceiling.missing.items())[:NAMED]
    some = [one for one in most if one[1] >= VISIBLE] or most[:1]
    hardly = said("said.hardly", lang)
    return [(said(f"missing.{at}", lang), _percent(x, lang) if x >= VISIBLE else hardly) for at, x in some]


def why(staff: Staff, lang: Lang) -> str:
    """Say in one sentence why no staff keeps a promise."""
    assert staff.ceiling is not None
    places = "; ".join(f"{where} ({share})" for where, share in _missing(staff, lang))
    text = said("said.why", lang, share=_percent(staff.ceiling.share, lang, down=True), places=places)
    return staff.scenario.header.own_words(text, lang)


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
        "added": staff.added,
        "broken": staff.broken,
        "euros": yearly and {**yearly, "price_level": euros.price_level(staff.scenario)},
        "central": {
            "fte": staff.fte,
            "low": finite(found.low),
            "high": finite(found.high),
            "replications": found.futures,
            "monotone": found.monotone,
        },
        "assumptions": None,
        "posterior": None,
        **{name: one.as_json() for name, one in staff.layers.items()},
        "stale": list(staff.stale),
        "predictive": {"fte": staff.predictive},
        "ceiling": top
        and {
            "share": top.share,
            "fte": found.best,
            "missing": dict(top.missing),
            "why_nl": why(staff, "nl"),
            "why_en": why(staff, "en"),
        },
        "rests_on": [
            {"parameter": one.path, "confidence": one.confidence, "share": one.share}
            for one in rests_on(staff)
        ],
    }
    if gone is not None:
        days = ((n, half and half.isoformat(), sure and sure.isoformat()) for n, half, sure in gone)
        told["backlog_gone"] = [{"extra": n, "half": half, "sure": sure} for n, half, sure in days]
    if cells:
        names = ("group", "channel", "coverage", "people")
        told["groups"] = [{name: one[name] for name in names} | {"fte": finite(one["fte"])} for one in cells]
        told["break_even"] = {one["group"]: one["visits"] for one in cells}
    return told


def rows(staff: Staff) -> pl.DataFrame:
    """Return the rows of ``staffing.csv``, one for each layer that was run.

    Returns ``scenario``, ``of``, ``definition``, ``coverage``, ``probability``, ``layer``, ``posts``,
    ``present``, ``fte``, ``fte_low``, ``fte_high``, ``persons_per_fte``. The range is that of Monte Carlo in
    the central layer, q10 to q90 in those over draws, and empty in the predictive one; a number that does not
    exist is empty.
    """
    kept, found, least = staff.promise, staff.central, staff.predictive
    contact = "any_contact" if kept.contact == "any" else kept.contact  # as files call it
    head = {"scenario": staff.scenario.name, "of": kept.of, "definition": contact}
    shares = {"coverage": kept.coverage, "probability": kept.probability}
    ends: dict[str, Sequence[float]] = {"central": (found.low, found.fte, found.high)}
    ends |= {layer: known.quantiles for layer, known in staff.layers.items()}
    ends |= {"predictive": (math.inf, math.inf if least is None else least, math.inf)} if staff.layers else {}
    out = []
    for layer, (low, fte, high) in ends.items():
        numbers = {"posts": fte, "present": fte * staff.present_share, "fte": fte, "fte_low": low}
        each = staff.people / fte if 0 < fte < math.inf else math.inf
        numbers |= {"fte_high": high, "persons_per_fte": each}
        out.append({**head, **shares, "layer": layer} | {name: finite(x) for name, x in numbers.items()})
    return pl.DataFrame(out, schema_overrides=dict.fromkeys(numbers, pl.Float64))


def printed(given: argparse.Namespace, ready: Callable[[], None], progress: Progress) -> Iterator[list[str]]:
    """Yield the lines that ``kik fte`` prints, as soon as they are known; JSON where it is asked for.

    ``given``: as parsed. ``ready``: called when nothing is wrong with what was asked, before anything is run.
    ``progress``: told of runs done and to do. InputError with one line for everything that is wrong.
    """
    asked, own = _asked(given)
    scenario, lang = load_scenario(given.parameters, simulate.overrides(given.assign)), given.lang
    kept, how = promise(scenario, **asked), {"seed": given.seed, "workers": given.workers}
    ready()
    for one in scenario.warnings:
        print(scenario.header.told(str(one), lang), file=sys.stderr)
    question = Question(scenario, kept, **how, progress=progress)

    def text(some: list[str]) -> Iterator[list[str]]:
        if not given.json:
            yield [scenario.header.own_words(line, lang) for line in some]

    if own is not None:
        table = groups.given(question, own)
        yield from text(given_lines(table, question, own, lang))
        told: dict[str, Any] = {"given": own, "promises": table.to_dicts()}
    else:
        found = central(question)
        yield from text(lines(found, lang))
        if given.draws != 0:
            found = over_draws(question, found, given.draws)
            yield from text(draw_lines(found, lang))
        if kept.backlog:
            gone = backlog_gone(scenario, kept, **how)
            yield from text(gone_lines(gone, kept.probability, lang))
            told = as_json(found, gone=gone)
        else:
            cells = groups.answers(question, draws=0)
            yield from text(group_lines(cells, question, lang))
            told = as_json(found, cells)
    yield [json.dumps(told, ensure_ascii=False, indent=1)] if given.json else ["", said("said.hours", lang)]


def _asked(given: argparse.Namespace) -> tuple[dict[str, Any], float | None]:
    """The promise that is asked for, as arguments of :func:`promise`, and the staff given."""
    problems, known = Problems(), catalogue()
    asked = {name: getattr(given, name) for name in ("of", "contact", "segment", "backlog")}
    for name, path in _READ.items():
        if (text := getattr(given, name)) is not None:
            node = parse_value(text, f"--{name}", problems) or Scalar(f"--{name}")
            asked[name] = read_atom(known[path], node, "", problems)
    wrong = [*problems.lines]
    if given.draws == 1:
        wrong.append("draws: expected none or at least two (got 1)")
    if given.given is not None:  # tells of all groups and every kind of contact what is reached
        wrong += [f"kik fte: --{name}: does not go with --given" for name in LOST if getattr(given, name)]
    if wrong:
        raise InputError(wrong)
    return asked, asked.pop("given", None)
