"""Identification files: own files that extend the project's, and every mistake named with its line."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from kik_analysis import project
from kik_analysis.errors import ModelError, ParameterError
from kik_analysis.facts.bounds import bound, bounds
from kik_analysis.facts.identification import TITLE, Identification, identification
from kik_analysis.reading import models, yaml
from kik_analysis.reading.problems import Problems

HEAD = "format: 1\nkind: identification\n"
VARIABLES = "variables:\n  a: {nl: mensen, en: people}\n  b: {nl: anderen, en: others}\n"
QUESTION = "quantities:\n  q: {nl: hoeveel, en: how many, unit: persons, of: a, given: [[]]}\n"


def write(folder, text, name="own.yml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def extending(folder, text):
    base = project.params("identification.yml").resolve().as_posix()
    return write(folder, f"{HEAD}extends: {base}\n{text}")


def problems(path):
    with pytest.raises(ParameterError) as caught:
        identification(path)
    return [line.removeprefix(f"{path}:") for line in caught.value.lines]


def test_an_assumption_of_ones_own_moves_the_interval(tmp_path):
    """If 'slightly lower' meant a tenth at most, far more people were invited than the claims alone say."""
    own = extending(
        tmp_path,
        "assumptions:\n"
        "  slightly_lower:\n"
        "    nl: Iets lager betekent hoogstens een klein deel lager.\n"
        "    en: Slightly lower means a small part lower at most.\n"
        "    why: own judgement, for an example\n"
        "    constraints:\n"
        "      - {of: people_invited, at_least: {invitations: 0.9}}\n",
    )
    given = ["figure1_within_project", "slightly_lower"]
    assert tuple(bound("people_invited", given, file=own)) == (11948, 13275)
    assert tuple(bound("people_invited")) == (4177, 13275)


def test_a_claim_of_ones_own_is_one_more_constraint(tmp_path):
    own = extending(tmp_path, "claims:\n  - {claim: L020, of: people_spoken, side: low}\n")
    assert tuple(bound("people_spoken", (), file=own)) == (1575, 6835)
    higher = extending(tmp_path, "claims:\n  - {claim: L040, of: people_spoken}\n")
    with pytest.raises(ModelError, match="people_spoken: these cannot all hold: L011, L040"):
        bound("people_spoken", (), file=higher)


def test_a_named_part_replaces_that_of_the_same_name(tmp_path):
    own = extending(
        tmp_path,
        "quantities:\n"
        "  known_to_wij:\n"
        "    {nl: hoeveel, en: how many, unit: persons, of: known_to_wij, given: [[all_declined]]}\n",
    )
    assert tuple(bound("known_to_wij", file=own)) == (0, 0)
    kept, original = (one.quantity("people_spoken") for one in (identification(own), identification()))
    assert kept.model_dump() == original.model_dump()


def test_an_assumption_switched_off_is_left_out_and_double_rows_fall_together(tmp_path):
    original = identification().assumptions["some_follow_ups"]
    own = extending(
        tmp_path,
        "assumptions:\n"
        f"  some_follow_ups: {{nl: {original.nl}, en: {original.en}, why: so, on: false,\n"
        "    constraints: [{of: follow_up_invitations, at_least: 1}]}\n",
    )
    assert len(identification().sets("people_spoken")) == 4
    assert len(identification(own).sets("people_spoken")) == 3
    assert bound("people_spoken", ["some_follow_ups"], file=own).assumptions == ()
    assert bounds(file=own).frame.height == bounds().frame.height - 3


def test_a_change_of_a_file_is_seen(tmp_path):
    text = (
        HEAD
        + VARIABLES
        + "assumptions:\n  most: {nl: iets, en: some, why: so, constraints: [{of: a, at_most: 7}]}\n"
    )
    question = QUESTION.replace("[[]]", "[[most]]")
    path = write(tmp_path, text + question)
    assert tuple(bound("q", file=path)) == (0, 7)
    write(tmp_path, text.replace("7", "8") + question)
    assert tuple(bound("q", file=path)) == (0, 8)


def test_strict_sides(tmp_path):
    text = (
        f"{HEAD}variables:\n"
        "  b: {nl: saldo, en: balance, whole: true}\n"
        "assumptions:\n"
        "  limits: {nl: iets, en: some, why: so, constraints: [{of: b, above: 2, below: 4.5}]}\n"
        "quantities:\n"
        "  balance: {nl: saldo, en: balance, unit: count, of: b, given: [[limits]]}\n"
    )
    assert tuple(bound("balance", file=write(tmp_path, text))) == (3, 4)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("people_invited", "people_spoken"),
        ("pilot_people", "pilot_reached"),
        ("invitations", "conversations"),
    ],
)
def test_what_cannot_be_is_said_at_once(tmp_path, above, below):
    """Narrowing alone would creep towards these contradictions for ever."""
    own = extending(
        tmp_path,
        "assumptions:\n  impossible: {nl: iets, en: some, why: so,\n"
        f"    constraints: [{{of: {above}, below: {below}}}]}}\n",
    )
    with pytest.raises(ModelError, match="people_spoken: these cannot all hold: impossible; any"):
        bound("people_spoken", ["impossible"], file=own)


def test_a_wide_reading_is_that_of_the_list_of_claims(tmp_path):
    for reading, high in (("narrow", 1099), ("wide", 1999)):
        text = f"claims:\n  - {{claim: L0491, of: a, reading: {reading}}}\n"
        assert tuple(bound("q", file=write(tmp_path, HEAD + VARIABLES + text + QUESTION))) == (1000, high)


def asking(old, new):
    """Return a good file but for one change in its question, on line 7."""
    return HEAD + VARIABLES + QUESTION.replace(old, new)


def naming(old, new):
    """Return a good file but for one change in its variables, on line 4."""
    return HEAD + VARIABLES.replace(old, new) + QUESTION


def saying(section, text):
    """Return a good file but for a section on line 6."""
    return HEAD + VARIABLES + f"{section}: {text}\n" + QUESTION


def assuming(fields):
    """Return a good file but for an assumption on line 6."""
    return saying("assumptions", f"{{m: {{nl: x, en: y, {fields}}}}}")


LINES = (Path(__file__).parent / "bad_identification.txt").read_text(encoding="utf-8").splitlines()
WRONG = [line.split(" | ") for line in LINES if not line.startswith("#")]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case[1][:40])
def test_a_mistake_is_named_with_its_line(case, tmp_path):
    made, message, *_ = case
    found = problems(write(tmp_path, eval(made)))
    assert any(message in line for line in found), found


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path):
    text = (
        HEAD
        + VARIABLES.replace("mensen", "9")
        + "claims: [{claim: L1, of: c}]\n"
        + QUESTION.replace("persons", "x")
    )
    lines = [line.split(":", 1)[0] for line in problems(write(tmp_path, text))]
    assert lines == ["4", "6", "6", "8"]


def test_a_share_needs_what_it_is_a_share_of(tmp_path):
    bare = write(tmp_path, HEAD + VARIABLES + "claims: [{claim: L015, of: a}]\n" + QUESTION)
    with pytest.raises(
        ModelError, match=r"own\.yml:6: claims\[1\]: claim L015 is a share; say of what, with per"
    ):
        bound("q", file=bare)
    wrong = write(tmp_path, HEAD + VARIABLES + "claims: [{claim: L042, of: a, per: b}]\n" + QUESTION)
    with pytest.raises(ModelError, match=r"claim L042 is no share; leave out per"):
        bound("q", file=wrong)


def test_a_claim_without_a_number_says_so(tmp_path):
    path = write(tmp_path, HEAD + VARIABLES + "claims: [{claim: L016, of: a}]\n" + QUESTION)
    with pytest.raises(ModelError, match=r"own\.yml:6: claims\[1\]: claim L016 has no number on the side"):
        bound("q", file=path)


def test_a_ratio_whose_denominator_may_be_nought_names_the_question(tmp_path):
    question = QUESTION.replace("of: a", "of: a, per: b").replace("persons", "ratio")
    path = write(tmp_path, HEAD + VARIABLES + question)
    with pytest.raises(ModelError, match=r"own\.yml: quantities\.q: the denominator b can be 0"):
        bound("q", file=path)


def content(path):
    return models.plain(yaml.load(path, Problems()))


@pytest.mark.parametrize("made", [made for made, _, *editor in WRONG if editor])
def test_what_an_editor_can_see_it_refuses(made, tmp_path):
    validator = jsonschema.Draft7Validator(json.loads(models.schema_text(Identification, TITLE)))
    assert not validator.is_valid(content(write(tmp_path, eval(made))))


def test_another_kind_of_file_is_told_in_one_line():
    with pytest.raises(ParameterError) as raised:
        identification("params/base.yml")
    (line,) = raised.value.lines
    assert re.fullmatch(
        r"params/base.yml:\d+: kind: not a file of this kind .*expected identification\)", line
    )
