"""Overlay rules: a leaf is replaced whole, sections merge, changes append, what lies before never moves."""

import datetime
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parameter_files import BASE, ROOT, load, scenario_file

from kik_analysis.errors import ParameterError
from kik_analysis.evidence.reads import Evidence
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.changes import Change, apply, check_overlaps
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.parameters.values import ALL, Amount, Origin, Step, Value
from kik_analysis.reading.problems import Problems

BASE_SCENARIO = load_scenario(BASE)
FREE = {  # bounds between parameters bind the others
    *("team.fte", "team.client_time_share", "work.minutes_letter", "work.minutes_talk_home_first"),
    *("contact.acceptance_first", "people.exit_rate", "costs.fte_all_in", "pilots.icc_team"),
    *("policy.attempts", "run.weeks"),
}
DAY = datetime.timedelta(days=1)


@st.composite
def amounts(draw):
    path = draw(st.sampled_from(sorted(FREE)))
    entry = catalogue()[path]
    low, high = entry.minimum, min(entry.maximum, 1000)
    numbers = st.integers(int(low) or 1, int(high)) if entry.type == "whole" else st.floats(low, high)
    return path, draw(numbers.map(lambda x: round(x, 2)))  # three decimals would be read as thousands


@given(amounts())
def test_one_override_changes_one_parameter_and_owns_its_source(tmp_path_factory, change):
    path, number = change
    section, name = path.split(".")
    scenario = load(tmp_path_factory.mktemp("one"), f"{section}:\n  {name}: {number}\n")
    value = scenario.value(path)
    assert (value.low, value.central, value.high) == (number, number, number)
    assert value.origin.source == ("twaalf.yml:3",)
    assert (value.origin.confidence, value.origin.note, value.origin.evidence) == ("C", "", Evidence.ASSUMED)
    others = [p for p in scenario.paths if p != path]
    assert all(scenario.value(p) == BASE_SCENARIO.value(p) for p in others)
    assert scenario.changes == BASE_SCENARIO.changes


def test_a_series_an_interval_and_segments_are_replaced_whole(tmp_path):
    scenario = load(
        tmp_path,
        "team:\n  sickness_share: {2019-01-01: 0.05}\n"
        "work:\n  minutes_letter: {low: 1, central: 2, high: 3}\n"
        "policy:\n  interval_weeks: {per_segment: {active_60_plus: 52, other: 26}}\n",
    )
    assert [step.start for step in scenario.value("team.sickness_share").steps()] == [
        datetime.date(2019, 1, 1)
    ]
    assert scenario.value("work.minutes_letter").cells[0][1][0].amount == Amount(1.0, 2.0, 3.0)
    intervals = scenario["policy.interval_weeks"]
    assert dict(intervals) == dict.fromkeys(catalogue().segments, 26) | {"active_60_plus": 52}


def test_a_part_left_out_holds_nobody(tmp_path):
    scenario = load(
        tmp_path, "people:\n  stock: {never_invited: 100}\n  known_to_wij: 0\n  in_support: {programme: 0}\n"
    )
    assert dict(scenario["people.stock"]) == {
        "spoken": 0,
        "never_invited": 100,
        "declined_or_wij": 0,
        "not_reached": 0,
    }


def test_files_may_extend_files_that_extend_files(tmp_path):
    scenario_file(tmp_path, "team: {fte: 12}\nwork: {minutes_letter: 5}\n", "twaalf.yml")
    scenario = load(
        tmp_path, "team: {organisation: pooled}\nwork: {minutes_letter: 6}\n", "top.yml", "twaalf.yml"
    )
    assert scenario["team.fte"] == 12
    assert scenario.value("team.fte").origin.source == ("twaalf.yml:2",)
    assert scenario.value("work.minutes_letter").origin.source == ("top.yml:3",)
    assert scenario.value("work.minutes_call_attempt").origin.file == "base.yml"
    assert scenario["work.minutes_letter"] == 6


def test_an_absolute_path_may_be_extended_and_does_not_reach_results(tmp_path):
    scenario = load(tmp_path, "team: {fte: 12}\n", extends=str(BASE))
    assert scenario["team.fte"] == 12
    assert str(tmp_path) not in str(scenario.table())
    assert str(BASE.parent) not in str(scenario.table())
    assert scenario.value("run.weeks").origin.where.startswith("base.yml:")


# ------------------------------------------------------------------ dated changes

