"""kik check, new and explain as functions: nothing printed, sentences returned, files never overwritten."""

import errno
import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from parameter_files import BASE, ROOT, load

from kik_analysis.cli import main
from kik_analysis.errors import DataError, ParameterError
from kik_analysis.parameters import commands as checks
from kik_analysis.parameters import files
from kik_analysis.parameters.catalogue import catalogue
from kik_analysis.parameters.commands import check, example, explain, new
from kik_analysis.parameters.differences import differences
from kik_analysis.parameters.files import parse_assignment, read_layers
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.reading.problems import Problems

SCENARIO = load_scenario(BASE)
NUMBERS = {
    "team.people_per_fte": {
        **{"id": "team.people_per_fte", "value": 772.5556, "low": None, "high": None, "unit": "persons"},
        **{"decimals": 1, "evidence": "recomputed", "computation": "facts.reach:load"},
        "reads": ["claim:L040", "parameter:team.fte"],
    }
}


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.setenv("KIK_PROJECT", str(ROOT))


# ------------------------------------------------------------------ check


@pytest.mark.parametrize("kind", ["design", "sweep", "mapping", "cases", "measurement"])
def test_a_kind_not_known_here_is_handed_to_its_reader_or_told(tmp_path, kind):
    path = tmp_path / "f.yml"
    path.write_text(f"format: 1\nkind: {kind}\n")
    assert check([path]) == [f"{path}:2: kind: this version cannot check a {kind} file yet"]

    def reader(file):
        raise DataError(f"{file}:2: wrong in its own way")

    assert check([path], {kind: reader}) == [f"{path}:2: wrong in its own way"]
    assert check([path], {kind: lambda file: None}) == []


# ------------------------------------------------------------------ new


