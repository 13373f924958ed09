"""What a number says it rests on is what it rests on: change a claim, and only those that declare it move.

Every claim is changed in turn, and all exhibits that rest on it are made again. A number that moves without
declaring the claim read it past the record; the planted one at the end shows that this would be found.
"""

import dataclasses
import importlib
import inspect
import math
import pkgutil
import sys
import types
from fractions import Fraction

import numpy as np
import pytest

import kik_analysis.figures
from kik_analysis import project
from kik_analysis.errors import InputError, ModelError
from kik_analysis.evidence.number import Estimate, Number, measure
from kik_analysis.evidence.number import number as named_number
from kik_analysis.evidence.reads import Evidence, everything
from kik_analysis.evidence.table import Column, Table, tabulate
from kik_analysis.facts.bounds import bounds
from kik_analysis.facts.claims import Claim, Claims, claims, substituted
from kik_analysis.facts.precision import period
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.figures.history import figure1_variants

BASE = claims()


def makers():
    """Return every function in ``figures`` that makes an exhibit from the claims alone."""
    for info in pkgutil.iter_modules(kik_analysis.figures.__path__):
        module = importlib.import_module(f"kik_analysis.figures.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            signature = inspect.signature(function)
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and signature.return_annotation in ("Exhibit", Exhibit) and not signature.parameters:
                yield function


MAKERS = tuple(makers())


def shown(exhibit: Exhibit) -> dict[str, Number]:
    return {number.id: number for number in (*exhibit.numbers.values(), *exhibit.table.cells())}


def parts(number: Number) -> tuple[float | None, ...]:
    return (number.value, number.low, number.high)


def moved(before: Number, after: Number) -> bool:
    return any(
        (a is None) != (b is None)
        or (a is not None and b is not None and not math.isclose(a, b, rel_tol=1e-12))
        for a, b in zip(parts(before), parts(after), strict=True)
    )


def shifted(claim: Claim, sign: int = 1) -> dict[str, float]:
    """Return the numbers of a claim, each a little larger or smaller; shares stay shares."""
    shift, most = (0.004, 1) if claim.unit == "share" else (1, 10**12)
    parts = {part: getattr(claim, part) for part in ("value", "low", "high")}
    return {
        part: min(most, max(0, round(number + sign * shift, 6)))
        for part, number in parts.items()
        if number is not None
    }


def varied(name: str) -> list[Claims]:
    """Return the claims with one of them larger, and with it smaller (whole units stay whole)."""
    claim = BASE.replace(name)[name]
    return [BASE.replace(name, **shifted(claim, sign)) for sign in (1, -1)]


@pytest.fixture(scope="module")
def base():
    return {maker: shown(maker()) for maker in MAKERS}


def undeclared(maker, before: dict[str, Number], name: str, *, both: bool) -> list[str]:
    """Return the numbers of an exhibit that move with a claim although they do not declare it.

    One way of changing every seventh is enough every day; the long form (``both``) changes each both ways.
    """
    found = []
    for other in varied(name):
        try:
            with substituted(other):
                after = shown(maker())
        except InputError:
            continue  # claims that contradict each other have no exhibit
        found += [
            number.id
            for number in before.values()
            if number.id in after and moved(number, after[number.id]) and f"claim:{name}" not in number.reads
        ]
        if not both:
            break
    return found


def reads(numbers: dict[str, Number]) -> set[str]:
    return {read.removeprefix("claim:") for number in numbers.values() for read in number.reads}


def test_there_are_exhibits_to_look_at(base):
    assert sum(bool(reads(numbers) & set(BASE.ids())) for numbers in base.values()) >= 8


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__qualname__)
def test_no_number_moves_with_a_claim_it_does_not_declare(maker, base, proof):
    declared = sorted(reads(base[maker]) & set(BASE.ids()))[:: 1 if proof else 7]
    wrong = {name: found for name in declared if (found := undeclared(maker, base[maker], name, both=proof))}
    assert wrong == {}


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__qualname__)
def test_no_number_moves_with_claims_that_nothing_declares(maker, base):
    """All other claims at once: an exhibit may not move with any of them."""
    other = BASE
    for name in set(BASE.ids()) - reads(base[maker]):
        other = other.replace(name, **shifted(BASE.replace(name)[name]))
    with substituted(other):
        after = shown(maker())
    still = {number.id for number in base[maker].values() if moved(number, after.get(number.id, number))}
    assert still == set()


