"""From parameter files to arrays: hours, stock, willingness, policy."""

import datetime
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis import project
from kik_analysis.capacity import start, team, willingness
from kik_analysis.capacity.compilation import compile_scenario, weekly
from kik_analysis.capacity.compiled import FIELDS, Channel, Compiled, Kind, Queue, Standing, State
from kik_analysis.capacity.reader import Z95, Reader, draw, moved
from kik_analysis.evidence.reads import recording
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.values import Amount
from kik_analysis.statistics.rounding import half_up, shared_out


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load_scenario()


@pytest.fixture(scope="module")
def compiled(base: Scenario) -> Compiled:
    return compile_scenario(base)


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
    names = (
        "contract_hours",
        "leave_hours",
        "public_holiday_hours",
        "training_hours",
        "productive_hours_norm",
    )
    contract, leave, holidays, training, norm = (reader.exact(f"team.{name}") for name in names)
    assert (contract, leave, holidays, training) == (1872, 216, 50, 123)
    productive = (
        (contract - leave - holidays) * (1 - Fraction("0.05")) - training if basis == "chain" else norm
    )
    # nine in a hundred leave: ten weeks without anybody, thirteen weeks at half
    departures = 1 - Fraction("0.09") * (10 + Fraction(13, 2)) / team.WEEKS_PER_YEAR
    yearly = float(productive * departures * Fraction("0.65")) * 7 * 60
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
    assert [base.at("team.fte", datetime.date(*day)) for day in ((2020, 3, 31), (2020, 4, 1))] == [12.5, 9]
    before, during, after = team.minutes(reader)[week - 1 : week + 2]
    assert before > during > after
    tied = team.minutes(reader, tied=True)
    assert tied[week - 1] > tied[week] > 0
    assert not any(tied[week + 1 :])
    assert tied[week - 1] / before == pytest.approx(3.5 / 12.5, abs=1e-3)


def test_stock_is_the_published_one(compiled: Compiled) -> None:
    count = compiled.stock_count
    by_state = {state: int(count[compiled.stock_state == state].sum()) for state in State}
    # letters and appointments under way: seven in ten for people spoken to before
    follow_up, again = compiled.stock_contact == 1, compiled.stock_row == 1
    way = np.isin(compiled.stock_state, (State.INVITED, State.APPOINTMENT))
    assert by_state[State.INVITED] == 210
    assert by_state[State.APPOINTMENT] == 90
    assert count[way & follow_up].sum() == 0.7 * (210 + 90)
    spoken = by_state[State.IN_CONTACT] + by_state[State.OVERDUE] + count[way & follow_up].sum()
    assert spoken == 3939
    declined = by_state[State.DECLINED] + by_state[State.KNOWN_TO_WIJ] + count[way & again].sum()
    assert declined == 1019
    assert by_state[State.KNOWN_TO_WIJ] == 400
    assert by_state[State.NOT_REACHED] + count[way & ~follow_up & ~again].sum() == 238
    assert by_state[State.OVERDUE] == pytest.approx(0.21 * 3939, abs=4)
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
    weeks, cells = start.evenly(total, first, first + more)
    assert cells.sum() == total
    assert weeks.tolist() == list(range(first, first + more + 1))
    assert np.ptp(cells) <= 1


@given(st.floats(0, 0.9))
def test_weekly_probability_gives_the_yearly_rate_back(rate: float) -> None:
    weeks = 365.25 / 7
    assert 1 - (1 - weekly(rate)) ** weeks == pytest.approx(rate, abs=1e-12)


