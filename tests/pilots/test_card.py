"""The card: its scale, hours through the team's minutes, the smallest difference, words that fit."""

import pytest
import whole
from pilot_files import LOTS, ONE
from scipy import stats

import kik_analysis as kik
from kik_analysis.capacity import plain_sum
from kik_analysis.errors import ModelError
from kik_analysis.evidence.reads import recording
from kik_analysis.figures.pilots import pilot_cards
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots import card as cards
from kik_analysis.pilots.design import load_design
from kik_analysis.statistics import power


@pytest.fixture(scope="module")
def base():
    return load_scenario("params/base.yml")


found = pytest.fixture(lambda: whole.cards())


def test_an_announced_pilot_never_tells_more_than_a_better_one(found):
    for pilot in {one.design.document.pilot for one in found.values()}:
        mine = [one for one in found.values() if one.design.document.pilot == pilot]
        announced = next(one for one in mine if one.design.document.announced)
        assert all(one.tells > announced.tells for one in mine if one is not announced), pilot
    one = found["p1_announced"]  # in 19 of 20 pilots the bias and chance one way are not more than this
    bias, rmse = map(one.diagnosis.value, ("bias", "rmse"))
    assert one.error == pytest.approx(bias + 1.645 * (rmse**2 - bias**2) ** 0.5, rel=1e-3)


def test_the_scale_is_the_error_against_the_difference_that_decides_less_one_for_each_flaw(design):
    scale = {0.025: 5, 0.026: 4, 0.05: 4, 0.075: 3, 0.1: 2, 0.15: 1, 0.151: 0}
    assert {error: cards._tells(design(), error) for error in scale} == scale
    assert cards._tells(design(swap={"effect: 0.05": "effect: 0.05, attrition: 0.21"}), 0.05) == 3
    assert cards._tells(load_design("p2_announced"), 0.025) == 3  # confounded, no control


def test_without_the_difference_that_decides_there_is_no_scale(design):
    one = cards.card(design(swap={", decides: 0.05": ""}), draws=20)
    assert one.tells is None
    assert "tells" not in one.text("nl")
    row = one.as_json()  # nor is there a word on work: on the card, in its diagnosis, in what it is worth
    assert (row["hours"], row["backlog_weeks"], row["range"]["hours"], one.worth.values) == (*[None] * 3, {})
    for lang, said, hours in (("en", "hours of the pilot", "The work"), ("nl", "hoeveel uur", "Het werk")):
        lines = "\n".join(one.lines(lang))
        assert (lines.count(said), hours in lines) == (2, False)


def test_what_the_file_does_not_name_has_plain_words(design):
    one = cards.card(design(lots="{kind: complete, arms: {control: rest, less_firm: 500}}"), draws=20)
    for lang, who, asked in (("nl", "vergelijkingsgroep", "bereikt"), ("en", "comparison group", "reached")):
        lines = one.lines(lang)
        assert {f"  {who}: 757", "  less firm: 500"} <= {line.replace(",", "") for line in lines}
        assert lines[2].endswith(f": {asked}.")


@pytest.mark.parametrize("interval", ["manski", "lee"])
def test_bounds_are_said_to_be_about_those_who_stay(design, found, interval):
    seen = {"effect: 0.05": "effect: 0.05, seen: 0.4, attrition: 0.1"}
    one = cards.card(design(swap=seen, answer=f"{interval}, test: none"), draws=20)
    whole = cards.card(one.design.replace({"model.attrition": 0.0}), draws=20)
    for lang, said in (("nl", "mensen die in de proef blijven"), ("en", "people who stay in the pilot")):
        assert said in "\n".join(one.lines(lang))
        assert said not in "\n".join([*found["p2_blocked"].lines(lang), *whole.lines(lang)])


def test_hours_are_the_minutes_of_the_tasks(found, base):
    one = found["p4_by_lot"]
    minutes = [base.value(f"work.minutes_{task}") for task in ("talk_office", "registration")]
    people = 3 / 11 * one.design.people
    assert one.hours[1] == pytest.approx(people * sum(m.central for m in minutes) / 60)
    assert one.hours[0] <= one.hours[1] <= one.hours[2]
    assert all(
        found[name].hours[1] == found[name].worth.values["cost"] for name in ("p4_by_lot", "p2_blocked")
    )
    other = found["p2_blocked"]
    assert other.hours[1] == other.worth.values["cost"]
    assert one.weeks[1] / one.hours[1] == pytest.approx(other.weeks[1] / other.hours[1])
    idle = one.design.replace({name: 0 for name in one.design.values if name.startswith("data.effort.")})
    assert cards.card(idle, draws=20).weeks == (0, 0, 0), "no work is no team without time"


