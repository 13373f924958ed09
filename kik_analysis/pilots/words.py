"""What a design says to a reader: its names in words, its numbers as traced numbers, its sentences filled."""

from __future__ import annotations

from collections.abc import Mapping

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text
from kik_analysis.pilots.design import Design

JOINED = {"nl": " en ", "en": " and "}


def reads(design: Design) -> tuple[str, ...]:
    """Return what every number of a design rests on: its file, the claims and parameters in it."""
    found = {f"file:{design.file}"}
    for _, amount in design.document.amounts:
        found |= {f"parameter:{path}" for path in amount.paths}
        found |= {f"claim:{amount.claim}"} if amount.claim else set()
    return tuple(sorted(found))


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
    name = f"pilot.{design.name}.{what}"
    return Number(name, value, low, high, unit, decimals, evidence, reads(design), f"{__name__}.number")


def people(design: Design, what: str, key: str, value: float) -> Number:
    """Return a number of people (or clusters): published where the file takes it from a claim alone."""
    amount = dict(design.document.amounts).get(key)
    said = amount is not None and amount.claim is not None and amount.less is None
    evidence = Evidence.PUBLISHED if said else Evidence.ASSUMED
    return number(design, what, value, "count" if design.clustered else "persons", evidence=evidence)


def counts(design: Design) -> dict[str, Number]:
    """Return the numbers that sentences of a design file may name: people, contacted, clusters, every arm."""
    treated = sum(n for arm, parts in design.sizes.items() for n in parts.values()
                  if arm != "control" or design.kind == "factorial")  # fmt: skip
    found = {
        "people": number(design, "people", design.people, "persons"),
        "contacted": number(design, "contacted", round(treated), "persons"),
        "clusters": number(design, "clusters", design.clusters, "count"),
    }
    for arm, units in design.arms.items():
        found[arm] = people(design, f"arm.{arm}", f"data.assignment.arms.{arm}", units)
    return found


def name(design: Design, code: str, lang: Lang) -> str:
    """Return a name of the design file in words; what was joined by + or : is joined by "and"."""
    known = getattr(design.document.texts, lang).names
    return JOINED[lang].join(
        known.get(one, one) for one in code.replace(":", "+").replace(">", "+").split("+")
    )


def step(design: Design, step: str, arm: str, lang: Lang) -> str:
    """Return what a box of the flow is called: an arm or block by its name, else what became of it."""
    if step in ("block", "arm"):
        return name(design, arm, lang)
    plain = sentences.text(f"pilots.step.{step}", lang).plain
    return f"{name(design, arm, lang)}, {plain}" if arm else plain


def said(design: Design, part: str, lang: Lang, numbers: Mapping[str, Number] | None = None) -> Text:
    """Return a sentence of the design file (title, estimated, never, a flag ...), its numbers filled in."""
    template = getattr(getattr(design.document.texts, lang), part) or ""
    return sentences.fill(template, lang, {**counts(design), **(numbers or {})}, f"{design.file}: {part}")
