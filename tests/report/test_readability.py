"""The gate on plain Dutch, on the filled-in text that a reader gets."""

import re
from html.parser import HTMLParser

import pytest
import readability
from readability import measure, syllables

from kik_analysis.language import sentences
from kik_analysis.report import tracing

SYLLABLES = {
    "over": 2, "eten": 2, "april": 2, "open": 2, "idee": 2, "alinea": 4, "uitnodigingen": 5, "leeuw": 1,
    "nieuwe": 2, "ideeën": 3, "gemeente": 3, "reünie": 3, "bijstand": 2, "geëist": 3, "financiën": 4, "de": 1,
    "fte": 1, "wij": 1, "eeuwen": 2, "draaien": 2, "3.939": 1, "situatie": 4,
}  # fmt: skip
PLAIN = (
    "De gemeente had 1.757 mensen nog niet benaderd. Zij wilde dat vóór 1 april 2020 hebben gedaan. "
    "Op de dag van de brief waren er nog 25 weken over."
)
HARD = (
    "Tengevolge van capaciteitsproblematiek betreffende consulentenformatie kon de geambieerde benaderings"
    "frequentie ten aanzien van uitkeringsgerechtigden zonder traditionele dienstverleningsovereenkomst niet "
    "gerealiseerd worden, waardoor aanvullende maatregelen noodzakelijk bleken."
)


class Prose(HTMLParser):
    """The prose of a page: lead, sentences of the first page, statistics of figures, intros of parts."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.open: list[tuple[str, bool, bool]] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        names = set((dict(attrs).get("class") or "").split())
        _, inside, silent = self.open[-1] if self.open else ("", False, False)
        root = (tag == "p" and names & {"lead", "intro", "subtitle"}) or tag == "li"
        if root and not inside:
            self.blocks.append("")
        if tag not in ("br", "wbr", "meta"):
            self.open.append((tag, inside or bool(root), silent or bool(names & {"mark", "source", "aside"})))

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1][1] and not self.open[-1][2]:
            self.blocks[-1] += data


def prose(page: str) -> list[str]:
    """Return the blocks of prose of a page, the menu left out."""
    body = re.search(r"<body.*</body>", page, flags=re.DOTALL)[0]
    words_alone = re.sub(r"<nav.*?</nav>|<svg.*?</svg>", "", body, flags=re.DOTALL)
    return [" ".join(block.split()) for block in Prose(words_alone).blocks]


def test_syllables_are_groups_of_vowels():
    assert {word: syllables(word) for word in SYLLABLES} == SYLLABLES


def test_the_score_is_the_published_formula():
    found = measure("Zij sprak met hem. Zij sprak met hem.")
    assert (found.words, found.sentences, found.mean) == (8, 2, 4)
    assert found.score == pytest.approx(206.84 - 0.77 * 100 - 0.93 * 4)
    assert measure("gemeente").score == pytest.approx(206.84 - 0.77 * 300 - 0.93)


def test_numbers_and_dates_do_not_end_a_sentence():
    assert measure(PLAIN).sentences == 3
    assert measure("Van 38,3% tot 51,5%. Dat is 6.953.").sentences == 2


def test_plain_text_passes_and_office_dutch_does_not():
    assert readability.gate(PLAIN) == []
    problems = readability.gate(HARD)
    assert any("Flesch-Douma" in one for one in problems)
    assert any("words a sentence" in one for one in problems)


@pytest.mark.parametrize(
    "word", ["klant", "cliënten", "kaartenbak", "weigeraar", "wachtlijst", "bestand", "Klant"]
)
def test_words_we_do_not_use_are_found(word):
    assert tracing.find(f"Dit is een {word}.", "banned", "nl") == [word]
    assert readability.gate(f"{PLAIN} De gemeente noemde dat een {word}.") == [f"the word {word!r}"]


def test_the_client_council_keeps_its_name():
    assert tracing.find("De cliëntenraad let op de vrijwilligheid; bestanden ook.", "banned", "nl") == []


def test_the_dutch_page_is_plain(built):
    blocks = prose((built / "report/nl.html").read_text(encoding="utf-8"))
    assert any(block.startswith("Bij het begin was met 3.939 van de 6.953") for block in blocks)
    assert not any("gepubliceerd De" in block for block in blocks)
    assert measure("\n".join(blocks)).words > 250
    assert readability.gate("\n".join(blocks)) == []


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_no_sentence_of_ours_uses_a_banned_word(lang):
    for stem in ("report", "first", "glossary", "tables"):
        for key in sentences.keys(stem):
            assert tracing.find(sentences.template(key, lang), "banned", lang) == [], key


def test_the_intros_of_all_parts_are_plain():
    keys = [key for key in sentences.keys("section") if key.endswith(".intro")]
    assert {"section.history.intro", "section.audit.intro"} <= set(keys)
    text = "\n".join(re.sub(r"\{[^}]*\}", "1.234", sentences.template(key, "nl")) for key in keys)
    assert readability.gate(text) == []
