"""What holds of every register, over sizes, draws and seeds."""

import datetime
import shutil
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.people.register import STATES, problems, read_register, validate
from kik_analysis.people.synthesis import synthesise
from kik_analysis.people.targets import AGE, DISTRICT, DURATION, targets
from kik_analysis.people.traits import SEGMENTS_OF

POOL = 6000
SIZES = st.integers(30, 700)
FEW = settings(max_examples=6)


@FEW
@given(people=SIZES, draw=st.integers(0, 60), seed=st.integers(0, 2**32))
def test_every_register_is_right_and_adds_up(people, draw, seed, scenario, margins):
    made = synthesise(scenario, margins, people=people, draw=draw, seed=seed, pool=POOL)
    register, aims = made.register, made.aims
    assert problems(register) == []
    members, former, sent = register.members, register.former, register.invitations
    assert members.height == people == sum(aims.reach.values())
    assert dict(members.group_by("reach").len().iter_rows()) == {k: v for k, v in aims.reach.items() if v}
    assert former.height == aims.left_spoken + aims.left_not_spoken
    assert sent.height == aims.invitations == members["invitations"].sum() + former["invitations"].sum()
    answers = dict(sent.group_by("answer").len().iter_rows())
    assert answers.get("conversation", 0) == aims.conversations
    assert answers.get("no_contact", 0) == aims.no_contact
    assert (sent["kind"] == "follow_up").sum() == aims.second_invitations
    old = members.filter((pl.col("reach") == "spoken") & (pl.col("weeks_since_conversation") > 52))
    assert old.height == aims.overdue


@FEW
@given(people=SIZES, draw=st.integers(0, 20))
def test_margins_hold_as_whole_numbers(people, draw, scenario, margins):
    members = synthesise(scenario, margins, people=people, draw=draw, pool=POOL).register.members
    for variable in (AGE, DURATION, DISTRICT):
        found = dict(members.group_by(variable).len().iter_rows())
        assert found == {name: count for name, count in margins.counts(variable, people).items() if count}


@pytest.mark.parametrize("draw", [0, 11])
def test_segments_fit_what_followed_and_age(draw, make):
    members = make(draw).register.members
    for follow_up, allowed in SEGMENTS_OF.items():
        assert set(members.filter(pl.col("follow_up") == follow_up)["segment"].unique()) <= set(allowed)
    assert set(members.filter(pl.col("segment") == "active_60_plus")["age_band"]) == {"from_60"}


def test_age_duration_and_start_fit_together(make, margins):
    members = make(0).register.members
    day = datetime.date(2019, 7, 29)
    years = (pl.lit(day) - pl.col("benefit_start")).dt.total_days() / 365.25
    limits = {row.category: (row.begin, row.end) for row in margins.of(DURATION)}
    for band, (low, high) in limits.items():
        mine = members.filter(pl.col("duration_band") == band).select(years.alias("y"))["y"]
        assert low < mine.min() + 0.003
        assert mine.max() <= high
    assert members.filter(pl.col("age_band") == "under_27").select(years.alias("y"))["y"].max() <= 27 - 18


def test_states_are_exclusive_and_known(make):
    members = make(11).register.members
    assert set(members["state"]) == set(STATES)
    assert members["state"].null_count() == 0


def test_draws_differ_only_where_the_claims_leave_room(scenario, margins):
    taken = [targets(scenario, margins, draw=draw) for draw in range(40)]
    for exact in ("people", "invitations", "conversations", "referred", "end"):
        assert len({getattr(one, exact) for one in taken}) == 1
    assert (
        len({tuple(one.reach[k] for k in ("spoken", "not_yet_approached", "not_reached")) for one in taken})
        == 1
    )
    for k in range(10):
        name = taken[0].ranges[k].name
        at = sorted((one.ranges[k].value - one.ranges[k].low) / (one.ranges[k].high - one.ranges[k].low)
                    for one in taken[1:])  # fmt: skip
        gaps = [b - a for a, b in zip([0, *at], [*at, 1], strict=True)]
        # Van der Corput in base b leaves no gap wider than 1 / b**floor(log_b(n + 1)) twice over
        assert max(gaps) < 0.21, name
        assert all(one.ranges[k].low <= one.ranges[k].value <= one.ranges[k].high for one in taken)
    assert {taken[0].reach["known_to_wij"]} == {400}


CORRUPT = {
    "answered before it was sent": ("invitations", {"answered": datetime.date(2014, 1, 1)}),
    "after leaving": ("former", {"left": datetime.date(2015, 1, 1)}),
    "invited within the first year on benefit": ("members", {"benefit_start": datetime.date(2019, 7, 1)}),
    "a negative number": ("members", {"invitations": -1}),
    "unknown code": ("members", {"state": "asleep"}),
    "differs from the invitations": ("members", {"conversations": 99}),
    "known to WIJ in one column only": ("members", {"known_to_wij": True}),
    "support in one column only": ("members", {"support": "programme"}),
}


@pytest.mark.parametrize("what", CORRUPT)
def test_each_fault_is_found(what, make):
    register = make(0, people=60).register
    name, change = CORRUPT[what]
    table = getattr(register, name).with_columns(
        *(
            pl.lit(value).cast(getattr(register, name).schema[column]).alias(column)
            for column, value in change.items()
        )
    )
    assert any(what in line for line in problems(replace(register, **{name: table})))
    with pytest.raises(DataError, match=what):
        validate(replace(register, **{name: table}))


WRONG_FOLDERS = {
    "members: state: unknown code": ("members.csv", ",never_invited,", ",never_invitd,"),
    "expected true): only synthetic people may": ("register.json", '"synthetic": true', '"synthetic": false'),
    "members: reach: empty": ("members.csv", ",spoken,", ",,"),
    "members.csv: columns (got": ("members.csv", "person,reach", "person,reech"),
    "register.json: rows (got": ("register.json", '"members": 6953', '"members": 6954'),
    "members, former: a person stands twice": ("members.csv", "S0001,", "S0004,"),
    "register.json: reference_day: month must be": ("register.json", "2019-07-29", "2019-17-29"),
    "register.json: seed: not possible (got 'x'": ("register.json", '"seed": 2019', '"seed": "x"'),
    "register.json: draw: not possible (got None": ("register.json", '"draw": 0', '"draw": null'),
    "register.json: not JSON (maximum recursion": ("register.json", '"draw": 0', '"draw": ' + "[" * 100_000),
}


@pytest.mark.parametrize("what", WRONG_FOLDERS)
def test_a_folder_changed_by_hand_is_refused(what, tmp_path):
    shutil.copytree(project.data("synthetic"), tmp_path / "r")
    name, before, after = WRONG_FOLDERS[what]
    path = tmp_path / "r" / name
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(DataError) as raised:
        read_register(tmp_path / "r")
    assert what in str(raised.value)
