"""Needs that were found before are taken only where everything that they depend on is the same."""

import math

import numpy as np

import kik_analysis as kik
from kik_analysis.planning import store
from kik_analysis.planning.promise import promise


def test_a_key_depends_on_all_that_a_need_depends_on():
    scenario = kik.load_scenario()
    kept, places = promise(scenario), [{"team.client_time_share": 0.5}]
    names = [
        store.key(scenario, kept, places, 1, 9.0),
        store.key(scenario.replace({"work.minutes_travel": 20}), kept, places, 1, 9.0),
        store.key(scenario, promise(scenario, contact="any"), places, 1, 9.0),
        store.key(scenario, kept.counting("offered", after_backlog=True), places, 1, 9.0),
        store.key(scenario, kept, [{"team.client_time_share": 0.6}], 1, 9.0),
        store.key(scenario, kept, places, 2, 9.0),
        store.key(scenario, kept, places, 1, 8.0),
        store.key(scenario, kept, places, 1, 9.0, "spoken/visit"),
    ]
    assert len(set(names)) == len(names)
    assert names[0] == store.key(scenario, kept, places, 1, 9.0)


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
