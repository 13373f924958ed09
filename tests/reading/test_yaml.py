"""The restricted YAML reader: what it accepts, and a sentence with a line for everything it refuses."""

import ast
import datetime
import io
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kik_analysis.reading import models, yaml
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.yaml import Mapping, Scalar

ROOT = Path(__file__).resolve().parents[2]


def read(text):
    problems = Problems()
    return yaml.parse(text, "f.yml", problems), problems


def value(text):
    node, problems = read(f"key: {text}\n")
    assert not problems, problems.lines
    return models.plain(node)["key"]


def lines(text):
    _, problems = read(text)
    return list(problems.lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[("9", 9), ("-9", -9), ("+9", 9), ("0", 0), ("9.5", 9.5), ("-0.25", -0.25), ("3.939", 3.939)],
        *[("true", True), ("false", False), ("", None), ("~", None), ("null", None)],
        *[("no", "no"), ("on", "on"), ("yes", "yes"), ("True", "True"), ("Null", "Null")],
        *[(text, text) for text in ("12:30", "012", "1e3", "1_000", ".5", "5.", "2019-1-7")],
        *[("0x10", "0x10"), (".inf", ".inf"), (".nan", ".nan"), ("62,5", "62,5"), ("65 %", "65 %")],
        *[
            ("2019-10-07", datetime.date(2019, 10, 7)),
            ("2019-1-7", "2019-1-7"),
            ("'9'", "9"),
            ('"true"', "true"),
        ],
        ("2019-10-07T10:00:00", "2019-10-07T10:00:00"),
    ],
)
def test_scalars_follow_our_own_rules(text, expected):
    got = value(text)
    assert got == expected
    assert type(got) is type(expected)


def test_every_value_knows_where_it_stands():
    text = "team:\n  fte: 9\n  list: [1, x]\n"
    node, _ = read(text)
    team = node.get("team")
    fte = team.get("fte")
    assert (fte.file, fte.line, fte.column) == ("f.yml", 2, 8)
    assert (node.key("team").line, team.key("list").line) == (1, 3)
    assert [item.column for item in team.get("list").items] == [10, 13]


_, *LINES = (Path(__file__).parent / "refused.txt").read_text(encoding="utf-8").splitlines()
REFUSED = [line.encode().decode("unicode_escape").split(" | ") for line in LINES]
REFUSED += [
    ("a: " + "9" * 5000, "f.yml:1: a: a number of 5000 characters is too long"),
    ("a: " + "x" * 2001, "f.yml:1: a: a text of 2001 characters is too long"),
    ("[" * 50_000, "f.yml:1: nested too deeply (expected at most 12 levels)"),
    ("{" * 50_000, "f.yml:1: nested too deeply (expected at most 12 levels)"),
    ("- " * 50_000, "f.yml:1: nested too deeply (expected at most 12 levels)"),
]


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_each_refusal_is_a_sentence_with_its_line(text, expected):
    assert lines(text) == [expected]


def test_dates_that_do_not_exist_have_their_line_as_key_and_as_value():
    found = lines("x:\n  2018-13-01: 9\ny: 2018-02-30\n")
    assert [line.split(": ")[0] for line in found] == ["f.yml:2", "f.yml:3"]
    assert all("this date does not exist" in line for line in found)


def test_all_problems_are_reported_not_only_the_first():
    text = "a: &x 1\nb: *x\nc: 2018-13-01\nd: !t 1\na: 2\n<<: 1\n"
    assert [int(line.split(":")[1]) for line in lines(text)] == [1, 2, 3, 4, 5, 6]


def test_a_refused_key_leaves_a_mark_so_that_nobody_complains_twice():
    node, problems = read("x: {2018-13-01: 9}\n")
    assert node.get("x").damaged
    assert not node.damaged
    assert len(problems) == 1


@pytest.mark.parametrize("depth", [12, 13])
def test_the_limit_of_depth_is_twelve(depth):
    text = "".join(f"{'  ' * level}a:\n" for level in range(depth - 1)) + "  " * (depth - 1) + "a: 1\n"
    assert bool(lines(text)) == (depth > 12)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb: \xe9\n", "f.yml:2: the file is not text in UTF-8; save it as UTF-8 (got the byte 0xe9)"),
        ("a: 1".encode("utf-16"), "f.yml:1: the file was saved as UTF-16; save it as UTF-8"),
        (bytes(range(8)) * 10, "f.yml:1: a character that cannot be seen; is this a text file? (got U+0000)"),
        (b"", "f.yml:1: the file is empty (expected keys and values)"),
    ],
    ids=["latin-1", "utf-16", "binary", "empty"],
)
def test_bytes_that_are_no_text(tmp_path, content, expected):
    path = tmp_path / "f.yml"
    path.write_bytes(content)
    problems = Problems()
    assert yaml.load(path, problems, shown_as="f.yml") is None
    assert problems.lines == (expected,)


