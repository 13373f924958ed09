"""What the engine can run: features still to come are refused by name, absurd inputs run with a warning."""

from __future__ import annotations

from kik_analysis.capacity.compiled import GROUP, Compiled
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.parameters.remarks import Remark

#: Choices that no engine runs yet: path, the only value that runs.
_ONLY: tuple[tuple[str, object], ...] = (
    ("team.organisation", "pooled"), ("policy.wij_rule", "not_invited"),
)  # fmt: skip
#: Values that may be dated in a file, but that no engine changes during a run yet.
_STEADY = (
    "people.inflow_contact_agreed", "people.exit_rate", "policy.lead_weeks", "policy.attempts",
    "policy.attempt_spacing_weeks", "policy.appointment_weeks", "policy.priority", "policy.order_in_queue",
    "policy.reinvite_declined", "policy.reinvite_not_reached", "policy.reinvite_delay_weeks",
    "policy.extra_for",
)  # fmt: skip
#: From this many people per full-time place on a run is announced as absurd: over ten times what anybody
#: reports (``reference.caseload_kik``).
_CROWDED = 10_000


def refuse_unsupported(reader: Reader) -> None:
    """Refuse what the engine cannot run, all at once.

    ModelError one line per setting: file, line, parameter, what it is and what runs.
    """
    problems = []
    for path, runs in (*_ONLY, *((path, None) for path in _STEADY)):
        wrong = [
            (day, name)
            for name in reader.names(path)
            for day in (reader.start, *reader.steps(path, name))
            if reader.atom(path, day, name) != (reader.atom(path, name=name) if runs is None else runs)
        ]
        if not wrong:
            continue
        day, name = min(wrong)
        what = (
            f"no engine runs this yet (got {_shown(reader.atom(path, day, name))}; expected {_shown(runs)})"
        )
        if runs is None:
            what = (f"no engine changes this during a run yet (got a change on {day.isoformat()}; "
                    "expected one value from run.start on)")  # fmt: skip
        problems.append(f"{reader.where(path, day, name)}: {what}")
    if problems:
        raise ModelError(problems)


def _shown(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def absurdities(reader: Reader, c: Compiled, fte: list[float]) -> tuple[Remark, ...]:
    """Possible but absurd: sentences that go into the result and the report.

    ``reader``: says where a parameter was set. ``c``: the compiled scenario. ``fte``: filled posts on each
    Monday.
    """

    def remark(path: str, key: str, **values: float) -> Remark:
        words = {}
        for lang in LANGUAGES:
            shown = {name: notation.whole(value, lang) for name, value in values.items()}
            words[lang] = sentences.template(f"simulate.absurd.{key}", lang).format(**shown)
        return Remark(path, reader.where(path).removesuffix(f": {path}"), words["nl"], words["en"])

    out = []
    if idle := sum(f == 0 for f in fte):
        out.append(remark("team.fte", "idle", idle=idle, weeks=c.weeks))
    group = sum(int(n) for s, n in zip(c.stock_state, c.stock_count, strict=True) if s in GROUP)
    most = max((group / f for f in fte if f > 0), default=0.0)
    if most >= _CROWDED:
        out.append(remark("team.fte", "crowded", people=most))
    if group == 0:
        out.append(remark("people.stock", "empty"))
    longest = int((c.talk_minutes + (c.travel_minutes + c.registration_minutes)[..., None]).max(initial=0))
    if 0 < int(c.minutes_available.max(initial=0)) < longest:
        out.append(remark("team.fte", "never", minutes=longest))
    return tuple(out)