def test_willingness_rows_are_polyas_urn(compiled: Compiled) -> None:
    """Mean at first use, and after one and two refusals; odds ratios of office and approach at every row."""
    mean, size = 0.48, 5.0
    row = 0
    for refusals in range(4):
        usual = mean * size / (size + refusals)
        assert compiled.accept[0, Channel.HOME, row] == pytest.approx(usual)
        for approach, ratio in ((0, 1.0), (1, 1.3), (2, 1.2)):
            p = compiled.accept[approach, Channel.OFFICE, row]
            assert p / (1 - p) == pytest.approx(0.8 * ratio * usual / (1 - usual))
        row = int(compiled.after_refusal[row])
    yes = int(compiled.after_accept[0])
    assert compiled.accept[0, 0, yes] == pytest.approx((mean * size + 1) / (size + 1))
    assert set(compiled.after_conversation.tolist()) == {len(compiled.after_accept) - 1}


@pytest.mark.parametrize("missed", [0, 0.04, 0.3, 0.9])
def test_published_success_of_follow_ups_holds(base: Scenario, missed: float) -> None:
    """96 % of follow-up invitations lead to a conversation by any channel, however often people miss one."""
    c = compile_scenario(base.replace({"contact.missed_follow_up_share": missed}))
    for channel in Channel:
        letters = int(c.attempts[0, Kind.FOLLOW_UP, channel])
        silent = 1 - c.reach[0, Kind.FOLLOW_UP, channel, :letters]
        success = 0.0
        for j, yes in enumerate(np.concatenate([[1], np.cumprod(silent)[:-1]]) * (1 - silent)):
            met = Channel.PHONE if channel == Channel.MAIL and j else channel
            m, again = c.missed[0, 1, met], c.rebooked[1, met]
            success += yes * c.accept[0, channel, -1, 0] * (1 - m) / (1 - m * again)
        assert success == pytest.approx(0.96, abs=1e-9)


def test_reminder_calls_cost_minutes_and_lower_no_shows(base: Scenario) -> None:
    """From 1 June 2022, a Wednesday: minutes and effect move together, on that very day."""
    day = datetime.date(2022, 6, 1)
    called = compile_scenario(
        base.replace({"policy.reminder_call": {datetime.date(2019, 1, 1): False, day: True}})
    )
    week = called.mondays().index(day - datetime.timedelta(days=2))
    flags = called.reminder[called.period[week - 1 : week + 2], 0]
    assert flags.tolist() == [[False] * 5, [False, False, True, True, True], [True] * 5]
    assert called.reminder_minutes.tolist() == [6, 6, 0, 0]
    for contact in (0, 1):
        before, after = called.missed[:, contact, Channel.HOME]
        assert (1 - after) / after == pytest.approx(1.5 * (1 - before) / before)
    assert willingness.odds(1.0, 3.0) == 1.0


def test_channel_and_interval_by_segment(base: Scenario) -> None:
    channel = {"health_limited": "phone", "no_question": {"home": 0.5, "office": 0.5}, "other": "home"}
    c = compile_scenario(base.replace({
        "policy.channel_follow_up": {"per_segment": channel},
        "policy.interval_weeks": {"per_segment": {"no_question": 26, "other": 52}},
    }))  # fmt: skip
    s = {name: k for k, name in enumerate(c.segments)}
    assert c.channel[0, 1, s["health_limited"]].tolist() == [0, 0, 1, 0]
    assert c.channel[0, 1, s["no_question"]].tolist() == [0.5, 0.5, 0, 0]
    assert c.channel[0, 1, s["unknown"]].tolist() == [1, 0, 0, 0]
    assert c.interval[0, [s["no_question"], s["unknown"]]].tolist() == [26, 52]


def test_minutes_of_every_step_and_channel(compiled: Compiled) -> None:
    """Talks 75 or 55, 40, 20; travel 35 for a visit alone; registration 25 or 15, and 8 after a call.

    A letter is 10 and its calls 1.8 x 5 or 1.4 x 5; a call is announced (3); a mail is 6 and its answer 6.
    """
    assert compiled.talk_minutes[..., 0].tolist() == [[75, 40, 20, 0], [55, 40, 20, 0]]
    assert compiled.travel_minutes.tolist() == [35, 0, 0, 0]
    assert compiled.registration_minutes.tolist() == [[25, 25, 8, 6], [15, 15, 8, 6]]
    assert compiled.missed_minutes.tolist() == [25, 25, 5, 0]
    assert compiled.letter_minutes[Kind.FIRST, :, 0].tolist() == [19, 19, 12, 6]
    assert compiled.letter_minutes[Kind.FOLLOW_UP].tolist() == [[17] * 3, [17] * 3, [12] * 3, [6, 12, 12]]
    assert (compiled.attempts == [[2, 2, 2, 3]] * 3).all()
    assert compiled.handover_minutes.tolist() == [120, 120]


