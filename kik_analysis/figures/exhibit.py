"""An exhibit: a figure or a table with its data, its numbers and its sentences in two languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kik_analysis.evidence.number import Number
from kik_analysis.evidence.table import Table
from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = ("title", "subtitle", "alt", "note")


@dataclass(frozen=True)
class Exhibit:
    """One thing shown: the same object serves notebook, page, workbook and files.

    Attributes
    ----------
    name
        Name of its files: ``figures/NAME.LANG.svg``, ``tables/NAME.csv``.
    key
        Prefix of its sentences: ``KEY.title`` (the message), ``KEY.subtitle`` (the statistic: what, where,
        when, unit), ``KEY.alt`` (text alternative, required with a figure), ``KEY.note`` (optional).
    table
        The data behind it, from which the figure is drawn.
    numbers
        Named numbers that its sentences and labels show, by placeholder.
    words
        Other values for the sentences: dates, references, words.
    draw
        Draws the figure in a language from the table's own (rounded) data; None for a table alone.
    """

    name: str
    key: str
    table: Table | None = None
    numbers: Mapping[str, Number] = field(default_factory=dict)
    words: Mapping[str, object] = field(default_factory=dict)
    draw: Callable[[Lang], Figure] | None = None

    def text(self, part: str, lang: Lang) -> Text:
        """Return one of the exhibit's sentences (title, subtitle, alt, note); empty where there is none."""
        key = f"{self.key}.{part}"
        if not sentences.has(key):
            return Text("", "")
        return sentences.text(key, lang, **{**self.words, **self.numbers})
