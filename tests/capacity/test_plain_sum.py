"""The sum on one page: the engine takes the same minutes per contact, and steps follow from each other."""

import datetime

import pytest

import kik_analysis as kik
from kik_analysis import project
from kik_analysis.capacity import compilation, plain_sum
from kik_analysis.capacity.reader import Reader
from kik_analysis.figures import planner
from kik_analysis.parameters.catalogue import catalogue

DROPPED = ("extra_staff", "contact_stop", "contact_stop_first", "contact_stop_hours", "after_stop")
CHANNELS = ("home", "office", "phone", "mail")
ONLY_FOLLOW_UPS = {
    "people.stock": {"spoken": 3939, "never_invited": 0, "declined_or_wij": 0, "not_reached": 0},
    "people.known_to_wij": 0, "people.inflow_per_week": 0, "people.exit_rate": 0, "people.letters_out": 0,
    "people.appointments_made": 0, "people.in_services_at_start": 0, "work.own_initiative_per_year": 0,
    "team.fte": 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def undated(tmp_path_factory):
    """A scenario without dated changes: one year is like the next."""
    path = tmp_path_factory.mktemp("sum") / "undated.yml"
    names = {change.name for change in kik.load_scenario("params/base.yml").changes}
    drops = "".join(f"  - {{name: {name}, drop: true}}\n" for name in DROPPED if name in names)
    path.write_text(f"title: {{nl: a, en: b}}\nextends: {project.params('base.yml')}\nchanges:\n{drops}")
    return path


IN_WAYS = {
    **{name: (name, {"policy.channel_follow_up": {name: 1}}) for name in CHANNELS},
    "mix": ("mix", {}),
    "reminded": ("mix", {"policy.reminder_call": True, "work.minutes_reminder_call": 12}),
    "by group": ("mix", {"policy.channel_follow_up": {"per_segment": {"unknown": "phone", "other": "home"}}}),
}


@pytest.mark.long(every=2)
@pytest.mark.parametrize(("channel", "own"), IN_WAYS.values(), ids=IN_WAYS)
def test_the_engine_takes_the_same_minutes_per_contact_in_the_long_run(undated, channel, own):
    scenario = kik.load_scenario(undated, ONLY_FOLLOW_UPS | own)
    result = kik.simulate(scenario, replications=3)
    found = result.summary(measures=["minutes_used", "conversations", "mails_answered"])
    means = dict(found.select("measure", "mean").iter_rows())
    engine = means["minutes_used"] / (means["conversations"] + means["mails_answered"])
    assert plain_sum.evaluate(Reader(scenario), scenario.start)[channel] == pytest.approx(engine, rel=0.03)


def test_people_per_fte_follow_from_hours_and_minutes():
    scenario = kik.load_scenario("params/base.yml")
    found = plain_sum.evaluate(Reader(scenario), scenario.start)
    hours = (1872 - 50 - 216) * (1 - 0.058) - 123  # less sickness and training
    filled = 1 - 0.09 * (10 + 13 / 2) / (365.25 / 7)  # departures: ten weeks empty, then thirteen at half
    assert found["client"] == pytest.approx(hours * filled * 0.65)
    for name in ("home", "phone"):  # as the mean over the channels, where all contact is one of them
        alone = scenario.replace({"policy.channel_follow_up": name})
        same = plain_sum.evaluate(Reader(alone), scenario.start)["people_mix"]
        assert found[f"people_{name}"] == pytest.approx(same)
    assert found["people_phone"] > found["people_mix"] > found["people_home"]
    often = {
        "policy.interval_weeks": {"per_segment": {"health_limited": 26, "other": 52}}
    }  # 29% twice a year
    twice = plain_sum.evaluate(Reader(scenario.replace(often)), scenario.start)
    assert twice["per_year"] == pytest.approx(1.29 * found["per_year"])
    twelve = plain_sum.evaluate(Reader(scenario.replace({"team.fte": 12})), Reader(scenario).mondays[-1])
    assert twelve["people_team"] == pytest.approx(12 * twelve["people_mix"])


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"team.vacancy_share": 0.1, "team.learning_weeks": 26},
        {"team.hours_basis": "norm", "team.productive_hours_norm": 1200},
    ],
)
def test_an_fte_has_the_hours_that_the_engine_gives_it(own):
    scenario = kik.load_scenario("params/base.yml", own)
    year, day = compilation.posts(scenario).each[-52:], Reader(scenario).mondays[-1]
    engine = float(sum(year)) / 60 / 52 * 365.25 / 7
    # the year's own working days and leave are not to the hour those of a mean year
    assert plain_sum.evaluate(Reader(scenario), day)["client"] == pytest.approx(engine, rel=0.002)


def test_a_reader_sees_a_share_in_percent():
    shown = planner.plain_sum(scenario := kik.load_scenario("params/base.yml")).table.frame
    assert all(catalogue().title(token, "nl") for token in plain_sum.inputs(scenario, scenario.start))
    success, unit = shown.filter(step="success_first").select("value", "unit").row(0)
    assert (round(success), unit) == (46, "share")


def test_a_range_holds_its_centre_and_moves_with_an_assumption():
    scenario = kik.load_scenario("params/base.yml")
    for key, (central, low, high) in plain_sum.ranges(scenario, scenario.start, draws=40).items():
        assert low <= central * 1.05, key
        assert high >= central * 0.95, key
    more = plain_sum.evaluate(Reader(scenario.replace({"work.minutes_travel": 60})), scenario.start)
    less = plain_sum.evaluate(Reader(scenario), scenario.start)
    assert more["people_home"] < less["people_home"]
    assert more["phone"] == less["phone"]


def test_dated_values_are_those_of_the_day():
    scenario = kik.load_scenario("params/base.yml")
    before, after = (plain_sum.inputs(scenario, day) for day in (scenario.start, datetime.date(2023, 1, 2)))
    assert before["team.sickness_share"] != after["team.sickness_share"]
    assert before["team.contract_hours"] == after["team.contract_hours"]


def test_a_step_that_does_not_exist_is_an_empty_cell():
    shown = planner.plain_sum(kik.load_scenario("params/base.yml", {"contact.acceptance_first": 0}))
    values = dict(shown.table.frame.select("step", "value").iter_rows())
    assert values["first"] is values["fte_inflow"] is None
    assert values["people_mix"] > values["people_home"]
