"""Closed forms: what partial identification is known to give in textbook cases."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kik_analysis.statistics.identification import interval
from kik_analysis.statistics.linear_system import Form, System, Variable, between, share

CELLS = ("both", "only_a", "only_b", "neither")
A, B = Form.of({"both": 1, "only_a": 1}), Form.of({"both": 1, "only_b": 1})
UNION = Form.of({"both": 1, "only_a": 1, "only_b": 1})
ALL = Form.of(dict.fromkeys(CELLS, 1))
FEW = settings(max_examples=25, deadline=None)


def table(a: int, b: int, n: int, *, whole: bool) -> System:
    """Return a two-by-two table of which only the margins are known."""
    rows = (*between("a", A, a, a), *between("b", B, b, b), *between("n", ALL, n, n))
    return System(tuple(Variable(name, whole=whole) for name in CELLS), rows)


@FEW
@given(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.integers(0, n), st.just(n))),
    st.booleans(),
)
def test_frechet_bounds(margins, whole):
    """Frechet (1935): max(0, a + b - n) <= both <= min(a, b), and what follows for the union."""
    a, b, n = margins
    system = table(a, b, n, whole=whole)
    assert tuple(interval(system, Form.of("both"))) == (max(0, a + b - n), min(a, b))
    assert tuple(interval(system, UNION)) == (max(a, b), min(n, a + b))


@FEW
@given(st.integers(2, 60).flatmap(lambda n: st.tuples(st.integers(1, n), st.integers(0, n), st.just(n))))
def test_conditional_share_from_the_margins(margins):
    """The ecological inference of Duncan & Davis (1953): P(b | a) from P(a) and P(b)."""
    a, b, n = margins
    found = interval(table(a, b, n, whole=True), Form.of("both"), A)
    assert found.low.value == Fraction(max(0, a + b - n), a)
    assert found.high.value == Fraction(min(a, b), a)


@FEW
@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_manski_bounds_with_missing_answers(yes, no, silent):
    """Manski (1989): of those who answered the share is known; the silent may all be yes, or all no."""
    names = ("yes", "no", "silent_yes", "silent_no")
    rows = (
        *between("yes", Form.of("yes"), yes, yes),
        *between("no", Form.of("no"), no, no),
        *between("silent", Form.of({"silent_yes": 1, "silent_no": 1}), silent, silent),
    )
    system = System(tuple(Variable(name) for name in names), rows)
    found = interval(system, Form.of({"yes": 1, "silent_yes": 1}), Form.of(dict.fromkeys(names, 1)))
    everybody = yes + no + silent
    assert found.low.value == Fraction(yes, everybody)
    assert found.high.value == Fraction(yes + silent, everybody)


@FEW
@given(st.integers(1, 2000), st.integers(0, 2000))
def test_the_count_behind_a_rounded_share(n, k):
    """A share printed in whole percents, both ends taken in: the counts that trying each one leaves."""
    k = min(k, n)
    printed = Fraction(round(100 * k / n), 100)
    low, high = printed - Fraction(1, 200), printed + Fraction(1, 200)
    possible = [count for count in range(n + 1) if low <= Fraction(count, n) <= high]
    rows = (*share("share", Form.of("k"), Form.of("n"), low, high), *between("n", Form.of("n"), n, n))
    system = System(
        (Variable("k"), Variable("n")), (*rows, *between("", Form.of({"k": 1, "n": -1}), None, 0))
    )
    assert tuple(interval(system, Form.of("k"))) == (possible[0], possible[-1])


@FEW
@given(st.lists(st.integers(0, 50), min_size=2, max_size=4), st.integers(0, 30))
def test_more_knowledge_never_widens_an_interval(margins, extra):
    names = [f"x{place}" for place in range(len(margins))]
    total = Form.of(dict.fromkeys(names, 1))
    rows = tuple(
        row
        for name, most in zip(names, margins, strict=True)
        for row in between(name, Form.of(name), 0, most)
    )
    system = System(tuple(Variable(name) for name in names), rows)
    wide = interval(system, total)
    narrow = interval(system.adding(*between("more", Form.of(names[0]), 0, extra)), total)
    assert wide.low.value <= narrow.low.value
    assert narrow.high.value <= wide.high.value
    assert narrow.high.value == sum(margins) - margins[0] + min(margins[0], extra)
