"""Named changes, dates that count otherwise than they read, and what a planner must not be misread in."""

import os
from pathlib import Path

import pytest
from parameter_files import BASE, load, scenario_file

from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.cli import main
from kik_analysis.errors import ParameterError
from kik_analysis.parameters.commands import check, remarks
from kik_analysis.parameters.scenario import load_scenario

BASE_SCENARIO = load_scenario(BASE)
WATERBROEK = BASE.with_name("examples") / "waterbroek" / "waterbroek.yml"
STOP = "set: policy.channel_follow_up, to: phone, from: 2020-03-16"


def changes(scenario):
    return {change.name or change.path: (change.start, change.until) for change in scenario.changes}


def test_a_name_replaces_an_inherited_change_whole(tmp_path):
    text = f"changes:\n  - {{name: contact_stop, {STOP}, until: 2020-07-06}}\n"
    scenario = load(tmp_path, text)
    assert list(changes(scenario)) == ["extra_staff", "after_stop", "mail_counts", "contact_stop"]
    assert str(changes(scenario)["contact_stop"][1]) == "2020-07-06"
    (mine,) = (change for change in scenario.changes if change.name == "contact_stop")
    assert mine.origin.where == "twaalf.yml:3", "all three entries of the base are gone"
    assert mine.origin.source == ("twaalf.yml:3",), "nothing of the old entry is left"


def test_drop_removes_and_entries_without_a_name_append(tmp_path):
    text = (
        "changes:\n  - {name: contact_stop, drop: true}\n"
        "  - {add: team.fte, amount: 1, from: 2021-01-04}\n"
        "  - {name: more, add: team.fte, amount: 2, from: 2021-02-01}\n"
    )
    assert list(changes(load(tmp_path, text))) == [
        "extra_staff",
        "after_stop",
        "mail_counts",
        "team.fte",
        "more",
    ]
    top = load(tmp_path, "changes: [{name: more, drop: true}]\n", "top.yml", "twaalf.yml")
    assert list(changes(top)) == ["extra_staff", "after_stop", "mail_counts", "team.fte"]
    vacancy = "set: team.vacancy_share, to: 0.1, from: 2021-01-04"
    named = load(tmp_path, f"changes: [{{name: empty_post, {vacancy}}}]\n", "same.yml")
    bare = load(tmp_path, f"changes: [{{{vacancy}}}]\n", "bare.yml")
    assert named.digest() == bare.digest() != BASE_SCENARIO.digest(), "a name makes no difference"


def test_parts_may_have_dates_as_any_value_has(tmp_path):
    """For everybody and for a segment: the same people are met the same way as by a change on that day."""
    first, then = "{home: {low: 0.5, central: 0.7, high: 0.9}, office: 0.3}", "{first: 0.1, follow_up: 0.5}"
    whose = "{per_segment: {unknown: %s, other: %s}}"
    dated = f"{{2019-01-07: {first}, 2020-10-15: phone}}"
    drop = "changes:\n  - {name: contact_stop, drop: true}\n"
    texts = (
        f"policy:\n  channel_first: {whose % (dated, dated)}\n"
        f"  reserved_share: {{2019-01-07: {{first: 0.2}}, 2020-10-15: {then}}}\n{drop}",
        f"policy: {{channel_first: {whose % (first, first)}, reserved_share: {{first: 0.2}}}}\n{drop}"
        "  - {set: policy.channel_first, to: phone, from: 2020-10-15}\n"
        f"  - {{set: policy.reserved_share, to: {then}, from: 2020-10-15}}\n",
    )
    as_value, as_change = (compile_scenario(load(tmp_path, text)).digest() for text in texts)
    assert as_value == as_change


