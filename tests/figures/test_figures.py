"""Each figure: traced words, a closed palette, nothing that overlaps or leaves the page, same bytes twice."""

import datetime
import io
import re
from dataclasses import replace

import polars as pl
import pytest
import readability
from exhibits import DRAWN, TABLES, exhibit, short, svg, words
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from kik_analysis.capacity import layers
from kik_analysis.evidence.table import Table
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.figures import caseload, history, style
from kik_analysis.language import notation
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.language.sentences import Ref
from kik_analysis.report import tables, tracing
from kik_analysis.report.publish import draw

EACH = [(name, lang) for place, name in enumerate(DRAWN) for lang in LANGUAGES[:: 1 - 2 * (place % 2)]]
KEY_NUMBERS = {
    "figure1_reach": {"6953", "3939", "1757", "1019", "238"},
    "figure2_followup": {"3939", "341", "233", "1000", "1099", "1700", "1650", "1749", "517", "715"},
    "funnel_2015_2019": {"13275", "6835", "6042", "5976", "6108", "398", "332", "464", "3939", "4177"},
    "timeline": {"13275", "6835", "6953", "3939", "1447", "600"},
    "register_draws": {"6953", "13275", "1019", "400", "510", "332", "464", "398"},
    "percentage_audit": {"15", "5", "1", "2", "7", "50%", "433%", "29", "80%", "60%"},
    "small_groups": {"29", "23", "60%", "92%", "17", "39%", "76%", "4", "40%", "6", "54%", "3", "12%", "88%"},
    "interval_width": {"4", "86", "6", "76", "29", "38", "100", "20"},
    "pilot_power": {"500", "757", "41", "81", "250", "68", "123", "5%", "60%"},
    "sham_run": {"001", "18%", "003", "35%", "010", "58%", "47%", "52%"},
}


def drawn(name, lang):
    """Return the matplotlib figure itself."""
    return exhibit(name).draw(lang)


def sources(shown, lang):
    """Return the numbers that a figure may show by id, and the dates and names with digits."""
    known = {one.id: one for one in [*shown.table.cells(), *shown.numbers.values()]}
    words = shown.words.values()
    dates = [notation.date(one, lang) for one in words if isinstance(one, datetime.date)]
    names = [one.text for one in words if isinstance(one, Ref)]
    return known, [*dates, *names, "9 oktober 2023", "9 October 2023", "0.1.0"]


@pytest.mark.long(every=5)
@pytest.mark.parametrize(("name", "lang"), EACH)
def test_no_label_is_untraced_or_stale_and_a_forged_one_is_found(name, lang):
    known, dates = sources(exhibit(name), lang)
    assert tracing.untraced(svg(name, lang), lang) == []
    assert tracing.stale(svg(name, lang), known, lang, known=dates) == []
    forged = re.sub(
        r"(<g id=\"[nt]:[^\"]*\">\s*<text[^>]*>[^<\d]*)\d", r"\g<1>9999", svg(name, lang), count=1
    )
    assert tracing.stale(forged, known, lang, known=dates)


@pytest.mark.long(every=5)
@pytest.mark.parametrize(("name", "lang"), EACH)
def test_only_colours_of_the_palette_and_letters_large_enough_on_a_page_of_760_pixels(name, lang):
    found = set(re.findall(r"(?:fill|stroke): ?([#\w]+)", svg(name, lang))) - {"none", "url"}
    assert found <= {*style.MEANINGFUL, style.WHITE, style.GRID}
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg(name, lang))[1])
    assert width == pytest.approx(760 * 72 / 96, abs=0.5)
    assert min(one.size for one in words(svg(name, lang))) >= 9


