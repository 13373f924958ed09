"""What a notebook shows of an object is short, and another kind of object is refused in a sentence."""

import numpy as np
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

import kik_analysis as kik
from kik_analysis.errors import InputError
from kik_analysis.evidence.display import Display
from kik_analysis.facts.numbers import number


@pytest.fixture(scope="module")
def base():
    return kik.load_scenario()


MADE = {
    "scenario": lambda base: base,
    "claims": lambda base: kik.claims(),
    "result": lambda base: kik.simulate(base.replace({"run.weeks": 4}), replications=1),
    "table": lambda base: kik.audit(),
    "long table": lambda base: kik.bounds(),
    "bound": lambda base: kik.bounds("people_spoken"),
    "number": lambda base: number("figure1.spoken_share"),
    "claim": lambda base: kik.claims()["L042"],
    "register": lambda base: kik.read_register(),
    "design": lambda base: kik.load_design("p2_blocked"),
    "diagnosis": lambda base: kik.diagnose(kik.load_design("p2_blocked"), draws=10),
    "staff": lambda base: kik.required_fte(base.replace({"run.weeks": 4}), coverage=0.1),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_notebook_cell_shows_a_short_table(base, kind):
    shell = InteractiveShell.instance()
    shown, _ = shell.display_formatter.format(MADE[kind](base))
    assert 100 < len(shown["text/html"]) < 3000
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
    (lambda base: kik.simulate(PATH), f"write kik.load_scenario('{PATH}')"),
    (lambda base: kik.simulate(None), "simulate: not a scenario (got None"),
    (lambda base: kik.simulate({"team.fte": 12}), "expected what kik.load_scenario gives"),
    (lambda base: kik.simulate(base, register="data/x"), "write kik.read_register('data/x')"),
    (lambda base: kik.simulate(base, uncertain="yes"), "expected True or False"),
    (lambda base: kik.compare(PATH, base), f"write kik.load_scenario('{PATH}')"),
    (lambda base: kik.compare(base, [base]), "not a list: pass them one by one"),
    (lambda base: kik.required_fte(PATH), f"write kik.load_scenario('{PATH}')"),
    (lambda base: kik.diagnose("x.yml"), "write kik.load_design('x.yml')"),
    (lambda base: kik.redesign("x.yml"), "write kik.load_design('x.yml')"),
    (lambda base: kik.load_scenario(base), "a scenario is read from a file (got Scenario"),
    (lambda base: kik.load_scenario(None, "team.fte=12"), "expected {'team.fte': 12}"),
    (lambda base: kik.load_design(base), "a design is read from a file (got Scenario"),
    (lambda base: kik.read_register(base), "a register is read from a folder (got Scenario"),
    (lambda base: kik.audit("claims.csv"), "audit: claims: not claims (got 'claims.csv'"),
    (lambda base: kik.bounds(claims="claims.csv"), "expected what kik.claims gives)"),
    (lambda base: kik.bounds(file=base), "an identification is read from a file (got Scenario"),
    (lambda base: kik.bounds("people_spoken", "all_declined"), "write ['all_declined']"),
    (lambda base: kik.claims().replace("L042", valu=1), "no field valu; did you mean value?"),
    (lambda base: kik.publish(kik.audit().frame[:1, :1]), "publish: not an exhibit (got shape: "),
    (lambda base: kik.publish(kik.audit(), "de"), "publish: no such language (got 'de'"),
    (lambda base: kik.load_scenario(None, []), "expected {'team.fte': 12}"),
    (lambda base: kik.load_scenario(None, np.ones(2)), "expected {'team.fte': 12}"),
    (lambda base: kik.bounds(np.ones(2)), "no quantity [1. 1.]"),
    (lambda base: kik.bounds("people_spoken", 3), "assumptions: expected a list of names (got 3)"),
    (lambda base: kik.bounds("people_spoken", [3]), "assumptions: expected a list of names (got [3])"),
    (lambda base: kik.simulate(base, replications=2.5), "replications: not possible (got 2.5"),
    (lambda base: kik.simulate(base, replications=10**30), "from 1 to 4294967296)"),
    (lambda base: kik.simulate(base, replications=1, seed=-1), "seed: not possible (got -1"),
    (lambda base: kik.simulate(base, replications=1, workers=""), "workers: not possible (got ''"),
    (lambda base: kik.simulate(base, replications=1, workers=-1), "workers: not possible (got -1"),
    (lambda base: kik.compare(base, LESS(base), replications="x"), "replications: not possible (got 'x'"),
    (lambda base: kik.compare(base, LESS(base), replications=1), "expected a whole number from 2"),
    (lambda base: kik.compare(base, LESS(base), replications=2, seed=0.5), "seed: not possible (got 0.5"),
    (lambda base: kik.diagnose(kik.load_design("p2_blocked"), seed=True), "seed: not possible (got True"),
    (lambda base: kik.diagnose(kik.load_design("p2_blocked"), draws=10, workers=0), "workers: not possible"),
    (lambda base: kik.redesign(kik.load_design("p2_blocked"), base_rate=0.1), "expected a list of"),
    (lambda base: base[["team.fte"]], "unknown parameter ['team.fte']"),
    (lambda base: kik.load_design("p2_blocked").replace([3]), "not a dictionary of places and values"),
    (lambda base: kik.load_design("p2_blocked").at(np.ones(2)), "level is [1. 1.]"),
    (lambda base: kik.redesign(kik.load_design("p2_blocked"), base_rate=[]), "one value at least"),
    (lambda base: kik.required_fte(base, of=""), "of: unknown (got ; expected all, offered, willing)"),
    (lambda base: kik.required_fte(base, contact=np.ones(2)), "contact: unknown"),
    (lambda base: kik.required_fte(base, on="2020-01-01"), "on: not a day (got '2020-01-01'"),
    (lambda base: kik.required_fte(base, draws=-1), "draws: not possible (got -1"),
    (lambda base: kik.intervals.proportion([], 10), "successes holds no values"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message for _, message in WRONG])
def test_another_kind_of_object_is_refused_in_a_sentence(base, call, message):
    with pytest.raises(InputError) as raised:
        call(base)
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
    grid = kik.redesign(kik.load_design("p2_blocked"), draws=np.int64(10), base_rate=np.array([0.1, 0.2]))
    assert grid["model.base_rate"].unique().sort().to_list() == [0.1, 0.2]


def test_the_log_of_a_future_is_of_the_draw_that_it_ran_with(base):
    short = base.replace({"run.weeks": 6})
    found = kik.simulate(short, replications=2, seed=4, uncertain=True)
    kept = found.replications(measures=["conversations"]).filter(pl.col("replication") == 1)
    assert found.events(1).filter(pl.col("event") == "conversation").height == kept["value"].sum() > 0
