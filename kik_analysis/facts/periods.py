"""When a claim holds: from the words of ``as_of`` to the first and the last day that they leave open."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass

from kik_analysis.errors import DataError
from kik_analysis.reading.records import DAY

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
