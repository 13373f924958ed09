"""`kik run` as users run it: what it leaves, what it says, what it does again and what it does not."""

import argparse
import json
import re
from pathlib import Path

import whole
from tiny_project import compared

from kik_analysis import cli
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.runs import execution, folders, manifest


def said(line: str, text: str) -> bool:
    return f"\n{line}" in f"\n{text}"


def test_the_result_holds_what_the_interface_names(done):
    names = {path.relative_to(done.out).as_posix() for path in done.out.rglob("*") if path.is_file()}
    expected = """
        report/nl.html report/en.html report/samenvatting-nl.docx report/samenvatting-en.docx
        notebooks/10_history.ipynb notebooks/11_audit.ipynb tables/claimed.csv tables/staff.csv
        tables/cijfers-nl.xlsx tables/figures-en.xlsx tables/datapackage.json numbers.json
        parameters.json manifest.json ro-crate-metadata.json run.log
    """
    assert {name for name in names if not name.endswith(".pdf")} == set(expected.split())
    assert (done.out / "tables" / "staff.csv").read_text() == "category,value\nall,18.0\n"
    assert "WARNING" not in (done.out / "run.log").read_text()


def test_nothing_changed_runs_and_touches_nothing_and_the_last_thing_said_is_the_report(done):
    before = {path: path.stat().st_mtime_ns for path in done.out.rglob("*")}
    answer = done.process(*done.whole())
    again = done.run()  # as in a process of its own: the same is said, with the same code
    assert (again.returncode, again.stdout, again.stderr) == (0, answer.stdout, answer.stderr)
    assert answer.stdout == "results/tiny/report/nl.html\n"
    assert answer.stderr == "results/tiny: nothing has changed\n"
    assert {path: path.stat().st_mtime_ns for path in done.out.rglob("*")} == before


def test_one_other_byte_anywhere_has_all_looked_at_whole(copy, monkeypatch):
    def looks(*words: str) -> bool:
        """Tell whether a run looks at more than bytes; else it says that nothing has changed."""
        answer = copy.run(*words)
        assert (answer.returncode, "nothing has changed" in answer.stderr) in ((0, True), (1, False))
        return answer.returncode == 1

    class Looked:
        def __init__(self, scenario: Path, asked: object) -> None:
            raise RuntimeError

    copy.run()  # looks at all, and finds the copy right
    monkeypatch.setattr(execution, "Run", Looked)
    assert not looks()
    files = """
        params/base.yml params/catalogue.csv params/questions/own.yml params/own.yml data/published/claims.csv
        data/own.csv notebooks/10_history.ipynb notebooks/beside.py requirements/run.lock
        results/tiny/manifest.json results/tiny/tables/staff.csv results/tiny/run.log results/tiny/mine.txt
        results/.tiny.lock results/.exchange-tiny.json
    """
    for path in (copy.folder / name for name in files.split()):
        before = path.read_bytes() if path.exists() else b""
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(before + b" ")
        assert looks(), path
        path.write_bytes(before) if before else path.unlink()
        assert not looks(), path
    for path in (copy.out / "tables", copy.folder / "params" / "questions", copy.out / "run.log"):
        path.rename(copy.folder / "moved")
        assert looks(), path
        path.symlink_to(copy.folder / "moved")  # with the same bytes behind it
        assert looks(), path
        path.unlink()
        (copy.folder / "moved").rename(path)
    assert looks("--lang", "nl")
    assert not looks(str(copy.folder / "params/base.yml"))  # the same file by its whole path
    assert looks("--force")
    python, others = folders.inputs.versions()["python"], folders.inputs.versions()
    with monkeypatch.context() as patch:
        patch.setattr(folders.inputs, "versions", lambda: {**others, "python": f"{python}1"})
        assert looks()
    with monkeypatch.context() as patch:  # a module
        real, other = folders.storage.file_digest, folders.inputs.PACKAGE / "statistics" / "philox.py"
        patch.setattr(folders.storage, "file_digest", lambda path: "" if path == other else real(path))
        assert looks()
    monkeypatch.chdir(copy.folder)
    for content in (b"", b"\xff", folders.seal(copy.out).read_bytes()[1:]):
        folders.seal(copy.out).write_bytes(content)
        assert looks()


