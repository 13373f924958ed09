"""Write README.md and coverage.csv of this folder from the committed values and our own functions.

Run ``python docs/validation/build.py``; a test holds both files equal to what this would write.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np

from kik_analysis.statistics import coverage, differences, proportions, validation

HERE = Path(__file__).resolve().parent
METHODS = ("clopper-pearson", "wilson", "wilson-corrected", "jeffreys", "mid-p", "agresti-coull")
SIZES = (6, 10, 29, 50, 100)
PAIRS = ((6, 6), (10, 10), (10, 20), (29, 50))
SHARES = np.linspace(0.001, 0.999, 999)
COARSE = np.linspace(0.01, 0.99, 50)


def _just_outside(limits: np.ndarray) -> np.ndarray:
    """Return shares on either side of every limit: coverage is smallest just past one."""
    edges = np.concatenate([limits - 1e-9, limits + 1e-9])
    return edges[(edges > 0.0) & (edges < 1.0)]


def proportion_rows() -> list[tuple[str, str, float, float]]:
    """Return method, n, mean and smallest coverage of every interval for one share."""
    rows = []
    for method in METHODS:
        for n in SIZES:
            x = np.arange(n + 1.0)
            low, high = proportions.limits(x, np.full(n + 1, float(n)), method, 0.95)
            mean = coverage.proportion_coverage(n, SHARES, method=method).mean()
            edges = _just_outside(np.concatenate([low, high]))
            least = coverage.proportion_coverage(n, np.concatenate([SHARES, edges]), method=method).min()
            rows.append((method, str(n), float(mean), float(least)))
        rows.append(_over_all(method, rows[-len(SIZES) :]))
    return rows


def _over_all(method: str, rows: list[tuple[str, str, float, float]]) -> tuple[str, str, float, float]:
    """Return the mean and the smallest over all sizes of one method."""
    return (method, "all of these", float(np.mean([row[2] for row in rows])), min(row[3] for row in rows))


def difference_rows() -> list[tuple[str, str, float, float]]:
    """Return method, group sizes, mean and smallest coverage of every interval for a difference."""
    p1, p2 = np.meshgrid(COARSE, COARSE, indexing="ij")
    rows = []
    for method in differences.LOWER:
        for n1, n2 in PAIRS:
            held = coverage.difference_coverage(n1, n2, p1, p2, method=method)
            rows.append((method, f"{n1} and {n2}", float(held.mean()), float(held.min())))
        rows.append(_over_all(method, rows[-len(PAIRS) :]))
    return rows


def population_rows() -> list[tuple[str, str, float, float]]:
    """Return the same for the hypergeometric interval, over every possible count."""
    rows = []
    for population, n in ((50, 6), (200, 29), (500, 29)):
        held = coverage.population_coverage(population, n)
        rows.append(("hypergeometric", f"{n} of {population}", float(held.mean()), float(held.min())))
    return rows


def coverage_csv() -> str:
    """Return the coverage table."""
    lines = ["interval,method,n,mean,smallest"]
    for kind, rows in (
        ("one share", proportion_rows()),
        ("difference", difference_rows()),
        ("finite population", population_rows()),
    ):
        lines += [f"{kind},{method},{n},{mean:.4f},{least:.4f}" for method, n, mean, least in rows]
    return "\n".join(lines) + "\n"


def _shown(value: float, printed: str, sign: str = "") -> str:
    """Return our value with two digits more than the printed one (none that a processor decides)."""
    places = len(printed.partition(".")[2]) + 2
    return f"{round(value, places) + 0.0:{sign}.{places}f}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows)]


def _published(examples: list[validation.Example]) -> list[str]:
    rows = []
    for example in examples:
        ours = example.ours()
        gap = (
            _shown(ours - example.target, example.printed, "+") if example.rule == "printed" else "rounded up"
        )
        way = {
            key: value for key, value in json.loads(example.arguments).items() if key in ("method", "kind")
        }
        call = " ".join([f"`{example.function.partition('.')[2]}`", *way.values()])
        what = f"`{example.result}`" if example.result else ""
        shown = (
            str(bool(ours)).upper() if example.printed in ("TRUE", "FALSE") else _shown(ours, example.printed)
        )
        rows.append((example.source, example.place, call, what, example.printed, shown, gap))
    return _table(("source", "place", "function", "part", "printed", "ours", "difference"), rows)


def _from_r(agreements: list[validation.Agreement]) -> list[str]:
    count: Counter[str] = Counter()
    room: dict[str, float] = {}
    for agreement in agreements:
        if not agreement.agrees(agreement.ours()):
            raise SystemExit(f"{agreement.call}: R gives {agreement.value}, ours is {agreement.ours()}")
        count[agreement.function] += 1
        room[agreement.function] = max(room.get(agreement.function, 0.0), agreement.tolerance)
    rows = [(f"`{name}`", str(count[name]), f"{room[name]:.0e}") for name in sorted(count)]
    return _table(("function", "values", "all within"), rows)


def _disagreements() -> list[str]:
    rows = []
    for row in validation.disagreements((HERE / "disagreements.csv").read_text(encoding="utf-8")):
        ours = validation.computed(row["function"], row["arguments"], row["result"])
        rows.append(
            (row["source"], row["place"], row["printed"], _shown(ours, row["printed"]), row["reason"])
        )
    return _table(("source", "place", "printed", "ours", "why"), rows)


def _coverage(text: str) -> list[str]:
    rows = [tuple(line.split(",")) for line in text.splitlines()[1:]]
    return _table(("interval", "method", "n", "mean", "smallest"), rows)


def readme(coverage_text: str) -> str:
    """Return the whole page."""
    examples = validation.examples((HERE / "examples.csv").read_text(encoding="utf-8"))
    agreements = validation.agreements((HERE / "r.csv").read_text(encoding="utf-8"))
    number, sources = (
        len({example.key for example in examples}),
        len({example.source for example in examples}),
    )
    template = (HERE / "page.md").read_text(encoding="utf-8")
    return template.format(
        examples=number,
        values=len(examples),
        sources=sources,
        r_values=len(agreements),
        published="\n".join(_published(examples)),
        from_r="\n".join(_from_r(agreements)),
        disagreements="\n".join(_disagreements()),
        coverage="\n".join(_coverage(coverage_text)),
    )


def files() -> dict[str, str]:
    """Return the generated files by name."""
    table = coverage_csv()
    return {"coverage.csv": table, "README.md": readme(table)}


if __name__ == "__main__":
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")
