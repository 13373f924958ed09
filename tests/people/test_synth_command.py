"""``kik register synth``: same bytes, municipal dress, clear errors, nothing written when wrong."""

import json

import pytest

from kik_analysis import cli, project
from kik_analysis.errors import DataError, ModelError
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.people.register import dictionary, problems, read_register
from kik_analysis.people.synthesis import synthesise
from kik_analysis.runs import scan


def synth(*words):
    return cli.main(["register", "synth", "--quiet", *map(str, words)])


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_committed_register_is_what_the_command_makes(tmp_path):
    """The bytes of another process, of another day."""
    assert synth("--out", tmp_path / "r") == 0
    assert contents(tmp_path / "r") == contents(project.data("synthetic"))


def test_what_is_written_is_read_back(tmp_path, make):
    assert synth("--people", 120, "--draw", 2, "--out", tmp_path / "r") == 0
    back, made = read_register(tmp_path / "r"), make(2, people=120).register
    assert (back.draw, back.seed, dict(back.about)) == (2, 2019, dict(made.about))
    for name, table in made.tables.items():
        assert back.tables[name].equals(table)
    assert problems(back) == []


def test_the_dictionary_speaks_of_every_column(tmp_path):
    import polars as pl

    found = pl.read_csv(project.data("synthetic", "dictionary.csv"))
    assert project.data("synthetic", "dictionary.csv").read_text() == dictionary().write_csv()
    assert set(found["evidence"]) == {"published", "bounded", "simulated", "assumed"}
    assert found.select("meaning_nl", "meaning_en", "confidence").null_count().sum_horizontal()[0] == 0
    assert found.filter(pl.col("column").is_in(["age_band", "duration_band", "district"]))[
        "evidence"
    ].unique().to_list() == ["assumed"]


def test_municipal_dress_and_nothing_that_could_be_a_persons(tmp_path, make):
    assert synth("--people", 300, "--style", "municipal", "--out", tmp_path / "r") == 0
    raw = (tmp_path / "r" / "uitkeringen.csv").read_bytes()
    lines = raw.decode("cp1252").split("\r\n")
    head, first = (line.split(";") for line in lines[:2])
    assert head[:4] == ["Clientnummer", "Statistiekcode", "Gemeentecode", "Aanvangsdatum uitkering persoon"]
    assert first[0].startswith("SYN0")
    assert first[1:3] == ["01", "0000"]
    day, month, year = first[3].split("-")
    assert (len(day), len(month), len(year)) == (2, 2, 4)
    register = make(0, people=300).register
    assert len(lines) == 2 + register.members.height + register.former.height
    contacts = (tmp_path / "r" / "contacten.csv").read_bytes().decode("cp1252").split("\r\n")[1:-1]
    kinds = [line.split(";")[2] for line in contacts]
    assert kinds.count("uitnodiging") == register.invitations.height
    talks = (table["conversations"].sum() for table in (register.members, register.former))
    assert kinds.count("gesprek") == sum(talks)
    about = json.loads((tmp_path / "r" / "register.json").read_text())
    assert about["synthetic"] is True
    assert about["rows"]["contacten"] == len(contacts)
    with pytest.raises(DataError, match=r"style .got municipal; expected kik"):
        read_register(tmp_path / "r")
    for path in (*(tmp_path / "r").iterdir(), *project.data("synthetic").iterdir()):
        assert scan.file(path) == []


NUMBER = f"expected a whole number from 0 to {2**53 - 1:,} (see"
WRONG = {
    ("--people", "0"): "--people: got 0; expected 30 to 10,000,000",
    ("--people", "1"): "--people: got 1; expected 30",
    ("--people", "20000000"): "--people: got '20000000'; expected a whole number from 0 to 10,000,000",
    ("--people", "x"): "--people: got 'x'; expected a whole number",
    ("--people", "-5"): "--people: got '-5'; expected a whole number from 0 to 10,000,000",
    ("--seed", "1.5"): "--seed: got '1.5'; expected a whole number",
    ("--draw", "first"): f"--draw: got 'first'; {NUMBER}",
    ("--draw", str(2**53)): f"--draw: got '{2**53}'; {NUMBER}",
    ("--seed", "-1"): f"--seed: got '-1'; {NUMBER}",
    ("--style", "plain"): "--style",
}


@pytest.mark.parametrize("wrong", [{"draw": -1}, {"draw": 2**53}, {"seed": -1}, {"seed": 1.5}])
def test_a_draw_or_seed_that_is_none_is_refused_at_once(wrong):  # a negative draw once never ended
    with pytest.raises(ModelError, match="not possible"):
        synthesise(load_scenario(), **wrong)


@pytest.mark.parametrize("words", WRONG)
def test_wrong_input_is_one_line_and_writes_nothing(words, tmp_path, capsys):
    assert synth(*words, "--out", tmp_path / "r") == 2
    lines = capsys.readouterr().err.strip().split("\n")
    assert len(lines) == 1
    assert WRONG[words] in lines[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", ["notes.txt", "members.csv"])
def test_a_folder_of_somebody_else_is_left_alone(left, tmp_path, capsys):
    target = tmp_path / "r"
    target.mkdir()
    (target / left).write_text("mine")
    assert synth("--people", 60, "--out", target) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert contents(target) == {left: b"mine"}


def test_an_own_register_is_replaced_but_not_what_was_added_to_it(tmp_path, capsys):
    target = tmp_path / "r"
    assert synth("--people", 60, "--out", target) == 0
    before = contents(target)
    assert synth("--people", 60, "--seed", 12, "--out", target) == 0
    assert (read_register(target).seed, contents(target) != before) == (12, True)
    (target / "thesis.docx").write_text("mine")
    assert synth("--people", 62, "--out", target) == 2
    assert "thesis.docx" in capsys.readouterr().err
    assert read_register(target).seed == 12


def test_wrong_margins_are_told_and_nothing_is_written(tmp_path, capsys, monkeypatch):
    import shutil

    place = tmp_path / "project"
    for name in ("params", "data"):
        shutil.copytree(project.root() / name, place / name)
    path = place / "params" / "margins.csv"
    path.write_text(
        path.read_text().replace("0.11,0.16,0.22", "0.01,0.05,0.3").replace("0.1,0.16,0.22", "0.1,0.27,0.3")
    )
    monkeypatch.setenv("KIK_PROJECT", str(place))
    assert synth("--out", tmp_path / "r") == 2
    error = capsys.readouterr().err
    assert "segment x age_band: no table has" in error
    assert not (tmp_path / "r").exists()
