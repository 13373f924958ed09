"""Staff for a promise, at its public face: against brute force, against the plain sum, bad input, JSON."""

import dataclasses
import datetime
import itertools
import json
import math
import shlex
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
import pytest

import kik_analysis as kik
from kik_analysis import project
from kik_analysis.capacity import engine, layout, team
from kik_analysis.capacity.compilation import compile_scenario, posts
from kik_analysis.capacity.compiled import State, along
from kik_analysis.capacity.kernel import names as at
from kik_analysis.capacity.measures import SHARES, place
from kik_analysis.cli import main
from kik_analysis.errors import DataError, InputError
from kik_analysis.figures import planner
from kik_analysis.figures import staff as figures
from kik_analysis.planning import answer, grid, groups, staff
from kik_analysis.planning import promise as whom
from kik_analysis.planning.promise import backlog_gone, promise, temporary
from kik_analysis.planning.search import FINEST

SMALL = {"run.weeks": 22, "run.replications": 12}
DAYS = (datetime.date(2020, 1, 6), datetime.date(2020, 3, 2))
ASKED = {"of": "willing", "contact": "approached", "coverage": 0.9, "probability": 0.8}


@pytest.fixture(scope="module")
def scenario():
    return kik.load_scenario(overrides=SMALL)


@pytest.fixture(scope="module")
def found(scenario):
    return kik.required_fte(scenario, **ASKED)


@pytest.mark.parametrize("week", [9, 21])
def test_the_tally_counts_what_the_record_counts(scenario, week):
    """People counted at the end of a week: the recorded group, shares and backlog, one by one."""
    c = compile_scenario(scenario)
    record = engine.samples(c, slice(week, week + 1), replications=3, seed=5)[:, 0]
    one = posts(scenario, beyond=True)
    counts = engine.tallies([(one.packed(9), r) for r in range(3)], week, seed=5)
    people = whom.counted(counts, "all")
    assert people.sum(axis=(1, 2)).tolist() == record[:, place(c, "group_size")].tolist()
    for contact, measure in zip(whom.CONTACT, SHARES, strict=True):
        assert np.allclose(whom.reached(people, contact), record[:, place(c, measure)] / 1e6, atol=6e-7)
    assert whom.waiting(counts).tolist() == record[:, place(c, "backlog")].tolist()


def test_who_declined_for_good_is_told_from_who_waits(scenario):
    """Nobody is there for good when every refusal is followed by a new invitation, in the last week too."""
    last = {"contact.refusal_not_definitive": 1, "people.known_to_wij": 0}
    one = posts(scenario.replace(last), beyond=True)
    counts = engine.tallies([(one.packed(9), 0)], 21, seed=5)
    declined, for_good = (counts[0][:, whom.PLACES.index(n)].sum() for n in ("declined", whom.FOR_GOOD))
    assert for_good == 0
    assert declined > 0
    everybody, offered = (whom.counted(counts, of).sum() for of in ("all", "offered"))
    assert everybody == offered


