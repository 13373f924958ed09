"""A diagnosis in plain text, for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.pilots.design import ALL
from kik_analysis.pilots.diagnosis import Diagnosis

#: Diagnosand -> decimals, of points or per cent; the others are plain numbers.
POINTS = {"bias": 2, "rmse": 2, "interval_width": 1}
SHARES = {"power": 1, "coverage": 1, "type_s": 1, "failed_fits": 1}
PLAIN = {"type_m": 2, "contacted": 0, "reached": 0}


def lines(found: Diagnosis, lang: Lang) -> Iterator[str]:
    """Yield one line per diagnosand, under a head per estimand."""

    def say(key: str, **values: object) -> str:
        return sentences.template(f"diagnosis.{key}", lang).format(**values)

    def shown(name: str, value: float) -> str:
        if name in SHARES:
            return notation.percent(PERCENT * value, lang, SHARES[name])
        return notation.decimal(value * (PERCENT if name in POINTS else 1), lang, (POINTS | PLAIN)[name])

    title = getattr(found.design.document.texts, lang).title
    yield say("said.head", title=title, name=found.design.name, draws=notation.whole(found.draws, lang))
    head = ""
    for row in found.table.filter(found.table["diagnosand"] != "hours").iter_rows(named=True):
        if row["estimand"] != head and row["estimand"] != ALL:
            head = row["estimand"]
            yield f"  {head}"
        name, indent = row["diagnosand"], "  " if row["estimand"] == ALL else "    "
        parts = {key: shown(name, row[key]) for key in ("value", "exact") if row[key] is not None}
        error = shown(name, row["mc_error"])
        words = sentences.template(f"diagnosis.diagnosand.{name}", lang)
        yield indent + say(
            "said.exact" if "exact" in parts else "said.value", words=words, error=error, **parts
        )
    hours, weeks = notation.whole(found.value("hours") or 0.0, lang), found.backlog_weeks
    known = (
        say("said.weeks", hours=hours, weeks=notation.decimal(weeks, lang, 1)) if weeks is not None else ""
    )
    yield "  " + (known or say("said.none", hours=hours))


def as_json(found: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as ``kik design --json`` prints it."""
    return {
        "design": found.design.name,
        "hash": found.design.hash,
        "draws": found.draws,
        "seed": found.seed,
        "at": found.design.level,
        "arms": found.design.arms,
        "diagnosands": found.table.to_dicts(),
        "hours": found.value("hours"),
        "backlog_weeks": found.backlog_weeks,
    }
