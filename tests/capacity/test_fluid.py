"""The fluid engine is the mean of the others where capacity is ample, and keeps people and minutes
everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from kik_analysis.capacity import cohort, fluid
from kik_analysis.capacity.compiled import Compiled, State
from kik_analysis.capacity.fluid_gap import MEASURES, gaps
from kik_analysis.capacity.measures import GROUP_STATES, TASKS
from kik_analysis.capacity.records import records
from kik_analysis.errors import ModelError
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity import agreement, cohort_runs, test_by_hand, test_theory
from tests.capacity.cases import small_case, stock
from tests.capacity.strategies import scenarios

WEEKS, ROWS = 62, 200
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
Scenario = Callable[[float, int], Compiled]


def ample(c: Compiled) -> Compiled:
    """The same with more hours than anybody can use, and no limits."""
    none = np.full(c.weeks, -1)
    return c.replace(
        minutes_available=np.full(c.weeks, 10**7), promise_limit=none, talk_limit=none, initiative_per_1000=0
    )


@pytest.mark.parametrize("scenario", [*agreement.SCENARIOS, agreement.learning], ids=lambda f: f.__name__)
def test_exact_mean_where_capacity_is_ample(scenario: Scenario) -> None:
    """Every measure in every fifth week; 52-week windows where willingness to follow up is one row."""
    c = ample(scenario(0.3, WEEKS))
    counts, mean = cohort_runs.rows(c, ROWS, 61), fluid.mean(c)
    z, compared = 0.0, 0
    for name, values in {**counts.people, **counts.team}.items():
        expected = mean.people.get(name, mean.team.get(name))
        assert expected is not None
        if name == "reached_52_weeks" and scenario is agreement.mixture:
            continue
        weeks = values[:, ::5].reshape(ROWS, -1).astype(float)
        exact = expected[0, ::5].reshape(-1)
        error = weeks.std(axis=0, ddof=1) / np.sqrt(ROWS)
        one = 100 if name in mean.team else 1  # minutes of one event, or people
        seldom = exact < 0.02 * one  # too few events for a normal limit
        assert np.allclose(weeks.mean(axis=0)[seldom], exact[seldom], atol=0.06 * one), name
        fixed = (error == 0) & ~seldom
        assert np.allclose(weeks.mean(axis=0)[fixed], exact[fixed], rtol=1e-9), name
        varies = (error > 0) & ~seldom
        z = max(z, float(np.abs((weeks.mean(axis=0) - exact)[varies] / error[varies]).max(initial=0.0)))
        compared += int(varies.sum())
    assert compared > 300
    assert z < agreement.limit(5 * compared)


def test_reached_is_close_where_willingness_to_follow_up_differs() -> None:
    c = ample(agreement.mixture(0.5, 80))
    counts, mean = cohort_runs.rows(c, 150, 62), fluid.mean(c)
    found = counts.people["reached_52_weeks"].mean(axis=0)[:, 0]
    assert np.abs(mean.people["reached_52_weeks"][0, :, 0] / found - 1).max() < 0.03


def test_people_and_minutes_are_kept(proof: bool) -> None:
    # a failing example is shrunk but not explained, which took minutes
    phases = (Phase.explicit, Phase.generate, Phase.shrink)
    some = settings(
        max_examples=300 if proof else 15,
        deadline=None,
        derandomize=True,
        suppress_health_check=_SLOW,
        phases=phases,
    )
    some(given(scenarios(most_weeks=40))(_are_kept))()


def _are_kept(c: Compiled) -> None:
    mean = fluid.mean(c)
    people, team = {n: v[0] for n, v in mean.people.items()}, {n: v[0] for n, v in mean.team.items()}
    close = {"rtol": 1e-9, "atol": 1e-6}
    total = people["group_size"] + people["outside_services"]
    start = np.bincount(c.stock_segment, weights=c.stock_count, minlength=len(c.segments))
    assert np.allclose(
        np.diff(total, axis=0, prepend=start[None]), people["arrivals"] - people["exits"], **close
    )
    states = sum(people[n] for n in GROUP_STATES)
    assert np.allclose(states, people["group_size"], **close)
    for name, values in (people | team).items():
        assert values.min() > -1e-6, name
    debt = np.concatenate([[0.0], team["minutes_debt"]])
    kept = team["minutes_used"] + team["minutes_lost"] - np.diff(debt)
    assert np.allclose(team["minutes_available"], kept, rtol=1e-9, atol=1e-4)
    assert np.allclose(sum(team[n] for n in TASKS), team["minutes_used"], rtol=1e-9, atol=1e-6)
    assert (people["reached_52_weeks"] <= people["group_size"] + 1e-6).all()
    assert (people["offered_52_weeks"] <= people["group_size"] + 1e-6).all()
    assert np.isfinite(np.concatenate([v.ravel() for v in (people | team).values()])).all()


@pytest.mark.parametrize("wait", [-3, 0, 2, 4, 5])
def test_support_ends_from_week_0_on_whenever_people_join(wait: int) -> None:
    """People in support who ask before, in and after week 0 (lead 2), by hand: a fifth of what is left ends
    weekly."""
    base = small_case(weeks=8, people=0)
    row = len(base.after_accept) - 1
    c = base.replace(
        minutes_available=np.zeros(8),
        exit_probability=np.zeros((7, 1)),
        inflow_mean=np.zeros(8),
        support_end=np.array([0.2]),
        lead=np.array([2]),
        **stock({"state": State.IN_SUPPORT, "row": row, "contact": 1, "wait": wait, "count": 100}),
    )
    found, week = fluid.mean(c).people, np.arange(8)
    helped = np.where(week < wait, 100 * 0.8 ** (week + 1), 0)
    assert np.allclose(found["in_support"][0, :, 0], helped)
    assert np.allclose(found["in_contact"][0, :, 0], np.where(week < wait, 100 - helped, 0))
    assert np.allclose(found["overdue"][0, :, 0], np.where(week < wait, 0, 100))
    assert np.allclose(found["waiting"][0, :, 0], np.where(week < wait - 2, 0, 100))


@pytest.mark.parametrize(
    ("newest_first", "minutes", "weeks_ahead"), [(False, 900, 2), (True, 1200, 2), (False, 600, 4)]
)
def test_limit_of_large_towns(newest_first: bool, minutes: int, weeks_ahead: int, proof: bool) -> None:
    """Hours short: with people and hours times 1 and 64 the other engine's time averages approach the
    fluid's."""
    errors, weeks = [], 90 if proof else 45
    windows = ("reached_52_weeks", "offered_52_weeks") if proof or newest_first else ()
    for size, replications in ((1, 60), (8, 16), (64, 4)) if proof else ((1, 40), (64, 2)):
        hours = np.full(weeks, minutes * size)
        c = agreement.plain(size, weeks).replace(
            minutes_available=hours,
            promise_limit=weeks_ahead * hours,
            initiative_per_1000=300,
            newest_first=newest_first,
        )
        counts, mean = cohort_runs.rows(c, replications, 63), fluid.mean(c, windows=bool(windows))
        names = (
            "waiting",
            "waited",
            "overdue",
            "conversations",
            "invitations",
            "declined",
            *windows,
        )
        errors.append([abs(mean.people[n].mean() / counts.people[n].mean() - 1) for n in names])
        assert counts.people["waiting"][:, -1].mean() > 100 * size
    assert np.max(errors[-1]) < 0.03
    assert np.mean(errors[-1]) < np.mean(errors[0]) / 4