def recounted(c, t, log):
    """Everybody at the end of week t from the stock and the event log: place, promises that count them, last.

    ``c``: nobody leaves after that week, so a later letter tells that somebody has not declined for good.
    """
    names, dated = ("place", "contact", "offer", "any", "talk"), (c.stock_offer_age, c.stock_age, c.stock_age)
    last = [np.where((age > 0) & (age < 52), -age, -52) for age in dated]
    cells = np.column_stack([c.stock_state, c.stock_contact, *last]).repeat(c.stock_count, axis=0)
    people = {(0, n): dict(zip(names, row, strict=True)) for n, row in enumerate(cells.tolist())}
    rows = {}
    for row in log.tolist():
        rows.setdefault((row[1], row[2]), []).append(row)
        if row[3] == at.L_ENTER and row[0] <= t:
            state = (State.NEVER_INVITED, State.KNOWN_TO_WIJ, State.APPOINTMENT)[row[4]]
            known = (state, int(row[4] == 2), -52, -52, -52)
            people[row[1], row[2]] = dict(zip(names, known, strict=True))
    for who, one in people.items():
        one["yes"] = one["contact"] == 1 or one["place"] == State.APPOINTMENT
        one["no"], queue, mine = one["place"] == State.DECLINED, None, rows.get(who, [])
        for (week, _, _, event, value, _), after in zip(mine, [*mine[1:], [None] * 6], strict=False):
            if week > t:
                break
            queue = value if event == at.L_JOIN else None if event != at.L_OVERDUE else queue
            again = after[3] == at.L_JOIN and after[4] in (at.Q_ATTEMPT, at.Q_APPOINTMENT)
            if event == at.L_LETTER:
                one["place"], one["offer"] = State.INVITED, week
            elif event in (at.L_YES, at.L_TALK, at.L_MAIL, at.L_RETURN):
                one["yes"], one["no"], one["place"] = True, False, State.IN_CONTACT
                if event in (at.L_TALK, at.L_MAIL):
                    one["offer"] = week
                    one["any"] = week if event == at.L_TALK or c.mail_counts[0] else one["any"]
                    one["talk"] = week if event == at.L_TALK else one["talk"]
                    one["place"] = State.OUTSIDE_SERVICES if value == 1 else State.IN_CONTACT
            elif event == at.L_NO or (event == at.L_MISSED and not again):
                one["no"], one["place"] = True, State.DECLINED
            elif event == at.L_SILENT and not again:
                one["place"] = State.NOT_REACHED
            elif event == at.L_EXIT:
                one["place"] = at.LEFT
        later = queue is not None or any(row[0] > t and row[3] == at.L_JOIN for row in mine)
        one["offered"] = one["place"] != State.KNOWN_TO_WIJ and (one["place"] != State.DECLINED or later)
    return [one for one in people.values() if one["place"] < State.OUTSIDE_SERVICES]


@pytest.mark.parametrize(("name", "mail"), [("base", False), ("fixed_person", True)])
def test_each_group_and_kind_of_contact_is_recounted_from_the_event_log(name, mail):
    """Who is counted and what they have had, by the letters, answers and talks of everybody."""
    order = ["follow_up", "declined", "never_invited", "appointment", "not_reached"]
    often = {"contact.acceptance_follow_up": 0.7, "policy.priority": order}  # a no, a new letter
    given = kik.load_scenario(name, {"run.weeks": 90, **often})
    c, t = posts(given, beyond=True).at(12), 80
    ends = c.period.copy()
    ends[t + 1 :] += len(c.lead)  # the same policies; nobody leaves any more
    twice = {one: np.concatenate([getattr(c, one)] * 2) for one in along("period")}
    twice["exit_probability"][len(c.lead) :], twice["mail_counts"][:] = 0, mail
    c = c.replace(**twice, period=ends)
    counts = engine.tallies([(layout.tables(c), 1)], t, seed=11)
    people = recounted(c, t, engine.replay(c, seed=11, replication=1)[1])
    tests = {"all": lambda _: True, "offered": lambda one: one["offered"]}
    tests["willing"] = lambda one: one["yes"] and not one["no"]
    for of, counts_them in tests.items():
        mine = [one for one in people if counts_them(one)]
        found = whom.counted(counts, of)
        told = [found.sum(), *(found[:, :, 1 + k :].sum() for k in range(3))]
        recount = (sum(t - one[last] < 52 for one in mine) for last in ("offer", "any", "talk"))
        assert told == [len(mine), *recount], of
    declined = [one for one in people if one["no"] and one["contact"] and one["place"] == State.INVITED]
    assert declined, "somebody said no after a conversation and has a new letter"


def test_against_brute_force(scenario, found):
    """The answer keeps the promise in the share of futures asked for; half an fte less does not."""
    one = posts(scenario, beyond=True)
    kept = found.promise

    def share(fte):
        jobs = [(one.packed(fte), r) for r in range(found.central.futures)]
        return float((kept.shares(engine.tallies(jobs, kept.week, seed=2019)) >= kept.coverage).mean())

    assert found.central.monotone
    assert share(found.fte) >= kept.probability
    assert share(found.fte - 0.5) < kept.probability
    assert found.central.low <= found.fte <= found.central.high


def test_workers_make_no_difference(scenario, found):
    """One thread gives the same answer, draws included."""
    alone = kik.required_fte(scenario, **ASKED, draws=2, workers=1)
    again = kik.required_fte(scenario, **ASKED, draws=2, workers=3)
    assert answer.as_json(alone) == answer.as_json(again)
    assert answer.as_json(alone)["central"] == answer.as_json(found)["central"]


