"""What cannot be run, or contradicts itself, is refused by name; absurd inputs run with a warning."""

from __future__ import annotations

import datetime
import itertools
import operator
from collections.abc import Iterator
from typing import Any

from kik_analysis.capacity.compiled import GROUP, Compiled
from kik_analysis.capacity.reader import Reader
from kik_analysis.errors import ModelError
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.parameters.remarks import Remark

#: From this many people per full-time place on a run is announced as absurd: over ten times what anybody
#: reports (``reference.caseload_kik``).
_CROWDED = 10_000


def refuse_unsupported(reader: Reader) -> None:
    """Refuse what cannot be run, or contradicts itself, all at once.

    ModelError one line per setting: file, line, parameter, what it is and what runs.
    """

    def dated(path: str) -> Iterator[tuple[datetime.date, str, Any, Any]]:
        """Yield each change within the run: day, segment, value from then on, value until then."""
        for name in reader.names(path):
            days = [reader.start, *reader.steps(path, name)]
            for before, day in itertools.pairwise(days):
                yield day, name, reader.atom(path, day, name), reader.atom(path, before, name)

    problems = []
    for path in ("policy.approach_first", "policy.approach_declined", "policy.approach_not_reached"):
        joint = [day for day in reader.periods([path]) if reader.atom(path, day) == "joint_with_wij"]
        problems += [f"{reader.where(path, day)}: a joint invitation is for people known to WIJ who consent "
                     "(got joint_with_wij; expected policy.wij_rule: joint_with_consent alone)"
                     for day in joint[:1]]  # fmt: skip
    for path, wrong, what in (
        ("people.moved_in", operator.lt, "who came in by a change of the group cannot become fewer"),
        ("people.within_definition", operator.gt, "who is left out does not come back: use people.moved_in"),
        ("policy.wij_rule", lambda now, was: was == "joint_with_consent", "an invitation made is not undone"),
    ):
        found = [one for one in dated(path) if wrong(one[2], one[3])]
        problems += [f"{reader.where(path, day, name)}: {what} (got {now} from {day} on, after {was})"
                     for day, name, now, was in found[:1]]  # fmt: skip
    fixed = reader.atom("team.organisation") == "fixed_contact_person"
    if fixed and (empty := [day for day in reader.mondays if not reader.number("team.fte", day)]):
        problems.append(f"{reader.where('team.organisation')}: a fixed contact person in a team of none "
                        f"(got 0 fte on {empty[0]}; expected posts in every week)")  # fmt: skip
    rules = [reader.atom("policy.wij_rule", day) for day in reader.periods(["policy.wij_rule"])]
    if "joint_with_consent" in rules and not reader.number("contact.wij_consent_share"):
        problems.append(f"{reader.where('policy.wij_rule')}: jointly without anybody who consents "
                        "(got contact.wij_consent_share 0; expected a share above 0)")  # fmt: skip
    if problems:
        raise ModelError(problems)


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
