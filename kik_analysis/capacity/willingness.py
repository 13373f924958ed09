"""How people answer: willingness as a Beta frailty in a table of rows, and missed appointments.

A person's willingness is drawn from a Beta distribution and stays the same; after a acceptances and r
refusals the probability of another yes is (alpha + a) / (alpha + beta + a + r) (the posterior mean, Polya's
urn), so
the counts are all that needs remembering.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Kind
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError

_MOST_YES = 2  # acceptances without a conversation that are still told apart
_MOST_NO = 12  # refusals that are still told apart


@dataclass(frozen=True)
class Rows:
    """Willingness rows of a scenario.

    Attributes
    ----------
    fields
        ``accept``, ``after_accept``, ``after_refusal``, ``after_conversation`` of ``Compiled``.
    named
        Row of somebody ``new``, somebody who ``declined`` once, somebody in ``follow_up``.
    reach, missed, rebooked
        As in ``Compiled``.
    """

    fields: dict[str, Any]
    named: dict[str, int]
    reach: Any
    missed: Any
    rebooked: Any

    def meetings(self, kind: Kind, s: int) -> tuple[float, float]:
        """Expected conversations, and missed appointments, of one invitation (at the mean willingness)."""
        answered = 1 - float(np.prod(1 - self.reach[kind, s]))
        row = self.named[{Kind.FIRST: "new", Kind.AGAIN: "declined", Kind.FOLLOW_UP: "follow_up"}[kind]]
        yes = answered * float(self.fields["accept"][row, s])
        m, b = float(self.missed[kind, s]), float(self.rebooked[s])
        appointments = yes / (1 - m * b)
        return appointments * (1 - m), appointments * m


def odds(p: float, ratio: float) -> float:
    """Probability after its odds are multiplied by a ratio."""
    return 1.0 if p >= 1 else p * ratio / (1 - p + p * ratio)


def missed(reader: Reader, segment: str) -> tuple[float, float, float]:
    """Share of appointments missed, by kind of invitation.

    A reminder call multiplies the odds of coming. Nobody misses a follow-up here: published success of
    follow-ups leaves no room for missed appointments on top of refusals and letters without answer.
    """
    share = reader.number("contact.missed_appointment_share", name=segment)
    if reader.atom("policy.reminder_call", name=segment):
        share = 1 - odds(1 - share, reader.number("contact.or_reminder_call"))
    return share, share, 0.0


def follow_up(reader: Reader, segment: str, answered: float) -> float:
    """Probability that an answer to a follow-up is yes, so that the published success per invitation holds.

    Raises
    ------
    ModelError
        The published success is more than the share that answers at all.
    """
    target = reader.number("contact.acceptance_follow_up", name=segment)
    if target > answered + 1e-12:
        if reader.draw:
            return 1.0
        raise ModelError(
            f"{reader.where('contact.acceptance_follow_up')}: more follow-ups succeed than get an answer "
            f"(got {target:g}; expected at most {answered:.4f} given "
            "contact.no_answer_per_attempt and policy.attempts)"
        )
    return min(1.0, target / answered) if answered else 0.0


def rows(reader: Reader, segments: tuple[str, ...], reach: Any, miss: Any, rebooked: Any) -> Rows:
    """Make the rows: pairs of acceptances and refusals before the first conversation, then one row."""
    size = reader.number("people.willingness_size")
    pairs = [(a, r) for a in range(_MOST_YES + 1) for r in range(_MOST_NO + 1)]
    number = {pair: k for k, pair in enumerate(pairs)}
    last = len(pairs)
    accept = np.zeros((last + 1, len(segments)))
    for s, name in enumerate(segments):
        mean = reader.number("contact.acceptance_first", name=name)
        for k, (a, r) in enumerate(pairs):
            accept[k, s] = (mean * size + a) / (size + a + r)
        accept[last, s] = follow_up(reader, name, 1 - float(np.prod(1 - reach[Kind.FOLLOW_UP, s])))
    fields = {
        "accept": accept,
        "after_accept": np.array([number[min(a + 1, _MOST_YES), r] for a, r in pairs] + [last]),
        "after_refusal": np.array([number[a, min(r + 1, _MOST_NO)] for a, r in pairs] + [last]),
        "after_conversation": np.full(last + 1, last),
    }
    return Rows(fields, {"new": 0, "declined": number[0, 1], "follow_up": last}, reach, miss, rebooked)
