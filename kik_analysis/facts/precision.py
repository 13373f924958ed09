"""From words to intervals: which values a printed number, and which days a date, leaves open by its wording.

A letter that prints 57% leaves everything open that rounds to 57%; "over 1,000" leaves more open than
"1,019". The rules stand here once. They fill ``low`` and ``high`` in ``claims.csv`` and check them again
when the file is tested.

Numbers of a *whole* unit (persons, letters, ...) have closed intervals of whole numbers. For the other
units the lower limit belongs to the interval and the upper one does not (rounding half up: a share of
0.505 is printed as 51%, one of 0.515 as 52%); the file holds 0.505 and 0.515.
"""

import calendar
import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kik_analysis.errors import DataError
from kik_analysis.reading.records import DAY

Limits = tuple[int | float | None, int | float | None]

_COUNTED = (
    "access routes, calls, calls per contact, contact persons, contacts per person per year, "
    "conversations, conversations per year, days per week, directors per family, districts, groups, home "
    "visits, invitations, letters, life domains, municipalities, options, parties, persons, persons per "
    "worker, questions, research partners, year"
)
WHOLE_UNITS = frozenset(_COUNTED.split(", "))
"""Units that are counted: nothing lies between one and the next."""

OTHER_UNITS = frozenset({"euro", "fte", "months", "share", "years"})
"""Units that are measured."""

DATE = "date"
"""Unit of a claim that is a date: it stands in ``as_of``, and the claim has no value."""

UNITS = WHOLE_UNITS | OTHER_UNITS | {DATE}
"""The closed list of units of a claim."""


class Precision(StrEnum):
    """How a number is worded in its source."""

    EXACT = "exact"
    """Printed to the last unit: 6953."""
    ROUNDED = "rounded"
    """Printed rounded: 57%, "seven thousand"."""
    FRACTION = "fraction"
    """A common fraction in words: "half"."""
    CIRCA = "circa"
    """"circa 1700": said to be rounded."""
    SOMEWHAT_OVER = "somewhat over"
    """"ruim 1.000": at least this, and not much more."""
    MORE_THAN = "more than"
    """"more than a hundred": above this, no upper limit."""
    AT_LEAST = "at least"
    AT_MOST = "at most"
    BETWEEN = "between"
    """Two numbers are named: "three or four"; the claim has no value of its own."""
    DERIVED = "derived"
    """Not printed: computed from other claims by the claim's derivation."""
    NONE = "n/a"
    """No number."""


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _magnitude(value: int | float) -> Decimal:
    """Return the power of ten of the leading digit: 1,000 for 3,500."""
    return Decimal(1).scaleb(Decimal(str(abs(value))).adjusted())


def rounding_step(value: int | float, unit: str) -> float:
    """Return the step to which a number seems to be rounded, judged by its digits alone.

    A share is printed in whole percents: 0.01. Any other number is rounded to its last digit that is not
    zero: 7,000 to thousands, 600 to hundreds. One above a hundred that ends in fifty may have been rounded
    to fifties, and the wider reading is kept: the letter of 2019 itself writes 1,757 as 1,750, which
    rounding to tens would not give.

    ``value``: the printed number, in ``unit``; not zero unless exact. ``unit``: one of :data:`UNITS`.
    """
    if unit == "share":
        return 0.01
    number = Decimal(str(value)).normalize()
    if value == 0:
        return 1
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    digits = number.as_tuple().digits
    fifties = step == 10 and digits[-1] == 5 and len(digits) > 1
    return _number(step * 5 if fifties else step)


def rounded_to(value: int | float, step: int | float, unit: str) -> Limits:
    """Return the interval of what rounds (half up) to ``value`` in steps of ``step``.

    ``value``: the printed number. ``step``: width of the rounding: 0.01 for a whole percent, 100 for
    hundreds. ``unit``: one of :data:`UNITS`; a whole unit gives a closed interval of whole numbers. Returns
    low and high; of a unit that is measured, the upper limit itself lies outside.
    """
    centre, width = Decimal(str(value)), Decimal(str(step))
    if unit not in WHOLE_UNITS:
        return _number(centre - width / 2), _number(centre + width / 2)
    if width < 1:
        return _number(centre), _number(centre)
    below = width // 2
    return _number(centre - below), _number(centre + width - below - 1)


