"""Real notebooks in real kernels: the values arrive, odd files run, and whatever is printed is no trouble."""

import functools
import json
import shutil
import subprocess
import sys

import pytest
from tiny_project import FTE, IMPORTS, PARAMETERS, SHOW, Project, compared, notebook

MARKDOWN, LEFT = "12_bounds", "20_register"
HANDED = {
    "10_history": ['scenario, language = "params/base.yml", "en"'],
    "11_audit": ['language = "en"', 'scenario = "params/base.yml"'],
    MARKDOWN: [PARAMETERS],
    LEFT: [PARAMETERS],
}
"""Parameters cells of a notebook: a tuple, split in two, after text with their tag, with values left over."""


def put(project: Project, stem: str, content: dict, *, encoding: str = "utf-8") -> None:
    (project.folder / "notebooks" / f"{stem}.ipynb").write_text(json.dumps(content), encoding=encoding)


def handed(kind: str) -> dict:
    """Return a notebook that publishes twice the fte of its scenario, its parameters in some odd form."""
    first, *cells = notebook(IMPORTS, SHOW, FTE.replace("staff", f"staff_{kind[:2]}"))["cells"]
    tagged = [{**first, "id": f"p{place}", "source": one} for place, one in enumerate(HANDED[kind])]
    before, after = [], []
    if kind == MARKDOWN:
        before = [{"cell_type": "markdown", "id": "m", "metadata": first["metadata"], "source": "Settings"}]
    if kind == LEFT:  # what an earlier run handed over
        after = [{**first, "id": "left", "metadata": {"tags": ["injected-parameters"]}, "source": PARAMETERS}]
    return {**notebook(), "cells": [*before, *tagged, *after, *cells]}


BIG = "for _ in range(8):\n    print('x' * 250_000)"
MANY = "import sys\nfor i in range(2000):\n    sys.stdout.write(f'{i}\\n'); sys.stdout.flush()"
CHILD = """\
import subprocess, sys
_ = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(77.25)"], start_new_session=True)"""


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project of odd notebooks that has run with another scenario; ``answer``: what was said."""
    project = Project(tmp_path_factory.mktemp("forty") / "project")
    for kind in HANDED:
        put(project, kind, handed(kind))
    (project.folder / "forty.yml").write_text("extends: params/base.yml\nteam: {fte: 40}\n")
    other = FTE.replace("staff", "else").replace("(scenario", '("params/base.yml"')
    project.write("30_caseload", IMPORTS, SHOW, other, "chosen = kik.load_scenario(scenario)")
    project.write("24_printed", BIG, CHILD, MANY)
    old = {**notebook("print(1)", "2"), "nbformat_minor": 4}
    for one in old["cells"]:
        del one["id"]
    skipped = notebook("a = 1", "raise SystemError('only while developing')", "print(a)")
    for one in skipped["cells"]:
        one["id"] = "same"
    skipped["cells"][2]["metadata"] = {"tags": ["skip-execution"]}
    put(project, "21_old", old, encoding="utf-8-sig")  # with a mark that editors on Windows write
    put(project, "23_skipped", skipped)
    marked = notebook(IMPORTS, "print(kik.claims()['L042'].number / 7)", "print(1)")
    marked["cells"][2]["metadata"] = {"tags": ["computed-numbers"]}
    put(project, "26_marked", marked)
    project.write("27_deaf", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nprint(1)")
    (project.folder / "notebooks" / "beside.py").write_text(f"{BESIDE}\n")
    project.write("31_scenario", IMPORTS, SHOW, "import beside", 'show("own", "persons", beside.spoken)')
    put(project, "70_own", own(project))
    words = ("run", "forty.yml", *project.only(), "--out", str(project.out), "--lang", "en")
    project.again = functools.partial(project.kik, *words, KIK_LANG="en")
    project.answer = project.again()
    assert project.answer.returncode == 0, project.answer.stderr
    return project


def test_the_values_arrive_however_the_parameters_stand(forty):
    for kind in HANDED:
        table = forty.out / "tables" / f"staff_{kind[:2]}.csv"
        assert table.read_text() == "category,value\nall,80.0\n", kind


def printed(project: Project, stem: str) -> list[str]:
    """Return what a notebook's cells printed, in the pieces in which it is stored."""
    cells = json.loads((project.out / "notebooks" / f"{stem}.ipynb").read_text())["cells"]
    pieces = (one for cell in cells for one in cell.get("outputs", []))
    return ["".join(one["text"]) for one in pieces if one["output_type"] == "stream"]


def test_long_output_is_cut_and_many_lines_are_all_there_in_one_piece(forty):
    big, many = printed(forty, "24_printed")
    assert len(big) < 201_000
    assert big.endswith("(1800008 more characters were printed)\n")
    assert many == "".join(f"{i}\n" for i in range(2000))