def replay(c: Compiled, *, seed: int, replication: int) -> tuple[Any, None]:
    """Expected values in the layout of one replication, rounded where they are whole."""
    mean = fluid.mean(c)
    record = records(c, mean.people, mean.team)[0]
    whole = np.rint(record)
    assert np.abs(record - whole)[: c.weeks, 18:].max() < 1e-6  # in these cases nothing is left to chance
    return whole.astype(np.int64), None


@pytest.mark.parametrize(
    "case",
    [
        test_by_hand.test_one_person_who_never_answers,
        test_by_hand.test_one_person_who_never_comes,
        test_by_hand.test_a_contact_stop_and_the_echo,
        test_by_hand.test_handover_and_initiative_are_paid_from_the_next_week,
    ],
    ids=lambda f: f.__name__.removeprefix("test_"),
)
def test_by_hand_case(case: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_by_hand, "replay", replay)
    case()


@pytest.mark.parametrize(
    ("interval", "lead", "answer", "appointment"), [(10, 4, 2, 1), (7, 0, 1, 0), (12, 11, 3, 2)]
)
def test_stationary_need(
    interval: int, lead: int, answer: int, appointment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Need of hours per week in closed form (``test_theory.py``)."""
    monkeypatch.setattr(test_theory, "replay", replay)
    test_theory.test_stationary_need_of_hours(interval, lead, answer, appointment)


def test_draws_together_are_draws_alone() -> None:
    """Whatever they share; draws with other delays run apart and come back in their place."""
    base = agreement.channels(0.2, 26)
    draws = [
        base,
        base.replace(again_declined=np.array([9, 9, 9])),
        base.replace(minutes_available=base.minutes_available * 3),
        base.replace(
            reach=base.reach / 2, exit_probability=base.exit_probability * 2, stock_count=base.stock_count + 3
        ),
        base.replace(again_declined=np.array([9, 9, 9]), talk_limit=np.full(26, -1)),
    ]
    for numbers, windows in ((range(5), False), ((0, 3), True)):  # windows take long
        together = fluid.mean([draws[k] for k in numbers], windows=windows)
        for place, k in enumerate(numbers):
            alone = fluid.mean(draws[k], windows=windows)
            for name, values in (alone.people | alone.team).items():
                found = together.people.get(name, together.team.get(name))
                assert found is not None
                assert np.allclose(found[place], values[0], rtol=1e-9, atol=1e-9), (k, name)


def test_more_hours_never_lengthen_the_queue() -> None:
    base = agreement.plain(1.0, 90).replace(promise_limit=np.full(90, -1))
    grid = [base.replace(minutes_available=np.full(90, m)) for m in range(0, 4001, 250)]
    waiting = fluid.mean(grid, windows=False).people["waiting"].mean(axis=(1, 2))
    assert (np.diff(waiting) <= 1e-6).all()
    assert waiting[0] > 5 * waiting[-1]


def test_without_windows_the_rest_is_the_same() -> None:
    c = small_case(weeks=30)
    full, rest = fluid.mean(c), fluid.mean(c, windows=False)
    assert set(full.people) - set(rest.people) == {"reached_52_weeks", "offered_52_weeks"}
    assert set(full.people) == set(cohort.simulate(c, 1, seed=1).people)
    assert all(np.array_equal(full.people[n], rest.people[n]) for n in rest.people)


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    c = small_case(weeks=3)
    with pytest.raises(ModelError, match="at least one"):
        fluid.mean([])
    with pytest.raises(ModelError, match="in weeks or segments"):
        fluid.mean([c, small_case(weeks=4)])
    with pytest.raises(ModelError, match="reach: a probability"):
        fluid.mean(c.replace(reach=c.reach * 2))
    monkeypatch.setattr(Compiled, "not_lumpable", lambda self: ("caseworkers fall ill one by one",))
    with pytest.raises(ModelError, match=r"fall ill one by one.*use engine: calendar"):
        fluid.mean(c)


def test_the_gap_is_shown_and_gone_where_hours_are_ample() -> None:
    """Fluid against the mean: too optimistic by a few percent when hours are short, right when they are
    not."""
    scenario = load_scenario().replace({"run.weeks": 60})
    found = {(g.posts, g.measure): g for g in gaps(scenario, (3, 90), replications=40, seed=5, workers=1)}
    assert set(found) == {(n, m) for n in (3, 90) for m in MEASURES}
    assert all(abs(g.z) < agreement.limit(len(MEASURES)) for (n, _), g in found.items() if n == 90)
    short = found[3, "conversations"]
    assert 0.005 < short.share < 0.05
    assert short.z > 6
    assert found[3, "minutes_lost"].share < 0


def test_a_gap_of_the_windows() -> None:
    scenario = load_scenario().replace({"run.weeks": 10})
    (gap,) = gaps(scenario, (90,), measures=("offered_52_weeks",), replications=40, seed=5, workers=1)
    assert gap.exact > 100
    assert abs(gap.z) < 5
