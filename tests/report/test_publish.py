"""Publishing shows an exhibit in a notebook and writes the same bytes whenever it is asked to."""

import json
import re
from pathlib import Path

import pytest
import report_sample
from report_sample import NUMBERS, publish_all, reach_exhibit, reach_table, summary_exhibit

from kik_analysis.errors import ModelError, RunError
from kik_analysis.figures.exhibit import Exhibit
from kik_analysis.report import record
from kik_analysis.report.publish import publish

pytestmark = pytest.mark.usefixtures("sample_texts")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_runs_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        publish_all(tmp_path / name)
    first, second = files(tmp_path / "a"), files(tmp_path / "b")
    assert first == second
    assert {name for name in first if name.startswith("figures/")} == {
        f"figures/figure1_reach.{lang}.{kind}" for lang in ("nl", "en") for kind in ("svg", "png", "txt")
    }
    assert {"tables/figure1_reach.csv", "tables/events.csv"} <= set(first)


def test_a_figure_holds_no_date_no_version_and_keeps_its_text(tmp_path):
    publish_all(tmp_path)
    svg = (tmp_path / "figures/figure1_reach.nl.svg").read_text()
    assert svg.startswith("<svg")
    assert "3.939" in re.sub(r"<[^>]*>", "", svg)
    assert 'id="n:figure1_reach/spoken/persons"' in svg
    assert not re.search(r"matplotlib\.org|<dc:|20\d\d-\d\d-\d\d", svg)
    png = (tmp_path / "figures/figure1_reach.nl.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert b"Software" not in png
    assert b"atplotlib" not in png


def test_the_text_alternative_says_what_the_figure_says(tmp_path):
    publish_all(tmp_path)
    words = (tmp_path / "figures/figure1_reach.nl.txt").read_text(encoding="utf-8").splitlines()
    assert words[0] == "Van de 6.953 mensen zijn er 3.939 gesproken"
    assert "gesproken 3.939 (56,7%)" in words[2]


def test_what_is_stored_comes_back_as_it_was(tmp_path):
    publish_all(tmp_path)
    reach, summary = record.read_all(tmp_path)
    table = reach_table()
    assert (reach.notebook, reach.order, reach.drawn) == ("10_history", 1, True)
    assert (reach.table.frame.equals(table.frame), reach.table.columns) == (True, table.columns)
    assert reach.table.cells() == table.cells()
    assert [number.id for number in summary.numbers] == list(NUMBERS)
    assert summary.numbers == tuple(summary_exhibit().numbers.values())
    assert reach.texts["nl"]["title"] == reach_exhibit().text("title", "nl")
    assert "10 oktober 2019" in reach.known["nl"]


def test_publishing_again_keeps_the_place(tmp_path, monkeypatch):
    monkeypatch.setenv("KIK_OUT", str(tmp_path))
    monkeypatch.setenv("KIK_NOTEBOOK", "10_history")
    for exhibit in (summary_exhibit(), reach_exhibit(), summary_exhibit()):
        publish(exhibit)
    names = sorted(path.name for path in (tmp_path / "exhibits/10_history").iterdir())
    assert names == ["01-bounds_events.json", "02-figure1_reach.json"]


def test_without_a_run_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("KIK_OUT", raising=False)
    monkeypatch.chdir(tmp_path)
    shown = publish(reach_exhibit(), "nl")._repr_mimebundle_()
    assert set(shown) == {"text/plain", "image/svg+xml"}
    assert "3.939" in shown["text/plain"]
    table = publish(summary_exhibit(), "en")._repr_mimebundle_()
    assert set(table) == {"text/plain", "text/html"}
    assert 'data-n="events/begin/value"' in table["text/html"]
    assert list(tmp_path.iterdir()) == []


def test_a_broken_exhibit_is_named(tmp_path):
    publish_all(tmp_path)
    path = tmp_path / "exhibits/10_history/01-figure1_reach.json"
    content = json.loads(path.read_text())
    del content["numbers"]
    path.write_text(json.dumps(content))
    with pytest.raises(RunError, match=r"exhibits/10_history/01-figure1_reach.json: no exhibit"):
        record.read_all(tmp_path)


def test_a_missing_number_stops_the_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("KIK_OUT", str(tmp_path))
    whole = reach_exhibit()
    broken = Exhibit("x", whole.key, whole.table, {}, report_sample.WORDS)
    with pytest.raises(ModelError, match=r"sample.reach.title: no value for \{"):
        publish(broken)
