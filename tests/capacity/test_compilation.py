"""From parameter files to arrays: hours, stock, willingness, policy."""

from __future__ import annotations

import datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis import project
from kik_analysis.capacity import start, team, uncertainty, willingness
from kik_analysis.capacity.compilation import compile_scenario, weekly
from kik_analysis.capacity.compiled import FIELDS, Compiled, Kind, Queue, Standing, State
from kik_analysis.capacity.reader import Reader
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.values import Amount
from kik_analysis.statistics.rounding import half_up, shared_out


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load_scenario()


@pytest.fixture(scope="module")
def compiled(base: Scenario) -> Compiled:
    return compile_scenario(base)


def test_compiling_twice_gives_the_same_arrays(base: Scenario, compiled: Compiled) -> None:
    assert compile_scenario(base).digest() == compiled.digest()
    assert compile_scenario(base.replace({"team.fte": 10})).digest() != compiled.digest()


def test_nothing_compiled_can_be_changed(compiled: Compiled) -> None:
    with pytest.raises(ValueError, match="read-only"):
        compiled.minutes_available[0] = 1


@pytest.mark.parametrize("basis", ["chain", "norm"])
def test_weekly_minutes_add_up_to_the_chain_over_a_year(basis: str) -> None:
    """52.18 weeks of minutes are a year of client hours, whatever the leave pattern.

    Contract less leave, holidays, sickness and training, or the norm; then the share of client time.
    """
    flat = {
        "team.sickness_share": 0.05,
        "team.fte": 7,
        "team.hours_basis": basis,
        "run.start": datetime.date(2021, 1, 4),
        "run.weeks": 1040,
    }
    reader = Reader(load_scenario().replace(flat))
    contract, leave, holidays, training, norm = (
        reader.exact(f"team.{name}_hours{tail}")
        for name, tail in (
            ("contract", ""),
            ("leave", ""),
            ("public_holiday", ""),
            ("training", ""),
            ("productive", "_norm"),
        )
    )
    assert (contract, leave, holidays, training) == (1872, 216, 50, 118)
    productive = (
        (contract - leave - holidays) * (1 - Fraction("0.05")) - training if basis == "chain" else norm
    )
    yearly = float(productive * Fraction("0.65")) * 7 * 60
    found = sum(team.minutes(reader)) / 1040 * float(team.WEEKS_PER_YEAR)
    assert found == pytest.approx(yearly, rel=2e-3)


def test_leave_follows_the_months(base: Scenario) -> None:
    reader = Reader(base.replace({"team.fte": 9}))
    minutes = dict(zip(reader.mondays, team.minutes(reader), strict=True))
    august, june = minutes[datetime.date(2021, 8, 9)], minutes[datetime.date(2021, 6, 7)]
    assert august < 0.9 * june


def test_a_change_in_the_middle_of_a_week_counts_from_its_own_day(base: Scenario) -> None:
    """1 April 2020 is a Wednesday: extra staff counts two of that week's five days."""
    reader = Reader(base)
    week = reader.mondays.index(datetime.date(2020, 3, 30))
    assert [base.at("team.fte", datetime.date(*day)) for day in ((2020, 3, 31), (2020, 4, 1))] == [11, 9]
    before, during, after = team.minutes(reader)[week - 1 : week + 2]
    assert before > during > after


def test_stock_is_the_published_one(compiled: Compiled) -> None:
    group = compiled.stock_state < State.OUTSIDE_SERVICES
    count = compiled.stock_count
    assert count[group].sum() == 3939 + 1757 + 1019 + 238
    by_state = {state: int(count[compiled.stock_state == state].sum()) for state in State}
    assert by_state[State.IN_CONTACT] + by_state[State.OVERDUE] == 3939
    assert count[compiled.stock_support == 1].sum() == 341 + 233
    assert by_state[State.NEVER_INVITED] == 1757
    assert by_state[State.DECLINED] + by_state[State.KNOWN_TO_WIJ] == 1019
    assert by_state[State.KNOWN_TO_WIJ] == 400
    assert by_state[State.NOT_REACHED] == 238
    late = (compiled.stock_age > 52) & group
    assert int(count[late].sum()) == pytest.approx(0.21 * 3939, abs=4)
    assert compiled.stock_age.max() == 104
    assert set(compiled.stock_row[compiled.stock_state == State.DECLINED]) == {1}


