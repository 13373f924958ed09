"""What is said to the processor's memory, and means nothing to a result."""

from __future__ import annotations

from typing import Any


def fetch(p: Any, i: Any) -> None:
    """Ask for a person's row ahead of need: of a large town, rows lie far from the processor.

    Nothing in plain Python; ``building.py`` puts the processor's own instruction in its place.
    """
