"""Problems: one line each, in the order of the file, with the nearest known name."""

import pytest

from kik_analysis.errors import DataError, ParameterError
from kik_analysis.reading.problems import SHOWN_AT_MOST, Place, Problem, Problems, did_you_mean, name
from kik_analysis.reading.problems import shown as shown_value


def test_the_line_has_the_promised_form():
    problem = Problem("fout.yml", 4, 1, "team.client_time_share", "outside", "65", "0 to 1")
    assert str(problem) == "fout.yml:4: team.client_time_share: outside (got 65; expected 0 to 1)"
    assert str(Problem("fout.yml", 0, 0, "", "no such file")) == "fout.yml: no such file"
    assert str(Problem("f.yml", 1, 1, "a", "wrong", got="1")) == "f.yml:1: a: wrong (got 1)"


def test_problems_are_sorted_by_place_files_in_the_order_of_reading_and_each_once():
    problems = Problems()
    problems.add(Place("b.yml", 9), "late")
    problems.add(Place("a.yml", 1), "other file")
    problems.add(Place("b.yml", 2, 5), "second on the line")
    problems.add(Place("b.yml", 2, 1), "first on the line")
    problems.add(Place("b.yml", 9), "late")
    assert problems.lines == (
        "b.yml:2: first on the line",
        "b.yml:2: second on the line",
        "b.yml:9: late",
        "a.yml:1: other file",
    )


def test_a_flood_is_cut_off_and_counted():
    problems = Problems()
    for line in range(1, SHOWN_AT_MOST + 51):
        problems.add(Place("f.yml", line), "wrong")
    assert len(problems.lines) == SHOWN_AT_MOST + 1
    assert problems.lines[-1] == "f.yml: and 50 more problems like these"


@pytest.mark.parametrize("error", [ParameterError, DataError])
def test_raising_gives_every_line(error):
    problems = Problems()
    problems.raise_if_any(error)
    problems.add(Place("f.yml", 1), "wrong")
    problems.add(Place("f.yml", 2), "wrong too")
    with pytest.raises(error) as caught:
        problems.raise_if_any(error)
    assert caught.value.lines == ("f.yml:1: wrong", "f.yml:2: wrong too")


def test_the_nearest_name_is_offered_only_when_near():
    assert did_you_mean("ftee", ["fte", "organisation"]) == "; did you mean fte?"
    assert did_you_mean("xyz", ["fte", "organisation"]) == ""
    assert did_you_mean("f" * 10_000, ["fte"]) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (65, "65"),
        ("62,5", "the text '62,5'"),
        ("a\nb", "the text 'a\\nb'"),
    ],
)
def test_values_are_shown_on_one_line(value, text):
    assert shown_value(value) == text


def test_long_values_are_cut():
    assert len(shown_value("x" * 1000)) < 80
    assert len(name("x" * 1000)) < 80


def test_what_nobody_can_see_is_shown_as_its_code_point():
    assert shown_value("12\u00a0") == "the text '12<U+00A0>'"
    assert name("a\u200bb\u202e") == "a<U+200B>b<U+202E>"
