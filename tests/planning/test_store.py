"""Needs that were found before are taken only where everything that they depend on is the same."""

import dataclasses
import math

import numpy as np
import pytest

import kik_analysis as kik
from kik_analysis.planning import groups, staff, store
from kik_analysis.planning.promise import promise

SMALL = {"run.weeks": 6, "run.replications": 8}


def name_of(monkeypatch, scenario, kept=None, place=0.5, seed=1, start=9.0, change=None):
    """The key under which needs of a question are sought."""
    sought = []
    monkeypatch.setattr(store, "recall", lambda name, number: sought.append(name) or np.zeros(number))
    asked = staff.Question(scenario, kept, seed=seed)
    source = change(asked.posts) if change else asked.posts
    staff.Futures(asked, source).needs(1, start, [{"team.client_time_share": place}])
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
        name_of(monkeypatch, scenario, start=8.0),
        name_of(monkeypatch, scenario, change=lambda one: groups.changed(one, "spoken", "visit")),
    ]
    assert len(set(names)) == len(names)
    assert names[0] == name_of(monkeypatch, scenario, kept)
    plain = staff.engine.tallies  # another engine: one person more somewhere
    monkeypatch.setattr(staff.engine, "tallies", lambda *a, **k: plain(*a, **k) + 1)
    assert name_of(monkeypatch, scenario) != names[0]


def test_what_was_kept_comes_back_and_anything_else_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv("KIK_CACHE", str(tmp_path))
    needs = np.array([7.25, math.inf, 12.0])
    assert store.recall("abc", 3) is None
    store.keep("abc", needs)
    assert store.recall("abc", 3).tolist() == needs.tolist()
    assert store.recall("abc", 4) is None
    for damaged in ("", "[1, 2", '["a", 1, 2]', "[-1, 2, 3]"):
        (tmp_path / "staff" / "abc.json").write_text(damaged)
        assert store.recall("abc", 3) is None


def test_the_shipped_needs_are_those_of_the_shipped_scenario(monkeypatch):
    """`kik fte` on the base answers at once: its draws, and those of every group, are in the file."""
    monkeypatch.setattr(store.thresholds, "each", lambda *_: pytest.fail(f"make it anew: {store.__name__}"))
    found = kik.required_fte(kik.load_scenario(), draws=staff.DRAWS)
    assert found.stale == ()
    assert {len(one.needs) for one in found.layers.values()} == {staff.DRAWS}
