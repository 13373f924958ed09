"""The figure of bounds: flat ranges where the numbers say, words that are traced, both languages."""

import pytest
from exhibits import exhibit, svg, words
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.facts.identification import identification
from kik_analysis.figures import bounds, style
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.report import tables


@pytest.fixture(scope="module")
def shown():
    return exhibit("bounds")


@pytest.fixture(scope="module")
def drawings():
    return {lang: svg("bounds", lang) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def axes(shown):
    return shown.draw("nl").axes


def solid(ax):
    return [one for one in ax.patches if one.get_facecolor()[:3] != (1.0, 1.0, 1.0)]


def number(low, high, unit="persons"):
    return Number("x.y", None, low, high, unit, 0, Evidence.BOUNDED, ("claim:L042",), "m.f")


def test_each_bar_runs_from_limit_to_limit(shown, axes):
    drawn = [
        (round(bar.get_x(), 9), round(bar.get_x() + bar.get_width(), 9)) for ax in axes for bar in solid(ax)
    ]
    asked = identification().quantities.items()
    shares = [name for name, one in asked if one.unit == "share"]
    counts = [name for name, one in asked if one.unit not in ("share", "ratio")]
    expected = [shown.numbers[name] for name in (*shares, *counts)]
    assert drawn == [(round(one.low, 9), round(one.high, 9)) for one in expected]
    assert len(drawn) == 9


def test_bars_are_flat_in_one_colour_and_have_no_centre(axes):
    for ax in axes:
        assert ax.lines == [] or len(ax.lines) == 0
        assert ax.collections == [] or len(ax.collections) == 0
        assert all(isinstance(one, Rectangle) and one.get_hatch() is None for one in ax.patches)
    colours = {bar.get_facecolor()[:3] for ax in axes for bar in solid(ax)}
    assert colours == {to_rgb(style.COLOURS[Evidence.BOUNDED])}


def test_open_bars_contain_the_filled_ones(axes):
    for ax in axes:
        for bar in ax.patches:
            if bar in solid(ax):
                continue
            over = next(one for one in solid(ax) if abs(one.get_y() - bar.get_y()) < 0.5)
            assert bar.get_x() <= over.get_x() + 1e-9
            assert bar.get_x() + bar.get_width() >= over.get_x() + over.get_width() - 1e-9


@pytest.mark.parametrize(
    ("lang", "label"), [("nl", "tussen 38,3% en 51,5%"), ("en", "between 38.3% and 51.5%")]
)
def test_labels_say_between_and_and(lang, label, drawings):
    found = {one.text for one in words(drawings[lang])}
    assert label in found
    assert {"nl": "geen grens", "en": "no limit"}[lang] in found


@pytest.mark.parametrize(
    ("low", "high", "plain"),
    [
        (1, 2, "tussen 1 en 2"),
        (5, 5, "precies 5"),
        (3, None, "3 of meer"),
        (None, 9, "9 of minder"),
        (None, None, "geen grens"),
    ],
)
def test_a_limit_that_does_not_exist_is_not_invented(low, high, plain):
    assert bounds.label(number(low, high)).text("nl").plain == plain


def test_an_empty_limit_is_an_empty_cell():
    table = bounds.bounds_table("counts").table
    row = table.row_keys.index("resolved_outside_pilot/")
    low = table.column("low")
    assert table.cell(row, low) is None
    assert tables.cell(table, row, low, "nl").plain == ""


def test_a_question_without_a_short_name_is_shown_in_full():
    assert bounds.name_of("people_spoken", "nl") == "Mensen die zijn gesproken"
    assert (
        bounds.name_of("invitations_per_person", "en")
        == identification().quantity("invitations_per_person").words["en"]
    )


def test_every_short_name_belongs_to_a_question():
    named = {key.rpartition(".")[2] for key in sentences.keys("bounds") if key.startswith("bounds.quantity.")}
    assert named <= set(identification().quantities)


def test_a_sentence_cannot_show_a_limit_that_does_not_exist():
    with pytest.raises(ModelError, match="has no low"):
        sentences.text("bounds.label.between", "nl", range=number(None, 3))