def test_a_byte_order_mark_of_utf8_is_no_mistake(tmp_path):
    path = tmp_path / "f.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    problems = Problems()
    assert models.plain(yaml.load(path, problems)) == {"a": 1, "b": 2}
    assert not problems


def test_of_a_hundred_megabytes_one_is_read(tmp_path, monkeypatch):
    path = tmp_path / "f.yml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    opened = []
    before = Path.open

    def spy(self, *arguments, **options):
        opened.append(before(self, *arguments, **{"buffering": 0, **options}))
        opened[-1].close = lambda: None  # its position is asked for below
        return opened[-1]

    monkeypatch.setattr(Path, "open", spy)
    problems = Problems()
    assert yaml.load(path, problems, shown_as="f.yml") is None
    assert problems.lines == ("f.yml: the file is too large (expected at most 1000000 bytes)",)
    (stream,) = opened
    assert stream.tell() == yaml.SIZE_LIMIT + 1
    io.FileIO.close(stream)


def test_a_file_of_exactly_the_limit_is_read(tmp_path):
    path = tmp_path / "f.yml"
    path.write_text("a: 1\n" + "#" * (yaml.SIZE_LIMIT - 5))
    assert models.plain(yaml.load(path, Problems())) == {"a": 1}


TOKENS = [
    *["a", "fte", ": ", ":", "- ", "-", "{", "}", "[", "]", ",", "\n", "\n  ", "\n\t", " ", "#", "&x ", "*x"],
    *["<<", "!t ", "!!int ", "---", "...", "|", ">", "'", '"', "\\", "?", "? ", "%", "@", "`", "1", "1.5"],
    *["~", "2019-10-07", "2019-13-01", "0", "9" * 30, "\u00e9", "\ufeff", "\0", "\u2028", "\x80", "\u200b"],
    *["\U0001f600", '"\\U', "FFFF", '"\\x', "%YAML 1.1\n", "\r"],
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join) | st.text(max_size=80))
def test_whatever_the_text_there_is_a_mapping_or_a_problem_with_a_line(text):
    node, problems = read(text)
    assert isinstance(node, Mapping) or problems
    for problem in problems.sorted:
        assert problem.line >= 1
        assert str(problem).isprintable()


@given(
    st.recursive(
        st.integers(-(10**16), 10**16)
        | st.booleans()
        | st.dates()
        | st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(st.from_regex(r"k[a-z]{1,5}", fullmatch=True), inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_what_is_written_is_read_back(content):
    def flow(item):
        if isinstance(item, dict):
            return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in item.items()) + "}"
        if isinstance(item, list):
            return "[" + ", ".join(map(flow, item)) + "]"
        if isinstance(item, str):
            return f"'{item}'"
        return str(item).lower() if isinstance(item, bool) else str(item)

    assert value(flow(content)) == content


@pytest.mark.long(every=2)
@pytest.mark.parametrize("text", ["\n".join(f"k: {i}" for i in range(15_000)), "\ta\n" * 300_000])
def test_large_hostile_files_take_seconds_not_minutes(text):
    before = time.perf_counter()
    assert lines(text)
    assert time.perf_counter() - before < 20


def test_too_many_values_are_refused(proof, monkeypatch):
    monkeypatch.setattr(yaml, "VALUES_LIMIT", yaml.VALUES_LIMIT if proof else 1000)
    found = lines("a: [" + "1," * yaml.VALUES_LIMIT + "1]")
    assert found == [f"f.yml:1: more than {yaml.VALUES_LIMIT} keys and values in one file"]


def test_the_compiled_loader_is_never_used_and_one_module_reads_yaml():
    forbidden = re.compile(
        r"\bC(?:Safe|Full|Unsafe)?(?:Loader|Dumper|Parser)\b|\bsafe_load|\bfull_load|\bunsafe_load"
    )
    for path in sorted((ROOT / "kik_analysis").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not forbidden.search(text), path
        imported = {
            alias.name.partition(".")[0]
            for node in ast.walk(ast.parse(text if "yaml" in text else ""))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert "yaml" not in imported or path.name == "yaml.py", f"{path} reads YAML by itself"


def test_scalars_are_frozen():
    scalar = Scalar(9, "9", "f.yml", 1, 1)
    with pytest.raises(AttributeError):
        scalar.value = 10  # type: ignore[misc]
