"""``docs/proof.md``: what has a long form, and what ``make proof`` found.

It is written anew after each case, so that a run that is cut off, by whatever, leaves what was done and says
what was not.
"""

import datetime
import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

HEAD = """\
# The long forms of the evidence

`make proof` writes this page. {when}, commit {commit}, Python {python}, {processors} processors.

**{verdict}** Of {others} other checks {failed} failed. Cases drawn anew each time: what hypothesis draws, and the
moments of the kills, which follow from the seeds.

| what | cases | passed | the rest | seconds |
| --- | ---: | ---: | --- | ---: |
"""


def commit(root: Path) -> str:
    """Return the commit that is checked; also in a clone without history or tags, and where git is not."""
    found = []
    for words in ("rev-parse --short=10 HEAD", "status --porcelain --untracked-files=no . :!docs/proof.md"):
        done = subprocess.run(["git", *words.split()], cwd=root, capture_output=True, text=True, check=False)
        found.append(done.stdout.strip())
    known, changes = found
    return f"{known or 'unknown'}{' with changes that are not in it' if changes else ''}"


def name(case: str) -> str:
    """Return what a case is one of, in words: its file, and the sentence that its test is named by."""
    place, _, test = case.partition("[")[0].rpartition("::")
    return f"`{place.partition('::')[0].removeprefix('tests/')}`: {test[5:].replace('_', ' ')}"


class Page:
    """Takes what each case gave, and writes the page; ``known``: tells the file of all that have a long form."""

    def __init__(self, root: Path, known: Callable[[], Path]) -> None:
        self.path, self.known, self.commit = root / "docs" / "proof.md", known, commit(root)
        self.found: dict[str, str] = {}
        self.seconds: Counter[str] = Counter()
        self.properties: dict[str, dict[str, int]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        case, outcome = report.nodeid, report.outcome
        if outcome == "skipped" and isinstance(report.longrepr, tuple):
            outcome = report.longrepr[2].removeprefix("Skipped: ")
        self.seconds[case] += report.duration
        self.properties[case] = dict(report.user_properties)
        if report.when == "call" or outcome != "passed":
            self.found[case] = outcome if self.found.get(case) != "failed" else "failed"
        self.write()

    def pytest_sessionfinish(self) -> None:
        self.write()

    def write(self) -> None:
        known = self.known()
        cases = json.loads(known.read_bytes()) if known.exists() else []
        counts = Counter(self.found.get(case, "not run") for case in cases)
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        whole = set(counts) == {"passed"}
        rest = [outcome for case, outcome in self.found.items() if case not in cases]
        page = HEAD.format(
            when=datetime.date.today(),
            commit=self.commit,
            python=platform.python_version(),
            processors=os.cpu_count(),
            verdict=f"All {len(cases)} cases passed."
            if whole
            else f"Not whole: {told or 'nothing was run'}.",
            others=len(rest),
            failed=rest.count("failed"),
        )
        for what in sorted({name(case) for case in cases}):
            ours = [case for case in cases if name(case) == what]
            counts = Counter(self.found.get(case, "not run") for case in ours)
            passed = counts.pop("passed", 0)
            others = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
            seeds = [case.partition("[")[2][:-1] for case in ours]
            drawn = f", seeds {seeds[0]} to {seeds[-1]}" if all(map(str.isdecimal, seeds)) else ""
            noted = sum((Counter(self.properties.get(case, {})) for case in ours), Counter())
            drawn += "".join(f", {count} {one}" for one, count in noted.items())
            spent = sum(self.seconds[case] for case in ours)
            page += f"| {what}{drawn} | {len(ours)} | {passed} | {others} | {spent:.0f} |\n"
        new = self.path.with_suffix(".new")
        new.write_text(page, encoding="utf-8")
        new.replace(self.path)
