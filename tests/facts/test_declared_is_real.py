"""What a number says it rests on is what it rests on: change a claim, and only those that declare it move.

Every claim is changed in turn, and all exhibits that rest on it are made again. A number that moves without
declaring the claim read it past the record; the planted one at the end shows that this would be found.
"""

import importlib
import inspect
import math
import pkgutil

import pytest

import kik_analysis.figures
from kik_analysis.errors import InputError
from kik_analysis.evidence.number import Number, measure
from kik_analysis.facts.claims import Claim, Claims, claims, substituted
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

    One way of changing it is enough every day; the long form (``both``) changes it the other way too.
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
    declared = sorted(reads(base[maker]) & set(BASE.ids()))
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
