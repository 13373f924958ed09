"""Every parameter and every claim, changed in turn: whatever depends on it runs again.

Two halves make the whole. A source that stands on a notebook's record makes the notebook run again when it
changes, for each source (on digests). A source that does not stand there cannot change the notebook's
output: all of those are changed at once, and a forced run gives the same bytes.
"""

import csv
import datetime
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import replay
import whole
import yaml
from tiny_project import Project

from kik_analysis import project
from kik_analysis.errors import KikError
from kik_analysis.facts.claims import read_claims
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.reading.storage import file_digest
from kik_analysis.runs import inputs, lifeline, notebooks
from kik_analysis.runs.execution import Execution
from kik_analysis.runs.inputs import Inputs
from kik_analysis.runs.lifeline import Family

STAFF = ("team.fte", "run.weeks", "people.stock", "policy.interval_weeks", "policy.priority", "run.start")


def candidates(scenario: Scenario, path: str) -> list[object]:
    """Return values that a parameter might have instead of its own."""
    entry, value = scenario.entry(path), scenario.value(path)
    central = value.central if value.simple else None
    if entry.type == "switch":
        return [not central]
    if entry.type == "choice":
        return [choice for choice in entry.choices if choice != central]
    if entry.type == "order":
        return [list(reversed(entry.choices))]
    if entry.type == "date":
        return [central + datetime.timedelta(days=days) for days in (7, -7, 1)]
    if not value.simple:
        parts = {name: steps[0].amount.central for name, steps in value.cells}
        first, *rest = parts
        shift = 1 if entry.type == "whole" else 0.001
        moves = {first: shift, **dict.fromkeys(rest[:1], -shift)}
        moved = {name: round(part + moves.get(name, 0), 6) for name, part in parts.items()}
        alone = {**parts, first: round(parts[first] + 0.25, 6)}
        return [moved, alone] if entry.keys else [{"per_segment": moved}, moved[first], 13]
    if entry.type == "whole":
        return [central + 1, central - 1]
    near = (central * 1.01 + 0.0011, central * 0.99, central + 0.01)
    # three decimals would be read as thousands, and refused
    return [round(number, 2 if round(number, 3) == round(number, 6) else 6) for number in near]


def fitting(scenario: Scenario, path: str, given: Mapping[str, object] | None = None) -> object:
    """Return another value for a parameter, which a file may hold beside those given; None without one."""
    later = [amount.central for _, day, amount in scenario.timeline(path).amounts() if day]
    for candidate in candidates(scenario, path):
        # in a file a dated change to what is so already is refused
        with suppress(KikError):
            if given is None or candidate not in later:
                scenario.replace({**(given or {}), path: candidate})
                return candidate
    return None


def overlay(scenario: Scenario, paths: set[str]) -> tuple[dict, set[str]]:
    """Return as many other values as go together, as sections of a file, and the paths changed."""
    sections: dict[str, dict] = {}
    changed: dict[str, object] = {}
    for path in sorted(paths):
        if (value := fitting(scenario, path, changed)) is not None:
            changed[path] = value
            section, _, name = path.partition(".")
            sections.setdefault(section, {})[name] = value
    return sections, set(changed)


class Base:
    """The project itself in a copy, its notebooks executed and stored."""

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder)  # there already, and empty
        for name in whole.COPIED:
            shutil.copytree(whole.ROOT / name, folder / name)
        # one more notebook, which reads parameters
        cells = "\n".join(f"values.append(str(chosen.value('{path}').canonical()))" for path in STAFF)
        self.project.write(
            "90_parameters",
            "import kik_analysis as kik\nfrom kik_analysis import project",
            f"chosen = kik.load_scenario(project.root() / scenario)\nvalues = []\n{cells}\nvalues",
        )

    def execute(self, store: Path, only: set[str] | None = None) -> Execution:
        """Execute the notebooks that are not stored yet, with real kernels, and no report."""
        staging = self.project.results / f".tmp-{store.name}"
        staging.mkdir(parents=True)
        with Family({"KIK_PROJECT": str(self.project.folder)}, staging / "run.log") as family:
            made = self.project.execution(staging, store, family)
            read = [notebooks.read(path) for path in notebooks.found() if only is None or path.stem in only]
            made.run(read)
        return made


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, ran: Path):
    """Return a copy of the project that has run, its root set for this process too.

    What that run kept of its notebooks is fresh here, in another folder; so only the added one is executed.
    """
    made = Base(tmp_path_factory.mktemp("base"))
    made.kept = whole.cache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIK_PROJECT", str(made.project.folder))
        made.first = made.execute(made.kept / "notebooks")
        made.found = {path.stem: notebooks.read(path) for path in notebooks.found()}
        assert {*made.first.executed} <= {"90_parameters"}  # another worker may have done it
        yield made