def test_a_process_that_a_cell_started_is_gone(forty):
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "time.sleep(77.25)" not in found


def test_a_notebook_that_computes_with_another_scenario_fails_by_its_name(tiny):
    """By what the file says, whatever it is called; a notebook may lay values over the run's scenario."""
    (tiny.folder / "forty.yml").write_text("extends: params/base.yml\nteam: {fte: 40}\n")
    shutil.copy(tiny.folder / "forty.yml", tiny.folder / "copy.yml")
    other = "plan = {!r}\n" + FTE.replace("(scenario", "(plan")
    tiny.write("10_history", IMPORTS, SHOW, other.format("copy.yml"))
    tiny.write("11_audit", IMPORTS, SHOW, other.format("params/base.yml"))
    tiny.write(
        "12_bounds", IMPORTS, SHOW, FTE.replace("staff", "less").replace("rio)", 'rio, {"team.fte": 3})')
    )
    words = ("forty.yml", *tiny.only(), "--out", "results/forty", "--lang", "nl")
    answer = tiny.kik("run", *words, KIK_LANG="en")
    assert answer.returncode == 1
    assert answer.stderr.splitlines()[-1] == (
        "notebooks/11_audit.ipynb: computed with params/base.yml, not with the scenario of this run; "
        "load what is handed over: kik.load_scenario(scenario), set in the parameters cell"
    )
    assert "notebooks/10_history.ipynb: failed" not in answer.stderr
    assert "notebooks/12_bounds.ipynb: failed" not in answer.stderr


def test_one_that_also_loads_another_scenario_is_told_of_on_the_terminal_and_in_the_report(forty, proof):
    said = "also computes with params/base.yml; what it shows may be of that scenario"
    answer = forty.answer
    for _ in range(2 if proof else 1):  # also when it is not executed again
        assert f"notebooks/30_caseload.ipynb: {said}" in answer.stderr.splitlines()
        assert (forty.out / "report" / "en.html").read_text(encoding="utf-8").count(said) == 1
        if proof:
            forty.base("\n", "\n\n")
            answer = forty.again()
            assert answer.returncode == 0, answer.stderr


def test_odd_notebooks_run(forty):
    for stem in ("21_old", "23_skipped", "27_deaf"):
        assert printed(forty, stem) == ["1\n"], stem
        content = json.loads((forty.out / "notebooks" / f"{stem}.ipynb").read_text())
        ids = [one["id"] for one in content["cells"]]
        assert len(set(ids)) == len(ids)


def test_a_marked_cell_says_what_was_read_until_it_printed(forty):
    cells = json.loads((forty.out / "notebooks" / "26_marked.ipynb").read_text())["cells"]
    assert "claim:L042" in cells[2]["metadata"]["kik"]["rests_on"]
    assert "kik" not in cells[3]["metadata"]


@pytest.mark.long
def test_odd_notebooks_give_the_same_bytes_twice(forty):
    before = compared(forty.out)
    assert forty.kik(*forty.again.args, "--force").returncode == 0
    assert compared(forty.out) == before


def test_every_failing_notebook_is_named_with_cell_and_cause_and_nothing_steers_the_terminal(tiny):
    kill = "import os, signal\nos.kill({}, signal.SIGKILL)"
    tiny.write("10_history", IMPORTS, SHOW, FTE, "raise ValueError('no such thing')")
    tiny.write("11_itself", kill.format("os.getpid()"))
    tiny.write("12_keeper", kill.format("os.getppid()"))
    tiny.write("13_leaves", "raise SystemExit", "1")
    tiny.write("14_red", "raise Exception('\\x1b[31mred\\x1b[0m \\x07\\nsecond line')")
    tiny.write("15_other", "for language in ('nl', 'fr'):\n    pass")
    broken = [*handed(LEFT)["cells"][:2], *notebook("1/0")["cells"][1:]]
    put(tiny, "16_left", {**notebook(), "cells": broken})
    put(tiny, "17_format", {**notebook("1"), "metadata": {"kernelspec": 3}})
    answer = tiny.run("--lang", "nl")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    ended = (
        "the kernel ended (signal 9); most often memory ran out: close other programs, or run with --jobs 1"
    )
    assert answer.stderr.splitlines()[-8:] == [
        "notebooks/10_history.ipynb: cell 5: ValueError: no such thing",
        f"notebooks/11_itself.ipynb: cell 2: {ended}",
        f"notebooks/12_keeper.ipynb: cell 2: {ended}",
        "notebooks/13_leaves.ipynb: cell 2: SystemExit: the cells after this one did not run",
        "notebooks/14_red.ipynb: cell 2: Exception: red",
        "notebooks/15_other.ipynb: the parameters handed to it: language was handed over as 'nl' and is 'fr' "
        "after the last cell; set it in the parameters cell alone",
        "notebooks/16_left.ipynb: cell 3: ZeroDivisionError: division by zero",
        "notebooks/17_format.ipynb: not a valid notebook: 3 is not of type 'object'",
    ]
    assert not tiny.out.exists()
    assert "no such thing" in (tiny.results / ".tiny.failed.log").read_text()
    assert "results/.tiny.failed.log: what went wrong, at length" in answer.stderr.splitlines()


