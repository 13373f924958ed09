"""The pilots that ship: files that can be read at every level, words in both languages, flows that add up."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import readability

from kik_analysis.errors import ModelError
from kik_analysis.language import sentences
from kik_analysis.pilots.assignment import Step, added_up, flow
from kik_analysis.pilots.design import load_design
from kik_analysis.pilots.document import Answer

NAMES = sorted(path.stem for path in Path("params/pilots").glob("*.yml"))
PILOTS = ("P1", "P2", "P3", "P4", "P5", "P6")


@pytest.fixture(scope="module")
def designs():
    return {name: load_design(name) for name in NAMES}


def test_each_pilot_as_announced_and_at_least_two_better(designs):
    for pilot in PILOTS:
        mine = [one.document for one in designs.values() if one.document.pilot == pilot]
        assert sum(one.announced for one in mine) == 1, pilot
        assert len(mine) >= 3, pilot
        assert len({(one.question.nl, one.question.en) for one in mine}) == 1, pilot


@pytest.mark.parametrize("name", NAMES)
def test_words_say_the_same_things_in_both_languages_and_hold_no_digit(designs, name):
    document = designs[name].document
    nl, en = document.texts.nl.model_dump(), document.texts.en.model_dump()
    assert [key for key, said in nl.items() if said] == [key for key, said in en.items() if said]
    assert nl["names"].keys() == en["names"].keys()
    for words in (nl, en, document.question.model_dump()):
        for said in words.values():
            assert not re.search(r"\d", said if isinstance(said, str) else " ".join((said or {}).values()))
    needed = {*designs[name].arms, *designs[name].blocks, document.inquiry.outcome} - {"all"}
    needed = {part for one in needed for part in one.split("+")}
    assert needed <= set(nl["names"]), "a name without words"


@pytest.mark.parametrize("pilot", PILOTS)
def test_dutch_is_plain(designs, pilot):
    mine = [one.document for one in designs.values() if one.document.pilot == pilot]
    said = [
        one for document in mine for one in document.texts.nl.model_dump().values() if isinstance(one, str)
    ]
    text = " ".join(re.sub(r"\{[a-z_]+\}", "veel", one) for one in said if one.endswith("."))
    assert readability.gate(text) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", ["low", "central", "high"])
def test_every_flow_adds_up_at_every_level(designs, name, level):
    steps = flow(designs[name].at(level))
    assert sum(one.people for one in steps if one.layer == 2) == designs[name].at(level).people
    ends = sum(one.people for one in steps if one.layer == 3)
    assert ends == sum(one.people for one in steps if one.step == "arm" and one.layer == 2)
    for one in steps:
        assert sentences.has(f"pilots.step.{one.step}")


@pytest.mark.parametrize("kind", ["estimator", "interval", "test"])
def test_every_method_has_words_for_a_plan(kind):
    for code in get_args(get_type_hints(Answer)[kind]):
        assert sentences.has(f"pilots.method.{code.replace('-', '_')}"), code


def test_the_announced_pilot_starts_from_the_published_counts(designs):
    steps = flow(designs["p2_announced"])
    assert [one.people for one in steps if one.step == "block"] == [1019, 238]
    assert [one.people for one in steps if one.step == "arm"] == [500]


WRONG = {
    "people vanish": (
        (Step(0, "frame", "", 100), Step(1, "arm", "a", 60, (0,)), Step(1, "arm", "b", 39, (0,))),
        "99",
    ),
    "people appear": ((Step(0, "frame", "", 100), Step(1, "arm", "a", 101, (0,))), "101"),
    "two origins": (
        (Step(0, "block", "a", 3), Step(0, "block", "b", 4), Step(1, "frame", "", 8, (0, 1))),
        "7 people",
    ),
    "fewer than nobody": ((Step(0, "frame", "", -1),), "-1 people"),
    "before its origin": ((Step(0, "frame", "", 1, (0,)),), "before its origin"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_flow_that_does_not_add_up_cannot_be_made(case):
    steps, said = WRONG[case]
    with pytest.raises(ModelError, match=r"cannot be drawn") as caught:
        added_up("p9", steps)
    assert said in str(caught.value)


MIXED_UP = {  # ledger-notes, section 6: of each announced pilot what its card must not leave out
    "p2": {"nl": "telefoontje en een brief bij|afstand tot het kantoor|noemt geen doel|zijn gekozen",
           "en": "a call and a letter are added|distance to the office|names no target|were chosen"},
    "p3": {"nl": "noemt geen aantal|later bij WIJ kwam", "en": "gives no number|came to WIJ later"},
    "p4": {"nl": "geen andere wijken|zegt niet welke", "en": "no other districts|does not say which"},
    "p6": {"nl": "vanaf de aanvraag|aantal overdrachten", "en": "from the application|number of handovers"},
}  # fmt: skip


@pytest.mark.parametrize("pilot", MIXED_UP)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_an_announced_card_names_what_the_sources_mix_up(designs, pilot, lang):
    words = getattr(designs[f"{pilot}_announced"].document.texts, lang)
    said = f"{words.estimated} {words.confounded} {words.never}"
    assert [part for part in MIXED_UP[pilot][lang].split("|") if part not in said] == []
