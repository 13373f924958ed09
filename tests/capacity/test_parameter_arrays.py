"""``docs/model.md``, section 10: which arrays each parameter becomes, found by moving it.

``python -m tests.capacity.test_parameter_arrays`` writes the table anew.
"""

import re

import numpy as np

from kik_analysis import project
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import FIELDS, Compiled
from kik_analysis.errors import InputError
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.scenario import load_scenario
from tests.capacity.test_acts import ON, other_values

PAGE = project.root() / "docs" / "model.md"
SECTIONS = ("people.", "team.", "work.", "contact.", "policy.", "outcomes.")
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


def rows(every: int = 1) -> dict[str, list[str]]:
    """Return parameters, all or each so manieth, by the fields that move with them, in words."""
    limits = ", ".join(f"`promise_limit{name}`" for name in ("", "_first", "_others"))
    together: dict[str, list[str]] = {}
    kept: dict[str, tuple[object, Compiled]] = {}
    mine = [one for one in catalogue() if one.path.startswith(SECTIONS) and one.kind != "reference"]
    for path in [one.path for one in mine if one.path != "contact.or_second_letter"][::every]:
        fields = moved(path, kept)
        assert fields, path
        stock = [f"`{name}`" for name in fields if not name.startswith("stock_")]
        stock += ["the stock"] * (len(stock) < len(fields))
        words = ", ".join(stock).replace(limits, "the three limits")
        together.setdefault(words, []).append(f"`{path}`")
    return together


def table() -> str:
    lines = (f"| {', '.join(paths)} | {fields} |\n" for fields, paths in rows().items())
    return "| parameters | move |\n|---|---|\n" + "".join(lines)


def test_the_page_says_which_arrays_a_parameter_becomes(proof: bool) -> None:
    page = PAGE.read_text("utf-8")
    listed = {
        fields: paths.split(", ") for paths, fields in re.findall(r"^\| (`.+`) \| (.+) \|$", page, re.M)
    }
    for fields, paths in () if proof else rows(every=4).items():
        assert {*paths} <= {*listed.get(fields, ())}, fields
    assert not proof or table() in page


if __name__ == "__main__":
    found = table()
    page = re.sub(r"\| parameters \| move \|\n(\|.*\n)*", lambda _: found, PAGE.read_text("utf-8"))
    PAGE.write_text(page, "utf-8")
