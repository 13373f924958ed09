"""Simulations among the sources of numbers: one entry says what a simulation read, its numbers name it.

A simulation reads nearly every parameter, and each of its hundreds of numbers rests on all of them. Written
out in full that is most of ``numbers.json``. So the file holds each simulation once, as a number of its own
(how many runs) under ``simulation/NAME`` with everything that it read; the numbers that rest on it say
``simulation:NAME`` instead. Who reads the file gets the full list back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KIND = "simulation"


def entry(name: str) -> str:
    """Return the id of the number that says what the simulation ``name`` rests on."""
    return f"{KIND}/{name}"


def _resting(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], own: str) -> list[str]:
    """Return the ids of the simulations, other than ``own``, that a row names and that have an entry."""
    names = (read.partition(":")[2] for read in row.get("reads", ()) if read.startswith(f"{KIND}:"))
    return [entry(name) for name in names if entry(name) != own and entry(name) in rows]


def shorten(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rows of ``numbers.json`` with the sources of simulations named once.

    ``rows``: id to the row that ``Number.as_json`` wrote, with all its ``reads``.
    """
    out = {}
    for name, row in rows.items():
        kept = list(row.get("reads", ()))
        if not name.startswith(f"{KIND}/"):
            known = {read for found in _resting(row, rows, name) for read in rows[found]["reads"]}
            # a simulation stays by name, also where one simulation was read together with another
            kept = [read for read in kept if read not in known or read.startswith(f"{KIND}:")]
        out[name] = {**row, "reads": kept}
    return out


def complete(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rows of ``numbers.json`` with all their sources: what :func:`shorten` left out comes back.

    ``rows``: the content of the file.
    """
    out = {}
    for name, row in rows.items():
        reads = set(row.get("reads", ()))
        found = _resting(row, rows, name)
        more = reads.union(*(rows[one].get("reads", ()) for one in found))
        out[name] = {**row, "reads": sorted(more)} if more > reads else dict(row)
    return out