def test_posts_people_hours_and_euros_hang_together(found):
    """Ratios are those of the parts; present is what is not vacant; euros are posts times their price."""
    assert found.present == pytest.approx(found.fte)  # no vacancies in the base
    assert found.persons_per_fte == pytest.approx(found.people / found.fte)
    year = posts(found.scenario).each
    hours = float(sum(year) / len(year)) / 60 * 1461 / 28 / found.scenario["team.client_time_share"]
    assert found.hours_per_person * found.people == pytest.approx(hours * found.fte)
    assert found.euros[0] < found.euros[1] < found.euros[2]


def test_hours_of_a_person_do_not_hang_on_when_the_share_of_client_time_changes(scenario, tmp_path):
    """Half as much client time from the tenth week on: a post has the same productive hours all year."""
    path, base = tmp_path / "plan.yml", project.params("base.yml")
    change = "{set: team.client_time_share, to: 0.325, from: 2019-12-09}"
    path.write_text(f"title: {{nl: a, en: b}}\nextends: {base}\nchanges:\n  - {change}\n")
    asked = ASKED | {"coverage": 0.8}
    one, two = (kik.required_fte(each, **asked) for each in (scenario, kik.load_scenario(path, SMALL)))
    hours = [each.hours_per_person * each.persons_per_fte for each in (one, two)]
    assert hours[0] == pytest.approx(hours[1])


def test_posts_that_a_dated_change_adds_come_beside(scenario, found, monkeypatch, tmp_path):
    """The team's own nine are compared with the answer, here and on the page; what is added is told."""
    asked = staff.Question(scenario)
    assert asked.own == grid.own(scenario) == scenario["team.fte"]
    assert found.added == posts(scenario).without[21] / posts(scenario).each[21]
    told = [*answer.lines(found, "en"), *answer.given_lines(groups.given(asked, 9), asked, 9, "en")]
    assert sum("at central assumptions" in line for line in told) == 2, "not over all"
    assert told.count("Beside these the scenario itself has 3.5 FTE more on that day.") == 2
    for none in (None, staff.Ceiling(0.9, {"invited": 0.1})):  # also beside the most that is reached
        fewer = answer.lines(dataclasses.replace(found, added=-1.0, ceiling=none), "en")
        assert "The scenario itself takes 1.0 FTE off these on that day." in fewer
    held, ways = dict.fromkeys((*groups.NUMBERS, "visits"), 0.9), groups.CHANNELS
    cells = [{"group": one, "channel": way, **held} for one in groups.GROUPS for way in ways]
    monkeypatch.setattr(groups, "answers", lambda *_, **__: cells)
    shown = figures.staff_groups(scenario, figures.group_table(scenario, draws=0))
    assert "The scenario has 3.5 FTE more on that day" in shown.text("note", "en").plain
    path, change = tmp_path / "plan.yml", "{add: team.fte, amount: -4.5, from: 2019-12-09, until: 2020-12-07}"
    path.write_text(
        f"title: {{nl: a, en: b}}\nextends: {project.params('base.yml')}\nchanges:\n  - {change}\n"
    )
    less = kik.load_scenario(path, SMALL)
    shown = figures.staff_groups(less, figures.group_table(less, draws=0))
    assert "The scenario takes 1.0 FTE off the FTE in this figure" in shown.text("note", "en").plain
    point = {"fte": 9.0, "minutes": grid.axes(less)["minutes"][1], "phone": 1.0, "week": found.promise.on}
    point |= {"share": 0.5, "share_q10": 0.4, "share_q90": 0.6, "backlog": 1.0, "gone": 2}
    monkeypatch.setattr(grid, "grid", lambda one: pl.DataFrame([point]))
    monkeypatch.setattr(grid, "error", lambda one, points: one["run.seed"] * 0.0)
    assert "The scenario takes 1.0 FTE off the FTE here" in planner.planner(less)[0].text("note", "en").plain
    assert team.added(scenario.replace({"team.fte": 1 / 3}), found.promise.on) == found.added, "to the digit"