def _over(value: int | float, step: Decimal, unit: str) -> Limits:
    """Return from ``value`` up to the next multiple of ``step`` (of one at the least, where one counts)."""
    step = max(step, Decimal(1)) if unit in WHOLE_UNITS else step
    following = (Decimal(str(value)) // step + 1) * step
    return value, _number(following - 1 if unit in WHOLE_UNITS else following)


def interval(value: int | float | None, precision: Precision, unit: str) -> Limits | None:
    """Return the interval that a number's wording leaves open.

    ``value``: the printed number in ``unit``; None where none is printed. ``precision``: how it is worded.
    ``unit``: one of :data:`UNITS`. Returns low and high, None for a limit that does not exist; None instead
    of the pair where no rule can tell: two printed numbers (``between``) and derived numbers. DataError when
    the wording needs a number and there is none.
    """
    if precision in (Precision.BETWEEN, Precision.DERIVED):
        return None
    if precision is Precision.NONE or unit == DATE:
        return None, None
    if value is None:
        raise DataError(f"precision {precision} needs a value (got none; expected a number)")
    most = 1 if unit == "share" else None
    match precision:
        case Precision.EXACT:
            return value, value
        case Precision.ROUNDED | Precision.CIRCA:
            return rounded_to(value, rounding_step(value, unit), unit)
        case Precision.FRACTION:
            return rounded_to(value, 0.1, unit)
        case Precision.SOMEWHAT_OVER:
            return _over(value, _magnitude(value) / 10, unit)
        case Precision.MORE_THAN:
            return (value + 1 if unit in WHOLE_UNITS else value), most
        case Precision.AT_LEAST:
            return value, most
        case Precision.AT_MOST:
            return 0, value


def wide_interval(value: int | float, precision: Precision, unit: str) -> Limits | None:
    """Return a wider reading of the same words, for a test of how much hangs on the narrow one.

    "Somewhat over 1,000" may run up to the next thousand, "half" may be anything that rounds to it in
    fifths, a share of whole tens may have been rounded to tens by a speaker. Other words have one reading.

    ``value``, ``precision``, ``unit``: as for :func:`interval`.
    """
    if precision is Precision.SOMEWHAT_OVER:
        return _over(value, _magnitude(value), unit)
    if precision is Precision.FRACTION:
        return rounded_to(value, 0.2, unit)
    if precision is Precision.ROUNDED and unit == "share" and Decimal(str(value)) % Decimal("0.1") == 0:
        return rounded_to(value, 0.1, unit)
    return interval(value, precision, unit)


_SEASON = "(?: spring| summer| autumn| end| start)?"
AS_OF = re.compile(rf"(?:(?:before|from|circa) )?{DAY}{_SEASON}(?:(?:\.\.| or ){DAY}{_SEASON})?")
"""``2019-10-10``, ``2015..2019-07`` (a period), ``2019-10 or 2019-07`` (not said which), ``from 2021``,
``circa 2015``, ``before 2020 summer``."""
_MOMENT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?: (spring|summer|autumn|end|start))?")
_MONTHS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "start": (1, 3), "end": (10, 12)}
"""First and last month: the seasons of the weather services; start and end of a year as its quarters."""


@dataclass(frozen=True)
class Period:
    """What the words of a date leave open.

    ``first``, ``last``: first and last day; ``last`` is None for a period that had not ended (``from 2021``).
    ``words``: precision of the words: ``day``, ``month``, ``season``, ``year`` (of the vaguer end of a
    period). ``lasting``: true for a period (``2015..2019-07``), False for a moment that is known to ``words``
    only.
    """

    first: datetime.date
    last: datetime.date | None
    words: str
    lasting: bool


_VAGUENESS = ("day", "month", "season", "year")


def _moment(text: str) -> tuple[datetime.date, datetime.date, str]:
    match = _MOMENT.fullmatch(text)
    if not match:
        raise DataError(f"not a date (got {text}; expected YYYY-MM-DD, YYYY-MM, YYYY or YYYY season)")
    year, month, day, season = match.groups()
    try:
        start = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError as error:
        raise DataError(f"not a date (got {text}; {error})") from None
    if day:
        return start, start, "day"
    first, last = (int(month), int(month)) if month else _MONTHS.get(season, (1, 12))
    words = "month" if month else "season" if season else "year"
    end = calendar.monthrange(int(year), last)[1]
    return datetime.date(int(year), first, 1), datetime.date(int(year), last, end), words


def period(as_of: str) -> Period:
    """Return the days that a claim's ``as_of`` leaves open.

    ``as_of``: ``2019-10-10``, ``2019-10``, ``2019``, ``2020 spring``, ``2015..2019-07``, ``2019-10 or
    2019-07`` (not said which), ``from 2021``, ``before 2020 summer`` (the last day before it is both the
    first and the last), ``circa 2015``. DataError when the words are none of these.
    """
    qualified = as_of.startswith(("from ", "before ", "circa "))
    sort, rest = as_of.split(" ", 1) if qualified else ("", as_of)
    parts = re.split(r"\.\.| or ", rest)
    found = sorted(_moment(part) for part in parts)
    words = max((part[2] for part in found), key=_VAGUENESS.index)
    if sort == "before":
        day = found[0][0] - datetime.timedelta(days=1)
        return Period(day, day, words, lasting=False)
    if sort == "from":
        return Period(found[0][0], None, words, lasting=True)
    return Period(found[0][0], max(part[1] for part in found), words, lasting=".." in as_of)


def last_day(as_of: str) -> datetime.date:
    """Return the last day that ``as_of`` leaves open.

    DataError when the words are no date, or name a period that had not ended.
    """
    last = period(as_of).last
    if last is None:
        raise DataError(f"no last day (got {as_of}; expected a moment or a period that ended)")
    return last
