"""How people answer: willingness as a Beta frailty in a table of rows, channels, and missed appointments.

A person's willingness is drawn from a Beta distribution and stays the same; after a acceptances and r
refusals the probability of another yes is (alpha + a) / (alpha + beta + a + r) (the posterior mean, Polya's
urn), so the counts are all that needs remembering. Odds ratios of channels and approaches multiply the odds
of every row: at first use they are the marginal ones, as published.
"""

from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Approach, Channel, Floats, Kind
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError

_MOST_YES = 2  # acceptances without a conversation that are still told apart
_MOST_NO = 12  # refusals that are still told apart
_PAIRS = [(a, r) for a in range(_MOST_YES + 1) for r in range(_MOST_NO + 1)]
#: Row of somebody new, somebody who declined once, and somebody in follow-up.
ROW = {"new": 0, "declined": _PAIRS.index((0, 1)), "follow_up": len(_PAIRS)}
#: Odds ratio of each approach.
_APPROACH = {
    Approach.LESS_NONCOMMITTAL: "contact.or_no_mention_of_voluntariness",
    Approach.JOINT_WITH_WIJ: "contact.or_joint_with_wij",
}


def meetings(fields: dict[str, Any], contact: int, channel: int, letters: int) -> tuple[Floats, Floats]:
    """Expected conversations, and missed appointments, of one invitation, by segment.

    At the mean willingness. ``fields``: of :func:`rows`. ``letters``: how many it has at most; 0 after a yes.
    """
    kind, row = (Kind.FOLLOW_UP, "follow_up") if contact else (Kind.FIRST, "new")
    answered = 1 - float(np.prod(1 - fields["reach"][0, kind, channel, :letters]))
    yes = fields["accept"][0, channel, ROW[row]]
    yes = answered * yes if letters else np.ones_like(yes)
    m, b = fields["missed"][0, contact, channel], fields["rebooked"][contact, channel]
    appointments = yes / np.maximum(1 - m * b, 1 / fields["appointments_max"])
    return appointments * (1 - m), appointments * m


def odds(p: Any, ratio: float) -> Any:
    """Probability after its odds are multiplied by a ratio."""
    p = np.asarray(p, dtype=np.float64)
    return np.where(p >= 1, 1.0, p * ratio / (1 - p + p * ratio))


def answers(reader: Reader, attempts: int) -> Floats:
    """Probability of an answer, (approach, kind, channel, attempt).

    A mail is answered or followed by calls, as many as an invitation has attempts. The second letter of a
    less non-committal invitation brings a share of those still silent on top (``second_letter_conversion``).
    """
    usual = 1 - reader.number("contact.no_answer_per_attempt")
    reach = np.full((len(Approach), len(Kind), len(Channel), attempts + 1), usual)
    reach[:, :, [Channel.HOME, Channel.OFFICE, Channel.PHONE], attempts] = 0
    reach[:, :, Channel.MAIL, 0] = reader.number("contact.mail_answered_share")
    if attempts > 1:
        more = reader.number("contact.second_letter_conversion")
        second = reach[Approach.LESS_NONCOMMITTAL, :, : Channel.PHONE, 1]
        reach[Approach.LESS_NONCOMMITTAL, :, : Channel.PHONE, 1] = second + (1 - second) * more
    return reach


def misses(reader: Reader) -> Floats:
    """Probability that an appointment is missed, (reminded, contact, channel); a mail cannot be missed.

    A reminder call multiplies the odds of coming; nobody is called before a call.
    """
    names = (("appointment", "office", "phone"), ("follow_up", "office", "phone"))
    missed = np.zeros((2, 2, len(Channel)))
    for contact, channels in enumerate(names):
        missed[:, contact, :3] = [reader.number(f"contact.missed_{name}_share") for name in channels]
    missed[1, :, :2] = 1 - odds(1 - missed[1, :, :2], reader.number("contact.or_reminder_call"))
    return missed


