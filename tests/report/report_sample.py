"""A small run, made by hand through the same functions as the notebooks: what the report is tested on."""

import datetime
import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Estimate, Number, measure
from kik_analysis.evidence.reads import note
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.facts.claims import Claim, claims
from kik_analysis.facts.documents import documents
from kik_analysis.figures import charts, style
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import sentences
from kik_analysis.language.sentences import Ref
from kik_analysis.report.build import build
from kik_analysis.report.meta import Meta, Setting
from kik_analysis.report.publish import NOTEBOOK_VARIABLE, OUT_VARIABLE, publish

SENTENCES = tomllib.loads("""\
[reach]
title = {nl = "Van de {group} mensen zijn er {spoken} gesproken", en = "{spoken} of {group} people spoken to"}
subtitle = {nl = "Aantal mensen, brief van {letter}.", en = "Number of people, letter of {letter}."}
alt.nl = "Staven: gesproken {spoken} ({spoken_share}), van de groep van {group}; figuur {figure}."
alt.en = "Bars: spoken to {spoken} ({spoken_share}) of the group of {group}; Figure {figure}."
note = {nl = "Geteld voor de brief.", en = "Counted for the letter."}
label = {nl = "brief van {letter}: {group} mensen", en = "letter of {letter}: {group} people"}
[events]
title = {nl = "Wat er gebeurde", en = "What happened"}
[category]
spoken = {nl = "Gesproken", en = "Spoken to"}
rest = {nl = "Niet gesproken", en = "Not spoken to"}
""")
SECTIONS = tomllib.loads("""
[history]
title = {nl = "De geschiedenis", en = "The history"}
intro.nl = "Hier staan de cijfers uit de brief opnieuw. Waar de brief ruimte laat, staat een marge."
intro.en = "Here are the figures of the letter again."
[bounds]
title = {nl = "De grenzen", en = "The bounds"}
intro.nl = "Wat de brief niet zegt, rekenen wij uit. Het antwoord is een marge: lager of hoger kan niet."
intro.en = "What the letter does not say is computed."
""")
WORDS = {"letter": datetime.date(2019, 10, 10), "figure": Ref("1")}
NUMBERS = {
    "figure1.spoken": (3939, "persons", 0, "L042"),
    "figure1.group": (6953, "persons", 0, "L040"),
    "figure1.spoken_share": (100 * 3939 / 6953, "percent", 1, "L040 L042"),
    "figure1.not_yet_approached": (1757, "persons", 0, "L051"),
    "figure1.declined_or_wij": (1019, "persons", 0, "L057"),
    "funnel.invitations": (13275, "invitations", 0, "L010"),
    "funnel.conversation_share": (100 * 6835 / 13275, "percent", 1, "L010 L011"),
    "figure2.unaccounted": ((517, 715), "persons", 0, "L042 L048 L049 L0491 L0492"),
    "audit.shares_printed": (12, "count", 0, "L012"),
    "audit.shares_recompute": (9, "count", 0, "L012"),
    "audit.shares_not_derivable": (2, "count", 0, "L013"),
    "bounds.success_per_invitation_never_spoken": ((38.3457, 51.4878), "percent", 1, "L010 L011 L015"),
    "bounds.spoken_of_approached": ((75.8083, 94.3014), "percent", 1, "L042 L051 L057"),
}


def named(name: str, **changes: object) -> Number:
    value, unit, decimals, ids = NUMBERS[name]
    value = changes.get("value", value)

    def compute() -> float | Estimate:
        found = claims()
        for one in ids.split():
            assert found[one].id == one
        return Estimate(None, *value) if isinstance(value, tuple) else float(value)

    return measure(name, compute, unit=unit, decimals=decimals, computation="sample")


def _reach() -> pl.DataFrame:
    note("claim", "L042", 3939)
    return pl.DataFrame(
        {
            "category": ["spoken", "rest"],
            "persons": [3939, 3014],
            "share": [0.5665, 0.4335],
            "low": [3939, None],
            "recomputes": [True, False],
            "claims": ["L042 L040", "L040"],
        }
    )


def reach_table() -> Table:
    columns = (
        Column("category", words="sample.category"),
        Column("persons", "whole", "persons", evidence=Evidence.PUBLISHED),
        Column("share", "decimal", "share", shown=1),
        Column("low", "whole", "persons", evidence=Evidence.BOUNDED),
        Column("recomputes", "boolean"),
        Column("claims"),
    )
    return tabulate("figure1_reach", _reach, columns, exceptions={("rest", "persons"): Evidence.RECOMPUTED})


