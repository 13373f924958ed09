"""One number, date, choice, switch or text: whether it may stand there, and what a planner probably meant.

Numbers as Dutch planners type them get a helpful refusal, never a guess: ``62,5``, ``65 %``, ``3.939``.
"""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal

from kik_analysis.parameters.catalogue import Atom, Entry, did_you_mean, names, units
from kik_analysis.reading.problems import Place, Problems, thousands
from kik_analysis.reading.storage import hidden
from kik_analysis.reading.yaml import TEXT_LIMIT, Node, Scalar, Sequence

RANGE_FORM = "{low: .., central: .., high: ..}"
_LAST = "appointment"  # what an order may leave out: it comes last, as it did before it had a name
_DATE = "a date, as in 2019-10-07"
_FRACTIONS = ("share", "share_per_year", "share_points")
_LOOSE_DATE = re.compile(r"([0-9]{1,4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,4})\Z")
_SWITCH = {
    **dict.fromkeys(("yes", "on", "ja", "aan", "y", "waar"), "; write true"),
    **dict.fromkeys(("no", "off", "nee", "uit", "n", "onwaar"), "; write false"),
}


def written(atom: object) -> str:
    """Return a value as it stands in a message: 9 rather than 9.0."""
    return f"{atom:.10g}" if isinstance(atom, float) else str(atom)


def as_share(number: float) -> str:
    """Return what to write for a percentage, as the end of a sentence; nothing for what is none."""
    return f"; write {written(number / 100)} for {written(number)} %" if 1 < number <= 100 else ""


def _percent(digits: str, entry: Entry) -> str:
    number = float(digits.replace(",", ".")) / (100 if entry.unit in _FRACTIONS else 1)
    return f"write {written(round(number, 12))} for {digits} %"


def _grouped(text: str, entry: Entry) -> str:
    bare = re.sub("[.,]", "", text)
    if entry.type != "whole" and text.count(".") + text.count(",") < 2:
        # one comma with three digits behind it may be a decimal
        return thousands(text.replace(",", ".")).partition("? ")[2] if possible(entry, float(bare)) else ""
    return f"{bare} is written without points or commas"


def _write(text: str, how: str = "") -> str:
    """Return what to write for digits with points for thousands and a comma for decimals."""
    return f"write {text.replace('.', '').replace(',', '.')}{how}"


def _with_unit(text: str, entry: Entry) -> str:
    """Return what to write for a number with words behind it: another unit is never taken for ours."""
    found = re.fullmatch(r"([-+0-9.,]+) *([^\W_]*).*", text)
    if found is None or any(sign.isnumeric() for sign in found[2]):  # as in 9½
        return ""
    unit = units()[entry.unit]
    ours = [one.casefold() for one in (unit.nl_one, unit.nl_many, unit.en_one, unit.en_many) if one]
    if not ours or any(one.startswith(found[2].casefold()) for one in ours):
        return _write(found[1].replace(".", ","), " alone, the unit is known")
    return f"write it as {wanted(entry)}, without the unit"


