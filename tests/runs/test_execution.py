"""What a run does with what its workers tell, without real workers: each way to fail has its own line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_project import PARAMETERS, Project, notebook

from kik_analysis.errors import ParameterError, RunError
from kik_analysis.reading.digest import digest
from kik_analysis.runs import inputs, notebooks
from kik_analysis.runs.cache import Cache
from kik_analysis.runs.execution import Execution
from kik_analysis.runs.logbook import Logbook
from kik_analysis.runs.progress import Progress

DONE = {"event": "done", "record": {"reads": [], "modules": {}, "opened": {}}}


class Workers:
    """Workers that tell what a test wants, after writing what a notebook would publish."""

    def __init__(self, told: dict[str, list[dict]], files: dict[str, dict[str, str]]) -> None:
        self.told = told
        self.files = files
        self.order: list[str] = []
        self.asked_beside: list[dict] = []

    def beside(self, message) -> None:
        self.asked_beside.append(message)

    def run(self, jobs, hear) -> None:
        for job in jobs:
            stem = job["notebook"].stem
            self.order.append(stem)
            for name, content in self.files.get(stem, {"tables/x.csv": "a\n"}).items():
                path = Path(job["send"]["environment"]["KIK_OUT"], name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
            for event in ({"event": "begun"}, *self.told.get(stem, [DONE])):
                if callable(event):
                    event()
                else:
                    hear(job, event)


@pytest.fixture
def execute(tiny: Project, monkeypatch: pytest.MonkeyPatch):
    """Return a function that runs the project's notebooks with the given answers of workers."""
    monkeypatch.setenv("KIK_PROJECT", str(tiny.folder))
    tiny.results.mkdir()
    counted = iter(range(100))

    def run(told=None, files=None, *, again=False) -> Execution:
        staging = tiny.results / f".tmp-x-{next(counted)}"
        staging.mkdir()
        workers = Workers(told or {}, files or {})
        made = Execution(
            inputs=inputs.load(tiny.folder / "params" / "base.yml"),
            staging=staging,
            store=Cache(tiny.results / ".cache"),
            pool=workers,
            progress=Progress(quiet=True),
            log=Logbook(staging / "run.log"),
            values={"scenario": "params/base.yml", "language": "en"},
            environment={},
        )
        made.run([notebooks.read(path) for path in notebooks.found()], again=again)
        made.order, made.asked_beside = workers.order, workers.asked_beside
        return made

    return run


def failing(execute, told, files=None) -> list[str]:
    with pytest.raises(RunError) as error:
        execute(told, files)
    return list(error.value.lines)


def test_finished_notebooks_are_not_run_again(execute, tiny):
    tiny.write("10_a", "1")
    tiny.write("20_b", "2")
    files = {"10_a": {"tables/a.csv": "a\n"}, "20_b": {"tables/b.csv": "b\n"}}
    assert execute(None, files).order == ["10_a", "20_b"]
    again = execute()
    assert again.order == []
    assert (again.staging / "tables" / "a.csv").read_text() == "a\n"
    tiny.write("20_b", "3")
    assert execute(None, files).order == ["20_b"]
    assert execute(None, files, again=True).order == ["10_a", "20_b"]


def test_the_engine_is_compiled_meanwhile_when_a_notebook_that_runs_seems_to_use_it(execute, tiny):
    tiny.write("10_a", "1  # nothing of the kind")
    assert execute().asked_beside == []
    tiny.write("30_b", "from kik_analysis.figures import caseload_scenario")
    files = {"30_b": {"tables/b.csv": "b\n"}}
    assert execute(None, files).asked_beside == [{"job": "engine"}]
    assert execute().asked_beside == []


def test_a_worker_compiles_the_engine():
    command = [sys.executable, "-m", "kik_analysis.runs.worker", "unused"]
    told = subprocess.run(
        command, input='{"job": "engine"}\n{"job": "end"}\n', capture_output=True, text=True
    )
    assert [json.loads(line)["event"] for line in told.stdout.splitlines()] == ["begun", "done"]


def test_text_beside_code_does_not_make_a_notebook_run_again(execute, tiny):
    path = tiny.write("10_a", "1")
    execute()
    content = json.loads(path.read_text())
    content["cells"].append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# more"})
    path.write_text(json.dumps(content))
    assert execute().order == []


