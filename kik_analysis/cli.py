"""The command ``kik``: a table of commands, each of which opens its room only when it is called."""

from __future__ import annotations

import argparse
import difflib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NoReturn

from kik_analysis import __version__
from kik_analysis.errors import KikError

DEBUG = "KIK_DEBUG"
DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130

Arguments = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class Command:
    """One row of the table.

    Attributes
    ----------
    name, summary
        As typed, and what it does in one line.
    arguments
        Adds its arguments to a parser.
    action
        ``module:function``; gets the parsed arguments and returns an exit code, or None for done.
    """

    name: str
    summary: str
    arguments: Arguments
    action: str


def _language(parser: argparse.ArgumentParser, *choices: str, default: str) -> None:
    parser.add_argument("--lang", choices=choices, default=default, help=f"language (default {default})")


def _scenario(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "parameters",
        nargs="?",
        type=Path,
        metavar="PARAMETERS.yml",
        help="scenario (default params/base.yml)",
    )


def _run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _scenario(parser)
    add("--out", type=Path, metavar="DIR", help="the result folder (default results/<name of the scenario>)")
    add("--only", action="append", default=[], metavar="NAME", help="only this notebook; may be repeated")
    add("--jobs", type=_jobs, default=2, metavar="N", help="worker processes (default 2)")
    _language(parser, "nl", "en", "both", default="both")
    add("--theme", type=Path, metavar="FILE.css", help="style sheet of your own organisation")
    add(
        "--force",
        action="store_true",
        help="do all work again, and replace results that were changed by hand",
    )
    add("--quiet", action="store_true", help="no progress, only the path of the report")


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= 64:
        raise argparse.ArgumentTypeError(f"got {text[:20]!r}; expected a whole number from 1 to 64")
    return int(text)


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files to check")


def _new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="name of the scenario; the file becomes NAME.yml")
    parser.add_argument("--from", dest="base", type=Path, metavar="PARAMETERS.yml", help="what it extends")


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="PATH|NUMBER|CLAIM", help="such as team.fte, figure1.spoken_share, L042"
    )
    _language(parser, "nl", "en", default="en")


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="a result folder")


def _diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, metavar="OLD", help="a result folder")
    parser.add_argument("new", type=Path, metavar="NEW", help="another one")
    _language(parser, "nl", "en", default="en")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise argparse.ArgumentTypeError(
            f"got {text[:20]!r}; expected a whole number, without a sign or point"
        )
    return int(text)


def _register(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="part", metavar="synth", required=True, parser_class=_Parser)
    synth = kinds.add_parser("synth", help="write a synthetic register that reproduces every published count")
    add = synth.add_argument
    add("--people", type=_number, metavar="N", help="current members (default the published number)")
    add(
        "--draw",
        type=_number,
        default=0,
        metavar="K",
        help="which values the sources leave open (default 0, central)",
    )
    add("--seed", type=_number, metavar="S", help="chance (default the seed of params/base.yml)")
    add("--style", choices=("kik", "municipal"), default="kik", help="municipal: as municipal systems export")
    add("--out", type=Path, metavar="DIR", help="a new or empty folder (default results/synthetic)")
    add("--quiet", action="store_true", help="no progress, only the path of the folder")


def _simulate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _scenario(parser)
    add("--replications", type=_whole(1), metavar="N", help="how many futures (default run.replications)")
    add("--seed", type=_whole(0), metavar="S", help="seed of chance (default run.seed)")
    add(
        "--set",
        action="append",
        default=[],
        dest="assign",
        metavar="PATH=VALUE",
        help="another value, such as team.fte=12; may be repeated",
    )
    add(
        "--uncertain",
        action="store_true",
        help="draw the uncertain parameters anew for every replication",
    )
    add(
        "--register",
        type=Path,
        metavar="DIR",
        help="start from the people of a synthetic register (default: from the published stock)",
    )
    add("--workers", type=_whole(1), metavar="N", help="threads (default: all processors)")
    add(
        "--out",
        type=Path,
        metavar="FILE",
        help="weekly table as .csv or .parquet (default: CSV, or on a terminal a summary)",
    )
    _language(parser, "nl", "en", default="nl")
    add("--quiet", action="store_true", help="no progress")


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"got {text[:20]!r}; expected a whole number from {least} to 999999999"
            )
        return int(text)

    return read


_COMMANDS = "kik_analysis.runs.commands"
COMMANDS = (
    Command("run", "execute the notebooks and build the report", _run, f"{_COMMANDS}:run"),
    Command("check", "check parameter files, all problems at once", _check, f"{_COMMANDS}:check"),
    Command("new", "write a small scenario file on top of the base", _new, f"{_COMMANDS}:new"),
    Command("explain", "tell what a parameter, number or claim rests on", _explain, f"{_COMMANDS}:explain"),
    Command(
        "simulate",
        "simulate one scenario, week by week",
        _simulate,
        f"{_COMMANDS}:simulate",
    ),
    Command(
        "verify", "compare a result with its manifest, look for identifiers", _verify, f"{_COMMANDS}:verify"
    ),
    Command("register", "make a register of synthetic people", _register, f"{_COMMANDS}:register"),
    Command("diff", "which numbers changed between two results, and why", _diff, f"{_COMMANDS}:diff"),
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of three."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{self.prog}: {message} (see {self.prog} --help)")


class _UsageError(Exception):
    pass


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    whole = _Parser(prog="kik", description="Kansen in Kaart: figures, every number traced to its source.")
    whole.add_argument("--version", action="version", version=f"kik {__version__}")
    kinds = whole.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for command in COMMANDS:
        one = kinds.add_parser(command.name, help=command.summary, description=command.summary)
        command.arguments(one)
        one.set_defaults(action=command.action)
    return whole


def _known(words: Sequence[str]) -> None:
    """Refuse a command that does not exist, with the nearest that does."""
    names = [command.name for command in COMMANDS]
    if words and not words[0].startswith("-") and words[0] not in names:
        near = difflib.get_close_matches(words[0], names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise _UsageError(f"kik: no command {words[0]}{hint} (there are {', '.join(names)})")


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _fault(error: BaseException) -> int:
    """Tell of a mistake of ours in one sentence; the traceback only for those who ask for it."""
    if os.environ.get(DEBUG):
        raise error
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    _say(f"kik: {what} (this is a fault of ours; {DEBUG}=1 shows where)")
    return FAILED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong input, 130 interrupted."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        _known(words)
        parsed = parser().parse_args(words)
        module, _, name = parsed.action.partition(":")
        return int(getattr(import_module(module), name)(parsed) or DONE)
    except _UsageError as usage:
        _say(str(usage))
        return WRONG_INPUT
    except KikError as error:
        for line in error.lines:
            _say(line)
        return error.exit_code
    except KeyboardInterrupt:
        _say("interrupted; the earlier result stands as it was")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output has left; nothing is left to be said
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.filename is None:
            return _fault(error)
        _say(f"{error.filename}: {error.strerror}")
        return FAILED
    except Exception as error:
        return _fault(error)
    finally:
        signal.signal(signal.SIGTERM, before)
