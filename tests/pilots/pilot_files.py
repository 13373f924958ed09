"""Design files and counts for the tests: the pilot with less non-committal contact, and changes to it."""

import tomllib
from pathlib import Path

import numpy as np

from kik_analysis.pilots.assignment import Counts

HEAD = """format: 1
kind: design
pilot: P2
question: {nl: 'Spreken we meer mensen', en: 'Do we speak to more people'}
"""
TAIL = """
texts:
  nl: {title: Minder vrijblijvend, estimated: het verschil, never: waarom}
  en: {title: Less non-committal, estimated: the difference, never: why}
"""
ONE = "people: 1257, base_rate: 0.1, effect: 0.05"
LOTS = "{kind: complete, arms: {control: rest, less: {claim: L056}}}"
COMPLETE = f"""model: {{{ONE}}}
inquiry: {{outcome: reached, estimand: itt_difference, decides: 0.05}}
data: {{assignment: {LOTS}}}
answer: {{estimator: difference_in_means, interval: wald, test: wald, alpha: 0.05}}"""
PARTS = {"model": ONE, "lots": LOTS, "estimator": "difference_in_means", "answer": "wald, test: wald"}


def text(body=COMPLETE, swap=None, **parts):
    """Return a design file, with parts of it swapped for others; some have a name."""
    body = HEAD + body + TAIL
    for old, new in {**{PARTS[name]: new for name, new in parts.items()}, **(swap or {})}.items():
        assert old in body, old
        body = body.replace(old, new)
    return body


def counts(*cells, block=None, cluster=None, period=None, took=None):
    """Counts of one pilot from ``(arm, n, x)``."""
    zero = np.zeros(len(cells), dtype=int)
    n, x = (np.array([[cell[k] for cell in cells]], dtype=float) for k in (1, 2))
    given = ((block, zero), (cluster, zero - 1), (period, zero))
    axes = (usual if one is None else np.array(one) for one, usual in given)
    return Counts(
        tuple(cell[0] for cell in cells), *axes, n, x, took=None if took is None else np.array(took)
    )


def rows(name):
    """Rows of a table of cases beside the tests: parts between strokes, a line each; # begins a comment."""
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    return [tuple(map(str.strip, one.split("|"))) for one in lines if not one.startswith("#")]


def ways(part):
    """Changes of the plain pilot by name, for :func:`text`."""
    found = tomllib.loads((Path(__file__).parent / "ways.toml").read_text("utf-8"))[part]
    known = {"ONE": ONE, "LOTS": LOTS}
    return {name: {known.get(old, old): new for old, new in swap.items()} for name, swap in found.items()}
