"""Scenarios beside a base: paired by future, added up by year, euros by hand, and what is refused."""

import datetime
import itertools
import json
import os
import re

import numpy as np
import openpyxl
import polars as pl
import pytest

import kik_analysis as kik
from kik_analysis import project
from kik_analysis.capacity import comparison, euros, results
from kik_analysis.cli import main
from kik_analysis.errors import ModelError
from kik_analysis.figures import style
from kik_analysis.language import notation
from kik_analysis.parameters.scenario import load_scenario

WEEKS, RUNS, SEED = 70, 12, 7
HEAD = "scenario,year,measure,unit,base,other,difference,low,high,error,variance_ratio"
SHORT = "extends: {base}\nrun: {{weeks: 70}}\ntitle: {{nl: {name}, en: {name}}}\n{text}"


@pytest.fixture
def scenario(tmp_path):
    """Write and load a scenario of a year and a third; ``text`` is what it changes."""
    base = project.root() / "params/base.yml"

    def made(name, text=""):
        path = tmp_path / f"{name}.yml"
        path.write_text(SHORT.format(base=base, name=name, text=text))
        return load_scenario(path)

    return made


def rows(frame, **wanted):
    return frame.filter(*(pl.col(name) == value for name, value in wanted.items())).to_dicts()


def test_a_scenario_beside_itself_differs_in_nothing(scenario):
    found = comparison.run(scenario("one"), [scenario("two")], replications=RUNS, seed=SEED)
    assert (found.frame.select("difference", "low", "high", "error").to_numpy() == 0).all()
    assert found.frame["variance_ratio"].null_count() == found.frame.height
    assert found.changed == ()
    assert [name for name, one in found.remarks if "verandert niets" in one.nl] == ["two"]


def test_differences_are_those_of_the_same_futures(scenario):
    """Against the replications that ``simulate`` gives, put side by side here."""
    base, other = scenario("base"), scenario("more", "team: {fte: 12}\n")
    frame = kik.compare(base, other, replications=RUNS, seed=SEED)
    names = ("spoken_52_weeks", "overdue", "hours_used")
    each = []
    for one in (base, other):
        long = kik.simulate(one, replications=RUNS, seed=SEED).replications(measures=names)
        each.append({m: long.filter(measure=m)["value"].to_numpy().reshape(RUNS, WEEKS) for m in names})
    mondays = [base.start + datetime.timedelta(weeks=t) for t in range(WEEKS)]
    for year in (0, 2019, 2020, 2021):
        weeks = [t for t, day in enumerate(mondays) if year in (0, day.year)]
        for name in names:
            a, b = (v[name][:, weeks].sum(1) if name == "hours_used" else v[name][:, weeks[-1]] for v in each)
            (row,) = rows(frame, year=year, measure=name)
            d = b - a
            expected = [a.mean(), b.mean(), d.mean(), *np.quantile(d, (0.1, 0.9)), d.std(ddof=1) / RUNS**0.5]
            got = [row[key] for key in ("base", "other", "difference", "low", "high", "error")]
            assert np.allclose(got, expected, rtol=1e-9, atol=1e-9), (year, name)
            if d.var():
                assert row["variance_ratio"] == pytest.approx((a.var() + b.var()) / d.var())


def test_weeks_in_a_queue_count_who_still_waits_as_longer(scenario):
    base, other = scenario("base"), scenario("more", "team: {fte: 40}\n")
    frame = kik.compare(base, other, replications=2, seed=SEED)
    (row,) = rows(frame, measure="wait_first")
    for key, one in (("base", base), ("other", other)):
        runs = [kik.simulate(one, replications=n, seed=SEED) for n in (1, 2)]
        left = runs[1].replications(measures=["never_invited"]).filter(week=one.end - datetime.timedelta(7))
        ended, weeks = np.zeros(WEEKS * 9), []
        for run, waits in zip(runs, left["value"], strict=True):
            before, ended = ended, np.zeros(WEEKS * 9)
            for week, number in run.waits().filter(queue="first", segment="all")["weeks", "number"].rows():
                ended[week:] += number
            within = ended - before >= 0.9 * (ended[-1] - before[-1] + waits)
            weeks.append(within.argmax() if within.any() else WEEKS)
        assert row[key] == pytest.approx(np.mean(weeks)), key
    assert row["other"] < row["base"] == WEEKS, "in the base too many wait to the end"


