"""Design files for the tests: the pilot with less non-committal contact, and changes to it."""

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
COMPLETE = """model: {people: 1257, base_rate: 0.1, effect: 0.05}
inquiry: {outcome: reached, estimand: itt_difference, decides: 0.05}
data: {assignment: {kind: complete, arms: {control: rest, less: {claim: L056}}}}
answer: {estimator: difference_in_means, interval: wald, test: wald, alpha: 0.05}"""


def text(body=COMPLETE, swap=None):
    """Return a design file, with parts of its body swapped for others."""
    for old, new in (swap or {}).items():
        assert old in body, old
        body = body.replace(old, new)
    return HEAD + body + TAIL