@given(st.integers(0, 5000), st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_sharing_out_loses_nobody(total: int, weights: list[int]) -> None:
    parts = shared_out(total, [Fraction(w, 7) for w in weights])
    assert sum(parts) == (total if any(weights) else 0)
    if any(weights):
        for part, w in zip(parts, weights, strict=True):
            assert abs(part - total * w / sum(weights)) < 1


@given(st.integers(0, 400), st.integers(0, 20), st.integers(0, 60))
def test_spreading_evenly_loses_nobody(total: int, first: int, more: int) -> None:
    cells = list(start.evenly(total, first, first + more))
    assert sum(n for _, n in cells) == total
    assert all(first <= week <= first + more and n > 0 for week, n in cells)
    if total >= more + 1:
        assert max(n for _, n in cells) - min(n for _, n in cells) <= 1


@given(st.floats(0, 0.9))
def test_weekly_probability_gives_the_yearly_rate_back(rate: float) -> None:
    weeks = 365.25 / 7
    assert 1 - (1 - weekly(rate)) ** weeks == pytest.approx(rate, abs=1e-12)


def test_half_up() -> None:
    assert [half_up(x) for x in (0.5, 1.5, 2.4, 27.5)] == [1, 2, 2, 28]


def test_willingness_rows_are_polyas_urn(compiled: Compiled) -> None:
    """Mean at first use, and after one and two refusals."""
    mean, size = 0.48, 5.0
    row = 0
    for refusals in range(4):
        assert compiled.accept[row] == pytest.approx(mean * size / (size + refusals))
        row = int(compiled.after_refusal[row])
    yes = int(compiled.after_accept[0])
    assert compiled.accept[yes] == pytest.approx((mean * size + 1) / (size + 1))
    assert set(compiled.after_conversation.tolist()) == {len(compiled.accept) - 1}


def test_published_success_of_follow_ups_holds(compiled: Compiled) -> None:
    """Letters without answer and refusals leave 96 % of follow-up invitations with a conversation."""
    answered = 1 - np.prod(1 - compiled.reach[Kind.FOLLOW_UP, 0])
    assert answered * compiled.accept[-1, 0] == pytest.approx(0.96)
    assert not compiled.missed[Kind.FOLLOW_UP].any()


def test_reminder_calls_cost_minutes_and_lower_no_shows(base: Scenario, compiled: Compiled) -> None:
    called = compile_scenario(base.replace({"policy.reminder_call": True}))
    assert (called.conversation_minutes - compiled.conversation_minutes)[0].tolist() == [6] * 6
    before, after = compiled.missed[0, 0], called.missed[0, 0]
    assert (1 - after) / after == pytest.approx(1.5 * (1 - before) / before)
    assert willingness.odds(1.0, 3.0) == 1.0


def test_contact_stop_closes_weeks_and_phone_opens_them(base: Scenario, compiled: Compiled) -> None:
    mondays = compiled.mondays()
    stopped = [datetime.date(2020, 3, 16) <= d < datetime.date(2021, 7, 5) for d in mondays]
    assert np.array_equal(~compiled.letters_open[:, 0], stopped)
    assert np.array_equal(compiled.conversation_minutes[:, 0] < 0, stopped)
    phone = compile_scenario(base.replace({"policy.during_stop": "phone"}))
    assert phone.letters_open.all()
    assert set(phone.conversation_minutes[stopped, 0]) == {20}
    assert set(phone.travel_minutes[stopped, 0]) == {0}


def test_channel_and_interval_by_segment(base: Scenario) -> None:
    channel = {"health_limited": "phone", "no_question": "office", "other": "home"}
    c = compile_scenario(base.replace({
        "policy.channel": {"per_segment": channel},
        "policy.interval_weeks": {"per_segment": {"no_question": 26, "other": 52}},
    }))  # fmt: skip
    s = {name: k for k, name in enumerate(c.segments)}
    assert c.conversation_minutes[0, s["health_limited"]] == 20
    assert c.conversation_minutes[0, s["no_question"]] == 60 + 20
    assert c.conversation_minutes[0, s["unknown"]] == 60 + 35 + 20
    assert c.interval[0, s["no_question"]] == 26
    assert c.missed_minutes[0, s["unknown"]] == 20 + 35


def test_priority_becomes_lanes(base: Scenario) -> None:
    order = ["declined", "never_invited", "follow_up", "not_reached"]
    c = compile_scenario(base.replace({"policy.priority": order, "policy.order_in_queue": "newest_first"}))
    lanes = [Queue.DECLINED, Queue.FIRST, Queue.FOLLOW_UP, Queue.NOT_REACHED]
    assert [int(c.lane[q, 0]) for q in lanes] == sorted(int(c.lane[q, 0]) for q in lanes)
    assert c.lane[Queue.ATTEMPT, 0] < c.lane[lanes[0], 0]
    assert c.lane[Queue.APPOINTMENT, 0] > c.lane[lanes[-1], 0]
    assert c.newest_first


def test_exits_by_standing(compiled: Compiled) -> None:
    weekly_rate = weekly(0.11)
    assert compiled.exit_probability[Standing.NEW, 0] == weekly_rate
    assert compiled.exit_probability[Standing.NOT_REACHED, 0] == pytest.approx(1.3 * weekly_rate)
    # a programme of 26 weeks on average ends in leaving for three in ten, in return for seven
    ends = compiled.exit_probability[Standing.OUTSIDE, 0]
    returns = (1 - ends) * compiled.services_end[0]
    assert ends + returns == pytest.approx(1 / 26)
    assert returns / (ends + returns) == pytest.approx(0.7)


def test_promise_limit_looks_six_weeks_ahead(compiled: Compiled) -> None:
    assert compiled.promise_limit[0] == compiled.minutes_available[:6].sum()
    assert compiled.promise_minutes[Kind.FOLLOW_UP, 0] == half_up(0.96 * 115)


def test_invited_again_only_if_the_policy_says_so(base: Scenario) -> None:
    c = compile_scenario(
        base.replace({"policy.reinvite_declined": False, "policy.reinvite_not_reached": False})
    )
    again = np.isin(c.stock_state, (State.DECLINED, State.NOT_REACHED))
    assert (c.stock_wait[again] == -1).all()
    assert (c.definitive == 1).all()
    assert (c.not_reached_again == 0).all()


def test_part_of_the_conversations_may_take_place(base: Scenario) -> None:
    c = compile_scenario(
        base.replace({"policy.face_to_face_share": 0.25, "run.start": datetime.date(2022, 1, 3)})
    )
    assert np.array_equal(c.talk_limit, (c.minutes_available * 0.25).astype(int))
    assert c.letters_open.all()


@pytest.mark.parametrize(
    ("family", "low", "central", "high"),
    [
        ("beta", 0.1, 0.25, 0.5),
        ("lognormal", 45, 60, 90),
        ("triangular", 0, 400, 1019),
        ("beta", 0, 0.21, 0.46),
    ],
)
def test_draws_hit_the_range(family: str, low: float, central: float, high: float) -> None:
    amount = Amount(low, central, high)
    ends = [uncertainty.moved(amount, z, family, 0, None) for z in (-uncertainty.Z95, 0, uncertainty.Z95)]
    assert ends == pytest.approx([low, central, high])
    assert uncertainty.moved(amount, -9, family, 0, 1) >= 0
    assert uncertainty.moved(amount, 9, "beta", 0, 1) <= 1 or family != "beta"


def test_a_draw_depends_on_seed_number_and_path_only(base: Scenario) -> None:
    one, two = (
        uncertainty.draw(base, 5, 3),
        uncertainty.draw(base.replace({"team.client_time_share": 0.6}), 5, 3),
    )
    assert "team.client_time_share" in one
    assert "team.client_time_share" not in two
    assert all(one[path] == z for path, z in two.items())
    assert uncertainty.draw(base, 5, 4) != one
    z = [uncertainty.draw(base, 5, k)["work.minutes_conversation"] for k in range(60)]
    assert abs(np.mean(z)) < 0.6
    assert 0.6 < np.std(z) < 1.4


def test_every_draw_compiles(base: Scenario) -> None:
    digests = {compile_scenario(base, uncertainty.draw(base, 1, k)).digest() for k in range(12)}
    assert len(digests) == 12


def test_the_page_on_the_model_describes_every_field() -> None:
    """``docs/model.md``, section 8, is written from the fields: print what is expected here into it."""
    rows = [
        f"| `{name}` | {' x '.join(f.axes) or 'one number'} | {f.domain.says or 'any'} | {f.words} |"
        for name, f in FIELDS.items()
    ]
    table = "\n".join(("| field | axes | values | meaning |", "|---|---|---|---|", *rows))
    assert table in (project.root() / "docs" / "model.md").read_text(encoding="utf-8")