START = datetime.date(2019, 1, 1)
ORIGIN = Origin("f.yml", 1, ("f.yml:1",), "C")
days = st.integers(0, 40).map(lambda n: START + n * DAY)
numbers = st.integers(-5, 5).map(float)


def simple(number):
    step = Step(None, Amount(number, number, number), (ORIGIN,))
    return Value("team.fte", "fte", ((ALL, (step,)),), ORIGIN)


@st.composite
def windows(draw, action):
    start = draw(days)
    until = draw(st.none() | st.integers(1, 20).map(lambda n: start + n * DAY))
    return Change("team.fte", action, simple(draw(numbers)), start, until)


def holds(change, day):
    return change.start <= day and (change.until is None or day < change.until)


@given(st.lists(windows("set"), max_size=4), st.lists(windows("add"), max_size=4), numbers)
def test_changes_agree_with_a_slow_day_by_day_reading(sets, adds, base):
    kept = []
    for change in sets:  # sets that overlap are an error elsewhere
        if not any(
            holds(other, START + n * DAY) and holds(change, START + n * DAY)
            for other in kept
            for n in range(90)
        ):
            kept.append(change)
    result = apply(simple(base), [*kept, *adds])
    for n in range(-5, 90):
        day = START + n * DAY
        expected = next((c.value.central for c in kept if holds(c, day)), base)
        expected += sum(c.value.central for c in adds if holds(c, day))
        assert result.at(day).central == pytest.approx(expected)


@given(windows("set"), windows("set"))
def test_two_sets_overlap_exactly_when_they_share_a_day(one, other):
    shared = any(holds(one, START + n * DAY) and holds(other, START + n * DAY) for n in range(100))
    problems = Problems()
    check_overlaps([one, other], {}, problems)
    assert bool(problems) == shared


@given(st.lists(days, min_size=1, max_size=4, unique=True), st.lists(windows("add"), max_size=3))
def test_changes_on_a_dated_value_keep_its_steps(dates, adds):
    steps = tuple(Step(d, Amount(*[float(i)] * 3), (ORIGIN,)) for i, d in enumerate(sorted(dates)))
    value = Value("team.fte", "fte", ((ALL, steps),), ORIGIN)
    result = apply(value, adds)
    for n in range(90):
        day = START + n * DAY
        if day >= min(dates):
            expected = value.at(day).central + sum(c.value.central for c in adds if holds(c, day))
            assert result.at(day).central == pytest.approx(expected)
    with pytest.raises(ParameterError, match="no value before"):
        result.at(min(dates) - DAY)


def test_a_change_by_segment_reaches_only_its_segments(tmp_path):
    to = "{per_segment: {unknown: 13, other: 52}}"
    text = f"changes:\n  - {{set: policy.interval_weeks, to: {to}, from: 2021-01-01}}\n"
    scenario = load(tmp_path, text)
    after = datetime.date(2021, 1, 1)
    assert scenario.at("policy.interval_weeks", after, "unknown") == 13
    assert scenario.at("policy.interval_weeks", after - DAY, "unknown") == 52
    assert scenario.at("policy.interval_weeks", after, "own_goals") == 52


def test_a_change_by_segment_of_a_value_for_all(tmp_path):
    to = "{per_segment: {unknown: true, other: false}}"
    text = f"changes:\n  - {{set: policy.reminder_call, to: {to}, from: 2021-01-01}}\n"
    scenario = load(tmp_path, text)
    assert scenario.at("policy.reminder_call", datetime.date(2021, 2, 1), "unknown") is True
    assert scenario.at("policy.reminder_call", datetime.date(2020, 2, 1), "unknown") is False
    assert scenario["policy.reminder_call"] is False


def test_channels_by_segment_and_in_one_word(tmp_path):
    """One word is the whole; segments differ; a change by segment of shares for all keeps those of others."""
    to = "{per_segment: {unknown: {home: 0.25, phone: 0.75}, other: mail}}"
    change = f"{{name: after_stop, set: policy.channel_follow_up, to: {to}, from: 2022-01-03}}"
    text = f"policy:\n  channel_first: office\nchanges:\n  - {change}\n"
    scenario, day = load(tmp_path, text), datetime.date(2022, 2, 1)
    assert [scenario["policy.channel_first"][part] for part in ("home", "office", "phone", "mail")] == [
        0,
        1,
        0,
        0,
    ]
    assert scenario.at("policy.channel_follow_up", day, "unknown.phone") == 0.75
    assert scenario.at("policy.channel_follow_up", day, "own_goals.mail") == 1
    assert scenario.at("policy.channel_follow_up", datetime.date(2020, 1, 6), "unknown.phone") == 0.3