_, *LINES = (Path(__file__).parent / "refused.txt").read_text(encoding="utf-8").splitlines()
REFUSED = [line.encode().decode("unicode_escape").split(" | ") for line in LINES]
TOO_LONG = "the text is too long (got 201 characters; expected at most 200)"
REFUSED += [
    [f"title: {'x' * 201}", TOO_LONG],
    [f"note: {'x' * 2001}", "note: a text of 2001 characters is too long"],
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_would_be_misread_is_refused_with_its_line(tmp_path, text, message):
    path = scenario_file(tmp_path, f"{text}\n")
    found = check([path])
    assert any(message in line for line in found), found
    assert all(line.startswith(f"{path}:") for line in found)
    assert all(line.isprintable() for line in found)


def test_a_decimal_that_cannot_be_thousands_is_a_decimal(tmp_path):
    scenario = load(tmp_path, "team: {client_time_share: 0.625}\ncosts: {fte_all_in: 80500.125}\n")
    assert (scenario["team.client_time_share"], scenario["costs.fte_all_in"]) == (0.625, 80500.125)
    assert BASE_SCENARIO.replace({"team.fte": 1.254})["team.fte"] == 1.254, "Python means what it says"


RUN = "run: {start: 2019-10-07, weeks: 52}\n"
EXITS = f"{RUN}changes: [{{set: people.exit_rate, to: 0.5, from: 2020-01-07"
FTE = f"{RUN}changes: [{{set: team.fte, to: 3, from: "
SUMMER = "team: {leave_pattern: {july: 1}}"
NO_WEEK = {
    f"{FTE}2029-07-01}}]": "a working day of the run",
    f"{FTE}2018-07-01, until: 2019-01-01}}]": "a working day of the run",
    f"{FTE}2020-01-04, until: 2020-01-06}}]": "a working day of the run",
    f"{EXITS}, until: 2020-01-13}}]": "a Monday of the run",
}


@pytest.mark.parametrize(("text", "wanted"), NO_WEEK.items())
def test_a_change_of_no_week_of_the_run_is_refused_and_an_inherited_one_remarked(tmp_path, text, wanted):
    path = scenario_file(tmp_path, f"{text}\n")
    (line,) = check([path])
    assert line.startswith(f"{path}:3: changes: changes no week of the run, which goes from 2019-10-07 until")
    assert wanted in line
    longer = text.replace("2019-10-07, weeks: 52", "2018-01-01, weeks: 1000").replace(
        "2020-01-06}", "2020-01-07}"
    )
    scenario_file(tmp_path, longer.replace("2020-01-13", "2020-01-14") + "\n")
    assert check([path]) == []
    if "Monday" not in wanted and "2020" not in text:
        said = [remark.nl for remark in load(tmp_path, RUN, "top.yml", "twaalf.yml").warnings]
        assert any("valt buiten de berekening" in one for one in said)


def test_a_change_counts_on_the_days_on_which_the_engine_looks(tmp_path):
    """Who comes in does so on any day; another definition of the group holds from the end of a week."""
    head = f"{RUN}changes: [{{set: people."
    path = scenario_file(tmp_path, f"{head}inflow_per_week, to: 85, from: 2020-01-04, until: 2020-01-06}}]\n")
    assert check([path]) == []
    assert compile_scenario(load_scenario(path)).inflow_mean[12:14].tolist() == [(5 * 15 + 2 * 85) / 7, 15]
    path = scenario_file(tmp_path, f"{head}moved_in, to: 9, from: 2020-01-06, until: 2020-01-12}}]\n")
    assert "a Sunday of the run" in check([path])[0]
    path = scenario_file(tmp_path, f"{head}moved_in, to: 9, from: 2020-01-06}}]\n")
    assert compile_scenario(load_scenario(path)).inflow_fixed[12:15].tolist() == [0, 9, 0]


def test_a_copy_of_the_base_is_told_what_can_go(tmp_path):
    """Whoever copies the whole file, or a block of it, owns every number; nothing in it was changed."""
    path, base = tmp_path / "kopie.yml", BASE.read_text(encoding="utf-8")
    path.write_text(base, encoding="utf-8")
    (line,) = remarks(path, "nl")
    assert "184 van de 184 waarden in dit bestand staan al zo in base.yml" in line
    path.write_text(f"extends: {BASE}\n{base}", encoding="utf-8")
    said = "\n".join(remarks(path, "nl"))
    assert "staan al zo in base.yml" in said
    assert "een andere gemeente" not in said, "no fact was changed"
    assert not any("staan al zo" in line for line in remarks(BASE, "nl"))
    other = load(tmp_path, "team: {fte: 12, client_time_share: 0.5}\npeople: {exit_rate: 0.2}\n")
    assert not any("stand so" in one.en for one in other.warnings)


def test_the_head_says_why_on_what_ground_and_beside_what(tmp_path):
    text = (
        "title: {nl: Dorp, en: Village}\nreason: {nl: een vraag, en: a question}\n"
        "source: [L028, eigen idee]\n"
        "published: none\nplace: {nl: Dorp aan Zee}\n"
    )
    own = load(tmp_path, text).header
    assert (own.reason, own.source, own.place) == (
        ("een vraag", "a question"),
        ("L028", "eigen idee"),
        ("Dorp aan Zee",) * 2,
    )
    assert (own.published, own.baseline) == (False, str(BASE))
    assert (BASE_SCENARIO.header.published, BASE_SCENARIO.header.baseline) == (True, "")
    top = load(tmp_path, f"reason: nieuw\nbaseline: {BASE}\n", "top.yml", "twaalf.yml").header
    assert (top.place, top.published) == (own.place, False), "these are inherited"
    assert top.title == ("top", "top"), "another choice does not go by its baseline's title"
    assert (top.reason, top.source, top.baseline) == (("nieuw", "nieuw"), (), str(BASE)), "these are its own"


REMARKED = {
    "policy: {channel_first: phone}": "vanaf 16 maart 2020 geldt voor",
    f"{EXITS}}}]": "telt vanaf maandag 13 januari 2020",
    "policy: {reinvite_declined: {2019-01-01: true, 2020-01-01: false}}": "telt vanaf maandag 6 januari 2020",
    "run: {start: 2023-10-02}": "geteld op 7 oktober 2019",
    "run: {start: 2019-09-30, weeks: 14}": "kwartaal 2019-3 is hier niet heel (aantal weken: 1)",
    SUMMER: "in juli staat meer",
    "changes: [{set: policy.channel, to: phone, from: 2020-02-03, until: 2020-03-16}]": "channel heet nu",
}


@pytest.mark.parametrize(("text", "said"), REMARKED.items())
def test_what_counts_otherwise_than_it_reads_is_remarked(tmp_path, text, said):
    remarks = [remark.nl for remark in load(tmp_path, text + "\n").warnings]
    assert any(said in remark for remark in remarks), remarks


def test_another_place_is_told_what_it_still_takes_from_the_base(tmp_path):
    """Letters, appointments and temporary posts of the base are no counts of another municipality."""
    text = "published: none\npeople: {letters_out: 12, inflow_per_week: 0.2}\n"
    found = load(tmp_path, text).warnings
    named = {one.path for one in found if "another place" in one.en}
    assert {"people.stock", "people.appointments_made", "team.fte"} <= named
    assert {"people.letters_out", "people.inflow_per_week"}.isdisjoint(one.path for one in found)
    assert not any("another place" in one.en for one in load(tmp_path, "team: {fte: 12}\n").warnings)
    assert not any("another place" in one.en for one in load_scenario(WATERBROEK).warnings)


@pytest.mark.parametrize(
    "text",
    [
        RUN + "changes: [{set: people.inflow_per_week, to: {low: 1, central: 2, high: 3}, from: 2020-01-07}]",
        RUN + "changes: [{set: team.fte, to: 10, from: 2020-01-08, until: 2020-02-01}]",
        RUN + "changes: [{set: policy.interval_weeks, to: 40, from: 2020-01-07, until: 2020-01-11}]",
        "run: {start: 2019-07-29}",
    ],
)
def test_what_counts_as_it_reads_is_not(tmp_path, text):
    assert load(tmp_path, text + "\n").warnings == ()


def test_extends_prints_no_line_of_a_file_that_is_not_ours(tmp_path):
    (tmp_path / "secret.yml").write_text("hunter: two\nteam is: [\n")
    (tmp_path / "secret").write_text("root:x:0:0\n")
    os.mkfifo(tmp_path / "pipe.yml")
    for name in ("secret.yml", "secret", "pipe.yml"):
        (line,) = check([scenario_file(tmp_path, "", extends=name)])
        assert "twaalf.yml:1: extends:" in line
        assert not any(word in line for word in ("hunter", "x:0", "team is"))


@pytest.mark.parametrize(("lang", "said"), [("en", "expected"), ("nl", "verwacht:")])
def test_the_path_that_is_told_instead_works(tmp_path, capsys, lang, said):
    (tmp_path / "sub").mkdir()
    file = scenario_file(tmp_path / "sub", "", extends="nowhere.yml")
    assert main(["check", str(file), "--lang", lang]) == 2
    path = capsys.readouterr().err.rpartition(f"{said} ")[2].partition(",")[0]
    assert load(file.parent, "", extends=path).digest() == BASE_SCENARIO.digest()


def test_objects_and_paths_are_not_mixed_up_without_a_word():
    with pytest.raises(ParameterError, match=r"a scenario is read from a file \(got Scenario"):
        load_scenario(BASE_SCENARIO)
    with pytest.raises(ParameterError, match="not a dictionary of paths and values"):
        BASE_SCENARIO.replace("team.fte=12")
    with pytest.raises(ParameterError, match="check wants a list of files"):
        check(str(BASE))


def test_a_notebook_shows_a_scenario_in_a_few_rows():
    html = BASE_SCENARIO._repr_html_()
    assert len(html) < 600
    assert "260 weeks from 2019-10-07" in html
