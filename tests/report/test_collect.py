"""``numbers.json`` holds every number a reader sees, each once."""

import dataclasses
import json

import pytest
import report_sample
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import RunError
from kik_analysis.evidence.classes import Evidence
from kik_analysis.facts.claims import claims
from kik_analysis.report import collect, record
from kik_analysis.report.build import build


def test_all_kinds_of_numbers_are_there_sorted(built):
    rows = json.loads((built / "numbers.json").read_text(encoding="utf-8"))
    assert list(rows) == sorted(rows)
    assert all(name == row["id"] for name, row in rows.items())
    assert set(report_sample.NUMBERS) <= set(rows)
    assert {"figure1_reach/spoken/persons", "events/begin/value", "claim/L042", "parameter/team.fte"} <= set(
        rows
    )
    assert "events/@now/value" in rows
    assert "figure1_reach/rest/low" not in rows
    assert rows["parameter/people.share/declined/2019-04-01"]["value"] == 25
    assert rows["figure1.spoken_share"]["reads"] == ["claim:L040", "claim:L042"]


def test_numbers_come_back_as_they_were_written(built):
    numbers = collect.read(built / "numbers.json")
    again = collect.collect(record.read_all(built), built, report_sample.meta())
    assert numbers == again


def test_a_claims_number_is_the_claims(built):
    numbers = collect.read(built / "numbers.json")
    found = claims()
    with_number = [name for name in found if found[name].quantitative]
    assert len(with_number) > 80
    for name in with_number:
        claim = found[name]
        factor = 100 if claim.unit == "share" else 1
        if claim.value is not None:
            number = numbers[f"claim/{name}"]
            assert number.value == pytest.approx(claim.value * factor), name
            assert number.reads == (f"claim:{name}",)
        if (claim.low, claim.high) != (claim.value, claim.value):
            limits = numbers[f"claim/{name}/range"]
            expected = [None if one is None else pytest.approx(one * factor) for one in claim.limits]
            assert [limits.low, limits.high] == expected, name


def test_a_claim_is_not_shown_more_precisely_than_it_was_printed(built):
    numbers = collect.read(built / "numbers.json")
    assert (numbers["claim/L012"].value, numbers["claim/L012"].decimals) == (51, 0)
    assert (numbers["claim/L012/range"].low, numbers["claim/L012/range"].decimals) == (50.5, 1)
    assert "claim/L042/range" not in numbers


def test_one_id_with_two_values_is_refused(tmp_path, monkeypatch):
    with report_sample.sample_sentences():
        report_sample.publish_all(tmp_path)
        path = tmp_path / "exhibits/12_bounds/01-bounds_events.json"
        content = json.loads(path.read_text())
        content["numbers"][0]["value"] = 3940.0
        path.write_text(json.dumps(content))
        with pytest.raises(RunError) as caught:
            build(tmp_path, report_sample.meta())
    assert "number figure1.spoken: 10_history/figure1_reach says 3939.0" in str(caught.value)
    assert "12_bounds/bounds_events says 3940.0" in str(caught.value)


def test_two_exhibits_with_one_name_are_refused(tmp_path):
    with report_sample.sample_sentences():
        report_sample.publish_all(tmp_path)
        source = tmp_path / "exhibits/10_history/01-figure1_reach.json"
        content = json.loads(source.read_text())
        content["notebook"] = "12_bounds"
        content["table"]["rows"][0][1] = 1
        (tmp_path / "exhibits/12_bounds/02-figure1_reach.json").write_text(json.dumps(content))
        with pytest.raises(RunError) as caught:
            build(tmp_path, report_sample.meta())
    assert caught.value.lines == (
        "two notebooks published an exhibit figure1_reach: 10_history, 12_bounds; give one another name",
        "exhibits figure1_reach and figure1_reach hold different tables named figure1_reach",
    )


def test_an_empty_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="no notebook published anything"):
        build(tmp_path, report_sample.meta())


@given(st.integers(0, 10**9), st.integers(0, 6))
def test_as_many_decimals_as_the_value_has(whole, places):
    value = whole / 10**places
    shown = collect.decimals(value)
    assert shown <= places
    assert round(value, shown) == value
    assert shown == 0 or round(value, shown - 1) != value


def test_evidence_of_a_parameter_is_what_its_source_is():
    published = dataclasses.replace(report_sample.SETTINGS[0], evidence=Evidence.PUBLISHED)
    assert [one.evidence for one in collect.of_setting(published).numbers] == [Evidence.PUBLISHED]
    assumed = collect.of_setting(report_sample.SETTINGS[1]).numbers
    assert [(one.id, one.evidence) for one in assumed] == [
        ("parameter/work.minutes", Evidence.ASSUMED),
        ("parameter/work.minutes/range", Evidence.ASSUMED),
    ]
    assert collect.of_setting(report_sample.SETTINGS[3]).numbers == ()
    assert collect.of_setting(report_sample.SETTINGS[4]).numbers == ()
