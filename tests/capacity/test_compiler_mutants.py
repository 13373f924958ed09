"""No deliberate mistake in the compiler goes unnoticed (``docs/mutants.md``, the second table)."""

import functools
import importlib
import inspect
import re
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kik_analysis import project
from kik_analysis.capacity import compilation
from kik_analysis.parameters.scenario import Scenario, load_scenario
from tests.capacity import test_compilation

PACKAGE = "kik_analysis.capacity"
_ROW = re.compile(
    r"^\| ([^|]+) \| (compilation|start|team|willingness) \| `(.+)` \| `(.+)` \| (test_\w+) \|$", re.M
)
TEXT = (project.root() / "docs" / "mutants.md").read_text(encoding="utf-8")
MUTANTS = [tuple(cell.replace("\\|", "|") for cell in row) for row in _ROW.findall(TEXT)]
_NOT = {"test_the_page_on_the_model_describes_every_field"}  # of something else


def mutated(module: str, old: str, new: str) -> types.ModuleType:
    """The compiler with one mistake: a copy of its module, and of what compiles with it."""

    def copy(name: str, change: Callable[[str], str]) -> types.ModuleType:
        real = importlib.import_module(f"{PACKAGE}.{name}")
        fresh = types.ModuleType(real.__name__)
        fresh.__file__ = real.__file__
        exec(compile(change(inspect.getsource(real)), f"{name}.py", "exec"), vars(fresh))
        return fresh

    def change(source: str) -> str:
        assert source.count(old) == 1, f"{module}: {source.count(old)} times {old}"
        return source.replace(old, new)

    if module == "compilation":
        return copy(module, change)
    whole = copy("compilation", str)
    setattr(whole, module, copy(module, change))
    return whole


def checks() -> Iterator[tuple[str, Callable[..., None]]]:
    """Every test of ``test_compilation`` that needs nothing but the scenario and its arrays."""
    for name, function in vars(test_compilation).items():
        wanted = set(inspect.signature(function).parameters) if name.startswith("test_") else {"-"}
        if name not in _NOT and wanted <= {"base", "compiled"} and not hasattr(function, "hypothesis"):
            yield name, function
    for name, argument in (
        ("test_published_success_of_follow_ups_holds", {"missed": 0.3}),
        ("test_weekly_minutes_add_up_to_the_chain_over_a_year", {"basis": "chain"}),
    ):
        yield name, functools.partial(vars(test_compilation)[name], **argument)


def noticed(
    whole: Any, base: Scenario, monkeypatch: pytest.MonkeyPatch, only: str | None = None
) -> str | None:
    """Name of the first test that fails, or None; ``only`` shows the compiler to one test."""
    for name in ("compile_scenario", "weekly", "start", "team", "willingness"):
        monkeypatch.setattr(test_compilation, name, getattr(whole, name))
    try:
        known = {"base": base, "compiled": whole.compile_scenario(base)}
    except Exception:
        return "compiling"
    for name, check in checks():
        if only not in (None, name):
            continue
        try:
            check(**{n: known[n] for n in inspect.signature(check).parameters if n in known})
        except Exception:
            return name
    return None


def test_there_are_enough_and_no_mistake_gives_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(MUTANTS) >= 30
    assert len(set(MUTANTS)) == len(MUTANTS)
    assert noticed(compilation, load_scenario(), monkeypatch) is None


@pytest.mark.long(every=8)
@pytest.mark.parametrize("mutant", sorted(MUTANTS, key=lambda m: m[-1]), ids=lambda m: m[0])  # by its test
def test_every_mistake_is_noticed(mutant: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """By the test that the table names, which sees it alone."""
    _, module, old, new, test = mutant
    assert noticed(mutated(module, old, new), load_scenario(), monkeypatch, test) == test
