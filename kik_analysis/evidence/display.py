"""A short display of an object in a notebook: a heading and a few rows, instead of all that it holds."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Display:
    """Gives a class a short table in notebooks; the class says what stands in it by :meth:`shown`.

    Showing an object is no computation: ``shown`` records no reads.
    """

    def shown(self) -> tuple[str, Iterable[tuple[str, object]]]:
        """Return a heading, and pairs of a word and what stands beside it."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        heading, rows = self.shown()
        cells = "".join(
            f"<tr><th>{escape(word)}</th><td>{escape(str(value))}</td></tr>" for word, value in rows
        )
        return f"<table><caption>{escape(heading)}</caption>{cells}</table>"
