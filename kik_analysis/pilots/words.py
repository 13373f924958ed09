"""What a design says to a reader: its names in words, its numbers as traced numbers, its sentences filled."""

from __future__ import annotations

from collections.abc import Mapping

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text
from kik_analysis.pilots.design import Design
from kik_analysis.pilots.document import CONTROL, amounts

JOINED = {"nl": " en ", "en": " and "}
ASKED = ("title", "estimated")
"""Parts of which the question takes the place where the file leaves them out."""


def number(
    design: Design,
    what: str,
    value: float | None,
    unit: str,
    decimals: int = 0,
    *,
    low: float | None = None,
    high: float | None = None,
    evidence: Evidence = Evidence.ASSUMED,
) -> Number:
    """Return a number of a pilot under the id ``pilot.DESIGN.WHAT``; it rests on the whole design."""
    reads = {f"file:{design.file}"}
    for _, amount in amounts(design.document):
        reads |= {f"parameter:{path}" for path in amount.paths}
        reads |= {f"claim:{amount.claim}"} if amount.claim else set()
    name, made = f"pilot.{design.name}.{what}", f"{__name__}.number"
    return Number(name, value, low, high, unit, decimals, evidence, tuple(sorted(reads)), made)


def counts(design: Design) -> dict[str, Number]:
    """Return the numbers that sentences of a design file may name: people, contacted, clusters, every arm.

    The size of an arm is published where the file takes it from a claim alone.
    """
    treated = sum(n for arm, parts in design.sizes.items() for n in parts.values()
                  if arm != CONTROL or design.kind == "factorial")  # fmt: skip
    found = {
        "people": number(design, "people", design.people, "persons"),
        "contacted": number(design, "contacted", round(treated), "persons"),
        "clusters": number(design, "clusters", design.clusters, "count"),
    }
    for arm, units in design.arms.items():
        amount = design.document.data.assignment.arms.get(arm)
        said = amount is not None and amount.claim is not None and amount.less is None
        evidence = Evidence.PUBLISHED if said else Evidence.ASSUMED
        unit = "count" if design.clustered else "persons"
        found[arm] = number(design, f"arm.{arm}", units, unit, evidence=evidence)
    return found


def name(design: Design, code: str, lang: Lang) -> str:
    """Return a name of the design file in words; what was joined by + or : is joined by "and"."""
    ours = {"first_letter", "second_letter", "both"} & design.contrasts.keys()
    known = {one: sentences.text(f"pilots.contrast.{one}", lang).plain for one in ours}
    known |= getattr(design.document.texts, lang).names
    parts = code.replace(":", "+").replace(">", "+").split("+")
    return JOINED[lang].join(known.get(one, one) for one in parts)


def estimand(design: Design, label: str, lang: Lang) -> str:
    """Return a label of a diagnosis in words: outcome, what is estimated, and of which arm or factor."""
    outcome, _, asked = label.rpartition(": ")
    kind, _, about = asked.partition(":")
    parts = [outcome or design.document.inquiry.outcome, *filter(None, [about])]
    named = ", ".join(name(design, one, lang) for one in parts)
    return f"{named} ({sentences.text(f'diagnosis.estimand.{kind}', lang).plain})"


def said(design: Design, part: str, lang: Lang, numbers: Mapping[str, Number] | None = None) -> Text:
    """Return a sentence of the design file (title, estimated, never, a flag ...), its numbers filled in."""
    template = getattr(getattr(design.document.texts, lang), part)
    if template is None and part in ASKED:
        return sentences.verbatim(getattr(design.document.question, lang))
    return sentences.fill(
        template or "", lang, {**counts(design), **(numbers or {})}, f"{design.file}: {part}"
    )