def test_an_old_name_may_stand_for_two_new_ones(tmp_path):
    scenario = load(tmp_path, "policy:\n  channel: phone\n")
    assert all(scenario[f"policy.channel_{kind}"]["phone"] == 1 for kind in ("first", "follow_up"))
    assert "is now called policy.channel_first, policy.channel_follow_up" in scenario.warnings[0].en
    assert load_scenario(BASE, {"work.minutes_conversation": 70})["work.minutes_talk_home_first"] == 70


def test_ranges_add_end_to_end():
    assert BASE_SCENARIO.timeline("team.fte").at(datetime.date(2019, 10, 7)) == Amount(10.5, 12.5, 15.5)


# ------------------------------------------------------------------ the frozen object


def test_digest_ignores_comments_order_and_who_extends_what(tmp_path):
    one = load(tmp_path, "team:\n  fte: 12\n  hiring_weeks: 4\nwork: {minutes_letter: 7}\n", "one.yml")
    scenario_file(tmp_path, "work:\n  minutes_letter: 7   # seven\n", "two.yml")
    two = load(
        tmp_path,
        "# other\nteam:\n  hiring_weeks: 4\n  fte: {value: 12.0, note: why}\n",
        "three.yml",
        "two.yml",
    )
    assert one.digest() == two.digest() == one.replace({}).digest()
    assert one.digest() != BASE_SCENARIO.digest()


def test_digest_sees_every_value_range_and_change(tmp_path):
    texts = [
        "team: {fte: 10}",
        "team: {fte: {low: 8, central: 9, high: 10}}",
        "team: {fte: {2018-01-01: 9, 2020-01-01: 10}}",
        "policy: {interval_weeks: {per_segment: {unknown: 26, other: 52}}}",
        "changes: [{add: team.fte, amount: 1, from: 2021-01-01}]",
        "changes: [{add: team.fte, amount: 1, from: 2021-01-02}]",
        "changes: [{add: team.fte, amount: 1, from: 2021-01-01, until: 2022-01-01}]",
        "run: {seed: 1}",
        "policy: {priority: [never_invited, follow_up, not_reached, declined]}",
    ]
    digests = {load(tmp_path, text + "\n", f"f{i}.yml").digest() for i, text in enumerate(texts)}
    assert len(digests | {BASE_SCENARIO.digest()}) == len(texts) + 1


def test_the_same_for_every_segment_is_the_same_for_all(tmp_path):
    one = load(tmp_path, "policy: {interval_weeks: 26}\n", "one.yml")
    two = load(tmp_path, "policy: {interval_weeks: {per_segment: {unknown: 26, other: 26}}}\n", "two.yml")
    assert one.digest() == two.digest()


def test_replace_gives_a_new_object_and_leaves_the_old_one_alone():
    before = BASE_SCENARIO.digest()
    other = BASE_SCENARIO.replace(
        {"team.fte": 12, "work.minutes_letter": {"low": 1, "central": 2, "high": 3}}
    )
    assert (BASE_SCENARIO["team.fte"], other["team.fte"]) == (9, 12)
    assert BASE_SCENARIO.digest() == before
    assert other.value("team.fte").origin.source == ("override",)
    assert other.value("team.fte").origin.evidence == Evidence.ASSUMED
    assert (
        other.replace({"team.fte": 9, "work.minutes_letter": {"low": 5, "central": 10, "high": 20}}).digest()
        == before
    )


def test_overrides_of_a_call_are_read_like_a_file(tmp_path):
    text = (
        "team: {fte: {2018-01-01: 9, 2020-01-06: 12}}\npolicy: {interval_weeks: {per_segment: {other: 26}}}\n"
    )
    overrides = {
        "team.fte": {datetime.date(2018, 1, 1): 9, datetime.date(2020, 1, 6): 12},
        "policy.interval_weeks": {"per_segment": {"other": 26}},
    }
    assert load_scenario(BASE, overrides).digest() == load(tmp_path, text).digest()


