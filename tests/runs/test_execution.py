"""What a run does with its notebooks: which it executes, what it keeps, what it says of one that fails."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from tiny_project import PARAMETERS, Project, notebook

from kik_analysis.errors import DataError, ParameterError, RunError
from kik_analysis.reading.storage import digest, file_digest
from kik_analysis.runs import engine, notebooks
from kik_analysis.runs.engine import CellError, StartError, ended
from kik_analysis.runs.execution import Execution

NOTHING = {"reads": [], "modules": {}, "opened": {}}


class Family:
    """Starts nothing, and notes what it was asked to start."""

    def __init__(self) -> None:
        self.ended, self.started = False, []

    def start(self, target: str) -> None:
        self.started.append(target)


@pytest.fixture
def execute(tiny: Project, monkeypatch: pytest.MonkeyPatch):
    """Return a function that runs the project's notebooks with given answers in place of kernels."""
    monkeypatch.setenv("KIK_PROJECT", str(tiny.folder))
    tiny.results.mkdir()
    counted = iter(range(100))

    def run(told=None, files=None, *, again=False) -> Execution:
        order: list[str] = []

        def answer(one, values, environment, family, tell):
            order.append(one.stem)
            for name, content in (files or {}).get(one.stem, {f"tables/{one.stem}.csv": one.stem}).items():
                path = Path(environment["KIK_OUT"], name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
            tell(1)
            given = (told or {}).get(one.stem, NOTHING)
            if callable(given):
                given = given(one) or NOTHING
            if isinstance(given, Exception):
                raise given
            return nbformat.v4.new_notebook(), given

        monkeypatch.setattr(engine, "execute", answer)
        staging = tiny.results / f".tmp-x-{next(counted)}"
        staging.mkdir()
        made = tiny.execution(staging, tiny.results / ".cache", Family(), jobs=1)
        made.order = order
        made.run([notebooks.read(path) for path in notebooks.found()], again=again)
        return made

    return run


def failing(execute, told, files=None) -> list[str]:
    with pytest.raises(RunError) as error:
        execute(told, files)
    return list(error.value.lines)


def test_finished_notebooks_are_not_run_again(execute, tiny):
    tiny.write("10_a", "1")
    tiny.write("20_b", "2")
    assert execute().order == ["10_a", "20_b"]
    again = execute()
    assert again.order == []
    assert (again.staging / "tables" / "10_a.csv").read_text() == "10_a"
    tiny.write("20_b", "3")
    assert execute().order == ["20_b"]
    assert sorted(execute(again=True).order) == ["10_a", "20_b"]  # the slowest of the last time goes first


def test_the_engine_is_compiled_meanwhile_when_a_notebook_that_runs_seems_to_use_it(execute, tiny):
    tiny.write("10_a", "1  # nothing of the kind")
    assert execute().family.started == []
    tiny.write("30_b", "from kik_analysis.figures import caseload_scenario")
    (target,) = execute().family.started
    assert target.startswith("kik_analysis.capacity.kernel")
    assert execute().family.started == []


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_text_beside_code_shows_in_the_result_so_its_notebook_runs_again(execute, tiny, kind):
    path = tiny.write("10_a", "1")
    content = json.loads(path.read_text())
    content["cells"].append({"cell_type": kind, "id": "m", "metadata": {}, "source": ["# more\n", "text"]})
    path.write_text(json.dumps(content))
    assert execute().order == ["10_a"]
    content["cells"][-1]["source"] = "# more\ntext"  # the same, written in another way
    content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "of last time"}]
    content["metadata"]["kernelspec"] = {"name": "another", "display_name": "Another"}
    path.write_text(json.dumps(content))
    assert execute().order == []
    content["cells"][-1]["source"] = "# less"
    path.write_text(json.dumps(content))
    assert execute().order == ["10_a"]
    content["metadata"]["authors"] = [{"name": "a team"}]  # the result holds it
    path.write_text(json.dumps(content))
    assert execute().order == ["10_a"]


def test_a_failing_cell_is_named_with_its_cause_and_the_others_are_kept(execute, tiny):
    tiny.write("10_a", "1", "2")
    tiny.write("20_b", "language")
    tiny.write("30_c", "3")
    told = {
        "10_a": lambda one: CellError(one, 2, "ModelError: no\nmore", "where"),
        "20_b": lambda one: CellError(one, 2, "NameError: 'y'"),
    }
    assert failing(execute, told) == [
        "notebooks/10_a.ipynb: cell 3: ModelError: no",
        "notebooks/20_b.ipynb: cell 2: NameError: 'y'",
    ]
    assert "where" in next(tiny.results.glob(".tmp-x-*/run.log")).read_text()
    assert execute().order == ["10_a", "20_b"]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ended("signal 9"), "cell 2: the kernel ended (signal 9); most often memory"),
        (ended("code 3"), "cell 2: the kernel ended (code 3); the cell itself or another"),
        (lambda one: StartError(one, "no answer"), "the kernel did not start, tried twice (no answer)"),
        (OSError(28, "No space left on device"), "No space left on device; nothing was replaced"),
        (DataError("a.csv: wrong"), "a.csv: wrong"),
        (KeyError("x"), "KeyError: 'x' (this is a fault of ours)"),
        (MemoryError(), "memory ran out; close other programs"),
        ("E: \x1b[31mred\x1b[0m \x07\x1b]0;title\x07end", "cell 2: E: red  end"),
        (f"E: {'x' * 10**6}", "xxx ..."),
    ],
)
def test_every_way_to_fail_has_its_own_line(execute, tiny, error, line):
    tiny.write("10_a", "1")
    said_by_cell = (lambda one: CellError(one, 1, error)) if isinstance(error, str) else error
    (said,) = failing(execute, {"10_a": said_by_cell})
    assert said.startswith("notebooks/10_a.ipynb: ")
    assert line in said
    assert said.isprintable()
    assert len(said) < 500


