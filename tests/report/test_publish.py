"""Publishing shows an exhibit in a notebook and writes the same bytes whenever it is asked to."""

import base64
import dataclasses
import re
import shutil
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from kik_analysis.errors import ModelError
from kik_analysis.figures import bounds, history
from kik_analysis.report.publish import NOTEBOOK_VARIABLE, OUT_VARIABLE, publish, read_all

REACH = history.figure1_reach


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setenv(OUT_VARIABLE, str(tmp_path))
    monkeypatch.setenv(NOTEBOOK_VARIABLE, "10_history")
    return tmp_path


@pytest.fixture(scope="module")
def reach(tmp_path_factory):
    """A folder in which one figure was published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT_VARIABLE, str(out := tmp_path_factory.mktemp("reach")))
        patch.setenv(NOTEBOOK_VARIABLE, "10_history")
        publish(REACH())
    return out


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_publishing_twice_gives_the_same_bytes_and_keeps_the_place(out, reach):
    shutil.copytree(reach, out, dirs_exist_ok=True)
    publish(history.audit_table("reach_rates"))
    first = files(out)
    publish(REACH())
    assert files(out) == first
    drawn = {
        f"figures/figure1_reach.{lang}.{kind}" for lang in ("nl", "en") for kind in ("svg", "png", "txt")
    }
    rest = {"tables/figure1_reach.csv", "tables/reach_rates.csv"}
    order = {f"exhibits/10_history/{name}.json" for name in ("01-figure1_reach", "02-reach_rates")}
    assert set(first) == drawn | rest | order


def test_a_figure_holds_no_date_no_version_and_keeps_its_text(reach):
    (stored,) = read_all(reach)
    for svg in ((reach / "figures/figure1_reach.nl.svg").read_text(), stored.drawings["nl"]):
        assert svg.startswith("<svg")
        assert "3.939" in re.sub(r"<[^>]*>", "", svg)
        assert re.search(r'id="[nt]:', svg)
        assert not re.search(r"matplotlib\.org|<dc:|20\d\d-\d\d-\d\d", svg)
    assert "Onafhankelijke" not in svg
    png = (reach / "figures/figure1_reach.nl.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert b"atplotlib" not in png
    words = (reach / "figures/figure1_reach.nl.txt").read_text(encoding="utf-8").splitlines()
    assert words[0] == "Van de 6.953 mensen in de groep zijn 3.939 gesproken"
    assert "3.939 mensen (56,7%)" in words[2]
    assert words[-1].startswith("Onafhankelijke berekening uit openbare stukken"), "the status line here too"


@pytest.mark.long(every=2)
@pytest.mark.parametrize(
    "make", [REACH, history.timeline_2015_2023, bounds.bounds_worlds, history.percentage_audit]
)
def test_what_is_stored_comes_back_as_it_was(out, make):
    exhibit = make()
    publish(exhibit)
    (stored,) = read_all(out)
    assert (stored.notebook, stored.order, stored.drawn) == ("10_history", 1, exhibit.picture is not None)
    assert stored.table.frame.equals(exhibit.table.frame)
    assert stored.table.frame.schema == exhibit.table.frame.schema
    fields = [one.name for one in dataclasses.fields(stored.table) if one.name != "frame"]
    assert [getattr(stored.table, one) for one in fields] == [getattr(exhibit.table, one) for one in fields]
    assert stored.table.cells() == exhibit.table.cells()
    assert stored.numbers == tuple(exhibit.numbers.values())
    assert stored.texts["nl"]["title"] == exhibit.text("title", "nl")


def test_without_a_run_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv(OUT_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    shown = publish(REACH(), "nl")._repr_mimebundle_()
    assert set(shown) == {"text/plain", "image/svg+xml", "image/png"}
    assert base64.b64decode(shown["image/png"])[:4] == b"\x89PNG"
    assert "3.939" in shown["text/plain"]
    table = publish(history.audit_table("reach_rates"), "en")._repr_mimebundle_()
    assert set(table) == {"text/plain", "text/html"}
    assert 'data-n="reach_rates/' in table["text/html"]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_number_stops_the_sentence(out):
    broken = dataclasses.replace(REACH(), numbers={}, stems=())
    with pytest.raises(ModelError, match=r"title: no value for \{"):
        publish(broken)


def test_a_label_under_another_name_is_refused(out):
    exhibit = REACH()

    def picture(shown, page):
        figure = exhibit.picture(shown, page)
        figure.axes[0].text(0, 0, "3939").set_gid("xtick_9")
        return figure

    with pytest.raises(ModelError, match="figure1_reach: the label xtick_9 names no number and no sentence"):
        publish(exhibit.drawn(picture))
    with pytest.raises(ModelError, match=r"no status line; begin the figure with page\.sheet"):
        publish(exhibit.drawn(lambda shown, page: Figure()))