def test_what_was_edited_while_it_was_looked_at_is_looked_at_again(copy, monkeypatch):
    real = execution.Run.done

    def done(self: execution.Run) -> Path:
        found = real(self)
        copy.base("# ", "#  ")
        return found

    monkeypatch.setattr(execution.Run, "done", done)
    monkeypatch.chdir(copy.folder)
    seal = folders.seal(copy.out)
    copy.run()
    assert not seal.exists()
    monkeypatch.setattr(execution.Run, "done", real)
    copy.run()
    assert seal.exists()


def test_what_was_read_elsewhere_in_the_project_counts_and_a_scenario_elsewhere_is_not_sealed(
    copy, tmp_path, monkeypatch
):
    monkeypatch.chdir(copy.folder)
    asked, base = argparse.Namespace(theme=None), copy.folder / "params" / "base.yml"
    read = json.loads((copy.out / manifest.FILE).read_bytes())
    read["inputs"] |= {"opened": {"counts.csv": ""}, "listing": {"own/*.csv": ""}}
    (copy.out / manifest.FILE).write_text(json.dumps(read))
    seen = {folders.look(asked, copy.out, [base])}
    for name in ("counts.csv", "own/new.csv"):
        (copy.folder / name).parent.mkdir(exist_ok=True)
        (copy.folder / name).write_text("1")
        seen.add(folders.look(asked, copy.out, [base]))
    assert len(seen) == 3
    assert folders.look(asked, copy.out, [base, tmp_path / "plan.yml"]) == "" not in seen


