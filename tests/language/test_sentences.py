"""No digit enters a sentence but through a named number, a date or a reference."""

import datetime
from importlib import resources

import pytest

from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import Number
from kik_analysis.evidence.reads import Evidence
from kik_analysis.language import sentences
from kik_analysis.language.sentences import Ref, fill, singular

SHARE = Number(
    "figure1.spoken_share",
    56.65180497626923,
    56.5,
    None,
    "percent",
    1,
    Evidence.RECOMPUTED,
    ("claim:L042",),
    "m.f",
)
FILES = [
    entry.name.removesuffix(".toml")
    for entry in (resources.files("kik_analysis") / "texts").iterdir()
    if entry.name.endswith(".toml")
]


def test_a_number_carries_its_machine_value_its_class_and_its_id():
    one = Number("a.b", 1, None, None, "count", 0, Evidence.SIMULATED, ("simulation:s",), "here")
    assert fill("uit {x} berekeningen", "nl", {"x": one}).plain == "uit 1 berekening"
    assert singular("1 of 1 runs, 0,1 weken, 21 weeks") == "1 of 1 run, 0,1 weken, 21 weeks"
    filled = fill("Dat is {x}.", "nl", {"x": SHARE})
    assert filled.plain == "Dat is 56,7%."
    assert filled.html == (
        'Dat is <data class="recomputed" value="56.65180497626923" '
        'data-n="figure1.spoken_share">56,7</data>%.'
    )
    assert filled.numbers == ("figure1.spoken_share",)


def test_limits_dates_and_references():
    filled = fill(
        "{ref}, {x.low}, {day}",
        "nl",
        {"x": SHARE, "ref": Ref("Figuur 1"), "day": datetime.date(2019, 10, 10)},
    )
    assert filled.plain == "Figuur 1, 56,5%, 10 oktober 2019"
    assert 'data-part="low"' in filled.html
    assert '<time datetime="2019-10-10">' in filled.html
    assert '<span data-ref="Figuur 1">' in filled.html


@pytest.mark.parametrize("template", ["Er zijn 6.953 mensen", "{x} van 3"])
def test_a_typed_digit_is_refused(template):
    with pytest.raises(ModelError, match="digit"):
        fill(template, "nl", {"x": SHARE})


@pytest.mark.parametrize(
    ("template", "values", "message"),
    [
        ("{y}", {"x": SHARE}, "no value for"),
        ("{x}", {"x": 6953}, "expected a named number"),
        ("{x}", {"x": "12 fte"}, "digit"),
        ("{x.high}", {"x": SHARE}, "has no high"),
        ("{x.reads}", {"x": SHARE}, "names no part"),
    ],
)
def test_what_cannot_be_filled_is_told(template, values, message):
    with pytest.raises(ModelError, match=message):
        fill(template, "nl", values)


def test_html_is_escaped():
    assert fill("a < b {w}", "en", {"w": "<script>"}).html == "a &lt; b &lt;script&gt;"


@pytest.mark.parametrize("stem", FILES)
def test_every_file_has_both_languages_with_the_same_placeholders_and_no_digit(stem):
    import re
    import string

    for key in sentences.keys(stem):
        fields = {}
        for lang in ("nl", "en"):
            parts = list(string.Formatter().parse(sentences.template(key, lang)))
            assert not any(re.search(r"\d", literal) for literal, *_ in parts), key
            assert sentences.template(key, lang).strip(), key
            fields[lang] = {field for _, field, *_ in parts if field}
        assert fields["nl"] == fields["en"], key


def test_a_placeholder_may_be_the_address_of_a_cell():
    number = Number("t/9.0/spoken/share", 48.0, 40.0, 51.0, "percent", 0, Evidence.ASSUMED, (), "m.f")
    values = {"9.0/spoken/share": number}
    assert fill("{9.0/spoken/share} ({9.0/spoken/share.low})", "nl", values).plain == "48% (40%)"
    with pytest.raises(ModelError, match="no value for"):
        fill("{8.0/spoken/share}", "nl", values)