def test_the_same_numbers_whatever_the_order_and_the_workers(scenario):
    base, two, three = scenario("a"), scenario("b", "team: {fte: 12}\n"), scenario("c", "team: {fte: 6}\n")
    one = kik.compare(base, two, three, replications=RUNS, seed=SEED, workers=1)
    other = kik.compare(base, three, two, replications=RUNS, seed=SEED, workers=2)
    keys = ["scenario", "year", "measure"]
    assert one.sort(keys).equals(other.sort(keys))
    drawn = [kik.compare(base, two, replications=4, seed=SEED, uncertain=True, workers=n) for n in (1, 2)]
    assert drawn[0].equals(drawn[1])
    assert not drawn[0].equals(kik.compare(base, two, replications=4, seed=SEED))


def test_euros_by_hand_years_add_up_and_pairing_helps(scenario):
    """Three posts from 6 April 2020 until 5 October: 182 days of a leap year; one for good from 2021 on."""
    text = (
        "costs: {fte_all_in: {low: 70000, central: 80000, high: 90000}}\nchanges:\n"
        "  - {add: team.fte, amount: 3, from: 2020-04-06, until: 2020-10-05}\n"
        "  - {add: team.fte, amount: 1, from: 2021-01-01}\n"
    )
    base = scenario("base", "costs: {fte_all_in: {low: 70000, central: 80000, high: 90000}}\n")
    frame = kik.compare(base, scenario("plan", text), replications=60, seed=SEED)
    (reach,) = rows(frame, year=2020, measure="approached_52_weeks")
    assert reach["variance_ratio"] > 1.5
    (incidental,) = rows(frame, year=2020, measure="euros_incidental")
    assert incidental["difference"] == pytest.approx(3 * 80_000 * 182 / 366)
    assert 3 * 70_000 * 182 / 366 < incidental["low"] < incidental["difference"] < incidental["high"]
    (structural,) = rows(frame, year=2021, measure="euros_structural")
    days = (datetime.date(2019, 10, 7) + datetime.timedelta(weeks=WEEKS) - datetime.date(2021, 1, 1)).days
    assert structural["difference"] == pytest.approx(80_000 * days / 365)
    assert structural["base"] == pytest.approx(9 * 80_000 * days / 365)
    for measure, key in itertools.product(
        ("euros_incidental", "euros_structural", "hours_used"), ("base", "other", "difference")
    ):
        by_year = [row[key] for row in rows(frame, measure=measure) if row["year"]]
        (whole,) = rows(frame, measure=measure, year=0)
        assert sum(by_year) == pytest.approx(whole[key], abs=1e-6), (measure, key)


def test_one_range_of_euros_for_a_post_a_choice_and_a_comparison(scenario):
    """The price is lognormal on either side: q10 is 1.28155 / 1.64485 of the way to the low end."""
    part = 1.2815515655446004 / 1.6448536269514722
    low, central, high = 80_000, 105_000, 125_000
    q10, q90 = central * (low / central) ** part, central * (high / central) ** part
    base, other = scenario("base"), scenario("twelve", "team: {fte: 12}\n")
    found = euros.post(base)
    assert (found.low, found.high) == pytest.approx((q10, q90))
    assert found.value == central
    told = euros.beside(base, other)
    assert told["euros_incidental"] == results.Told("same", 0.0, 0.0)
    assert told["euros_structural"].how == "more"
    assert (told["euros_structural"].low, told["euros_structural"].high) == pytest.approx((3 * q10, 3 * q90))
    assert euros.beside(other, base)["euros_structural"].how == "less"
    frame = kik.compare(base, other, replications=2, seed=SEED)
    (row,) = rows(frame, measure="euros_structural", year=2020)
    assert (row["low"], row["high"]) == pytest.approx((3 * q10, 3 * q90))
    nl, en = (euros.words(base, lang).plain for lang in ("nl", "en"))
    assert nl == "prijzen van 2019; 80% van de uitkomsten ligt hiertussen; een vacature telt mee"
    assert en == "prices of 2019; 80% of the outcomes lie in between; a vacant post counts in full"


