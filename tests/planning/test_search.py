"""The smallest fte: searched, against brute force; found before, where all that it depends on is the same."""

import dataclasses
import math

import numpy as np
import pytest

import kik_analysis as kik
from kik_analysis.capacity.reader import spread
from kik_analysis.errors import DataError
from kik_analysis.facts.claims import claims
from kik_analysis.facts.precision import period
from kik_analysis.parameters import files
from kik_analysis.planning import groups, search, staff
from kik_analysis.planning.promise import GONE, promise
from kik_analysis.reading.storage import digest

KNOWN = np.random.default_rng(7).normal(11, 1.2, 400)  # of each future


def waving(own, phase, wave=0.0, pace=5):
    """Shares that rise with posts, in waves, and pass .9 at the future's own threshold."""

    def evaluate(jobs):
        r, fte = np.array(jobs).T
        return 0.9 + 0.02 * (fte - own[r.astype(int)]) + wave * np.sin(pace * fte + phase[r.astype(int)])

    return evaluate


rising = waving(KNOWN, KNOWN)


def keeping(evaluate):
    """Which futures keep a promise to nine in ten."""
    return lambda some, fte: evaluate([(r, fte) for r in some]) >= 0.9


def steps(own, jobs):
    """Shares of all or nothing, at the future's own threshold."""
    r, fte = np.array(jobs).T
    return (fte >= own[r.astype(int)]).astype(float)


