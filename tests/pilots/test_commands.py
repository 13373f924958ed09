"""``kik design``, ``kik design analyse``, ``kik new-pilot`` and ``kik check`` on a design, as typed."""

import json

import pytest
from pilot_files import COMPLETE, rows, text

from kik_analysis import cli

COUNTS = "block,arm,cluster,period,people,outcome\n,control,,,200,36\n,new_letter,,,200,54\n"


@pytest.fixture
def pilot(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KIK_LANG", "en")
    assert cli.main(["new-pilot", "mijn_proef"]) == 0
    assert capsys.readouterr().out == "mijn_proef.yml\n"
    (tmp_path / "counts.csv").write_text(COUNTS, "utf-8")
    return "mijn_proef.yml"


def test_a_new_pilot_is_right_and_has_a_card(pilot, capsys):
    assert cli.main(["check", pilot]) == 0
    assert cli.main(["design", pilot, "--draws", "100", "--quiet", "--lang", "nl"]) == 0
    said = capsys.readouterr().out
    assert "Te zien: Het verschil in bereik tussen 200 en 200 mensen." in said
    assert "  kan meedoen: 400" in said
    assert cli.main(["new-pilot", "2024"]) == cli.main(["check", "2024.yml"]) == 0  # a name, no number


def test_the_card_as_json(pilot, capsys):
    assert cli.main(["design", pilot, "--quiet", "--json", "--plan", "p"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["arms"] == {"control": 200, "new_letter": 200}
    assert (found["draws"], cli.Path("p/plan-nl.md").is_file()) == (10_000, True)  # as the help says


def test_plan_then_analysis(pilot, capsys):
    assert cli.main(["design", pilot, "--draws", "50", "--quiet", "--plan", "plan"]) == 0
    assert "plan-nl.md" in capsys.readouterr().out
    planned = ["design", "analyse", pilot, "counts.csv", "--plan", "plan/plan-en.md", "--quiet"]
    assert cli.main(planned) == 0
    said = capsys.readouterr().out
    assert said.startswith("Announced\n  other letter: 9.0 points, margin")
    assert "made-up outcomes without an effect" in said
    assert cli.main([*planned[:4], "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("No plan was handed over: everything below is exploratory.")
    path = cli.Path(pilot)
    path.write_text(path.read_text("utf-8").replace("people: 400", "people: 500"), "utf-8")
    assert cli.main(planned) == 2
    assert "the plan was made of another design" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "said"), rows("bad_words.txt"))
def test_wrong_words(pilot, capsys, words, said):
    assert cli.main(words.split(",")) == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def file(tmp_path):
    found = tmp_path / "mine.yml"
    found.write_text(text(COMPLETE), "utf-8")
    return found


@pytest.mark.parametrize(("lang", "words"), [("nl", "Kans dat het effect opvalt: 7"), ("en", "Power: 7")])
def test_the_diagnosis_in_either_language(file, capsys, lang, words):
    assert cli.main(["design", str(file), "--draws", "500", "--quiet", "--lang", lang]) == 0
    assert words in capsys.readouterr().out


def test_check_knows_designs_and_both_ends_that_their_card_shows(file, capsys):
    file.write_text(text(swap={"effect: 0.05": "effect: {low: -0.2, central: 0.05, high: 0.1}"}), "utf-8")
    assert cli.main(["check", str(file)]) == 2
    assert f"{file}:5: model.effect" in capsys.readouterr().err
