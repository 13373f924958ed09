"""Sentences that hold for every scenario: an exhibit whose texts are chosen from what its data say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kik_analysis.capacity.compiled import Compiled, Queue
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.simulations import entry
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text


@dataclass(frozen=True)
class Told(Exhibit):
    """An exhibit of which some texts consist of sentences that hold for this scenario.

    Attributes
    ----------
    chosen
        By part (title, subtitle, alt, note) the names of its sentences, in order; a part left out has the one
        sentence of its own name.
    """

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, part: str, lang: Lang) -> Text:
        """Return a part of the text: its chosen sentences, one after the other."""
        if part not in self.chosen:
            return super().text(part, lang)
        values = {**self.words, **self.numbers}
        return sentences.join(
            [sentences.text(f"{self.key}.{name}", lang, **values) for name in self.chosen[part]]
        )


def choose(**sentences_if: bool) -> tuple[str, ...]:
    """Return the names of the sentences that hold, in the order given."""
    return tuple(name for name, holds in sentences_if.items() if holds)


def runs(name: str, count: int, reads: tuple[str, ...], place: str) -> Number:
    """Return how many runs a simulation had: the entry that says what the numbers made of it rest on.

    Parameters
    ----------
    name
        The simulation's name on record.
    count
        Replications or draws.
    reads
        Everything it read.
    place
        Module and function.
    """
    value = float(count)
    return Number(entry(name), value, None, None, "count", 0, Evidence.RECOMPUTED, reads, place)


def spans(number: Number) -> bool:
    """Tell whether a reader sees two different limits of a number."""
    limits = (number.low or 0.0, number.high or 0.0)
    low, high = (notation.rounded(limit, number.decimals) for limit in limits)
    return low != high


def follow_up_first(c: Compiled) -> bool:
    """Tell whether people spoken to before go before people not yet approached, in every segment."""
    return bool((c.lane[Queue.FOLLOW_UP] < c.lane[Queue.FIRST]).all())


def has_stop(c: Compiled) -> bool:
    """Tell whether conversations stop for everybody in some week of the run."""
    return bool((c.conversation_minutes.max(axis=1) < 0).any())


def same_rules(c: Compiled) -> bool:
    """Tell whether chances, intervals and minutes are the same in every segment (outcomes apart)."""
    parts: list[Any] = [c.conversation_minutes, c.interval, c.exit_probability, c.missed, c.promise_minutes]
    parts += [c.lane, c.definitive[None], c.lead[None], c.letters_open, c.accept]
    reach = all((c.reach[:, s] == c.reach[:, 0]).all() for s in range(len(c.segments)))
    return reach and all(bool((part == part[:, :1]).all()) for part in parts)
