"""The closed list of evidence classes, from best to worst."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Evidence(StrEnum):
    """How a number came about; a number is as good as the worst of what it rests on."""

    PUBLISHED = "published"
    RECOMPUTED = "recomputed"
    BOUNDED = "bounded"
    SIMULATED = "simulated"
    ASSUMED = "assumed"

    @property
    def rank(self) -> int:
        """Return 0 for the best class, 4 for the worst."""
        return list(Evidence).index(self)


def worst(classes: Iterable[Evidence]) -> Evidence:
    """Return the worst of the given classes; PUBLISHED when there are none."""
    return max(classes, key=lambda evidence: evidence.rank, default=Evidence.PUBLISHED)