def test_the_smallest_difference_is_that_of_the_power_functions(design):
    one = cards.card(design(swap={"test: wald": "test: z"}), draws=4_000)
    expected = power.minimum_detectable_effect(0.1, 500, 757, method="exact")
    assert one.smallest == pytest.approx(expected, rel=0.03)
    assert cards.card(load_design("p5_announced"), draws=50).smallest is None
    # several arms: the first, by its own test, which pays for looking; odds of the others change nothing
    three = {"less: {claim: L056}": "less: 400, more: 400", "test: wald": "test: z"}
    three |= {"effect: 0.05": "effect: {less: 2, more: 3}, scale: odds_ratio"}
    far = power.minimum_detectable_effect(0.1, 400, 457, method="exact")
    assert cards.card(design(swap=three), draws=4_000).smallest == pytest.approx(far, rel=0.03)
    looking = cards.card(design(swap=three | {"test: wald": "test: e_process, looks: 5"}), draws=300)
    chosen = three | {"test: wald": "test: e_process, looks: 5", "kind: complete": "kind: none"}
    assert min(looking.smallest, cards.card(design(swap=chosen), draws=300).smallest) > 1.2 * far
    # clusters: degrees of freedom of those that the lot takes
    teams = {ONE: "people: 2000, clusters: 20, base_rate: 0.3, effect: 0.2"}
    teams |= {LOTS: "{kind: cluster, arms: {control: 4, less: 4}}"}
    one = cards.card(design(swap=teams), draws=50)
    far = stats.t.ppf([0.975, 0.8], 6).sum() * one.diagnosis.errors[0, 0] ** 0.5
    assert one.smallest == pytest.approx(far)


def test_the_smallest_difference_is_found_as_often_as_is_asked(found, design):
    """Rare outcomes and Fisher's test: both errors grow with the effect, so no one error will do."""
    rare, smallest = found["p6_two_groups"].design, found["p6_two_groups"].smallest
    again = kik.diagnose(rare.replace({"model.effect": smallest}), draws=4000, seed=5)
    assert again.value("power") == pytest.approx(rare.scenario["statistics.power"], abs=0.04)
    tiny = rare.replace({"data.assignment.arms.intensive": 4, "data.assignment.arms.control": 4})
    assert cards.card(tiny, draws=50).smallest is None
    assert cards.card(design(swap={"alpha: 0.05": "alpha: 0.9"}), draws=50).smallest == 0


def test_what_is_fixed_has_no_error_of_its_own():
    """Hours that no chance moves differ from their exact value by rounding alone: there is no z of that."""
    found = kik.diagnose(load_design("p4_stepped_wedge"), draws=300)
    (row,) = found.table.filter(found.table["diagnosand"] == "hours").to_dicts()
    assert row["value"] == pytest.approx(row["exact"])
    assert (row["mc_error"], row["z"]) == (0.0, None)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_card_can_be_read(found, lang):
    for one in found.values():
        said = one.text(lang)
        assert ("first" in said) == (len(one.design.contrasts) > 1)
        assert one.numbers()["contacted"].value == round(one.diagnosis.value("contacted", exact=True))
        assert {"estimated", "never", "price", "tells", *one.design.document.flags} <= set(said)
        assert not any("{" in text.plain for text in said.values())


def test_tables_rest_on_claims_parameters_and_files(found):
    table = pilot_cards(found).table
    assert table.frame.height == len(found)
    sources = {"claim:L056", "claim:D018", "parameter:people.exit_rate", "file:params/pilots/p2_blocked.yml"}
    assert sources <= set(table.reads)


