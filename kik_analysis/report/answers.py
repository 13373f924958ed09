"""Hands answers over to the report: the overview as an exhibit, and ``answers.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from kik_analysis.answers.answer import Answer
from kik_analysis.answers.runs import Runs
from kik_analysis.figures.answers import overview
from kik_analysis.language.notation import Lang
from kik_analysis.report.publish import OUT_VARIABLE, Published
from kik_analysis.report.publish import publish as show

FILE = "answers.json"


def publish(found: Iterable[Answer], runs: Runs, language: Lang = "en") -> Published:
    """Publish answers: the overview as an exhibit and, in a run, ``answers.json``.

    ``found``: the answers, in order. ``runs``: the simulations that they rest on. ``language``: language of
    what the notebook shows.
    """
    answers = tuple(found)
    out = os.environ.get(OUT_VARIABLE)
    if out:
        rows = [one.as_json() for one in answers]
        text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
        (Path(out) / FILE).write_text(text, encoding="utf-8", newline="\n")
    return show(overview(answers, runs), language)
