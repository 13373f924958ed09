"""Closed forms: what must come out when only part of the model is at work, as z-scores over many
replications.

All z-scores are judged together: with the limit for one in ten thousand over the whole family (Bonferroni)
and fixed seeds this either always passes or always fails.
"""

from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from kik_analysis.capacity.compiled import Compiled, State
from kik_analysis.capacity.engine import Totals, replay, simulate
from kik_analysis.capacity.measures import place
from tests.capacity.cases import cell, small_case, stock

REPLICATIONS = 600
#: Most z-scores in this file; the limit holds for all of them together at one in ten thousand.
FAMILY = 400  # of which 2 x 20 + 7 x 12 + 2 x 25 + 4 x 12 + 22 + 2 x 10 + 4 x 15 are taken
LIMIT = NormalDist().inv_cdf(1 - 1e-4 / (2 * FAMILY))


def quiet(weeks: int, people: int, **changes: Any) -> Compiled:
    """Nobody leaves, nobody comes, nothing overruns: the base that each test switches something on in."""
    base = small_case(weeks=weeks)
    fields: dict[str, Any] = {
        "exit_probability": 0,
        "inflow_mean": 0,
        "overrun_probability": 0,
        "initiative_per_1000": 0,
        "promise_limit": -1,
        "minutes_available": np.full(weeks, 10_000_000),
        "outcome": np.array([[[0, 0, 0, 1, 0]]] * 2, dtype=float),
        "support_end": 0,
        "services_end": 0,
        **stock({"state": State.NEVER_INVITED, "count": people}),
    }
    return base.replace(**{**fields, **changes})


def z_mean(totals: Totals, c: Compiled, measure: str, expected: Any, variance: Any = None) -> Any:
    """z-scores of the weekly means; by the theoretical variance where it is given."""
    column = place(c, measure)
    mean = totals.mean()[: c.weeks, column]
    spread = totals.variance()[: c.weeks, column] if variance is None else np.asarray(variance, dtype=float)
    error = np.sqrt(spread / totals.replications)
    exact = error == 0
    assert np.allclose(mean[exact], np.broadcast_to(expected, mean.shape)[exact], atol=1e-9), measure
    return ((mean - expected) / np.where(exact, 1, error))[~exact]


def z_variance(totals: Totals, c: Compiled, measure: str, expected: Any) -> Any:
    """z-scores of the weekly variances (normal limit of the sample variance)."""
    found = totals.variance()[: c.weeks, place(c, measure)]
    return (found / np.asarray(expected) - 1) / np.sqrt(2 / (totals.replications - 1))


def fine(z: Any) -> None:
    assert len(np.atleast_1d(z)) > 0
    assert np.max(np.abs(z)) < LIMIT


def test_exit_alone_leaves_binomial_survivors() -> None:
    n, p, t = 500, 0.013, 20
    c = quiet(t, n, exit_probability=p, minutes_available=np.zeros(t))
    totals = simulate(c, replications=REPLICATIONS, seed=41)
    stay = (1 - p) ** np.arange(1, t + 1)
    fine(z_mean(totals, c, "group_size", n * stay, n * stay * (1 - stay)))
    fine(z_variance(totals, c, "group_size", n * stay * (1 - stay)))


def test_standings_leave_at_their_own_rate() -> None:
    """Seven standings with seven probabilities, side by side as states that nothing else changes."""
    t, n = 12, 300
    p = np.array([0.01, 0.02, 0.05, 0.03, 0.002, 0.08, 0.2])
    states = (
        *(State.NEVER_INVITED, State.IN_CONTACT, State.DECLINED, State.NOT_REACHED),
        *(State.KNOWN_TO_WIJ, State.OVERDUE, State.OUTSIDE_SERVICES),
    )
    waits = {1: 50, 2: -1, 3: -1, 5: -9}
    cells = [
        cell(s, n, contact=int(k in (1, 5, 6)), support=int(k == 5), wait=waits.get(k, 0))
        for k, s in enumerate(states)
    ]
    c = quiet(t, 0, exit_probability=p[:, None], minutes_available=np.zeros(t), **stock(*cells))
    totals = simulate(c, replications=REPLICATIONS, seed=42)
    for k, state in enumerate(states):
        stay = (1 - p[k]) ** np.arange(1, t + 1)
        fine(z_mean(totals, c, state.name.lower(), n * stay, n * stay * (1 - stay)))