def test_numbers_of_numpy_are_numbers():
    import numpy as np

    other = BASE_SCENARIO.replace({"team.fte": np.float64(12), "run.weeks": np.int64(52)})
    assert (other["team.fte"], other["run.weeks"]) == (12, 52)
    assert type(other["run.weeks"]) is int


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        ({"team.ftee": 1}, "override: team.ftee: unknown parameter; did you mean team.fte?"),
        ({"team.fte": object()}, "a value of type object cannot be used"),
        ({"team.fte": float("nan")}, "override: team.fte: not a number (got the text 'nan'"),
        ({"team.fte": float("inf")}, "override: team.fte: not a number (got the text 'inf'"),
        ({"team.fte": "12,5"}, "override: team.fte: not a number; write 12.5"),
        ({"run.weeks": 2.5}, "override: run.weeks: not a whole number (got 2.5"),
        ({"run.start": datetime.datetime(2019, 10, 7)}, "a value of type datetime cannot be used"),
        ({"team.fte": None}, "override: team.fte: no value is given"),
    ],
)
def test_bad_overrides_are_told_in_one_line(overrides, line):
    with pytest.raises(ParameterError) as caught:
        BASE_SCENARIO.replace(overrides)
    assert len(caught.value.lines) == 1
    assert line in caught.value.lines[0]


def test_scenarios_are_equal_when_they_say_the_same_of_the_same():
    twelve = {"team.fte": 12}
    assert load_scenario(BASE).replace(twelve) == BASE_SCENARIO.replace(twelve) != BASE_SCENARIO
    assert len({load_scenario(BASE), BASE_SCENARIO, BASE_SCENARIO.replace(twelve)}) == 2
    assert BASE_SCENARIO.replace({"team.fte": 9}) != BASE_SCENARIO  # the same value, of somebody else


def test_workers_receive_the_same_scenario():
    copy = pickle.loads(pickle.dumps(BASE_SCENARIO))
    assert copy.digest() == BASE_SCENARIO.digest()
    assert copy.table() == BASE_SCENARIO.table()


def test_nothing_in_a_scenario_can_be_set():
    with pytest.raises(AttributeError):
        BASE_SCENARIO.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        BASE_SCENARIO["team.fte"] = 12  # type: ignore[index]
    with pytest.raises(TypeError):
        BASE_SCENARIO["people.stock"]["spoken"] = 0  # type: ignore[index]


@pytest.mark.parametrize("ask", ["value", "timeline", "evidence", "entry", "__getitem__"])
def test_an_unknown_path_is_told_the_nearest(ask):
    with pytest.raises(ParameterError, match=r"unknown parameter team\.ftee; did you mean team\.fte\?"):
        getattr(BASE_SCENARIO, ask)("team.ftee")


def test_a_value_that_differs_must_be_asked_for_one():
    with pytest.raises(ParameterError, match="differs by segment, part or date"):
        BASE_SCENARIO.value("people.stock").central  # noqa: B018
    with pytest.raises(ParameterError, match="no value for all"):
        BASE_SCENARIO.at("people.stock", START)
    assert BASE_SCENARIO.value("people.stock").segment("spoken").central == 3939
    assert BASE_SCENARIO.at("team.sickness_share", datetime.date(2020, 6, 1)) == 0.055
    with pytest.raises(KeyError):
        BASE_SCENARIO["people.stock"]["gesproken"]


def test_a_relative_path_is_found_from_a_notebooks_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KIK_PROJECT", str(ROOT))
    scenario_file(tmp_path, "team: {fte: 12}\n", "elders.yml")
    (tmp_path / "kernel").mkdir()
    monkeypatch.chdir(tmp_path / "kernel")
    assert load_scenario("params/base.yml").digest() == BASE_SCENARIO.digest()
    with pytest.raises(ParameterError, match=r"^elders\.yml: no such file$"):
        load_scenario("elders.yml")
    monkeypatch.setenv("KIK_SCENARIO_DIR", str(tmp_path))
    assert load_scenario("elders.yml")["team.fte"] == 12
    scenario_file(tmp_path / "kernel", "team: {fte: 7}\n", "elders.yml")  # another one of that name
    assert load_scenario("elders.yml")["team.fte"] == 12


def test_below_a_scenario_lies_what_its_first_file_says():
    """The synthetic register is of it: no plan without inflow makes the past impossible, and no run fails."""
    plan = load_scenario("extra_three", {"people.inflow_per_week": 0}).replace({"team.fte": 3})
    assert (plan.base.name, plan.base.digest()) == ("base", load_scenario(None).digest())
