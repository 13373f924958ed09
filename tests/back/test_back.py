"""The whole job on real input, once: the numbers are those that were reviewed, and the result is sound."""

import json
from pathlib import Path

import back_numbers
import pytest
import whole

from kik_analysis.runs import scan

ROOT = Path(__file__).resolve().parents[2]


def test_every_number_is_the_one_that_was_reviewed(ran):
    reviewed = json.loads(back_numbers.FILE.read_text(encoding="utf-8"))
    now = back_numbers.of_result(ran / "results" / "base")
    moved = {name: (reviewed.get(name), now.get(name)) for name in back_numbers.differing(reviewed, now)}
    assert moved == {}, "renew with tests/back/back_numbers.py, and tell it in CHANGELOG.md"


def test_the_result_verifies_and_names_nobody(ran):
    told: list[tuple[int, int]] = []
    assert scan.verify(ran / "results" / "base", lambda *one: told.append(one))[0] == []
    assert told == [(done, len(told)) for done in range(len(told))] != []


def test_nothing_changed_runs_nothing(ran):
    assert whole.kik(ran, "run").stderr == "results/base: nothing has changed\n"


def test_every_published_figure_is_there_in_both_languages_and_formats(ran):
    figures = ran / "results" / "base" / "figures"
    names = {path.name.partition(".")[0] for path in figures.iterdir()}
    assert {"figure1_reach", "figure2_followup", "funnel_2015_2019"} <= names
    kinds = [f"{lang}.{kind}" for lang in ("nl", "en") for kind in ("svg", "png", "txt")]
    assert {path.name for path in figures.iterdir()} == {f"{name}.{kind}" for name in names for kind in kinds}


def test_the_numbers_are_rendered_as_the_file_holds_them():
    text = back_numbers.FILE.read_text(encoding="utf-8")
    assert back_numbers.render(json.loads(text)) == text


def test_a_change_of_the_numbers_is_told_in_the_changelog():
    numbers = json.loads(back_numbers.FILE.read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert back_numbers.problems(back_numbers.committed(), numbers, changelog) == []


OLD = {"figure1.spoken": "3,939 persons", "bounds.people_invited": "[5,000, 6,000] persons"}
NEW = {**OLD, "figure1.spoken": "3,940 persons", "figure1.group": "6,953 persons"}


def entry(numbers: dict[str, str], names: str) -> str:
    return f"- A reason; numbers that change: {names}\n  (base {back_numbers.digest(numbers)})\n"


FIRST = entry(OLD, "`*`")


@pytest.mark.parametrize(
    ("changelog", "left_out"),
    [
        (entry(NEW, "`figure1.spoken`, `figure1.group`") + FIRST, []),
        (entry(NEW, "`figure1.*`") + FIRST, []),
        (entry(NEW, "`figure1.spoken`") + FIRST, ["figure1.group"]),
        (entry(NEW, "`bounds.*`") + FIRST, ["figure1.group", "figure1.spoken"]),
        (FIRST, ["no line"]),
        (FIRST + entry(NEW, "`figure1.*`"), ["no line"]),
        ("", ["no line"]),
    ],
)
def test_the_rule_finds_what_a_changelog_leaves_out(changelog, left_out):
    found = back_numbers.problems(OLD, NEW, changelog)
    assert len(found) == len(left_out)
    assert all(name in line for name, line in zip(left_out, found, strict=True))