def test_inflow_counts_from_its_own_day(base: Scenario) -> None:
    """Twice as many from Thursday 2 January 2020: three days of seven at 15, four at 30."""
    c = compile_scenario(base.replace({"people.inflow_per_week": {
        datetime.date(2019, 1, 1): 15, datetime.date(2020, 1, 2): 30}}))  # fmt: skip
    week = c.mondays().index(datetime.date(2019, 12, 30))
    assert c.inflow_mean[week - 1 : week + 2].tolist() == pytest.approx([15, (3 * 15 + 4 * 30) / 7, 30])


def test_priority_becomes_lanes(base: Scenario) -> None:
    order = ["declined", "never_invited", "follow_up", "not_reached"]
    c = compile_scenario(base.replace({"policy.priority": order, "policy.order_in_queue": "newest_first"}))
    lanes = [Queue.DECLINED, Queue.FIRST, Queue.FOLLOW_UP, Queue.NOT_REACHED]
    lane = c.lane[0, :, 0]
    assert lane[lanes].tolist() == sorted(lane[lanes])
    assert lane[Queue.ATTEMPT] < lane[lanes[0]]
    assert lane[Queue.APPOINTMENT] > lane[lanes[-1]]
    assert c.newest_first.all()
    first = compile_scenario(base.replace({"policy.priority": ["appointment", *order]}))
    assert first.lane[0, Queue.APPOINTMENT, 0] < first.lane[0, lanes[0], 0]
    urgent = compile_scenario(
        base.replace({"policy.urgency": {"per_segment": {"health_limited": 2, "other": 0}}})
    ).lane[0]
    queues = [Queue.FOLLOW_UP, Queue.FIRST, Queue.APPOINTMENT, Queue.NOT_REACHED, Queue.DECLINED]
    assert (urgent[queues, 1] < urgent[queues, 0]).all()
    assert (urgent[queues, 0] < np.append(urgent[queues[1:], 1], 99)).all()


def test_exits_by_standing(compiled: Compiled) -> None:
    weekly_rate = weekly(0.11)
    assert compiled.exit_probability[0, Standing.NEW, 0] == weekly_rate
    assert compiled.exit_probability[0, Standing.NOT_REACHED, 0] == pytest.approx(1.3 * weekly_rate)
    # a programme of 26 weeks on average ends in leaving for three in ten, in return for seven
    ends = compiled.exit_probability[0, Standing.OUTSIDE, 0]
    returns = (1 - ends) * compiled.services_end[0]
    assert ends + returns == pytest.approx(1 / 26)
    assert returns / (ends + returns) == pytest.approx(0.7)


def test_promises_look_as_far_ahead_as_the_way_takes(compiled: Compiled) -> None:
    """2 weeks to an answer (4 for 17 %), 1 to the appointment, 1 for the week: 4.34 of talks."""
    first = compiled.promise_minutes[0, 0, 0, Channel.HOME, 0] / (
        19 * 1.17 + compiled.promise_minutes[0, 0, 0, 0, 0]
    )
    later = compiled.promise_minutes[0, 0, 1, Channel.HOME, 0] / (
        17 * 1.17 + compiled.promise_minutes[0, 0, 1, 0, 0]
    )
    (weeks,) = set(team.plan_weeks({name: getattr(compiled, name) for name in FIELDS}))
    assert weeks == pytest.approx(4.34 * (first + later) / 2)
    assert compiled.promise_limit[100] == pytest.approx(
        compiled.minutes_available[100:103].sum() + (weeks - 3) * compiled.minutes_available[103], abs=1
    )
    assert (compiled.start_share == int(1500 / weeks)).all()
    # a visit of 75 + 35 + 25, nine in ten appointments held, eight in ten missed ones made again
    held, missed = 0.9 / (1 - 0.1 * 0.8), 0.1 / (1 - 0.1 * 0.8)
    assert compiled.promise_minutes[0, 1, 0, Channel.HOME, 0] == half_up(held * 135 + missed * 60)
    yes = (1 - 0.17**2) * 0.48
    assert compiled.promise_minutes[0, 0, 0, Channel.HOME, 0] == half_up(yes * (held * 135 + missed * 60))


