"""Sums over replications: whole numbers, merged by addition, of a size that stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]

BINS = 64  #: bins of each histogram
PILOT = 32  #: replications 0..31 decide where the bins lie


def bins_from(records: Whole) -> Whole:
    """Return where histograms lie: reference for sums, lower end of the first bin, width as a power of two.

    ``records``: of the first replications. Bins reach five standard deviations beyond the mean and beyond the
    smallest and largest seen; where that takes at most 64 whole numbers, every number has its own bin.
    """
    n = len(records)
    reference = records.sum(axis=0) // n
    squares, low, high = np.zeros_like(reference), reference.copy(), reference.copy()
    for one in records:  # one by one: three-dimensional temporaries would be most of the memory of a run
        d = one - reference
        squares += d * d
        np.minimum(low, one, out=low)
        np.maximum(high, one, out=high)
    spread = np.ceil(5 * np.sqrt(squares / n)).astype(np.int64) + 1
    low, high = np.minimum(reference - spread, low), np.maximum(reference + spread, high)
    shift = np.zeros_like(low)
    while np.any(too_wide := ((high - low) >> shift) >= BINS):
        shift += too_wide
    return np.stack([reference, low, shift], axis=-1)


@dataclass(frozen=True)
class Totals:
    """What is kept of all replications.

    ``replications``: how many are in it. ``bins``: see :func:`bins_from`; only totals with equal bins can be
    merged. ``sums``: sum and sum of squares of the distance from the reference. ``histogram``: how many
    lie in each bin. ``waits``: completed waits over all replications.
    """

    replications: int
    bins: Whole
    sums: Whole
    histogram: npt.NDArray[np.int32]
    waits: Whole

    @classmethod
    def empty(cls, bins: Whole, waits_shape: tuple[int, ...]) -> Totals:
        """Nothing yet."""
        sums, histogram = (np.zeros((*bins.shape[:2], n), kind) for n, kind in ((2, "i8"), (BINS, "i4")))
        return cls(0, bins, sums, histogram, np.zeros(waits_shape, np.int64))

    def plus(self, *others: Totals) -> Totals:
        """Merge by addition; the order does not matter."""
        if not all(np.array_equal(self.bins, other.bins) for other in others):
            raise ValueError("totals with different bins cannot be added")
        every = (self, *others)
        sums, histogram, waits = (
            sum(getattr(one, name) for one in every) for name in ("sums", "histogram", "waits")
        )
        return Totals(sum(one.replications for one in every), self.bins, sums, histogram, waits)

    def with_records(self, records: Whole) -> Totals:
        """Add whole records, (replications, rows, columns)."""
        sums, histogram = self.sums.copy(), self.histogram.copy()
        reference, low, shift = (np.ascontiguousarray(self.bins[..., k]) for k in range(3))
        first = np.arange(0, histogram.size, BINS).reshape(low.shape)  # of every number's histogram
        counts = histogram.reshape(-1)
        for one in records:
            d = one - reference
            sums[..., 0] += d
            sums[..., 1] += d * d
            k = np.clip((one - low) >> shift, 0, BINS - 1)
            counts[k + first] += 1  # every place once, so nothing is lost
        return Totals(self.replications + len(records), self.bins, sums, histogram, self.waits)

    def mean(self) -> npt.NDArray[np.float64]:
        """Mean over replications, (rows, columns)."""
        return np.asarray(self.bins[..., 0] + self.sums[..., 0] / self.replications, dtype=np.float64)

    def variance(self) -> npt.NDArray[np.float64]:
        """Variance between replications (n - 1), (rows, columns); 0 for a single replication."""
        centred = self.sums[..., 1] - self.sums[..., 0].astype(np.float64) ** 2 / self.replications
        return np.asarray(np.maximum(centred, 0) / max(self.replications - 1, 1), dtype=np.float64)

    def mean_error(self) -> npt.NDArray[np.float64]:
        """Monte Carlo standard error of the mean."""
        return np.asarray(np.sqrt(self.variance() / self.replications), dtype=np.float64)

    def quantiles(self, shares: Sequence[float]) -> list[npt.NDArray[np.float64]]:
        """Quantiles of every number: the smallest value that a share of the replications does not exceed.

        Where a bin holds several whole numbers, they are taken as evenly spread within it.
        """
        cumulated = np.cumsum(self.histogram, axis=-1, dtype=np.int32)
        width = np.left_shift(1, self.bins[..., 2])
        out = []
        for q in shares:
            target = max(q * self.replications, 1e-9)
            k = np.minimum((cumulated < target).sum(axis=-1), BINS - 1)
            inside = np.take_along_axis(self.histogram, k[..., None], -1)[..., 0]
            before = np.take_along_axis(cumulated, k[..., None], -1)[..., 0] - inside
            share = np.clip((target - before) / np.maximum(inside, 1), 0, 1)
            offset = np.where(width == 1, 0.0, share * (width - 1))
            out.append(np.asarray(self.bins[..., 1] + k * width + offset, dtype=np.float64))
        return out
