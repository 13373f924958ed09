"""One number, date, choice, switch or text: whether it may stand there, and what a planner probably meant.

Numbers as Dutch planners type them get a helpful refusal, never a guess: ``62,5``, ``65 %``, ``3.939``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from kik_analysis import project
from kik_analysis.parameters.catalogue import Atom, Entry
from kik_analysis.parameters.vocabulary import did_you_mean, names
from kik_analysis.reading.problems import Located, Problems, shown
from kik_analysis.reading.text import hidden
from kik_analysis.reading.yaml import Broken, Node, Scalar, Sequence, shown_node

TEXT_LIMIT = 2000
_LAST = "appointment"  # what an order may leave out: it comes last, as it did before it had a name
_DATE = "a date, as in 2019-10-07"
_FRACTIONS = ("share", "share_per_year", "share_points")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+\Z")
_LOOSE_DATE = re.compile(r"([0-9]{1,4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,4})\Z")
_SWITCH = {
    **dict.fromkeys(("yes", "on", "ja", "aan", "y", "waar"), "; write true"),
    **dict.fromkeys(("no", "off", "nee", "uit", "n", "onwaar"), "; write false"),
}


def written(atom: object) -> str:
    """Return a value as it stands in a message: 9 rather than 9.0."""
    return f"{atom:.10g}" if isinstance(atom, float) else str(atom)


def _percent(found: re.Match[str], entry: Entry) -> str:
    number = float(found[1].replace(",", "."))
    meant = number / 100 if entry.unit in _FRACTIONS else number
    return f"write {written(round(meant, 12))} for {found[1]} %"


def _grouped(found: re.Match[str], entry: Entry) -> str:
    text = found[0]
    if entry.type != "whole" and text.count(".") + text.count(",") < 2:
        return ""  # one comma with three digits behind it may be a decimal
    return f"{re.sub('[.,]', '', text)} is written without points or commas"


def _exponent(found: re.Match[str], entry: Entry) -> str:
    number = float(found[0])
    return f"write it out as {written(number)}" if abs(number) < 1e15 else ""


def _bare(text: str) -> str:
    return text.replace(".", "").replace(",", ".")


_MEANT: tuple[tuple[str, Callable[[re.Match[str], Entry], str]], ...] = (
    (
        "[\u2018\u2019\u201c-\u201f]?[-+]?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?[\u2018\u2019\u201c-\u201f]?",
        lambda found, _: "remove the quotation marks",
    ),
    (r"([-+]?[0-9]+(?:[.,][0-9]+)?) ?%", _percent),
    (
        "(?i:(?:\N{EURO SIGN}|EUR|euro) ?([0-9][0-9.,]*?)[.,]*(?:,-)?)",
        lambda found, _: f"write {_bare(found[1])} without the currency sign",
    ),
    (r"[-+]?[0-9]{1,3}(?:[.,][0-9]{3})+", _grouped),
    (r"[-+]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+", lambda found, _: f"write {_bare(found[0])}"),
    (
        r"[-+]?[0-9]+,[0-9]+",
        lambda found, _: f"write {found[0].replace(',', '.')} (a point, not a comma)",
    ),
    (r"0+[0-9]+", lambda found, _: f"write {found[0].lstrip('0') or '0'} without a zero in front"),
    (r"[0-9]+(?:_[0-9]+)+", lambda found, _: f"write {found[0].replace('_', '')}"),
    (r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]{1,2}", _exponent),
    (r"[-+]?(?:\.[0-9]+|[0-9]+\.)", lambda found, _: f"write {written(float(found[0]))}"),
    (
        r"([-+]?[0-9]+(?:\.[0-9]+)?) *[^\W\d_]+(?: .*)?",
        lambda found, _: f"write {found[1]} alone, the unit is known",
    ),
)
"""What a text that is no number looks like, and what to write; the first that has something to say."""


def read_atom(entry: Entry, node: Node, key: str, problems: Problems) -> Atom | None:
    """Return the value at a node, or None after adding a problem.

    ``entry``: the parameter that the value is for. ``node``: where it stands. ``key``: its path in messages,
    for example ``work.minutes_conversation.low``. ``problems``: receives what is wrong.
    """
    if isinstance(node, Broken):
        return None
    if entry.type == "order" and isinstance(node, Sequence):
        return _order(entry, node, key, problems)
    what, got = "one value is wanted here", shown_node(node)
    if entry.type == "order":
        what = "a list is wanted here"
    elif isinstance(node, Scalar) and node.value is None:
        what, got = "no value is given", ""
    elif isinstance(node, Scalar):
        found, what = _READERS[entry.type](entry, node)
        if found is not None:
            right = isinstance(found, bool | str) or within(entry, found, node, key, problems, node.text)
            return found if right else None
        got = node.text if isinstance(node.value, float) else got
    problems.add(node, what, key=key, got=got, expected=wanted(entry))
    return None


def wanted(entry: Entry) -> str:
    """Return what may stand as one value of a parameter, in words."""
    bare = entry.unit in ("count", *_FRACTIONS, "ratio")
    unit = "" if bare else f" of {entry.unit.replace('_', ' ')}"
    choices = ", ".join(entry.choices)
    return {
        "number": f"a number{unit}",
        "whole": f"a whole number{unit}",
        "date": _DATE,
        "switch": "true or false",
        "order": f"a list of {choices} in order",
    }.get(entry.type, f"one of {choices}")


def _possible(entry: Entry, atom: Atom) -> bool:
    low, high = entry.minimum, entry.maximum
    return (low is None or atom >= low) and (high is None or atom <= high)  # type: ignore[operator]


def within(entry: Entry, atom: Atom, where: Located, key: str, problems: Problems, text: str = "") -> bool:
    """Tell whether a number or date is possible at all; add a problem when it is not."""
    if _possible(entry, atom):
        return True
    what = "outside what is possible"
    share = entry.unit in _FRACTIONS and entry.maximum == 1
    if share and isinstance(atom, int | float) and 1 < atom <= 100:
        what += f"; write {written(atom / 100)} for {written(atom)} %"
    problems.add(where, what, key=key, got=text or written(atom), expected=span(entry))
    return False


def span(entry: Entry) -> str:
    """Return the possible range of a parameter in words."""
    low, high = entry.minimum, entry.maximum
    if low is not None and high is not None:
        return f"{written(low)} to {written(high)}"
    ends = (("at least", low), ("at most", high))
    return next((f"{word} {written(end)}" for word, end in ends if end is not None), wanted(entry))


def read_date(node: Node | None, key: str, problems: Problems) -> datetime.date | None:
    """Return the date at a node, or None after adding a problem."""
    if node is None or isinstance(node, Broken):
        return None
    if isinstance(node, Scalar) and isinstance(node.value, datetime.date):
        return node.value
    hint = _date_hint(node) if isinstance(node, Scalar) else ""
    problems.add(node, f"not a date{hint}", key=key, got=shown_node(node), expected=_DATE)
    return None


def read_text(node: Node | None, key: str, problems: Problems, most: int = TEXT_LIMIT) -> str:
    """Return the text at a node, on one line; nothing after adding a problem.

    Refused are characters that nobody can see (they would let a title read otherwise than it was written)
    and texts longer than ``most`` characters.
    """
    if node is None or isinstance(node, Broken):
        return ""
    if not isinstance(node, Scalar) or node.value is None:
        problems.add(node, "not a text", key=key, got=shown_node(node), expected="a text")
    elif sign := hidden(node.text):
        problems.add(node, "a character that cannot be seen; remove it", key=key, got=sign)
    elif len(node.text) > most:
        got = f"{len(node.text)} characters"
        problems.add(node, "the text is too long", key=key, got=got, expected=f"at most {most}")
    else:
        return " ".join(node.text.split())
    return ""


Found = tuple[Atom | None, str]
"""A value; or what is wrong with what stands there."""


def _number(entry: Entry, node: Scalar) -> Found:
    value = node.value
    if isinstance(value, bool | datetime.date):
        return None, "not a number"
    if isinstance(value, str):
        if hidden(value):
            return None, "not a number; it holds a character that cannot be seen"
        hints = (
            meant(found, entry)
            for pattern, meant in _MEANT
            if (found := re.fullmatch(pattern, value.strip()))
        )
        return None, "; ".join(["not a number", *[hint for hint in hints if hint][:1]])
    assert value is not None
    bare = node.text.replace(".", "")
    if entry.type == "whole" and isinstance(value, float):
        grouped = re.fullmatch(r"[-+]?[0-9]{1,3}(\.[0-9]{3})+", node.text)
        return None, "not a whole number" + (f"; {bare} is written without a point" if grouped else "")
    in_file = node.end > node.start  # a number of Python has been read already
    if in_file and _THOUSANDS.match(node.text) and _possible(entry, float(bare)):
        short = written(value)
        decimal = node.text + "0" if short == node.text else short
        return None, f"read as thousands or as a decimal? write {bare}, or {decimal}"
    return (value if entry.type == "whole" else float(value)), ""


def _date(entry: Entry, node: Scalar) -> Found:
    return (
        (node.value, "") if isinstance(node.value, datetime.date) else (None, f"not a date{_date_hint(node)}")
    )


def _date_hint(node: Scalar) -> str:
    """Return the date that was probably meant, when the text reads as one in Dutch or ISO order."""
    text = re.sub(r"\A(\d{4})(\d\d)(\d\d)\Z", r"\1-\2-\3", node.text.strip().casefold())
    for number, month in enumerate(names(project.params())["month"].values(), 1):
        text = re.sub(rf"\b({'|'.join(month)})\b", str(number), text, flags=re.IGNORECASE)
    found = _LOOSE_DATE.match(text)
    if not found:
        return ""
    parts = [int(part) for part in found.groups()]
    try:
        date = datetime.date(*(parts if len(found[1]) == 4 else parts[::-1]))
    except ValueError:
        return ""
    return f"; write {date.isoformat()}" + (" unquoted" if node.quoted else "")


def _switch(entry: Entry, node: Scalar) -> Found:
    if isinstance(node.value, bool):
        return node.value, ""
    return None, "not true or false" + _SWITCH.get(node.text.strip().lower(), "")


def _choice(entry: Entry, node: Scalar) -> Found:
    if isinstance(node.value, str) and node.value in entry.choices:
        return node.value, ""
    return None, f"not one of the choices{did_you_mean(node.text, entry.choices)}"


_READERS = {"number": _number, "whole": _number, "date": _date, "switch": _switch, "choice": _choice}


def _order(entry: Entry, node: Sequence, key: str, problems: Problems) -> Atom | None:
    found: list[str] = []
    for index, item in enumerate(node.items, 1):
        text = item.text if isinstance(item, Scalar) and isinstance(item.value, str) else ""
        if text in entry.choices and text not in found:
            found.append(text)
        elif text in found:
            what = "stands in the list already"
            problems.add(item, what, key=f"{key}[{index}]", got=text)
        elif not isinstance(item, Broken):
            hint = did_you_mean(item.text, entry.choices) if isinstance(item, Scalar) else ""
            what = f"not one of the choices{hint}"
            got = shown(item.value) if isinstance(item, Scalar) else "no single word"
            problems.add(item, what, key=f"{key}[{index}]", got=got, expected=wanted(entry))
    if len(found) < len(node.items):
        return None
    found += [_LAST] if _LAST in entry.choices and _LAST not in found else []
    if missing := [choice for choice in entry.choices if choice not in found]:
        problems.add(node, f"not in the list: {', '.join(missing)}", key=key, expected=wanted(entry))
        return None
    return tuple(found)