@pytest.mark.parametrize(
    ("low", "high", "least", "told"),
    [
        (0.2, 3.0, 1.0, ("more", 0.2, 3.0)),
        (-0.5, 3.0, 1.0, ("more", 0.0, 3.0)),
        (-1.0, 3.0, 1.0, ("same", -1.0, 3.0)),  # both ends, as it may be either
        (-0.9, 0.9, 1.0, ("same", 0.0, 0.0)),  # nobody would notice
        (-3.0, 0.5, 1.0, ("less", 0.0, 3.0)),
        (-3.0, -2.0, 1.0, ("less", 2.0, 3.0)),
        (0.0, 0.0, 0.0, ("same", 0.0, 0.0)),
        (-1.0, -0.1, 0.0, ("less", 0.1, 1.0)),
    ],
)
def test_a_difference_is_clear_when_its_range_reaches_far_enough_to_one_side(low, high, least, told):
    assert results.told(low, high, least) == results.Told(*told)


def test_what_is_clear_is_a_parameter():
    base, other = np.array([0.50, 0.51, 0.52]), np.array([0.503, 0.513, 0.523])
    usual = load_scenario()
    assert results.clear(usual, "share", base, other).how == "same"
    finer = usual.replace({"statistics.clear_share": 0.002})
    assert results.clear(finer, "share", base, other).how == "more"
    assert results.clear(usual, "persons", 10 * base, 10 * other).how == "same"
    any_at_all = usual.replace({"statistics.clear_persons": 0})
    assert results.clear(any_at_all, "persons", 100 * base, 100 * other).how == "more"
    assert results.clear(usual, "hours", other, base).how == "less"


JOINT = "policy: {wij_rule: joint_with_consent}\n"
STOP = "  - {name: contact_stop, drop: true}\n"


def test_a_temporary_measure_is_judged_in_its_window(scenario):
    base = scenario("base", f"changes:\n{STOP}")
    extra = "  - {add: team.fte, amount: 6, from: 2019-11-04, until: 2020-02-03}\n"
    found = comparison.run(
        base, [scenario("extra", f"changes:\n{STOP}{extra}")], replications=RUNS, seed=SEED
    )
    windows = found.windows
    assert set(windows["from"]) == {datetime.date(2019, 11, 4)}
    assert set(windows["until"]) == {datetime.date(2020, 2, 3)}
    (hours,) = rows(windows, measure="hours_used")
    (reach,) = rows(windows, measure="spoken_52_weeks")
    assert hours["difference"] > 0
    assert reach["difference"] > 0.01
    assert abs(rows(found.frame, year=0, measure="spoken_52_weeks")[0]["difference"]) < reach["difference"]
    assert [row["path"] for row in found.as_json()["changed"]] == ["team.fte"]
    lasting = scenario("lasting", f"changes:\n{STOP}  - {{add: team.fte, amount: 6, from: 2019-11-04}}\n")
    assert comparison.run(base, [lasting], replications=2).windows.is_empty()
    later = f"{extra}  - {{add: team.fte, amount: 0.5, from: 2020-06-01}}\n"
    both = comparison.run(base, [scenario("both", f"changes:\n{STOP}{later}")], replications=2).windows
    assert both["from", "until"].unique().rows() == [(datetime.date(2019, 11, 4), datetime.date(2020, 2, 3))]


def test_what_falls_inside_the_time_without_visits_is_remarked(scenario):
    inside = "changes: [{add: team.fte, amount: 3, from: 2020-04-06, until: 2020-07-06}]\n"
    later = "changes: [{add: team.fte, amount: 3, from: 2020-04-06}]\n"
    before = "changes: [{add: team.fte, amount: 3, from: 2019-11-04, until: 2020-03-09}]\n"
    may = inside.replace("[", "[{name: extra_staff, drop: true}, ")
    half = "changes: [{add: team.fte, amount: 3, from: 2019-09-02, until: 2020-03-30}]\n"
    others = [scenario("inside", inside), scenario("later", later), scenario("half", half)]
    early = comparison.run(scenario("x"), [scenario("y", before)], replications=2).remarks
    assert not any("zonder bezoek" in one.nl for _, one in early)
    found = comparison.run(scenario("base"), others, replications=2)
    said = {name: f"{one.where[:9]} {one.nl}" for name, one in found.remarks if "zonder bezoek" in one.nl}
    two = comparison.run(scenario("a"), [scenario("b", may)], replications=2).remarks
    assert {one.where[:6] for _, one in two if one.path == "team.fte"} == {"b.yml:"}, "not of the base"
    assert set(said) == {"inside", "later", "half"}
    assert "van 6 april 2020 tot 6 juli 2020; van die 13 weken vallen er 13" in said["inside"]
    assert said["later"].startswith("later.yml dit begint op 6 april 2020"), "and not base.yml + later.yml"
    assert "tot 30 maart 2020; van die 25 weken vallen er 2" in said["half"]
    other = comparison.run(scenario("base2"), [scenario("dropped", f"changes:\n{STOP}")], replications=2)
    assert not any("zonder bezoek" in one.nl for _, one in other.remarks), "it is the stop itself"


