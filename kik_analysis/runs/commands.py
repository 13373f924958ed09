"""What the rows of the command table call: arguments in, exit code out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kik_analysis import project
from kik_analysis.runs import difference


def run(arguments: argparse.Namespace) -> int:
    """Execute the notebooks and print the path of the report."""
    from kik_analysis.runs import folders, runner

    report = runner.run(
        runner.Options(
            parameters=arguments.parameters or project.params("base.yml"),
            out=arguments.out,
            only=tuple(arguments.only),
            jobs=arguments.jobs,
            lang=arguments.lang,
            theme=arguments.theme,
            force=arguments.force,
            quiet=arguments.quiet,
        )
    )
    print(folders.shown(report))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Print every problem of the given files; say so when there is none."""
    from kik_analysis.parameters.check import check as check_files
    from kik_analysis.parameters.check import remarks
    from kik_analysis.pilots.design import load_design

    problems = check_files(arguments.files, {"design": load_design})
    for line in problems:
        print(line, file=sys.stderr)
    if not problems:
        for line in (line for file in arguments.files for line in remarks(file)):
            print(line)
        print(f"{len(arguments.files)} checked, nothing wrong")
    return 2 if problems else 0


def scenarios(arguments: argparse.Namespace) -> int:
    """List the shipped scenarios: name, title, reason and what each is compared with."""
    import json

    from kik_analysis.language import sentences
    from kik_analysis.parameters import shipped

    found = shipped.headers()
    if arguments.json:
        rows = [{"name": name, **shipped.as_json(head)} for name, head in found.items()]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    place = ("nl", "en").index(arguments.lang)
    wide = max(map(len, found))
    for name, head in found.items():
        print(f"{name.ljust(wide)}  {head.title[place]}")
        said = {"reason": head.reason[place], "baseline": head.baseline}
        for word, value in said.items():
            if value:
                print(" " * wide, sentences.template(f"scenarios.{word}", arguments.lang).format(value=value))
    return 0


def new(arguments: argparse.Namespace) -> int:
    """Write a small scenario file and print its path."""
    from kik_analysis.parameters.check import new as new_file

    print(new_file(arguments.name, arguments.base))
    return 0


def explain(arguments: argparse.Namespace) -> int:
    """Print what a parameter, a number or a claim is."""
    from kik_analysis.parameters.explain import explain as explained
    from kik_analysis.runs import folders

    numbers = difference.numbers(folders.base() / "base", tolerant=True)
    print(explained(arguments.name, arguments.lang, numbers=numbers))
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Compare a result with its manifest; print what differs."""
    from kik_analysis.runs import verification

    found = verification.verify(_result(arguments.folder))
    for line in found.lines:
        print(line)
    return 1 if found.problems else 0


def diff(arguments: argparse.Namespace) -> int:
    """Print which numbers changed between two results, and because of what."""
    old, new = _result(arguments.old), _result(arguments.new)
    found = difference.compare(old, new)
    for line in difference.lines(found, old, new, arguments.lang):
        print(line)
    return 1 if found.unexplained else 0


def register(arguments: argparse.Namespace) -> int:
    """Make a synthetic register and print its folder."""
    from kik_analysis.people import commands
    from kik_analysis.people import register as registers
    from kik_analysis.runs import folders
    from kik_analysis.runs.progress import Progress

    target = folders.place(arguments.out) if arguments.out else folders.base() / "synthetic"
    progress = Progress(quiet=arguments.quiet)
    numbers = {name: getattr(arguments, name) for name in ("people", "draw", "seed")}
    registers.check_target(target)
    made = commands.made(**numbers, step=progress.line)
    with folders.locked(target):
        progress.line("writing")
        registers.write(target, made, arguments.style)
    rows = ", ".join(f"{name} {table.height}" for name, table in made.tables.items())
    progress.line(f"synthetic: draw {made.draw}, seed {made.seed}; rows: {rows}")
    print(folders.shown(target))
    return 0


def simulate(arguments: argparse.Namespace) -> int:
    """Simulate one scenario; write its weekly table, or print it, or on a terminal a summary."""
    from kik_analysis.capacity import simulate, summary
    from kik_analysis.capacity.results import published
    from kik_analysis.parameters.scenario import load_scenario
    from kik_analysis.people.register import read_register
    from kik_analysis.runs import folders
    from kik_analysis.runs.progress import Counter

    if arguments.out is not None:
        simulate.check_out(arguments.out)
    with Counter(arguments.lang, quiet=arguments.quiet) as counting:
        counting.build()
        result = simulate.simulate(
            load_scenario(arguments.parameters, simulate.overrides(arguments.assign)),
            replications=arguments.replications,
            seed=arguments.seed,
            workers=arguments.workers,
            uncertain=arguments.uncertain,
            register=None if arguments.register is None else read_register(arguments.register),
            progress=counting,
        )
    for line in result.warnings:
        print(line, file=sys.stderr)
    if arguments.out is not None:
        simulate.write(published(result), arguments.out)
        print(folders.shown(arguments.out))
    elif sys.stdout.isatty():
        print("\n".join(summary.lines(result, arguments.lang)))
    else:
        sys.stdout.write(published(result).write_csv())
    return 0


def _result(folder: Path) -> Path:
    from kik_analysis.reading import writing
    from kik_analysis.runs import folders

    found = folders.place(folder)
    writing.recover(found)
    return found
