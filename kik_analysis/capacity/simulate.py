"""One scenario, simulated: as a function, and as ``kik simulate``."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kik_analysis.capacity import engine, layout, reader
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.measures import SHARES, STANDING
from kik_analysis.capacity.results import CHANCE, CHANCE_AND_PARAMETERS, INTERVAL, Result
from kik_analysis.capacity.start import counted
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.evidence.display import expect, require, whole_number
from kik_analysis.evidence.number import PERCENT
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import Lang
from kik_analysis.parameters.files import NOTHING, Header, parse_assignment
from kik_analysis.parameters.scenario import Scenario
from kik_analysis.reading import storage
from kik_analysis.reading.problems import Problems
from kik_analysis.reading.yaml import Node

if TYPE_CHECKING:
    from kik_analysis.people.register import Register

#: Numbers of which every run's own is kept (128 MB): a few hundred runs of the base scenario.
_KEPT = 2**24
#: What a terminal shows.
_SHOWN = (*STANDING, "hours_used", "hours_available")


def simulate(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    uncertain: bool = False,
    register: Register | None = None,
    progress: engine.Progress | None = None,
) -> Result:
    """Simulate a scenario; return its frames by week, quarter and replication, its dates and stories.

    ``scenario``: from :func:`kik_analysis.load_scenario`. ``replications``, ``seed``: default: what the
    scenario says. The same seed and replications give the same numbers to the bit, whatever
    the number of workers; replication r is the same future in every scenario (people make the same choices),
    so scenarios compare pairwise. ``workers``: threads; default all. ``uncertain``: draw the uncertain
    parameters anew for every replication; the result's layer is then ``chance_and_parameters``. Such runs lie
    far apart, so a few hundred are kept whole and their quantiles are exact; of more there are histograms.
    ``register``: start from the people counted in this register; by default from the published stock. The run
    must start on the register's reference day. ``progress``: called with replications done and to do.
    ModelError when the scenario cannot exist or not be run: said before the first week, with its line.
    """
    expect(scenario, Scenario, "simulate", "a scenario", "kik.load_scenario")
    n = scenario["run.replications"] if replications is None else replications
    n = whole_number(n, "replications", 1, engine.FUTURES)
    number = whole_number(scenario["run.seed"] if seed is None else seed, "seed")
    require(isinstance(uncertain, bool), uncertain, "uncertain", "True or False")
    if register is not None:
        from kik_analysis.people.register import Register

        expect(register, Register, "simulate: register", "a register", "kik.read_register")
    people = None if register is None else counted(register)
    compiled = compile_scenario(scenario, None, people)
    source: engine.Source = compiled
    if uncertain:
        source = lambda r: compile_scenario(scenario, reader.draw(scenario, number, r), people)  # noqa: E731
    layer = CHANCE_AND_PARAMETERS if uncertain else CHANCE
    asked: Any = {"replications": n, "seed": number, "workers": workers, "progress": progress}
    if uncertain and n * layout.rows(compiled) * layout.columns(compiled) <= _KEPT:
        kept: Any = {"records": engine.samples(source, slice(None), **asked)}
    else:
        kept = {"totals": engine.simulate(source, **asked)}
    return Result(compiled, number, n, layer, scenario.label, source, **kept).noted()


def overrides(assignments: Sequence[str]) -> dict[str, Node]:
    """Return what ``--set PATH=VALUE`` says, by path; the last of two for one path counts.

    ParameterError with one line for everything that is no assignment.
    """
    problems, found = Problems(), dict[str, Node]()
    for text in assignments:
        found |= parse_assignment(text, problems)
    problems.raise_if_any(ParameterError)
    return found


def check_out(out: Path) -> None:
    """Refuse a file that cannot be written, before anything is simulated.

    InputError another kind of file than CSV or Parquet, or its folder does not exist or takes no file.
    """
    if (got := out.suffix or "none") not in (".csv", ".parquet"):
        raise InputError(f"--out {out.name}: unknown kind of file (got {got}; expected .csv or .parquet)")
    if not out.parent.is_dir():
        raise InputError(f"--out {out.name}: cannot be written (there is no folder {out.parent.name})")
    if out.is_dir():
        raise InputError(f"--out {out.name}: cannot be written (it is a folder)")
    try:
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise InputError(f"--out {out.name}: cannot be written ({error.strerror})") from None


def write(frame: pl.DataFrame, out: Path) -> None:
    """Write a table to CSV or Parquet, by the end of the file's name; whole or not at all.

    InputError another kind of file, or it cannot be written.
    """
    check_out(out)
    made = io.BytesIO()
    frame.write_csv(made) if out.suffix == ".csv" else frame.write_parquet(made)
    try:
        storage.write_file(out, made.getvalue())
    except OSError as error:
        raise InputError(f"--out {out.name}: cannot be written ({error.strerror})") from None


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of words in columns: the first to the left, the others to the right."""
    wide = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            word.rjust(n) if k else word.ljust(n) for k, (word, n) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in table
    ]


def lines(result: Result, lang: Lang, head: Header = NOTHING) -> list[str]:
    """Return where everybody is before week one and in the last week.

    ``result``: of one scenario. ``lang``: ``nl`` or ``en``. ``head``: the scenario's, for its own words.
    """

    def said(key: str, **values: object) -> str:
        return sentences.singular(sentences.template(f"simulate.said.{key}", lang).format(**values))

    def shown(measure: str, number: float | None) -> str:
        if number is None:
            return ""
        return notation.percent(100 * number, lang) if measure in SHARES else notation.decimal(number, lang)

    frame, weeks, first = result.weekly(measures=_SHOWN), result.compiled.mondays(), result.before()
    last = {r["measure"]: r for r in frame.filter(frame["week"] == weeks[-1]).to_dicts()}
    start, end = notation.date(weeks[0], lang), notation.date(weeks[-1], lang)
    inside = notation.percent(PERCENT * INTERVAL, lang)
    table = [["", *said("columns", first=start, last=end, share=inside).split(" | ")]]
    for measure in _SHOWN:
        row = last[measure]
        span = said("band", low=shown(measure, row["q10"]), high=shown(measure, row["q90"]))
        words = head.own_words(sentences.template(f"caseload.measure.{measure}", lang), lang)
        table.append([words, shown(measure, first.get(measure)), shown(measure, row["mean"]), span])
    runs, name = notation.decimal(result.runs, lang), result.compiled.name
    title = said("title", scenario=name, weeks=result.compiled.weeks, start=start, replications=runs)
    layer = sentences.template(f"caseload.layer.{result.layer}", lang)
    return [title, "", *aligned(table), "", said("layer", layer=layer, share=inside), said("rest")]