def test_a_notebook_edited_while_it_ran_is_not_used(execute, tiny):
    path = tiny.write("10_a", "1")
    (said,) = failing(execute, {"10_a": lambda _: path.write_text(path.read_text() + " ") and None})
    assert said == "notebooks/10_a.ipynb: was edited while it ran; run again"
    assert execute().order == ["10_a"]


def test_two_notebooks_cannot_publish_under_one_name(execute, tiny):
    tiny.write("10_a", "1")
    tiny.write("20_b", "2")
    files = {"10_a": {"tables/x.csv": "a\n"}, "20_b": {"tables/x.csv": "b\n"}}
    (said,) = failing(execute, None, files)
    assert said.startswith(
        "notebooks/20_b.ipynb: publishes tables/x.csv, which another notebook publishes too"
    )


def test_the_longest_notebook_of_last_time_begins_first(execute, tiny):
    for stem in ("10_a", "20_b", "30_c"):
        tiny.write(stem, "1")
    execute()
    for stem, seconds in (("10_a", 1.0), ("20_b", 9.0), ("30_c", 5.0)):
        (entry,) = (tiny.results / ".cache" / stem).iterdir()
        record = json.loads((entry / "record.json").read_text())
        record["seconds"] = seconds
        del record["digest"]
        (entry / "record.json").write_text(json.dumps({**record, "digest": digest(record)}))
    assert execute(again=True).order == ["20_b", "30_c", "10_a"]


def test_what_was_read_elsewhere_is_never_taken_for_fresh(execute, tiny):
    tiny.write("10_a", "1")
    told = {"10_a": {**NOTHING, "reads": [["file", "elsewhere.csv", "0" * 64]]}}
    execute(told)
    assert execute(told).order == ["10_a"]


def test_other_values_than_the_inputs_make_the_files_themselves_count(execute, tiny):
    """A notebook that read an overridden value depends on the whole ledger and scenario, not on one value."""
    tiny.write("10_a", "1")
    path = tiny.folder / "data" / "published" / "claims.csv"
    opened = {"data/published/claims.csv": file_digest(path)}
    told = {"10_a": {**NOTHING, "reads": [["claim", "L042", "0" * 64]], "opened": opened}}
    execute(told)
    assert execute(told).order == []
    path.write_text(path.read_text().replace("the", "The", 1))
    assert execute(told).order == ["10_a"]


def test_stored_results_do_not_trust_a_clock(execute, tiny):
    tiny.write("10_a", "1")
    execute()
    tiny.write("10_a", "2")
    execute()
    for path in (tiny.results / ".cache").rglob("*"):
        os.utime(path, (4e9, 4e9) if "000001" in str(path) else (0, 0))
    assert execute().order == []
    tiny.write("10_a", "1")
    assert execute().order == []


def cell(source: object, kind: str = "code", **metadata: object) -> dict:
    return {"cell_type": kind, "metadata": metadata, "source": source}


TAGGED = {"tags": ["parameters"]}
WRONG = [
    *(
        (content, "not a notebook (JSON with cells)")
        for content in ("", "{", "[]", '{"cells": 3}', "\x00", "[" * 9999)
    ),
    ({"cells": [], "nbformat": 3}, "notebook format 3; open it in Jupyter and save it"),
    ({"cells": [cell("1"), {}]}, "not a valid notebook: cell 2 of all cells: it is not code"),
    ({"cells": [cell(3)]}, "cell 1 of all cells: its source is no text"),
    ({"cells": [cell("1", tags="parameters")]}, "cell 1 of all cells: its tags are no list of texts"),
    (
        {"cells": [cell(PARAMETERS.replace("scenario", "scenarios"), **TAGGED)]},
        "parameters cell: scenarios: unknown name; did you mean scenario? (known are language, scenario)",
    ),
    ({"cells": [cell("language = (", **TAGGED)]}, "parameters cell: line 1: "),
    ({"cells": [cell("1"), cell(PARAMETERS)]}, "cell 2 sets language, which a run hands over; set it"),
    ({"cells": [cell("if 1:\n    (a, scenario), b = ('x', 'y'), 2")]}, "cell 1 sets scenario, which a run"),
    ({"cells": [cell(PARAMETERS, **TAGGED), cell("print(language := 'nl')")]}, "cell 2 sets language"),
]


@pytest.mark.parametrize(("content", "line"), WRONG)
def test_a_file_that_is_no_notebook_or_hides_its_parameters_is_refused(tiny, monkeypatch, content, line):
    monkeypatch.setenv("KIK_PROJECT", str(tiny.folder))
    path = tiny.folder / "notebooks" / "10_a.ipynb"
    path.write_text(content if isinstance(content, str) else json.dumps({"nbformat": 4, **content}))
    with pytest.raises((DataError, ParameterError)) as error:
        notebooks.read(path)
    assert error.value.lines[0].startswith("notebooks/10_a.ipynb: ")
    assert line in error.value.lines[0]


def test_names_of_functions_and_loops_are_their_own(tiny, monkeypatch):
    monkeypatch.setenv("KIK_PROJECT", str(tiny.folder))
    content = notebook("def f():\n    language = 'x'\n    return language", "for scenario in (): pass")
    content["cells"] = content["cells"][1:]
    path = tiny.folder / "notebooks" / "10_a.ipynb"
    path.write_text(json.dumps(content))
    assert notebooks.read(path).parameters == ()
