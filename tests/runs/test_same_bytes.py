"""Two runs on the same input give the same bytes, whatever surrounds them; figures do not disappear."""

import json
import resource
import shutil
from pathlib import Path

import pytest
import replay
from PIL import Image, ImageChops
from tiny_project import CLAIM, FTE, IMPORTS, SHOW, Project, compared

from kik_analysis.figures import style
from kik_analysis.report import publish
from kik_analysis.runs import manifest

DRAW = """\
def picture(shown, page):
    figure, axes = page.sheet(shown, 2)
    axes.plot([0, 1, 4, 9])
    return figure
columns = (Column("category"), Column("value", "decimal", "persons"))
frame = lambda: pl.DataFrame({"category": ["all"], "value": [kik.claims()["L042"].number * 1.0]})
table = tabulate("drawn", frame, columns)
kik.publish(Exhibit(name="drawn", key="tiny.drawn", table=table).drawn(picture), language)"""
HOUSE = "from kik_analysis.figures import history\nkik.publish(history.figure1_reach(), language)"
PLAIN = """\
import matplotlib.pyplot as plt, sys
_ = plt.plot([0, 1, 4])
plt.show()
for piece in ("red", "green", "blue"):
    print(piece, flush=True)
    print("warned", piece, file=sys.stderr, flush=True)
print({"a", "b", "c", "d"}, project.root())"""
SURROUNDINGS = """
    MPLBACKEND=agg PYTHONHASHSEED=7 TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 LANG=nl_NL.UTF-8 COLUMNS=30 NO_COLOR=1
    PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=always POLARS_FMT_MAX_ROWS=1 SOURCE_DATE_EPOCH=86400
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, proof: bool) -> tuple[Project, Path]:
    """Return a project that has run, and what another run at once gave in other surroundings, by one worker.

    In the long form that other is of a copy in another place.
    """
    one = Project(tmp_path_factory.mktemp("one") / "project")
    one.write("10_history", IMPORTS, SHOW, CLAIM, DRAW, HOUSE)
    path = one.write("11_audit", IMPORTS, SHOW, FTE, PLAIN)
    book = json.loads(path.read_text())
    book["cells"][-1]["metadata"]["tags"] = ["computed-numbers"]  # a picture that is no exhibit
    path.write_text(json.dumps(book))
    folder = tmp_path_factory.mktemp("two") / "een andere plek, één map dieper" / "project"
    other = Project(shutil.copytree(one.folder, folder)) if proof else one
    taste = folder.parent / "config" / "matplotlib" / "matplotlibrc"
    taste.parent.mkdir(parents=True)
    taste.write_text("lines.linewidth: 9\nfont.size: 20\n")
    surroundings = dict(word.split("=") for word in SURROUNDINGS.split())
    surroundings["XDG_CONFIG_HOME"] = str(taste.parents[1])
    low = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 4096))  # noqa: E731  a run raises it
    words = ("--lang", "en", "--jobs", "1", "--force", "--out", "results/second")
    beside = other.start(*words, first=low, **surroundings)
    answer = one.run("--quiet")
    _, said = beside.communicate(timeout=300)
    assert (answer.returncode, answer.stderr, beside.returncode) == (0, "", 0), said
    return one, other.results / "second"


def test_two_runs_at_once_do_not_hinder_each_other_and_other_surroundings_give_the_same_bytes(two):
    one, other = compared(two[0].out), compared(two[1])
    assert "report/nl.html" not in one  # one language is one
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_no_figure_disappears(two):
    project, _ = two
    for kind in ("svg", "png"):
        assert len(list((project.out / "figures").glob(f"*.{kind}"))) == 4
    outputs = [
        output
        for path in sorted((project.out / "notebooks").glob("*.ipynb"))
        for cell in replay.code(path)
        for output in cell["outputs"]
    ]
    kinds = [kind for one in outputs for kind in one.get("data", {}) if kind.startswith("image/")]
    assert sorted(kinds) == [*["image/png"] * 3, *["image/svg+xml"] * 2]
    page = (project.out / "report" / "en.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 1


def test_every_figure_says_which_calculation_it_is_of_and_what_is_kept_of_its_notebook_does_not(two):
    project = two[0]
    project.base("fte: {value: 9, source: L028, confidence: A}", "fte: 12")
    again = project.results / "again"
    answer = project.kik("run", *project.only(), "--out", str(again), "--lang", "en")
    assert "10_history.ipynb: unchanged" in answer.stderr
    assert project.kik("verify", str(again)).returncode == 0
    (kept,) = project.results.glob(".cache/**/10_history/*/figures")
    places = (kept, project.out / "figures", again / "figures")
    marks = [manifest.load(folder).digest[:8] for folder in (project.out, again)]
    assert marks[0] != marks[1]
    for path in sorted(kept.glob("*.svg")):
        plain = path.read_text(encoding="utf-8")
        for folder, mark in zip(places[1:], marks, strict=True):
            words = {"nl": f" Berekening {mark}.", "en": f" Calculation {mark}."}[path.stem[-2:]]
            drawn = (folder / path.name).read_text(encoding="utf-8")
            assert drawn.count(words) == 1, path.name
            assert drawn.replace(words, "") == plain, path.name
        assert "Berekening" not in plain
        assert "Calculation" not in plain
        pictures = (folder / f"{path.stem}.png" for folder in places)
        unsigned, one, other = (Image.open(picture).convert("L") for picture in pictures)
        base = one.height - round(style.MARGIN * publish.PNG_DPI)
        above = (0, 0, one.width, base - 25)
        for picture in (one, other):  # the words stand in the last line, and nothing else is new
            new = ImageChops.difference(picture, unsigned)
            assert new.crop(above).getbbox() is None, path.name
        left, top, right, bottom = ImageChops.difference(one, other).getbbox()
        assert base - 25 <= top < bottom <= base + 7, path.name
        assert right - left <= 8 * 17, path.name


def test_printed_text_is_whole_and_in_order_whatever_the_clock(two):
    audit = json.loads((two[0].out / "notebooks" / "11_audit.ipynb").read_text(encoding="utf-8"))
    printed = [output for output in audit["cells"][-1]["outputs"] if output["output_type"] == "stream"]
    assert [output["name"] for output in printed] == ["stdout", "stderr"]
    assert "".join(printed[0]["text"]).startswith("red\ngreen\nblue\n{")
    assert "".join(printed[0]["text"]).endswith("} .\n")
    assert "".join(printed[1]["text"]) == "warned red\nwarned green\nwarned blue\n"