def test_a_failing_cell_is_named_with_its_cause_and_the_others_are_kept(execute, tiny):
    tiny.write("10_a", "1", "2")
    tiny.write("20_b", "language")
    tiny.write("30_c", "3")
    files = {stem: {f"tables/{stem}.csv": stem} for stem in ("10_a", "20_b", "30_c")}
    told = {
        "10_a": [{"event": "failed", "index": 2, "what": "ModelError: no\nmore", "trace": "where"}],
        "20_b": [{"event": "failed", "index": 2, "what": "NameError: name 'y'", "trace": ""}],
    }
    assert failing(execute, told, files) == [
        "notebooks/10_a.ipynb: cell 3: ModelError: no",
        "notebooks/20_b.ipynb: cell 2: NameError: name 'y'",
    ]
    assert "where" in next(tiny.results.glob(".tmp-x-*/run.log")).read_text()
    assert execute(None, files).order == ["10_a", "20_b"]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            {"event": "died", "what": "signal 9"},
            "cell 2: the kernel ended (signal 9); most often memory ran out",
        ),
        ({"event": "not started", "what": "no answer"}, "the kernel did not start, tried twice (no answer)"),
        (
            {"event": "lost", "what": "killed by signal 9"},
            "cell 2: the worker process ended (killed by signal 9)",
        ),
        (
            {"event": "system", "what": "No space left on device"},
            "No space left on device; nothing was replaced",
        ),
        ({"event": "error", "lines": ["a.csv: wrong"], "exit_code": 2}, "a.csv: wrong"),
        ({"event": "fault", "what": "KeyError: 'x'", "trace": ""}, "KeyError: 'x' (this is a fault of ours)"),
    ],
)
def test_every_way_to_fail_has_its_own_line(execute, tiny, event, line):
    tiny.write("10_a", "1")
    (said,) = failing(execute, {"10_a": [{"event": "cell", "index": 1}, event]})
    assert said.startswith("notebooks/10_a.ipynb: ")
    assert line in said


def test_a_notebook_edited_while_it_ran_is_not_used(execute, tiny):
    path = tiny.write("10_a", "1")
    (said,) = failing(execute, {"10_a": [lambda: path.write_text(path.read_text() + " "), DONE]})
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
    files = {stem: {f"tables/{stem}.csv": stem} for stem in ("10_a", "20_b", "30_c")}
    execute(None, files)
    for stem, seconds in (("10_a", 1.0), ("20_b", 9.0), ("30_c", 5.0)):
        (entry,) = (tiny.results / ".cache" / stem).iterdir()
        record = json.loads((entry / "record.json").read_text())
        record["seconds"] = seconds
        del record["digest"]
        (entry / "record.json").write_text(json.dumps({**record, "digest": digest(record)}))
    assert execute(None, files, again=True).order == ["20_b", "30_c", "10_a"]


def test_what_was_read_elsewhere_is_never_taken_for_fresh(execute, tiny):
    tiny.write("10_a", "1")
    outside = [["file", "elsewhere.csv", "0" * 64]]
    told = {"10_a": [{"event": "done", "record": {"reads": outside, "modules": {}, "opened": {}}}]}
    execute(told)
    assert execute(told).order == ["10_a"]


def test_other_values_than_the_inputs_make_the_files_themselves_count(execute, tiny):
    """A notebook that read an overridden value depends on the whole ledger and scenario, not on one value."""
    tiny.write("10_a", "1")
    opened = {"data/published/claims.csv": inputs.file_digest(tiny.folder / "data/published/claims.csv")}
    record = {"reads": [["claim", "L042", "0" * 64]], "modules": {}, "opened": opened}
    told = {"10_a": [{"event": "done", "record": record}]}
    execute(told)
    assert execute(told).order == []
    path = tiny.folder / "data" / "published" / "claims.csv"
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


def test_a_name_in_the_parameters_cell_that_no_run_sets_is_refused_with_the_nearest(tiny, monkeypatch):
    monkeypatch.setenv("KIK_PROJECT", str(tiny.folder))
    content = notebook("1")
    content["cells"][0]["source"] = PARAMETERS.replace("scenario", "scenarios")
    path = tiny.folder / "notebooks" / "10_a.ipynb"
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError) as error:
        notebooks.read(path)
    assert error.value.lines == (
        "notebooks/10_a.ipynb: parameters cell: scenarios: unknown name; did you mean scenario? "
        "(known are language, scenario)",
    )


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}', "\x00"])
def test_a_file_that_is_no_notebook_is_told_so(tiny, monkeypatch, content):
    monkeypatch.setenv("KIK_PROJECT", str(tiny.folder))
    path = tiny.folder / "notebooks" / "10_a.ipynb"
    path.write_text(content)
    with pytest.raises(notebooks.DataError, match="not a notebook"):
        notebooks.read(path)