def stale(base: Base, now: Inputs) -> set[str]:
    """Return the notebooks that would run again on these inputs."""
    entries = base.first.entries
    return {stem for stem, entry in entries.items() if entry.stale(base.found[stem], entry.parameters, now)}


def readers(base: Base, kind: str, name: str) -> set[str]:
    entries = base.first.entries.items()
    return {stem for stem, entry in entries if any(read[:2] == (kind, name) for read in entry.reads)}


CHANGING = {
    "claims": ("claim", "listing"),
    "scenario": ("parameter", "scenario"),
    "package": ("module",),
    "files": ("file", "opened"),
}
"""Kinds of source of which the digests are taken anew when a part of the inputs is another."""


def other(base: Base, **parts: object) -> Inputs:
    """Return the inputs of the first run with another part: a scenario, claims, modules, or files."""
    now, (part,) = base.first.inputs, parts
    known = {key: digest for key, digest in now._known.items() if key[0] not in CHANGING[part]}
    fixed = {"package": parts.get("package", now.package), "versions": now.versions, "lock": now.lock}
    given = (parts.get("scenario", now.scenario), parts.get("claims", now.claims))
    return Inputs(now.path, *given, **fixed, _known=known)


def test_nothing_is_stale_as_long_as_nothing_changed(base):
    for part in CHANGING:
        assert stale(base, other(base, **{part: getattr(base.first.inputs, part)})) == set()
    assert set(base.first.entries) == {path.stem for path in notebooks.found()}


def test_each_claim_makes_exactly_its_readers_run_again(base, proof):
    claims = base.first.inputs.claims
    read = set()
    for name in list(claims.ids())[:: 1 if proof else 4]:
        now = other(base, claims=claims.replace(name, note="changed"))
        assert stale(base, now) == readers(base, "claim", name), name
        read |= readers(base, "claim", name)
    assert {"10_history", "11_audit", "12_bounds"} <= read


def test_each_parameter_makes_exactly_its_readers_run_again(base, proof):
    scenario = base.first.inputs.scenario
    for path in scenario.paths if proof else (*scenario.paths[::4], *STAFF):
        expected = readers(base, "parameter", path)
        assert (
            stale(base, other(base, scenario=scenario.replace({path: fitting(scenario, path)}))) == expected
        ), path
        assert ("90_parameters" in expected) is (path in STAFF)


def test_another_head_makes_exactly_its_readers_run_again(base):
    """Title, reason, baseline: what a file says of itself decides what a page says and compares."""
    scenario = base.first.inputs.scenario
    expected = readers(base, "scenario", "header")
    assert stale(base, other(base, scenario=scenario.named("base", ("Anders", "Other")))) == expected
    assert "01_answers" in expected
    assert not expected & set(ALONE)


def test_each_file_makes_exactly_its_readers_run_again(base):
    """Every file of the project, on record or not; claims and scenario count value by value."""
    claims_and_scenario = {inputs.CLAIMS, *map(project.relative, base.first.inputs.files)}
    read = set()
    for folder in ("params", "data"):
        for path in sorted((base.project.folder / folder).rglob("*")):
            name = path.relative_to(base.project.folder).as_posix()
            if not path.is_file() or name in claims_and_scenario:
                continue
            whole = path.read_bytes()
            path.write_bytes(whole + b"\n")
            expected = readers(base, "file", name) | readers(base, "opened", name)
            assert stale(base, other(base, files=name)) == expected, name
            path.write_bytes(whole)
            read |= {name} if expected else set()
    assert "params/identification.yml" in read