def test_more_posts_that_break_the_promise_are_told():
    """Whoever is invited sooner has been approached longer ago: here a little more staff fails."""
    under_way = {"people.letters_out": 210, "people.appointments_made": 90}  # many for so small a place
    given = {"run.replications": 24, **under_way}
    scenario = kik.load_scenario("params/examples/waterbroek/waterbroek.yml", given)
    found = kik.required_fte(scenario, of="all", coverage=0.8)
    assert found.fte < found.broken <= 2 * found.fte
    for fte, keeps in ((found.fte, True), (found.broken, False)):
        runs = kik.simulate(scenario.replace({"team.fte": fte}), replications=24).replications()
        last = runs.filter(measure="approached_52_weeks", week=found.promise.on)["value"]
        assert ((last >= 0.8).mean() >= 0.9) == keeps
    assert "Meer is hier niet altijd beter" in answer.lines(found, "nl")[-1]


def test_twice_the_posts_with_half_of_them_vacant_are_the_same_staff(scenario):
    """Dated extra posts are vacant too, so 2 f + e posts give, to the minute, what f gave beside e extra.

    Then thresholds are twice as far and the extra further; each is found to within its resolution. Extra
    staff is for all here: hours tied to people not yet approached are another promise with half of them.
    """
    alone = scenario.replace({"policy.extra_for": "any"})
    half = alone.replace({"team.vacancy_share": 0.5})
    one = posts(alone)
    (extra,) = {a / b for a, b in zip(one.without, one.each, strict=True)}
    assert posts(half).minutes(16.5 + float(extra)).tolist() == one.minutes(8.25).tolist()
    whole, twice = (kik.required_fte(one, **ASKED) for one in (alone, half))
    assert twice.fte == pytest.approx(2 * whole.fte + float(extra), abs=2 * FINEST)
    assert twice.present == pytest.approx(twice.fte / 2)


def test_ranges_are_rounded_outward(scenario):
    """A reader's range holds the computed one, and ends at half an fte."""
    found = kik.required_fte(scenario, **ASKED, draws=6)
    q10, _, q90 = list(found.layers.values())[-1].quantiles
    assert found.low <= q10
    assert found.high is None or found.high >= q90
    assert found.low * 2 == int(found.low * 2)
    layers = answer.rows(found)["layer"].to_list()
    assert [one for one in layers if one != "posterior"] == ["central", "assumptions", "predictive"]


@pytest.mark.parametrize(("probability", "share"), [(0.9, 0.2), (0.95, 0.1), (0.5, 0.6)])
def test_a_share_is_sure_where_so_many_futures_reach_it(scenario, found, probability, share):
    """Nine in ten of ten futures reach the second least, not the least alone."""
    kept, shares = dataclasses.replace(found.promise, probability=probability), np.arange(1, 11) / 10
    assert kept.sure(shares[::-1]) == share
    assert (shares >= kept.sure(shares)).mean() >= probability


def test_a_promise_nobody_can_keep_has_a_ceiling(scenario):
    """Everybody, all of them: no staff; the ceiling lies below, and who is left adds up to the rest."""
    found = kik.required_fte(scenario, of="all", coverage=1)
    assert found.fte is None
    assert found.ceiling.share < 1
    assert sum(found.ceiling.missing.values()) == pytest.approx(1 - found.share, abs=1e-4)
    told = json.loads(json.dumps(answer.as_json(found)))
    assert (told["fte"], told["ceiling"]["share"]) == (None, found.ceiling.share)
    assert "WIJ" in told["ceiling"]["why_nl"]
    near = dataclasses.replace(found, ceiling=staff.Ceiling(0.9499, {}))
    assert "The most is 94%" in answer.lines(near, "en")[2], "no staff reaches 95%"
    for share, hint in ((0.6499, "`--coverage 0.6`."), (0.9, "`--coverage 0.8`.")):  # below what is reached
        low = dataclasses.replace(found, ceiling=staff.Ceiling(share, {"invited": 1 - share}))
        assert answer.lines(low, "en")[-1].endswith(hint)
    asked = dataclasses.replace(found.promise, coverage=0.925, probability=0.99999)
    head = answer.lines(dataclasses.replace(found, promise=asked), "nl")[0]
    assert head.partition("minstens ")[2][:5] + head[-8:] == "92,5%99,999%.", "as it was asked"
    few = dataclasses.replace(found, ceiling=staff.Ceiling(0.994, {"invited": 0.004, "overdue": 0.002}))
    assert answer.lines(few, "en")[3].strip() == "less than a percent invited, no answer yet"
    assert answer.why(few, "nl").endswith("uitgenodigd, nog geen antwoord (minder dan een procent)")


