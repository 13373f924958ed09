"""Random numbers: known answers, one counter per decision, the same choices under every policy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kik_analysis.capacity import layout
from kik_analysis.capacity.compiled import Compiled
from kik_analysis.capacity.engine import replay, simulate
from kik_analysis.capacity.kernel import names as at
from kik_analysis.capacity.measures import place
from kik_analysis.errors import ModelError
from kik_analysis.statistics.philox import keys, philox
from tests.capacity import plain
from tests.capacity.cases import channels, small_case
from tests.capacity.strategies import scenarios

KNOWN = [  # Random123 distribution, kat_vectors: counter, key, output
    ([0, 0, 0, 0], [0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.parametrize(("counter", "k", "expected"), KNOWN)
def test_known_answers(counter: list[int], k: list[int], expected: list[int]) -> None:
    assert philox(counter, k).tolist() == expected
    kernel = plain.load()
    assert [int(w) for w in kernel.draws.philox(*counter, *k)] == expected


def test_reference_works_on_many_at_once() -> None:
    counters = np.arange(40).reshape(10, 4)
    together = philox(counters, keys(5, 3, 4))
    assert together.shape == (10, 4)
    assert np.array_equal(together, [philox(c, keys(5, 3, 4)[0]) for c in counters])


def test_replications_never_share_a_key() -> None:
    assert len({tuple(one) for one in keys(2019, 0, 5000).tolist()}) == 5000
    assert keys(2019, 1, 2).tolist() != keys(2020, 1, 2).tolist()


def test_compiled_engine_draws_what_the_reference_draws() -> None:
    """Arrivals per week of the compiled kernel, from the NumPy reference and the Poisson table."""
    c = small_case(weeks=80, inflow_mean=4.0)
    table = layout.poisson(4.0)
    for replication in (0, 3):
        record, _ = replay(c, seed=11, replication=replication)
        words = philox(
            [[at.ENTITY_ARRIVALS << 24 | at.D_COUNT << 16, 0, 0, t] for t in range(80)],
            keys(11, replication, replication + 1)[0],
        ).astype(object)
        u = [(int(a) << 31) | (int(b) >> 1) for a, b, _, _ in words]
        expected = [int(np.sum(table.astype(object) <= x)) for x in u]
        assert record[:80, place(c, "arrivals")].tolist() == expected


@given(scenarios(), st.integers(0, 1000))
def test_plain_python_gives_the_numbers_of_the_compiled_kernel(c: Compiled, seed: int) -> None:
    """No index is negative: the kernel is compiled without Python's meaning of one."""
    record, log = plain.replay(plain.load(), c, seed=seed, replication=2, checked=True)
    compiled_record, compiled_log = replay(c, seed=seed, replication=2)
    assert np.array_equal(record, compiled_record)
    assert np.array_equal(log, compiled_log)


def _counters(c: Compiled) -> list[tuple[Any, ...]]:
    seen: list[tuple[Any, ...]] = []
    kernel = plain.load()

    def spy(kernel: Any) -> None:
        for module in (kernel.draws, kernel.week):
            real = module.philox

            def philox(*args: Any, _real: Any = real) -> Any:
                seen.append(tuple(int(x) for x in args[:4]))
                return _real(*args)

            module.philox = philox

    plain.replay(kernel, c, seed=4, replication=0, prepare=spy)
    return seen


def test_no_two_decisions_share_a_counter() -> None:
    """Every counter of a run, enumerated; only the place in a queue may be asked for again (same answer)."""
    mixed = channels(home=0.4, office=0.2, phone=0.2, mail=0.2)
    case = small_case(weeks=110, people=60, minutes=700, inflow_mean=1.5, channel=mixed)
    seen = _counters(case)
    order = (at.ENTITY_PERSON << 8) | at.D_ORDER
    once = [c for c in seen if c[0] >> 16 != order]
    assert len(once) > 1000
    assert len(set(once)) == len(once)
    decisions = {c[0] >> 16 for c in seen}
    person = {(at.ENTITY_PERSON << 8) | d for d in range(at.D_ENTRY, at.D_CHANNEL + 1)}
    assert decisions == person | {(at.ENTITY_ARRIVALS << 8) | at.D_COUNT}


def test_entities_and_decisions_have_their_own_counters() -> None:
    entities = (at.ENTITY_PERSON, at.ENTITY_ARRIVALS, at.ENTITY_TEAM, at.ENTITY_CASEWORKER)
    words = {e << 24 | d << 16 | attempt for e in entities for d in range(8) for attempt in range(128)}
    assert len(words) == len(entities) * 8 * 128


