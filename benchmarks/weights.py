"""Whether the exact engine can correct the posterior by weights: its likelihood over that of the mean model.

The engine runs every draw from the first Monday of the team to the count of the letter, with the people that
the mean model leaves at that moment and, as in ``distance``, staff with which it holds as many conversations;
who declined and is printed as not yet approached stays so. What was counted before is the mean model's. The
likelihood of the engine is that of the means of its runs, their Monte Carlo error added to the errors of the
targets. ``weights.csv`` holds the last run; ``python -m benchmarks weights`` makes it anew (some minutes).
"""

from __future__ import annotations

import copy
import csv
import datetime
import sys
from pathlib import Path

import numpy as np

from kik_analysis.capacity import engine, reader
from kik_analysis.capacity.compilation import posts
from kik_analysis.capacity.measures import place
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.planning import calibration, history, posterior
from kik_analysis.planning.history import OUTPUTS, PATHS
from kik_analysis.planning.measurement import logs, published

DRAWS, RUNS, TRIES, NEAR, SEED, MOST = 1_000, 8, 6, 0.01, 2019, 60.0
EVENTS = ("invitations", "letters", "conversations", "unanswered")
SPLIT = ("not_yet_approached", "declined_or_wij")
STORED = Path(__file__).with_suffix(".csv")
HEADS = ("discrepancy", "left_out", "draws", "effective", "largest", "mostly_new")


def outputs(draws: int = DRAWS, runs: int = RUNS) -> tuple[object, np.ndarray, np.ndarray]:
    """Return some draws, what the mean model makes of them (draws by OUTPUTS), and runs of the engine."""
    scenario, frame = load_scenario(), posterior.table("draws")
    frame = frame[[k * frame.height // draws for k in range(draws)]]
    values = np.zeros((draws, len(PATHS)))
    for k, path in enumerate(PATHS.values()):
        if path in frame.columns:
            values[:, k] = frame[path].to_numpy()
    calendar = history.Calendar(scenario)
    until, team = copy.copy(calendar), int(calendar.settings[3])
    until.settings, until.days = np.r_[team, calendar.settings[1:]], calendar.days[:team]
    mean, before = history.run(values, calendar)[0], history.run(values, until)[0]
    first = calendar.firsts[team] + datetime.timedelta(days=-calendar.firsts[team].weekday() % 7)
    weeks = (calendar.firsts[-1] - first).days // 7
    moved = posterior.places(scenario, frame.drop("people.known_to_wij"))
    found = np.repeat(mean[:, None], runs, axis=1)
    for r in range(draws):
        at, end = (dict(zip(OUTPUTS, one[r], strict=True)) for one in (before, mean))
        declined = at["declined_or_wij"] + at["not_yet_approached"] - at["new"]
        stock = {"spoken": at["spoken"], "never_invited": at["new"]}
        stock |= {"declined_or_wij": declined, "not_reached": at["not_reached"]}
        begun = {"run.start": first, "run.weeks": weeks, "people.known_to_wij": round(at["wij"])}
        counts = {name: round(people) for name, people in stock.items()}
        mine = scenario.replace(begun | {"people.stock": {"value": counts, "confidence": "C"}})
        drawn = {path: float(column[r]) for path, column in moved.items()}
        one, fte = posts(mine, reader.draw(scenario, SEED, r) | drawn), float(scenario["team.fte"])
        for _ in range(TRIES):
            c = one.at(fte)
            held = engine.samples(c, np.s_[:weeks], replications=1, seed=SEED + r)[0]
            wanted = end["conversations"] - at["conversations"]
            ratio = wanted / max(held[:, place(c, "conversations")].sum(), 1)
            if abs(ratio - 1) < NEAR:
                break
            fte = min(MOST, fte * ratio)
        record = engine.samples(c, np.s_[:weeks], replications=runs, seed=SEED + r).astype(float)
        last = {
            name: record[:, -1, place(c, name)]
            for name in ("group_size", "never_invited", *posterior.UNSPOKEN)
        }
        shown = end["not_yet_approached"] - end["new"]
        seen = {name: at[name] + record[..., place(c, name)].sum(axis=1) for name in EVENTS}
        seen |= {"not_yet_approached": last["never_invited"] + shown, "not_reached": last["not_reached"]}
        seen["declined_or_wij"] = last["declined"] + last["known_to_wij"] - shown
        seen["spoken"] = 2 * last["group_size"] - sum(last.values())
        for name, people in seen.items():
            found[r, :, OUTPUTS.index(name)] = people
    return frame, mean, found


def weigh(frame, mean: np.ndarray, found: np.ndarray) -> list[dict[str, object]]:
    """Return a row per distance and per set of targets: what the weights rest on."""
    scenario, rows = load_scenario(), []
    spread = calibration.by_chance(scenario, int(scenario["run.seed"]))
    distance = scenario.value("history.discrepancy").at(scenario.start)
    for size in (float(distance.central), float(distance.high)):
        targets = published(scenario, runs=spread, discrepancy=size)
        for left_out in ((), SPLIT):
            kept = [k for k, name in enumerate(targets.names) if name not in left_out]
            errors, centre = targets.covariance[np.ix_(kept, kept)], targets.centre[kept]

            def likelihood(at: np.ndarray, errors=errors, centre=centre) -> float:
                _, size = np.linalg.slogdet(errors)
                return -0.5 * (size + (at - centre) @ np.linalg.solve(errors, at - centre))

            logarithms = np.log(frame["weight"].to_numpy())
            for r, runs in enumerate(found):
                seen = logs(runs, targets.ratios)[:, kept]
                wide = errors + np.cov(seen.T) / len(seen)
                logarithms[r] += likelihood(seen.mean(axis=0), wide)
                logarithms[r] -= likelihood(logs(mean[[r]], targets.ratios)[0, kept])
            weights = np.exp(logarithms - logarithms.max())
            weights /= weights.sum()
            new = float(weights @ (frame["share_new"].to_numpy() >= calibration.NEW))
            numbers = (f"{1 / (weights**2).sum():.1f}", f"{weights.max():.2f}", f"{new:.2f}")
            head = (f"{size:g}", " ".join(left_out), len(weights))
            rows.append(dict(zip(HEADS, (*head, *numbers), strict=True)))
    return rows


def stored() -> list[dict[str, str]]:
    """Return the rows of the last run."""
    with STORED.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def start() -> dict[str, float]:
    """Make what is measured, small."""
    if {len(row) for row in stored()} != {len(HEADS)}:
        raise SystemExit("the stored run has other columns")
    return {"rows": len(stored())}


def main() -> None:
    """Run, store the rows and print them."""
    rows = weigh(*outputs())
    with STORED.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(*row.values(), file=sys.stderr)


if __name__ == "__main__":
    main()