_QUOTE = "[\u2018\u2019\u201c-\u201f]?"
_MEANT: tuple[tuple[str, Callable[[str, Entry], str]], ...] = (
    (rf"({_QUOTE}[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?{_QUOTE})", lambda text, _: "remove the quotation marks"),
    (r"([-+]?[0-9]+(?:[.,][0-9]+)?) ?(?:%|procent|percent)", _percent),
    ("[\N{MINUS SIGN}\N{EN DASH}]([0-9.]+)", lambda text, _: f"write -{text}"),
    ("([0-9.,]+ ?(?:-|\N{EN DASH}|tot|to|t/m) ?[0-9.,]+)", lambda *_: f"a range is written as {RANGE_FORM}"),
    (
        "(?i:(?:\N{EURO SIGN}|EUR|euro) ?([0-9][0-9.,]*?)[.,]*(?:,-)?)",
        lambda text, _: _write(text, " without the currency sign"),
    ),
    (r"([-+]?[0-9]{1,3}(?:[.,][0-9]{3})+)", _grouped),
    (r"([-+]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+)", lambda text, _: _write(text)),
    (r"([-+]?[0-9]+,[0-9]+)", lambda text, _: _write(text, " (a point, not a comma)")),
    (r"0+([0-9]+)", lambda text, _: _write(text.lstrip("0") or "0", " without a zero in front")),
    (r"([0-9]+(?:_[0-9]+)+)", lambda text, _: _write(text.replace("_", ""))),
    (
        r"([-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]{1,2})",
        lambda text, _: f"write it out as {Decimal(text):f}" if abs(float(text)) < 1e15 else "",
    ),
    (r"([-+]?(?:\.[0-9]+|[0-9]+\.))", lambda text, _: f"write {written(float(text))}"),
    (r"([0-9.,]+(?: *[-+*/:] *[0-9.,]+)+)", lambda *_: "write it out as one number"),
    (r"([-+]?[0-9]+(?:[.,][0-9]+)? *[^0-9.,\s].*)", _with_unit),
)
"""What a text that is no number looks like, and what to write; the first that has something to say."""


def read_atom(entry: Entry, node: Node, key: str, problems: Problems) -> Atom | None:
    """Return the value at a node, or None after adding a problem.

    ``entry``: the parameter that the value is for. ``node``: where it stands. ``key``: its path in messages,
    for example ``work.minutes_conversation.low``. ``problems``: receives what is wrong.
    """
    if entry.type == "order" and isinstance(node, Sequence):
        return _order(entry, node, key, problems)
    what, got = "one value is wanted here", node.shown
    if entry.type == "order":
        what = "a list is wanted here"
    elif isinstance(node, Scalar) and node.value is None:
        what, got = "no value is given", node.shown if node.text else ""
    elif isinstance(node, Scalar):
        found, what = _found(entry, node)
        if found is not None and node.text.startswith("+") and ".amount" not in key:
            bare = node.text[1:]
            found, what = None, f"the whole, or so much more? write {bare}, or add it under changes"
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


def possible(entry: Entry, atom: Atom) -> bool:
    """Tell whether a number or date lies within what is possible at all."""
    low, high = entry.minimum, entry.maximum
    return (low is None or atom >= low) and (high is None or atom <= high)  # type: ignore[operator]


def within(entry: Entry, atom: Atom, where: Place, key: str, problems: Problems, text: str = "") -> bool:
    """Tell whether a value is :func:`possible`; add a problem when it is not."""
    if possible(entry, atom):
        return True
    what = "outside what is possible"
    if entry.unit in _FRACTIONS and isinstance(atom, int | float) and possible(entry, atom / 100):
        what += as_share(atom)
    problems.add(where, what, key=key, got=text or written(atom), expected=span(entry))
    return False


def span(entry: Entry) -> str:
    """Return the possible range of a parameter in words."""
    low, high = entry.minimum, entry.maximum
    if low is not None and high is not None:
        return f"{written(low)} to {written(high)}"
    ends = (("at least", low), ("at most", high))
    return next((f"{word} {written(end)}" for word, end in ends if end is not None), wanted(entry))


def read_date(node: Node, key: str, problems: Problems) -> datetime.date | None:
    """Return the date at a node, or None after adding a problem."""
    if isinstance(node, Scalar) and isinstance(node.value, datetime.date):
        return node.value
    problems.add(node, f"not a date{_date_hint(node)}", key=key, got=node.shown, expected=_DATE)
    return None


def read_text(node: Node | None, key: str, problems: Problems, most: int = TEXT_LIMIT) -> str:
    """Return the text at a node, on one line; nothing after adding a problem.

    Refused are characters that nobody can see (they would let a title read otherwise than it was written)
    and texts longer than ``most`` characters.
    """
    if node is None:
        return ""
    if not isinstance(node, Scalar) or node.value is None:
        problems.add(node, "not a text", key=key, got=node.shown, expected="a text")
    elif sign := hidden(node.text):
        problems.add(node, "a character that cannot be seen; remove it", key=key, got=sign)
    elif len(node.text) > most:
        got = f"{len(node.text)} characters"
        problems.add(node, "the text is too long", key=key, got=got, expected=f"at most {most}")
    else:
        return " ".join(node.text.split())
    return ""


