"""Named numbers and other rows of data: what is refused, and that each row is used."""

from __future__ import annotations

from pathlib import Path

import pytest

import kik_analysis
from kik_analysis import project
from kik_analysis.errors import DataError
from kik_analysis.facts import numbers
from kik_analysis.facts.audit import Identity, Share
from kik_analysis.facts.numbers import Row, number
from kik_analysis.facts.timeline import Event

FILES = {"numbers.csv": (Row, "id"), "identities.csv": (Identity, ""), "shares.csv": (Share, "claim")}
FILES["events.csv"] = (Event, "name")
FAULTS = [
    # file, what stands in it, what is put in its place, what the line says
    ("numbers.csv", ",L042,", ",3939,", "expression: the number 3939 has no source; write it as a claim"),
    ("numbers.csv", ",L042,", ",L042*0+100,", "expression: the number 0 has no source"),
    ("numbers.csv", ",L042,", ",100,", "expression: names no claim"),
    ("numbers.csv", ",L042,", ",L042-L040+L040,", "expression: does not change with L040; leave it out"),
    ("numbers.csv", ",L042,", ",L042*(1-1)+L040,", "expression: does not change with L042; leave it out"),
    ("numbers.csv", ",L042,", ",L0429,", "expression: unknown claim L0429; did you mean L049?"),
    ("numbers.csv", ",L042,", ",abs(L042),", "expression: not allowed in an expression"),
    ("numbers.csv", ",L042,", ",L042**L040,", "expression: not allowed in an expression"),
    ("numbers.csv", ",L042,", ",,", "expression: not an expression"),
    ("numbers.csv", "figure1.spoken,", "figure1.group,", "id: stands on line 2 too"),
    ("numbers.csv", ",L042,,persons,0", ",L042,,persons,x", "decimals: not a number of decimals"),
    ("numbers.csv", ",L042,,persons", ",L042,maybe,persons", "range: not one of the words"),
    ("identities.csv", "L042/L040,", "L042/L0400,", "expression: unknown claim L0400"),
    ("identities.csv", "reach_rates,per_person,", "rates,per_person,", "table: not one of the words"),
    ("shares.csv", "L012,", "L0122,", "claim: unknown claim L0122"),
    ("shares.csv", "D019,,D018", "D019,,D999", "people: unknown claim D999"),
    ("events.csv", "project,phase", "project,fase", "sort: not one of the words"),
    ("events.csv", ",W001,,yes", ",W001,,perhaps", "ended: not one of the words"),
    ("events.csv", ",W001,", ",,", "claim: empty"),
]


def read(folder, name):
    record, key = FILES[name]
    return numbers.rows(folder / name, record, key)


@pytest.mark.parametrize(("name", "old", "new", "message"), FAULTS)
def test_a_planted_fault_is_named_with_its_line(tmp_path, name, old, new, message):
    text = project.data("published", name).read_text(encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    with pytest.raises(DataError) as caught:
        read(tmp_path, name)
    assert any(one.startswith(f"{name}:{line}: ") and message in one for one in caught.value.lines), (
        caught.value
    )


@pytest.mark.parametrize("name", FILES)
def test_an_unchanged_file_passes(name):
    assert read(project.data("published"), name)


def test_a_number_says_how_it_was_computed_and_an_unknown_one_is_answered_with_the_nearest():
    share = number("figure1.spoken_share")
    assert share.value == pytest.approx(100 * 3939 / 6953)
    assert share.computation == "numbers.csv: 100*(L042/L040)"
    assert (number("audit.hard_to_reach").low, number("audit.hard_to_reach").high) == (550, 649)
    assert number("audit.left_by_pilot").value is None
    with pytest.raises(DataError, match=r"no number figure1\.spokn; did you mean figure1\.spoken\?"):
        number("figure1.spokn")


def test_every_row_is_shown_somewhere():
    package = Path(kik_analysis.__file__).parent
    sources = [*(package / "figures").glob("*.py"), *(package / "facts").glob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unused = [row.id for row in read(project.data("published"), "numbers.csv") if f'"{row.id}"' not in code]
    assert unused == []