def test_a_read_past_the_record_is_found():
    def planted() -> Exhibit:
        def compute() -> float:
            _ = claims()["L040"].number
            return claims()._rows["L042"].number  # past the record

        numbers = {"x": measure("planted.x", compute, unit="persons")}
        return Exhibit("planted", "planted", figure1_variants().table, numbers)

    before = shown(planted())
    assert undeclared(planted, before, "L042", both=True) == ["planted.x", "planted.x"]
    assert undeclared(planted, before, "L042", both=False) == ["planted.x"]
    assert undeclared(planted, before, "L040", both=True) == []


def of_a_notebook(function):
    """Return a function as if a notebook's cell had made it."""
    getattr(function, "func", function).__module__ = "__main__"
    return function


def printed(name: str) -> float:
    return BASE[name].number  # claims that a cell took earlier


@of_a_notebook
def adds(people: float) -> float:
    return people + 3939


@of_a_notebook
def helped(people: float, extra: float = 3939) -> float:
    return people + extra


INSENSITIVE = {
    "rounded": lambda: round(printed("L042") / printed("L040"), 1),
    "least": lambda: min(printed("L042"), printed("L051")),
    "verdict": lambda: float(printed("L042") > printed("L051")),
    "whole": lambda: int(printed("L042") / 100 / 100 + 1),
    "year": lambda: float(period(BASE["L010"].as_of).first.year),
    "counted": lambda: sum(BASE[name].unit == "persons" for name in ("L010", "L042")),
    "range": lambda: Estimate(None, BASE["L048"].low, BASE["L048"].high),
    "bound": lambda: bounds("people_spoken").estimate(),
    "no limits": lambda: bounds("resolved_outside_pilot", []).estimate(),
    "nought": lambda: 0 * printed("L042"),
}
TYPED = {
    "literal": lambda: printed("L042") * 0 + 13 * 303,
    "ratio": lambda: printed("L042") / printed("L042") * 3939,
    "range": lambda: Estimate(
        printed("L042") * 0 + 3939, 3900, 4000, range_evidence=BASE["L042"].range_evidence
    ),
    "inside": lambda: 0 * measure("inner", lambda: printed("L042"), unit="persons").value + 3939,
}
BESIDE = types.ModuleType("beside")
BESIDE.__file__ = str(project.notebooks() / "beside.py")
exec(
    "import functools\nEXTRA = 3939\n@functools.cache\ndef adds(people):\n  return people + 3939",
    BESIDE.__dict__,
)


@of_a_notebook
class Own:
    extra = 3939

    @of_a_notebook
    def adds(self, people: float) -> float:
        return people + 3939


EXTRA, OWN, WHOLE, FRACTION = {"people": [3939]}, Own(), np.array([3939]), Fraction(3939)
SOURCELESS = {
    "in a method": lambda: OWN.adds(printed("L042")),
    "in a module beside": lambda: BESIDE.adds(printed("L042")),
    "beside a claim": lambda: printed("L042") + 3939,
    "in a text": lambda: printed("L042") + int("3939"),
    "called": lambda: adds(printed("L042")),
    "inside": lambda: sum(printed(name) + 3939 for name in ("L042", "L051")),
    "beside a bound": lambda: 0 * bounds("people_spoken").low + 3939,
}


