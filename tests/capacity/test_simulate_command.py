"""``kik simulate`` as a function: CSV, Parquet, warnings, and nothing half-written."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest

from kik_analysis.capacity import commands
from kik_analysis.errors import InputError

SMALL = {"run.weeks": 4}


def test_same_seed_same_bytes_as_csv_and_parquet(tmp_path: Path) -> None:
    text, warnings = commands.run(replications=3, seed=5, overrides=SMALL)
    assert warnings == ()
    out = tmp_path / "week.csv"
    assert commands.run(replications=3, seed=5, overrides=SMALL, out=out)[0] == ""
    assert out.read_text(encoding="utf-8") == text
    parquet = tmp_path / "week.parquet"
    commands.run(replications=3, seed=5, overrides=SMALL, out=parquet)
    frame = pl.read_parquet(parquet)
    assert frame.columns == pl.read_csv(io.StringIO(text)).columns
    assert frame.height == text.count("\n") - 1
    assert "-0.0," not in text
    assert commands.run(replications=3, seed=6, overrides=SMALL)[0] != text


def test_warnings_come_along() -> None:
    _, warnings = commands.run(replications=1, seed=1, overrides=SMALL | {"team.vacancy_share": 1})
    assert any("nobody works" in line for line in warnings)


@pytest.mark.parametrize("engine", ["cohort", "fluid"])
def test_other_engines_write_the_same_columns(engine: str) -> None:
    text, _ = commands.run(replications=2, seed=1, engine=engine, overrides=SMALL)
    assert text.startswith("scenario,week,segment,measure,unit,layer,mean,mean_error,q05,")


def test_wrong_files_are_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected \.csv or \.parquet"):
        commands.run(out=tmp_path / "week.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        commands.run(replications=1, seed=1, overrides=SMALL, out=tmp_path / "nowhere" / "week.csv")
    assert list(tmp_path.iterdir()) == []
