"""The shipped scenarios: none does nothing, and each is comparable with its baseline where the days are."""

import dataclasses
import datetime
import functools
from typing import Any

import numpy as np
import polars as pl
import pytest

from kik_analysis.capacity import comparison, engine, verification
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import State
from kik_analysis.capacity.simulate import simulate
from kik_analysis.parameters import files
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.scenario import load_scenario

FILES, HEADERS, loaded = files.shipped(), functools.cache(files.headers), functools.cache(load_scenario)
NAMES = [name for name in FILES if name != "base"]


@pytest.mark.parametrize("name", NAMES)
def test_each_changes_an_output(name, proof):
    base, other = loaded(FILES[HEADERS()[name].baseline]), load_scenario(name)
    assert differences(base, other)
    if not proof and NAMES.index(name) % 3:  # every third is simulated daily
        return
    if (base.start, base.end) == (other.start, other.end):
        frame = comparison.compare(base, other, replications=2, seed=1)
        moved = frame.filter(frame["difference"].abs() > 0)["measure"].unique().to_list()
        assert any(not one.startswith("euros") for one in moved), moved
    else:
        compiled = map(compile_scenario, (base, other))
        runs = [engine.samples(one, slice(None), replications=2, seed=1) for one in compiled]
        assert not np.array_equal(*runs)


#: Some are due sooner than who asks for more, and some more often from a Wednesday on.
_DATED = {datetime.date(2019, 1, 7): 52, datetime.date(2020, 1, 1): 26}
OFTEN = {"per_segment": {"seeks_participation": 13, "active_60_plus": _DATED, "other": 52}}


@pytest.mark.parametrize("spoken", [0, 100])
def test_a_town_in_which_nothing_flows_is_checked_too(spoken: int) -> None:
    scenario = load_scenario("cases/leeg.yml", {"people.stock": {"spoken": spoken}})
    assert verification.check_rules(scenario, simulate(scenario, replications=1))["violations"].sum() == 0
    assert all(one.got == one.expected for one in verification.verify(scenario, replications=2))
    assert verification.limit(0) > 3


def checked(name: str, weeks: int, **other: Any) -> verification.Run:
    scenario = load_scenario(name, {"run.weeks": weeks} | other)
    result = simulate(scenario, replications=1)
    assert verification.check_rules(scenario, result)["violations"].sum() == 0
    c, record = result.compiled, engine.replay(result.compiled, seed=result.seed, replication=0)[0]
    weekly = pl.DataFrame({"week": c.mondays(), **verification.weekly(c, record)})
    return verification.Run(scenario, c, result.events(), weekly)


def test_each_rule_holds_has_something_to_check_and_can_fail() -> None:
    """What breaks a rule, in one week or for one person, is found by that rule."""
    base, fixed = map(checked, ("base", "fixed_person"), (90, 45))
    need = checked("need_based", 60, **{"policy.interval_weeks": OFTEN})
    c, late, kind, week = base.compiled, datetime.date(2020, 6, 1), pl.col("event"), pl.col("week")
    known = int(np.repeat(c.stock_state == State.KNOWN_TO_WIJ, c.stock_count).argmax())
    person = {"entry_week": pl.lit(0, pl.Int64), "index": pl.lit(known, pl.Int64)}

    def again(found: str, **other: Any) -> Any:
        one = base.events.filter(kind == found, week == late).head(1)
        return {"events": pl.concat([base.events, one.with_columns(**other)])}

    def gone(found: str) -> Any:
        one = base.events.filter(kind == found, week == late).head(1)
        later = base.events.filter((week > late) | (kind != found)).join(one, verification.PERSON, "semi")
        return {"events": base.events.join(later, base.events.columns, "anti")}

    def more(run: verification.Run, name: str) -> Any:
        return {"weekly": run.weekly.with_columns(pl.col(name) + (week >= late))}

    letter = {"event": pl.lit("letter"), "week": week + datetime.timedelta(weeks=1)}
    for rule, run, broken in (
        ("voluntary", base, again("says_no", **letter)), ("due_within_a_year", base, gone("conversation")),
        ("once_a_year_60_plus_and_health", base, {"compiled": c.replace(interval=c.interval // 2)}),
        ("need_above_floor", need, {"compiled": need.compiled.replace(interval=need.compiled.lead + 1)}),
        ("no_linking", base, again("letter", **person)),
        ("follow_up_after_services", base, gone("returns")), ("open_cohort", base, more(base, "arrivals")),
        ("contact_stop", base, more(base, "home_visits")), ("no_double_contact", base, again("letter")),
        ("fixed_contact_person", fixed, more(fixed, "by_colleague")),
    ):  # fmt: skip
        check = getattr(verification, rule)
        assert check(run)[0] > 0, rule
        assert check(dataclasses.replace(run, **broken))[1], rule
