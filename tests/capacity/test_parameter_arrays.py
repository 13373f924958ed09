"""``docs/model.md``, section 10: which arrays each parameter becomes, found by moving it.

``python -m tests.capacity.test_parameter_arrays`` writes the table anew.
"""

import re
from collections.abc import Iterator

import numpy as np

from kik_analysis import project
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import FIELDS, Compiled
from kik_analysis.errors import InputError
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity.test_acts import ON, other_values

PAGE = project.root() / "docs" / "model.md"
SECTIONS = ("people", "team", "work", "contact", "policy", "outcomes")
WEEKS = {"run.weeks": 60}
ALSO: dict[str, dict[str, object]] = {
    **ON,
    "team.turnover_rate": {"team.turnover_form": "events"},
    "team.hiring_weeks": {"team.turnover_form": "events"},
    "team.learning_weeks": {"team.turnover_form": "events"},
}
"""What switches a parameter on that the base leaves off, or the second array that it becomes."""


def moved(path: str, kept: dict[str, tuple[object, Compiled]]) -> list[str]:
    """Return the fields that differ when a parameter takes other values, in the order of section 8."""
    on = ALSO.get(path, {})
    if str(on) not in kept:
        scenario = load_scenario(None, {**WEEKS, **on})
        kept[str(on)] = scenario, compile_scenario(scenario)
    scenario, usual = kept[str(on)]
    fields: set[str] = set()
    for value in other_values(catalogue()[path], scenario):
        try:
            other = compile_scenario(scenario.replace({path: value}))
        except InputError:
            continue
        fields |= {f for f in FIELDS if not np.array_equal(getattr(usual, f), getattr(other, f))}
    return [name for name in FIELDS if name in fields]


def found(every: int = 1) -> Iterator[tuple[str, str]]:
    """Yield parameters, all or each so manieth, and in words the fields that move with them."""
    limits = ", ".join(f"`promise_limit{name}`" for name in ("", "_first", "_others"))
    kept: dict[str, tuple[object, Compiled]] = {}
    paths = (
        one.path for one in catalogue() if one.path.partition(".")[0] in SECTIONS and one.kind != "reference"
    )
    for path in [one for one in paths if one != "contact.or_second_letter"][
        ::every
    ]:  # read by a chapter alone
        fields = moved(path, kept)
        assert fields, path
        stock = [f"`{name}`" for name in fields if not name.startswith("stock_")]
        stock += ["the stock"] * (len(stock) < len(fields))
        yield path, ", ".join(stock).replace(limits, "the three limits")


def rows() -> Iterator[str]:
    """Yield the table: parameters that move the same fields share a row."""
    together: dict[str, list[str]] = {}
    for path, words in found():
        together.setdefault(words, []).append(f"`{path}`")
    yield "| parameters | move |"
    yield "|---|---|"
    yield from (f"| {', '.join(paths)} | {fields} |" for fields, paths in together.items())


def test_the_page_says_which_arrays_a_parameter_becomes(proof: bool) -> None:
    page = PAGE.read_text("utf-8")
    for path, words in () if proof else found(every=4):
        assert re.search(rf"^\|.* ?`{path}`.* \| {re.escape(words)} \|$", page, re.MULTILINE), path
    assert not proof or "\n".join(rows()) in page


if __name__ == "__main__":
    table = "\n".join(rows()) + "\n"
    page = re.sub(r"\| parameters \| move \|\n(\|.*\n)*", lambda _: table, PAGE.read_text("utf-8"))
    PAGE.write_text(page, "utf-8")