def follow_ups(
    target: float, answered: Floats, missed: Floats, rebooked: Floats, by_mail: float
) -> tuple[Floats, Floats]:
    """Acceptance of follow-ups and new appointments after missed ones, so that published success holds.

    Of invitations to follow-ups a share ``target`` leads to a conversation, new appointments after missed
    ones included (L015). Acceptance is what this asks for. Where people miss so often that even everybody
    saying yes is too few, a new appointment is made more often; where too few answer, everybody says yes.

    ``target``: share of invitations that lead to a conversation. ``answered``, ``missed``, ``rebooked``: by
    channel: shares that answer, of appointments missed, and of missed ones that are made again. ``by_mail``:
    share of mails that is answered; the others are called, and may miss the call. Returns acceptance and
    share of new appointments, by channel.
    """
    kept = (1 - missed) / np.maximum(1 - missed * rebooked, 1e-12)
    needed = np.divide(target, answered, out=np.ones_like(answered), where=answered > 0)
    least = np.clip(needed, 1e-12, 1)
    again = np.divide(1 - (1 - missed) / least, missed, out=rebooked.copy(), where=missed > 0)
    again = np.where(needed >= kept, np.clip(np.maximum(again, rebooked), 0, 1), rebooked)
    kept = (1 - missed) / np.maximum(1 - missed * again, 1e-12)
    called = 1 - by_mail / max(answered[Channel.MAIL], 1e-12)
    kept[Channel.MAIL] = 1 - called * (1 - kept[Channel.PHONE])
    return np.minimum(1, needed / np.maximum(kept, 1e-12)), again


def rows(reader: Reader, segments: tuple[str, ...], attempts: int) -> dict[str, Any]:
    """Make the rows: pairs of acceptances and refusals before the first conversation, then one row.

    ``reader``: the scenario. ``segments``: their names. ``attempts``: most letters in one invitation. Returns
    ``reach``, ``accept``, ``missed``, ``rebooked``, ``after_accept``, ``after_refusal`` and
    ``after_conversation`` of ``Compiled``. The published success of follow-ups holds for those of the run's
    start. ModelError it is more than the share that answers at all.
    """
    size = reader.number("people.willingness_size")
    number, last = {pair: k for k, pair in enumerate(_PAIRS)}, ROW["follow_up"]
    reach, missed = answers(reader, attempts), misses(reader)
    rebooked = np.full((2, len(Channel)), reader.number("contact.rebooked_share"))
    silent, now = 1 - reach[0, Kind.FOLLOW_UP], round(reader.number("policy.attempts"))
    answered = 1 - np.array([np.prod(row[: now + (k == Channel.MAIL)]) for k, row in enumerate(silent)])
    accept = np.zeros((len(Approach), len(Channel), last + 1, len(segments)))
    solved = rebooked[1]
    for s, name in enumerate(segments):
        mean = reader.number("contact.acceptance_first", name=name)
        accept[:, :, :last, s] = [(mean * size + a) / (size + a + r) for a, r in _PAIRS]
        target = reader.number("contact.acceptance_follow_up", name=name)
        if target > answered.min() + 1e-12 and not reader.draw:
            paths = ("policy.attempts", "contact.no_answer_per_attempt")
            own = {path for layer in reader.scenario.layers[1:] for path in layer.values}
            blamed = next((path for path in paths if path in own), "contact.acceptance_follow_up")
            raise ModelError(
                f"{reader.where(blamed)}: more follow-ups succeed than get an answer "
                f"(got {target:g}; expected contact.acceptance_follow_up at most {answered.min():.4g} with "
                "these contact.no_answer_per_attempt and policy.attempts)"
            )
        if target and missed[0, 1].max() == 1 and not reader.draw:
            of = ("follow_up", "office", "phone")[missed[0, 1].argmax()]
            raise ModelError(
                f"{reader.where(f'contact.missed_{of}_share')}: nobody ever comes, yet follow-ups succeed "
                "(got 1; expected below 1, or contact.acceptance_follow_up 0)"
            )
        accept[:, :, last, s], again = follow_ups(
            target, answered, missed[0, 1], rebooked[1], float(reach[0, Kind.FOLLOW_UP, Channel.MAIL, 0])
        )
        solved = np.maximum(solved, again)
    rebooked[1] = solved
    first = accept[:, :, :last]
    first[:, Channel.OFFICE] = odds(first[:, Channel.OFFICE], reader.number("contact.or_office"))
    for approach, path in _APPROACH.items():
        first[approach] = odds(first[approach], reader.number(path))
    return {
        "reach": reach,
        "missed": missed,
        "rebooked": rebooked,
        "accept": accept,
        "after_accept": np.array([number[min(a + 1, _MOST_YES), r] for a, r in _PAIRS] + [last]),
        "after_refusal": np.array([number[a, min(r + 1, _MOST_NO)] for a, r in _PAIRS] + [last]),
        "after_conversation": last,
    }