def test_a_larger_backlog_with_more_hours_is_remarked_on(scenario):
    """Twelve posts send letters to people spoken to before first; numbers from the futures one by one."""
    found = comparison.run(scenario("base"), [scenario("more", "team: {fte: 12}\n")], replications=RUNS)
    (one,) = (one for _, one in found.remarks if "achterstand" in one.nl)
    names, each = ("backlog", "hours_available"), []
    for run in found.runs:
        weekly = kik.simulate(run.scenario, replications=RUNS).weekly(measures=names)
        each.append([weekly.filter(measure=name)["mean"].to_numpy() for name in names])
    backlog, hours = each[1][0] - each[0][0], np.cumsum(each[1][1] - each[0][1])
    said = re.findall(r"([\d,]+) (?:people larger|hours more)", one.en)
    numbers = [int(number.replace(",", "")) for number in said]
    week = int(backlog.argmax())
    assert numbers == [round(backlog[week]), round(hours[week])]
    assert notation.date(found.base.compiled.mondays()[week], "en") in one.en
    assert {"scenario": "more", "nl": one.nl, "en": one.en, "where": one.where} in found.as_json()["remarks"]
    assert any(one.nl in line for line in comparison.compared(found, "nl"))
    assert one.where.startswith("more.yml")
    # not where the team is smaller, nor where as many hours go elsewhere
    base, plans = scenario("base"), {"less": "team: {fte: 6}\n", "all": "policy: {extra_for: any}\n"}
    beside = comparison.run(base, [scenario(*plan) for plan in plans.items()], replications=RUNS)
    assert rows(beside.frame, scenario="all", year=2019, measure="backlog")[0]["low"] > 1
    assert not any("achterstand" in one.nl for name, one in beside.remarks if name != "base")


def test_dates_are_those_of_a_simulation_of_the_same_futures(scenario):
    """Few futures, so that one place in their order is days away: one rule for both."""
    two = scenario("base", "team: {fte: 24}\n"), scenario("more", "team: {fte: 26}\n")
    found = comparison.run(two[0], [two[1]], replications=RUNS, seed=SEED)
    for given, name in zip(two, ("base", "other"), strict=True):
        told = kik.simulate(given, replications=RUNS, seed=SEED).dates()
        for row in found.dates:
            (own,) = told.filter(told["event"] == row["event"]).to_dicts()
            assert row[name] == own["q50"]
            assert name == "base" or (row["low"], row["high"]) == (own["q10"], own["q90"])
    assert any(row["low"] != row["high"] for row in found.dates)


def test_dates_of_the_queue(scenario):
    """Nobody waits and nobody comes: normal from the first week on; with a heap and no hours: never."""
    calm = "people: {stock: {spoken: 600}, known_to_wij: 0, in_services_at_start: 0, inflow_per_week: 0}"
    heap = (
        "people: {stock: {never_invited: 900}, known_to_wij: 0, in_support: {programme: 0}}\nteam: {fte: 0}"
    )
    found = comparison.run(scenario("calm", calm), [scenario("heap", heap)], replications=4)
    (row,) = [row for row in found.dates if row["event"] == "queue_normal"]
    assert row["base"] == datetime.date(2019, 10, 7)
    assert row["other"] is row["low"] is row["high"] is None


def test_a_pair_of_one_comparison_is_the_comparison_of_the_pair(scenario):
    base, two, three = scenario("a"), scenario("b", "team: {fte: 12}\n"), scenario("c", "team: {fte: 6}\n")
    found = comparison.run(base, [two, three], replications=RUNS, seed=SEED, segments=True)
    assert found.pair("b", "c").frame.equals(kik.compare(two, three, replications=RUNS, seed=SEED))
    assert found.pair("b", "nobody") is None
    people = [found.by_year(name) for name in found.base.compiled.segments]
    (whole,) = rows(found.frame, scenario="b", year=0, measure="overdue")
    parts = [rows(frame, scenario="b", year=0, measure="overdue")[0] for frame in people]
    assert sum(part["other"] for part in parts) == pytest.approx(whole["other"])
    assert sum(part["difference"] for part in parts) == pytest.approx(whole["difference"])


