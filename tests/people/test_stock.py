"""The start of a simulation: counts without persons that add up to the register."""

import datetime
from collections import Counter

import numpy as np
import polars as pl
import pytest

from kik_analysis.capacity.compiled import State
from kik_analysis.capacity.reader import Reader
from kik_analysis.capacity.start import counted
from kik_analysis.capacity.willingness import ROW
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.people.register import STOCK, stock


@pytest.mark.parametrize("draw", [0, 11])
def test_cells_add_up_and_name_nobody(draw, make):
    register = make(draw).register
    cells = stock(register)
    assert cells.columns == [*STOCK, "count"]
    assert cells["count"].sum() == register.members.height
    assert cells.select(STOCK).is_duplicated().sum() == 0
    by_state = dict(cells.group_by("state").agg(pl.col("count").sum()).iter_rows())
    states = Counter(register.members["state"].to_list())
    helped = states.pop("in_support")
    assert cells.filter(pl.col("support") == 1)["count"].sum() == helped
    met = ("in_contact", "overdue")
    assert sum(by_state.pop(one) for one in met) == helped + sum(states.pop(one) for one in met)
    assert by_state == states


def test_each_cell_by_hand(make):
    """The same counts, row by row in plain Python, from dates alone."""
    register = make(0, people=300).register
    monday = datetime.date(2019, 7, 29)
    found = Counter()
    for row in register.members.iter_rows(named=True):
        until = None if row["next_due"] is None else (row["next_due"] - monday).days // 7
        state, support = row["state"], int(row["state"] == "in_support")
        if support:
            state = "overdue" if until < 0 else "in_contact"
        wait = {
            "never_invited": (monday - row["benefit_start"]).days // 7,
            "known_to_wij": 0,
            "declined": -1 if until is None else max(0, until),
            "not_reached": -1 if until is None else max(0, until),
        }.get(state, until)
        if state == "never_invited":
            wait = (monday - row["benefit_start"] - datetime.timedelta(days=366)).days // 7
        row_name = "follow_up" if row["conversations"] else "declined" if state == "declined" else "new"
        age = -1 if row["weeks_since_conversation"] is None else row["weeks_since_conversation"]
        offer = -1 if row["weeks_since_offer"] is None else row["weeks_since_offer"]
        found[state, row["segment"], row_name, int(row["conversations"] > 0), support, age, offer, wait] += 1
    assert {tuple(row[:-1]): row[-1] for row in stock(register).iter_rows()} == dict(found)


def test_overdue_people_wait_less_than_nothing(make):
    register = make(0).register
    cells = stock(register)
    assert (cells.filter(state="overdue")["wait"] < 0).all()
    assert (cells.filter(state="in_contact")["wait"] >= 0).all()
    late = cells.filter(state="overdue", support=0)["count"].sum()
    assert late == (register.members["state"] == "overdue").sum()
    assert cells.filter(pl.col("contact") == 1)["age"].min() >= 1


def test_arrays_for_the_engine(make):
    counts = counted(make(0).register)
    reader = Reader(load_scenario("params/scenarios/july_2019.yml"))
    found = counts.fields(reader)
    assert {one.dtype for one in found.values()} == {np.dtype("int64")}
    inside = found["stock_state"] != State.OUTSIDE_SERVICES
    assert found["stock_count"][inside].sum() == 6953
    assert not found["stock_kind"][inside].any()
    segments = reader.names("people.segment_share")
    cells = zip(*(found[f"stock_{name}"][inside].tolist() for name in (*STOCK, "count")), strict=True)
    words = {row: name for name, row in ROW.items()}
    named = {(State(one).name.lower(), segments[two], words[row], *rest) for one, two, row, *rest in cells}
    assert named == set(counts.cells.iter_rows())