def test_a_planner_of_which_no_point_can_be_run_says_why(scenario, monkeypatch, tmp_path):
    monkeypatch.setattr(grid.engine, "samples", mock.Mock(side_effect=InputError("too many people")))
    with pytest.raises(InputError, match="too many people"):
        grid.grid(scenario)
    rows = project.params(grid.FILE).read_text("utf-8").splitlines()
    (tmp_path / grid.FILE).write_text("\n".join(one for one in rows if not one.startswith("phone,0")))
    monkeypatch.setattr(project, "params", tmp_path.joinpath)
    with pytest.raises(DataError, match=r"^params/planner.csv:10: phone: one point \(expected two"):
        grid.sizes("phone")


def test_who_only_calls_can_be_asked_what_visits_take_and_a_search_of_few_people_ends(scenario):
    few = {"run.weeks": 60, "run.replications": 4, "people.inflow_per_week": 0.05, "people.known_to_wij": 1}
    stock = {"spoken": 12, "never_invited": 1, "declined_or_wij": 2, "not_reached": 2}
    none = ("in_services_at_start", "letters_out", "appointments_made", "moved_in")
    few |= {"people.stock": stock, "people.in_support": {"programme": 1, "social_help": 1}, "team.fte": 1}
    small = kik.load_scenario("no_stop", few | {f"people.{one}": 0 for one in none})
    assert staff.required_fte(small, draws=12, coverage=0.99).low is not None
    calls = {"policy.channel_follow_up": {"phone": 1}, "run.weeks": 60, "run.replications": 4}
    asked = staff.Question(kik.load_scenario("follow_up_by_phone", calls))
    visit, phone, _ = groups.answers(asked, ["offered"], draws=0)
    assert visit["fte"] != phone["fte"]


@pytest.mark.parametrize(("weeks", "seen"), [(1, 1), (6, 2), (15, 3)])
def test_the_planner_of_a_short_run_has_a_course(scenario, weeks, seen):
    found = grid.grid(scenario.replace({"run.weeks": weeks}), replications=1)
    assert found["week"].n_unique() == seen
    assert found["week"].max() == scenario.start + datetime.timedelta(weeks=weeks - 1), "the end is the end"
    named = ("euros", "prices", "inside", "error", "minutes", "phone", "own")
    numbers = dict.fromkeys(named, figures.own_posts(scenario))
    assert scenario.start.isoformat() in planner.data(found, numbers, "nl")["json"], "it begins with the run"


def test_between_points_the_page_knows_how_far_it_is_off_where_that_is_most(scenario, monkeypatch):
    """A surface that bends where hours are just enough; every cell is gone through here."""
    axes, ways = grid.axes(scenario), itertools.product
    share = lambda spot: min(1.0, spot[0] / (spot[1] / 5 * (1 - spot[2] / 2)))  # noqa: E731
    monkeypatch.setattr(grid, "_points", lambda _, wanted: ((one, one) for one in ways(*wanted.values())))
    monkeypatch.setattr(grid, "_course", lambda spot, *_: {"share": [share(spot)]})
    rows = [(*one, share(one), 0) for one in ways(*axes.values())]
    cells, off = ways(*map(itertools.pairwise, axes.values())), []
    for cell in cells:
        middle, corners = [sum(ends) / 2 for ends in cell], [share(one) for one in ways(*cell)]
        off.append(abs(share(middle) - np.mean(corners)))
    points = pl.DataFrame(rows, [*axes, "share", "week"], orient="row")
    assert grid.error(scenario, points) == pytest.approx(max(off))


@pytest.mark.parametrize(("name", "extra"), [("extra_three", 3), ("extra_six", 6)])
def test_temporary_posts_are_those_of_a_scenario_that_has_them(name, extra):
    """Temporary posts beside the base's own give, to the minute, what the scenario with them gives."""
    base, own = kik.load_scenario(), kik.load_scenario(f"params/scenarios/{name}.yml")
    found = temporary(base, posts(base)).at(extra)
    assert found.replace(warnings=()).digest() == compile_scenario(own).digest()


