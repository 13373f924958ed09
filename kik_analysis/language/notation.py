"""Numbers and dates as each language writes them: 6.953, 57% and 10 oktober 2019 beside their English forms.

Values are rounded half up before Babel formats them, so that 0.5 and 1.5 both go up, as readers expect.
"""

import datetime
import functools
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Lang = Literal["nl", "en"]
LANGUAGES: tuple[Lang, ...] = ("nl", "en")
_LOCALES = {"nl": "nl_NL", "en": "en_GB"}
_DASH = "\N{EN DASH}"


def rounded(value: float, places: int = 0) -> Decimal:
    """Return ``value`` rounded half up to ``places`` decimals; minus zero becomes zero."""
    result = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


@functools.lru_cache(maxsize=1 << 16)
def decimal(value: float, lang: Lang, places: int = 0) -> str:
    """Return a number with exactly ``places`` decimals in the language's notation: ``6.953`` or ``6,953``."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(rounded(value, places), format=pattern, locale=_LOCALES[lang])


def places(value: float, most: int) -> int:
    """Return how few decimals show a value as ``most`` of them do: 12.50 is told as 12.5."""
    return next(few for few in range(most + 1) if round(value, few) == round(value, most))


def percent(value: float, lang: Lang, places: int = 0) -> str:
    """Return a percentage (``value`` in 0..100) with its sign, without a space: ``57%``."""
    return decimal(value, lang, places) + "%"


def date(day: datetime.date, lang: Lang, form: str = "d MMMM y") -> str:
    """Return a date, by default in full: ``10 oktober 2019`` or ``10 October 2019``."""
    from babel.dates import format_date

    return format_date(day, format=form, locale=_LOCALES[lang])


def written(day: str, lang: Lang) -> str:
    """Return ``2019-10-10`` as a date in full, ``2021-03`` as ``maart 2021``, a year as it is."""
    whole = [*day.split("-"), "01", "01"][:3]
    words = day if day.isdigit() else date(datetime.date.fromisoformat("-".join(whole)), lang)
    return words if len(day) > len("2021-03") else words.removeprefix("1 ")


def short_date(day: datetime.date, lang: Lang) -> str:
    """Return a date for tables: ``10-10-2019`` in Dutch, ``10 Oct 2019`` in English."""
    return date(day, lang, "dd-MM-y" if lang == "nl" else "d MMM y")


def month(number: int, lang: Lang) -> str:
    """Return the short name of a month: ``okt`` or ``Oct``."""
    return date(datetime.date(2000, number, 1), lang, "LLL")


def shown(value: float, unit: str, decimals: int, lang: Lang) -> str:
    """Return a number's digits as a reader sees them (the percent sign is not part of them)."""
    return str(int(value)) if unit == "year" else decimal(value, lang, decimals)


def sign(unit: str) -> str:
    """Return what follows the digits without a space: a percent sign, or nothing."""
    return "%" if unit == "percent" else ""


def span(low: float, high: float, unit: str, decimals: int, lang: Lang) -> str:
    """Return a range for tables and axes: ``517\N{EN DASH}715``, ``38,3\N{EN DASH}51,5%``."""
    return shown(low, unit, decimals, lang) + _DASH + shown(high, unit, decimals, lang) + sign(unit)
