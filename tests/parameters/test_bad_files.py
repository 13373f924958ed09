"""Bad parameter files: every problem on its line, never a traceback; the good ones beside them pass."""

import errno
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parameter_files import BASE, HERE, ROOT

from kik_analysis.cli import main
from kik_analysis.errors import ParameterError
from kik_analysis.parameters.commands import check
from kik_analysis.parameters.scenario import load_scenario

BAD = sorted((HERE / "bad").glob("*.yml"))
GOOD = sorted((HERE / "good").glob("*.yml"))
NOT_A_SCENARIO = {"kind_unknown", "kind_missing_reader", "kind_of_another"}


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def expected(path):
    return path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()


def from_here(path):
    return [line.replace("tests/parameters/bad/", "") for line in check([path.relative_to(ROOT)])]


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_bad_file_is_told_every_problem_with_its_line(path, proof):
    found = from_here(path)
    assert found == expected(path)
    assert found, "a bad file without a problem"
    for line in found:
        assert line.split(":")[0].endswith(".yml"), line
        assert line.split(":")[1].isdigit(), line
    if path.stem not in NOT_A_SCENARIO and (proof or path in BAD[::6]):
        with pytest.raises(ParameterError) as caught:
            load_scenario(path)
        assert caught.value.exit_code == 2


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_the_good_ones_beside_them_pass(path):
    assert check([path]) == []
    assert load_scenario(path)["run.weeks"] == 260


@pytest.mark.parametrize("path", [p for p in BAD if p.stem not in NOT_A_SCENARIO][::12], ids=lambda p: p.stem)
def test_a_run_of_it_ends_with_code_two_and_touches_no_earlier_result(path, tmp_path, capsys):
    out = tmp_path / "result"
    out.mkdir()
    (out / "manifest.json").write_text("an earlier result")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert main(["run", str(path.relative_to(ROOT)), "--out", str(out), "--quiet"]) == 2
    said = capsys.readouterr()
    assert said.err.replace("tests/parameters/bad/", "").splitlines() == expected(path)
    assert "Traceback" not in said.err + said.out
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


GENERATED = {
    "brackets": b"extends: base.yml\nteam: " + b"[" * 50_000,
    "braces": b"{" * 50_000,
    "dashes": b"- " * 50_000,
    "questions": b"? " * 50_000,
    "binary": bytes(range(256)) * 40,
    "nul": b"team:\n  fte: \x00\n",
    "utf16": "team:\n  fte: 12\n".encode("utf-16"),
    "latin1": "title: caf\u00e9\n".encode("latin-1"),
    "long_integer": b"extends: base.yml\nteam:\n  fte: " + b"9" * 5_000,
    "long_fraction": b"extends: base.yml\nteam:\n  fte: 0." + b"9" * 5_000,
    "long_key": b"extends: base.yml\n" + b"k" * 900 + b": 1\n",
    "long_text": b"extends: base.yml\nteam:\n  fte: " + b"x" * 500_000,
    "many_keys": b"".join(b"k%d: 1\n" % i for i in range(500)),
    "many_lines": b"team:\n" + b"".join(b"  k%d: 1\n" % i for i in range(500)),
    "one_megabyte_and_one_byte": b"#" * 1_000_001,
    "only_newlines": b"\n" * 10_000,
    "deep_block": b"".join(b" " * i + b"a:\n" for i in range(200)),
    "alias_of_itself": b"a: &a [*a]\n",
    "numbers_as_keys": b"1: 2\n2.5: 3\ntrue: 4\n",
}


@pytest.mark.parametrize("content", GENERATED.values(), ids=GENERATED)
def test_hostile_files_end_in_sentences(tmp_path, content):
    path = tmp_path / "f.yml"
    path.write_bytes(content)
    found = check([path])
    assert found
    assert len(found) <= 101
    assert all(line.startswith(str(path)) and len(line) < 700 for line in found), found
    assert all(line.isprintable() for line in found)


def test_an_unreadable_file_is_told(tmp_path, monkeypatch):
    path = tmp_path / "f.yml"
    path.write_text("format: 1\n")
    before = Path.open

    def refuse(self, *arguments, **options):
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return before(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert check([path]) == [f"{path}: the file cannot be read: permission denied"]


LINES = BASE.read_text(encoding="utf-8").splitlines(keepends=True)
NASTY = [
    *("\t", "  ", ": ", ":", "- ", "{", "}", "[", "]", ","),
    *("#", "&a ", "*a", "!!set ", "'", '"', "|", "\n", "~"),
    *("3.939", "62,5", "65 %", "2018-13-01", "9" * 40, "-1", "nee", "<<: ", "?", "\0", "low: ", "value: "),
]
SPOTS = st.integers(0, len(LINES) - 1)
EDITS = st.one_of(
    st.tuples(st.just("delete"), SPOTS, st.just(""), st.just(0)),
    st.tuples(st.just("double"), SPOTS, st.just(""), st.just(0)),
    st.tuples(st.just("swap"), SPOTS, st.just(""), SPOTS),
    st.tuples(st.just("insert"), SPOTS, st.sampled_from(NASTY), st.integers(0, 60)),
    st.tuples(st.just("indent"), SPOTS, st.sampled_from([" ", "    "]), st.just(0)),
)


def mutated(edits):
    lines = list(LINES)
    for kind, spot, text, other in edits:
        if kind == "delete":
            lines[spot] = ""
        elif kind == "double":
            lines[spot] *= 2
        elif kind == "swap":
            lines[spot], lines[other] = lines[other], lines[spot]
        elif kind == "indent":
            lines[spot] = text + lines[spot]
        else:
            lines[spot] = lines[spot][:other] + text + lines[spot][other:]
    return "".join(lines)


@settings(max_examples=15)
@given(st.lists(EDITS, min_size=1, max_size=3))
def test_whatever_is_done_to_the_base_file_it_loads_or_says_where_it_is_wrong(tmp_path_factory, edits):
    path = tmp_path_factory.mktemp("mutated") / "base.yml"
    path.write_text(mutated(edits), encoding="utf-8")
    found = check([path])  # anything but an error of input would come through
    assert all(line.startswith(f"{path}:") and line.isprintable() for line in found)
    if not found:
        assert len(load_scenario(path).table()) > 100
