"""No number a reader sees is untraced, stale or forged; each check is shown to catch a fault."""

import re

import pytest
import report_sample

from kik_analysis.errors import RunError
from kik_analysis.report import build, publish, tracing

LANGUAGES = ("nl", "en")
KNOWN = {
    "nl": {"10 oktober 2019", "31 juli 2019", "1", "2"},
    "en": {"10 October 2019", "31 July 2019", "1", "2"},
}


@pytest.fixture(scope="module")
def drawing(built):
    """The Dutch file of Figure 1, and the numbers of its exhibit."""
    stored = next(one for one in publish.read_all(built) if one.name == "figure1_reach")
    own = {number.id: number for number in build.of_exhibit(stored, built)}
    return (built / "figures/figure1_reach.nl.svg").read_text(encoding="utf-8"), own


def plant(page: str, words_in: str) -> str:
    """Put words at the end of the first intro."""
    return re.sub(r'(<p class="intro">[^<]*)', lambda found: f"{found[1]} {words_in}", page, count=1)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_hold_no_untraced_and_no_stale_number(texts, numbers, lang):
    assert tracing.untraced(texts[lang], lang) == []
    assert len([one for one in tracing.walk(texts[lang]).shown if one.kind == "data"]) > 200
    assert tracing.stale(texts[lang], numbers, lang, known=KNOWN[lang]) == []


TYPED = {
    "nl": [
        "6.953 mensen", "de helft", "9 fte", "twaalf weken", "een kwart", "anderhalf", "zevenduizend mensen",
        "zesendertig procent", "driehonderdvijftig", "tweeëntwintig", "wijk XIV", "deel II", "½ deel", "m²",
        "een viertal", "tienmaal", "een achtste", "eenderde",
    ],
    "en": ["twelve weeks", "a dozen people", "half of them", "6,953", "A THIRD of them", "thirty-six", "IV"],
}  # fmt: skip
HARMLESS = [
    "een eerste gesprek", "onze achterstand", "verzesvoudigen", "in het halfjaar", "wij tweeën", "WIJ", "VVD",
    "de I van inwoner", "eenheid", "achteruit", "dixit", "civiel",
]  # fmt: skip


@pytest.mark.parametrize(("lang", "fault"), [(lang, one) for lang in LANGUAGES for one in TYPED[lang]])
def test_a_typed_number_is_found(texts, lang, fault):
    page = re.match(r'.*?<p class="intro">.*?</p>', texts[lang], re.DOTALL)[0]  # as far as it is planted
    assert tracing.untraced(page, lang) == []
    found = tracing.untraced(plant(page, fault), lang)
    assert fault in found[0]


@pytest.mark.parametrize("harmless", HARMLESS)
def test_articles_terms_and_parts_of_words_are_no_numbers(harmless):
    assert tracing.find(harmless, "number_words", "nl") == []
    assert tracing.find(f"{harmless} ze\u200bven ｔｗａａｌｆ", "number_words", "nl") == ["zeven", "twaalf"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<h1>", '<h1 aria-label="9 fte">'),
        ("<h1>", '<h1 title="de helft">'),
        ("<h1>", "<h1>de <em>hel</em>ft "),
    ],
)
def test_a_number_said_aloud_or_split_is_found(texts, old, new):
    assert len(tracing.untraced(texts["nl"].replace(old, new, 1), "nl")) == 1


FORGED = [
    (r">3\.939</data>", ">3.940</data>", r"shows '3.940'.*numbers.json says '3.939'"),
    (r'value="3939.0" data-n="figure1', 'value="3940.0" data-n="figure1', "shows '3.939' 3940.0"),
    (r'data-n="figure1.spoken"', 'data-n="figure1.invented"', "no number 'figure1.invented'"),
    (r'(<p class="intro">)', r'\1<data value="1" data-n="claim/L042" data-part="low">1</data>', "no 'low'"),
    (r"(<desc [^>]*>[^<]*?)3\.939", r"\g<1>3.938", "not the same as in #first-figure1_reach-alt"),
    (r'(<time datetime="2019-10-10">)[^<]*', r"\g<1>3939 mensen", "<time> of '2019-10-10': shows"),
    (r'<time datetime="2019-10-10">', '<time datetime="3939">', "<time> of '3939'"),
    (r'(data-tick="">.*?<text[^>]*>)[^<]*', r"\g<1>5 van 3939", "'5 van 3939'.* stands for no number"),
    (r'(data-label="t:.*?<text[^>]*>)[^<]*', r"\g<1>zevenduizend mensen", "zevenduizend stands for no"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), FORGED)
