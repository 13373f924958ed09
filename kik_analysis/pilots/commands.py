"""What ``kik design`` and ``kik new-pilot`` do, as functions that print nothing."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from kik_analysis.errors import ParameterError
from kik_analysis.language import sentences
from kik_analysis.parameters.commands import named, schema_line, write_new
from kik_analysis.pilots.analysis import analyse
from kik_analysis.pilots.card import card
from kik_analysis.pilots.design import load_design
from kik_analysis.pilots.document import SCHEMA
from kik_analysis.pilots.plan import check_plan, plan

ANALYSE = "analyse"


def design(given: argparse.Namespace, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Return the lines that ``kik design`` prints: cards, or the announced analysis of counts.

    ``given``: as parsed. Its ``words`` are design files; or ``analyse``, a design file and a file of counts.
    Its ``plan`` is the folder to write the plan into; for an analysis the plan that it is held against.
    ``progress``: told batches of imagined pilots done, and in all. ParameterError when the words are neither
    of the two.
    """
    first, *rest = given.words
    if first == ANALYSE and len(rest) == 2:
        found = load_design(rest[0])
        if given.plan is not None:
            check_plan(found, given.plan)
        result = analyse(found, rest[1], planned=given.plan is not None, seed=given.seed)
        head = [] if given.plan else [sentences.text("pilots.analysis.no_plan", given.lang).plain]
        return [*head, *result.text(given.lang)]
    if first == ANALYSE or (rest and given.plan):
        expected = "designs without --plan, one design, or analyse DESIGN.yml DATA"
        raise ParameterError(
            f"kik design: these words do not go together (got {' '.join(given.words)}; expected {expected})"
        )
    designs = [load_design(one) for one in given.words]
    options = {"draws": given.draws, "seed": given.seed, "workers": given.workers, "progress": progress}
    made = [card(one, **options) for one in designs]
    if given.json:
        rows = [one.as_json() for one in made]
        return [json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False, indent=1)]
    lines = [line for one in made for line in (*one.lines(given.lang), "")][:-1]
    written = plan(designs[0], given.seed).write(given.plan) if given.plan else ()
    return [*lines, *map(str, written)]


def new_pilot(name: str) -> Path:
    """Write a commented design file ``NAME.yml`` to fill in, and return its path.

    ParameterError when the name cannot be a file's, the file exists already, or its folder does not.
    """
    path = named(name, "pilot")
    template = (resources.files("kik_analysis") / "texts" / "pilot.yml").read_text(encoding="utf-8")
    title = re.sub(r"[\W\d_]+", " ", path.stem).strip().capitalize() or "Pilot"
    given = {"schema": schema_line(path, SCHEMA), "file": path.name, "name": path.stem, "title": title}
    return write_new(path, template.format(**given))