def test_json_has_the_shape_that_was_agreed(found):
    row = found["p2_blocked"].as_json()
    agreed = "design hash draws seed at arms diagnosands flow hours backlog_weeks tells flags"
    assert set(agreed.split()) <= set(row)
    hours = found["p2_blocked"].hours
    assert row["hours"] == row["worth"]["cost"] == hours[1]  # one price, whatever the luck
    assert (row["tells"], row["range"]["hours"]) == (3, (hours[0], hours[2]))
    assert list(row["diagnosands"][0]) == ["estimand", "diagnosand", "value", "mc_error", "exact", "z"]
    assert row["flow"][0] == {"step": "block", "arm": "declined", "people": 1019}
    assert row["flags"] == ["voluntary"]


def test_a_first_contact_takes_what_the_engine_takes_for_it():
    """A team that invites new people only, once: all its minutes are those of first conversations."""
    groups = ("spoken", "never_invited", "declined_or_wij", "not_reached")
    none = dict.fromkeys(("people.known_to_wij", "people.inflow_per_week", "people.exit_rate"), 0)
    none |= dict.fromkeys(
        ("people.letters_out", "people.appointments_made", "people.in_services_at_start"), 0
    )
    only = {"people.stock": dict.fromkeys(groups, 0) | {"never_invited": 3000}, "team.fte": 80} | none
    never = {"policy.reinvite_declined": False, "policy.reinvite_not_reached": False, "run.weeks": 30}
    own = {"work.own_initiative_per_year": 0, "people.in_support": {"programme": 0, "social_help": 0}}
    scenario = load_scenario("params/scenarios/no_stop.yml", only | never | own)
    found = kik.simulate(scenario, replications=4).summary(measures=["minutes_used", "first_conversations"])
    minutes = dict(found.select("measure", "mean").iter_rows())
    each = minutes["minutes_used"] / minutes["first_conversations"] / 60
    assert plain_sum.first_contact(scenario) == pytest.approx(each, rel=0.03)


NULL = {"effect: 0.05": "effect: {low: 0, central: 0, high: 0.1, confidence: C}"}
ONE_OF_SIX = {
    "people: 1257": "people: 60, clusters: 6", "complete": "cluster", "{claim: L056}": "1",
    "wald, test: wald": "permutation, test: permutation",
}  # fmt: skip
FOUR = {"people: 1257": "people: 4", "{claim: L056}": "2"}


@pytest.mark.parametrize(("swap", "power"), [(NULL, 0.05), (ONE_OF_SIX, 0.0), (FOUR, 0.05)])
def test_a_pilot_that_can_find_nothing_has_a_card(design, swap, power):
    """No effect, a test whose p cannot be small, a frame of four people."""
    one = cards.card(design(swap=swap), draws=400)
    assert one.diagnosis.value("power") == pytest.approx(power, abs=0.05)
    assert one.diagnosis.value("failed_fits") == 0
    assert one.lines("nl")


ONE_PERSON = {"{claim: L056}": "1"}
LEFT = {"effect: 0.05": "effect: 0.05, attrition: 0.05"}
IN_BLOCKS = {
    "people: 1257": "blocks: {a: 5, b: 1002, c: 250}",
    "kind: complete": "kind: blocked",
    "{claim: L056}": "300",
}


@pytest.mark.parametrize(
    ("swap", "answer"),
    [
        (ONE_PERSON, {}),
        (ONE_PERSON | LEFT, {}),
        (ONE_PERSON | LEFT, {"answer": "newcombe, test: wald"}),
        (ONE_PERSON | LEFT, {"estimator": "regression"}),
        (IN_BLOCKS, {"answer": "newcombe, test: wald"}),
        (IN_BLOCKS | LEFT, {}),
    ],
)
def test_of_a_pilot_without_people_enough_that_is_said(design, swap, answer):
    """One person under an arm, or in a block of it: with nobody leaving, and with some."""
    with pytest.raises(
        ModelError, match=r"p2.yml:7: data.assignment.arms: in no imagined pilot are there people enough"
    ):
        kik.diagnose(design(swap=swap, **answer), draws=200)


def test_whoever_records_the_numbers_of_a_card_has_what_a_week_of_the_team_rests_on_each_time(found):
    for one in (found["p2_announced"],) * 2:
        with recording() as recorder:
            one.numbers()
        assert "parameter:people.inflow_per_week" in {read.label for read in recorder.reads}
