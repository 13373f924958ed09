"""An exhibit: a figure or a table with its data, its numbers and its sentences in two languages.

Also what a reader is told of every simulation: how many runs, and which part of them a band holds.
"""

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence, worst
from kik_analysis.evidence.table import Table
from kik_analysis.facts import numbers as facts
from kik_analysis.figures import style
from kik_analysis.figures.style import Page
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.language.sentences import Ref, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from kik_analysis.parameters.scenario import Scenario

PARTS = ("title", "subtitle", "alt", "note")
ANSWERS, FIRST, PICTURE = "answers", "first_page", "first_answer"
"""Exhibits that stand in places of their own, not in the folded part of their notebook."""


@dataclass(frozen=True)
class Exhibit:
    """One thing shown: the same object serves notebook, page, workbook and files.

    ``name``: name of its files: ``figures/NAME.LANG.svg``, ``tables/NAME.csv``. ``key``: prefix of its
    sentences: ``KEY.title`` (the message), ``KEY.subtitle`` (the statistic: what, where, when, unit),
    ``KEY.alt`` (text alternative, required with a figure), ``KEY.note`` (optional). ``table``: the data
    behind it, from which the figure is drawn. ``numbers``: named numbers that its sentences and labels show,
    by placeholder. Cells of the table need no entry: a sentence addresses them, ``{ROW/COLUMN}``. ``words``:
    other values for the sentences: dates, references, words; or by language (``{"nl": ..., "en": ...}``).
    ``picture``: draws the figure for a page from the exhibit, whose table holds rounded data, and begins with
    ``page.sheet``; None for a table alone. ``holds``: by name what holds, in order: where it does, a part has
    its sentence ``KEY.PART_NAME`` too, if there is one; a title has that one instead. ``stems``: named
    numbers of the project that its sentences show by their last word: with ``figure1`` the placeholder
    ``{group}`` is ``figure1.group``.
    """

    name: str
    key: str
    table: Table
    numbers: Mapping[str, Number] = field(default_factory=dict)
    words: Mapping[str, object] = field(default_factory=dict)
    picture: "Callable[[Exhibit, Page], Figure] | None" = None
    holds: Mapping[str, bool] = field(default_factory=dict)
    stems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", {**self.numbers, **dict(self._found())})

    def _keys(self, part: str) -> list[str]:
        named = [part, *(f"{part}_{name}" for name, holds in self.holds.items() if holds)]
        keys = [key for name in named if sentences.has(key := f"{self.key}.{name}")]
        return keys[-1:] if part == "title" else keys

    def _found(self) -> Iterator[tuple[str, Number]]:
        """Yield what the sentences show by its place in the table or by its name in the project."""
        keys = [key for part in PARTS for key in self._keys(part)]
        templates = [sentences.template(key, lang) for key in keys for lang in LANGUAGES]
        fields = [one for text in templates for _, one, _, _ in string.Formatter().parse(text) if one]
        for name in dict.fromkeys(sentences.placeholder(one)[0] for one in fields):
            if "/" in name:
                yield name, self.table.at(*name.rsplit("/", 1))
            elif self.stems and name not in self.numbers and name not in self.words:
                full = [f"{stem}.{name}" for stem in self.stems if f"{stem}.{name}" in facts.names()]
                yield from [(name, facts.number(one)) for one in full[:1]]

    def text(self, part: str, lang: Lang) -> Text:
        """Return a part of its text (title, subtitle, alt, note); empty where there is none."""
        said = {name: one[lang] if isinstance(one, Mapping) else one for name, one in self.words.items()}
        values = {**said, **self.numbers}
        return sentences.join([sentences.text(key, lang, **values) for key in self._keys(part)])

    def drawn(self, picture: "Callable[[Exhibit, Page], Figure]") -> "Exhibit":
        """Return the exhibit with a figure: ``picture`` draws it for a page."""
        return replace(self, picture=picture)

    def draw(self, lang: Lang, *, bare: bool = False, width: float = style.WIDTH) -> "Figure":
        """Return its figure in a language; ``bare``, ``width``: as in :class:`Page`."""
        assert self.picture is not None
        with style.house():
            return self.picture(self, Page(lang, bare, width))


def spans(number: Number) -> bool:
    """Tell whether a reader sees two different limits of a number."""
    limits = (number.low or 0.0, number.high or 0.0)
    low, high = (notation.rounded(limit, number.decimals) for limit in limits)
    return low != high


def stated(name: str, value: float, unit: str, table: Table, place: str, decimals: int = 0) -> Number:
    """Return a number about a table that no cell of it holds; it rests on what the table rests on."""
    kind = worst((table.evidence, Evidence.RECOMPUTED))  # nobody printed it
    return Number(name, value, None, None, unit, decimals, kind, table.reads, place)


def inside(table: Table, name: str, end: int = 1) -> Number:
    """Return the share inside a band, in percent: q10 to q90 as figures draw, q05 to q95 from ``end`` 0."""
    from kik_analysis.capacity.results import QUANTILES

    value = round(PERCENT * (QUANTILES[-1 - end] - QUANTILES[end]), 6)
    return stated(name, value, "percent", table, "kik_analysis.capacity.results.QUANTILES")


def titles(*scenarios: "Scenario") -> dict[tuple[str, str], Text]:
    """Return what tables call scenarios: their titles, in the place of their names (``Table.prose``)."""
    each = ((lang, one) for lang in LANGUAGES for one in scenarios)
    return {(one.name, f"scenario_{lang}"): sentences.reference(Ref(one.title[lang])) for lang, one in each}


def count(name: str, number: int, reads: tuple[str, ...], place: str) -> Number:
    """Return how many runs a simulation had: the entry that says what the numbers made of it rest on.

    ``name``: the simulation's name on record. ``number``: replications or draws. ``reads``: everything it
    read. ``place``: module and function.
    """
    assumed = any(read.startswith("parameter:") for read in reads)  # a simulation reads what is assumed
    kind = Evidence.ASSUMED if assumed else Evidence.SIMULATED
    return Number(f"simulation/{name}", float(number), None, None, "count", 0, kind, reads, place)
