"""A number that differs by segment, where one number for the whole group is wanted: its weighted mean."""

from kik_analysis.capacity import plain_sum
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.people.synthesis import synthesise
from kik_analysis.pilots import card, small_numbers
from kik_analysis.planning import grid, history

BASE = load_scenario()
PATHS = [one.path for one in catalogue() if one.per_segment and one.kind == "assumption"][1:]
VALUES = {path: {"per_segment": {"unknown": BASE.value(path).low, "other": BASE[path]}} for path in PATHS}


def test_who_wants_one_number_takes_the_mean_of_the_segments_by_their_shares(monkeypatch):
    shares = BASE["people.segment_share"]  # differ by segment as they must: no remark
    many, share = BASE.replace({**VALUES, "people.segment_share": {"per_segment": shares}}), shares["unknown"]
    for path in PATHS:
        low, central, _ = BASE.overall(path)
        assert abs(many.central(path) - (share * low + (1 - share) * central)) < 1e-9
        assert BASE.replace({path: {"per_segment": {"other": central}}}).central(path) == central
    fitted = dict(zip(history.PATHS.values(), history.Prior(many).ranges.tolist(), strict=True))
    assert all(fitted[path] == [*many.overall(path)] for path in {*PATHS} & {*fitted})
    assert sorted(one.path for one in many.warnings if "differs by segment" in one.en) == sorted(PATHS)
    assert all((small_numbers.sham_run(many), small_numbers.pilot_enough(many), card.shipped(many)))
    few = grid.axes(short := many.replace({"run.weeks": 14})) | {"fte": [9.0], "phone": [0.2]}
    monkeypatch.setattr(grid, "axes", lambda _: few)
    assert all((synthesise(many, people=300), grid.grid(short, replications=1).height))
    assert plain_sum.hours(many, {"talk_home_first": 1.0}, "low") > 0


def test_a_composition_by_segment_differs_from_one_for_all_segment_by_segment():
    path, rest = "policy.channel_follow_up", {"home": 0.5, "office": 0.2, "phone": 0.3}
    other = BASE.replace({path: {"per_segment": {"unknown": "phone", "other": rest}}})
    found = {one.segment: one.new.central for one in differences(BASE, other) if one.path == path and one.new}
    assert (found["unknown.phone"], found["own_goals.home"]) == (1.0, 0.5)
    assert {one.segment for one in differences(other, BASE)} >= set(found)
    assert "werkt aan eigen doelen, thuis" in {one.part("nl") for one in differences(BASE, other)}