def test_extra_staff_is_for_people_not_yet_approached(base: Scenario, compiled: Compiled) -> None:
    """Until April 2020 others get what nine posts give; with extra_for any they get all."""
    nine = compile_scenario(base.replace({"policy.extra_for": "any", "team.fte": 9}))
    assert (compiled.promise_limit_others[:20] < compiled.promise_limit[:20]).all()
    assert (nine.promise_limit_others == nine.promise_limit).all()
    share = compiled.promise_limit_others[:20] / compiled.promise_limit[:20]
    assert share == pytest.approx(9 / 12.5, abs=2e-3)


@pytest.mark.parametrize(
    "change",
    ["add: team.fte, amount: 2", "set: team.fte, to: 7", "add: team.fte, amount: -2"],
)
def test_posts_that_come_or_go_for_good_leave_temporary_ones_what_they_are(
    base: Scenario, compiled: Compiled, tmp_path: Path, change: str
) -> None:
    """They add to what stays or take from it: until the date, and after it, as many posts are tied."""
    file, day = tmp_path / "own.yml", datetime.date(2020, 1, 15)
    file.write_text(f"extends: {project.params('base.yml')}\nchanges: [{{{change}, from: {day}}}]\n")
    other = load_scenario(file)
    ties = (team.minutes(Reader(one), tied=True).tolist() for one in (base, other))
    assert next(ties) == next(ties)
    c = compile_scenario(other)
    ahead = math.ceil(team.plan_weeks({name: getattr(c, name) for name in FIELDS}).max())
    seen = compiled.mondays().index(datetime.date(2020, 1, 13)) - ahead  # who plans knows what is coming
    for name in ("promise_limit", "promise_limit_first", "promise_limit_others"):
        mine, theirs = (getattr(one, name) for one in (compiled, c))
        assert mine[:seen].tolist() == theirs[:seen].tolist()
        assert mine[seen:].tolist() != theirs[seen:].tolist()
    # nor where the same posts are there for a time by another word
    file.write_text(
        f"extends: {project.params('base.yml')}\nteam: {{fte: {{2019-01-01: 9, {day}: 11}}}}\nchanges:\n"
        "  - {name: extra_staff, set: team.fte, to: 12.5, from: 2019-04-01, until: 2020-04-01}\n"
    )
    week = compiled.mondays().index(datetime.date(2020, 1, 20))
    tied = team.minutes(Reader(load_scenario(file)), tied=True)
    assert tied[week - 2] == team.minutes(Reader(base), tied=True)[week - 2]
    assert tied[week] / team.minutes(Reader(base))[week] == pytest.approx(1.5 / 12.5, abs=1e-3)


def test_invited_again_only_if_the_policy_says_so(base: Scenario) -> None:
    c = compile_scenario(
        base.replace({"policy.reinvite_declined": False, "policy.reinvite_not_reached": False})
    )
    assert not c.opens[:, [Queue.DECLINED, Queue.NOT_REACHED]].any()
    assert compile_scenario(base).opens.all()


