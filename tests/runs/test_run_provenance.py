"""What a result says of itself: one flipped bit is found, crate and data package describe what is there."""

import csv
import hashlib
import json
import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_project import Project, compared

from kik_analysis import cli
from kik_analysis.errors import InputError
from kik_analysis.runs import manifest, scan

BITS = random.Random(6953)


@pytest.fixture
def result(done: Project, tmp_path: Path) -> Path:
    """Return a copy of a result."""
    return Path(shutil.copytree(done.out, tmp_path / "tiny"))


def test_one_flipped_bit_is_found_in_every_compared_file(result, capsys):
    names = [name for name in compared(result) if name != manifest.FILE]
    assert len(names) == 13
    before = {name: (result / name).read_bytes() for name in names}
    for name, whole in before.items():
        place = BITS.randrange(len(whole))
        flipped = bytes([whole[place] ^ 1 << BITS.randrange(8)])
        (result / name).write_bytes(whole[:place] + flipped + whole[place + 1 :])
    assert cli.main(["verify", str(result)]) == 1
    said = capsys.readouterr().out.splitlines()
    for name, whole in before.items():
        assert f"{name}: differs from what the run wrote" in said
        (result / name).write_bytes(whole)
    assert cli.main(["verify", str(result)]) == 0
    assert "13 files as they were made, no identifier found" in capsys.readouterr().out


def test_every_flipped_bit_of_the_manifest_is_found_and_nothing_can_be_added(result):
    path = result / manifest.FILE
    whole = path.read_bytes()
    places = [(BITS.randrange(len(whole)), BITS.randrange(8)) for _ in range(300)]
    flipped = [whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :] for place, bit in places]
    for content in (*flipped, whole + b" ", whole + b"\n", whole + b"{}", whole + b"\0"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"damaged|newer|older"):
            manifest.load(result)


def test_what_is_missing_added_or_a_link_is_named_and_times_and_paper_are_not_compared(result):
    for name in ("run.log", "ro-crate-metadata.json", "report/nl.pdf"):
        (result / name).write_bytes(b"other")
    (result / "tables" / "staff.csv").unlink()
    (result / "tables" / "more.csv").write_text("a\nDe heer J. Jansen\n")
    (result / "link").symlink_to("/etc/hostname")
    assert tuple(scan.verify(result)[0]) == (
        "tables/staff.csv: missing",
        "link: is a symbolic link",
        "tables/more.csv: not part of the result",
        "tables/more.csv: line 2: name",
    )


_, *LINES = Path(__file__).with_name("identifiers.txt").read_text("utf-8").splitlines()
PLANTED = [line.split(" =>") for line in LINES]


@pytest.mark.parametrize(("content", "kind"), PLANTED)
def test_identifiers_are_found_by_kind_and_not_repeated_and_numbers_of_nobody_left_alone(content, kind):
    found = scan.text(f"eerste regel\n{content}\n")
    assert found == ([f"line 2:{kind}"] if kind else [])
    assert not any(digits in "".join(found) for digits in content.split() if len(digits) > 4)


@given(st.from_regex(scan._SMALL, fullmatch=True))
def test_no_cell_that_is_passed_over_could_hold_an_identifier(cell):
    assert list(scan._kinds(cell)) == []
    assert not re.fullmatch(r"\d{9}", cell.strip())


@given(st.integers(0, 99_999_999))
def test_nine_digits_alone_in_a_cell_count_when_they_pass_the_eleven_test(start):
    eight = f"{start:08d}"
    last = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), eight, strict=True)) % 11
    digits = f"{eight}{last}"
    passes = last < 10 and start > 0  # ten digits may be a telephone number
    assert (scan.table(f"a,{digits},b\n") == ["line 1: citizen number"]) is passes
    assert scan.table(f"a,{eight}{(last + 1) % 10},b\n") == [] or last == 10


def test_free_text_is_named_by_what_stands_above_it():
    content = "arm,Opmerkingen,people\na,wil graag weer werken,3\nb,geen,4\n"
    assert scan.table(content) == ["line 2: free text"]


def test_verify_names_a_planted_identifier_in_a_workbook_too(result):
    import xlsxwriter

    path = result / "tables" / "claimed.csv"
    path.write_text(path.read_text() + "123456782,1\n")
    assert "tables/claimed.csv: line 3: citizen number" in scan.verify(result)[0]
    for name in ("tables/cijfers-nl.xlsx", "report/samenvatting-nl.docx"):
        with xlsxwriter.Workbook(result / name) as book:
            book.add_worksheet().write_string(0, 0, "iemand@voorbeeld.nl")
        assert any(problem.startswith(name) and "e-mail" in problem for problem in scan.verify(result)[0])


def crate(folder: Path) -> dict[str, dict]:
    content = json.loads((folder / manifest.CRATE).read_text(encoding="utf-8"))
    assert content["@context"] == "https://w3id.org/ro/crate/1.1/context"
    return {one["@id"]: one for one in content["@graph"]}


def references(value) -> set[str]:
    if isinstance(value, dict):
        return {value["@id"]} if set(value) == {"@id"} else set().union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_the_crate_is_a_process_run_crate(done):
    graph = crate(done.out)
    about = graph[manifest.CRATE]
    assert about["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph[about["about"]["@id"]]
    assert root["@type"] == "Dataset"
    assert {"name", "description", "datePublished", "license"} <= set(root)
    assert graph[root["conformsTo"]["@id"]]["name"] == "Process Run Crate"
    action = graph[root["mentions"]["@id"]]
    assert action["@type"] == "CreateAction"
    assert graph[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    assert action["startTime"] <= action["endTime"]
    elsewhere = ("http://schema.org/", "https://w3id.org/ro/crate/1.1")
    named = {name for one in graph.values() for name in references(one) if not name.startswith(elsewhere)}
    assert named <= set(graph)


def test_the_crate_lists_the_files_with_their_digests(done):
    graph = crate(done.out)
    files = {name: one for name, one in graph.items() if one["@type"] == "File" and "sha256" in one}
    assert set(files) == set(compared(done.out)) - {manifest.FILE}
    for name, one in files.items():
        content = (done.out / name).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["contentSize"] == str(len(content))
    assert {one["@id"] for one in graph["#run"]["result"]} == set(files)
    assert not any("Person" in str(one["@type"]) for one in graph.values())


READERS = {"string": str, "integer": int, "number": float, "boolean": ("true", "false").index}


def test_the_data_package_describes_every_table(done):
    package = json.loads((done.out / "tables" / "datapackage.json").read_text(encoding="utf-8"))
    assert package["profile"] == "tabular-data-package"
    described = {one["path"]: one for one in package["resources"]}
    assert set(described) == {path.name for path in (done.out / "tables").glob("*.csv")}
    for name, one in described.items():
        path = done.out / "tables" / name
        assert one["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        assert one["bytes"] == path.stat().st_size
        fields = one["schema"]["fields"]
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        assert header == [field["name"] for field in fields]
        assert set(one["schema"]["primaryKey"]) <= set(header)
        for row in rows:
            for field, cell in zip(fields, row, strict=True):
                if cell not in one["schema"]["missingValues"]:
                    READERS[field["type"]](cell)
