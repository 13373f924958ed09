"""Margins: every problem of the file at once, and the two variables that contradict each other."""

from pathlib import Path

import pytest

from kik_analysis import project
from kik_analysis.errors import DataError, ModelError
from kik_analysis.facts.claims import claims, substituted
from kik_analysis.people.synthesis import synthesise
from kik_analysis.people.targets import MARGINS, load_margins, targets
from kik_analysis.statistics.rounding import shared_out

TEXT = project.params(MARGINS).read_text(encoding="utf-8")


def changed(tmp_path, *pairs):
    text = TEXT
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / MARGINS
    path.write_text(text, encoding="utf-8")
    return path


_, *WRONG = Path(__file__).with_name("wrong_margins.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files(case, tmp_path):
    _, *pair, words = case.replace("\\n", "\n").split(" | ")
    with pytest.raises(DataError) as caught:
        load_margins(changed(tmp_path, pair))
    message = "\n".join(caught.value.lines)
    for word in words.split(" & "):
        assert word in message, message


def test_all_problems_at_once(tmp_path):
    path = changed(tmp_path, ("0.03,0.06,0.1", "x,0.06,0.1"), ("0.25,0.34,0.45", "0.5,0.34,0.45"))
    with pytest.raises(DataError) as caught:
        load_margins(path)
    assert [line.split(":")[1] for line in caught.value.lines] == ["2", "10"]


def test_margins_that_contradict_each_other_are_named(tmp_path, scenario):
    """Fewer people over sixty than the scenario calls active and over sixty."""
    wrong = load_margins(
        changed(tmp_path, ("0.1,0.16,0.22", "0.1,0.27,0.3"), ("0.11,0.16,0.22", "0.01,0.05,0.3"))
    )
    with pytest.raises(ModelError, match=r"segment x age_band: no table has .*\n.*params/margins.csv"):
        synthesise(scenario, wrong)


def test_claims_that_contradict_the_segments_are_named(scenario, margins):
    """More people with goals of their own than the segment has."""
    other = claims().replace("L0491", value=1900, low=1900, high=1900)
    other = other.replace("L0492", value=800, low=800, high=800)
    with substituted(other), pytest.raises(ModelError, match="class x segment: no table has "):
        synthesise(scenario, margins)


def test_a_range_that_the_counts_leave_empty_is_named(tmp_path, scenario):
    wrong = load_margins(changed(tmp_path, ("left,spoken,,,0.12,0.2,0.4", "left,spoken,,,0.7,0.8,0.9")))
    with pytest.raises(
        DataError, match=r"left_spoken: no value is left.*margins.csv:28 left spoken, people_spoken"
    ):
        targets(scenario, wrong)


def test_largest_remainders():
    from fractions import Fraction

    assert shared_out(10, [Fraction(1, 3)] * 3) == [4, 3, 3]
    assert shared_out(7, [Fraction(0), Fraction(1)]) == [0, 7]
    assert shared_out(5, [Fraction(0)]) == [0]


def test_every_source_is_a_claim_or_a_prior(margins):
    import csv

    with project.params("priors.csv").open(encoding="utf-8") as stream:
        priors = {row["id"] for row in csv.DictReader(stream)}
    for row in margins.rows:
        assert not row.source or row.source in priors or row.source in claims(), row.label


def test_assumed_shares_keep_to_the_ranges_of_their_priors(margins):
    """Those over 45 and over 60 as in the priors; the inner city as counted."""
    import csv

    with project.params("priors.csv").open(encoding="utf-8") as stream:
        priors = {row["id"]: row for row in csv.DictReader(stream)}
    age = {row.category: row.central for row in margins.of("age_band")}
    older = age["from_45_to_54"] + age["from_55_to_59"] + age["from_60"]
    assert float(priors["share_45_plus"]["low"]) <= older <= float(priors["share_45_plus"]["high"])
    assert age["from_60"] == float(priors["share_60_plus_in_group"]["central"])
    (inner,) = [row.central for row in margins.of("district") if row.category == "Binnenstad"]
    assert inner == pytest.approx(
        float(priors["recipients_per_wijk_groningen"]["central"]) / 10740, abs=0.001
    )
