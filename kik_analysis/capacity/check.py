"""Whether a compiled scenario can exist: every array is checked before the first week."""

from __future__ import annotations

import numpy as np

from kik_analysis.capacity.compiled import Compiled, State
from kik_analysis.errors import ModelError

_STOCK_STATES = (
    State.NEVER_INVITED,
    State.IN_CONTACT,
    State.DECLINED,
    State.NOT_REACHED,
    State.KNOWN_TO_WIJ,
    State.IN_SUPPORT,
    State.OUTSIDE_SERVICES,
)
_YEAR = 52  # weeks between conversations at most (L030, D032)
_LONGEST_RUN = 1040  # weeks; the calendar ends here


class _Checker:
    def __init__(self, c: Compiled) -> None:
        self.c = c
        self.lines: list[str] = []

    def need(self, ok: object, field: str, what: str) -> None:
        """Add a line unless everything in ``ok`` holds."""
        flags = np.asarray(ok)
        if bool(flags.all()):
            return
        values = np.asarray(getattr(self.c, field.split(" ")[0]))
        got = values[~flags].flat[0] if flags.shape == values.shape and flags.ndim else None
        self.lines.append(f"{field}: {what}" + (f" (got {got:g})" if got is not None else ""))

    def shapes(self) -> bool:
        c = self.c
        t, s = c.weeks, len(c.segments)
        a, r = c.letter_minutes.shape[-1], len(c.after_accept)
        expected = {
            (t,): ("minutes_available", "promise_limit", "talk_limit", "inflow_mean", "inflow_fixed"),
            (t, s): (
                "letters_open",
                "conversation_minutes",
                "reminder_minutes",
                "travel_minutes",
                "interval",
                "registration_minutes",
                "missed_minutes",
            ),
            (s,): (
                "overrun_probability",
                "overrun_minutes",
                "definitive",
                "again_declined",
                "again_not_reached",
                "not_reached_again",
                "appointment_weeks",
                "rebook_weeks",
                "rebooked",
                "lead",
                "support_end",
                "services_end",
                "return_weeks",
                "agreed_weeks",
                "entry_segment",
            ),
            (2,): ("handover_minutes",),
            (3,): ("attempts",),
            (3, a): ("letter_minutes", "answer_weeks"),
            (3, s, a): ("reach",),
            (r, s): ("accept",),
            (r,): ("after_accept", "after_refusal", "after_conversation"),
            (3, s): ("missed", "promise_minutes"),
            (2, s, 5): ("outcome",),
            (7, s): ("exit_probability",),
            (s, 3): ("entry_status",),
            (2, s, r): ("entry_row",),
            (6, s): ("lane",),
            (len(c.stock_count),): (
                "stock_state",
                "stock_segment",
                "stock_row",
                "stock_contact",
                "stock_age",
                "stock_offer_age",
                "stock_wait",
                "stock_count",
            ),
        }
        for shape, names in expected.items():
            for name in names:
                if getattr(c, name).shape != shape:
                    self.lines.append(f"{name}: wrong shape (got {getattr(c, name).shape}; expected {shape})")
        return not self.lines

    def run(self) -> None:
        c = self.c
        self.need(1 <= c.weeks <= _LONGEST_RUN, "weeks", f"a run has 1 to {_LONGEST_RUN} weeks")
        self.need(c.start.weekday() == 0, "start", "a run starts on a Monday")
        self.need(len(c.segments) > 0, "segments", "at least one segment")
        if self.lines or not self.shapes():
            return
        for name in (
            "overrun_probability",
            "reach",
            "accept",
            "definitive",
            "not_reached_again",
            "missed",
            "rebooked",
            "outcome",
            "support_end",
            "services_end",
            "exit_probability",
            "entry_segment",
            "entry_status",
            "entry_row",
        ):
            value = getattr(c, name)
            self.need((value >= 0) & (value <= 1), name, "a probability lies between 0 and 1")
        for name in ("outcome", "entry_segment", "entry_status", "entry_row"):
            self.need(np.abs(getattr(c, name).sum(axis=-1) - 1) < 1e-9, name, "shares add up to 1")
        for name in (
            "minutes_available",
            "reminder_minutes",
            "travel_minutes",
            "registration_minutes",
            "missed_minutes",
            "overrun_minutes",
            "handover_minutes",
            "letter_minutes",
            "promise_minutes",
            "inflow_mean",
            "inflow_fixed",
            "appointment_weeks",
            "lead",
            "return_weeks",
            "agreed_weeks",
            "stock_count",
        ):
            self.need(getattr(c, name) >= 0, name, "nothing below 0")
        for name in ("answer_weeks", "attempts", "again_declined", "again_not_reached", "rebook_weeks"):
            self.need(getattr(c, name) >= 1, name, "at least 1")
        self.need(c.initiative_per_1000 >= 0, "initiative_per_1000", "nothing below 0")
        self.need(c.appointments_max >= 1, "appointments_max", "at least 1")
        self.policy()
        self.stock()

    def policy(self) -> None:
        c, r = self.c, len(self.c.after_accept)
        self.need(
            (c.interval >= 1) & (c.interval <= _YEAR), "interval", f"1 to {_YEAR} weeks between conversations"
        )
        self.need(
            c.lead < c.interval.min(axis=0), "lead", "invitations before the last conversation was held"
        )
        self.need(c.attempts <= c.letter_minutes.shape[1], "attempts", "more letters than have minutes")
        parts = c.reminder_minutes + c.travel_minutes + c.registration_minutes
        is_held = c.conversation_minutes >= 0
        self.need(~is_held | (parts <= c.conversation_minutes), "conversation_minutes", "less than its parts")
        self.need(
            ~is_held | (c.missed_minutes <= c.conversation_minutes),
            "missed_minutes",
            "more than were planned",
        )
        for name in ("after_accept", "after_refusal", "after_conversation"):
            self.need((getattr(c, name) >= 0) & (getattr(c, name) < r), name, "no such willingness row")

    def stock(self) -> None:
        c = self.c
        self.need(
            np.isin(c.stock_state, _STOCK_STATES), "stock_state", "nobody can be in this state at the start"
        )
        self.need(
            (c.stock_segment >= 0) & (c.stock_segment < len(c.segments)), "stock_segment", "no such segment"
        )
        self.need(
            (c.stock_row >= 0) & (c.stock_row < len(c.after_accept)), "stock_row", "no such willingness row"
        )
        self.need(np.isin(c.stock_contact, (0, 1)), "stock_contact", "0 or 1")
        spoken = np.isin(c.stock_state, (State.IN_CONTACT, State.IN_SUPPORT, State.OUTSIDE_SERVICES))
        self.need(~spoken | (c.stock_contact == 1), "stock_contact", "in contact, yet never spoken to")
        self.need(
            (c.stock_state != State.NEVER_INVITED) | ((c.stock_contact == 0) & (c.stock_wait >= 0)),
            "stock_wait",
            "never invited: no contact, and a wait of 0 or more",
        )
        for name in ("stock_age", "stock_offer_age"):
            self.need(
                (getattr(c, name) == -1) | (getattr(c, name) >= 1),
                name,
                "at least 1 week ago, or -1 for never",
            )


def check(c: Compiled) -> None:
    """Refuse a scenario that cannot exist.

    Raises
    ------
    ModelError
        With one line for everything that is wrong.
    """
    checker = _Checker(c)
    checker.run()
    if checker.lines:
        raise ModelError(f"scenario {c.name}: {line}" for line in checker.lines)