INSIDE = """\
import contextlib, io, json, os, sys
from pathlib import Path
from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure
save = Figure.savefig
Figure.savefig = lambda made, to, **how: save(made, to, **how) if how["format"] != "png" else None
out, *paths = sys.argv[1:]
seen = set()
sys.addaudithook(lambda event, words: event == "open" and isinstance(words[0], str) and seen.add(words[0]))
os.environ["KIK_OUT"] = out
shown = {}
for path in map(Path, paths):
    os.environ["KIK_NOTEBOOK"] = path.stem
    shell, shown[path.stem] = InteractiveShell.instance(), []
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "code":
            shell.display_pub = CapturingDisplayPublisher()
            shell.display_trap.hook = CapturingDisplayHook(shell, shell.display_pub.outputs)
            with contextlib.redirect_stdout(io.StringIO()) as said:
                done = shell.run_cell("".join(cell["source"]))
            done.raise_error()
            texts = [{kind: one for kind, one in piece["data"].items() if kind != "image/png"}
                     for piece in shell.display_pub.outputs]
            shown[path.stem].append([said.getvalue(), texts])
    InteractiveShell.clear_instance()
Path(out, "shown.json").write_text(json.dumps([shown, sorted(seen)]))
"""
"""Notebooks one after another in one process, without kernels and record, and no PNG beside an equal SVG."""


