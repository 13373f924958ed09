"""Many draws of the parameters in one run of the cohort engine: each row follows its own draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity import cohort
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.errors import ModelError
from tests.capacity import agreement, cohort_runs
from tests.capacity.cases import small_case

WEEKS, EACH = 40, 150


def _other_stock(base: Compiled) -> dict[str, Any]:
    """Other cells, and more of them: people in every state who wait in all sorts of ways."""
    fields = {name: values for name, values in base.arrays().items() if name.startswith("stock_")}
    twice = {name: np.concatenate([values, values]) for name, values in fields.items()}
    later = np.arange(len(twice["stock_count"])) >= len(base.stock_count)
    return twice | {"stock_wait": np.maximum(twice["stock_wait"], -9) + 2 * later}


def draws() -> list[Compiled]:
    """Draws that differ in probabilities, minutes, delays, stock and inflow."""
    base = agreement.channels(0.1, WEEKS)
    three = np.ones(3)
    return [
        base,
        base.replace(
            reach=base.reach * 0.7,
            accept=base.accept * 0.8,
            exit_probability=base.exit_probability * 3,
            minutes_available=base.minutes_available // 2,
            again_declined=np.array([7, 9, 11]),
            interval=np.tile([31, 15, 22], (WEEKS, 1)),
            lead=np.array([2, 3, 1]),
            answer_weeks=np.array([[1, 2], [3, 1], [2, 2]]),
            **_other_stock(base),
            inflow_mean=base.inflow_mean * 4,
        ),
        base.replace(
            missed=np.full((3, 3), 0.5),
            support_end=0.5 * three,
            appointment_weeks=np.array([0, 1, 4]),
            conversation_minutes=base.conversation_minutes + 20 * (base.conversation_minutes >= 0),
            promise_limit=base.promise_limit // 3,
            talk_limit=np.full(WEEKS, -1),
            stock_age=np.where(base.stock_age > 0, base.stock_age + 1, -1),
            initiative_per_1000=9000,
            return_weeks=np.array([0, 3, 9]),
            agreed_weeks=np.array([9, 0, 2]),
        ),
    ]


def moments(c: Compiled, counts: Any, which: slice) -> Any:
    people = {name: values[which] for name, values in counts.people.items()}
    return agreement.moments(c, people, {name: values[which] for name, values in counts.team.items()})


def test_every_draw_has_the_distribution_of_a_run_of_its_own() -> None:
    scenarios = draws()
    draw = np.repeat(np.arange(3), EACH)
    together = cohort.run(scenarios, draw, 31, 0, len(draw))
    family = agreement.limit(3 * len(agreement.STATISTICS))
    for k, c in enumerate(scenarios):
        alone = agreement.of_totals(c, cohort_runs.simulate(c, replications=EACH, seed=40 + k))
        z = agreement.z_scores(moments(c, together, slice(k * EACH, (k + 1) * EACH)), alone)
        assert np.abs(z).max() < family, (k, dict(zip(agreement.STATISTICS, z.round(1), strict=True)))
        start = c.stock_count.sum() + together.people["arrivals"][k * EACH : (k + 1) * EACH, 0].sum(axis=-1)
        gone = together.people["exits"][k * EACH : (k + 1) * EACH, 0].sum(axis=-1)
        left = sum(
            together.people[n][k * EACH : (k + 1) * EACH, 0].sum(axis=-1)
            for n in ("group_size", "outside_services")
        )
        assert np.array_equal(left, start - gone)


def test_rows_run_draw_by_draw() -> None:
    """Draw 0 has no hours, draw 1 has plenty: only rows of draw 1 send letters."""
    base = small_case(weeks=4, people=40)
    none = base.replace(minutes_available=np.zeros(4))
    counts = cohort.simulate([none, base], 3, seed=1)
    letters = counts.people["letters"].sum(axis=(1, 2))
    assert counts.rows == 6
    assert (letters[:3] == 0).all()
    assert (letters[3:] > 0).all()
    assert np.array_equal(counts.team["minutes_available"][:, 0], [0, 0, 0, 1000, 1000, 1000])


def test_a_function_makes_the_draws_of_a_block_when_it_is_run() -> None:
    """Replication r runs draw r; draws may differ in their starting stock; none is made twice or kept."""
    base, made = small_case(weeks=3, people=20), []

    def make(number: int) -> Compiled:
        made.append(number)
        return base.replace(stock_count=base.stock_count + number, stock_wait=base.stock_wait + number % 2)

    n = cohort.BLOCK + 10
    counts = list(cohort.blocks(make, n, seed=4))
    assert [part.rows for part in counts] == [cohort.BLOCK, 10]
    assert sorted(made) == [0, *range(n)]  # the first once more, as the measure of the others
    both = cohort.join(counts)
    start = both.people["group_size"][:, 0].sum(axis=-1) + both.people["outside_services"][:, 0].sum(axis=-1)
    gone = (both.people["exits"] - both.people["arrivals"])[:, 0].sum(axis=-1)
    assert np.array_equal(start + gone, base.people + len(base.stock_count) * np.arange(n))
    whole = cohort.simulate(make, cohort.BLOCK, seed=4)
    assert np.array_equal(whole.people["letters"], both.people["letters"][: cohort.BLOCK])
    with pytest.raises(ModelError, match="draws of one cohort run must share these"):
        cohort.simulate(lambda r: base.replace(newest_first=r > 3), 6, seed=1)


def test_draws_must_share_what_decides_which_cells_exist() -> None:
    base = small_case(weeks=4)
    for other in (
        base.replace(lane=np.array([[0], [1], [3], [2], [4], [5]])),
        base.replace(newest_first=True),
        base.replace(attempts=np.array([1, 2, 2])),
        small_case(weeks=5),
        base.replace(conversation_minutes=np.full((4, 1), -1)),
    ):
        with pytest.raises(ModelError, match="draws of one cohort run must share these"):
            cohort.simulate([base, other.replace(name="other")], 1, seed=1)


def test_what_the_engine_cannot_do_is_refused_with_the_engine_that_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    c = small_case(weeks=2)
    with pytest.raises(ModelError, match="at least one"):
        cohort.simulate([], 1, seed=1)
    with pytest.raises(
        ModelError, match="letters: got 200; the cohort engine takes at most 127, the calendar"
    ):
        cohort.simulate(c.replace(appointments_max=200), 1, seed=1)
    with pytest.raises(ModelError, match="rebook_weeks: at least 1"):
        cohort.simulate(c.replace(rebook_weeks=np.zeros(1)), 1, seed=1)
    monkeypatch.setattr(Compiled, "not_lumpable", lambda self: ("caseworkers fall ill one by one",))
    with pytest.raises(ModelError, match=r"caseworkers fall ill one by one.*use engine: calendar"):
        cohort.simulate(c, 1, seed=1)
