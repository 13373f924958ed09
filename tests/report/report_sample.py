"""A small run made in this process: the published history, published and built as notebooks of a run do."""

import datetime
import json
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import whole

from kik_analysis.answers.first import First
from kik_analysis.facts import numbers
from kik_analysis.facts.bounds import bound_number
from kik_analysis.facts.claims import claims, documents
from kik_analysis.figures import answers, bounds, history
from kik_analysis.language.sentences import Ref
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.report.appendices import Meta
from kik_analysis.report.build import build
from kik_analysis.report.publish import NOTEBOOK_VARIABLE, OUT_VARIABLE, publish


def first_page():
    """Return a first page as a run writes it, with numbers that rest on no simulation."""
    page = First(SimpleNamespace(used={}), None)  # type: ignore[arg-type]
    group, waiting = (numbers.number(f"figure1.{one}") for one in ("group", "not_yet_approached"))
    spoken, left = numbers.number("figure1.spoken"), bound_number("known_to_wij")
    named = {name: Ref(name, f"parameter:{name}") for name in ("first", "second", "third")}
    page.say("brief", "base.start", spoken_at_start=spoken, group_at_start=group)
    rest = {"backlog_at_start": waiting, "backlog_after_year": left, "year": datetime.date(2020, 10, 5)}
    page.say("brief", "base.backlog", **rest)
    page.say("weighs", "rests.most", **named)
    page.say("unknown", "unknown.hours")
    page.say("unknown", "unknown.unit", invitations=numbers.number("funnel.invitations"))
    for part, key in (("unknown", "unknown.again"), ("unknown", "unknown.effect"), ("ask", "measure.team")):
        page.say(part, key)
    return answers.first_page(page)


NOTEBOOKS = {
    "01_answers": (first_page,),
    "10_history": (history.figure1_reach, history.figure2_followup, history.funnel_2015_2019),
    "11_audit": (history.percentage_audit, partial(history.audit_table, "reach_rates")),
    "12_bounds": (bounds.bounds, partial(bounds.bounds_table, "counts")),
}
"""Enough for the first page, with a table of each kind."""
DIGEST = "a1b2c3d4"
TEXT = {"cell_type": "markdown", "metadata": {}, "source": ["# Figure 1 of L042\n", "`3 + 4` people in 2019"]}
CELLS = [
    {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ['scenario = "params/base.yml"']},
    TEXT,
    {"cell_type": "code", "metadata": {}, "source": ["x = 1 < 2\n", "kik.publish(x, language)"]},
]


def meta(**changes: object) -> Meta:
    found = claims()
    given = {
        "title": {"nl": "Met 12 fte", "en": "With 12 FTE"},  # a name that a user gives may hold a digit
        "digest": DIGEST,
        "version": "0.1.0",
        "settings": tuple(load_scenario("params/base.yml").table()),
        "claims": tuple(found[name] for name in found),
        "documents": documents(),
    }
    return Meta(**{**given, **changes})


def publish_all(out: Path) -> Path:
    """Publish the exhibits into a staging folder: once for all workers, then a copy."""
    return Path(shutil.copytree(whole.once("sample", _publish), out))


def _publish(out: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT_VARIABLE, str(out))
        for notebook, makers in NOTEBOOKS.items():
            patch.setenv(NOTEBOOK_VARIABLE, notebook)
            for make in makers:
                publish(make())
    (out / "notebooks").mkdir()
    (out / "notebooks" / "10_history.ipynb").write_text(json.dumps({"cells": CELLS}))


def built(out: Path) -> Path:
    """Return a report of the sample: built once for all workers, then a copy."""
    return Path(shutil.copytree(whole.once("built", lambda new: run(publish_all(new))), out))


def run(staging: Path, **changes: object) -> Path:
    """Build the report of a staging folder; return the folder."""
    build(staging, meta(**changes))
    return staging
