"""Grammar of answers: ranges, amounts with their noun, chances in tens, verdicts. Each in two languages.

A range whose ends look alike is one number; nought, one and all have words of their own. What a chance is
worth in a verdict is a rule (:func:`verdict`), so that no text can promise more than the numbers hold.
"""

import math
import re
import string
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import Estimate, Number
from kik_analysis.evidence.reads import Evidence, worst
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.language.sentences import Text

TENS = 10
"""A chance is told as so many of ten calculations: finer than that nobody should read it."""
RULE = ((0.9, "yes"), (0.66, "probably_yes"))
"""A chance of at least this gives this verdict; :data:`AGAINST` the other way round; between, it depends."""
AGAINST = ((0.1, "no"), (0.34, "probably_no"))
ONE_BY_ONE = ("persons", "conversations", "invitations")
"""Units with a word for nought: *geen mensen*, yet *0 fte*."""


def verdict(chance: float) -> str:
    """Return what a chance (0 to 1) is worth: yes, probably_yes, depends, probably_no or no."""
    if not 0 <= chance <= 1:
        raise ModelError(f"a chance is from 0 to 1 (got {chance})")
    ruled = [name for least, name in RULE if chance >= least]
    ruled += [name for most, name in AGAINST if chance <= most]
    return ruled[0] if ruled else "depends"


def judged(number: Number, limit: Number, *, most: bool = False) -> str:
    """Return whether a number is at least its limit (``most``: at most): ``holds``, ``fails`` or ``between``.

    Their ranges count: where these overlap, so that either may be true, it is ``between``.
    """
    both, ends = (limit, number) if most else (number, limit), list[float]()
    for one in both:
        parts = [x for x in (one.low, one.high, one.value) if x is not None]
        ends += (min(parts), max(parts)) if None in (one.low, one.high) else parts[:2]
    low, high, least, greatest = ends
    return "holds" if low >= greatest else "fails" if high < least else "between"


def _part(number: Number, part: str) -> float:
    value: float | None = getattr(number, part)
    if value is None:
        raise ModelError(f"number {number.id} has no {part}")
    return value


def _ends(number: Number) -> tuple[str, ...]:
    """Return which parts of a number a reader sees: both limits, or one where they look alike."""
    if number.low is None and number.high is None:
        raise ModelError(f"number {number.id} has no range")
    low, high = (notation.rounded(_part(number, part), number.decimals) for part in ("low", "high"))
    return ("low",) if low == high else ("low", "high")


def _shown(number: Number, lang: Lang, part: str) -> Text:
    found = sentences.figure(number, lang, part)
    sign = "€\N{NO-BREAK SPACE}" if number.unit.startswith("euro") else ""
    return sentences.verbatim(sign) + found if sign else found


def span(number: Number, lang: Lang) -> Text:
    """Return a range: ``12 tot 15``; ``hoogstens 15`` from nothing on; one number where ends look alike."""
    parts = {part: _shown(number, lang, part) for part in _ends(number)}
    if len(parts) == 1:
        return parts["low"]
    none = notation.rounded(_part(number, "low"), number.decimals) == 0
    none = none and (number.unit, number.high) != ("percent", 100.0)  # at most all of them says nothing
    return sentences.text(f"answers.{'at_most' if none else 'span'}", lang, **parts)


def amount(number: Number, lang: Lang) -> Text:
    """Return a number or range with its noun: ``geen mensen``, ``1 week``, ``12 tot 15 uur``."""
    ranged = number.low is not None or number.high is not None
    parts = _ends(number) if ranged else ("value",)
    seen = {notation.rounded(_part(number, part), number.decimals) for part in parts}
    how = "none" if seen == {0} else "one" if seen in ({1}, {0, 1}) else "many"
    said = span(number, lang) if ranged else _shown(number, lang, "value")
    key = f"answers.noun.{number.unit}.{'one' if how == 'one' else 'many'}"
    if not sentences.has(key):
        return said
    noun = sentences.text(key, lang)
    if how == "none" and number.unit in ONE_BY_ONE:
        # the digit goes, yet the sentence still rests on the number
        none = sentences.text("answers.none", lang)
        return Text(f"{none.plain} {noun.plain}", f"{none.html} {noun.html}", said.numbers)
    return sentences.join([said, noun])


