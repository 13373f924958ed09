"""A pre-analysis plan made of a design: what will be done, said before it is done, in both languages.

The analysis reads the same design; the digest ties the two together, so that a plan cannot be changed
afterwards without being noticed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kik_analysis.errors import DataError, ModelError
from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.pilots import words
from kik_analysis.pilots.assignment import lots
from kik_analysis.pilots.design import Design
from kik_analysis.reading import writing
from kik_analysis.reading.digest import digest

LIST = "assignment.csv"
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
SEQUENTIAL = ("confidence_sequence", "e_process")


@dataclass(frozen=True)
class Plan:
    """A plan: its design, the seed of the lots, the list they gave (unit, block, arm), and its digest."""

    design: Design
    seed: int
    rows: tuple[tuple[int, str, str], ...]
    hash: str

    def text(self, lang: Lang) -> str:
        """Return the plan as Markdown."""
        design, document = self.design, self.design.document
        numbers = words.counts(design)

        def say(key: str, **values: object) -> str:
            return sentences.text(f"pilots.plan.{key}", lang, **values).plain

        title = Text(words.said(design, "title", lang).plain, "")
        lines = [f"# {say('title', title=title)}", "", f"## {say('question')}", ""]
        lines += [getattr(document.question, lang), "", f"## {say('who')}", ""]
        values = {"seed": Ref(str(self.seed)), "file": Ref(LIST), "list": Ref(digest(self.rows)[:16])}
        lines += [say("who_text" if self.rows else "who_all", people=numbers["people"], **values), ""]
        lines += [
            f"- {say('group', words=words.name(design, arm, lang), people=numbers[arm])}"
            for arm in design.arms
        ]
        lines += ["", say("voluntary"), "", f"## {say('outcome')}", ""]
        lines += [say("outcome_text", outcome=words.name(design, document.inquiry.outcome, lang))]
        others = ", ".join(words.name(design, one, lang) for one in document.inquiry.secondary)
        lines += [say("others", outcomes=others) if others else say("no_others"), ""]
        lines += [
            f"## {say('estimand')}",
            "",
            say(document.inquiry.estimand),
            "",
            f"## {say('analysis')}",
            "",
        ]
        answer = document.answer
        methods = {part: Ref(str(getattr(answer, part))) for part in ("estimator", "interval", "test")}
        alpha = words.number(design, "alpha", PERCENT * design.alpha, "percent")
        lines += [say("analysis_text", alpha=alpha, **methods)]
        if "inquiry.decides" in design.values:
            points = PERCENT * design.number("inquiry.decides")
            lines += [say("decides", decides=words.number(design, "decides", points, "percentage_points"))]
        always = answer.interval in SEQUENTIAL or answer.test in SEQUENTIAL
        lines += ["", f"## {say('stopping')}", "", say("always" if always else "once"), ""]
        lines += [
            f"## {say('deviations')}",
            "",
            say("deviations_text"),
            "",
            f"## {say('hash')}",
            "",
            self.hash,
            "",
        ]
        return "\n".join(lines)

    def csv(self) -> str:
        """Return the list of the lots: a number per unit, its block, its arm (empty: in none)."""
        return "unit,block,arm\n" + "".join(f"{unit},{block},{arm}\n" for unit, block, arm in self.rows)

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write ``plan-nl.md``, ``plan-en.md`` and the list into a folder; return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        files = {folder / f"plan-{lang}.md": self.text(lang) for lang in LANGUAGES}
        if self.rows:
            files[folder / LIST] = self.csv()
        for path, content in files.items():
            writing.write_file(path, content.encode())
        return tuple(files)


def plan(design: Design, seed: int) -> Plan:
    """Return the plan of a design; the same design and seed give the same list on every machine.

    Parameters
    ----------
    design
        At its central values.
    seed
        Of the lots; who draws it, and before whom, belongs in the minutes of the pilot.
    """
    rows: list[tuple[int, str, str]] = []
    if design.kind != "none":
        content = [int(design.hash[k : k + 8], 16) for k in range(0, 32, 8)]
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *content])))
        steps = design.document.data.assignment.steps
        arms = (
            [f"step {k + 1}" for k in range(steps)] if design.kind == "stepped_wedge" else [*design.arms, ""]
        )
        blocks = np.repeat(list(design.blocks), list(design.blocks.values()))
        for unit, code in enumerate(lots(design, rng)[0]):
            rows.append((unit + 1, "" if design.clustered else str(blocks[unit]), arms[code]))
    return Plan(design, seed, tuple(rows), digest([design.hash, seed, rows]))


def check_plan(design: Design, path: Path) -> None:
    """Raise an error unless a plan was made of this very design.

    Raises
    ------
    DataError
        When the file holds no digest of a plan.
    ModelError
        When the design is not the one that was planned.
    """
    text = path.read_text("utf-8") if path.is_file() else ""
    found, seeds = _HASH.findall(text), re.findall(r"(?:startgetal|seed) (\d+)", text)
    if not found:
        what = "holds no digest of a plan" if path.is_file() else "no such file"
        raise DataError(f"{path}: {what} (expected plan-nl.md or plan-en.md of kik design FILE --plan DIR)")
    made = plan(design, int(seeds[0]) if seeds else 0)
    if made.hash not in found:
        raise ModelError(
            f"{path}: the plan was made of another design (digest {found[0][:12]}; {design.file} gives "
            f"{made.hash[:12]}); analyse with the design of the plan, or log the deviation and plan anew"
        )