def test_hours_kept_for_one_kind_are_not_promised_to_the_other(base: Scenario) -> None:
    c = compile_scenario(base.replace({
        "policy.reserved_share": {"first": 0.25, "follow_up": 0.5}, "run.start": datetime.date(2022, 1, 3)
    }))  # fmt: skip
    assert c.promise_limit_first / c.promise_limit == pytest.approx(0.5, abs=1e-3)
    assert c.promise_limit_others / c.promise_limit == pytest.approx(0.75, abs=1e-3)


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
    assert [moved(amount, z, family, 0, None) for z in (-Z95, 0, Z95)] == pytest.approx([low, central, high])
    assert moved(amount, -9, family, 0, 1) >= 0
    assert moved(amount, 9, "beta", 0, 1) <= 1 or family != "beta"


def test_a_draw_depends_on_seed_number_and_path_only(base: Scenario) -> None:
    one, two = (draw(given, 5, 3) for given in (base, base.replace({"team.client_time_share": 0.6})))
    assert {**two, "team.client_time_share": one["team.client_time_share"]} == one
    assert "team.client_time_share" not in two
    assert draw(base, 5, 4) != one
    z = [draw(base, 5, k)["work.minutes_talk_phone"] for k in range(60)]
    assert abs(np.mean(z)) < 0.6 < np.std(z) < 1.4


def test_what_is_made_once_for_all_draws_is_what_each_makes_alone(base: Scenario) -> None:
    """In any order, and with the same reads on record each time."""
    path, other = "people.exit_rate", "policy.channel_follow_up.home"
    moves = {}, {path: 1.0}, {path: -1.0, other: 1.0}, {path: 1.0, other: 1.0}, {}
    digests, seen = set(), set()
    for at in (*moves, *(draw(base, 1, k) for k in range(6)), *moves):
        with recording() as recorder:
            digests.add(compile_scenario(base, at).digest())
        assert compile_scenario(base, at, reader=Reader(base).drawn(at)).digest() in digests
        seen.add(recorder.reads)
    assert (len(digests), len(seen)) == (10, 1)


def test_the_page_on_the_model_describes_every_field() -> None:
    """``docs/model.md``, section 8, is written from the fields: print what is expected here into it."""
    rows = [
        f"| `{name}` | {' x '.join(f.axes) or 'one number'} | {f.domain.says or 'any'} | {f.words} |"
        for name, f in FIELDS.items()
    ]
    table = "\n".join(("| field | axes | values | meaning |", "|---|---|---|---|", *rows))
    assert table in (project.root() / "docs" / "model.md").read_text(encoding="utf-8")