def test_poisson_inflow_and_exit_give_a_poisson_group() -> None:
    t, mean, p = 25, 3.7, 0.08
    c = quiet(t, 0, inflow_mean=mean, exit_probability=p, minutes_available=np.zeros(t))
    totals = simulate(c, replications=REPLICATIONS, seed=43)
    expected = mean * (1 - (1 - p) ** np.arange(1, t + 1)) / p
    fine(z_mean(totals, c, "group_size", expected, expected))
    fine(z_variance(totals, c, "group_size", expected)[5:])


def test_no_hours_no_letters_everybody_falls_due() -> None:
    t = 30
    cells = stock(
        {"state": State.NEVER_INVITED, "count": 40},
        {"state": State.IN_CONTACT, "contact": 1, "age": 6, "wait": 20, "count": 30},
    )
    c = quiet(t, 0, minutes_available=np.zeros(t), **cells)
    record, _ = replay(c, seed=1, replication=0)
    assert record[:t, place(c, "letters")].sum() == 0
    assert record[:t, place(c, "overdue")].tolist() == [0] * 20 + [30] * 10
    assert record[:t, place(c, "never_invited")].tolist() == [40] * t
    assert record[:t, place(c, "waiting")].tolist() == [40] * 15 + [70] * 15
    assert record[t - 1, place(c, "waited")] == 40 * 29 + 30 * (29 - 15)


def test_ample_hours_first_invitations_in_closed_form() -> None:
    """Letter in week 0, answer in week 2, appointment a week later; missed ones come back every two weeks."""
    t, n, reach, yes, missed, again = 12, 400, 0.8, 2.4 / 5, 0.3, 0.6
    c = quiet(
        t,
        n,
        reach=reach,
        attempts=1,
        missed=missed,
        rebooked=again,
        appointments_max=50,
        definitive=1,
        interval=52,
        not_reached_again=0,
    )
    totals = simulate(c, replications=REPLICATIONS, seed=44)
    talks, tries = np.zeros(t), np.zeros(t)
    for k in range(5):
        if 3 + 2 * k < t:
            tries[3 + 2 * k] = reach * yes * (missed * again) ** k
            talks[3 + 2 * k] = tries[3 + 2 * k] * (1 - missed)
    fine(z_mean(totals, c, "conversations", n * talks, n * talks * (1 - talks)))
    fine(z_mean(totals, c, "missed", n * tries * missed, n * tries * missed * (1 - tries * missed)))
    silent, no = np.zeros(t), np.zeros(t)
    silent[2:], no[2:] = 1 - reach, reach * (1 - yes)
    no += np.cumsum(tries * missed * (1 - again))
    fine(z_mean(totals, c, "not_reached", n * silent, n * silent * (1 - silent)))
    fine(z_mean(totals, c, "declined", n * no, n * no * (1 - no)))


def test_willingness_is_a_beta_frailty() -> None:
    """Refusals in a row, invited again each time: the probabilities of Polya's urn."""
    t, n, alpha, beta = 22, 500, 2.4, 2.6
    c = quiet(t, n, reach=1, definitive=0, again_declined=1, answer_weeks=2, interval=52, missed=0)
    totals = simulate(c, replications=REPLICATIONS, seed=45)
    still = [1.0]
    for r in range(7):
        still.append(still[-1] * (beta + min(r, 3)) / (alpha + beta + min(r, 3)))  # counts are capped at 3
    expected = np.zeros(t)
    for k in range(7):  # answers in weeks 2, 5, 8, ...
        if 2 + 3 * k < t:
            expected[2 + 3 * k] = still[k] - still[k + 1]
    fine(z_mean(totals, c, "accepted", n * expected, n * expected * (1 - expected)))


def test_letters_without_answer_are_repeated_then_given_up() -> None:
    t, n, silent = 10, 400, 0.45
    c = quiet(t, n, reach=1 - silent, not_reached_again=0)
    totals = simulate(c, replications=REPLICATIONS, seed=46)
    both = np.where(np.arange(t) >= 4, silent**2, 0)
    fine(z_mean(totals, c, "not_reached", n * both, n * both * (1 - both)))
    second = np.zeros(t)
    second[2] = silent
    fine(z_mean(totals, c, "letters", n * (second + np.eye(t)[0]), n * second * (1 - second)))


