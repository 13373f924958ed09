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

**{verdict}** Of {others} other checks {failed} failed.
What hypothesis draws is new each time; the moments of the kills follow from the seeds.

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
    """Takes what each case gave, and writes the page; ``known``: tells the file of what has a long form."""

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
            if outcome != "passed" or case in self.cases():
                self.write()

    def pytest_sessionfinish(self) -> None:
        self.write()

    def cases(self) -> list[str]:
        """Return what has a long form, as far as that is known yet."""
        known = self.known()
        return json.loads(known.read_bytes()) if known.exists() else []

    def told(self, cases: list[str]) -> str:
        """Return how many cases had which outcome, but for those that passed."""
        counts = Counter(self.found.get(case, "not run") for case in cases)
        return ", ".join(f"{count} {one}" for one, count in sorted(counts.items()) if one != "passed")

    def row(self, what: str, cases: list[str]) -> str:
        seeded = all(case.endswith(f"[{seed}]") for seed, case in enumerate(cases))
        drawn = f", seeds 0 to {len(cases) - 1}" if seeded else ""
        noted = sum((Counter(self.properties.get(case, {})) for case in cases), Counter())
        drawn += "".join(f", {count} {one}" for one, count in noted.items())
        passed = sum(self.found.get(case) == "passed" for case in cases)
        spent = sum(self.seconds[case] for case in cases)
        return f"| {what}{drawn} | {len(cases)} | {passed} | {self.told(cases)} | {spent:.0f} |\n"

    def write(self) -> None:
        cases, rows = self.cases(), dict[str, list[str]]()
        for case in cases:
            rows.setdefault(name(case), []).append(case)
        missing = self.told(cases) if cases else "nothing was run"
        rest = [outcome for case, outcome in self.found.items() if case not in cases]
        page = HEAD.format(
            when=datetime.date.today(),
            commit=self.commit,
            python=platform.python_version(),
            processors=os.cpu_count(),
            verdict=f"Of {len(cases)} cases {missing}." if missing else f"All {len(cases)} cases passed.",
            others=len(rest),
            failed=rest.count("failed"),
        )
        page += "".join(self.row(what, ours) for what, ours in sorted(rows.items()))
        new = self.path.with_suffix(".new")
        new.write_text(page, encoding="utf-8")
        new.replace(self.path)
