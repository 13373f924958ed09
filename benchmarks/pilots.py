"""How fast designs are diagnosed, beside their limits and beside one regression of statsmodels per draw.

Run ``python -m benchmarks.pilots``.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.statistics import Row, best
from kik_analysis.pilots.design import Design, load_design
from kik_analysis.pilots.diagnosis import diagnose, redesign

DRAWS, TEAM_DRAWS, FEW = 10_000, 20_000, 20
FILE = """format: 1
kind: design
pilot: P2
question: {{nl: vraag, en: question}}
model: {{{model}}}
inquiry: {{outcome: reached, estimand: itt_difference}}
data: {{assignment: {{{lots}}}}}
answer: {{{answer}}}
texts: {{nl: {{title: t, estimated: e, never: n}}, en: {{title: t, estimated: e, never: n}}}}
"""
PLAIN = "estimator: difference_in_means, interval: wald, test: wald"
LOTS = "kind: complete, arms: {control: rest, less: {claim: L056}}"
MEMORY = 500.0


def declared(model: str, lots: str = LOTS, answer: str = PLAIN) -> Design:
    """Return a design that says no more than its model, how lots are drawn, and how it is analysed."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "benchmark.yml"
        file.write_text(FILE.format(model=model, lots=lots, answer=answer), "utf-8")
        return load_design(file)


def by_statsmodels(people: int, treated: int, columns: int) -> Callable[[], None]:
    """The plain way: draw people and lots, and fit one regression with HC2."""
    import statsmodels.api as sm

    rng = np.random.default_rng(1)

    def work() -> None:
        for _ in range(FEW):
            z = np.zeros(people)
            z[rng.permutation(people)[:treated]] = 1.0
            x = sm.add_constant(np.column_stack([z, *(rng.random((columns, people)) < 0.2)]))
            sm.OLS((rng.random(people) < 0.1 + 0.05 * z).astype(float), x).fit(cov_type="HC2").pvalues  # noqa: B018

    return work


def start() -> dict[str, float]:
    """Make what is measured, small."""
    found = diagnose(declared("people: 1257, base_rate: 0.1, effect: 0.05"), draws=10)
    return {"diagnosands": found.table.height}


def main() -> None:
    """Print what a draw costs beside its limit, and beside statsmodels in the same run."""
    plain = declared("people: 1257, base_rate: 0.1, effect: 0.05")
    two = "blocks: {a: 1019, b: 238}, base_rate: {a: 0.08, b: 0.2}, effect: 0.05"
    blocks = declared(two, answer=PLAIN.replace("difference_in_means", "regression"))
    teams = declared(
        "people: 1254, clusters: 11, icc: 0.03, base_rate: 0.3, effect: 0.15",
        "kind: cluster, arms: {control: rest, less: 3}",
        "estimator: difference_in_means, interval: permutation, test: permutation",
    )
    diagnose(plain, draws=10)  # what a first call loads

    def one_by_one(design: Design) -> float:
        return best(lambda: diagnose(design, draws=DRAWS, workers=1, level="persons"), 3) / DRAWS

    fit = best(by_statsmodels(1257, 500, 0), 3) / FEW
    rates, effects = [0.05, 0.1, 0.2, 0.3, 0.4], [round(step / 100, 2) for step in range(12)]

    def grid() -> None:
        redesign(plain, draws=DRAWS, base_rate=rates, effect=effects)

    seconds = one_by_one(plain)
    print(Row("pilot of 1,257 people one by one, per draw", seconds, "limit", 0.03e-3))
    print(Row("", seconds, "statsmodels OLS HC2 per draw", fit))
    print(Row("with blocks as covariates, per draw", one_by_one(blocks), "limit", 0.15e-3))
    counts = best(lambda: diagnose(plain, draws=DRAWS, workers=1), 3) / DRAWS
    print(Row("the same from counts per arm, per draw", counts, "people one by one", seconds))
    print(Row("5 rates x 12 effects x 10,000 draws", best(grid, 1), "limit", 20.0))
    permutations = best(lambda: diagnose(teams, draws=TEAM_DRAWS), 3)
    print(Row("11 teams, 165 assignments, 20,000 draws", permutations, "limit", 2.0))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(f"most memory held: {memory:.0f} MB (limit {MEMORY:.0f})")


if __name__ == "__main__":
    main()
