"""The plan that is made of a pilot's design beforehand (``kik design --plan``), with the list of the lots.

Its digest ties it to the design, so that it cannot be changed afterwards without being noticed;
:mod:`kik_analysis.pilots.analysis` then does what it announces.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kik_analysis.errors import DataError, ModelError
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text
from kik_analysis.pilots.assignment import Counts, expected, groups, lots
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.document import CONTROL, facts, fitting
from kik_analysis.reading import storage
from kik_analysis.reading.problems import Problem
from kik_analysis.reading.storage import digest

COLUMNS = ("block", "arm", "cluster", "period", "people", "outcome")
LIST, LIST_HEAD, COUNTS = "assignment.csv", ("unit", "block", "arm"), "counts.csv"
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def columns(design: Design) -> tuple[str, ...]:
    """Return the columns that the counts of a design have.

    ``seen``: people whose outcome is seen, where that is not everybody. ``took``: yes for those who got what
    their arm offers, where the effect on them is asked. Further outcomes stand under their own names.
    """
    more = {"seen": design.seen, "took": design.document.answer.estimator == "cace"}
    return (*COLUMNS, *(name for name, asked in more.items() if asked), *design.document.inquiry.secondary)


def planned(design: Design) -> tuple[Counts, list[str], list[str], int]:
    """Return the cells that are planned, their arms, the blocks that rows may name, and how many periods."""
    cells = expected(design)
    blocks = [] if design.kind in ("cluster", "stepped_wedge") else list(design.blocks)
    periods = max(int(cells.period.max()) + 1, design.document.answer.looks)
    return cells, list(dict.fromkeys(cells.arm)), blocks, periods


def blank_counts(made: "Plan") -> str:
    """Return the file of counts that a pilot is to hand in, as CSV with its numbers still empty.

    Clusters are called by their numbers on the list of the lots, which is held against them by these.
    """
    design, numbers = made.design, [number for number, _ in made.placed]
    (cells, _, blocks, periods), names, rows = planned(design), columns(design), []
    looks = range(max(design.document.answer.looks, 1))
    for look, (c, arm) in itertools.product(looks, enumerate(cells.arm)):
        row = {
            "block": blocks[cells.block[c]] if len(blocks) > 1 and cells.block.any() else "",
            "arm": arm,
            "cluster": numbers[c] if numbers else "",
            "period": cells.period[c] + look + 1 if periods > 1 else "",
            "took": "yes" if cells.took is not None and cells.took[c] else "no",
        }
        rows += [",".join(str(row.get(name, "")) for name in names)] if cells.n[0, c] else []
    return "\n".join((",".join(names), *rows, ""))


@dataclass(frozen=True)
class Plan:
    """A plan: its design, the seed of the lots, the list they gave (unit, block, arm), and its digest.

    ``placed``: block and arm of each cluster on the list, by its number and the period.
    """

    design: Design
    seed: int
    rows: tuple[tuple[int, str, str], ...]
    hash: str
    placed: dict[tuple[str, int], str]

    @property
    def listed(self) -> str:
        """Return the list of the lots as CSV."""
        return "".join(f"{','.join(map(str, row))}\n" for row in [LIST_HEAD, *self.rows])

    def numbers(self) -> dict[str, Number]:
        """Return the numbers that the plan shows."""
        design, lots = self.design, self.design.document.data.assignment
        values = {"comparisons": len(design.contrasts), "alpha": PERCENT * design.alpha}
        values |= {"steps": lots.steps, "before": lots.before, "after": lots.after}
        values["decides"] = PERCENT * design.number("inquiry.decides")
        values["tolerance"] = PERCENT * design.number("data.assignment.tolerance")
        found = design.numbers(values)  # what was announced stands in full: a level of 2.5%
        full = {name: max(one.decimals, notation.places(one.value or 0.0, 9)) for name, one in found.items()}
        return design.counts() | {name: replace(one, decimals=full[name]) for name, one in found.items()}

    def sections(self, lang: Lang) -> dict[str, Text]:
        """Return what the plan says, by the name of its heading (``pilots.plan`` in the texts)."""
        design, document = self.design, self.design.document

        def listed(names: Iterable[str]) -> str | Ref:
            return sentences.named(", ".join(design.called(one, lang) for one in names))

        values: dict[str, object] = {
            **self.numbers(),
            "seed": Ref(str(self.seed)),
            "file": Ref(LIST),
            "list": Ref(digest(self.rows)[:16]),
            "outcome": listed([document.inquiry.outcome]),
            "outcomes": listed(document.inquiry.secondary),
            "compared": listed(design.contrasts),
            "second": listed(document.data.assignment.second),
        }
        for part in ("estimator", "interval", "test"):
            key = f"pilots.method.{getattr(document.answer, part).replace('-', '_')}"
            special = f"{key}_{'series' if design.series else design.kind}"
            values[part] = sentences.text(special if sentences.has(special) else key, lang, **values)

        known, sizes = facts(document), design.counts()
        known["comparisons"] = "several" if len(design.contrasts) > 1 else "one"
        said: dict[str, list[Text]] = {"question": [sentences.verbatim(getattr(document.question, lang))]}
        for row in fitting("plan", known):
            arms = design.arms if row["say"] in ("group", "teams") else [CONTROL]  # a sentence for each
            for arm in arms:
                values |= {"words": listed([arm]), "size": sizes.get(arm)}
                text = sentences.text(f"pilots.plan.{row['say']}", lang, **values)
                said.setdefault(row["section"], []).append(text)
        parts = {name: sentences.join(texts) for name, texts in said.items()}
        return parts | {"hash": sentences.reference(Ref(self.hash))}

    def text(self, lang: Lang) -> str:
        """Return the plan as Markdown."""
        title = self.design.said("title", lang)
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
        files[folder / COUNTS] = blank_counts(self)
        if self.rows:
            files[folder / LIST] = self.listed
        for path, content in files.items():
            storage.write_file(path, content.encode())
        return tuple(files)


def plan(design: Design, seed: int) -> Plan:
    """Return the plan of a design; the same design and seed give the same list on every machine.

    ``design``: at its central values. ``seed``: of the lots; who draws it, and before whom, belongs in the
    minutes of the pilot.
    """
    rows: list[tuple[int, str, str]] = []
    placed: dict[tuple[str, int], str] = {}
    if design.kind != "none":
        content = [int(design.hash[k : k + 8], 16) for k in range(0, 32, 8)]
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *content])))
        arms = [*design.arms, ""]
        if design.kind == "stepped_wedge":
            arms = [f"step {step + 1}" for step in range(design.document.data.assignment.steps)]
        parts = [many for many, _ in groups(design)] if design.clustered else list(design.blocks.values())
        names = [""] if design.kind in ("cluster", "stepped_wedge") else list(design.blocks)
        blocks = np.repeat(names, parts)
        codes = lots(design, rng)[0]
        rows = [(k + 1, str(blocks[k]), arms[code]) for k, code in enumerate(codes)]
        if design.clustered:  # as cells are planned: block by block, arm by arm
            order, cells = np.lexsort((codes, np.repeat(np.arange(len(parts)), parts))), expected(design)
            units = [rows[k] for k in order.tolist() if arms[codes[k]]]
            for cluster, period, arm in zip(cells.cluster, cells.period, cells.arm, strict=True):
                number, block, _ = units[cluster]
                placed[str(number), int(period) + 1] = f"{block} {arm}".strip()
    hashed = digest([design.hash, seed if rows else None, rows])
    return Plan(design, seed, tuple(rows), hashed, placed)


def check_plan(design: Design, path: Path) -> Plan:
    """Return the plan that was made of this very design; of a folder of plans, where each was.

    DataError when the file holds no digest of a plan. ModelError when the design is not the one that was
    planned, the plan's text was changed above the deviations, or a list of lots beside it is not the plan's.
    """
    if path.is_dir():
        paths = sorted(path.glob("plan-*.md")) or [path / "plan-nl.md"]
        return [check_plan(design, one) for one in paths][-1]
    text = path.read_text("utf-8-sig", errors="replace") if path.is_file() else ""
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
    file, wanted = path.with_name(LIST), made.listed.splitlines()
    given = file.read_text("utf-8-sig", errors="replace") if file.is_file() else made.listed
    both = itertools.zip_longest(given.replace('"', "").splitlines(), wanted, fillvalue="no line")
    for line, (got, instead) in enumerate(both, 1):
        if got != instead:
            what = "not what the lots of the plan gave; restore it, and keep notes and names elsewhere"
            raise ModelError(str(Problem(str(file), line, 0, "", what, "", instead)))
    return made