def test_nothing_compared_names_this_machine_and_no_notebook_a_time_or_random_id(done):
    for name, content in compared(done.out).items():
        # the run may have been another worker's, elsewhere: in a folder of the same name
        assert done.folder.name.partition(" en ")[0].encode() not in content, name
        assert str(Path.home()).encode() + b"/" not in content, name
        assert not (name.endswith(".ipynb") and re.search(b"papermill|start_time", content)), name
    claim, staff = (
        json.loads((done.out / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8"))["cells"]
        for stem in ("10_history", "11_audit")
    )
    # a notebook is handed only what it uses
    assert [cell["id"] for cell in claim] == ["cell-0", "cell-1", "cell-2", "cell-3"]
    assert staff[1]["id"] == "injected-parameters"
    assert "".join(staff[1]["source"]) == '# Parameters\nscenario = "params/base.yml"'


def test_the_manifest_lists_every_file_and_its_own_digest(done):
    own = manifest.load(done.out)
    assert set(own.files) == set(compared(done.out)) - {manifest.FILE}
    assert own.seed == 2019
    assert own.inputs["parameter"].keys() >= {"team.fte", "run.seed"}
    reads = own.notebooks["10_history"]["reads"]
    assert [read for read in reads if read.startswith(("claim:", "parameter:"))] == ["claim:L042"]
    assert "parameter:team.fte" in own.notebooks["11_audit"]["reads"]
    assert own.render() == (done.out / manifest.FILE).read_bytes()


def test_a_comment_title_or_reason_changes_no_number_and_what_they_say_is_said(copy, proof):
    copy.base("team:", "# remark\nteam:")
    copy.base("title: {nl: Stand oktober 2019", "title: {nl: Anders gezegd")
    answer = copy.run("--lang", "nl")
    assert said("notebooks/11_audit.ipynb: unchanged", answer.stderr)
    assert said("since the earlier result: no number changed", answer.stderr)
    assert "Anders gezegd" in (copy.out / "report" / "nl.html").read_text(encoding="utf-8")
    copy.base("format: 1", "format: 1\nreason: {nl: Daarom, en: Because}")
    assert not proof or "nothing has changed" not in copy.run("--lang", "nl").stderr


def test_another_scenario_anywhere_shares_what_does_not_depend_on_it_and_leaves_no_path(copy, tmp_path):
    outside = tmp_path / "zolderkamer" / "plan.yml"
    outside.parent.mkdir()
    outside.write_text(f"extends: {copy.folder}/params/base.yml\nteam: {{fte: 12}}\n")
    answer = copy.kik("run", str(outside), *copy.only(), "--out", "results/plan", "--lang", "nl")
    assert answer.returncode == 0, answer.stderr
    assert said("notebooks/10_history.ipynb: unchanged", answer.stderr)
    assert (copy.results / "plan" / "tables" / "staff.csv").read_text() == "category,value\nall,24.0\n"
    assert all(b"zolderkamer" not in content for content in compared(copy.results / "plan").values())
    assert copy.run().stderr == "results/tiny: nothing has changed\n"


def test_the_checks_begin_from_a_result_as_it_was_made_and_from_no_other(copy):
    """What was made by other code or from other input is left to the run that the checks then ask for."""
    assert whole.sound(copy.out)
    table = copy.out / "tables" / "staff.csv"
    before = table.read_bytes()
    table.write_bytes(before.replace(b"18", b"19"))
    assert not whole.sound(copy.out)
    table.write_bytes(before)
    (copy.out / "tables" / "own.csv").write_bytes(before)
    assert not whole.sound(copy.out)
    assert not whole.sound(copy.results)


def test_one_parameter_changed_runs_one_notebook_and_diff_names_input_and_numbers(done, copy, capsys):
    copy.base("fte: {value: 9, source: L028, confidence: A}", "fte: 12")
    answer = copy.run("--lang", "en").stderr.splitlines()
    assert "notebooks/10_history.ipynb: unchanged" in answer
    assert "notebooks/11_audit.ipynb: runs (changed: parameter team.fte)" in answer
    assert sum(line.startswith("no PDF: none of chromium") for line in answer) == 1
    assert "because of input (team.fte)" in answer[-1]
    assert (copy.out / "tables" / "staff.csv").read_text() == "category,value\nall,24.0\n"
    assert cli.main(["diff", str(done.out), str(copy.out)]) == 0
    said = capsys.readouterr().out
    assert f"  input: {catalogue()['team.fte'].title('en')} 9" in said
    assert "base.yml:" in said
    lines = said.splitlines()
    # a summary of ten lines at most, then old, new and difference in words
    assert lines[0] == "since the earlier result: 6 numbers changed because of input (team.fte)"
    assert lines.index("What differs:") <= 10
    assert "  staff: all, Value: 18 FTE \N{EN DASH} 24 FTE \N{EN DASH} +6 (input)" in lines
    assert "staff.value" not in said
    assert "claimed" not in said
    assert cli.main(["diff", str(done.out), str(copy.out), "--ids"]) == 0
    ids = capsys.readouterr().out.splitlines()
    for name in ("staff.value", "staff/all/value"):
        line = f"  {name}: 18 FTE \N{EN DASH} 24 FTE \N{EN DASH} +6 (input parameter:team.fte)"
        assert line in ids
    assert cli.main(["diff", str(copy.out), str(done.out), "--lang", "nl"]) == 0
    said = capsys.readouterr().out
    assert "Getallen die veranderden, oud" in said
    assert " 18 fte \N{EN DASH} -6 (invoer)" in said
    for one, told in ((done.out, "18"), (copy.out, "24")):  # of the result that is named, not of the base's
        assert cli.main(["explain", "staff.value", "--result", str(one), "--lang", "en"]) == 0
        assert f"staff.value: {told} FTE" in capsys.readouterr().out


def test_a_damaged_stored_result_is_named_and_not_used(copy):
    (entry,) = (copy.results / ".cache" / "notebooks" / "11_audit").iterdir()
    (entry / "tables" / "staff.csv").write_text("category,value\nall,19.0\n")
    answer = copy.run("--lang", "en")
    assert said(f"stored result 11_audit/{entry.name}: damaged; removed", answer.stderr)
    assert said("notebooks/10_history.ipynb: unchanged", answer.stderr)
    assert (copy.out / "tables" / "staff.csv").read_text() == "category,value\nall,18.0\n"
    assert (copy.out / "report" / "en.html").exists()