@pytest.mark.parametrize(
    "lasting",
    [
        "add: team.fte, amount: 1",
        "add: team.fte, amount: 2.5",
        "add: team.fte, until: 2020-03-11, amount: -2",  # a vacancy
        "set: team.fte, until: 2021-01-01, to: 11",
    ],
)
def test_posts_that_come_to_stay_or_go_for_a_time_are_not_temporary(tmp_path, lasting):
    """Beside them too temporary posts give, to the minute, what the scenario with them gives."""
    file, base = tmp_path / "own.yml", project.root() / "params/base.yml"
    found = []
    for named in (
        "",
        "  - {name: extra_staff, add: team.fte, amount: 3, from: 2019-04-01, until: 2020-04-01}\n",
    ):
        added = (
            named
            or "  - {name: extra_staff, add: team.fte, amount: 1, from: 2019-04-01, until: 2020-04-01}\n"
        )
        file.write_text(f"extends: {base}\nchanges:\n{added}  - {{{lasting}, from: 2020-01-06}}\n")
        found.append(kik.load_scenario(file))
    c = temporary(found[0], posts(found[0])).at(3)
    assert c.replace(warnings=()).digest() == compile_scenario(found[1]).digest()


def test_more_temporary_posts_make_the_backlog_go_sooner(tmp_path):
    scenario = kik.load_scenario(overrides={"run.weeks": 100})
    rows = backlog_gone(scenario, promise(scenario), futures=4)
    days = [sure or datetime.date.max for _, _, sure in rows]
    assert days == sorted(days, reverse=True)
    file, dropped = tmp_path / "alone.yml", "changes: [{name: extra_staff, drop: true}]"
    file.write_text(f"extends: {project.params('base.yml')}\nteam: {{fte: 2.5}}\n{dropped}\n")
    alone = kik.load_scenario(file, {"run.weeks": 100})
    tried = [extra for extra, *_ in backlog_gone(alone, promise(alone), futures=2)]
    assert tried == [0, 1, 2, 3], "as many as would double a team without temporary posts of its own"


def test_the_backlog_by_a_date(scenario):
    """More time, fewer posts; by the answer's posts the recorded backlog is gone in that week."""
    sooner, later = (kik.required_fte(scenario, backlog=True, by=day) for day in DAYS)
    assert later.fte < sooner.fte
    c = temporary(scenario, posts(scenario)).at(later.fte)
    last = engine.samples(c, slice(later.promise.week, later.promise.week + 1), replications=12, seed=2019)
    assert (last[:, 0, place(c, "backlog")] == 0).mean() >= later.promise.probability
    stock = {"spoken": 5696, "never_invited": 0, "declined_or_wij": 1019, "not_reached": 238}
    nobody = scenario.replace({"people.stock": stock})
    none = kik.required_fte(nobody, backlog=True, by=DAYS[1], draws=4)
    assert (none.low, none.high, none.predictive) == (0, 0, 0), "nobody waits, so no half post is needed"


def test_temporary_posts_that_begin_after_the_day_are_asked_for_from_the_start(tmp_path):
    """Their own time is told by no backlog then: any number of them comes too late."""
    found = []
    for start in ("2020-05-04", "2019-10-07"):
        add = f"{{name: extra_staff, add: team.fte, amount: 3.5, from: {start}, until: 2020-10-05}}"
        lasting = "{add: team.fte, amount: 0.5, from: 2022-01-03}"
        file = tmp_path / f"{start}.yml"
        file.write_text(f"extends: {project.params('base.yml')}\nchanges:\n  - {add}\n  - {lasting}\n")
        one = kik.required_fte(kik.load_scenario(file), backlog=True, by=datetime.date(2020, 4, 1))
        found.append((one.low, one.fte, one.high))
    assert found[0] == found[1] != (None, None, None)
    assert any("beside the 9.5 FTE that stays" in line for line in answer.lines(one, "en"))


BAD = [
    ({"of": "wiling"}, "of: unknown; did you mean willing?"),
    ({"contact": "phoned"}, "contact: unknown"),
    ({"segment": "active_60"}, "segment: unknown; did you mean active_60_plus?"),
    ({"coverage": 95}, "coverage: outside what is possible; write 0.95 for 95 % (got 95"),
    ({"coverage": True}, "coverage: not a number (got true"),
    ({"coverage": [1]}, "coverage: not a number"),
    ({"probability": 0.3}, "probability: outside what is possible (got 0.3"),
    ({"on": datetime.date(2030, 1, 1)}, "on: outside the run (got 2030-01-01; expected 2019-10-07 to"),
    ({"on": datetime.date(2019, 10, 6)}, "on: outside the run"),
    ({"backlog": True}, "backlog: by which day?"),
    ({"backlog": True, "by": DAYS[1], "of": "all"}, "of: contradicts backlog"),
    ({"backlog": True, "by": DAYS[1], "coverage": 0.5}, "coverage: contradicts backlog"),
    ({"by": DAYS[1]}, "by: goes with backlog"),
    ({"seed": -3}, "seed: not possible (got -3"),
]


