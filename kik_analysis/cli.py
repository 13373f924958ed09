"""The command ``kik``: a table of commands, each of which opens its room only when it is called."""

import argparse
import errno
import functools
import os
import signal
import sys
import tomllib
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from kik_analysis import __version__, project
from kik_analysis.errors import InputError, KikError
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES, Lang, decimal
from kik_analysis.reading.problems import did_you_mean, on_one_line

DEBUG = "KIK_DEBUG"
REPORTS = "run"
SPOKEN: dict[str, Any] = {
    "name": "--lang",
    "choices": ["nl", "en"],
    "help": "language (default: KIK_LANG, else the locale)",
}
ACTIONS = "kik_analysis.runs.commands"
DONE, FAILED, INTERRUPTED = 0, 1, 130

COMMANDS: dict[str, dict[str, Any]] = tomllib.loads(project.packaged("commands.toml"))
"""Each command by name; what a row holds stands in the file."""


def _whole(least: int, most: int, lang: Lang) -> Callable[[str], int]:
    """Return what reads a whole number, without a sign or point."""

    def read(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not digits or not least <= int(text) <= most:
            expected = f"a whole number from {decimal(least, lang)} to {decimal(most, lang)}"
            raise argparse.ArgumentTypeError(f"got {text[:20]!r}; expected {expected}")
        return int(text)

    return read


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of three."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{self.prog}: {message} (see {self.prog} --help)")


def parser(lang: Lang = "en") -> argparse.ArgumentParser:
    """Return the parser of the whole command line; ``lang`` is what commands speak by default."""
    setattr(argparse, "_", functools.partial(sentences.told, lang=lang))  # noqa: B010 (argparse's own words)
    version = "show program's version number and exit"
    about = "Kansen in Kaart: figures, every number traced to its source"
    whole = _Parser(prog="kik", description=sentences.told(about, lang))
    whole.add_argument(
        "-V", "--version", action="version", version=f"kik {__version__}", help=sentences.told(version, lang)
    )
    kinds = whole.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, row in COMMANDS.items():
        summary = sentences.told(row["summary"], lang)
        one = kinds.add_parser(name, help=summary, description=summary)
        if "part" in row:
            word, does = row["part"], row["part_summary"]
            parts = one.add_subparsers(dest="part", metavar=word, required=True, parser_class=_Parser)
            one = parts.add_parser(word, help=sentences.told(does, lang))
        # a run has a language of its report; every other command one that it speaks
        own = [one for one in row["arguments"] if name == REPORTS or one["name"] != SPOKEN["name"]]
        for argument in [*own, *([] if name == REPORTS else [SPOKEN])]:
            given: dict[str, Any] = {
                key: value for key, value in argument.items() if key not in ("name", "least", "most")
            }
            given["help"] = sentences.told(given["help"], lang)
            if "type" in given:
                whole_number = _whole(argument.get("least", 0), argument.get("most", 2**53 - 1), lang)
                given["type"] = Path if given["type"] == "path" else whole_number
            one.add_argument(argument["name"], **given)
        one.set_defaults(action=name.replace("-", "_"), **({} if name == REPORTS else {"lang": lang}))
    return whole


def _say(line: str, lang: Lang) -> None:
    print(sentences.told(on_one_line(line), lang), file=sys.stderr, flush=True)


def _fault(error: BaseException, lang: Lang) -> int:
    """Tell of a mistake of ours in one sentence; the traceback only for those who ask for it."""
    if os.environ.get(DEBUG):
        raise error
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    _say(f"kik: {what} (this is a fault of ours; {DEBUG}=1 shows where)", lang)
    return FAILED


def _interrupted(lang: Lang) -> int:
    _say("interrupted; the earlier result stands as it was", lang)
    return INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong input, 130 interrupted."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    # ``--lang`` of a command that speaks, else the language of the person
    given = [
        word.partition("=")[2] or after
        for word, after in zip(words, [*words[1:], ""], strict=False)
        if words[0] != REPORTS and word.partition("=")[0] == SPOKEN["name"]
    ]
    lang = next((lang for lang in LANGUAGES if lang in given[-1:]), sentences.preferred())
    # a terminal that is closed (SIGHUP) ends a command as Ctrl-C does, unless that was asked for (nohup)
    ends = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before, asked = {one: signal.getsignal(one) for one in ends}, list[int]()

    def stop(number: int, _: object) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    for one in ends:
        if before[one] is not signal.SIG_IGN:
            signal.signal(one, stop)
    try:
        if words and not words[0].startswith("-") and words[0] not in COMMANDS:
            near = did_you_mean(words[0], COMMANDS)
            raise InputError(f"kik: no command {words[0]}{near} (there are {', '.join(COMMANDS)})")
        if words and words[0].partition("=")[0] == SPOKEN["name"]:
            raise InputError(
                f"kik: {SPOKEN['name']} comes after the command: kik scenarios {SPOKEN['name']} nl"
            )
        parsed = parser(lang).parse_args(words)
        return int(getattr(import_module(ACTIONS), parsed.action)(parsed) or DONE)
    except KikError as error:
        for line in error.lines:
            _say(line, lang)
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted(lang)
    except BrokenPipeError:
        # the reader of our output has left; nothing is left to be said
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            return _fault(error, lang)
        _say(f"{error.filename or 'kik'}: {error.strerror}", lang)
        return InputError.exit_code if error.errno == errno.ENAMETOOLONG else FAILED
    except MemoryError:
        _say("kik: memory ran out; close other programs and run again", lang)
        return FAILED
    except Exception as error:  # compiled code that is interrupted while it loads says: ImportError
        return _interrupted(lang) if asked else _fault(error, lang)
    finally:
        for one in ends:
            signal.signal(one, before[one])