@pytest.mark.long(every=5)
@pytest.mark.parametrize(("name", "lang"), EACH)
def test_no_word_covers_another_or_leaves_the_figure_on_a_page_and_on_a_phone(name, lang):
    assert style.whole(drawn(name, lang))
    narrow = exhibit(name).draw(lang, bare=True, width=style.NARROW)
    assert narrow.get_figwidth() * 96 <= 360
    assert style.whole(narrow)
    for ax in narrow.axes:  # no name stands on a bar
        bars = [one.get_window_extent().padded(-1) for one in ax.patches if one.get_visible()]
        names = [one for one in ax.get_yticklabels() if one.get_text().strip()]
        hit = [one.get_text() for one in names for bar in bars if bar.overlaps(one.get_window_extent())]
        assert hit == []
    sizes = [one.get_fontsize() for one in narrow.findobj(Text) if one.get_text().strip()]
    assert min(sizes) >= 9  # 12 pixels
    with rc_context({"svg.fonttype": "none"}), io.StringIO() as stream:
        narrow.savefig(stream, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
        assert tracing.untraced("<svg" + stream.getvalue().partition("<svg")[2], lang) == []


def test_draws_of_a_scenario_hand_over_what_all_registers_share():
    """Who had left differs with how many are known to WIJ; one id is one number in a run."""
    found = exhibit("register_draws").numbers
    assert {name for name in found if "/" not in name} == {"members", "invitations"}


@pytest.mark.parametrize(("x", "y", "seen"), [(0.5, 0.9, True), (0.5, 0.5, False), (0.95, 0.1, False)])
def test_a_word_that_covers_another_or_leaves_the_figure_is_found(x, y, seen):
    figure = Figure(figsize=(4, 2))
    figure.text(0.5, 0.5, "Gesproken")
    figure.text(x, y, "Niet bereikt")
    assert style.whole(figure) is seen


@pytest.mark.long(every=5)
@pytest.mark.parametrize(("name", "lang"), EACH)
def test_the_text_alternative_does_the_figures_job(name, lang):
    alternative = exhibit(name).text("alt", lang)
    found = {re.sub(r"[.,]", "", token).strip() for token in re.findall(r"\d[\d.,]*%?", alternative.plain)}
    assert KEY_NUMBERS.get(name, set()) <= found
    assert len(alternative.numbers) >= 2
    assert re.search(r" (waarin|where) ", alternative.plain)
    assert not re.search(r"\d", re.sub(r"<(data|time|span) .*?</\1>", "", alternative.html))


@pytest.mark.long(every=3)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [*DRAWN, *TABLES])
def test_title_is_a_short_message_sentences_are_plain_and_the_table_can_be_shown(name, lang):
    shown = exhibit(name)
    title, *rest = (shown.text(part, lang) for part in ("title", "subtitle", "alt", "note"))
    said = "\n".join(text.plain for text in rest if text.plain)
    assert 4 <= len(title.plain.split()) <= 15 - 5 * (name in DRAWN)
    assert not title.plain.endswith(".")
    assert tracing.find(f"{title.plain}\n{said}", "number_words", lang) == []
    page = tables.html(shown.table, lang, title) if shown.table.place == "page" else ""
    assert tracing.untraced(page, lang) == []
    assert tracing.find(f"{title.plain}\n{said}" + re.sub(r"<[^>]+>", " ", page), "banned", lang) == []
    if lang == "nl":
        found = readability.measure(said)
        assert found.longest <= 24, found.longest_sentence
        assert found.mean <= 14


def test_a_figure_is_drawn_from_its_own_table():
    shown = exhibit("figure1_reach")
    frame = shown.table.frame.with_columns(
        pl.when(pl.col("category") == "spoken").then(3333).otherwise(pl.col("persons")).alias("persons")
    )
    other = replace(shown, table=Table("figure1_reach", frame, shown.table.columns))
    labels = {one.text for one in words(draw(other, "nl")["svg"].decode())}
    assert any(label.startswith("3.333") for label in labels)
    assert not any(label.startswith("3.939 (") for label in labels)


def test_sentences_show_the_cells_that_they_address():
    shown = caseload.waiting_times(layers.run(short().replace({"team.fte": 40}), draws=2))
    assert shown.numbers["follow_up/q90"] == shown.table.at("follow_up", "q90")
    assert "waiting_times/follow_up/q90" in shown.text("title", "nl").numbers
    other = replace(
        shown, table=replace(shown.table, frame=shown.table.frame.with_columns(pl.lit(7).alias("q90")))
    )
    assert other.text("title", "nl").plain.endswith("7 weken")


def test_the_gap_is_hatched_and_nothing_is_rescaled():
    with style.house():
        bars = drawn("figure2_followup", "nl").axes[0].patches
    hatched = [bar for bar in bars if bar.get_hatch()]
    assert [bar.get_width() for bar in hatched] == [517]
    assert [bar.get_width() for bar in bars if not bar.get_x()] == [341, 233, 1000, 1650, 517]


def test_people_in_the_funnel_are_flat_ranges():
    with style.house():
        bars = drawn("funnel_2015_2019", "en").axes[0].patches
    white = (1.0, 1.0, 1.0, 1.0)  # an open end
    spans = [(b.get_x(), b.get_x() + b.get_width()) for b in bars if b.get_facecolor() != white]
    assert spans[4:] == [(4177, 13275), (3939, 6835)]
    assert all(begin == 0 for begin, _ in spans[:4])


def test_a_planted_claim_reaches_the_figure():
    with substituted(claims().replace("L058", value=999, low=999, high=999)):
        planted = draw(history.figure1_reach(), "en")["svg"].decode()
    assert any("999" in one.text for one in words(planted))
    assert planted != svg("figure1_reach", "en")
