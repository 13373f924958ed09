"""Named numbers know what they rest on, in the file too; recorded reads cannot get lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.errors import ModelError
from kik_analysis.evidence.number import Estimate, Number, at_least, measure, number
from kik_analysis.evidence.reads import Evidence, everything, note, recording, worst


def claim(name: str, value: float) -> float:
    note("claim", name, {"value": value})
    return value


def parameter(name: str, value: float) -> float:
    note("parameter", name, value, Evidence.ASSUMED)
    return value


def test_a_claim_shown_as_it_stands_is_published():
    shown = measure("x", lambda: claim("L042", 3939), unit="persons")
    assert (shown.evidence, shown.reads) == (Evidence.PUBLISHED, ("claim:L042",))


def test_a_published_share_in_percent_stays_published():
    assert measure("x", lambda: 100 * claim("L043", 0.57), unit="percent").evidence is Evidence.PUBLISHED


def test_anything_computed_is_at_best_recomputed():
    shown = measure("x", lambda: claim("L042", 3939) + claim("L051", 1757), unit="persons")
    assert shown.evidence is Evidence.RECOMPUTED
    assert measure("y", lambda: 2 * claim("L042", 3939), unit="persons").evidence is Evidence.RECOMPUTED


def test_the_worst_source_decides():
    shown = measure("x", lambda: claim("L040", 6953) / parameter("team.fte", 9), unit="persons")
    assert shown.evidence is Evidence.ASSUMED
    assert shown.reads == ("claim:L040", "parameter:team.fte")


RANGES = [
    # value, low, high, class that the source gives the range -> class of value, of range
    (600, 550, 649, None, Evidence.PUBLISHED, Evidence.BOUNDED),
    (600, 600, 600, None, Evidence.PUBLISHED, Evidence.PUBLISHED),
    (600, None, None, None, Evidence.PUBLISHED, None),
    (600, 600, None, Evidence.PUBLISHED, Evidence.PUBLISHED, Evidence.PUBLISHED),
    (None, 500, 700, None, Evidence.BOUNDED, Evidence.BOUNDED),
    (None, 500, 700, Evidence.PUBLISHED, Evidence.RECOMPUTED, Evidence.RECOMPUTED),
]


@pytest.mark.parametrize(("value", "low", "high", "given", "expected", "of_range"), RANGES)
def test_a_range_that_nobody_printed_is_not_published(value, low, high, given, expected, of_range):
    def compute() -> Estimate:
        claim("D012", 600)
        return Estimate(value, low, high, range_evidence=given)

    shown = measure("x", compute, unit="persons")
    assert (shown.evidence, shown.range_evidence) == (expected, of_range)
    assert shown.evidence_of("low") is (of_range or expected)
    assert Number.from_json(shown.as_json()) == shown


def test_the_range_of_an_assumed_number_is_assumed():
    shown = measure("x", lambda: Estimate(parameter("team.fte", 9), 8, 10), unit="fte")
    assert (shown.evidence, shown.range_evidence) == (Evidence.ASSUMED, Evidence.ASSUMED)


def test_a_number_hands_its_reads_on():
    @number("inner", unit="persons")
    def inner() -> float:
        return parameter("team.fte", 9) * claim("L042", 1)

    outer = measure("outer", lambda: (inner().value or 0) + claim("L051", 1), unit="persons")
    assert outer.reads == ("claim:L042", "claim:L051", "parameter:team.fte")
    assert outer.evidence is Evidence.ASSUMED


def test_a_number_without_a_source_is_refused():
    with pytest.raises(ModelError, match="rests on no claim"):
        measure("typed", lambda: 42, unit="persons")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(ModelError, match="finite"):
        measure("x", lambda: claim("L042", 1) * value, unit="persons")


def test_recordings_nest_and_close():
    with recording() as outer:
        claim("L001", 1)
        with recording() as inner:
            claim("L002", 2)
    claim("L003", 3)
    assert [read.name for read in inner.reads] == ["L002"]
    assert [read.name for read in outer.reads] == ["L001", "L002"]
    assert {"L001", "L002", "L003"} <= {read.name for read in everything()}


def test_a_changed_value_is_another_read():
    with recording() as first:
        claim("L001", 1)
    with recording() as second:
        claim("L001", 2)
    assert first.reads != second.reads


@given(st.lists(st.sampled_from(list(Evidence)), min_size=1))
def test_worst_is_the_worst_in_any_order(classes):
    assert worst(classes) == worst(reversed(classes)) == max(classes, key=list(Evidence).index)


@given(
    st.floats(-1e9, 1e9),
    st.none() | st.floats(-1e9, 1e9),
    st.none() | st.floats(-1e9, 1e9),
    st.sampled_from(list(Evidence)),
)
def test_json_keeps_a_number_whole(value, low, high, evidence):
    before = Number("a.b", value, low, high, "persons", 0, evidence, ("claim:L001",), "m.f")
    assert Number.from_json(before.as_json()) == before


def test_a_range_without_a_value_is_a_number_too():
    shown = measure("x", lambda: Estimate(None, claim("L001", 1), 2), unit="persons")
    assert (shown.value, shown.low, shown.high) == (None, 1, 2)


def test_what_falls_short_of_a_promise_is_not_rounded_up_to_it():
    assert [at_least(share) for share in (0.9499, 0.95, 0.57, 1)] == [94, 95, 57, 100]
