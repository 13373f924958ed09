"""What ``kik`` says, in the language of who reads it."""

import ast
import functools
import re
import tomllib
from pathlib import Path

import pytest

from kik_analysis import cli
from kik_analysis.language import sentences
from kik_analysis.reading import models

ROOT = Path(__file__).resolve().parents[2] / "kik_analysis"
PYTHON = ("statistics", "evidence", "language")
"""Rooms whose errors only callers of a function see: these stay English."""
CALLS = re.compile(
    "add|wrong|problem|_?refuse|Problem|(Parameter|Input|Data|Model|Run|Kik|Value|Type|ArgumentType|_Usage|"
    "PydanticCustom|Cell)Error|note|error|bad|line|Finding|fail|matching|one_of|_one_of|WrongCell|_known|Broken|_say"
)
"""What takes a message as an argument."""
NAMED = re.compile(r"(\w+, )?(what|expected|got|wanted|problems|wrong|told|edited|PER_PERSON)\b.{0,12} \+?= ")
"""How a message is called before it is an argument."""
NO_WORDS = (
    r"# yaml-|import numpy|<div |totals with different|no canonical form|register of draw|members, former|"
    r"(- )?\{(name|set|per_segment): |nl, en|(\{\}:1: )?\{\}:? (\(got |\{\} to \{\})|; add extends|"
    r"\{\} published claims|synthetic register, draw|\{\}, \{\}: \{\} draws|\{\}: \{\}: \{\} \(this is|"
    r"segment, dated, monday|Scenario of |reference_day|--host"
)
"""Code, markup, notation and errors of our own hand: nobody translates these."""
_, *SAID = Path(__file__).with_name("said.txt").read_text("utf-8").splitlines()


def template(node: ast.AST) -> str:
    """Return a text or an f-string with ``{}`` for what is filled in; nothing for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


@functools.cache
def written() -> dict[str, str]:
    """Return every sentence that the library may say to a person, with its place."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        room = path.relative_to(ROOT).parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if room not in PYTHON else ():
            given: list[ast.AST] = []
            called = getattr(node, "func", None)
            name = getattr(called, "attr", getattr(called, "id", ""))
            value = getattr(node, "value", None)
            value = getattr(value, "elt", value)
            told = isinstance(node, ast.Yield | ast.YieldFrom | ast.Return)
            told |= isinstance(node, ast.Assign | ast.AugAssign) and bool(NAMED.match(ast.unparse(node)))
            if isinstance(node, ast.Call) and CALLS.fullmatch(name):
                given = [*node.args, *(one.value for one in node.keywords)]
            elif told and value is not None:
                given = value.values if isinstance(value, ast.Dict) else getattr(value, "elts", [value])
            elif isinstance(node, ast.Dict):
                given = node.keys
            for one in given:
                for part in (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,):
                    text = template(part)
                    words = re.findall("[a-z]{2,}", text.replace("{}", ""))
                    if " " in text and len(words) > 1 and not re.match(NO_WORDS, text):
                        found[text] = f"{path.relative_to(ROOT)}:{part.lineno}"
    for row in tomllib.loads((ROOT / "commands.toml").read_text(encoding="utf-8")).values():
        found |= dict.fromkeys((row["summary"], *(one["help"] for one in row["arguments"])), "commands.toml")
    for row in tomllib.loads((ROOT / "pilots.toml").read_text(encoding="utf-8"))["clashes"]:
        found[re.sub(r"\{\w+\}", "{}", row["what"])] = f"pilots.toml: {row['key']}"
    return found | {text: "what pydantic finds" for pair in models.SAID.values() for text in pair}


@functools.cache
def in_dutch(text: str) -> list[str]:
    """Return what is said in Dutch, of the message whole or without what stands around it; nothing if not."""
    filled = text.replace("{}", "X1")
    forms = (filled, re.sub(r"^(X1:X1: |X1: )", "", filled), filled.strip("; "), re.sub("X1$", "", filled))
    told = {form: sentences.told(form, "nl") for form in forms}
    return [said for form, said in told.items() if said != form or form in sentences.catalogue()]