def at_once(base: Base, out: Path, stems: list[str]) -> tuple[dict[str, str], dict[str, list], set[str]]:
    """Run notebooks in one process.

    Returns the files they gave with their digests, what cells showed, and the files of the package that the
    process opened.
    """
    out.mkdir()
    root = base.project.folder
    paths = [str(root / "notebooks" / f"{stem}.ipynb") for stem in stems]
    extra = {"KIK_PROJECT": str(root), "KIK_CACHE": str(base.kept), "PYTHONPATH": str(whole.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", INSIDE, str(out), *paths],
        env=lifeline.surroundings({**extra, "IPYTHONDIR": str(out.with_name("ipython"))}),
        cwd=root / "notebooks",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown, seen = json.loads((out / "shown.json").read_bytes())
    (out / "shown.json").unlink()
    made = [path for path in out.rglob("*") if path.is_file() and path.suffix != ".png"]
    files = {path.relative_to(out).as_posix(): file_digest(path) for path in made}
    compiled = re.compile(r"__pycache__/(\w+)\.[^/]*$")
    paths = {Path(compiled.sub(r"\1.py", name)) for name in seen}
    ours = {path for path in paths if path.is_relative_to(inputs.PACKAGE) and path.is_file()}
    return files, shown, {path.relative_to(inputs.PACKAGE).as_posix() for path in ours}


def in_kernels(base: Base, stems: Iterable[str]) -> tuple[dict[str, str], dict[str, list]]:
    """Return the same of the run, in which each notebook had a kernel of its own."""
    files: dict[str, str] = {}
    shown = {}
    for stem in stems:
        entry = base.first.entries[stem].files
        files |= {name: one for name, one in entry.items() if not re.match(r"notebooks/|.*\.png$", name)}
        shown[stem] = [
            [
                "".join("".join(one["text"]) for one in cell["outputs"] if one.get("name") == "stdout"),
                [
                    {kind: text for kind, text in replay.joined(one).items() if kind != "image/png"}
                    for one in cell["outputs"]
                    if "data" in one
                ],
            ]
            for cell in replay.code(base.first.staging / "notebooks" / f"{stem}.ipynb")
        ]
    return files, shown


def altered(path: Path, ids: set[str], cited: set[str]) -> set[str]:
    """Change all claims but the given in a ledger: words, and numbers as far as the guard allows.

    Returns the claims of which the numbers were changed; those that are cited keep theirs.
    """
    text = path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    original = {row["id"]: dict(row) for row in rows}
    worded = {row["id"] for row in rows} - ids
    numbered = {row["id"] for row in rows if row["id"] in worded - cited and row["value"]}

    def write() -> None:
        for row in rows:
            row.update(original[row["id"]])
            if row["id"] in worded:
                row["statement_en"] += " (changed)"
                row["note"] = "changed"
            if row["id"] in numbered:
                for column in ("value", "low", "high"):
                    if row[column]:
                        row[column] = f"{float(row[column]) * 2:g}"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    for _ in range(10):
        write()
        try:
            read_claims(path)
            return numbered
        except KikError as error:
            numbered -= {name for name in numbered for line in error.lines if f" {name}" in line}
    raise AssertionError("the ledger stays wrong")


ALONE = ("10_history", "11_audit", "12_bounds")
"""Notebooks that read many claims, held against those that none of them reads."""
QUICK = ("30_caseload", "11_audit")
"""Those of every day: one reads many parameters, the other many claims."""


def unread(base: Base, stems: Iterable[str], kind: str, names: Iterable[str]) -> set[str]:
    """Return the claims or parameters that none of these notebooks has on its record."""
    reads = {read[:2] for stem in stems for read in base.first.entries[stem].reads}
    return {name for name in names if (kind, name) not in reads}


@contextmanager
def other_parameters(params: Path, names: set[str], head: Iterable[str]) -> Iterator[None]:
    """Have the base scenario say something else of these parameters, as many as go together, for a while.

    ``head``: keys of its head that say something else too.
    """
    if not names:
        yield
        return
    scenario = load_scenario(params / "base.yml")
    sections, changed = overlay(scenario, names)
    assert len(changed) >= 0.9 * len(names)
    whole = (params / "base.yml").read_bytes()
    flat = yaml.safe_load(whole) | {key: {"nl": "anders", "en": "other"} for key in head}
    for section, entries in sections.items():
        flat[section] = {**flat[section], **entries}
    text = yaml.safe_dump(flat, sort_keys=False, allow_unicode=True)
    (params / "base.yml").write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        (params / "base.yml").write_bytes(whole)


class TestUnread:  # a class is work for another worker
    @pytest.mark.long(every=2)
    @pytest.mark.parametrize("group", ["in reverse", "alone"])
    def test_what_a_notebook_did_not_read_cannot_change_its_output(self, base, tmp_path, group, proof):
        """Claims and parameters not on record are changed at once; each module used makes it run again.

        Groups run in one process, in order or in reverse: a read made once per process must not be missed by
        a second computation that rests on it. In the long form all notebooks do so, and nothing is changed.
        """
        reverse = ALONE[::-1] if proof else QUICK
        for stems in [reverse] if group == "in reverse" else [[stem] for stem in sorted(base.first.entries)]:
            self.hold(base, tmp_path / stems[0], list(stems))
        for turned in (True, False) if proof and group == "in reverse" else ():
            stems = sorted(base.first.entries, reverse=turned)
            assert at_once(base, tmp_path / f"out-{turned}", stems)[:2] == in_kernels(base, stems)

    def hold(self, base: Base, out: Path, stems: list[str]) -> None:
        params = base.project.folder / "params"
        ledger = base.project.folder / "data" / "published" / "claims.csv"
        before = ledger.read_bytes()
        claims = set(base.first.inputs.claims.ids())
        # a parameter that cites a claim must have its value, or the scenario is refused
        cited = set(re.findall(r"\b[LDWZ]\d{3,4}\b", (params / "base.yml").read_text()))
        untold = unread(base, stems, "parameter", load_scenario(params / "base.yml").paths)
        head = ("title", "reason") if unread(base, stems, "scenario", ["header"]) else ()
        with other_parameters(params, untold, head):
            try:
                numbered = altered(ledger, claims - unread(base, stems, "claim", claims), cited)
                assert len(numbered) > 20
                again = at_once(base, out, stems)
            finally:
                ledger.write_bytes(before)
        files, outputs = in_kernels(base, stems)
        assert sorted(name for name in {*files, *again[0]} if files.get(name) != again[0].get(name)) == []
        assert again[1] == outputs
        # which were used, bytecode by its source, the interpreter tells here, and not the record of a run
        package = base.first.inputs.package
        for name in package:
            # other values may be remarked upon where the project's own are not
            if name in again[2] - {"texts/remarks.toml"} or name.startswith("runs/"):
                found = stale(base, other(base, package={**package, name: "changed"}))
                assert (set(stems) <= found) if len(stems) == 1 else (set(stems) & found), name
        assert len(again[2]) > 30


def test_a_change_that_is_read_does_change_the_output(base):
    """The comparison above can fail: a value that is on record shows in the executed notebook."""
    params = base.project.folder / "params" / "base.yml"
    whole = params.read_text(encoding="utf-8")
    params.write_text(
        whole.replace("fte: {value: 9, source: L028, confidence: A}", "fte: 8"), encoding="utf-8"
    )
    try:
        again = base.execute(base.project.results / "again-fte", {"90_parameters"})
    finally:
        params.write_text(whole, encoding="utf-8")
    assert again.entries["90_parameters"].files != base.first.entries["90_parameters"].files
    executed = base.project.results / ".tmp-again-fte" / "notebooks" / "90_parameters.ipynb"
    assert "8" in json.dumps(json.loads(executed.read_text(encoding="utf-8"))["cells"][-1]["outputs"])
