"""What a notebook shows of an object is short, and another kind of object is refused in a sentence."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import kik_analysis as kik
from kik_analysis.errors import InputError
from kik_analysis.evidence.display import Display


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
    (lambda base: kik.publish("x"), "publish: not an exhibit (got 'x'"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message for _, message in WRONG])
def test_another_kind_of_object_is_refused_in_a_sentence(base, call, message):
    with pytest.raises(InputError) as raised:
        call(base)
    assert message in str(raised.value)
