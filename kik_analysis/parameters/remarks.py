"""What a run says about its parameters: uncertain quantities that were fixed, facts that were changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kik_analysis.language import notation
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.catalogue import Atom, Catalogue, Entry
from kik_analysis.parameters.values import Value

_FIXED = {
    "nl": "u hebt '{title}' vastgezet{value}; het bereik {low} tot {high} is niet meegenomen",
    "en": "you have fixed '{title}'{value}; the range {low} to {high} is not taken into account",
}
_AT = {"nl": " op {value}", "en": " at {value}"}
_RENAMED = {
    "nl": "{old} heet nu {new}; schrijf die naam",
    "en": "{old} is now called {new}; write that name",
}
_FACT = {
    "nl": "u hebt '{title}' veranderd; de uitkomst gaat over een andere gemeente of een ander moment",
    "en": "you have changed '{title}'; the result is about another municipality or another moment",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence about a parameter, in Dutch and English, and where the value was set."""

    path: str
    where: str
    nl: str
    en: str

    def text(self, lang: str) -> str:
        """Return the sentence in ``nl`` or ``en``."""
        return self.nl if lang == "nl" else self.en

    def __str__(self) -> str:
        return f"{self.where}: {self.path}: {self.nl} / {self.en}"


def renamed(old: str, new: str, where: str) -> Remark:
    """Return the remark about a key that still works under its old name, for one release."""
    nl, en = (_RENAMED[lang].format(old=old, new=new) for lang in ("nl", "en"))
    return Remark(new, where, nl, en)


def remarks(values: dict[str, Value], book: Catalogue, root: str) -> tuple[Remark, ...]:
    """Return the remarks about a scenario.

    Parameters
    ----------
    values
        Every parameter.
    book
        The catalogue.
    root
        The file that extends nothing: facts that another file sets were changed.
    """
    return tuple(_remarks(values.values(), book, root))


def _remarks(values: Iterable[Value], book: Catalogue, root: str) -> Iterable[Remark]:
    for value in values:
        entry = book[value.path]
        if entry.kind == "assumption" and entry.ranged and value.exact:
            yield Remark(
                value.path, value.origin.where, _fixed(entry, value, "nl"), _fixed(entry, value, "en")
            )
        if entry.kind == "fact" and value.file not in (root, "catalogue.csv"):
            nl, en = (_FACT[lang].format(title=entry.title(lang)) for lang in ("nl", "en"))
            yield Remark(value.path, value.origin.where, nl, en)


def _fixed(entry: Entry, value: Value, lang: Lang) -> str:
    at = _AT[lang].format(value=shown(value.central, lang)) if value.simple else ""
    low, high = shown(entry.low, lang), shown(entry.high, lang)
    return _FIXED[lang].format(title=entry.title(lang), value=at, low=low, high=high)


def shown(atom: Atom | None, lang: Lang) -> str:
    """Return a value as a reader of the language writes it, with as many decimals as it has."""
    if isinstance(atom, bool) or atom is None or not isinstance(atom, int | float):
        return str(atom)
    text = f"{float(atom):.6f}".rstrip("0")
    return notation.decimal(atom, lang, len(text.partition(".")[2]))
