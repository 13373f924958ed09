"""``run.log``: what happened when. It holds times and is never compared."""

from __future__ import annotations

import datetime
import time
from pathlib import Path


def _written(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Logbook:
    """A log file; workers' own messages land in it too.

    The wall clock is read once; what happened later is placed by a clock that does not jump.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began = datetime.datetime.now(datetime.UTC)
        self._ticks = time.monotonic()

    def _now(self) -> datetime.datetime:
        return self._began + datetime.timedelta(seconds=time.monotonic() - self._ticks)

    def span(self) -> tuple[str, str]:
        """Return when the run began and the present moment, in UTC."""
        return _written(self._began), _written(self._now())

    def note(self, text: str) -> None:
        """Write a line with the time before it; further lines of ``text`` are indented."""
        indented = text.rstrip().replace("\n", "\n    ")
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(f"{_written(self._now())} {indented}\n")