def test_plans_lie_on_top_of_any_scenario(scenario):
    """A team of twelve keeps its twelve under each plan; what changes another start is left out."""
    own = load_scenario().replace({"team.fte": 12})
    plans = {plan.name: plan for plan in comparison.plans(own)}
    assert len(plans) >= 15
    assert "july_2019" not in plans
    assert all(plan["team.fte"] == 12 for plan in plans.values())
    assert plans["no_stop"].title["nl"] == "Geen contactstop"
    short = scenario("kort", f"changes:\n{STOP}")
    names = {plan.name for plan in comparison.plans(short)}
    assert not names & {"no_stop", "vacancy", "base"}, "they change nothing here, or lie after the end"
    assert "backlog_first" in names


def test_what_cannot_be_compared_is_refused_with_both_lines(scenario, tmp_path):
    base = scenario("base")
    (tmp_path / "later.yml").write_text("extends: base.yml\nrun:\n  start: 2019-07-29\n  weeks: 71\n")
    with pytest.raises(ModelError) as caught:
        kik.compare(base, load_scenario(tmp_path / "later.yml"))
    first, second = caught.value.lines
    assert first.startswith(f"{tmp_path}/later.yml:3: run.start: scenarios that begin or end on other days")
    assert "got 2019-07-29; expected 2019-10-07, as " in first
    assert "base.yml:11 says" in first
    assert second.startswith(f"{tmp_path}/later.yml:4: run.weeks: ")
    assert f"got 71; expected 70, as {tmp_path}/base.yml:2 says" in second
    with pytest.raises(ModelError, match=f"^{tmp_path}/base.yml: base is the name of two scenarios here"):
        kik.compare(base, scenario("base"))
    shipped = load_scenario("extra_one")
    with pytest.raises(ModelError, match=r"^params/scenarios/extra_one.yml: extra_one is the name of two"):
        kik.compare(load_scenario(), shipped, shipped)
    with pytest.raises(ModelError, match=r"\(got 260; .* as .*/base.yml:2 says\)") as caught:
        kik.compare(base, shipped)
    assert caught.value.lines[0].startswith("params/base.yml:12: run.weeks: ")
    more = base.replace({"team.fte": 12}), base.replace({"team.fte": 13})
    frame = kik.compare(base, *more, replications=2)
    assert list(dict.fromkeys(frame["scenario"])) == ["base (team.fte=12)", "base (team.fte=13)"]
    with pytest.raises(ModelError, match="got 4 beside the base"):
        kik.compare(base, *(scenario(name) for name in "bcde"))
    with pytest.raises(ModelError, match="got 0 beside the base"):
        kik.compare(base)
    with pytest.raises(ModelError, match="compare: not a scenario"):
        kik.compare(base, "twaalf.yml")
    with pytest.raises(ModelError, match="expected a whole number from 2"):
        kik.compare(base, scenario("b"), replications=1)