def test_what_shows_something_else_is_found(texts, numbers, old, new, message):
    page = re.sub(old, new, texts["nl"], count=1, flags=re.DOTALL)
    assert page != texts["nl"]
    found = tracing.stale(page, numbers, "nl", known=KNOWN["nl"])
    assert any(re.search(message, one) for one in found), found


def test_figures_show_only_numbers_of_their_exhibit(drawing):
    svg, own = drawing
    assert tracing.untraced(svg, "nl") == []
    known = {*KNOWN["nl"], "9 oktober 2023", "0.1.0", report_sample.DIGEST}
    assert tracing.stale(svg, own, "nl", known=known) == []
    # a number of another exhibit is no number of this one
    forged = re.sub(
        r'(<g id="t:history.figure1_reach.title[^"]*">.*?)6\.953', r"\g<1>13.275", svg, flags=re.DOTALL
    )
    assert forged != svg
    assert any("13.275 stands for no number" in one for one in tracing.stale(forged, own, "nl", known=known))
    # nor is another number of this one, which the sentence does not name
    assert ">1.757 (" in svg
    swapped = svg.replace(">1.757 (", ">3.939 (")
    assert any("3.939 stands for no number" in one for one in tracing.stale(swapped, own, "nl", known=known))


@pytest.mark.parametrize("gid", ["text_9", "patch_3"])
def test_a_number_drawn_without_a_name_is_found(drawing, gid):
    svg, _ = drawing
    drawn = re.sub(r'<g id="t:history.label.count_share[^"]*">', f'<g id="{gid}">', svg, count=1)
    assert drawn != svg
    assert len(tracing.untraced(drawn, "nl")) == 1


AXIS = '<svg xmlns="http://www.w3.org/2000/svg"><g id="matplotlib.axis_1">{}</g>{}</svg>'
TICK = '<g id="{}tick_{}"><g id="text_{}"><text style="" x="{}" y="{}">{}</text></g></g>'


@pytest.mark.parametrize(
    ("labels", "straight"),
    [
        (["0", "1.000", "2.000"], True),
        (["-5", "0", "+5"], True),
        (["5 fte", "10", "15"], True),
        (["2016", "2017", "2018"], True),
        (["Gesproken", "Niet bereikt"], True),
        (["0", "10", "3939"], False),
        (["Gesproken", "9 fte", "Niet bereikt"], False),
        (["7", "7", "7"], False),
    ],
)
def test_numbers_on_an_axis_are_a_scale(labels, straight):
    ticks = "".join(TICK.format("x", n, n, 10 * n, 50, label) for n, label in enumerate(labels))
    found = tracing.crooked(AXIS.format(ticks, '<g id="n:a"><text x="1" y="2">9</text></g>'), "nl")
    assert (found == []) is straight


def test_a_label_under_the_id_of_an_axis_is_found():
    svg = AXIS.format("", "").replace("<g id=", TICK.format("x", 9, 9, 1, 1, "3939") + "<g id=", 1)
    assert tracing.crooked(svg, "nl") == ["a label is called one of an axis, and stands on none"]


def test_what_is_printed_is_held_to_account_where_an_exhibit_has_no_title():
    cell = {"cell_type": "code", "metadata": {}, "outputs": [{"output_type": "stream", "text": "3940"}]}
    assert [what for *_, what in tracing.computed([cell], set(), {""})] != []


def test_a_page_with_a_typed_number_is_not_delivered(staging, monkeypatch):
    typed = [("fte", "een team van 9 fte")]
    monkeypatch.setattr("kik_analysis.report.appendices.Appendices.glossary", lambda self: typed)
    with pytest.raises(RunError, match=r"report/nl.html: .*9 fte.*a digit without a source"):
        report_sample.run(staging)
    assert not (staging / "report/nl.html").exists()


@pytest.mark.parametrize("code", ['int("3939")', "3938 + 1", 'float("0.57")', "13 * 303", "Decimal('3939')"])
def test_numbers_made_of_literals_are_seen(code):
    assert made_of_literals(f"x = {code}")


def made_of_literals(source: str) -> list[str]:
    """Return each number in Python code that is put together from literals, to look like no number."""
    import ast

    def literal(node: ast.AST) -> bool:
        if isinstance(node, ast.UnaryOp | ast.BinOp):
            return all(literal(one) for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr))
        return isinstance(node, ast.Constant) and isinstance(node.value, int | float)

    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
            "int",
            "float",
            "Decimal",
            "Fraction",
        ):
            texts = [one for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            found += [ast.unparse(node) for one in texts if tracing.numeric(one.value)]
        elif isinstance(node, ast.BinOp) and literal(node):
            found.append(ast.unparse(node))
    return found


def test_no_notebook_makes_numbers_of_literals():
    import json
    from pathlib import Path

    for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                assert made_of_literals("".join(cell["source"])) == [], path.name
