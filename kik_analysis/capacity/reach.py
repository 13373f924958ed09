"""Whom a promise counts, and what they have had in the 52 weeks before the end of one week."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kik_analysis.capacity.compiled import GROUP, State
from kik_analysis.capacity.layout import Whole

#: Who is counted: the whole group; all less who is known to WIJ and who declined for good; who agreed once
#: and has not declined since.
OF = ("all", "offered", "willing")
#: What counts, and from which column on it has been had: each includes those after it.
CONTACT = {"approached": 1, "any": 2, "spoken": 3}
FOR_GOOD = "declined_for_good"
WAITING = "waiting_since_start"
#: Names of the places people are counted at (``engine.tallies``).
PLACES = (*(State(number).name.lower() for number in GROUP), FOR_GOOD, WAITING)
_KNOWN_TO_WIJ = PLACES.index(State.KNOWN_TO_WIJ.name.lower())


def counted(counts: Whole, of: str, segment: int | None = None) -> Whole:
    """Return the people a promise counts, (runs, places, had) int.

    ``counts``: from :func:`kik_analysis.capacity.engine.tallies`. ``of``: one of ``OF``. ``segment``: number
    of a segment; None for the whole group.
    """
    group = counts[:, :, : PLACES.index(WAITING)]
    group = group.sum(axis=1) if segment is None else group[:, segment]
    if of == "willing":
        return np.asarray(group[:, :, 1])
    both = np.asarray(group.sum(axis=2))
    if of == "offered":
        both[:, [_KNOWN_TO_WIJ, PLACES.index(FOR_GOOD)]] = 0
    return both


def shares(people: Whole, contact: str) -> npt.NDArray[np.float64]:
    """Share of the people counted who have had a kind of contact, by run; 1 where nobody is counted."""
    total = people.sum(axis=(1, 2))
    had = people[:, :, CONTACT[contact] :].sum(axis=(1, 2))
    return np.asarray(np.divide(had, total, out=np.ones(len(total)), where=total > 0))


def without(people: Whole, contact: str) -> dict[str, float]:
    """Mean number of people who have not had it, by place; the most first."""
    lacking = people[:, :, : CONTACT[contact]].sum(axis=2).mean(axis=0)
    pairs = zip(PLACES, lacking.tolist(), strict=False)
    return dict(sorted(((name, n) for name, n in pairs if n > 0), key=lambda one: -one[1]))


def waiting(counts: Whole, segment: int | None = None) -> Whole:
    """People of the starting ``never_invited`` who still wait for a first approach, by run."""
    places = counts[:, :, PLACES.index(WAITING)].sum(axis=(2, 3))
    return np.asarray(places.sum(axis=1) if segment is None else places[:, segment])
