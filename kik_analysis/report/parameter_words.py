"""Words for parameters: their units, segments and choices, from the tables beside the catalogue."""

from __future__ import annotations

from kik_analysis.language import sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters import vocabulary
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.report.meta import Setting

JUDGEMENT = "own judgement"
"""How the source of a prior begins that rests on no publication (``params/priors.csv``)."""


def unit(name: str, lang: Lang) -> str:
    """Return the words for a unit; nothing for a share, which is shown in percent."""
    key = f"tables.unit.{name.replace(' ', '_')}"
    if name in ("", "share", "percent", "date"):
        return ""
    if sentences.has(key):
        return sentences.text(key, lang).plain
    known = vocabulary.units(catalogue().folder)
    if name in known:
        return known[name].nl_many if lang == "nl" else known[name].en_many
    return name.replace("_", " ")


def _listed(members: tuple[str, ...], name: str, lang: Lang) -> str:
    """Return the words for a name, from the list that has exactly these members."""
    for words in vocabulary.names(catalogue().folder).values():
        if tuple(words) == members and name in words:
            return words[name][0 if lang == "nl" else 1]
    return ""


def segment(path: str, name: str, lang: Lang) -> str:
    """Return the words for a part of a parameter (a segment, a month); empty where there are none."""
    if not name or path not in catalogue():
        return ""
    entry = catalogue()[path]
    return _listed(entry.keys, name, lang) or _listed(catalogue().segments, name, lang)


def choice(path: str, name: str, lang: Lang) -> str:
    """Return the words for a chosen value, or for several separated by commas; empty where there are none."""
    if path not in catalogue():
        return ""
    found = [_listed(catalogue()[path].choices, one, lang) for one in name.split(", ")]
    return ", ".join(found) if all(found) else ""


def label(setting: Setting, lang: Lang) -> str:
    """Return what a setting is, with the part of it that it holds for."""
    words = setting.label.get(lang, "")
    part = segment(setting.path, setting.segment, lang)
    return f"{words}: {part}" if words and part else words


def source(written: str, lang: Lang) -> str:
    """Return a setting's source; a prior without a source of its own is called what it is."""
    known = vocabulary.priors(catalogue().folder)
    judgement = sentences.text("report.parameters.judgement", lang).plain
    found = [
        f"{judgement} ({one})" if one in known and known[one].source_title.startswith(JUDGEMENT) else one
        for one in written.split(", ")
    ]
    return ", ".join(found)


def section(name: str, lang: Lang) -> str:
    """Return the words for a section of a scenario; the name itself where there are none."""
    key = f"report.sections.{name}"
    return sentences.text(key, lang).plain if sentences.has(key) else name
