"""Puts a difference between two results into words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.runs.difference import Change, Difference, Reason

MOST_NAMES = 3
"""Causes that the one line after a run names."""


def say(key: str, lang: Lang, **values: object) -> str:
    """Return a sentence of ``texts/runs.toml`` with names and counts filled in."""
    return sentences.template(f"runs.{key}", lang).format(**values)


def summary(found: Difference, lang: Lang) -> str:
    """Return the one line after a run: how many numbers changed, and because of what."""
    if not found.changes:
        return say("since.same", lang)
    changed = [change for change in found.changes if change.old and change.new]
    parts = []
    if changed:
        parts.append(say("since.one" if len(changed) == 1 else "since.many", lang, count=len(changed)))
    for key, side in (("since.added", "old"), ("since.gone", "new")):
        count = sum(getattr(change, side) is None for change in found.changes)
        if count:
            parts.append(say(key, lang, count=count))
    causes = _causes(found.changes, lang)
    because = f" {say('since.because', lang, causes=causes)}" if causes else ""
    return say("since.changed", lang, parts=", ".join(parts)) + because


def _causes(changes: Iterable[Change], lang: Lang) -> str:
    by_reason: dict[Reason, set[str]] = {}
    for change in changes:
        for reason, source in change.causes:
            by_reason.setdefault(reason, set()).add(source.partition(":")[2])
    parts = []
    for reason in Reason:
        names = sorted(by_reason.get(reason, ()))
        if names:
            shown = ", ".join(names[:MOST_NAMES])
            more = say("since.more", lang, count=len(names) - MOST_NAMES)
            tail = f" {more}" if len(names) > MOST_NAMES else ""
            parts.append(f"{say(f'reason.{reason}', lang)} ({shown}{tail})")
    return "; ".join(parts)


def lines(found: Difference, old: Path, new: Path, lang: Lang) -> list[str]:
    """Return the whole difference: inputs that differ, with where they were set, and every changed number."""
    told = []
    if found.inputs:
        told.append(say("diff.inputs", lang))
        before, after = _settings(old), _settings(new)
        for reason, source in found.inputs:
            told.append(f"  {say(f'reason.{reason}', lang)}: {source}{_setting(source, before, after)}")
    if not found.changes:
        return [*told, say("diff.same", lang)]
    told.append(say("diff.numbers", lang))
    for change in found.changes:
        causes = ", ".join(f"{say(f'reason.{reason}', lang)} {source}" for reason, source in change.causes)
        why = causes or say("reason.none", lang)
        told.append(f"  {change.id}: {_value(change.old, lang)} -> {_value(change.new, lang)} ({why})")
    if found.unexplained:
        names = ", ".join(found.unexplained)
        told.append(say("diff.unexplained", lang, count=len(found.unexplained), names=names))
    return told


def _value(row: Mapping[str, Any] | None, lang: Lang) -> str:
    if row is None:
        return say("diff.absent", lang)

    def text(part: str) -> str:
        value = row[part]
        return ".." if value is None else notation.shown(value, row["unit"], row["decimals"], lang)

    limits = "" if row["low"] is None and row["high"] is None else f"[{text('low')}, {text('high')}]"
    value = "" if row["value"] is None else text("value")
    return f"{' '.join(part for part in (value, limits) if part)} {row['unit']}".strip()


def _settings(folder: Path) -> dict[str, tuple[str, str]]:
    """Return for each parameter its value as text and ``FILE:LINE``, several segments joined."""
    try:
        rows = json.loads((folder / "parameters.json").read_bytes())
    except (OSError, ValueError):
        return {}
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        value = str(row["value"])
        if row["path"] in found:
            value = f"{found[row['path']][0]}, {value}"
        found[row["path"]] = (value, row["where"])
    return found


def _setting(source: str, before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]) -> str:
    kind, _, name = source.partition(":")
    if kind != "parameter":
        return ""
    sides = [f"{found[name][0]} ({found[name][1]})" for found in (before, after) if name in found]
    return f" {' -> '.join(sides)}" if sides else ""
