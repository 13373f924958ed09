"""Sums over replications: whole numbers, merged by addition, of a size that stays the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]

BINS = 64  #: bins of each histogram
PILOT = 32  #: replications 0..31 decide where the bins lie


def bins_from(records: Whole) -> Whole:
    """Where histograms lie, from the first replications.

    Parameters
    ----------
    records : (replications, rows, columns) int

    Returns
    -------
    (rows, columns, 3) int
        Reference for sums, lower end of the first bin, width of a bin as a power of two. Bins reach five
        standard deviations beyond the mean and beyond the smallest and largest seen; where that takes at most
        64 whole numbers, every number has its own bin.
    """
    n = records.shape[0]
    reference = records.sum(axis=0) // n
    d = records - reference
    spread = np.ceil(5 * np.sqrt((d * d).sum(axis=0) / n)).astype(np.int64) + 1
    low = np.minimum(reference - spread, records.min(axis=0))
    high = np.maximum(reference + spread, records.max(axis=0))
    shift = np.zeros_like(low)
    while np.any(too_wide := ((high - low) >> shift) >= BINS):
        shift += too_wide
    return np.stack([reference, low, shift], axis=-1)


@dataclass(frozen=True)
class Totals:
    """What is kept of all replications.

    Attributes
    ----------
    replications
        How many are in it.
    bins : (rows, columns, 3) int
        See :func:`bins_from`; only totals with equal bins can be merged.
    sums : (rows, columns, 2) int
        Sum and sum of squares of the distance from the reference.
    histogram : (rows, columns, BINS) int32
    waits : (queues, segments, weeks) int
        Completed waits over all replications.
    """

    replications: int
    bins: Whole
    sums: Whole
    histogram: npt.NDArray[np.int32]
    waits: Whole

    @classmethod
    def empty(cls, bins: Whole, waits_shape: tuple[int, ...]) -> Totals:
        """Nothing yet."""
        rows, columns = bins.shape[:2]
        return cls(
            0,
            bins,
            np.zeros((rows, columns, 2), np.int64),
            np.zeros((rows, columns, BINS), np.int32),
            np.zeros(waits_shape, np.int64),
        )

    def plus(self, other: Totals) -> Totals:
        """Merge by addition; the order does not matter."""
        if not np.array_equal(self.bins, other.bins):
            raise ValueError("totals with different bins cannot be added")
        return Totals(
            self.replications + other.replications,
            self.bins,
            self.sums + other.sums,
            self.histogram + other.histogram,
            self.waits + other.waits,
        )

    def with_records(self, records: Whole) -> Totals:
        """Add whole records, (replications, rows, columns); engines that hold all replications use this."""
        d = records - self.bins[..., 0]
        sums = np.stack([d.sum(axis=0), (d * d).sum(axis=0)], axis=-1)
        number = np.clip((records - self.bins[..., 1]) >> self.bins[..., 2], 0, BINS - 1)
        histogram = self.histogram.copy()
        rows, columns = np.indices(self.bins.shape[:2])
        for one in number:
            histogram[rows, columns, one] += 1
        return Totals(self.replications + len(records), self.bins, self.sums + sums, histogram, self.waits)

    def mean(self) -> npt.NDArray[np.float64]:
        """Mean over replications, (rows, columns)."""
        return np.asarray(self.bins[..., 0] + self.sums[..., 0] / self.replications, dtype=np.float64)

    def variance(self) -> npt.NDArray[np.float64]:
        """Variance between replications (n - 1), (rows, columns); 0 for a single replication."""
        n = self.replications
        centred = self.sums[..., 1] - self.sums[..., 0].astype(np.float64) ** 2 / n
        return np.asarray(np.maximum(centred, 0) / max(n - 1, 1), dtype=np.float64)

    def mean_error(self) -> npt.NDArray[np.float64]:
        """Monte Carlo standard error of the mean."""
        return np.asarray(np.sqrt(self.variance() / self.replications), dtype=np.float64)

    def quantile(self, q: float) -> npt.NDArray[np.float64]:
        """Quantile of every number: the smallest value reached by a share q of replications.

        Where a bin holds several whole numbers, they are taken as evenly spread within it.
        """
        cumulated = np.cumsum(self.histogram, axis=-1, dtype=np.int64)
        target = min(max(q, 0.0), 1.0) * self.replications
        k = np.minimum((cumulated < max(target, 1e-9)).sum(axis=-1), BINS - 1)
        inside = np.take_along_axis(self.histogram, k[..., None], -1)[..., 0]
        before = np.take_along_axis(cumulated, k[..., None], -1)[..., 0] - inside
        width = np.left_shift(1, self.bins[..., 2])
        share = np.clip((target - before) / np.maximum(inside, 1), 0, 1)
        offset = np.where(width == 1, 0.0, share * (width - 1))
        return np.asarray(self.bins[..., 1] + k * width + offset, dtype=np.float64)

    def quantile_error(self, q: float) -> npt.NDArray[np.float64]:
        """Monte Carlo standard error of a quantile.

        Half the distance between the quantiles one binomial standard deviation to either side (Woodruff
        1952).
        """
        d = float(np.sqrt(q * (1 - q) / self.replications))
        return (self.quantile(min(q + d, 1)) - self.quantile(max(q - d, 0))) / 2
