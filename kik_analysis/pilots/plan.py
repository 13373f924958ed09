"""A pre-analysis plan made of a design: what will be done, said before it is done, in both languages.

The analysis reads the same design; the digest ties the two together, so that a plan cannot be changed
afterwards without being noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kik_analysis.errors import DataError, ModelError
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.pilots import words
from kik_analysis.pilots.analysis import blank_counts
from kik_analysis.pilots.assignment import lots
from kik_analysis.pilots.design import Design, load_design
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest

LIST, COUNTS = "assignment.csv", "counts.csv"
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Plan:
    """A plan: its design, the seed of the lots, the list they gave (unit, block, arm), and its digest."""

    design: Design
    seed: int
    rows: tuple[tuple[int, str, str], ...]
    hash: str

    def numbers(self) -> dict[str, Number]:
        """Return the numbers that the plan shows."""
        design = self.design
        points = PERCENT * design.number("inquiry.decides")
        return words.counts(design) | {
            "alpha": words.number(design, "alpha", PERCENT * design.alpha, "percent"),
            "decides": words.number(design, "decides", points, "percentage_points"),
        }

    def sections(self, lang: Lang) -> dict[str, Text]:
        """Return what the plan says, by the name of its heading (``pilots.plan`` in the texts)."""
        design, document, answer = self.design, self.design.document, self.design.document.answer
        others = ", ".join(words.name(design, one, lang) for one in document.inquiry.secondary)
        values: dict[str, object] = {
            **self.numbers(),
            "seed": Ref(str(self.seed)),
            "file": Ref(LIST),
            "list": Ref(digest(self.rows)[:16]),
            "outcome": words.name(design, document.inquiry.outcome, lang),
            "outcomes": others,
        }
        for part in ("estimator", "interval", "test"):
            values[part] = sentences.text(f"pilots.method.{getattr(answer, part).replace('-', '_')}", lang)

        def say(*keys: str, **more: object) -> Text:
            return sentences.join(
                [sentences.text(f"pilots.plan.{key}", lang, **values | more) for key in keys]
            )

        group, sizes = "teams" if design.clustered else "group", filter(design.arms.get, design.arms)
        groups = [say(group, words=words.name(design, arm, lang), people=values[arm]) for arm in sizes]
        more = (["by_lot"] if self.rows else []) + (["decides"] if design.number("inquiry.decides") else [])
        looks = {answer.interval, answer.test} & {"confidence_sequence", "e_process"}
        return {
            "question": sentences.verbatim(getattr(document.question, lang)),
            "who": sentences.join([say("who_text" if self.rows else "who_all"), *groups, say("voluntary")]),
            "outcome": say("outcome_text", "others" if others else "no_others"),
            "estimand": say(document.inquiry.estimand),
            "analysis": say("analysis_text", *more),
            "stopping": say("always" if looks else "once"),
            "deviations": say("deviations_text"),
            "hash": sentences.reference(Ref(self.hash)),
        }

    def text(self, lang: Lang) -> str:
        """Return the plan as Markdown."""
        title = words.said(self.design, "title", lang)
        lines = [f"# {sentences.text('pilots.plan.title', lang, title=title).plain}"]
        for name, said in self.sections(lang).items():
            lines += [f"## {sentences.text(f'pilots.plan.{name}', lang).plain}", said.plain]
        return "\n\n".join(lines) + "\n"

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write the plan in both languages, the list of the lots, counts to fill in; return the paths.

        ``plan-nl.md``, ``plan-en.md``; ``assignment.csv`` with a number per unit, its block and its arm
        (empty: in none); ``counts.csv`` with a row for all that is to be counted, its numbers still empty.
        """
        folder.mkdir(parents=True, exist_ok=True)
        files = {folder / f"plan-{lang}.md": self.text(lang) for lang in LANGUAGES}
        files[folder / COUNTS] = blank_counts(self.design)
        if self.rows:
            files[folder / LIST] = "unit,block,arm\n" + "".join(f"{u},{b},{a}\n" for u, b, a in self.rows)
        for path, content in files.items():
            storage.write_file(path, content.encode())
        return tuple(files)


def plan(design: Design, seed: int) -> Plan:
    """Return the plan of a design; the same design and seed give the same list on every machine.

    ``design``: at its central values. ``seed``: of the lots; who draws it, and before whom, belongs in the
    minutes of the pilot.
    """
    rows: list[tuple[int, str, str]] = []
    if design.kind != "none":
        content = [int(design.hash[k : k + 8], 16) for k in range(0, 32, 8)]
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *content])))
        arms = [*design.arms, ""]
        if design.kind == "stepped_wedge":
            arms = [f"step {step + 1}" for step in range(design.document.data.assignment.steps)]
        blocks = np.repeat(list(design.blocks), list(design.blocks.values()))
        for unit, code in enumerate(lots(design, rng)[0]):
            rows.append((unit + 1, "" if design.clustered else str(blocks[unit]), arms[code]))
    return Plan(design, seed, tuple(rows), digest([design.hash, seed if rows else None, rows]))


def check_plan(design: Design, path: Path) -> None:
    """Raise an error unless a plan was made of this very design; of a folder of plans, unless each was.

    DataError when the file holds no digest of a plan. ModelError when the design is not the one that was
    planned, or the plan's text was changed above the deviations.
    """
    if path.is_dir():
        for one in sorted(path.glob("plan-*.md")) or [path / "plan-nl.md"]:
            check_plan(design, one)
        return
    text = path.read_text("utf-8-sig") if path.is_file() else ""
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
    heads = {lang: f"## {sentences.text('pilots.plan.deviations', lang).plain}" for lang in LANGUAGES}
    if not any(text.startswith(made.text(lang).partition(head)[0]) for lang, head in heads.items()):
        raise ModelError(
            f"{path}: the text above the deviations is not what this version writes for the design; restore "
            "it and note what changed under deviations, or plan anew"
        )


def plan_table(made: Plan) -> Table:
    """Return the plan of a shipped design as a table: one row per heading, in both languages."""
    said = {lang: made.sections(lang) for lang in LANGUAGES}

    def build() -> Iterator[tuple[object, ...]]:
        load_design(made.design.name, made.design.scenario)  # puts on record what the numbers rest on
        for part in said["nl"]:
            yield part, *(said[lang][part].plain for lang in LANGUAGES)

    prose = {(part, f"text_{lang}"): text for lang in LANGUAGES for part, text in said[lang].items()}
    columns = (Column("part", words="pilots.plan"), *(Column(f"text_{lang}") for lang in LANGUAGES))
    return tabulate("pilot_plan", build, columns, prose=prose)
