"""The exhibits with a figure, and what an SVG of one holds."""

import functools
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from whole import cards

from kik_analysis.capacity import layers
from kik_analysis.figures import backcast, bounds, caseload, history, pilots
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.people.register import read_register
from kik_analysis.people.synthesis import synthesise
from kik_analysis.pilots.protocol import plan
from kik_analysis.report.publish import draw

SVG = "{http://www.w3.org/2000/svg}"


@functools.cache
def base():
    return load_scenario("params/base.yml")


def draws():
    """Return two draws of the synthetic register side by side."""
    return bounds.register_draws(*[synthesise(base(), draw=draw) for draw in (0, 1)])


@functools.cache
def short():
    """Return the base scenario, shortened: what the sentences say holds for any scenario."""
    return load_scenario(None, {"run.weeks": 140, "run.replications": 6})


@functools.cache
def runs():
    return layers.run(short(), draws=4)


SEGMENTS = {"policy.interval_weeks": {"per_segment": {"active_60_plus": 26, "other": 52}}}
"""Rules that differ by segment: what is reached by segment has a figure then."""


def by_segment():
    return caseload.coverage_by_segment(layers.run(short().replace(SEGMENTS), draws=2))


DRAWN = {
    "figure1_reach": history.figure1_reach,
    "figure2_followup": history.figure2_followup,
    "funnel_2015_2019": history.funnel_2015_2019,
    "timeline": history.timeline_2015_2023,
    "backcast": backcast.backcast,
    "percentage_audit": history.percentage_audit,
    "register_draws": draws,
    "small_groups": lambda: pilots.small_group_margins(base()),
    "interval_width": lambda: pilots.margin_width(base()),
    "pilot_power": lambda: pilots.pilot_effect(base()),
    "sham_run": lambda: pilots.sham_run(base()),
    "pilot_cards": lambda: pilots.pilot_cards(cards()),
    "card_p2_blocked": lambda: pilots.pilot_card(cards()["p2_blocked"]),
    "card_p2_factorial": lambda: pilots.pilot_card(cards()["p2_factorial"]),
    "pilot_enough": lambda: pilots.pilot_enough(base()),
    "pilot_looking": lambda: pilots.pilot_looking(cards()["p2_blocked"].design),
    "bounds": bounds.bounds,
    "trajectories": lambda: caseload.trajectories(runs()),
    "task_hours": lambda: caseload.task_hours(runs()),
    "waiting_times": lambda: caseload.waiting_times(runs()),
    "coverage_by_segment": by_segment,
    "echo": lambda: caseload.echo(short(), 3),
}


def _register(name):
    return bounds.register_table(read_register(), name)


TABLES = {
    "designs": lambda: pilots.designs(cards()),
    "pilots_announced": lambda: pilots.pilots_announced(cards()),
    "pilot_plan": lambda: pilots.pilot_plan(plan(cards()["p2_blocked"].design, 7)),
    "figure1_variants": history.figure1_variants,
    **{name: functools.partial(history.audit_table, name) for name in history.AUDIT},
    **{
        f"bounds_{kind}": functools.partial(bounds.bounds_table, kind)
        for kind in ("shares", "counts", "ratios")
    },
    "bounds_worlds": bounds.bounds_worlds,
    "verification": lambda: caseload.verification_cases(short(), 20),
    "capacity_quarterly": lambda: caseload.capacity_quarterly(runs()),
    **{f"calibration_{name}": functools.partial(backcast.stored, name) for name in backcast.STORED},
    **{f"register_{name}": functools.partial(_register, name) for name in bounds.REGISTER},
}


@functools.cache
def exhibit(name):
    return {**DRAWN, **TABLES}[name]()


@functools.cache
def files(name, lang):
    return draw(exhibit(name), lang)


def svg(name, lang):
    return files(name, lang)["svg"].decode()


@dataclass(frozen=True)
class Words:
    """Words in a figure: the group that they stand in, and their size in points."""

    group: str
    text: str
    size: float


def words(drawing):
    """Return every text of an SVG with the nearest group above it that bears a name."""
    found = []

    def walk(element, group):
        own = element.get("id", "") if element.tag == f"{SVG}g" else ""
        if own and not re.fullmatch(r"(text|patch|line2d)_\d+", own):
            group = own
        if element.tag == f"{SVG}text":
            size = re.search(r"font(?:-size)?: (?:\w+ )*?([\d.]+)px", element.get("style", ""))
            found.append(Words(group, "".join(element.itertext()), float(size[1])))
        for child in element:
            walk(child, group)

    walk(ElementTree.fromstring(drawing), "")
    return found