def test_support_and_services_last_geometrically() -> None:
    t, n, ends, back, gone = 15, 400, 0.11, 0.07, 0.05
    exits = np.zeros((7, 1))
    exits[6] = gone
    cells = stock(
        {"state": State.IN_CONTACT, "contact": 1, "support": 1, "wait": 60, "count": n},
        {"state": State.OUTSIDE_SERVICES, "contact": 1, "count": n},
    )
    c = quiet(t, 0, exit_probability=exits, support_end=ends, services_end=back, interval=52, **cells)
    totals = simulate(c, replications=REPLICATIONS, seed=47)
    week = np.arange(1, t + 1)
    stay = (1 - ends) ** week
    fine(z_mean(totals, c, "in_support", n * stay, n * stay * (1 - stay)))
    outside = ((1 - gone) * (1 - back)) ** week
    fine(z_mean(totals, c, "outside_services", n * outside, n * outside * (1 - outside)))
    before = ((1 - gone) * (1 - back)) ** (week - 1)
    fine(z_mean(totals, c, "exits", n * before * gone))
    fine(z_mean(totals, c, "returns", n * before * (1 - gone) * back))


@pytest.mark.parametrize(
    ("interval", "lead", "answer", "appointment"), [(10, 4, 2, 1), (7, 0, 1, 0), (12, 11, 3, 2)]
)
def test_stationary_need_of_hours(interval: int, lead: int, answer: int, appointment: int) -> None:
    """With ample hours everybody is spoken to once in (interval - lead + answer + appointment) weeks."""
    cycle = max(interval - lead, 1) + answer + appointment
    t, per_week = cycle * 6, 3
    # somebody spoken to a weeks before the start, for every week of the first cycle's contact phase
    cells = [
        cell(State.IN_CONTACT, per_week, contact=1, row=16, age=a, wait=interval - a)
        for a in range(1, max(interval - lead, 1) + 1)
    ]
    c = quiet(
        t,
        0,
        accept=1,
        reach=1,
        missed=0,
        interval=interval,
        lead=lead,
        answer_weeks=answer,
        appointment_weeks=appointment,
        **stock(*cells),
    )
    record, _ = replay(c, seed=1, replication=0)
    people = c.people
    last = slice(t - 2 * cycle, t)
    assert record[last, place(c, "conversations")].sum() == 2 * people
    assert record[last, place(c, "letters")].sum() == 2 * people
    minutes = record[last, place(c, "minutes_used")].sum()
    assert minutes == 2 * people * (54 + 30 + 20 + 6 + int(c.letter_minutes[2, 0, 0]))


def test_spells_of_sickness_leave_the_mean_and_last_geometrically() -> None:
    """Nine caseworkers, a tenth sick: the mean minutes stay, and weeks apart covary by who is still sick."""
    t, places, share, ends = 60, 9, 0.1, 0.25
    c = quiet(
        t,
        0,
        caseworkers=places,
        places=places,
        minutes_available=np.full(t, 9000),
        sick_share=share,
        sick_begins=ends * share / (1 - share),
        sick_ends=ends,
        **stock(),
    )
    totals = simulate(c, replications=REPLICATIONS, seed=48)
    one = 9000 / places / (1 - share)  # minutes of one caseworker at work
    variance = places * share * (1 - share) * one**2
    fine(z_mean(totals, c, "minutes_available", 9000, variance))
    fine(z_variance(totals, c, "minutes_available", variance)[::7])
    runs = np.stack(
        [replay(c, seed=48, replication=r)[0][:t, place(c, "minutes_available")] for r in range(200)]
    )
    apart = np.mean((runs[:, :-1] - 9000) * (runs[:, 1:] - 9000)) / variance
    assert apart == pytest.approx(1 - ends / (1 - share), abs=0.06)


def test_more_hours_lower_the_mean_backlog_under_common_random_numbers() -> None:
    base = small_case(weeks=80, people=150)
    backlog = []
    for minutes in (300, 600, 900, 1500):
        c = base.replace(minutes_available=np.full(80, minutes), promise_limit=6 * minutes)
        backlog.append(simulate(c, replications=40, seed=14).mean()[-1, place(c, "waiting")])
    assert all(a > b for a, b in pairwise(backlog))
