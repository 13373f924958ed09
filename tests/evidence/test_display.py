"""What a notebook shows of an object is short, and another kind of object is refused in a sentence."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

import kik_analysis as kik
from kik_analysis.errors import InputError
from kik_analysis.evidence.display import Display
from kik_analysis.facts.numbers import number
from kik_analysis.planning.promise import promise  # noqa: F401  # a row names it


@pytest.fixture(scope="module")
def base():
    return kik.load_scenario()


MADE = {
    "scenario": lambda base: base,
    "claims": lambda base: kik.claims(),
    "result": lambda base: kik.simulate(base.replace({"run.weeks": 4}), replications=1),
    "table": lambda base: kik.audit(),
    "bound": lambda base: kik.bounds("people_spoken"),
    "number": lambda base: number("figure1.spoken_share"),
    "claim": lambda base: kik.claims()["L042"],
    "register": lambda base: kik.read_register(),
    "design": lambda base: kik.load_design("p2_blocked"),
    "diagnosis": lambda base: kik.diagnose(kik.load_design("p2_factorial"), draws=10),
    "staff": lambda base: kik.required_fte(base.replace({"run.weeks": 4}), coverage=0.1),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_notebook_cell_shows_a_short_table(base, kind):
    shell = InteractiveShell.instance()
    shown, _ = shell.display_formatter.format(MADE[kind](base))
    assert 100 < len(shown["text/html"]) < 3000
    assert ("</td></tr><tr><th></th><td>and " in shown["text/html"]) is (
        kind == "diagnosis"
    )  # the one that is long
    assert len(shown["text/plain"]) < 200
    assert "0x" not in shown["text/plain"]  # no address of an object


def test_what_is_shown_is_escaped_and_cut_off():
    class Shown(Display):
        def shown(self):
            return "<b>", [("&", "x" * 5000)] * 500

    html = Shown()._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<th>&amp;</th>" in html
    assert len(html) < 3000


PATH = "params/base.yml"
LESS = lambda base: base.replace({"team.fte": 8})  # noqa: E731
WRONG = [
    row.split(" => ") for row in Path(__file__).with_name("wrong_calls.txt").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message for _, message in WRONG])
def test_another_kind_of_object_is_refused_in_a_sentence(base, call, message):
    with pytest.raises(InputError) as raised:
        eval(call, globals() | {"base": base})
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.fixture(scope="module")
def result(base):
    return kik.simulate(base.replace({"run.weeks": 4}), replications=3, seed=1)


OF_A_RESULT = [
    (lambda found: found.weekly(measures=3), "measures: expected a list of names (got 3)"),
    (lambda found: found.replications(measures=[3]), "measures: expected a list of names (got [3])"),
    (lambda found: found.weekly(segment=np.ones(2)), "no segment [1. 1.]"),
    (lambda found: found.events(3), "replication: not possible (got 3; expected a whole number from 0 to 2)"),
    (lambda found: found.events(-1), "replication: not possible (got -1"),
    (lambda found: found.person("x"), "index: not possible (got 'x'"),
    (lambda found: found.person(0.5), "index: not possible (got 0.5"),
    (lambda found: found.person(10**6), "nobody has number 1000000"),
    (lambda found: found.person(12, entry_week=None), "entry_week: not possible (got None"),
]


@pytest.mark.parametrize(("call", "message"), OF_A_RESULT, ids=[message for _, message in OF_A_RESULT])
def test_a_result_refuses_what_it_did_not_run(result, call, message):
    with pytest.raises(InputError) as raised:
        call(result)
    assert message in str(raised.value)


def test_numbers_of_numpy_and_columns_of_polars_are_taken(base, result):
    short, two = base.replace({"run.weeks": 4}), np.int64(2)
    first = kik.simulate(short, replications=two, seed=np.uint8(1)).weekly()
    assert first.equals(kik.simulate(short, replications=2, seed=1).weekly())
    assert kik.compare(short, short, replications=two, seed=two).height
    names = pl.Series(["overdue", "backlog"])
    assert set(result.weekly(measures=names)["measure"]) == set(names)
    grid = kik.redesign(kik.load_design("p2_factorial"), draws=np.int64(10), base_rate=np.array([0.1, 0.2]))
    assert grid["model.base_rate"].unique().sort().to_list() == [0.1, 0.2]


def test_the_log_of_a_future_is_of_the_draw_that_it_ran_with(base):
    short = base.replace({"run.weeks": 6})
    found = kik.simulate(short, replications=2, seed=4, uncertain=True)
    kept = found.replications(measures=["conversations"]).filter(pl.col("replication") == 1)
    assert found.events(1).filter(pl.col("event") == "conversation").height == kept["value"].sum() > 0