def tens(number: Number) -> Number:
    """Return a chance in percent as a number of ten calculations, which rests on what the chance rests on."""
    told, kind = TENS * _part(number, "value") / 100, worst((number.evidence, Evidence.RECOMPUTED))
    head = f"{number.id}/tens", float(notation.rounded(told)), None, None, "count", 0
    return Number(*head, kind, number.reads, number.computation)


def of_ten(number: Number) -> Number:
    """Return the ten itself, as a number that rests on what the chance rests on."""
    return replace(tens(number), id=f"{number.id}/ten", value=float(TENS))


def chance(number: Number, lang: Lang) -> Text:
    """Return a chance as ``in 8 van de 10 berekeningen``; in words where it is none, all, or nearly so.

    ``number``: a chance in percent. ``lang``: ``nl`` or ``en``. ModelError when it is in another unit.
    """
    if number.unit != "percent":
        raise ModelError(f"{number.id} is no chance (its unit is {number.unit})")
    value, count = _part(number, "value"), tens(number)
    whole = {0.0: "never", 100.0: "always"}.get(value)
    near = {0.0: "hardly", float(TENS): "nearly"}.get(count.value or 0.0)
    if whole or near:
        said = sentences.text(f"answers.chance.{whole or near}", lang)
        return Text(said.plain, said.html, (number.id,))
    return sentences.text("answers.chance.some", lang, some=count, ten=of_ten(number))


def fill(template: str, lang: Lang, values: Mapping[str, object], place: str) -> Text:
    """Fill a sentence of a file; ``{x.range}``, ``{x.some}`` and ``{x.chance}`` follow the grammar.

    ``template``, ``lang``: the sentence and its language. ``values``: numbers, dates and references by name.
    ``place``: ``FILE:LINE: key`` of the sentence, for messages. ModelError when a number is missing or has no
    such part; the message begins with the place.
    """
    made = {}
    for field in (field for _, field, *_ in string.Formatter().parse(template) if field is not None):
        name, _, shape = field.partition(".")
        if name not in values:
            raise ModelError(f"{place}: {{{field}}}: this number does not exist in this scenario; use when")
        value, how = values[name], {"range": span, "some": amount, "chance": chance}.get(shape)
        try:
            if shape and not isinstance(value, Number):
                raise ModelError(f"{{{name}.{shape}}}: only a number has a {shape}")
            if isinstance(value, Number):
                value = how(value, lang) if how else _shown(value, lang, shape or "value")
        except ModelError as error:
            raise ModelError(f"{place}: {error}") from None
        made[f"{name}/{shape}"] = value
    return sentences.fill(re.sub(r"\{(\w+)\.?(\w*)\}", r"{\1/\2}", template), lang, made, place)


def estimate(values: object, factor: float = 1.0) -> Estimate:
    """Return the range that answers tell, the middle four fifths of an array of results, and its middle."""
    low, middle, high = (float(q) for q in np.quantile(np.asarray(values, float) * factor, (0.1, 0.5, 0.9)))
    return Estimate(middle, low, high)


def about(value: float | None) -> float | None:
    """Return a large number in round figures, two digits that count: 1,252 is told as 1,300."""
    if value is None or abs(value) < 100:
        return value
    unit: float = 10.0 ** (int(math.log10(abs(value))) - 1)
    return math.floor(value / unit + 0.5) * unit


def told(found: Estimate, decimals: int, *, counted: bool) -> Estimate:
    """Return a range as sentences tell it: in round figures where it is counted.

    The end of one that begins at nothing is rounded up: :func:`span` calls it "at most".
    """
    value, low, high = (about(x) if counted else x for x in (found.value, found.low, found.high))
    if low is not None and found.high is not None and notation.rounded(low, decimals) == 0:
        digits = max(int(math.log10(found.high)) - 1, 0) if counted and found.high > 1 else -decimals
        if notation.rounded(found.high, decimals):
            high = math.ceil(round(found.high / 10.0**digits, 9)) * 10.0**digits
    return replace(found, value=value, low=low, high=high)