ENGLISH = r"\b(the|and|not|write|expected|got|for|an|with|this|outside|what|possible|must|there|or|by)\b"
QUOTED = r"de tekst '.*?'|\{.*?\}|&\w+|[\w.]+[.\[]\w+"
"""What a person wrote, and keys: they are nobody's language."""


def test_no_line_about_a_bad_file_is_half_in_english():
    """Each hint, unit and list inside a sentence is said in its language too."""
    files = sorted((ROOT.parent / "tests" / "parameters" / "bad").glob("*.expected"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    said = {line: re.sub(QUOTED, "", sentences.told(line, "nl")).partition(": ")[2] for line in lines}
    half = {line: dutch for line, dutch in said.items() if re.search(ENGLISH, dutch)}
    assert half == {}
    assert len(lines) > 150
    ways = {text: [re.sub(QUOTED, "", one) for one in in_dutch(text)] for text in written()}
    ways.pop("{}: {} (got {} from {} on, after {})")  # no sentence before what was got
    assert not [text for text, some in ways.items() if some and all(re.search(ENGLISH, one) for one in some)]


def test_everything_that_is_said_is_there_in_dutch():
    missing = {text: place for text, place in written().items() if not in_dutch(text)}
    assert missing == {}
    assert len(written()) > 300


@pytest.mark.parametrize(("english", "dutch"), [line.split(" => ") for line in SAID])
def test_a_line_is_said_in_dutch_and_left_alone_in_english(english, dutch):
    assert sentences.told(english, "nl") == dutch
    assert sentences.told(english, "en") == english


@pytest.mark.parametrize(
    ("set_to", "lang"),
    [("nl", "nl"), ("nl_NL.UTF-8", "nl"), ("en", "en"), ("fr_FR.UTF-8", "en"), ("C", "en")],
)
def test_the_language_is_that_of_the_person(monkeypatch, set_to, lang):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "C")
    monkeypatch.setenv(sentences.VARIABLE, set_to)
    assert sentences.preferred() == lang
    monkeypatch.delenv(sentences.VARIABLE)
    monkeypatch.setenv("LC_ALL", set_to)
    assert sentences.preferred() == lang


def test_every_sentence_fills_in_what_the_english_one_holds():
    for english, dutch in sentences.catalogue().items():
        holes = dutch.count("{}") + sum(f"{{{n}}}" in dutch for n in range(1, 10))
        assert english.count("{}") == holes, english


def test_a_command_speaks_the_language_of_who_asks(monkeypatch, capsys):
    monkeypatch.setenv(sentences.VARIABLE, "nl")
    assert cli.main(["check", "nergens.yml"]) == 2
    assert capsys.readouterr().err == "nergens.yml: dit bestand bestaat niet\n"
    assert cli.main(["check", "nergens.yml", "--lang", "en"]) == 2
    assert capsys.readouterr().err == "nergens.yml: no such file\n"
    assert cli.main(["explain", "team.fte"]) == 0
    assert "eenheid" in capsys.readouterr().out.lower()
    monkeypatch.setenv(sentences.VARIABLE, "en")
    assert cli.main(["explain", "team.fte"]) == 0
    assert "eenheid" not in capsys.readouterr().out.lower()
    assert cli.main(["chek"]) == 2
    assert "did you mean check?" in capsys.readouterr().err
    assert cli.main(["explain", "team.ftee", "--lang=nl"]) == 2
    assert "bedoelt u team.fte?" in capsys.readouterr().err
    assert cli.main(["fte", "--draws", "x", "--lang=nl"]) == 2
    assert capsys.readouterr().err.endswith("van 0 tot en met 100.000 (zie kik fte --help)\n")


def test_help_is_in_both_languages(capsys):
    for lang, word in (("nl", "gebruik:"), ("en", "usage:")):
        with pytest.raises(SystemExit):
            cli.main(["simulate", "--lang", lang, "--help"])
        assert capsys.readouterr().out.startswith(word)
