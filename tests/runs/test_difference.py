"""`kik diff` and the line after a run: every changed number has a cause, and it is the right one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis import cli
from kik_analysis.answers.computed import COMPUTED
from kik_analysis.language import sentences
from kik_analysis.reading.storage import digest
from kik_analysis.runs import difference
from kik_analysis.runs.difference import HEADER, Reason, between
from kik_analysis.runs.manifest import Manifest


def row(value: float | None, *reads: str, **more: object) -> dict:
    plain = {"value": value, "low": None, "high": None, "unit": "persons", "decimals": 0}
    return {**plain, "reads": list(reads), **more}


OLD = Manifest(
    versions={"polars": "2.1.0"},
    lock="x",
    inputs={
        "claim": {"L042": "1", "L051": "1", "L058": "1"},
        "parameter": {"team.fte": "1", "run.seed": "1"},
        "module": {"facts/reach.py": "1", "facts/audit.py": "1"},
        "file": {"params/identification.yml": "1"},
        "correction": {"L051": "1"},
        "scenario": {"header": "1"},
    },
    notebooks={
        "10_history": {"cells": "1", "modules": ["facts/reach.py"], "numbers": ["a"], "tables": ["figure1"]},
        "11_audit": {"cells": "1", "modules": ["facts/audit.py"], "numbers": ["b"], "reads": [HEADER]},
    },
)
FILE = "file:params/identification.yml"
READS = ("claim:L042", "claim:L051", "parameter:team.fte", "parameter:run.seed", FILE)


def changed(**kinds: dict[str, str]) -> Manifest:
    """Return a result made from other inputs."""
    return replace(OLD, inputs={kind: {**part, **kinds.get(kind, {})} for kind, part in OLD.inputs.items()})


@pytest.mark.parametrize(
    ("new", "causes"),
    [
        (changed(parameter={"team.fte": "2"}), [(Reason.INPUT, "parameter:team.fte")]),
        (changed(claim={"L042": "2"}), [(Reason.DATA, "claim:L042")]),
        (changed(claim={"L051": "2"}, correction={"L051": "2"}), [(Reason.CORRECTION, "claim:L051")]),
        (changed(claim={"L042": "2"}, correction={"L042": "2"}), [(Reason.CORRECTION, "claim:L042")]),
        (changed(file={"params/identification.yml": "2"}), [(Reason.DATA, FILE)]),
        (changed(module={"facts/reach.py": "2"}), [(Reason.METHOD, "module:facts/reach.py")]),
        (replace(OLD, versions={"polars": "2.2.0"}), [(Reason.METHOD, "version:polars")]),
        (replace(OLD, lock="y"), [(Reason.METHOD, "lock:packages")]),
        (changed(parameter={"run.seed": "2"}), [(Reason.CHANCE, "parameter:run.seed")]),
        (changed(module={"facts/audit.py": "2"}), []),
        (changed(claim={"L058": "2"}), []),
        (OLD, []),
    ],
)
def test_a_cause_is_a_changed_input_that_the_number_read(new, causes):
    for name in ("a", "figure1/spoken/persons"):  # the cell of a table belongs to the table's notebook
        found = between(OLD, new, {name: row(1, *READS)}, {name: row(2, *READS)})
        (change,) = found.changes
        assert list(change.causes) == causes
        assert found.unexplained == (() if causes else (name,))


def test_a_setting_is_told_in_words_and_the_part_of_it_that_changed(tmp_path):
    weeks, first, day = "policy.interval_weeks", "policy.priority", "2020-01-06"
    for name, health, high, queue in (("old", 52.0, 52, "follow_up"), ("new", 26.5, 60, "declined")):
        cells = [(weeks, "unknown", "", 52, 52, high), (weeks, "health_limited", "", health, health, health)]
        cells.append((first, "", day, *3 * [[queue]]))
        names = ("path", "segment", "from", "low", "value", "high")
        rows = [dict(zip(names, cell, strict=True)) | {"where": "a.yml:8"} for cell in cells]
        (tmp_path / name).mkdir()
        (tmp_path / name / "parameters.json").write_text(json.dumps(rows))
    new = replace(OLD, inputs={**OLD.inputs, "parameter": {weeks: "2", first: "2"}})
    lines = difference.lines(between(OLD, new, {}, {}), tmp_path / "old", tmp_path / "new", "nl")
    said = "\n".join(lines).replace(" (a.yml:8)", "")
    assert "beperkt door gezondheid 52 -> onbekend 52 (52 - 60), beperkt door gezondheid 26,5\n" in said
    assert "wachtrijen 2020-01-06 vervolggesprekken -> 2020-01-06 ziet af van een gesprek\n" in said


def test_other_cells_of_its_notebook_are_a_method():
    notebooks = {**OLD.notebooks, "10_history": {**OLD.notebooks["10_history"], "cells": "2"}}
    before, after = ({name: row(value) for name in "ab"} for value in (1, 2))
    found = between(OLD, replace(OLD, notebooks=notebooks), before, after)
    assert [(change.id, change.causes) for change in found.changes] == [
        ("a", ((Reason.METHOD, "notebook:10_history"),)),
        ("b", ()),
    ]


def test_a_difference_that_rounds_to_nought_has_no_sign_and_a_file_is_named_once(tmp_path):
    """Read by a number and opened by its notebook, it is one file to a reader."""
    twice = changed(file={"params/identification.yml": "2"}, opened={"params/identification.yml": "2"})
    found = between(OLD, twice, *({"a": row(x, "file:params/identification.yml")} for x in (5.2, 5.0)))
    said = difference.lines(found, tmp_path, tmp_path, "en")
    assert said.count("  data: params/identification.yml") == 1
    assert said[-1].endswith(": 5 people \N{EN DASH} 5 people \N{EN DASH} 0 (data)")


def test_a_folder_without_files_is_no_cause_and_a_number_of_a_number_is_no_cell():
    empty = replace(OLD, inputs={**OLD.inputs, "listing": {"vragen/*.yml": digest([])}})
    assert between(OLD, empty, {}, {}).inputs == ()
    assert difference.label("a.share/tens", [OLD], {}, "en") == "a.share/tens"
    label = difference.label("parameter/people.stock/spoken", [OLD], {}, "nl")
    assert label.endswith("mensen bij de start, gesproken")
    for own, nl in (("posts", "fte van het team"), ("work.minutes_travel", "reistijd per huisbezoek")):
        assert difference.label(f"answers.{own}", [OLD], {}, "nl") == f"Vragen: {nl}"
    assert all(sentences.has(f"numbers.answers.{name}") for name in COMPUTED)
    for name, nl in (
        ("staff_groups/everybody/phone/coverage", "Fte per groep: iedereen, telefoon, Belofte, aandeel"),
        (
            "staff_drivers/policy.channel_first.home/share",
            "Fte, waar het aan hangt: plaats van eerste gesprekken: bezoek, Deel van de spreiding",
        ),
        ("planner/11.0/55.0/0.8/fte", "Rekenhulp: 11 fte, 55 minuten, 80 %, Fte"),
    ):
        assert difference.label(name, [OLD], {}, "nl") == nl


def test_no_number_of_a_result_is_called_by_the_words_of_its_id(tmp_path):
    """A row that no page shows by its code is called what its table says, in the language of who reads."""
    (tmp_path / "tables").mkdir()
    cells = "pilot,design,title_nl,title_en\nP1,p1_announced,De achterstand weg.,The backlog gone.\n"
    (tmp_path / "tables/pilot_cards.csv").write_text(cells)
    for lang, said in (("nl", "De achterstand weg"), ("en", "The backlog gone")):
        rows = difference.row_names((tmp_path, tmp_path / "nothing"), lang)
        assert f": P1, {said}, " in difference.label("pilot_cards/P1/p1_announced/hours", [OLD], rows, lang)
        assert f": {said}, " in difference.label("pilot.p1_announced.low", [OLD], rows, lang)
    stored = json.loads((Path(__file__).parents[1] / "back/base.numbers.json").read_text())
    plain = [one for one in stored if "." in one.partition("/")[0] and not one.startswith("compare_")]
    for name in plain:
        said = difference.label(name, [OLD], {}, "nl")
        words = [one.replace("_", " ") for one in name.split(".") if "_" in one and one[0] + one[2] != "p_"]
        assert not [one for one in words if one in said], (name, said)
    assert plain
    for lang in ("nl", "en"):  # and no two by the same
        assert len({difference.label(name, [OLD], {}, lang) for name in stored}) == len(stored)


def test_the_head_of_the_scenario_decides_which_numbers_are_shown_and_none_of_their_values():
    """Another baseline: a page that read the head tells other numbers; no number has another value by it."""
    new = changed(scenario={"header": "2"})
    before, after = {"a": row(1), "b": row(1)}, {"a": row(2), "claim/L042/value": row(1)}
    causes = {change.id: change.causes for change in between(OLD, new, before, after).changes}
    head = ((Reason.INPUT, HEADER),)
    assert causes == {"a": (), "b": head, "claim/L042/value": head}


@pytest.mark.parametrize("part", ["value", "low", "high", "unit"])
def test_a_limit_or_unit_that_moves_is_a_change_and_provenance_alone_is_not(part):
    old = row(1, "claim:L042", low=0, high=2)
    assert len(between(OLD, OLD, {"a": old}, {"a": {**old, part: "x" if part == "unit" else 9}}).changes) == 1
    assert between(OLD, OLD, {"a": old}, {"a": {**old, "reads": ["claim:L051"], "decimals": 3}}).changes == ()


VALUES = st.integers(0, 2)
SOURCES = [f"{kind}:{name}" for kind in ("claim", "parameter") for name in OLD.inputs[kind]]


@given(st.data())
def test_no_number_changes_without_a_cause_when_it_declares_what_it_read(data):
    """Numbers are functions of the sources they declare; whatever sources change, it shows."""
    reads = data.draw(st.lists(st.sets(st.sampled_from(SOURCES), min_size=1), min_size=1, max_size=5))

    def world(seen: dict[str, int]) -> tuple[Manifest, dict]:
        made = {source: str(value) for source, value in seen.items()}
        inputs = {
            kind: {name: made.get(f"{kind}:{name}", "1") for name in part}
            for kind, part in OLD.inputs.items()
        }
        rows = {f"n{i}": row(sum(seen[one] for one in read), *sorted(read)) for i, read in enumerate(reads)}
        return replace(OLD, inputs=inputs), rows

    (old, before), (new, after) = (world({source: data.draw(VALUES) for source in SOURCES}) for _ in range(2))
    found = between(old, new, before, after)
    assert found.unexplained == ()
    assert {change.id for change in found.changes} == {name for name in before if before[name] != after[name]}
    for change in found.changes:
        assert {source for _, source in change.causes} <= set(before[change.id]["reads"])


@pytest.mark.parametrize(
    ("before", "after", "lang", "line"),
    [
        ({"a": 1}, {"a": 1}, "en", "since the earlier result: no number changed"),
        ({"a": 1}, {"a": 2}, "en", "since the earlier result: 1 number changed because of input (team.fte)"),
        ({"a": 1}, {"a": 2}, "nl", "sinds het vorige resultaat: 1 getal veranderd door invoer (team.fte)"),
        ({"a": 1, "b": 1, "d": 1}, {"a": 2, "b": 2, "c": 1}, "nl", None),
    ],
)
def test_one_line_after_a_run(before, after, lang, line):
    reads = ("parameter:team.fte",)
    rows = [{name: row(value, *reads) for name, value in side.items()} for side in (before, after)]
    said = difference.summary(between(OLD, changed(parameter={"team.fte": "2"}), *rows), lang)
    assert said == line or (line is None and "2 getallen veranderd, 1 erbij, 1 verdwenen door invoer" in said)
    assert "\n" not in said


def test_a_number_without_a_cause_is_told_and_fails(done, copy, capsys):
    """A value altered without any input altered, as a read past the record would do."""
    path = copy.out / difference.NUMBERS
    rows = json.loads(path.read_text())
    rows["staff.value"]["value"] = 19
    path.write_text(json.dumps(rows))
    assert cli.main(["diff", str(done.out), str(copy.out)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 without a cause on record: staff.value"


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000, '{"a": []}', '{"a": {"value": "1"}}'])
def test_diff_of_something_else_is_wrong_input(done, copy, capsys, content):
    path = copy.out / difference.NUMBERS
    path.write_text(content) if content else path.unlink()
    assert cli.main(["diff", str(done.out), str(copy.out)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "tiny/numbers.json" in line
