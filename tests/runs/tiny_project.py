"""A small project in a folder of its own, with small notebooks, and `kik` run in it as users run it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

from kik_analysis import cli
from kik_analysis.runs import inputs
from kik_analysis.runs.cache import Cache
from kik_analysis.runs.execution import Execution
from kik_analysis.runs.progress import Logbook, Progress

ROOT = Path(__file__).resolve().parents[2]
KIK = (sys.executable, "-m", "kik_analysis")
PARAMETERS = 'scenario = "params/base.yml"\nlanguage = "en"'
IMPORTS = """\
import polars as pl
import kik_analysis as kik
from kik_analysis import project
from kik_analysis.evidence.number import measure
from kik_analysis.evidence.table import Column, tabulate
from kik_analysis.figures.exhibit import Exhibit"""
SHOW = """\
def show(name, unit, compute):
    number = measure(f"{name}.value", compute, unit=unit)
    columns = (Column("category"), Column("value", "decimal", unit))
    table = tabulate(name, lambda: pl.DataFrame({"category": ["all"], "value": [float(compute())]}), columns)
    return kik.publish(Exhibit(name=name, key=f"tiny.{name}", table=table, numbers={"value": number}))"""
CLAIM = 'show("claimed", "persons", lambda: kik.claims()["L042"].number)'
FTE = 'show("staff", "fte", lambda: 2 * kik.load_scenario(scenario)["team.fte"])'


def notebook(*sources: str) -> dict:
    """Return a notebook: a parameters cell and these code cells."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{place}",
            "metadata": {} if place else {"tags": ["parameters"]},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for place, source in enumerate((PARAMETERS, *sources))
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


class Project:
    """A folder that is there, or a new one: the real parameters and claims, notebooks of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.results, self.out = folder, folder / "results", folder / "results" / "tiny"
        # a report in two languages takes twice as long: in both only where that may show
        self.lang = "both" if folder.exists() else "en"
        if not folder.exists():
            # of the council's questions one will do: each is read before anything runs
            shutil.copytree(
                ROOT / "params", folder / "params", ignore=shutil.ignore_patterns("1?-*", "0[2-9]-*")
            )
            shutil.copytree(ROOT / "data" / "published", folder / "data" / "published")
            (folder / "notebooks").mkdir()

    def write(self, stem: str, *sources: str) -> Path:
        """Write a notebook of these code cells."""
        path = self.folder / "notebooks" / f"{stem}.ipynb"
        path.write_text(json.dumps(notebook(*sources)), encoding="utf-8")
        return path

    def standard(self) -> "Project":
        """Write two notebooks: one reads a claim, the other a parameter."""
        self.write("10_history", IMPORTS, SHOW, CLAIM)
        self.write("11_audit", IMPORTS, SHOW, FTE)
        return self

    def base(self, old: str, new: str) -> None:
        """Replace a piece of text in params/base.yml."""
        path = self.folder / "params" / "base.yml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def only(self) -> list[str]:
        """Return the options that name all notebooks: the first page then goes without the real numbers."""
        stems = sorted(path.stem for path in (self.folder / "notebooks").glob("*.ipynb"))
        return [word for stem in stems for word in ("--only", stem)]

    def environment(self, **extra: str) -> dict[str, str]:
        apart = ("KIK_", "PYTEST_", "COV_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(apart)}
        # without a browser on the path no PDF is printed, which takes long and is not compared
        path = str(Path(sys.executable).parent)
        return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), **extra}

    def kik(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as :meth:`process` does, which a test shows, without starting Python."""
        there = mock.patch.dict(os.environ, self.environment(**extra), clear=True)
        out, err = StringIO(), StringIO()
        with there, chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            code = cli.main(list(words))
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def process(
        self, *words: str, first: Callable[[], object] | None = None, within: int = 300, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in a process of its own, as users do; ``first``: what that does first."""
        return subprocess.run(
            [*KIK, *words],
            cwd=self.folder,
            env=self.environment(**extra),
            preexec_fn=first,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run ``kik run`` on all notebooks, into ``results/tiny``."""
        return self.kik(*self.whole(*words), **extra)

    def whole(self, *words: str) -> list[str]:
        """Return the words that run all notebooks, into ``results/tiny``."""
        return ["run", *self.only(), "--out", str(self.out), "--lang", self.lang, *words]

    def start(
        self,
        *words: str,
        said: Any = subprocess.PIPE,
        first: Callable[[], object] | None = None,
        **extra: str,
    ) -> subprocess.Popen[str]:
        """Start ``kik run`` and return the process; ``said``: where its messages go; ``first``: as above."""
        return subprocess.Popen(
            [*KIK, *self.whole(*words)],
            cwd=self.folder,
            env=self.environment(**extra),
            preexec_fn=first,
            stdout=subprocess.DEVNULL,
            stderr=said,
            text=True,
        )

    def execution(self, staging: Path, store: Path, family: Any, **more: Any) -> Execution:
        """Return an execution of the project's notebooks, nothing done yet."""
        return Execution(
            inputs=inputs.load(self.folder / "params" / "base.yml"),
            staging=staging,
            store=Cache(store),
            family=family,
            progress=Progress(quiet=True),
            log=Logbook(staging / "run.log"),
            values={"scenario": "params/base.yml", "language": "en"},
            **more,
        )


def compared(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a result that is compared."""
    apart = ("run.log", "ro-crate-metadata.json")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in apart and path.suffix != ".pdf"
    }


def wait_for(condition, within: float = 120.0) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
