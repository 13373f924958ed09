"""What the rows of the command table call: arguments in, exit code out (none where all is done)."""

import argparse
import contextlib
import functools
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import InputError
from kik_analysis.language import sentences
from kik_analysis.reading import storage
from kik_analysis.reading.problems import on_one_line
from kik_analysis.runs import folders
from kik_analysis.runs.progress import Counter, Progress, see_to_limits


def run(arguments: argparse.Namespace) -> None:
    """Execute the notebooks and print the path of the report."""
    scenario, out = arguments.parameters or project.params("base.yml"), arguments.out
    arguments.parameters = scenario.absolute()  # the same question however it is asked
    target = folders.place(out) if out else folders.default(scenario, tuple(arguments.only))
    before, seal = folders.look(arguments, target, [scenario]), folders.seal(target)
    if before and not arguments.force and seal.is_file() and seal.read_bytes() == before.encode():
        progress = Progress(quiet=arguments.quiet, lang=sentences.preferred())
        progress.line(f"{folders.shown(target)}: nothing has changed")
    else:
        from kik_analysis.runs.execution import Run

        run = Run(scenario, arguments)
        target = run.done()
        after = folders.look(arguments, target, run.inputs.files)
        if after and after.split()[0] == before.partition(" ")[0]:  # no input was edited meanwhile
            with contextlib.suppress(OSError):  # it only saves time
                storage.write_file(folders.seal(target), after.encode())
    print(folders.shown(target / "report" / f"{'en' if arguments.lang == 'en' else 'nl'}.html"))


def check(arguments: argparse.Namespace) -> None:
    """Say that nothing is wrong with the given files; InputError with every problem, one line each."""
    from kik_analysis.parameters.commands import check as check_files
    from kik_analysis.parameters.commands import remarks

    def room(name: str) -> Any:  # opened for a file of its kind alone: some load a library
        return import_module(f"kik_analysis.{name}")

    def scenario(path: Path) -> None:  # what no week can hold, and questions beside it, are found only then
        found = room("parameters.scenario").load_scenario(path)
        room("capacity.compilation").compile_scenario(found)
        room("answers.answer").read_all(path, published=found.header.published)
        if found.header.published and len(found.layers) == 1:  # a base: its rates must allow the past
            room("people.synthesis").synthesise(found)

    def design(path: Path) -> object:  # its card shows both ends
        return [room("pilots.design").load_design(path).at(level) for level in room("pilots.document").LEVELS]

    told = list[str]()
    others: dict[str, Any] = {"scenario": scenario, "design": design}
    others["cases"] = lambda path: told.extend(room("capacity.cases").remarks(path, arguments.lang))
    others["question"] = lambda path: (one := room("answers.answer")).read(path, one.sources(published=True))
    others["measurement"] = lambda path: room("planning.measurement").measurement(path)
    others["identification"] = lambda path: room("facts.identification").identification(path)
    if problems := check_files(arguments.files, others):
        raise InputError(problems)
    told += (line for file in arguments.files for line in remarks(file, arguments.lang))
    for line in told:
        print(line)
    print(sentences.told(f"{len(arguments.files)} checked, nothing wrong", arguments.lang))


def scenarios(arguments: argparse.Namespace) -> None:
    """List the shipped scenarios: name, title, reason and what each is compared with."""
    from kik_analysis.parameters.files import headers

    found = headers()
    if arguments.json:
        rows = [{"name": name, **head.as_json()} for name, head in found.items()]
        print(storage.json_text(rows), end="")
        return
    place = ("nl", "en").index(arguments.lang)
    wide = max(map(len, found))
    for name, head in found.items():
        print(f"{name.ljust(wide)}  {head.title[place]}")
        said = {"reason": head.reason[place], "baseline": head.baseline}
        for word, value in said.items():
            if value:
                print(" " * wide, sentences.template(f"scenarios.{word}", arguments.lang).format(value=value))


def new(arguments: argparse.Namespace) -> None:
    """Write a small scenario file and print its path."""
    from kik_analysis.parameters.commands import new as new_file

    print(new_file(arguments.name, arguments.base))


def new_notebook(arguments: argparse.Namespace) -> None:
    """Write a notebook to fill in and print its path."""
    from kik_analysis.runs import notebooks

    print(folders.shown(notebooks.new(arguments.name)))


def explain(arguments: argparse.Namespace) -> None:
    """Print what a parameter, a number or a claim is."""
    from kik_analysis.parameters.commands import explain as explained
    from kik_analysis.runs import difference, manifest

    base = arguments.result or folders.base() / "base"
    numbers = difference.numbers(base, tolerant=arguments.result is None)

    @functools.cache
    def known() -> tuple[tuple[manifest.Manifest, ...], dict[str, str]]:
        return (manifest.load(base),), difference.row_names([base], arguments.lang)

    def label(number: str) -> str:
        return difference.label(number, *known(), arguments.lang)

    print(explained(arguments.name, arguments.lang, numbers=numbers, label=label))


def verify(arguments: argparse.Namespace) -> int:
    """Compare a result with its manifest; print what differs."""
    from kik_analysis.runs import scan

    with Counter(arguments.lang, "runs.files", quiet=not sys.stderr.isatty()) as counting:
        problems, outcome = scan.verify(_result(arguments.folder), counting)
    for line in (*problems, outcome):
        print(on_one_line(sentences.told(line, arguments.lang)))
    return 1 if problems else 0


