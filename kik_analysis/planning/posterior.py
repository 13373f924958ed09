"""The stored posterior: draws, what they rest on, and the tables of the calibration.

``python -m kik_analysis.planning.posterior`` makes the files in ``data/posterior`` anew, within Monte Carlo
error, in some minutes on two cores, with progress. They say which claims, priors, measurement and model they
rest on; when one of these differs from the project's own the posterior is *stale*, and that is said.

Until July 2019 the course is that of the mean model; from the count of the letter on, the exact engine runs
every draw: what the history says about people and how they answer, and the priors for what it does not say
(hours, channels). Two later figures, 1,447 at the end of 2019 and 600 early in 2021, were left out of the
fit; they are confronted with both dates that the letter's count may have, with and without the people known
to WIJ, and count something else: other date, other definition.
"""

import contextlib
import datetime
import io
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kik_analysis import project
from kik_analysis.capacity import engine, reader
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import place
from kik_analysis.errors import DataError
from kik_analysis.evidence import reads
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.facts.claims import claims, limits
from kik_analysis.facts.precision import last_day
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.planning import calibration as c
from kik_analysis.planning import history
from kik_analysis.planning.calibration import COLUMN, PROGRESS, Pool, quantiles, share_new
from kik_analysis.planning.history import COURSE, PATHS, Floats, Prior, column
from kik_analysis.planning.measurement import READINGS, measurement
from kik_analysis.planning.search import code
from kik_analysis.reading import storage
from kik_analysis.reading.storage import digest

SCENARIOS = {"october": "params/base.yml", "july": "params/scenarios/july_2019.yml"}
"""The two days that the count of the letter may be of, and the scenario that starts on each."""
LATER = {"D009": "at_least", "D012": "at_most"}
"""Figures left out of the fit, and the side on which a draw must lie to bear one out."""
UNSPOKEN = ("declined", "known_to_wij", "not_reached")
STOCK = {
    "spoken": "spoken",
    "never_invited": "not_yet",
    "declined_or_wij": "declined",
    "not_reached": "silent",
}
"""Part of ``people.stock`` -> column of the course."""
BAND, QUARTER, PART = (10, 50, 90), 3, 250


