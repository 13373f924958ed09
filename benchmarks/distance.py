"""How far the mean model of the history and the exact engine are apart in a time that both can run.

Both begin in the first month of the team, August 2018, with the people that the history leaves, and run until
the count of the letter. The engine has no hours per conversation of its own history, so its staff is set so
that it holds as many conversations as the mean model: the distance is in what else happens. Nobody is printed
as not yet approached who declined, and no municipality is merged, as the engine knows neither.
``distance.csv`` holds the last run; ``python -m benchmarks distance`` makes it anew (a minute or two).
"""

from __future__ import annotations

import csv
import datetime
import math
import sys
from pathlib import Path

import numpy as np

from kik_analysis.capacity import engine, reader
from kik_analysis.capacity.compilation import posts
from kik_analysis.capacity.measures import place
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.planning import history, posterior
from kik_analysis.planning.history import COURSE, PATHS

DRAWS, TRIES, NEAR, SEED, MOST = 100, 6, 0.01, 2019, 60.0
COUNTS = ("spoken", "group", "not_reached", "invitations", "conversations")
AT = (5, 25, 50, 75, 95)
STORED = Path(__file__).with_suffix(".csv")


def distances(draws: int = DRAWS) -> np.ndarray:
    """Return engine over mean model for every draw, as logarithms: draws by COUNTS."""
    scenario, frame = load_scenario(), posterior.table("draws")
    frame = frame[[k * frame.height // draws for k in range(draws)]]
    calendar, names = history.Calendar(scenario), list(PATHS)
    values = np.zeros((draws, len(PATHS)))
    for k, path in enumerate(PATHS.values()):
        if path in frame.columns and names[k] not in ("printed", "merger"):
            values[:, k] = frame[path].to_numpy()
    _, course = history.run(values, calendar, course=True)
    team = int(calendar.settings[3])
    first = calendar.firsts[team] + datetime.timedelta(days=-calendar.firsts[team].weekday() % 7)
    weeks = (calendar.firsts[-1] - first).days // 7
    moved = posterior.places(scenario, frame.drop("people.known_to_wij"))
    found = []
    for r in range(draws):
        start, end = (dict(zip(COURSE, course[r, m], strict=True)) for m in (team - 1, -1))
        mine = scenario.replace(
            {
                "run.start": first,
                "run.weeks": weeks,
                "people.known_to_wij": round(start["wij"]),
                "people.stock": {
                    "value": {part: round(start[name]) for part, name in posterior.STOCK.items()},
                    "confidence": "C",
                },
            }
        )
        at = {path: float(column[r]) for path, column in moved.items()}
        one = posts(mine, reader.draw(scenario, SEED, r) | at)
        seen = {name: end[name] - start[name] for name in ("invitations", "conversations")}
        seen |= {"spoken": end["spoken"], "group": end["group"], "not_reached": end["silent"]}
        fte = float(scenario["team.fte"])
        for _ in range(TRIES):
            c = one.at(fte)
            record = engine.samples(c, np.s_[:weeks], replications=1, seed=SEED + r, workers=1)[0]
            counted = _counted(c, record)
            ratio = seen["conversations"] / max(counted["conversations"], 1)
            if abs(ratio - 1) < NEAR:
                break
            fte = min(MOST, fte * ratio)
        found.append([math.log(max(counted[name], 0.5) / seen[name]) for name in COUNTS])
    return np.array(found)


def _counted(c, record: np.ndarray) -> dict[str, float]:
    """What the engine counts as the history does."""
    last = {
        name: float(record[-1, place(c, name)]) for name in ("group_size", "never_invited", "not_reached")
    }
    unspoken = sum(float(record[-1, place(c, name)]) for name in posterior.UNSPOKEN)
    found = {name: float(record[:, place(c, name)].sum()) for name in ("invitations", "conversations")}
    spoken = last["group_size"] - last["never_invited"] - unspoken
    return found | {"spoken": spoken, "group": last["group_size"], "not_reached": last["not_reached"]}


def stored() -> dict[str, dict[str, float]]:
    """Return the quantiles of the last run, by count."""
    with STORED.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["count"]: {f"q{q:02d}": float(row[f"q{q:02d}"]) for q in AT} for row in rows}


def start() -> dict[str, float]:
    """Make what is measured, small."""
    if sorted(stored()) != sorted(COUNTS):
        raise SystemExit("the stored run has other counts")
    return {"counts": len(stored()), "months": len(history.Calendar(load_scenario()).days)}


def main() -> None:
    """Run, store the quantiles and print them."""
    found = np.percentile(distances(), AT, axis=0)
    with STORED.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("count", *(f"q{q:02d}" for q in AT)))
        for name, row in zip(COUNTS, found.T, strict=True):
            writer.writerow((name, *(f"{one:.3f}" for one in row)))
            print(name, *(f"{one:+.3f}" for one in row), file=sys.stderr)


if __name__ == "__main__":
    main()