def diff(arguments: argparse.Namespace) -> int:
    """Print which numbers changed between two results, and because of what."""
    from kik_analysis.runs import difference

    old, new = _result(arguments.old), _result(arguments.new)
    found = difference.compare(old, new)
    for line in difference.lines(found, old, new, arguments.lang, ids=arguments.ids):
        print(line)
    return 1 if found.unexplained else 0


def register(arguments: argparse.Namespace) -> None:
    """Make a synthetic register and print its folder."""
    from kik_analysis.people import register as registers
    from kik_analysis.people.synthesis import checked

    target = folders.place(arguments.out) if arguments.out else folders.base() / "synthetic"
    progress = Progress(quiet=arguments.quiet, lang=arguments.lang)
    numbers = {name: getattr(arguments, name) for name in ("people", "draw", "seed")}
    registers.check_target(target)
    see_to_limits()
    made = checked(**numbers, step=progress.line)
    with folders.locked(target):
        progress.line("writing")
        registers.write(target, made, arguments.style)
    rows = ", ".join(f"{name} {table.height}" for name, table in made.tables.items())
    progress.line(f"synthetic: draw {made.draw}, seed {made.seed}; rows: {rows}")
    print(folders.shown(target))


def simulate(arguments: argparse.Namespace) -> None:
    """Simulate one scenario; write its weekly table, or print it, or on a terminal a summary."""
    from kik_analysis.capacity import simulate
    from kik_analysis.capacity.results import published
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.people.register import read_register

    if arguments.out is not None:
        simulate.check_out(arguments.out)
    with Counter(arguments.lang, quiet=arguments.quiet) as counting:
        counting.build()
        scenario = load_scenario(arguments.parameters, simulate.overrides(arguments.assign))
        result = simulate.simulate(
            scenario,
            **_chance(arguments),
            register=None if arguments.register is None else read_register(arguments.register),
            progress=counting,
        )
    for line in result.warnings:
        print(scenario.header.told(line, arguments.lang), file=sys.stderr)
    if arguments.out is not None:
        simulate.write(published(result), arguments.out)
        print(folders.shown(arguments.out))
    elif sys.stdout.isatty():
        print("\n".join(simulate.lines(result, arguments.lang, scenario.header)))
        _status(arguments, scenario.header.published)
    else:
        sys.stdout.write(published(result).write_csv())


def compare(arguments: argparse.Namespace) -> None:
    """Compare scenarios with a base: print the differences, or JSON; write them to a folder when asked."""
    from kik_analysis.capacity import comparison
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.runs import pages

    base, *others = (load_scenario(one) for one in (arguments.base, *arguments.others))
    comparison.check(base, others)
    if arguments.out is not None:
        folders.check(folders.place(arguments.out))
    with Counter(arguments.lang, quiet=arguments.quiet) as counting:
        counting.build()
        found = comparison.run(base, others, **_chance(arguments), progress=counting)
    page = None if arguments.out is None else pages.compared(found, arguments.out)
    if arguments.json:
        print(storage.json_text(found.as_json()), end="")
    else:
        print("\n".join(comparison.compared(found, arguments.lang)))
        _status(arguments, base.header.published)
    if page is not None:
        print(folders.shown(page), file=sys.stderr if arguments.json else sys.stdout)


def test(arguments: argparse.Namespace) -> int:
    """Run files of cases; 1 when one of them does not hold."""
    from kik_analysis.capacity import cases

    found: list[cases.Verdict] = []
    # among several files, as cases/*.yml, the scenario that cases stand on is no mistake
    files = [one for one in arguments.files if cases.expects(one)] or arguments.files
    for file in files:  # every file is right before any is run
        for line in cases.remarks(file, arguments.lang):
            print(line, file=sys.stderr)
    for file in files:
        with Counter(arguments.lang, quiet=arguments.quiet) as counting:
            counting.build()
            found += cases.run(file, workers=arguments.workers, progress=counting)
    print("\n".join(cases.lines(found, arguments.lang)))
    return 0 if all(one.verdict == cases.HOLDS for one in found) else 1


def fte(arguments: argparse.Namespace) -> None:
    """Print how many fte keep a promise, or JSON."""
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.planning import answer

    with Counter(arguments.lang, quiet=arguments.quiet) as counting:
        for lines in answer.printed(arguments, counting.build, counting):
            counting.clear()
            print("\n".join(lines), flush=True)
    _status(arguments, load_scenario(arguments.parameters).header.published)


def design(arguments: argparse.Namespace) -> None:
    """Print the card of a pilot, or the announced analysis of its counts."""
    from kik_analysis.pilots import card

    with Counter(arguments.lang, quiet=arguments.quiet) as counting:
        lines = card.printed(arguments, counting)
    print("\n".join(lines))
    if arguments.words[0] != "analyse":  # counts are of whoever counted
        _status(arguments)


def new_pilot(arguments: argparse.Namespace) -> None:
    """Write a pilot to fill in and print its path."""
    from kik_analysis.pilots.card import new_pilot as write

    print(write(arguments.name))


def _status(arguments: argparse.Namespace, published: bool = True) -> None:
    """End results on a terminal with their status, as pages and figures have it; no file or pipe holds it."""
    if sys.stdout.isatty() and not arguments.quiet and not getattr(arguments, "json", False):
        from kik_analysis.figures import style

        print(f"\n{style.status(arguments.lang, published).plain}")


def _chance(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return how many futures are simulated, and how."""
    return {name: getattr(arguments, name) for name in ("replications", "seed", "workers", "uncertain")}


def _result(folder: Path) -> Path:
    found = folders.place(folder)
    storage.recover(found)
    return found