@pytest.mark.parametrize("probability", [0.5, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("futures", [40, 137])
def test_quantile_of_thresholds_is_that_of_brute_force(probability, futures):
    """Bisection by rank finds the order statistic, in few runs; nothing below it suffices."""
    runs = []
    keeps = keeping(lambda jobs: runs.extend(jobs) or rising(jobs))
    found = search.by_rank(keeps, futures, probability, 0, 32)
    assert len(runs) < futures * 10
    exact = np.sort(KNOWN[:futures])[math.ceil(probability * futures) - 1]
    assert exact <= found.fte <= exact + search.FINEST
    assert (rising([(r, found.fte) for r in range(futures)]) >= 0.9).mean() >= probability
    assert found.low <= found.fte <= found.high


@pytest.mark.parametrize(("find", "wave"), [(search.by_rank, 0.0), (search.by_fit, 0.01)])
def test_interval_covers_the_quantile(find, wave):
    """In 95 of 100 samples or more, and the answer is no step off; by fit where each future has waves too."""
    rng, many = np.random.default_rng(3), (10**4, 60)
    own, phase = rng.normal(11, 0.4, many), rng.uniform(0, 2 * np.pi, many)
    true = np.quantile(own - wave / 0.02 * np.sin(phase), 0.9)
    each = (keeping(waving(own[k], phase[k], wave)) for k in range(200))
    found = [find(keeps, 60, 0.9, 8.0, 16.0, most=400.0) for keeps in each]
    assert np.mean([one.low - search.FINEST <= true <= one.high for one in found]) >= 0.915  # 95 % less 2 sd
    assert abs(np.mean([one.fte for one in found]) - true) < search.FINEST


@pytest.mark.parametrize("waves", [1, 2, 3, 5, 8, 25])
def test_waves_long_or_short_are_noticed_and_fitted(waves):
    """Where more posts may keep less, the answer is that of brute force on a fine grid, to a step or two."""
    evaluate = waving(KNOWN, np.arange(400), 0.04, waves)
    found = search.smallest(evaluate, 0.9, 0.9, 400, 200)
    assert not found.monotone
    fine = np.linspace(8, 18, 1001)
    shares = [(evaluate([(r, fte) for r in range(found.futures)]) >= 0.9).mean() for fte in fine]
    assert abs(found.fte - search.passes(fine, np.array(shares), 0.9)) <= 2 * search.FINEST
    assert found.low <= found.fte <= found.high < math.inf
    assert (evaluate([(r, found.fte) for r in range(found.futures)]) >= 0.9).mean() >= 0.9


def test_a_narrow_peak_is_found_and_a_ceiling():
    """A share that rises to a peak and falls again: kept near the peak, or kept nowhere."""

    def peak(jobs):
        return np.array([0.9 - 0.004 * abs(fte - 15) for _, fte in jobs])

    low, high, _ = search.neighbourhood(peak, 0.894, 0.9, 700)
    assert low < 15 - 1.5 <= high <= 16.5
    _, high, best = search.neighbourhood(peak, 0.95, 0.9, 700)
    assert math.isinf(high)
    assert 13 < best < 17


def test_a_search_ends_where_more_posts_reach_fewer():
    """Draws that no staff keeps cost a few runs each, not a whole ladder; those that rise late are found."""
    asked = []

    def evaluate(jobs):
        asked.extend(jobs)
        return np.array([0.8 - 0.001 * fte if r else 0.002 * fte for r, fte in jobs])

    found = search.each(evaluate, 2, 0.9, 9.0, 700.0)
    assert 450 <= found[0] <= 450 * 49 / 48
    assert math.isinf(found[1])
    assert sum(r == 1 for r, _ in asked) == 3


def test_every_threshold_of_draws_that_differ():
    """Thresholds far apart are all found to within their resolution; one that does not exist is infinite."""
    far = np.array([0.01, 0.4, 3, 9, 9.5, 40, 200, 1e9])

    def evaluate(jobs):
        return np.array([1.0 if fte >= far[r] else 0.0 for r, fte in jobs])

    found = search.each(evaluate, len(far), 0.5, 9.0, 700.0)
    assert math.isinf(found[-1])
    assert (found[:-1] >= far[:-1]).all()
    assert (found[:-1] - far[:-1] <= np.maximum(1 / 4, found[:-1] / 48)).all()


@pytest.mark.parametrize("key", range(12))
def test_quantiles_alone_are_those_of_every_need(key):
    rng, asked = np.random.default_rng(key), (0.1, 0.5, 0.9)[key % 3 :]
    far = np.where(rng.random(50) < key / 20, np.inf, rng.lognormal(2, 0.6, 50))

    def evaluate(jobs):
        runs.extend(jobs)
        return np.array([min(0.9 * (fte / far[r]) ** 0.8, 1) if far[r] < np.inf else 0.4 for r, fte in jobs])

    runs = []
    every, most = search.each(evaluate, 50, 0.9, 5.0, 700.0), len(runs)
    some = search.each(evaluate, 50, 0.9, 5.0, 700.0, asked)
    assert len({np.quantile(x, asked, method="inverted_cdf").tobytes() for x in (some, every)}) == 1
    assert np.isinf(some).tolist() == np.isinf(every).tolist()
    assert len(runs) - most < most


LUCK = (7.9, 8.1, 0), (8.1, 7.4, 0), (15.9, 16.4, 0), (9, 8, 0), (0, 0.4, 0), (15.9, 7.4, 9), (11.9, 17.3, 9)


@pytest.mark.parametrize(("first", "rest", "early"), LUCK)
def test_a_pilot_of_the_luckiest_or_the_unluckiest_futures_does_not_decide(first, rest, early):
    """The first few futures tell where to look; the answer may lie below what failed them, or above."""
    known = np.r_[np.full(search.PILOT, first), np.full(200, rest)]

    def steps(jobs):  # where it is kept early, it is by one of them, who breaks it with more
        return np.array([fte >= known[r] or (r < (early > 0) and abs(fte - early) < 1) for r, fte in jobs])

    found = search.smallest(steps, 0.9, 0.7, 600.0, 200)
    assert found.monotone == (early == 0)
    exact = np.sort(known[: found.futures])[math.ceil(0.7 * found.futures) - 1]
    assert exact <= found.fte <= exact + search.FINEST
    assert found.low <= found.fte <= found.high < math.inf


def test_where_the_pilots_futures_never_keep_it_near_the_answer_others_decide():
    known = np.r_[np.full(search.PILOT, 1e9), np.full(200, 10)]

    def steps(jobs):  # one of the pilot keeps it early, and breaks it with more
        return np.array([fte >= known[r] or (r == 0 and abs(fte - 8.5) < 1) for r, fte in jobs])

    found = search.smallest(steps, 0.9, 0.5, 600.0, 200)
    assert not found.monotone
    assert 10 <= found.fte <= 10 + search.FINEST


@pytest.mark.parametrize(("never", "none", "runs"), [(0.06, (0, 0.1), 1600), (0.7, (1, 1), 170)])
def test_none_is_what_enough_futures_say(never, none, runs):
    """Among the first eight futures is often one of the few that never keep it, which is not yet "none"."""
    rng, asked = np.random.default_rng(5), [set() for _ in range(30)]

    def answer(seen):
        own = np.where(rng.random(200) < never, 1e9, rng.normal(11, 0.4, 200))
        found = search.smallest(lambda jobs: seen.update(jobs) or steps(own, jobs), 0.9, 0.9, 700.0, 200)
        exact = np.sort(own[: found.futures])[math.ceil(0.9 * found.futures) - 1]
        assert exact <= found.fte <= (exact + search.FINEST if exact < 1e9 else math.inf)
        return found.fte

    assert none[0] <= np.isinf([answer(seen) for seen in asked]).mean() <= none[1]
    assert np.mean([len(seen) for seen in asked]) <= runs


CLIENT = "team.client_time_share"
CLIENT_RANGE = {"low": 0.3, "central": 0.5, "high": 0.7, "confidence": "C"}
ENDS = ({"low": 0.35}, {"high": 0.65})
SMALL = {CLIENT: CLIENT_RANGE, "run.weeks": 6, "run.replications": 8}


def name_of(monkeypatch, scenario, kept=None, place=0.5, seed=1):
    """The key under which needs of a question are sought."""
    sought = []
    monkeypatch.setattr(search, "known", lambda what, number, make: sought.append(digest(what)))
    staff.Question(scenario, kept, seed=seed).needs([{CLIENT: place}], 9.0)
    return sought[0]


def test_a_key_depends_on_all_that_a_need_depends_on(monkeypatch):
    scenario = kik.load_scenario(overrides=SMALL)
    kept = promise(scenario)
    names = [
        name_of(monkeypatch, scenario),
        name_of(monkeypatch, scenario.replace({"work.minutes_travel": 20})),
        name_of(monkeypatch, scenario, promise(scenario, contact="any")),
        name_of(monkeypatch, scenario, dataclasses.replace(kept, after_backlog=True)),
        name_of(monkeypatch, scenario, place=0.6),
        name_of(monkeypatch, scenario, seed=2),
        # another end of a range, on the side of the draw or on the other
        *(name_of(monkeypatch, scenario.replace({CLIENT: CLIENT_RANGE | end})) for end in ENDS),
    ]
    assert len(set(names)) == len(names)
    assert names[0] == name_of(monkeypatch, scenario, kept)
    nothing = {"pilots.minutes_per_day": 7, "team.fte": 12}  # neither moves a run
    assert names[0] == name_of(monkeypatch, scenario.replace(nothing))
    plain = staff.engine.tallies  # another engine: one person more somewhere
    monkeypatch.setattr(staff.engine, "tallies", lambda *a, **k: plain(*a, **k) + 1)
    assert name_of(monkeypatch, scenario) != names[0]


def test_what_the_file_holds_comes_back_and_anything_else_is_made(tmp_path, monkeypatch):
    file = tmp_path / "needs.csv"
    monkeypatch.setattr(search.project, "data", lambda *_: file)
    needs, made = np.array([7.25, np.inf, 12.0, np.nan]), []
    make = lambda: made.append(1) or needs  # noqa: E731
    search.known(["abc"], 4, make)
    search._write(search._found)
    assert search.known(["abc"], 4, make).tolist()[:3] == needs.tolist()[:3]
    search.known(["abd"], 4, make)
    search.known(["abc"], 3, make)  # another number of draws
    assert len(made) == 3
    whole = file.read_text()
    numbers = (whole.replace("7.25", other) for other in ("7.5", "-7.25", "nan", "1e9", "seven"))
    for damaged in (*numbers, whole[:-2], whole.replace(",", ";"), "key,numbers\nabc,7.25 inf 12.0 nan\n"):
        file.write_text(damaged)
        with pytest.raises(DataError, match=r"needs\.csv:\d+: damaged \(delete .* make it again"):
            search.known(["abc"], 4, make)


@pytest.mark.long(every=8)
@pytest.mark.parametrize("name", list(files.shipped()))
def test_the_shipped_needs_are_those_of_the_shipped_scenarios(name, monkeypatch):
    """`kik fte` on shipped scenarios answers at once."""
    for what in ("each", "smallest", "neighbourhood", "by_rank"):
        monkeypatch.setattr(staff.search, what, lambda *_: pytest.fail(f"make it anew: {search.COMMAND}"))
    scenario = kik.load_scenario(files.shipped()[name])
    asked = staff.Question(scenario)
    places = spread(scenario, asked.seed, staff.DRAWS)
    # the posterior's are made together with these, and another posterior is another for the base too
    fitted = staff.calibrated(scenario, places)[0] if name == "base" else None
    by = period(claims()[GONE].as_of).first  # what the answers ask of the base
    more = [staff.Question(scenario, promise(scenario, backlog=True, by=by))] if fitted else []
    for one, drawn in [(one, drawn) for one in (asked, *more) for drawn in (places, fitted) if drawn]:
        assert len(one.needs(drawn, 9.0)) == staff.DRAWS
        staff.central(one)
    assert len(groups.answers(asked, draws=0)) == len(groups.GROUPS) * len(groups.CHANNELS)