def _found(entry: Entry, node: Scalar) -> tuple[Atom | None, str]:
    """Return the value of a parameter; or None, and what is wrong with what stands there."""
    value, bare = node.value, node.text.replace(".", "")
    if entry.type == "date":
        return (value, "") if isinstance(value, datetime.date) else (None, f"not a date{_date_hint(node)}")
    if entry.type == "switch":
        hint = _SWITCH.get(node.text.strip().lower(), "")
        return (value, "") if isinstance(value, bool) else (None, f"not true or false{hint}")
    if entry.type == "choice":
        hint = did_you_mean(node.text, entry.choices)
        return (value, "") if value in entry.choices else (None, f"not one of the choices{hint}")
    if isinstance(value, bool | datetime.date) or value is None:
        return None, "not a number"
    if isinstance(value, str):
        tried = ((re.fullmatch(pattern, value.strip()), say) for pattern, say in _MEANT)
        hints = filter(None, (say(found[1], entry) for found, say in tried if found))
        return None, next((f"not a number; {hint}" for hint in hints), "not a number")
    if entry.type == "whole" and isinstance(value, float):
        grouped = re.fullmatch(r"[-+]?[0-9]{1,3}(\.[0-9]{3})+", node.text)
        return None, "not a whole number" + (f"; {bare} is written without a point" if grouped else "")
    # a number of Python stands on no line, and has been read already
    if node.line and (twofold := thousands(node.text)) and possible(entry, float(bare)):
        return None, twofold
    return (value if entry.type == "whole" else float(value)), ""


def _date_hint(node: Node) -> str:
    """Return the date that was probably meant, when the text reads as one in Dutch or ISO order."""
    text = re.sub(r"\A(\d{4})(\d\d)(\d\d)\Z", r"\1-\2-\3", node.said.strip().casefold())
    for number, month in enumerate(names()["month"].values(), 1):
        text = re.sub(rf"\b({'|'.join(month)})\b", str(number), text, flags=re.IGNORECASE)
    text = re.sub(r"\A(?:(\d\d?)[-/. ])?([1-9]\d{3})\Z", lambda m: f"{m[2]}-{m[1] or 1}", text)
    if found := re.fullmatch(r"([1-9]\d{3})-0?([1-9]|1[0-2])", text):
        return f"; which day? the first of the month is {datetime.date(int(found[1]), int(found[2]), 1)}"
    if not (found := _LOOSE_DATE.match(text)):
        return ""
    parts = [int(part) for part in found.groups()]
    try:
        date = datetime.date(*(parts if len(found[1]) == 4 else parts[::-1]))
    except ValueError:
        return ""
    return f"; write {date.isoformat()}" + (" unquoted" if isinstance(node, Scalar) and node.quoted else "")


def _order(entry: Entry, node: Sequence, key: str, problems: Problems) -> Atom | None:
    found: list[str] = []
    for index, item in enumerate(node.items, 1):
        at, text = f"{key}[{index}]", item.word
        if text in entry.choices and text not in found:
            found.append(text)
        elif text in found:
            problems.add(item, "stands in the list already", key=at, got=text)
        else:
            what = f"not one of the choices{did_you_mean(item.said, entry.choices)}"
            got = item.shown if isinstance(item, Scalar) else "no single word"
            problems.add(item, what, key=at, got=got, expected=wanted(entry))
    if len(found) < len(node.items):
        return None
    found += [_LAST] if _LAST in entry.choices and _LAST not in found else []
    if missing := [choice for choice in entry.choices if choice not in found]:
        problems.add(node, f"not in the list: {', '.join(missing)}", key=key, expected=wanted(entry))
        return None
    return tuple(found)