def _events() -> pl.DataFrame:
    note("claim", "L054", 12)
    return pl.DataFrame(
        {
            "step": ["begin", "=SUM(A1)", "+31", "@now", "einde"],
            "date": [datetime.date(2019, 4, 1), None, None, None, datetime.date(2020, 4, 1)],
            "value": [0.2, None, 1234.5, 2.0, 3.0],
        }
    )


def events_table() -> Table:
    columns = (Column("step"), Column("date", "date"), Column("value", "decimal", "hours"))
    return tabulate("events", _events, columns)


def reach_exhibit() -> Exhibit:
    table = reach_table()
    numbers = {name: named(f"figure1.{name}") for name in ("group", "spoken", "spoken_share")}

    def draw(exhibit, page):
        figure, axes = page.sheet(exhibit, 1.2, gutter=1.6)
        rows = table.frame.to_dict(as_series=False)
        axes.barh([0, 1], rows["persons"], color=style.COLOURS[Evidence.PUBLISHED], height=0.6)
        words = [sentences.text(f"sample.category.{one}", page.lang).plain for one in rows["category"]]
        charts.names(axes, words, 1.6)
        axes.set_xlim(0, 6000)
        for row, persons in enumerate(rows["persons"]):
            style.label_number(axes, persons + 80, row, table.at(row, table.columns[1].name), page.lang)
        label = sentences.text("sample.reach.label", page.lang, **WORDS, **numbers)
        style.label_text(axes, 1500, 0.5, label, "sample.reach.label")
        return figure

    return Exhibit("figure1_reach", "sample.reach", table, numbers, WORDS).drawn(draw)


def summary_exhibit() -> Exhibit:
    return Exhibit("bounds_events", "sample.events", events_table(), {one: named(one) for one in NUMBERS})


SETTINGS = (
    Setting("team.fte", 9.0, 9.0, 9.0, "fte", source="L028", confidence="A", place="params/base.yml:12"),
    Setting("work.minutes", 75.0, 45.0, 120.0, "minutes", source="aanname", place="params/base.yml:30"),
    Setting(
        "people.share", 0.25, 0.2, 0.3, "share", "declined", datetime.date(2019, 4, 1), "x", "B", "a.yml:1"
    ),
    Setting("calendar.start", datetime.date(2018, 9, 3), source="L027", place="params/base.yml:2"),
    Setting("policy.rule", True, source="=1+1", place="params/base.yml:3"),
)


def meta(**changes: object) -> Meta:
    found = claims()
    given = {
        "title": {"nl": "Basis", "en": "Base"},
        "digest": "a1b2c3d4",
        "version": "0.1.0",
        "settings": SETTINGS,
        "claims": tuple(found[name] for name in found),
        "documents": documents(),
    }
    return Meta(**{**given, **changes})


def few_claims() -> tuple[Claim, ...]:
    """Return the claims that the sample's tables refer to and some more: enough for a browser."""
    found = claims()
    return tuple(found[name] for name in found if name.startswith("L04") or name in ("L012", "L013"))


@contextmanager
def sample_sentences() -> Iterator[None]:
    """Add the sample's sentences to those of the package."""
    real = sentences._file
    extra = {
        "sample": dict(sentences._flatten("sample", SENTENCES)),
        "section": dict(sentences._flatten("section", SECTIONS)),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "_file", lambda stem: extra[stem] if stem in extra else real(stem))
        yield


def publish_all(out: Path) -> None:
    """Publish the sample's exhibits as notebooks of a run would, into a staging folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT_VARIABLE, str(out))
        patch.setenv(NOTEBOOK_VARIABLE, "10_history")
        publish(reach_exhibit())
        patch.setenv(NOTEBOOK_VARIABLE, "12_bounds")
        publish(summary_exhibit())
    (out / "notebooks").mkdir()
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"]},
            "source": ['scenario = "params/base.yml"'],
        },
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {}, "source": ["x = 1 < 2\n", "kik.publish(x, language)"]},
    ]
    (out / "notebooks" / "10_history.ipynb").write_text(json.dumps({"cells": cells}))


def run(out: Path, **changes: object) -> Path:
    """Publish and build the sample in a folder; return the folder."""
    out.mkdir(parents=True, exist_ok=True)
    with sample_sentences():
        publish_all(out)
        build(out, meta(**changes))
    return out