def chosen(pool: Pool, number: int) -> tuple[Any, Floats]:
    """Return posterior draws as a frame, and their values in the order of ``history.PATHS``.

    ``pool``: the fit. ``number``: how many draws; as many from each population, evenly over its particles.
    Returns a polars frame with ``weight``, ``start`` (the population), ``share_new``, and a column per
    parameter by path (dates in months since January 2015); those of the engine that follow from others too.
    """
    each, size = number // len(pool.found), len(pool.found[0].points)
    inside = (np.arange(each) * size) // each
    rows = np.concatenate([start * size + inside for start in range(len(pool.found))])
    values, outputs, weights = pool.values[rows], pool.outputs[rows], pool.weights[rows]
    columns = {"weight": weights / weights.sum(), "start": rows // size + 1, "share_new": share_new(outputs)}
    columns |= {path: values[:, k] for path, k in COLUMN.items() if path not in pool.problem.prior.fixed}
    columns["contact.acceptance_first"] = columns[PATHS["accept"]]
    columns["contact.no_answer_per_attempt"] = columns[PATHS["silent"]]
    columns["people.known_to_wij"] = column(outputs, "wij")
    columns["people.overdue_at_start"] = column(outputs, "overdue") / column(outputs, "spoken")
    return pl.DataFrame(columns), values


def places(scenario: Scenario, draws: Any) -> dict[str, Floats]:
    """Return where posterior draws lie in the ranges of a scenario, for what the engine reads.

    ``scenario``: whose ranges hold. ``draws``: the frame of :func:`chosen`. Returns by path
    (``people.*`` and ``contact.*``) a number per draw on the standard normal scale; what the scenario has
    fixed is left out.
    """
    prior = Prior(scenario)  # it knows the scales
    known = [name for name in draws.columns if name.startswith(("people.", "contact."))]
    open_ = (path for path in known if not scenario.timeline(path).exact)
    return {path: prior.places(path, draws[path].to_numpy(), scenario) for path in open_}


def _until(scenario: str, day: datetime.date) -> Scenario:
    """Return a scenario that runs until a day."""
    given = load_scenario(scenario)
    return given.replace({"run.weeks": (day - given.start).days // 7 + 1})


def forward(
    scenario: Scenario, draws: Any, seed: int, starts: Sequence[Mapping[str, object]] = ()
) -> tuple[Sequence[datetime.date], Mapping[str, Floats]]:
    """Run posterior draws through the exact engine, each in a future of its own.

    ``scenario``, ``draws``, ``seed``: what is run, the frame of :func:`chosen`, and of the futures.
    ``starts``: for every draw other values by path, as of the people at the start.
    Returns the Mondays, and by measure draws by weeks: persons at the week's end.
    """
    moved = places(scenario, draws)
    compiled = compile_scenario(scenario)
    PROGRESS.info("exact engine from %s: %d draws", scenario.start, len(draws))

    def source(r: int) -> Any:
        at = {path: float(column[r]) for path, column in moved.items()}
        mine = scenario.replace(starts[r]) if starts else scenario
        return compile_scenario(mine, reader.draw(scenario, seed, r) | at)

    runs = engine.samples(source, slice(0, compiled.weeks), replications=len(draws), seed=seed)
    names = ("group_size", "never_invited", *UNSPOKEN)
    return compiled.mondays(), {name: runs[:, :, place(compiled, name)].astype(float) for name in names}


def made(
    pool: Pool, draws: Any, values: Floats, seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of ``backcast.csv`` and of ``confronted.csv``."""
    weights = draws["weight"].to_numpy()
    rows: list[dict[str, Any]] = []
    calendar, (_, course) = pool.problem.calendar, history.run(values, pool.problem.calendar, course=True)
    past = {name: column(course, name, COURSE) for name in COURSE}
    past["unspoken"] = past["declined"] + past["silent"]
    for m, day in enumerate(calendar.firsts[1:]):
        if (m + 1) % QUARTER == 0 or m + 1 in (int(calendar.settings[2]), len(calendar.days)):
            end = day - datetime.timedelta(days=1)
            rows += [_band(end, "history", name, people[:, m], weights) for name, people in past.items()]
    end = datetime.date(max(last_day(claims()[one].as_of) for one in LATER).year, 12, 31)
    rows += _from_team(pool, past, draws, _until(SCENARIOS["october"], end), seed)
    confronted: list[dict[str, Any]] = []
    for count, file in SCENARIOS.items():
        some = draws if count == "october" else draws.gather_every(max(1, len(draws) // PART))
        mondays, found = forward(_until(file, end), some, seed)
        weights = some["weight"].to_numpy() / some["weight"].sum()
        if count == "october":
            rows += _quarters("engine", mondays, found, weights)
        for claim, side in LATER.items():
            day = last_day(claims()[claim].as_of)
            week = max(w for w, monday in enumerate(mondays) if monday <= day)
            low, high = limits(claims()[claim])
            for wij in ("without", "with"):
                states = (one for one in UNSPOKEN if wij == "with" or one != "known_to_wij")
                people = np.sum([found[one][:, week] for one in states], axis=0)
                agrees = people >= low if side == "at_least" else people <= high
                confronted.append(
                    {"claims": claim, "count": count, "wij": wij, "on": mondays[week]}
                    | {"published": claims()[claim].number, "low": low, "high": high}
                    | quantiles(people, weights)
                    | {"side": side, "share": float(weights @ agrees)}
                )
    return rows, confronted


def _quarters(
    layer: str, mondays: Sequence[datetime.date], found: Mapping[str, Floats], weights: Floats
) -> list[dict[str, Any]]:
    """Rows of four times a year. Who has a letter or an appointment counts as spoken to: most of them are."""
    group, new = found["group_size"], found["never_invited"]
    unspoken = np.sum([found[one] for one in UNSPOKEN], axis=0)
    states = {"spoken": group - new - unspoken, "not_yet": new, "unspoken": unspoken, "group": group}
    weeks = range(0, len(mondays), 4 * QUARTER)
    return [_band(mondays[w], layer, name, x[:, w], weights) for name, x in states.items() for w in weeks]


def _from_team(
    pool: Pool, past: Mapping[str, Floats], draws: Any, scenario: Scenario, seed: int
) -> list[dict[str, Any]]:
    """Return the course from the first Monday of the team on, with the people that the history left it."""
    calendar, every = pool.problem.calendar, max(1, len(draws) // PART)
    team = int(calendar.settings[3])
    first = calendar.firsts[team] + datetime.timedelta(days=-calendar.firsts[team].weekday() % 7)
    weeks = (scenario.start - first).days // 7 + int(scenario["run.weeks"])  # type: ignore[arg-type]
    begun = scenario.replace({"run.start": first, "run.weeks": weeks})
    at = [past[name][::every, team - 1].round().astype(int).tolist() for name in ("wij", *STOCK.values())]
    starts = [
        {"run.start": first, "run.weeks": weeks, "people.known_to_wij": wij}
        | {"people.stock": {"value": dict(zip(STOCK, counts, strict=True)), "confidence": "C"}}
        for wij, *counts in zip(*at, strict=True)
    ]
    some = draws.gather_every(every)
    mondays, found = forward(begun, some.drop("people.known_to_wij"), seed, starts)
    return _quarters("from_team", mondays, found, some["weight"].to_numpy())


def _band(day: datetime.date, layer: str, name: str, values: Floats, weights: Floats) -> dict[str, Any]:
    return {"date": day, "layer": layer, "measure": name} | quantiles(values, weights, at=BAND)


NAME, DRAWS, ABOUT = "posterior", "draws.csv", "about.json"
TABLES = ("assumptions", "ridges", "modes", "alternatives", "prediction", "confronted", "backcast")
MODEL = ("history.py", "measurement.py")
COMMAND = "python -m kik_analysis.planning.posterior"


def folder() -> Path:
    """Return the folder of the stored posterior."""
    return project.data(NAME)


def table(name: str) -> pl.DataFrame:
    """Return one of :data:`TABLES`, or ``draws``; the read is on record, as a simulation over assumptions.

    Columns of the draws are ``weight`` (sums to one), ``start``, ``share_new``, and one for each parameter by
    path; dates are months since January 2015. The history says nothing about ``team``, ``work`` and
    ``policy``. DataError when there is no stored posterior; the message tells how to make one.
    """
    path = folder() / f"{name}.csv"
    if not path.is_file():
        raise DataError(f"{project.relative(path)}: not there (make it with {COMMAND})")
    text, said = reads.read_text(path), about()
    if said["tables"].get(name) != digest(text.split()):
        raise DataError(f"{project.relative(path)}: damaged (make it again with {COMMAND})")
    note("simulation", "posterior", said, Evidence.ASSUMED)
    return pl.read_csv(io.StringIO(text), infer_schema_length=None, try_parse_dates=True)


def about() -> dict[str, Any]:
    """Return what the posterior rests on and how it was made: digests, sizes, seed, diagnostics, misfit."""
    path = folder() / ABOUT
    with contextlib.suppress(ValueError):
        found = json.loads(reads.read_text(path))
        if isinstance(found, dict) and found.pop("check", None) == digest(found):
            return found
    raise DataError(f"{project.relative(path)}: damaged (make it again with {COMMAND})")


def digests(scenario: Scenario | None = None) -> dict[str, str]:
    """Return the digests of what a posterior rests on: claims, priors, measurement and model.

    ``scenario``: whose ranges are the priors; the base by default. Its ``team`` plays no part.
    """
    given = load_scenario() if scenario is None else scenario
    distance = [given.value(f"history.discrepancy{who}").canonical() for who in ("", "_not_reached")]
    start = given.value("history.first_talks_start").canonical()
    priors = digest([Prior(given).digest(), distance, start, given["policy.attempts"]])
    used = {claim for claim, _ in measurement().quantities("sequence").values()} | {"L009", "L028"}
    found = ((one, claims()[one]) for one in sorted(used))
    values = digest({one: [claim.value, claim.low, claim.high, claim.as_of] for one, claim in found})
    counts = digest([measurement().quantities(one) for one in READINGS])
    return {"claims": values, "measurement": counts, "priors": priors, "model": code(*MODEL)}


def stale(scenario: Scenario | None = None) -> tuple[str, ...]:
    """Return what differs from what the stored posterior rests on; empty when it holds.

    ``scenario``: as in :func:`digests`.
    """
    stored = about()["digests"]
    return tuple(name for name, now in digests(scenario).items() if stored.get(name) != now)


def calibrate(
    out: Path,
    size: Mapping[str, int] = c.MAIN_SIZE,
    other: Mapping[str, int] = c.OTHER_SIZE,
    draws: int = 1000,
) -> dict[str, Any]:
    """Fit the assumptions to the history and write the posterior to a folder, whole or not at all.

    ``out``: the folder; replaced in one step. ``size``, ``other``, ``draws``: of the samples. Returns what
    ``about.json`` says. DataError the claims cannot be reproduced: what stands out, and which single claim,
    left out, restores the fit.
    """
    scenario = load_scenario()
    seed = int(scenario["run.seed"])  # type: ignore[arg-type]
    spread = c.by_chance(scenario, seed)
    failing = c.misfit(scenario, spread, seed)
    if not failing["fits"]:
        worst = ", ".join(f"{name} {far:+.1f} sd" for name, far in list(failing["residuals"].items())[:3])
        without = " or ".join(failing["restored_without"]) or "no single claim"
        raise DataError(f"the history cannot be reproduced: {worst}; left out, {without} restores the fit")
    problem = c.Problem(scenario, c.MAIN, spread)
    pool = c.Pool(problem, problem.sample(seed, **size))
    frame, values = chosen(pool, draws)
    course, confronted = made(pool, frame, values, seed)
    tables: dict[str, Any] = {
        "draws": frame,
        "assumptions": pool.assumptions(),
        "ridges": pool.ridges(),
        "modes": pool.modes(),
        "prediction": pool.prediction(),
        "confronted": confronted,
        "backcast": course,
        "alternatives": c.compare(scenario, pool, spread, seed, other),
    }
    said: dict[str, Any] = {
        "format": 1,
        "kind": NAME,
        "command": COMMAND,
        "seed": seed,
        "draws": frame.height,
        "starts": size["starts"],
        "particles": size["particles"],
        "digests": digests(scenario),
        "months_since": str(pool.problem.calendar.first),
        "misfit": failing,
        "rhat": max(row["rhat"] for row in tables["assumptions"]),
        "not_corrected": "history: mean model alone; the engine takes over at the letter's count",
    }
    rounded = pl.col(pl.Float64).round_sig_figs(6)
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    texts = {name: one.with_columns(rounded).write_csv(line_terminator="\n") for name, one in frames.items()}
    said["tables"] = {name: digest(text.split()) for name, text in texts.items()}
    new = storage.temporary(out.absolute())
    try:
        for name, text in texts.items():
            (new / f"{name}.csv").write_text(text, encoding="utf-8")
        whole = said | {"check": digest(said)}  # of what else it says
        (new / ABOUT).write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        storage.exchange(new, out.absolute())
    finally:
        storage.remove(new)
    return said


def main() -> None:
    """Make the stored posterior anew, with progress on standard error."""
    logging.basicConfig(style="{", format="{asctime}  {message}", datefmt="%H:%M:%S")
    PROGRESS.setLevel(logging.INFO)
    try:
        said = calibrate(folder())
    except DataError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    PROGRESS.info("R-hat %.4f; %d draws", said["rhat"], said["draws"])


if __name__ == "__main__":
    main()
