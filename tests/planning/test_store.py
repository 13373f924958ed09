"""Needs that were found before are taken only where everything that they depend on is the same."""

import dataclasses

import numpy as np
import pytest

import kik_analysis as kik
from kik_analysis.capacity.reader import spread
from kik_analysis.errors import DataError
from kik_analysis.parameters import files
from kik_analysis.planning import groups, search, staff
from kik_analysis.planning.promise import promise
from kik_analysis.reading.storage import digest

CLIENT = "team.client_time_share"
CLIENT_RANGE = {"low": 0.3, "central": 0.5, "high": 0.7, "confidence": "C"}
ENDS = ({"low": 0.35}, {"high": 0.65})
SMALL = {CLIENT: CLIENT_RANGE, "run.weeks": 6, "run.replications": 8}


def name_of(monkeypatch, scenario, kept=None, place=0.5, seed=1):
    """The key under which needs of a question are sought."""
    sought = []
    monkeypatch.setattr(search, "known", lambda what, number, make: sought.append(digest(what)))
    asked = staff.Question(scenario, kept, seed=seed)
    asked.needs([{CLIENT: place}], 9.0)
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
    assert names[0] == name_of(monkeypatch, scenario.replace({"pilots.minutes_per_day": 7}))  # moves no run
    plain = staff.engine.tallies  # another engine: one person more somewhere
    monkeypatch.setattr(staff.engine, "tallies", lambda *a, **k: plain(*a, **k) + 1)
    assert name_of(monkeypatch, scenario) != names[0]


def test_what_the_file_holds_comes_back_and_anything_else_is_made(tmp_path, monkeypatch):
    file = tmp_path / "needs.csv"
    monkeypatch.setattr(search.project, "data", lambda *_: file)
    needs = np.array([7.25, np.inf, 12.0, np.nan])
    made = []
    make = lambda: made.append(1) or needs  # noqa: E731
    search.known(["abc"], 4, make)
    search._write(search._found)
    assert search.known(["abc"], 4, make).tolist()[:3] == needs.tolist()[:3]
    assert len(made) == 1
    search.known(["abd"], 4, make)
    search.known(["abc"], 3, make)  # another number of draws
    assert len(made) == 3
    for damaged in ("key,fte\nabc,1\n", "key,numbers\nabc,1 two\n"):
        file.write_text(damaged)
        with pytest.raises(DataError, match="make it again"):
            search.known(["abc"], 4, make)


@pytest.mark.parametrize("name", list(files.shipped()))
def test_the_shipped_needs_are_those_of_the_shipped_scenarios(name, monkeypatch):
    """`kik fte` on any shipped scenario answers at once: its draws and every group are in the file."""
    monkeypatch.setattr(staff.search, "each", lambda *_: pytest.fail(f"make it anew: {search.COMMAND}"))
    scenario = kik.load_scenario(files.shipped()[name])
    asked = staff.Question(scenario)
    places = spread(scenario, asked.seed, staff.DRAWS)
    # the posterior's are made together with these, and another posterior is another for the base too
    fitted = staff.calibrated(scenario, places)[0] if name == "base" else None
    assert all(len(asked.needs(drawn, 9.0)) == staff.DRAWS for drawn in (places, fitted) if drawn)
    assert len(groups.answers(asked, draws=0)) == len(groups.GROUPS) * len(groups.CHANNELS)
