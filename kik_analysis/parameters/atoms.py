"""One number, date, choice or switch: whether it may stand there, and what a planner probably meant.

Numbers as Dutch planners type them get a helpful refusal, never a guess: ``62,5``, ``65 %``, ``3.939``.
"""

from __future__ import annotations

import datetime
import re

from kik_analysis.parameters.catalogue import Atom, Entry
from kik_analysis.reading.problems import Located, Problems, did_you_mean, shown
from kik_analysis.reading.yaml import Broken, Mapping, Node, Scalar, Sequence

_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+\Z")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?:[.,][0-9]{3})+\Z")
_PERCENT = re.compile(r"([-+]?[0-9]+(?:[.,][0-9]+)?) ?%\Z")
_EURO = re.compile("(?:\N{EURO SIGN}|EUR|euro) ?([0-9][0-9.,]*)(?:,-)?\\Z", re.IGNORECASE)
_WITH_UNIT = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?) *[^\W\d_]+(?: .*)?\Z")
_LEADING_ZERO = re.compile(r"0+[0-9]+\Z")
_UNDERSCORE = re.compile(r"[0-9]+(?:_[0-9]+)+\Z")
_EXPONENT = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]{1,2}\Z")
_BARE_POINT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.)\Z")
_LOOSE_DATE = re.compile(r"([0-9]{1,4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,4})\Z")
_YES = {"yes", "on", "ja", "aan", "y", "waar"}
_NO = {"no", "off", "nee", "uit", "n", "onwaar"}
_FRACTIONS = ("share", "share_per_year", "share_points")


def read_atom(entry: Entry, node: Node, key: str, problems: Problems) -> Atom | None:
    """Return the value at a node, or None after adding a problem.

    Parameters
    ----------
    entry
        The parameter that the value is for.
    node
        Where it stands.
    key
        Its path in messages, for example ``work.minutes_conversation.low``.
    problems
        Receives what is wrong.
    """
    if isinstance(node, Broken):
        return None
    if entry.type == "order":
        return _order(entry, node, key, problems)
    if isinstance(node, Mapping | Sequence):
        got = "a list" if isinstance(node, Sequence) else "keys below it"
        problems.add(node, "one value is wanted here", key=key, got=got, expected=wanted(entry))
        return None
    if node.value is None:
        problems.add(node, "no value is given", key=key, expected=wanted(entry))
        return None
    match entry.type:
        case "number" | "whole":
            return _number(entry, node, key, problems)
        case "date":
            return _date(entry, node, key, problems)
        case "switch":
            return _switch(node, key, problems)
        case _:
            return _choice(entry, node, key, problems)


def wanted(entry: Entry) -> str:
    """Return what may stand as one value of a parameter, in words."""
    match entry.type:
        case "number":
            return "a number" + _unit(entry)
        case "whole":
            return "a whole number" + _unit(entry)
        case "date":
            return "a date, as in 2019-10-07"
        case "switch":
            return "true or false"
        case "order":
            return f"a list of {', '.join(entry.choices)} in order"
        case _:
            return f"one of {', '.join(entry.choices)}"


def _unit(entry: Entry) -> str:
    return f" of {entry.unit.replace('_', ' ')}" if entry.unit not in ("count", *_FRACTIONS, "ratio") else ""


def _number(entry: Entry, node: Scalar, key: str, problems: Problems) -> Atom | None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.add(node, _not_a_number(entry, node), key=key, got=shown(value), expected=wanted(entry))
        return None
    if entry.type == "whole" and not isinstance(value, int):
        what = "not a whole number"
        if _THOUSANDS.match(node.text):
            what += f"; {node.text.replace('.', '')} is written without a point"
        problems.add(node, what, key=key, got=node.text, expected=wanted(entry))
        return None
    number: int | float = value if entry.type == "whole" else float(value)
    return number if within(entry, number, node, key, problems, node.text) else None


def within(entry: Entry, number: float, where: Located, key: str, problems: Problems, text: str = "") -> bool:
    """Tell whether a number is possible at all; add a problem when it is not."""
    low, high = entry.minimum, entry.maximum
    below = isinstance(low, int | float) and number < low
    above = isinstance(high, int | float) and number > high
    if not (below or above):
        return True
    what = "outside what is possible"
    if entry.unit in _FRACTIONS and high == 1 and 1 < number <= 100:
        what += f"; write {_plain(number / 100)} for {_plain(number)} %"
    problems.add(where, what, key=key, got=text or _plain(number), expected=span(entry))
    return False


def span(entry: Entry) -> str:
    """Return the possible range of a parameter in words."""
    low, high = entry.minimum, entry.maximum
    if low is None and high is None:
        return wanted(entry)
    if high is None:
        return f"at least {_plain(low)}"
    if low is None:
        return f"at most {_plain(high)}"
    return f"{_plain(low)} to {_plain(high)}"


