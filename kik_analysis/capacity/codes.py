"""States, queues and the like as plain whole numbers, for comparing with arrays.

NumPy asks the class of whatever it meets for a dozen attributes. Of an enumeration Python answers, slowly,
and an interrupt that arrives just then is lost: NumPy takes it for "no such attribute".
"""

from __future__ import annotations

from enum import IntEnum
from types import SimpleNamespace

from kik_analysis.capacity import compiled


def _plain(kind: type[IntEnum]) -> SimpleNamespace:
    return SimpleNamespace(**{member.name: int(member) for member in kind})


State = _plain(compiled.State)
Queue = _plain(compiled.Queue)
Kind = _plain(compiled.Kind)
Standing = _plain(compiled.Standing)
