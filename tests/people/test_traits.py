"""Cross-tables: fitting against another implementation and theory, rounding, margins, conflicts named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import ModelError
from kik_analysis.people.traits import cross, fit, match, rounded


@st.composite
def problem(draw):
    """Margins of some whole table with some cells that cannot be: a table with these margins exists."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    cells = np.array(draw(st.lists(st.integers(0, 60), min_size=height * width, max_size=height * width)))
    allowed = np.array(draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width)))
    table = (cells * allowed).reshape(height, width)
    return table.sum(axis=1), table.sum(axis=0), allowed.reshape(height, width)


@given(problem())
def test_margins_are_exact_and_empty_cells_stay_empty(given_problem):
    rows, columns, allowed = given_problem
    table = cross("t", rows, columns, allowed)
    assert (table.cells >= 0).all()
    assert (table.cells.sum(axis=1) == rows).all()
    assert (table.cells.sum(axis=0) == columns).all()
    assert not table.cells[~allowed].any()


@given(st.lists(st.integers(1, 400), min_size=2, max_size=7), st.integers(2, 6), st.integers(0, 2**32))
def test_without_empty_cells_the_target_is_independence_and_no_cell_moves_by_a_person(rows, width, seed):
    columns = np.random.default_rng(seed).multinomial(sum(rows), np.full(width, 1 / width))
    table = cross("t", rows, columns, np.ones((len(rows), width), dtype=bool))
    assert table.target == pytest.approx(np.outer(rows, columns) / sum(rows), abs=1e-6)
    assert np.abs(table.cells - table.target).max() < 1
    assert table.distance <= len(rows) * width / 2 / sum(rows)


@pytest.mark.parametrize("seed", range(6))
def test_fitting_agrees_with_humanleague(seed):
    import humanleague  # takes long, and whoever runs another test does not need it

    random = np.random.default_rng(seed)
    start = random.integers(1, 20, (5, 4)).astype(float)
    start[0, 1] = start[3, 3] = 0.0
    some = random.integers(1, 50, (5, 4)) * (start > 0)
    rows, columns = some.sum(axis=1), some.sum(axis=0)
    theirs, status = humanleague.ipf(
        start, [np.array([0]), np.array([1])], [rows.astype(float), columns.astype(float)]
    )
    assert status["conv"]
    assert fit(start, rows, columns) == pytest.approx(theirs, abs=1e-5)


def test_fitting_keeps_odds_ratios():
    start = np.array([[1.0, 2.0], [3.0, 1.0]])
    found = fit(start, np.array([60, 40]), np.array([55, 45]))
    ratio = found[0, 0] * found[1, 1] / (found[0, 1] * found[1, 0])
    assert ratio == pytest.approx(1 / 6, rel=1e-6)


def test_rounding_is_the_nearest_of_all():
    target = np.array([[0.4, 0.6, 1.0], [1.6, 0.4, 1.0]])
    rows, columns = np.array([2, 3]), np.array([2, 1, 2])
    best = min(
        float(np.abs(np.array([[a, b, 2 - a - b], [2 - a, 1 - b, a + b]]) - target).sum())
        for a in range(3)
        for b in range(2)
        if 0 <= 2 - a - b <= 2
    )
    assert np.abs(rounded(target, rows, columns) - target).sum() == pytest.approx(best)


@pytest.mark.parametrize(
    ("rows", "columns", "can"),
    [
        ([10, 10, 10], [8, 12, 10], [[True, False, False], [True, True, False], [True, True, True]]),
        ([3], [1, 1], [[True, True]]),
    ],
    ids=["ten must fit into eight", "margins that differ in sum"],
)
def test_a_table_that_cannot_be_is_refused(rows, columns, can):
    with pytest.raises(ModelError, match=r"^age x duration: no table has these margins"):
        cross("age x duration", rows, columns, np.array(can))


def test_people_are_matched_to_the_cells():
    table = cross("t", [30, 70], [50, 50], np.ones((2, 2), dtype=bool))
    row = np.repeat([1, 0], [70, 30])
    column = match(table, row, np.random.default_rng(1))
    found = np.zeros((2, 2), dtype=int)
    np.add.at(found, (row, column), 1)
    assert (found == table.cells).all()


def test_tables_of_the_register_stay_within_a_person_of_their_targets(make):
    tables = make(0).tables
    assert [table.name for table in tables] == [
        "class x segment", "segment x age_band", "age_band x duration_band", "class x district"]  # fmt: skip
    for table in tables:
        assert np.abs(table.cells - table.target).max() < 1
        assert table.distance < 0.003