@pytest.mark.parametrize(("workers", "chunk"), [(1, 1), (1, 7), (2, 3), (2, 64), (3, 1)])
def test_threads_and_chunks_make_no_difference(workers: int, chunk: int) -> None:
    c = small_case(weeks=30)
    usual = simulate(c, replications=71, seed=8, workers=1)
    other = simulate(c, replications=71, seed=8, workers=workers, chunk=chunk)
    assert other.replications == 71
    for name in ("bins", "sums", "histogram", "waits"):
        assert np.array_equal(getattr(usual, name), getattr(other, name)), name


def test_one_replication_alone_is_the_same() -> None:
    c = small_case(weeks=30)
    records = np.stack([replay(c, seed=8, replication=r)[0] for r in range(40)])
    totals = simulate(c, replications=40, seed=8, workers=2)
    assert np.array_equal(totals.mean(), records.sum(axis=0) / 40)
    assert np.allclose(totals.variance(), records.var(axis=0, ddof=1), rtol=1e-9, atol=1e-9)


def test_more_replications_leave_the_first_ones_as_they_are() -> None:
    c = small_case(weeks=20)
    few, more = (simulate(c, replications=n, seed=3, workers=1) for n in (40, 60))
    assert np.array_equal(few.bins, more.bins)
    assert (more.histogram >= few.histogram).all()


def _first_events(log: Any, event: int) -> dict[tuple[int, int], int]:
    out: dict[tuple[int, int], int] = {}
    for _, week, index, code, _, _ in log:
        if code in (at.L_YES, at.L_NO, at.L_SILENT):
            out.setdefault((int(week), int(index)), int(code))
    return out


def test_people_make_the_same_choices_under_another_policy() -> None:
    """Half the hours, other priorities, no promise limit: the same arrivals, and the same first answers."""
    base = small_case(weeks=60, attempts=1)
    other = base.replace(
        minutes_available=base.minutes_available // 2, lane=base.lane[:, ::-1].copy(), promise_limit=-1
    )
    (a, a_log), (b, b_log) = (replay(c, seed=21, replication=5) for c in (base, other))
    arrivals = place(base, "arrivals")
    assert np.array_equal(a[:, arrivals], b[:, arrivals])
    first, second = _first_events(a_log, 0), _first_events(b_log, 0)
    both = first.keys() & second.keys()
    assert len(both) > 20
    assert all(first[p] == second[p] for p in both)
    enters = [{tuple(line) for line in log[log[:, 3] == at.L_ENTER].tolist()} for log in (a_log, b_log)]
    assert enters[0] == enters[1]


def test_same_weeks_of_leaving_under_another_policy() -> None:
    """Where leaving does not depend on state, everybody leaves in the same week whatever the team does."""
    base = small_case(weeks=80, exit_probability=0.01)
    busy = base.replace(minutes_available=base.minutes_available * 5)
    leaves = []
    for c in (base, busy):
        log = replay(c, seed=2, replication=1)[1]
        leaves.append({(int(w), int(i)): int(t) for t, w, i, e, _, _ in log if e == at.L_EXIT})
    assert leaves[0] == leaves[1]
    assert len(leaves[0]) > 20


@pytest.mark.parametrize("mean", [0.0, 0.05, 1.0, 14.7, 870.3, 30000.5])
def test_poisson_table(mean: float) -> None:
    table = layout.poisson(mean).astype(object)
    k = np.arange(len(table))
    got = np.array([float(x) / 2**63 for x in table])
    assert np.max(np.abs(got - stats.poisson.cdf(k, mean))) < 1e-9
    assert stats.poisson.sf(len(table) - 1, mean) < 1e-18


@pytest.mark.parametrize("p", [0.0, 1e-6, 0.0023, 0.5, 1.0])
def test_geometric_table(p: float) -> None:
    table = layout.geometric(p, 200).astype(object)
    exact = int(layout.threshold(p)) / 2**32
    got = np.array([float(x) / 2**63 for x in table])
    assert np.max(np.abs(got - (1 - exact) ** np.arange(1, 201))) < 1e-12


def test_thresholds_and_categories() -> None:
    assert layout.threshold([0.0, 0.5, 1.0]).tolist() == [0, 2**31, 2**32]
    assert layout.cumulative([0.3, 0.7, 0.0]).tolist()[1:] == [2**32, 2**32]
    assert layout.cumulative([1 / 3] * 3).tolist()[-1] == 2**32
    with pytest.raises(ModelError, match="got -1"):
        layout.poisson(-1)
