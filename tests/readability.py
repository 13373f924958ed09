"""Measures plain Dutch: the Flesch-Douma score, words per sentence, words we do not use.

The score is a smoke alarm, never a proof of plain language (level B1). Syllables are counted as groups of
vowels: hyphenation patterns skip breaks of one letter (o-ver, ide-e) and so score too kindly.
"""

import re
from dataclasses import dataclass

from kik_analysis.report import tracing

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_END = re.compile(r"(?<=[.!?])[\s\"”’)]+|\n+")
# a diaeresis begins a new syllable; "ieuw", "aai" and the like are one
_VOWELS = re.compile(
    r"ieu|eeu|aai|ooi|oei|aa|ee|oo|uu|ie|oe|eu|ui|ei|ij|ou|au|ai|oi|[aeiouyàáâèéêìíîòóôùúû]|[äëïöü]"
)


@dataclass(frozen=True)
class Readability:
    """How readable a text is.

    Attributes
    ----------
    score
        Flesch-Douma, about 0 (hard) to 100 (easy).
    words, sentences
        Counts.
    mean, longest
        Words per sentence.
    longest_sentence
        The sentence with the most words.
    """

    score: float
    words: int
    sentences: int
    mean: float
    longest: int
    longest_sentence: str


def syllables(word: str) -> int:
    """Return the number of syllables of a Dutch word: its groups of vowels, one at least."""
    return max(1, len(_VOWELS.findall(word.lower())))


def split(text: str) -> list[str]:
    """Return the sentences of a text; a line of its own is a sentence of its own."""
    return [piece.strip() for piece in _END.split(text) if _WORD.search(piece)]


def measure(text: str) -> Readability:
    """Measure a Dutch text.

    Flesch-Douma = 206.84 - 0.77 x (syllables per 100 words) - 0.93 x (words per sentence)
    (W. H. Douma, De leesbaarheid van landbouwbladen, 1960).

    Raises
    ------
    ValueError
        When the text holds no word.
    """
    pieces = [(sentence, _WORD.findall(sentence)) for sentence in split(text)]
    found = [word for _, inside in pieces for word in inside]
    if not found:
        raise ValueError("a text without words has no readability")
    per_hundred = 100 * sum(syllables(word) for word in found) / len(found)
    mean = len(found) / len(pieces)
    longest, inside = max(pieces, key=lambda piece: len(piece[1]))
    return Readability(
        score=206.84 - 0.77 * per_hundred - 0.93 * mean,
        words=len(found),
        sentences=len(pieces),
        mean=mean,
        longest=len(inside),
        longest_sentence=longest,
    )


LOWEST, HIGHEST = 65.0, 90.0
SHORTEST_MEAN, LONGEST_MEAN = 8.0, 12.0
LONGEST_SENTENCE = 24


def gate(text: str) -> list[str]:
    """Return what keeps a Dutch text from being plain; an empty list lets it pass.

    A score of 65 to 90 (above, it reads as a children's book), 8 to 12 words a sentence on average, none
    above 24, and no word from the list of words we do not use.
    """
    found = measure(text)
    problems = []
    if not LOWEST <= found.score <= HIGHEST:
        problems.append(f"Flesch-Douma {found.score:.0f} (expected {LOWEST:.0f} to {HIGHEST:.0f})")
    if not SHORTEST_MEAN <= found.mean <= LONGEST_MEAN:
        problems.append(
            f"{found.mean:.1f} words a sentence (expected {SHORTEST_MEAN:.0f} to {LONGEST_MEAN:.0f})"
        )
    if found.longest > LONGEST_SENTENCE:
        problems.append(f"{found.longest} words (expected at most 24): {found.longest_sentence}")
    problems += [f"the word {word!r}" for word in tracing.find(text, "banned", "nl")]
    return problems