GIVEN = named_number("own.given", unit="persons")(of_a_notebook(lambda extra: printed("L042") + extra))
NAMED = {
    "of a class": lambda: printed("L042") + Own.extra,
    "of a module beside": lambda: printed("L042") + BESIDE.EXTRA,
    "in an array": lambda: printed("L042") + WHOLE[0],
    "of another kind": lambda: float(printed("L042") + FRACTION),
    "outside": lambda: printed("L042") + EXTRA["people"][0],
    "by default": lambda: helped(printed("L042")),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_number_that_a_notebook_names_makes_an_assumption(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "beside", BESIDE)
    made = measure(f"own.{name}", of_a_notebook(NAMED[name]), unit="persons")
    for one in (made, GIVEN(3939)):
        assert (one.value, one.evidence) == (2 * 3939, "assumed")


@pytest.mark.parametrize("name", SOURCELESS)
def test_a_number_in_the_code_of_a_notebook_needs_a_source(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "beside", BESIDE)
    with pytest.raises(ModelError, match=rf"number own.{name}: the number 3939 \(.*\) has no source"):
        measure(f"own.{name}", of_a_notebook(SOURCELESS[name]), unit="persons")


@pytest.mark.parametrize("name", INSENSITIVE)
def test_what_moves_with_a_claim_only_when_that_moves_far_is_a_number(name):
    INSENSITIVE[name]()
    before = set(everything())
    assert measure(f"own.{name}", of_a_notebook(INSENSITIVE[name]), unit="persons").reads
    assert {read.kind for read in set(everything()) - before} == {"number"}  # what was tried is not on record


@pytest.mark.parametrize("name", TYPED)
def test_a_number_that_moves_with_no_claim_it_reads_is_refused(name):
    with pytest.raises(ModelError, match=f"number own.{name} moves with no claim that it reads"):
        measure(f"own.{name}", of_a_notebook(TYPED[name]), unit="persons")


def own_table(*rows: tuple[object, ...], evidence: Evidence | None = None) -> Table:
    """Return a table of a notebook: a name, persons, and claims; a row that names a claim has its number."""
    columns = (Column("name"), Column("persons", "whole", "persons", evidence=evidence), Column("claims"))

    def build():
        for name, number, names in rows:
            yield name, printed(number) if isinstance(number, str) else number, names

    return tabulate("own", of_a_notebook(build), columns)


def test_a_cell_that_moves_with_no_claim_of_its_row_is_refused():
    spoken, backlog = ("spoken", "L042", ("L042",)), ("backlog", "L051", ("L051",))
    assert own_table(spoken, backlog).frame["persons"].to_list() == [3939, 1757]
    for row in (("typed", 13 * 303, ("L042",)), ("typed", "L042", ("L051",))):
        with pytest.raises(ModelError, match="table own: persons of row 3 moves with no claim"):
            own_table(spoken, backlog, row)
    assert own_table(spoken, ("typed", 101, ("L042",)), evidence=Evidence.ASSUMED).frame.height == 2


def test_a_number_in_the_code_of_a_table_needs_a_source_unless_a_column_is_called_assumed():
    def build():
        yield "2019", max(printed("L042"), 101)  # a year is a name, the number is none

    columns = (Column("name"), Column("persons", "whole", "persons"))
    with pytest.raises(ModelError, match=r"table own: the number 101 \(line \d+ of .*build\) has no source"):
        tabulate("own", of_a_notebook(build), columns)
    assumed, raised = (
        (columns[0], dataclasses.replace(columns[1], evidence=one)) for one in ("assumed", "recomputed")
    )
    assert tabulate("own", of_a_notebook(build), assumed).frame.height == 1
    named = of_a_notebook(lambda: [("spoken", helped(printed("L042")))])
    assert tabulate("own", named, columns).columns[1].evidence is Evidence.ASSUMED
    with pytest.raises(ModelError, match=r"table own: the number 3939 \(.*\) has no source"):
        tabulate("own", named, raised)
