"""What can go wrong, by whose hand: the input is wrong (exit code 2) or a run failed (exit code 1)."""

from collections.abc import Iterable


class KikError(Exception):
    """Base of all errors that this package raises on purpose.

    ``lines``: one sentence, or several (one per problem found). Each says what was given, what is allowed,
    where, and what to do.
    """

    exit_code = 1

    def __init__(self, lines: str | Iterable[str]) -> None:
        self.lines: tuple[str, ...] = (lines,) if isinstance(lines, str) else tuple(lines)
        super().__init__("\n".join(self.lines))


class InputError(KikError, ValueError):
    """Something the user wrote or passed cannot be used as it stands."""

    exit_code = 2


class ParameterError(InputError):
    """A parameter file or an override of a parameter is wrong."""


class DataError(InputError):
    """A data file (claims, register, extract) is wrong."""


class ModelError(InputError):
    """The input can be read, yet describes something that cannot exist or cannot be computed."""


class RunError(KikError, RuntimeError):
    """A run broke off although its input was right: a notebook failed, a disk was full."""
