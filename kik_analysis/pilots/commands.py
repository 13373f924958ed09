"""What ``kik design`` and ``kik new-pilot`` do, as functions that print nothing."""

from __future__ import annotations

import json
import os
import re
from importlib import resources
from pathlib import Path

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.pilots import words
from kik_analysis.pilots.analysis import analyse
from kik_analysis.pilots.card import card
from kik_analysis.pilots.design import load_design
from kik_analysis.pilots.document import SCHEMA
from kik_analysis.pilots.plan import check_plan, plan
from kik_analysis.reading.problems import shown

ANALYSE = "analyse"


def design(
    given: list[str], *, draws: int, seed: int, out: Path | None, as_json: bool, lang: Lang
) -> list[str]:
    """Return the lines that ``kik design`` prints: a card, or the announced analysis of counts.

    Parameters
    ----------
    given
        A design file; or ``analyse``, a design file and a file of counts.
    draws, seed
        Of the diagnosis, and of lots and sham run.
    out
        For a card: the folder to write the plan into; for an analysis: the plan that it is held against.
    as_json, lang
        The card as JSON; the language.

    Raises
    ------
    ParameterError
        When the words are neither of the two.
    """
    first, *rest = given
    if first == ANALYSE and len(rest) == 2:
        found = load_design(rest[0])
        if out is not None:
            check_plan(found, out)
        head = [] if out else [sentences.text("pilots.analysis.no_plan", lang).plain]
        return [*head, *analyse(found, rest[1], planned=out is not None, seed=seed).text(lang)]
    if rest or first == ANALYSE:
        expected = "DESIGN.yml, or analyse DESIGN.yml DATA"
        raise ParameterError(
            f"kik design: other words than one design (got {' '.join(given)}; expected {expected})"
        )
    found = load_design(first)
    made = card(found, draws=draws, seed=seed)
    if as_json:
        return [json.dumps(made.as_json(), ensure_ascii=False, indent=1)]
    title = words.said(found, "title", lang).plain
    question = getattr(found.document.question, lang)
    steps = [f"  {words.step(found, one.step, one.arm, lang)}: {one.people}" for one in made.flow.steps]
    lines = [title, question, "", *steps, "", *(one.plain for one in made.text(lang).values())]
    return lines if out is None else [*lines, "", *map(str, plan(found, seed).write(out))]


def new_pilot(name: str) -> Path:
    """Write a commented design file ``NAME.yml`` to fill in, and return its path.

    Raises
    ------
    ParameterError
        When the name cannot be a file's, the file exists already, or its folder does not.
    """
    path = Path(name if name.endswith((".yml", ".yaml")) else f"{name}.yml")
    if not re.fullmatch(r"[^\W_][\w-]*", path.stem):
        raise ParameterError(f"{shown(path.stem)} cannot name a pilot (expected letters, digits, - and _)")
    schema = project.params(*SCHEMA)
    line = ""
    if schema.is_file():
        seen = Path(os.path.relpath(schema.resolve(), path.parent.resolve())).as_posix()
        line = f"# yaml-language-server: $schema={seen}\n"
    template = (resources.files("kik_analysis") / "texts" / "pilot.yml").read_text(encoding="utf-8")
    title = re.sub(r"[\W\d_]+", " ", path.stem).strip().capitalize() or "Pilot"
    text = template.format(schema=line, file=path.name, name=path.stem, title=title)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise ParameterError(f"{path}: exists already; choose another name or remove it first") from None
    except OSError as error:
        raise ParameterError(
            f"{path}: cannot be written ({(error.strerror or 'no reason').lower()})"
        ) from None
    return path