@pytest.mark.long
def test_a_kernel_that_never_starts_is_tried_twice(tiny):
    tiny.write("10_history", "1")
    words = json.dumps([sys.executable, "-c", "raise SystemExit(1)", "{connection_file}"])
    answer = tiny.run(KIK_KERNEL=words)
    assert answer.returncode == 1
    said = answer.stderr.splitlines()
    assert said[1] == "notebooks/10_history.ipynb: its kernel did not start; trying once more"
    assert said[-1].startswith("notebooks/10_history.ipynb: the kernel did not start, tried twice (")


OTHER = {part: {"nl": "Ons team", "en": "Our team"} for part in ("title", "intro")}
WRONG = (
    "notebooks/70_own.ipynb: metadata.kik.title.nl: 'Wij 7': a digit without a source",
    "notebooks/70_own.ipynb: metadata.kik.intro.nl: 'Zeven mensen': 'Zeven' is a number",
    "notebooks/70_own.ipynb: metadata.kik.intro.en: a character that cannot be seen; remove it (got U+200B)",
    "notebooks/70_own.ipynb: metadata.kik.title.en: not a text (got nothing; expected a text)",
)


def own(project: Project) -> dict:
    """Return a new notebook of a project that reads a parameter of its own."""
    assert project.kik("new-notebook", "70_own").stdout == "notebooks/70_own.ipynb\n"
    content = json.loads((project.folder / "notebooks" / "70_own.ipynb").read_text())
    tagged = next(one for one in content["cells"] if "parameters" in one["metadata"].get("tags", ()))
    tagged["source"] += "\npeople = 'persons'"
    shows = notebook(IMPORTS, SHOW.replace("unit=unit", "unit=people"), FTE.replace('"fte"', "people"))
    content["cells"] = [tagged, *shows["cells"][1:]]
    content["metadata"]["kik"] = OTHER
    return content


def test_an_own_notebook_with_an_own_parameter_takes_part(forty):
    assert ">Our team</h2>" in (forty.out / "report" / "en.html").read_text()
    assert (forty.out / "tables" / "staff.csv").read_text() == "category,value\nall,80.0\n"


@pytest.mark.long
def test_an_own_notebook_is_told_why_it_takes_no_part(tiny):
    content = own(tiny)
    made = json.loads((tiny.folder / "notebooks" / "70_own.ipynb").read_text())
    answer = tiny.run("--only", "70_own")
    assert answer.returncode == 0, answer.stderr
    assert "no notebook published anything; a notebook hands over its results with" in answer.stderr
    assert (tiny.out / "notebooks" / "70_own.ipynb").is_file()
    bad = {"title": {"nl": "Wij 7"}, "intro": {"nl": "Zeven mensen", "en": "a\u200bb"}}
    untold = "notebook 70_own published something, yet has no {0}: write kik.{0} in its metadata".format
    for words, said in (({}, [*map(untold, made["metadata"]["kik"])]), (bad, WRONG)):
        content["metadata"]["kik"] = words
        put(tiny, "70_own", content)
        answer = tiny.run("--lang", "nl")
        assert {*said} <= {*answer.stderr.splitlines()}
        assert answer.returncode


BESIDE = "import kik_analysis as kik\n\n\ndef spoken():\n    return kik.claims()['L042'].number"


def test_a_module_beside_a_notebook_is_a_source_of_its_result_and_judged_as_the_notebook_is(forty, proof):
    module = forty.folder / "notebooks" / "beside.py"
    assert (forty.out / "tables" / "own.csv").read_text() == "category,value\nall,3939.0\n"
    only = ("run", "--only", "31_scenario", "--lang", "en", "--out")
    for more, people in ((" + 1", 3940), (" + 1 + 1", 3941)) if proof else ():  # the last is compiled already
        module.write_text(f"{BESIDE}{more}\n")
        answer = forty.kik(*only, "results/module")
        assert answer.returncode == 0, answer.stderr
        table = forty.results / "module" / "tables" / "own.csv"
        assert table.read_text() == f"category,value\nall,{people}.0\n"
    assert not proof or "(notebooks/beside.py)" in answer.stderr
    module.write_text(f"{BESIDE} + 3939\n")
    answer = forty.kik(*only, "results/module")
    module.write_text(f"{BESIDE}\n")
    said = "cell 5: ModelError: number own.value: the number 3939 (line 5 of spoken) has no source; read"
    assert (answer.returncode, said in answer.stderr) == (1, True), answer.stderr