def _plain(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _not_a_number(entry: Entry, node: Scalar) -> str:
    """Return why a text is no number, with the number that was probably meant."""
    text = node.text.strip()
    base = "not a number"
    if isinstance(node.value, bool | datetime.date):
        return base
    if node.quoted and re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", text):
        return f"{base}; remove the quotation marks"
    if percent := _PERCENT.match(text):
        number = float(percent[1].replace(",", "."))
        meant = number / 100 if entry.unit in _FRACTIONS else number
        return f"{base}; write {_plain(round(meant, 12))} for {percent[1]} %"
    if euro := _EURO.match(text):
        digits = euro[1].rstrip(",.")
        return f"{base}; write {digits.replace('.', '').replace(',', '.')} without the currency sign"
    if _THOUSANDS.match(text) and (entry.type == "whole" or text.count(".") + text.count(",") > 1):
        bare = text.replace(".", "").replace(",", "")
        return f"{base}; {bare} is written without points or commas"
    if _COMMA.match(text):
        return f"{base}; write {text.replace(',', '.')} (a point, not a comma)"
    if _LEADING_ZERO.match(text):
        return f"{base}; write {text.lstrip('0') or '0'} without a zero in front"
    if _UNDERSCORE.match(text):
        return f"{base}; write {text.replace('_', '')}"
    if _EXPONENT.match(text) and abs(float(text)) < 1e15:
        return f"{base}; write it out as {_plain(float(text))}"
    if _BARE_POINT.match(text):
        return f"{base}; write {_plain(float(text))}"
    if unit := _WITH_UNIT.match(text):
        return f"{base}; write {unit[1]} alone, the unit is known"
    return base


def _date(entry: Entry, node: Scalar, key: str, problems: Problems) -> Atom | None:
    value = node.value
    if not isinstance(value, datetime.date):
        problems.add(node, f"not a date{_date_hint(node)}", key=key, got=shown(value), expected=wanted(entry))
        return None
    low, high = entry.minimum, entry.maximum
    below = isinstance(low, datetime.date) and value < low
    above = isinstance(high, datetime.date) and value > high
    if below or above:
        problems.add(node, "outside what is possible", key=key, got=node.text, expected=span(entry))
        return None
    return value


def read_date(node: Node | None, key: str, problems: Problems) -> datetime.date | None:
    """Return the date at a node, or None after adding a problem."""
    if node is None or isinstance(node, Broken):
        return None
    if isinstance(node, Scalar) and isinstance(node.value, datetime.date):
        return node.value
    hint = _date_hint(node) if isinstance(node, Scalar) else ""
    got = shown(node.value) if isinstance(node, Scalar) else "keys or a list"
    problems.add(node, f"not a date{hint}", key=key, got=got, expected="a date, as in 2019-10-07")
    return None


def _date_hint(node: Scalar) -> str:
    """Return the date that was probably meant, when the text reads as one in Dutch or ISO order."""
    found = _LOOSE_DATE.match(node.text.strip())
    if not found:
        return ""
    parts = [int(part) for part in found.groups()]
    year, month, day = parts if len(found[1]) == 4 else reversed(parts)
    try:
        return f"; write {datetime.date(year, month, day).isoformat()}" + (" unquoted" if node.quoted else "")
    except ValueError:
        return ""


def _switch(node: Scalar, key: str, problems: Problems) -> Atom | None:
    if isinstance(node.value, bool):
        return node.value
    text = node.text.strip().lower()
    hint = "; write true" if text in _YES else "; write false" if text in _NO else ""
    problems.add(node, f"not true or false{hint}", key=key, got=shown(node.value), expected="true or false")
    return None


def _choice(entry: Entry, node: Scalar, key: str, problems: Problems) -> Atom | None:
    if isinstance(node.value, str) and node.value in entry.choices:
        return node.value
    hint = did_you_mean(node.text, entry.choices)
    problems.add(
        node, f"not one of the choices{hint}", key=key, got=shown(node.value), expected=wanted(entry)
    )
    return None


def _order(entry: Entry, node: Node, key: str, problems: Problems) -> Atom | None:
    if not isinstance(node, Sequence):
        if not isinstance(node, Broken):
            got = shown(node.value) if isinstance(node, Scalar) else "keys below it"
            problems.add(node, "a list is wanted here", key=key, got=got, expected=wanted(entry))
        return None
    found: list[str] = []
    right = True
    for index, item in enumerate(node.items, 1):
        place = f"{key}[{index}]"
        if not isinstance(item, Scalar) or not isinstance(item.value, str) or item.value not in entry.choices:
            right = False
            if not isinstance(item, Broken):
                text = item.text if isinstance(item, Scalar) else ""
                what = f"not one of the choices{did_you_mean(text, entry.choices)}"
                got = shown(item.value) if isinstance(item, Scalar) else "no single word"
                problems.add(item, what, key=place, got=got, expected=wanted(entry))
        elif item.value in found:
            right = False
            problems.add(item, "stands in the list already", key=place, got=item.value)
        else:
            found.append(item.value)
    missing = [choice for choice in entry.choices if choice not in found]
    if right and missing:
        problems.add(node, f"not in the list: {', '.join(missing)}", key=key, expected=wanted(entry))
        return None
    return tuple(found) if right else None
