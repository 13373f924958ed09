"""``kik simulate``: the summary, the file, and one line for every mistake."""

import polars as pl
import pytest

from kik_analysis import cli

QUICK = ["simulate", "--set", "run.weeks=8", "--replications", "3"]
COLUMNS = ["scenario", "week", "segment", "measure", "unit", "layer", "mean", "mean_error",
           "q05", "q10", "q50", "q90", "q95"]  # fmt: skip


def test_a_summary_names_engine_seed_and_measures(capsys):
    assert cli.main([*QUICK, "--seed", "4"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("base: 8 weeks from 2019-10-07, calendar engine, 3 replications, seed 4\n")
    assert "reached_52_weeks" in out
    assert "of the group" in out
    assert "\r" not in err


def test_the_table_is_written_whole_and_twice_the_same(tmp_path, capsys):
    first, second, packed = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.parquet"
    for out in (first, second, packed):
        assert cli.main([*QUICK, "--out", str(out)]) == 0
    assert capsys.readouterr().out.split() == [str(first), str(second), str(packed)]
    assert first.read_bytes() == second.read_bytes()
    frame = pl.read_csv(first, try_parse_dates=True)
    assert frame.columns == COLUMNS
    assert frame.height == pl.read_parquet(packed).height
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "c.parquet"]


def test_assignments_change_the_scenario(tmp_path):
    out = tmp_path / "a.csv"
    assert cli.main([*QUICK, "--set", "team.fte=0", "--set", "team.vacancy_share=0", "--out", str(out)]) == 0
    frame = pl.read_csv(out)
    assert set(frame.filter(pl.col("measure") == "never_invited")["segment"]) > {"all"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--set", "team.ftee=3"], "did you mean team.fte?"),
        (["--set", "team.fte"], "expected PATH=VALUE"),
        (["--set", "team.fte=-3"], "got -3; expected 0 to"),
        (["--out", "table.txt"], "ends in .csv or .parquet"),
        (["--replications", "0"], "expected a whole number from 1"),
        (["--seed", "x"], "expected a whole number from 0"),
        (["--engine", "abacus"], "calendar"),
        (["nowhere.yml"], "nowhere.yml: no such file"),
        (["--set", "team.organisation=fixed_contact_person"], "no engine runs this yet"),
    ],
)
def test_a_mistake_is_one_line_and_code_two(words, expected, capsys):
    assert cli.main(["simulate", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert expected in err
    assert "Traceback" not in err


def test_nothing_is_left_behind_when_interrupted(tmp_path, monkeypatch, capsys):
    from kik_analysis.capacity import individuals

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(individuals, "simulate", interrupted)
    assert cli.main([*QUICK, "--out", str(tmp_path / "a.csv")]) == 130
    assert list(tmp_path.iterdir()) == []
    assert "interrupted" in capsys.readouterr().err
