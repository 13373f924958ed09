"""``docs/proof.md``: what has a long form, and what ``make proof`` found.

It is written anew after each case: a run that is cut off leaves what was done and says what was not. Another
run of the same commit adds to it, so that the long forms need not be done in one go.
"""

import datetime
import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HEAD = """\
# The long forms of the evidence

`make proof` writes this page. {about}.

**{verdict}** Of {others} other checks {failed} failed.
What hypothesis draws is new each time; the moments of the kills follow from the seeds.

| what | cases | passed | the rest | seconds |
| --- | ---: | ---: | --- | ---: |
"""


def commit(root: Path) -> str:
    """Return the commit that is checked; also in a clone without history or tags, and where git is not."""
    words = ("rev-parse --short=10 HEAD", "status --porcelain --untracked-files=no . :!docs/proof.md")
    ask = [subprocess.run(["git", *one.split()], cwd=root, capture_output=True, text=True) for one in words]
    known, changes = (one.stdout.strip() for one in ask)
    return f"{known or 'unknown'}{' with changes that are not in it' if changes else ''}"


def name(case: str) -> str:
    """Return what a case is one of, in words: its file, and the sentence that its test is named by."""
    place, _, test = case.partition("[")[0].rpartition("::")
    return f"`{place.partition('::')[0].removeprefix('tests/')}`: {test[5:].replace('_', ' ')}"


def daily(items: list[pytest.Item]) -> Iterator[bool]:
    """Tell of each check whether it is one of every day."""
    seen = Counter[str]()
    for item in items:
        test, mark = item.nodeid.partition("[")[0], item.get_closest_marker("long")
        every = mark.kwargs.get("every") if mark else 1
        yield bool(every and seen[test] % every == 0)
        seen[test] += 1


class Page:
    """Takes what each case gave, and writes the page; ``known``: tells the file of what has a long form."""

    def __init__(self, root: Path, known: Callable[[], Path]) -> None:
        self.path, self.known, self.commit = root / "docs" / "proof.md", known, commit(root)
        parts = (f"commit {self.commit}", f"Python {platform.python_version()}")
        self.about = ", ".join((str(datetime.date.today()), *parts, f"{os.cpu_count()} processors"))
        self.found: dict[str, str] = {}
        self.seconds: Counter[str] = Counter()
        self.noted: dict[str, Counter[str]] = {}
        self.kept = root / ".pytest_cache" / "proof.json"
        if self.commit.isalnum() and self.kept.exists():
            before = json.loads(self.kept.read_bytes()).get(self.commit, ({}, {}, {}))
            self.found, self.seconds = before[0], Counter(before[1])
            self.noted = {case: Counter(one) for case, one in before[2].items()}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        case, outcome = report.nodeid, report.outcome
        if report.when == "setup":  # what an earlier run found of it is told no longer
            self.found.pop(case, None)
            self.seconds[case] = 0
        if outcome == "skipped" and isinstance(report.longrepr, tuple):
            outcome = report.longrepr[2].removeprefix("Skipped: ")
        self.seconds[case] += report.duration
        self.noted[case] = Counter(dict(report.user_properties))
        if (report.when == "call" or outcome != "passed") and self.found.get(case) != "failed":
            self.found[case] = outcome
            if outcome != "passed" or case in self.cases():
                self.pytest_sessionfinish()

    def cases(self) -> list[str]:
        known = self.known()
        return json.loads(known.read_bytes()) if known.exists() else []

    def rest(self, cases: list[str]) -> str:
        counts = Counter(self.found.get(case, "not run") for case in cases)
        return ", ".join(f"{count} {one}" for one, count in sorted(counts.items()) if one != "passed")

    def row(self, what: str, cases: list[str]) -> str:
        seeded = all(case.endswith(f"[{seed}]") for seed, case in enumerate(cases))
        noted = sum((self.noted.get(case, Counter()) for case in cases), Counter())
        what += f", seeds 0 to {len(cases) - 1}" if seeded else ""
        what += "".join(f", {count} {one}" for one, count in noted.items())
        passed = sum(self.found.get(case) == "passed" for case in cases)
        spent = sum(self.seconds[case] for case in cases)
        return f"| {what} | {len(cases)} | {passed} | {self.rest(cases)} | {spent:.0f} |\n"

    def pytest_sessionfinish(self) -> None:
        cases, rows = self.cases(), dict[str, list[str]]()
        for case in cases:
            rows.setdefault(name(case), []).append(case)
        missing = self.rest(cases) if cases else "nothing was run"
        verdict = f"Of {len(cases)} cases {missing}." if missing else f"All {len(cases)} cases passed."
        others = [outcome for case, outcome in self.found.items() if case not in cases]
        told = {"verdict": verdict, "others": len(others), "failed": others.count("failed")}
        page = HEAD.format(about=self.about, **told) + "".join(self.row(*one) for one in sorted(rows.items()))
        kept = json.dumps({self.commit: (self.found, self.seconds, self.noted)})
        self.kept.parent.mkdir(exist_ok=True)
        for path, text in ((self.path, page), (self.kept, kept)):
            new = path.with_suffix(".new")
            new.write_text(text, encoding="utf-8")
            new.replace(path)