def test_a_new_scenario_is_right_and_equal_to_what_it_extends(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = new("twaalf_fte")
    assert path.name == "twaalf_fte.yml"
    text = path.read_text(encoding="utf-8")
    assert check([path]) == []
    assert load_scenario(path).digest() == load_scenario(BASE).digest()
    assert load_scenario(path).title["nl"] == "Twaalf fte"
    assert text.startswith("# yaml-language-server: $schema=")
    schema = text.splitlines()[0].partition("=")[2]
    assert (tmp_path / schema).resolve() == (ROOT / "params/schema/scenario.schema.json").resolve()


def test_its_examples_are_right_when_uncommented(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = new("voorbeeld")
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("# team:"))
    path.write_text("\n".join([*lines[:start], *(line.removeprefix("# ") for line in lines[start:])]) + "\n")
    assert check([path]) == []
    scenario = load_scenario(path)
    assert scenario["team.fte"] == 12
    assert scenario["policy.interval_weeks"]["unknown"] == 26


def test_it_extends_what_is_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    new("een")
    (tmp_path / "map").mkdir()
    path = new("map/twee.yml", from_="een.yml")
    assert "extends: ../een.yml" in path.read_text()
    assert check([path]) == []


def test_it_starts_from_any_shipped_scenario_by_name_and_says_in_dutch_what_that_changes(
    tmp_path, monkeypatch, proof
):
    monkeypatch.chdir(tmp_path)
    shipped = files.shipped()
    for name in shipped if proof else sorted({"quarter_overdue", *list(shipped)[::4]}):
        file = shipped[name]
        path = new(f"vanaf_{name}", name)
        assert check([path]) == []
        assert load_scenario(path).digest() == load_scenario(file).digest(), name
        assert load_scenario(path).header.baseline.endswith(f"{name}.yml")
    said = (tmp_path / "vanaf_quarter_overdue.yml").read_text()
    assert "# quarter_overdue.yml: de leeftijd van de laatste gesprekken" in said
    assert "(te laat bij de start): {low: 0, central: 0.21, high: 0.46} -> 0.25\n" in said
    # another municipality is told nothing of the counts, or of the team, of this one
    own = new("eigen", files.project.params("examples", "waterbroek", "waterbroek.yml")).read_text()
    assert "# waterbroek.yml: laat zien" in own
    assert " -> " not in own
    Path("wij.yml").write_text("extends: eigen.yml\npeople: {known_to_wij: 3}\n")
    assert "(bekend bij het buurtteam" in new("later", "wij.yml").read_text()
    assert "extends: quarter_overdue.yml\n" in said  # no path of this machine
    with pytest.raises(ParameterError, match="july_2091: no scenario of this name; did you mean july_2019"):
        new("x", "july_2091")


def test_the_list_of_scenarios_has_a_title_a_reason_a_source_and_a_baseline_for_each(capsys):
    assert main(["scenarios", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == ["base", *sorted(set(rows) - {"base"})]
    for name, row in rows.items():
        titles = [other["title"][lang] for other in rows.values() for lang in ("nl", "en")]
        assert all(titles.count(row["title"][lang]) == 1 for lang in ("nl", "en")), name
        if name != "base":
            assert row["baseline"] in rows, name
            assert row["source"], name
            assert row["reason"]["nl"] != row["reason"]["en"], name
    assert main(["scenarios", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert all(row["title"]["en"] in said and row["reason"]["en"] in said for row in rows.values())


def test_differences_are_of_the_weeks_of_the_run_old_and_new():
    base = load_scenario(BASE)
    more = base.replace({"team.fte": 12, "policy.lead_weeks": 4, "run.seed": 1})
    rows = [one.as_json() for one in differences(base, more)]
    fte = {"path": "team.fte", "segment": "", "where": "override", "until": None}
    extra = {"low": 10.5, "central": 12.5, "high": 15.5}, {"low": 13.5, "central": 15.5, "high": 18.5}
    temporary = {"from": None, "until": "2020-04-01", "where": rows[0]["where"]}
    assert rows[0] == {**fte, **temporary, "old": extra[0], "new": extra[1]}
    assert rows[1] == {**fte, "from": "2020-04-01", "old": 9, "new": 12}
    assert [row["path"] for row in rows[2:]] == ["policy.lead_weeks"]
    by_segment = base.replace({"policy.interval_weeks": {"per_segment": {"active_60_plus": 26, "other": 52}}})
    assert [(one.segment, one.words("nl")[1:]) for one in differences(base, by_segment)] == [
        ("active_60_plus", ("52", "26"))
    ]
    assert differences(base, load_scenario(BASE)) == ()


def test_it_never_overwrites(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "plan.yml"
    path.write_text("mine")
    with pytest.raises(ParameterError, match=r"plan\.yml: exists already"):
        new("plan")
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("-x", "cannot name a scenario"),
        ("a b", "cannot name a scenario"),
        ("", "cannot name a scenario"),
        ("nix/plan", r"nix/plan\.yml: cannot be written \(no such file or directory\)"),
    ],
)
def test_names_that_cannot_be(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=message):
        new(name)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    with open("/dev/full", "w") as full:
        told = subprocess.run(
            [sys.executable, "-m", "kik_analysis", "explain", "team.fte", "--lang", "nl"],
            **{"stdout": full, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT},
        )
    assert (told.returncode, told.stderr) == (1, "kik: de schijf is vol\n")

    def fails(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(ParameterError, match=r"cannot be written \(no space left"):
        new(str(tmp_path / "plan"))
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_extend_what_is_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yml").write_text("team: {ftee: 1}\n")
    with pytest.raises(ParameterError, match=r"did you mean team\.fte"):
        new("plan", from_="bad.yml")
    assert not (tmp_path / "plan.yml").exists()


# ------------------------------------------------------------------ explain


def test_a_parameter_is_explained_in_dutch():
    text = explain("team.fte", "nl")
    line = next(
        n for n, row in enumerate(BASE.read_text().splitlines(), 1) if row.startswith("  fte: {value: 9")
    )
    for part in (
        *("team.fte: formatie", "soort: besluit", "eenheid: fte", "mogelijk: 0 tot 10.000", "waarde: 9"),
        *("waarde: 12,5 (10,5 - 15,5), vanaf 1 april 2019", f"gezet in: base.yml:{line}", "bron: L028"),
        "zekerheid: A, gepubliceerd en nagekeken",
    ):
        assert part in text


def test_a_parameter_is_explained_in_english_with_its_prior():
    text = explain("team.client_time_share")
    for part in (
        *(
            "kind: assumption",
            "unit: fraction of the whole",
            "usual: 0.65 (0.45 - 0.78)",
            "confidence: C, own judgement",
        ),
        "client_time_share_of_productive_hours = plusconfidence.nl",
    ):
        assert part in text


@pytest.mark.parametrize("path", catalogue().paths)
def test_every_parameter_can_be_explained_in_both_languages(path):
    dutch, english = (explain(path, lang, SCENARIO) for lang in ("nl", "en"))
    assert dutch.splitlines()[0] == f"{path}: {catalogue()[path].title_nl}"
    assert english.splitlines()[0] == f"{path}: {catalogue()[path].title_en}"
    assert "bron: " in dutch
    assert "source: " in english


def test_the_scenario_at_hand_says_where_a_value_was_set(tmp_path):
    load(tmp_path, "team:\n  fte: {value: 12, note: two colleagues more}\n")
    text = explain("team.fte", "en", tmp_path / "twaalf.yml")
    assert "set in: twaalf.yml:3" in text
    assert "note: two colleagues more" in text
    assert explain("team.fte", "en", load_scenario(BASE).replace({"team.fte": 8})).count("override") == 2


def test_a_claim_is_explained_with_the_parameters_that_rest_on_it():
    text = explain("L042", "nl")
    assert "3.939 mensen gesproken" in text
    assert "gedrukt: 3.939 mensen" in text
    assert [word for word in ("persons", "spoken_current_group") if word in text] == []
    assert "gelezen door: people.stock" in text
    assert "read by: people.stock" in explain("L042", "en")


def test_a_number_is_explained_and_named_where_it_is_read():
    text = explain("team.people_per_fte", "nl", numbers=NUMBERS)
    for part in ("772,6 mensen", "bewijs: nagerekend", "berekend in: facts.reach:load", "parameter:team.fte"):
        assert part in text
    sheet = explain("staffing.fte_low", "nl").splitlines()[1]
    assert sheet == "  Fte voor de belofte: Van"
    asked = functools.partial(
        explain, lang="nl", numbers=NUMBERS, label=lambda one: f"Team: hoe druk, {one[5:]}"
    )
    said = "772,6 (Team: hoe druk, people_per_fte)"
    assert said in asked("druk"), "found by what readers call it, among those of its value too"
    assert said in asked("772,6")
    assert asked("team: hoe druk, people_per_fte") == asked("team.people_per_fte") != text
    assert "gelezen door: team.people_per_fte" in explain("team.fte", "nl", numbers=NUMBERS)
    assert "team.people_per_fte" in explain("L040", "nl", numbers=NUMBERS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("team.ftee", "no parameter or claim team.ftee; did you mean team.fte? Numbers are known after"),
        ("L999", "no claim L999"),
        ("people.stock.x", "no parameter, number or claim people.stock.x; did you mean people.stock?"),
        ("people_per_ftee", "no parameter, number or claim people_per_ftee"),
        ("staffing.fte_lo", "no parameter or claim staffing.fte_lo; did you mean staffing.fte_low?"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(name, message):
    numbers = NUMBERS if name.startswith("people") else None
    with pytest.raises(ParameterError) as caught:
        explain(name, "en", numbers=numbers)
    assert str(caught.value).startswith(message)


_, *ASKED = (Path(__file__).parent / "asked.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("asked", "lang", "found"), [line.split(" | ") for line in ASKED])
def test_a_number_is_found_by_its_value_and_anything_by_a_word(asked, lang, found):
    assert found in explain(asked, lang, numbers=NUMBERS)
    assert "L010" not in explain("0", lang, numbers=NUMBERS), "nought is not what has no share"


# ------------------------------------------------------------------ --set


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("team.fte=12", "team.fte", 12),
        ("team.fte= {low: 8, central: 9, high: 10}", "team.fte", 9),
        ("policy.order_in_queue=newest_first", "policy.order_in_queue", "newest_first"),
        ("policy.reminder_call=true", "policy.reminder_call", True),
        ("run.start=2019-07-29", "run.start", None),
    ],
)
def test_assignments_follow_the_rules_of_files(text, path, expected):
    problems = Problems()
    scenario = load_scenario(BASE, parse_assignment(text, problems))
    assert not problems
    assert scenario.value(path).origin.file == "--set"
    if expected is not None:
        assert scenario[path] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("team.fte", "not an assignment (got the text 'team.fte'; expected PATH=VALUE, as team.fte=12)"),
        ("=12", "not an assignment (got the text '=12'; expected PATH=VALUE, as team.fte=12)"),
        ("team.fte=", "team.fte: no value is given (expected PATH=VALUE)"),
        ("team.fte=[1", "the bracket that opens here is not closed"),
    ],
)
def test_assignments_that_are_none(text, message):
    problems = Problems()
    assert parse_assignment(text, problems) == {}
    assert problems.lines[0] == f"--set: {message}"


def test_loading_parameters_needs_nothing_heavy():
    code = (
        "import sys; from kik_analysis.parameters.commands import check; "
        f"assert check([{str(BASE)!r}]) == []; "
        "print([m for m in ('numpy', 'polars', 'scipy', 'matplotlib', 'numba') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"


def test_the_name_of_a_shipped_scenario_is_taken_and_a_forgotten_ending_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="extra_one: the name of a shipped scenario"):
        new("extra_one")
    new("acht")
    assert check(["."]) == [".: this is a folder (expected a file)"]
    os.mkfifo("pipe")
    for path in ("pipe", "/dev/zero"):
        assert check([path]) == [f"{path}: this is a pipe or device (expected an ordinary file)"]
    for read in (files.find, load_scenario):
        with pytest.raises(ParameterError, match=r"acht: no scenario of this name; did you mean acht\.yml\?"):
            read("acht")


def test_remarks_are_said_in_one_language(tmp_path, monkeypatch, capsys):
    file = tmp_path / "vast.yml"
    never = "policy: {reinvite_delay_weeks: 8, reinvite_declined: false, reinvite_not_reached: false}"
    file.write_text(f"extends: {BASE}\nteam: {{client_time_share: 0.65, fte: 0}}\n{never}\n")
    assert checks.remarks(BASE) == []
    nl = ("nl", "u hebt", "vastgezet", "niemand", "1 bekeken, alles in orde")
    en = ("en", "you have", "fixed", "nobody", "1 checked, nothing wrong")
    for lang, you, fixed, idle, done in (nl, en):
        assert main(["check", str(file), "--lang", lang]) == 0
        *remarks, last = capsys.readouterr().out.splitlines()
        assert any(f"vast.yml:2: team.client_time_share: {you}" in line and fixed in line for line in remarks)
        assert last == done
        told = ["--replications", "1", "--quiet", "--out", str(tmp_path / "t.csv"), "--lang", lang]
        assert main(["simulate", str(file), *told]) == 0
        said = capsys.readouterr().err
        ends, other = ("delay_weeks: '", "true / policy.reinvite_not_reached: true\n"), {nl[2], en[2]}
        assert [word in said for word in (fixed, idle, *ends, *(other - {fixed}))] == [1, 1, 1, 1, 0]


def test_what_explain_writes_of_a_parameter_can_stand_in_a_file(tmp_path, proof):
    base, file = load_scenario(BASE), tmp_path / "zo.yml"
    lines = [example(base.value(entry.path), entry) for entry in catalogue()]
    assert "team: {fte: 9}" in lines
    assert "policy: {reminder_call: false}" in lines
    for entry, line in list(zip(catalogue(), lines, strict=True))[:: 1 if proof else 4]:
        file.write_text(f"extends: {BASE}\n{line}\n")
        problems = Problems()
        (*_, layer) = read_layers(file, problems)
        assert (entry.path, problems.lines) == (entry.path, ())
        kept = [step.amount.central for _, steps in layer.values[entry.path].cells for step in steps[:1]]
        was = [steps[0].amount.central for _, steps in base.value(entry.path).cells]
        assert (entry.path, kept) == (entry.path, was)
