"""A scenario of full size, made of invented round numbers, for speed and for agreement between engines."""

from __future__ import annotations

from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Compiled, State
from tests.capacity.cases import beta_rows, small_case, stock

SHARES = (0.22, 0.2, 0.18, 0.15, 0.15, 0.1)


def _spread(total: int, parts: int) -> list[int]:
    """Whole numbers, as equal as possible."""
    return [total // parts + (k < total % parts) for k in range(parts)]


def full_stock(shares: tuple[float, ...], follow: int, size: float = 1.0) -> dict[str, Any]:
    """Starting stock of 6,953 people times ``size``, ages and waits evenly spread."""
    cells = []
    for s, share in enumerate(shares):
        never, contact, declined, silent, wij = (
            round(size * share * n) for n in (1257, 3939, 1019, 238, 500)
        )
        for k, n in enumerate(_spread(never, 60)):
            cells.append({"state": State.NEVER_INVITED, "segment": s, "wait": k, "count": n})
        for k, n in enumerate(_spread(contact, 60)):
            cells.append(
                {
                    "state": State.IN_CONTACT,
                    "segment": s,
                    "row": follow,
                    "contact": 1,
                    "age": k + 1,
                    "offer_age": k + 1,
                    "wait": 52 - k - 1,
                    "count": n,
                }
            )
        for k, n in enumerate(_spread(declined, 40)):
            cells.append(
                {"state": State.DECLINED, "segment": s, "row": 1, "offer_age": 40 - k, "wait": k, "count": n}
            )
        for k, n in enumerate(_spread(silent, 20)):
            cells.append(
                {"state": State.NOT_REACHED, "segment": s, "offer_age": 20 - k, "wait": k, "count": n}
            )
        cells.append({"state": State.KNOWN_TO_WIJ, "segment": s, "count": wij})
    return stock(*(cell for cell in cells if cell["count"]))


def full_case(
    weeks: int = 260,
    shares: tuple[float, ...] = SHARES,
    size: float = 1.0,
    minutes: int = 8500,
    **changes: Any,
) -> Compiled:
    """Six segments (or others), three channels, a contact stop of ten weeks in week 23."""
    s = len(shares)
    rows = beta_rows(2.4, 2.6)
    follow = len(rows["after_accept"]) - 1
    conversation = np.tile(np.array([135, 105, 75, 135, 105, 75])[:s], (weeks, 1))
    conversation[23:33] = np.where(conversation[23:33] > 75, -1, conversation[23:33])
    each = np.ones(s)
    fields: dict[str, Any] = {
        "name": "full size",
        "segments": tuple(f"segment {k}" for k in range(s)),
        "minutes_available": np.full(weeks, round(minutes * size)),
        "promise_limit": np.full(weeks, round(4 * minutes * size)),
        "letters_open": np.ones((weeks, s), bool),
        "conversation_minutes": conversation,
        "travel_minutes": np.where(conversation > 75, conversation - 75, 0),
        "registration_minutes": np.full((weeks, s), 25),
        "missed_minutes": np.full((weeks, s), 40),
        "overrun_probability": 0.1 * each,
        "overrun_minutes": np.full(s, 30),
        "initiative_per_1000": 300,
        "accept": np.repeat(rows["accept"], s, axis=1),
        "reach": np.full((3, s, 2), 0.75),
        "definitive": 0.4 * each,
        "again_declined": np.full(s, 40),
        "again_not_reached": np.full(s, 20),
        "not_reached_again": 0.7 * each,
        "appointment_weeks": np.full(s, 2),
        "rebook_weeks": np.full(s, 2),
        "missed": np.full((3, s), 0.15),
        "rebooked": np.full(s, 0.7),
        "talk_limit": np.full(weeks, -1),
        "reminder_minutes": np.full((weeks, s), 5),
        "promise_minutes": np.repeat([[60], [50], [90]], s, axis=1),
        "interval": np.tile(np.array([52, 52, 26, 52, 52, 52])[:s], (weeks, 1)),
        "lead": np.full(s, 6),
        "outcome": np.tile(
            np.array([[[0.1, 0.05, 0.25, 0.4, 0.2]], [[0.05, 0.05, 0.3, 0.4, 0.2]]]), (1, s, 1)
        ),
        "support_end": 0.04 * each,
        "services_end": 0.04 * each,
        "return_weeks": np.full(s, 13),
        "agreed_weeks": np.full(s, 8),
        "exit_probability": np.repeat(
            [[0.003], [0.003], [0.003], [0.003], [0.003], [0.002], [0.006]], s, axis=1
        ),
        "inflow_mean": np.full(weeks, 20.0 * size),
        "inflow_fixed": np.zeros(weeks, int),
        "entry_segment": np.array(shares) / sum(shares),
        "entry_status": np.tile([0.7, 0.1, 0.2], (s, 1)),
        "entry_row": np.repeat(np.stack([np.eye(follow + 1)[[0]], np.eye(follow + 1)[[follow]]]), s, axis=1),
        "lane": np.repeat(np.arange(6)[:, None], s, axis=1),
        **full_stock(shares, follow, size),
    }
    return small_case(weeks=weeks, **{**fields, **changes})
