"""A register: three tables of synthetic people, and what it says about itself.

``members.csv`` holds the current members of the group, ``former.csv`` people who were invited and have left,
``invitations.csv`` every invitation with its answer over both. ``register.json`` says which draw it is, with
which seed it was made and from which inputs, and that nobody in it exists.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.evidence import files
from kik_analysis.evidence.classes import Evidence
from kik_analysis.evidence.reads import note
from kik_analysis.people.attributes import ACTIVITY
from kik_analysis.people.targets import FOLLOW_UP, REACH

if TYPE_CHECKING:
    import polars as pl

MEMBERS, FORMER, INVITATIONS = "members", "former", "invitations"
ABOUT, DICTIONARY = "register.json", "dictionary.csv"
SYNTHETIC = "synthetic"
FORMAT = 1

TEXT, WHOLE, DAY, FLAG = "text", "whole", "date", "boolean"
STATES = ("never_invited", "in_contact", "overdue", "declined", "not_reached", "known_to_wij", "in_support")
SUPPORT = ("none", "programme", "social_help")
KINDS = ("first", "again", "follow_up")
ANSWERS = ("declined", "no_contact", "conversation")
CODES = {
    "reach": REACH,
    "state": STATES,
    "follow_up": FOLLOW_UP,
    "activity": ACTIVITY,
    "support": SUPPORT,
    "kind": KINDS,
    "answer": ANSWERS,
}

SCHEMA: dict[str, dict[str, str]] = {
    MEMBERS: {
        "person": TEXT,
        "reach": TEXT,
        "state": TEXT,
        "segment": TEXT,
        "follow_up": TEXT,
        "activity": TEXT,
        "referred": FLAG,
        "known_to_wij": FLAG,
        "support": TEXT,
        "age_band": TEXT,
        "duration_band": TEXT,
        "district": TEXT,
        "benefit_start": DAY,
        "invitations": WHOLE,
        "conversations": WHOLE,
        "first_invitation": DAY,
        "last_invitation": DAY,
        "last_conversation": DAY,
        "weeks_since_conversation": WHOLE,
        "weeks_since_offer": WHOLE,
        "next_due": DAY,
    },
    FORMER: {
        "person": TEXT,
        "left": DAY,
        "segment": TEXT,
        "activity": TEXT,
        "referred": FLAG,
        "age_band": TEXT,
        "duration_band": TEXT,
        "district": TEXT,
        "benefit_start": DAY,
        "invitations": WHOLE,
        "conversations": WHOLE,
        "first_invitation": DAY,
        "last_invitation": DAY,
        "last_conversation": DAY,
    },
    INVITATIONS: {
        "person": TEXT,
        "number": WHOLE,
        "kind": TEXT,
        "sent": DAY,
        "answer": TEXT,
        "answered": DAY,
    },
}
"""Columns of each table with their kinds, in order."""


@dataclass(frozen=True)
class Register:
    """Synthetic people with their histories.

    Attributes
    ----------
    members, former, invitations
        The tables; columns as in :data:`SCHEMA`.
    draw, seed
        Which draw of what the sources leave open, and the seed of chance.
    about
        What ``register.json`` says besides: people, reference day, digest of inputs, distances.
    """

    members: pl.DataFrame
    former: pl.DataFrame
    invitations: pl.DataFrame
    draw: int
    seed: int
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables by name."""
        return {MEMBERS: self.members, FORMER: self.former, INVITATIONS: self.invitations}

    def described(self) -> dict[str, Any]:
        """Return the contents of ``register.json``."""
        rows = {name: table.height for name, table in self.tables.items()}
        return {
            "format": FORMAT,
            SYNTHETIC: True,
            "draw": self.draw,
            "seed": self.seed,
            "rows": rows,
            **self.about,
        }

    def note(self) -> None:
        """Put on record that a computation rests on this register: on a simulation of assumed people."""
        name = f"register of draw {self.draw}"
        note("simulation", name, self.described(), Evidence.SIMULATED)


def types() -> dict[str, Any]:
    """Return the polars type of each kind of column."""
    import polars as pl

    return {TEXT: pl.String, WHOLE: pl.Int64, DAY: pl.Date, FLAG: pl.Boolean}


def frame_types(table: str) -> dict[str, Any]:
    """Return the polars types of a table's columns."""
    kinds = types()
    return {name: kinds[kind] for name, kind in SCHEMA[table].items()}


def read_register(folder: Path | None = None) -> Register:
    """Read a register from a folder; by default ``data/synthetic`` of the project. The reads are on record.

    Raises
    ------
    DataError
        When a file is missing, a column is not there or of another kind, or the folder does not say that it
        is synthetic.
    """
    import polars as pl

    place = project.data("synthetic") if folder is None else folder
    shown = project.relative(place)
    text = files.read_text(place / ABOUT)
    try:
        about = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{shown}/{ABOUT}: not JSON ({error})") from None
    if not isinstance(about, dict) or about.get(SYNTHETIC) is not True:
        raise DataError(
            f"{shown}/{ABOUT}: {SYNTHETIC} (got {_said(about)}; expected true): "
            "only synthetic people may be read this way"
        )
    frames = {}
    for name in SCHEMA:
        raw = files.read_bytes(place / f"{name}.csv")
        try:
            frame = pl.read_csv(io.BytesIO(raw), infer_schema=False)
            frames[name] = _typed(frame, name)
        except (pl.exceptions.PolarsError, ValueError) as error:
            first = str(error).splitlines()[0]
            raise DataError(f"{shown}/{name}.csv: {first}") from None
    known = {
        key: about[key] for key in about if key not in ("format", SYNTHETIC, "draw", "seed", "rows", "style")
    }
    register = Register(**frames, draw=int(about.get("draw", 0)), seed=int(about.get("seed", 0)), about=known)
    register.note()
    return register


def _said(about: object) -> str:
    return repr(about.get(SYNTHETIC)) if isinstance(about, dict) else "no such key"


def _typed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    import polars as pl

    expected = tuple(SCHEMA[name])
    if tuple(frame.columns) != expected:
        raise ValueError(f"columns (got {', '.join(frame.columns)}; expected {', '.join(expected)})")
    casts = []
    for column, kind in SCHEMA[name].items():
        cell = pl.col(column)
        if kind == FLAG:
            casts.append(cell.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean))
        elif kind == DAY:
            casts.append(cell.str.to_date("%Y-%m-%d"))
        else:
            casts.append(cell.cast(types()[kind]))
    return frame.with_columns(casts)
