"""``kik design`` and ``kik check`` on a design."""

import json

import pytest
from pilot_files import COMPLETE, text

from kik_analysis.cli import main


@pytest.fixture
def file(tmp_path):
    found = tmp_path / "mine.yml"
    found.write_text(text(COMPLETE), "utf-8")
    return found


def test_json_has_the_settled_shape(file, capsys):
    assert main(["design", str(file), "--draws", "500", "--json", "--quiet"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {"design", "hash", "draws", "seed", "at", "arms", "diagnosands", "hours", "backlog_weeks"} <= set(
        said
    )
    assert said["arms"] == {"control": 757, "less": 500}
    assert set(said["diagnosands"][0]) == {"estimand", "diagnosand", "value", "mc_error", "exact", "z"}


@pytest.mark.parametrize(("lang", "words"), [("nl", "Kans dat het effect opvalt: 7"), ("en", "Power: 7")])
def test_the_diagnosis_in_either_language(file, capsys, lang, words):
    assert main(["design", str(file), "--draws", "500", "--quiet", "--lang", lang]) == 0
    assert words in capsys.readouterr().out


def test_a_misspelt_pilot_is_helped(capsys):
    assert main(["design", "p2_blokked", "--quiet"]) == 2
    assert "did you mean p2_blocked?" in capsys.readouterr().err


def test_check_knows_designs(file, capsys):
    assert main(["check", str(file)]) == 0
    file.write_text(text(COMPLETE.replace("effect: 0.05", "effect: 0.95")), "utf-8")
    assert main(["check", str(file)]) == 2
    assert f"{file}:5: model.effect" in capsys.readouterr().err
