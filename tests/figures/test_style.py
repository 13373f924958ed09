"""The house style: colours that can be told apart, words that fit, numbers that bear their names."""

import datetime

import matplotlib
import pytest
from contrast import contrast
from exhibits import exhibit
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from kik_analysis.evidence.reads import Evidence
from kik_analysis.figures import charts, style
from kik_analysis.figures.style import Page

GRAPHIC, READABLE = 3.0, 4.5
"""Least contrasts of WCAG 2.2: 1.4.11 for marks, 1.4.3 for words."""


def test_every_colour_with_a_meaning_stands_against_white():
    assert all(contrast(colour, style.WHITE) >= GRAPHIC for colour in style.MEANINGFUL)


def test_words_can_be_read_in_every_colour_that_writes_them():
    for colour in (style.INK, style.MUTED, *style.COLOURS.values()):
        assert contrast(colour, style.WHITE) >= READABLE, colour


def test_each_evidence_class_has_a_colour_of_its_own():
    assert len(set(style.COLOURS.values())) == len(style.COLOURS) == len(Evidence)


@pytest.mark.parametrize(
    "name", ["backcast", "interval_width", "echo", "trajectories", "coverage_by_segment"]
)
def test_what_was_computed_is_dashed_though_it_rests_on_assumptions(name):
    computed = {style.COLOURS[kind] for kind in (Evidence.SIMULATED, Evidence.ASSUMED)}
    lines = [one for ax in exhibit(name).draw("nl").axes for one in ax.lines]
    ranges = [one for one in lines if len(one.get_xdata()) == 2 and one.get_color() in computed]
    courses = [one for one in lines if len(one.get_xdata()) > 2]
    assert {one.get_linestyle() for one in ranges + courses} == {"--"}


def test_settings_come_back_after_drawing():
    before = dict(matplotlib.rcParams)
    with style.house():
        assert matplotlib.rcParams["svg.fonttype"] == "none"
    assert dict(matplotlib.rcParams) == before


@given(
    words=st.lists(st.text("abcdefghijklmnop", min_size=1, max_size=14), min_size=1, max_size=30),
    width=st.floats(1.5, 7),
)
def test_wrapped_lines_fit_and_lose_no_word(words, width):
    lines = style.wrap(" ".join(words), width).split("\n")
    assert " ".join(lines) == " ".join(words)
    assert all(style.inches(line) <= width for line in lines if " " in line)


def test_a_number_keeps_its_neighbours():
    for width in (0.5, 0.8, 1.2, 2.0):
        lines = style.wrap("van de brief van 10 oktober 2019 over 6.953 mensen", width).split("\n")
        assert any("10 oktober 2019" in line for line in lines)
        assert any("6.953 mensen" in line for line in lines)


def test_labels_fit_at_the_right_of_their_marks():
    with style.house():
        figure, ax = Page("nl").sheet(exhibit("figure1_reach"), 2.0, gutter=2.0)
        marks = [(100, "kort"), (90, "een heel lang label dat nog moet passen"), (5, "klein")]
        style.fit(ax, marks)
        width = style.size(ax)[0]
        for end, words in marks:
            begin = ax.transData.transform((style.beside(ax, end), 0))[0] / figure.dpi
            left = ax.get_position().x0 * style.WIDTH
            assert begin - left + style.inches(words) <= width + 1e-6


@pytest.mark.parametrize(("lang", "day"), [("nl", "9 oktober 2023"), ("en", "9 October 2023")])
def test_status_line_names_the_state_of_the_sources(lang, day):
    assert day in style.status(lang).plain


def test_bars_that_touch_are_a_colour_and_white():
    with style.house():
        ax = Figure().add_subplot()
        charts.Bar("", 3, 5, ()).draw(ax, 0, "nl")
    _, end = ax.patches
    assert matplotlib.colors.to_hex(end.get_facecolor()) == style.WHITE
    assert contrast(matplotlib.colors.to_hex(end.get_edgecolor()), style.WHITE) >= GRAPHIC
    assert end.get_linestyle() in ("--", "dashed")
    assert end.get_hatch() is None


@pytest.mark.parametrize("name", ["figure1_reach", "bounds"])
def test_a_bare_figure_says_nothing_that_the_page_says_and_keeps_the_drawing(name):
    shown = exhibit(name)
    whole, bare = shown.draw("nl"), shown.draw("nl", bare=True)
    assert [text for text in whole.texts if text.get_gid().startswith(f"t:{shown.key}.title")]
    assert bare.texts == []
    assert not bare.patch.get_visible()
    assert not any(ax.patch.get_visible() for ax in bare.axes)
    labels = [
        [(text.get_gid(), text.get_text()) for ax in one.axes for text in ax.texts] for one in (whole, bare)
    ]
    assert labels[0] == labels[1]
    assert bare.get_figheight() < whole.get_figheight()
    assert [style.size(ax) for ax in bare.axes] == [pytest.approx(style.size(ax)) for ax in whole.axes]


@pytest.mark.parametrize("top", [0.5, 1, 1.06, 2, 9])
def test_a_course_of_few_people_has_a_scale(top):
    """Of a group where nobody, or one person, is overdue: two numbers were taken for none."""
    ax = Figure().add_subplot()
    charts.scale(ax, [datetime.date(2020, 1, 6), datetime.date(2024, 1, 1)], top, "nl")
    assert len(ax.get_yticks()) > 2


def test_months_of_a_course_of_three_years_stand_clear_of_each_other_and_hold_no_number():
    ax = Figure().add_subplot()
    charts.scale(ax, [datetime.date(2026, 1, 5), datetime.date(2028, 12, 25)], 9, "nl")
    assert [one.get_text() for one in ax.get_xticklabels()] == ["jul", "jan", "jul", "jan", "jul"]