def test_everything_else_is_what_the_page_says(base: Scenario, compiled: Compiled) -> None:
    """Section 9 of ``docs/model.md``, number by number, at the central values of the base."""
    c = compiled
    assert c.initiative_per_1000 == half_up(1000 * 0.4 * 15 / (365.25 / 7))
    assert set(c.lead.ravel().tolist()) == {5}
    assert set(c.answer_weeks.ravel().tolist()) == {2}
    assert (c.appointment_weeks == [1, 1, 1, 0]).all()
    assert (c.rebook_weeks == 1).all()
    assert c.definitive[0] == pytest.approx(1 - 0.6)
    assert c.not_reached_again[0] == pytest.approx(0.3)
    assert set(c.again_declined.ravel()) | set(c.again_not_reached.ravel()) == {13}
    assert c.reach[0, 0].tolist() == [[0.83, 0.83, 0]] * 3 + [[0.5, 0.83, 0.83]]
    assert c.reach[1, 0, 0, 1] == pytest.approx(0.83 + 0.17 * 0.15)
    assert c.missed[0].tolist() == [[0.1, 0.12, 0.12, 0], [0.04, 0.12, 0.12, 0]]
    assert c.missed[1, 0, 2] == 0.12
    assert c.rebooked[0].tolist() == [0.8] * 4
    assert c.outcome[0, 0].tolist() == pytest.approx([0.15, 0.06, 0.25, 0.43, 0.11])
    assert c.support_end[0] == 1 / 52
    assert (c.entry_status == [0.8, 0, 0.2]).all()
    assert c.entry_segment.sum() == pytest.approx(1)
    assert (c.entry_row[0, :, 0] == 1).all()
    assert (c.entry_row[1, :, -1] == 1).all()
    assert c.interval.tolist() == [[52] * 6] * len(c.interval)
    assert not c.need.any()
    asked = compile_scenario(base.replace({"policy.need_based_frequency": True}))
    assert asked.need == pytest.approx(0.2 * 0.7)
    assert set(asked.need_interval.ravel().tolist()) == {26}
    other = compile_scenario(
        base.replace({"people.exit_multiplier_spoken": 1.2, "people.exit_multiplier_declined": 2})
    )
    usual = weekly(0.11)
    factors = {Standing.CONTACT: 1.2, Standing.SUPPORT: 1.2, Standing.DECLINED: 2, Standing.WIJ: 1}
    for standing, factor in factors.items():
        assert other.exit_probability[0, standing, 0] == pytest.approx(factor * usual)
    spells = compile_scenario(base.replace({"team.sickness_form": "spells", "team.fte_per_caseworker": 0.75}))
    assert (c.caseworkers, spells.caseworkers) == (0, 17)  # 12.5 fte in October 2019
    small = {"team.sickness_form": "spells", "team.fte": 0.4, "run.start": datetime.date(2021, 7, 5)}
    assert compile_scenario(base.replace(small)).caseworkers == 1  # less than half a place falls sick too
    assert spells.sick_ends == 1 / 2.5
    assert spells.sick_begins[0] == pytest.approx(0.4 * 0.058 / 0.942)
    assert spells.sick_share[100] == 0.058
    assert np.array_equal(spells.minutes_available, c.minutes_available)
    approach = compile_scenario(base.replace({"policy.approach_declined": "less_noncommittal"})).approach
    assert approach.tolist() == [[0, 0, 0, 0, 0, 1]] * len(approach)


def test_waits_and_ages_of_the_stock(compiled: Compiled) -> None:
    """Waits of 0 to 60 weeks; conversations evenly over 52 weeks, the overdue to 104; refusals over 52."""
    c, n = compiled, compiled.stock_count

    def cells(*states: State) -> np.ndarray:
        return np.isin(c.stock_state, states) & (n > 0)

    new = cells(State.NEVER_INVITED)
    assert (c.stock_wait[new].min(), c.stock_wait[new].max()) == (0, 60)
    contact, late = cells(State.IN_CONTACT), cells(State.OVERDUE)
    assert (c.stock_age[contact].min(), c.stock_age[contact].max()) == (1, 52)
    assert (c.stock_age[late].min(), c.stock_age[late].max()) == (53, 104)
    for met in (contact, late):
        assert (c.stock_wait[met] == 52 - c.stock_age[met]).all()
        assert (c.stock_offer_age[met] == c.stock_age[met]).all()
    for state, again in ((State.DECLINED, 0.6), (State.NOT_REACHED, 0.3)):
        waiting = cells(state) & (c.stock_wait >= 0)
        assert (c.stock_wait[waiting] == np.maximum(0, 13 - c.stock_offer_age[waiting])).all()
        assert c.stock_offer_age[cells(state)].max() == 52
        assert n[waiting].sum() / n[cells(state)].sum() == pytest.approx(again, abs=0.02)
    letters, made = cells(State.INVITED), cells(State.APPOINTMENT)
    assert set(c.stock_wait[letters].tolist()) == {0, 1}
    assert (c.stock_offer_age[letters] == 2 - c.stock_wait[letters]).all()
    assert set(c.stock_wait[made].tolist()) == {0}
    assert set(c.stock_offer_age[made].tolist()) == {3}
    known = (letters | made) & (c.stock_contact == 1)
    assert (c.stock_age[known] == 47 + c.stock_offer_age[known]).all()
    assert set(c.stock_kind[known].tolist()) == {2}
    assert set(c.stock_row[known].tolist()) == {len(c.after_accept) - 1}
    assert set(c.stock_kind[(letters | made) & (c.stock_contact == 0)].tolist()) == {1}