@pytest.mark.parametrize(("asked", "message"), BAD)
def test_bad_promises_are_refused(scenario, asked, message):
    with pytest.raises(InputError) as caught:
        promise(scenario, **asked) if "seed" not in asked else kik.required_fte(scenario, **asked)
    assert message in "\n".join(caught.value.lines)


_, *WORDS = Path(__file__).with_name("bad_words.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize(("words", "message"), [line.split(" => ") for line in WORDS])
def test_bad_words_on_the_command_line(words, message, capsys):
    assert main(["fte", "--quiet", *shlex.split(words)]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""


def test_command_prints_lines_and_json(capsys):
    """In Dutch lines; as JSON the same answer."""
    given = SMALL | {"run.replications": 8, "reference.caseload_fip": 30}
    small = [f"--set={path}={value}" for path, value in given.items()]
    words = ["fte", *small, "--of=willing", "--coverage=0.7", "--draws=0", "--quiet", "--segment=own_goals"]
    assert main([*words, "--lang", "nl"]) == 0
    lines, remarks = capsys.readouterr()
    assert remarks.endswith("is een vergelijkingspunt; geen uitkomst verandert ermee\n")
    assert "alleen het deel ‘Werkt aan eigen doelen’" in lines
    assert "mensen uit dit deel: " in lines, "they are divided by the fte of the whole team"
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["posts"] == found["fte"]
    need = answer.span(found["central"]["low"], found["central"]["high"], "nl")
    assert f"Nodig bij de middelste aannames: {need} fte, naar buiten afgerond." in lines


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ([8, 9, 10, 11], "Needed over all assumptions: 8 to 11 FTE, rounded outwards (the middle 80%"),
        ([8, 9, 10, math.inf], "at least 8 FTE, rounded outwards; in 1 of 4 calculations"),
        ([math.inf] * 4, "cannot be said, as in 4 of 4 calculations"),
    ],
)
def test_draws_are_told_in_words(found, needs, said):
    """A range where every draw has a need; the number of draws without one; nothing where none has."""
    layers = {"assumptions": staff.Distribution(lambda: np.array(needs, dtype=float), 0.0, [{}] * 4)}
    told = answer.draw_lines(dataclasses.replace(found, layers=layers), "en")
    assert any(said in line for line in told)


def test_euros_are_a_range_only_where_they_are_one(found):
    ranged, exact = (answer.lines(dataclasses.replace(found, cost=ends), "nl")[3] for ends in (
        (9_000, 10_000, 11_000), (10_000, 10_000, 10_000)))  # fmt: skip
    assert " tot " in ranged.partition("(")[2].partition("hiertussen")[0]
    middle = ranged.partition("jaar, ")[2].partition(" (")[0]  # the same beside either
    assert f"{middle} (prijzen van 2019; een vacature telt mee)." in exact


def test_a_way_that_misses_what_others_keep_is_explained(scenario):
    asked = staff.Question(scenario, promise(scenario, coverage=0.9))
    for needs, told in (((9, math.inf, 8), True), ((9, 5, 8), False), ((math.inf,) * 3, False)):
        ways = zip(groups.CHANNELS, needs, strict=True)
        one = {"group": "offered", "coverage": 0.9, "visits": None}
        lines = answer.group_lines([one | {"channel": way, "fte": fte} for way, fte in ways], asked, "en")
        assert lines[-1].startswith("none: in this way") == told
    whole, ways = staff.Question(scenario, promise(scenario, coverage=1.0)), dict.fromkeys(groups.CHANNELS)
    lines = answer.group_lines([one | {"channel": way, "fte": math.inf} for way in ways], whole, "nl")
    assert lines[-1].startswith("Waar meer dan het hoogste is gevraagd, is hier precies het hoogste")
