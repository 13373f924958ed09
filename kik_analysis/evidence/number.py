"""Named numbers: every number a reader sees knows its value, its range, and what it rests on."""

import functools
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, ParamSpec

from kik_analysis.errors import ModelError
from kik_analysis.evidence.display import Display
from kik_analysis.evidence.reads import Evidence, Recorder, note, recording, typed, unmoved, worst

P = ParamSpec("P")

PERCENT = 100.0
"""A share of one, in percent: the only factor between the two units."""


def at_least(share: float) -> float:
    """Return a share in whole percents, rounded down: what falls short of a promise is not told as kept."""
    return float(math.floor(round(PERCENT * share, 9)))


@dataclass(frozen=True)
class Estimate:
    """A value with the range inside which the sources leave it; a limit that does not exist is None.

    ``range_evidence``: the best class that the range may have; None where nobody printed it: a reading of
    words or a computation is at best ``bounded``.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    range_evidence: Evidence | None = field(default=None, kw_only=True)

    def times(self, factor: float) -> "Estimate":
        """Return the estimate in another unit, such as a share in percent."""
        parts = (None if part is None else factor * part for part in (self.value, self.low, self.high))
        return Estimate(*parts, range_evidence=self.range_evidence)


@dataclass(frozen=True, repr=False)
class Number(Display):
    """A number as a reader sees it.

    ``id``: dotted name, unique, for example ``figure1.spoken_share``. ``value``, ``low``, ``high``: in
    ``unit``; ``value`` is None when only a range is known, a limit None when there is none. ``unit``:
    ``persons``, ``percent`` (0..100), ``hours``, ``fte``, ``year``, ... ``decimals``: digits shown after the
    decimal sign. ``evidence``: the worst class among what was read, and at best ``recomputed`` when anything
    was computed. ``reads``: ``kind:name`` of every source read, sorted. ``computation``: where the
    computation stands: module and function. ``range_evidence``: class of low and high, never better than
    that of the value and at best ``bounded`` unless a source prints both; None without a range.
    """

    id: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    decimals: int
    evidence: Evidence
    reads: tuple[str, ...]
    computation: str
    range_evidence: Evidence | None = None

    def __post_init__(self) -> None:
        limits = {limit for limit in (self.low, self.high) if limit is not None}
        found = None
        if limits:
            best = Evidence.PUBLISHED if limits == {self.value} else Evidence.BOUNDED
            found = worst((self.evidence, self.range_evidence or best))
            if self.value is None:  # the range is all there is
                object.__setattr__(self, "evidence", found)
        object.__setattr__(self, "range_evidence", found)

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the number: its value and range, and what it rests on."""
        ends = [("low", self.low), ("high", self.high)] if self.range_evidence else []
        rests = ", ".join(self.reads)
        rows = [*ends, ("evidence", self.evidence), ("rests on", rests), ("computation", self.computation)]
        value = "a range" if self.value is None else f"{self.value:.{self.decimals}f}"
        return f"{self.id}: {value} {self.unit}", [*rows]

    @property
    def printed(self) -> tuple[float, ...]:
        """Return the parts that are called published."""
        parts = ((self.value, self.evidence), *((end, self.range_evidence) for end in (self.low, self.high)))
        return tuple(part for part, kind in parts if part is not None and kind is Evidence.PUBLISHED)

    def evidence_of(self, part: str) -> Evidence:
        """Return the class of a part: ``value``, ``low`` or ``high``; no limit is better than its number."""
        ranged = self.range_evidence or self.evidence
        return self.evidence if part == "value" else worst((self.evidence, ranged))

    def as_json(self) -> dict[str, Any]:
        """Return the number as plain JSON types, as in ``numbers.json``; ``range_evidence`` with a range."""
        row = {**asdict(self), "evidence": str(self.evidence), "reads": list(self.reads)}
        if self.range_evidence is None:
            return {name: part for name, part in row.items() if name != "range_evidence"}
        return {**row, "range_evidence": str(self.range_evidence)}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Number":
        """Return the number that :meth:`as_json` wrote."""
        graded = {name: Evidence(row[name]) for name in ("evidence", "range_evidence") if row.get(name)}
        return cls(**{**row, **graded, "reads": tuple(row["reads"])})


def _evidence(recorder: Recorder, estimate: Estimate, unit: str) -> Evidence:
    """Return the class of what was read; of one value unchanged, but for a share in percent, its own."""
    source: object = recorder.value(recorder.leaves[0]) if len(recorder.leaves) == 1 else None
    source = source.get("value") if isinstance(source, dict) else source
    if isinstance(source, int | float) and not isinstance(source, bool) and estimate.value is not None:
        percent = unit == "percent" and math.isclose(estimate.value, PERCENT * source, rel_tol=1e-12)
        if percent or estimate.value == source:
            return recorder.evidence
    return worst((recorder.evidence, Evidence.RECOMPUTED))


def measure(
    name: str,
    compute: Callable[[], float | Estimate],
    *,
    unit: str,
    decimals: int = 0,
    computation: str | None = None,
) -> Number:
    """Compute a named number and record what it rests on.

    ``name``, ``unit``, ``decimals``: as in :class:`Number` (``name`` is its id). ``compute``: called once;
    reads its sources through claims, scenario, bounds or other named numbers. ``computation``: name of the
    computation; by default that of ``compute``. ModelError when the computation read no source at all, or its
    value is not finite.
    """
    with recording() as recorder:
        result = compute()
    estimate = result if isinstance(result, Estimate) else Estimate(float(result))
    parts = (estimate.value, estimate.low, estimate.high)
    for part in parts:
        if part is not None and not math.isfinite(part):
            raise ModelError(f"number {name}: the computation gave {part}; expected a finite number")
    reads = tuple(read.label for read in recorder.leaves)
    if not reads:
        raise ModelError(f"number {name} rests on no claim, parameter or simulation; read sources on record")
    if estimate != Estimate(None) and unmoved(compute, lambda: [(compute(),)], recorder, [0]):
        raise ModelError(
            f"number {name} moves with no claim that it reads ({', '.join(reads)}); compute it from them"
        )
    held = list(typed(compute, recorder))
    for wrong in (said for said, named in held if not named):
        hint = "read it as a claim or a parameter, or give it a name: then the number is assumed"
        raise ModelError(f"number {name}: {wrong} has no source; {hint}")
    evidence = Evidence.ASSUMED if held else _evidence(recorder, estimate, unit)
    place = computation or f"{compute.__module__}.{compute.__qualname__}"
    named = Number(name, *parts, unit, decimals, evidence, reads, place, estimate.range_evidence)
    note("number", name, [named.value, named.low, named.high], named.evidence)
    return named


def number(
    name: str, *, unit: str, decimals: int = 0
) -> Callable[[Callable[P, float | Estimate]], Callable[P, Number]]:
    """Make a function's result a named number: ``@number("figure1.spoken_share", unit="percent")``.

    The decorated function returns a value or an :class:`Estimate`; the call yields a :class:`Number`.
    A number read inside another hands its reads on.
    """

    def decorate(function: Callable[P, float | Estimate]) -> Callable[P, Number]:
        @functools.wraps(function)
        def named(*args: P.args, **kwargs: P.kwargs) -> Number:
            compute = functools.partial(function, *args, **kwargs)
            functools.update_wrapper(compute, function)
            return measure(name, compute, unit=unit, decimals=decimals)

        return named

    return decorate