def test_kik_compare_says_what_changes_and_then_what_differs(scenario, tmp_path, capsys):
    scenario("plan", "changes: [{add: team.fte, amount: 3, from: 2019-11-04, until: 2020-01-06}]\n")
    scenario("kort")
    words = [str(tmp_path / "kort.yml"), str(tmp_path / "plan.yml"), "--replications", "4", "--quiet"]
    assert main(["compare", *words, "--lang", "nl"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert said.err == ""
    assert any("(team.fte)" in line and "vanaf 4 november 2019 tot 6 januari 2020" in line for line in lines)
    places = [next(n for n, line in enumerate(lines) if word in line) for word in (
        "plan: plan", "formatie (team.fte): ", "Zolang het duurt, van 4 november 2019", "Verschil per jaar",
        "in prijzen van het jaar waarvoor")]  # fmt: skip
    assert places == sorted(places)
    assert main(["compare", *words, "--lang", "en"]) == 0
    english = capsys.readouterr().out
    assert "While it lasts, from 4 November 2019 until 6 January 2020:" in english
    assert main(["compare", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [told[key] for key in ("base", "others", "replications", "interval")] == ["kort", ["plan"], 4, 0.8]
    (row,) = (one for one in told["rows"] if one["measure"] == "hours_used" and not one["year"])
    assert re.search(rf"gain of pairing\n(?s:.*)Hours used .* {row['variance_ratio']:,.1f}\n", english)
    assert set(told["rows"][0]) == {*HEAD.split(","), "label"}
    assert set(told["changed"][0]) == {"scenario", "path", "segment", "from", "until", "old", "new", "where"}
    assert main(["compare", "base", "july_2019"]) == 2
    assert "params/scenarios/july_2019.yml:" in capsys.readouterr().err


@pytest.mark.long(every=2)
def test_words_of_a_name_are_no_words_of_ours(tmp_path, capsys):
    base = project.params("examples/waterbroek/waterbroek.yml")
    file, title = tmp_path / "WIJ plan.yml", "title: {nl: 'WIJ: vijf', en: 'WIJ: five'}"
    file.write_text(f"extends: {base}\n{title}\nteam: {{fte: 5}}\npeople: {{known_to_wij: 3}}\n")
    assert main(["compare", str(base), str(file), "--replications", "2", "--quiet", "--lang", "nl"]) == 0
    said = capsys.readouterr().out
    assert "\nWIJ plan: WIJ: vijf\n" in said
    assert "bekend bij het buurtteam" in said


@pytest.mark.parametrize(
    ("file", "lasts"),
    [
        ("examples/waterbroek/waterbroek.yml", "from: 2025-02-03, until: 2025-04-07"),
        ("base.yml", "from: 2019-11-04, until: 2020-01-06"),
    ],
)
def test_a_result_folder_whole_or_not_at_all_and_the_same_bytes_twice(
    file, lasts, tmp_path, capsys, proof, monkeypatch
):
    """On the pages of another municipality, and on the terminal, is no claim, name or team of Groningen."""
    set_, usual = {*os.environ}, style.status  # no variable of the process says what is drawn
    monkeypatch.setattr(style, "status", lambda lang: usual(lang) if set_ == {*os.environ} else None)
    full = f"{JOINT}changes: [{{add: team.fte, amount: 3, {lasts}}}]\n"
    for name, text in (("kort", ""), ("twaalf", full)):
        own = SHORT.format(base=project.params(file), name=name, text=text)
        own = own.replace("nl: twaalf, en: twaalf", "nl: Een vol team, en: A full team")
        (tmp_path / f"{name}.yml").write_text(own)
    words = ["compare", *(str(tmp_path / f"{one}.yml") for one in ("kort", "twaalf")), "--lang", "nl"]
    words += ["--replications", "3", "--quiet"]
    first, second = tmp_path / "een", tmp_path / "twee"
    for out in (first, second) if proof else (first,):
        assert main([*words, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert ("buurtteam" in said) is (file != "base.yml")
    for one in (said, *(path.read_text("utf-8") for path in out.glob("report/*.html"))):
        assert file == "base.yml" or not re.search(r"Groningen|\bWIJ\b", one)
    assert said.splitlines()[-1].endswith(f"{out.name}/report/nl.html")
    files = {str(path.relative_to(first)) for path in first.rglob("*") if path.is_file()}
    assert files >= {
        *("report/nl.html", "report/en.html", "tables/comparison.csv", "tables/cijfers-nl.xlsx"),
        *("figures/compare_spoken.nl.svg", "tables/compare_parameters.csv"),
        *("compare.json", "manifest.json", "numbers.json"),
    }
    for path in files:
        assert (first / path).read_bytes() == (out / path).read_bytes(), path
    assert main(["verify", str(first)]) == 0
    signed = json.loads((first / "manifest.json").read_text())["digest"][:8]
    for drawn in (first / "figures").glob("*.svg"):
        assert signed in drawn.read_text(), drawn.name
    csv = (first / "tables" / "comparison.csv").read_text().splitlines()
    told = json.loads((first / "compare.json").read_text())
    assert csv[0] == HEAD
    assert csv[1].startswith("twaalf,")
    for book, sheet, called in (
        ("cijfers-nl.xlsx", "Verschillen per jaar", "Een vol team"),
        ("figures-en.xlsx", "Differences by year", "A full team"),
    ):
        cells = openpyxl.load_workbook(first / "tables" / book)[sheet]["A"]
        assert {one.value for one in cells[5:]} == {called}
    assert len(csv) - 1 == len(told["rows"])
    for name in ("compare.json", "manifest.json"):
        assert str(tmp_path) not in (first / name).read_text()
    (tmp_path / "vol").mkdir()
    (tmp_path / "vol" / "brief.txt").write_text("van mij")
    capsys.readouterr()
    assert main([*words, "--out", str(tmp_path / "vol")]) == 2
    assert "bevat bestanden en geen manifest.json van ons" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "vol").iterdir()] == ["brief.txt"]
