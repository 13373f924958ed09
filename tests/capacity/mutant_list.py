"""The deliberate mistakes: seventy ways to get the kernel wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One mistake: in which module, what is replaced by what."""

    what: str
    module: str
    old: str
    new: str


def _m(what: str, module: str, old: str, new: str) -> Mutant:
    return Mutant(what, module, old, new)


MUTANTS = (
    _m("Philox with nine rounds", "draws", "range(10)", "range(9)"),
    _m(
        "everybody of an entry week shares one counter",
        "draws",
        "        p[i, INDEX],\n",
        "        0,\n",
    ),
    _m(
        "entry week left out of the counter",
        "draws",
        "        p[i, ENTRY_WEEK],\n",
        "        0,\n",
    ),
    _m(
        "the same number of arrivals every week",
        "draws",
        "D_COUNT << 16), 0, 0, t,",
        "D_COUNT << 16), 0, 0, 0,",
    ),
    _m("waiting times one week short", "draws", "return low + 1", "return low"),
    _m(
        "arrivals from the wrong table entry",
        "draws",
        "if c[first + middle] <= u:",
        "if c[first + middle] <= 2 * u:",
    ),
    _m(
        "second letter answered with the first one's chance",
        "events",
        "draw(p, h, i, D_ANSWER, p[i, INVITATION], attempt)",
        "draw(p, h, i, D_ANSWER, p[i, INVITATION], 0)",
    ),
    _m(
        "every invitation answered alike",
        "events",
        "draw(p, h, i, D_ANSWER, p[i, INVITATION], attempt)",
        "draw(p, h, i, D_ANSWER, 0, attempt)",
    ),
    _m(
        "one word decides both reach and answer",
        "events",
        "elif w1 < c[c[ACCEPT_TABLE]",
        "elif w0 < c[c[ACCEPT_TABLE]",
    ),
    _m("silence taken for an answer", "events", "if w0 >= c[c[REACH_TABLE]", "if w0 < c[c[REACH_TABLE]"),
    _m(
        "a yes counts as a refusal in willingness",
        "events",
        "p[i, ROW] = c[c[AFTER_TABLE] + row]",
        "p[i, ROW] = c[c[AFTER_TABLE] + c[ROWS] + row]",
    ),
    _m(
        "a refusal leaves willingness as it was",
        "events",
        "p[i, ROW] = c[c[AFTER_TABLE] + c[ROWS] + row]",
        "pass",
    ),
    _m(
        "one letter too many",
        "events",
        "if attempt + 1 < c[ATTEMPTS + kind]",
        "if attempt < c[ATTEMPTS + kind]",
    ),
    _m(
        "definitive refusals swapped with others",
        "events",
        "if word >= seg(c, s, P_DEFINITIVE)",
        "if word < seg(c, s, P_DEFINITIVE)",
    ),
    _m(
        "invited again a week early",
        "events",
        "t + seg(c, s, AGAIN_NOT_REACHED)",
        "t + seg(c, s, AGAIN_NOT_REACHED) - 1",
    ),
    _m(
        "decliners wait in the queue of people not reached",
        "events",
        "Q_DECLINED if state == DECLINED else",
        "Q_NOT_REACHED if state == DECLINED else",
    ),
    _m("due a week late", "events", "    p[i, DUE] = due\n", "    p[i, DUE] = due + 1\n"),
    _m("lead time ignored", "events", "ask = p[i, DUE] - seg(c, s, LEAD)", "ask = p[i, DUE]"),
    _m("overdue a week late", "events", "    if t >= p[i, DUE]:", "    if t > p[i, DUE]:"),
    _m("support ends a week late", "events", "p[i, END] <= t", "p[i, END] < t"),
    _m(
        "nobody due again after a return",
        "events",
        "p[i, DUE] = t + seg(c, p[i, SEGMENT], RETURN)",
        "p[i, DUE] = NEVER",
    ),
    _m(
        "services outside: leaving forgotten",
        "events",
        "set_timer(c, p, h, i, min(back, gone))",
        "set_timer(c, p, h, i, back)",
    ),
    _m(
        "services outside: return and leaving swapped",
        "events",
        "gone if gone <= back else NEVER",
        "NEVER if gone <= back else back",
    ),
    _m(
        "everybody leaves at the highest rate",
        "events",
        "if p[i, EXIT_WORD] < c[c[EXIT_TABLE] + stand * c[SEGMENTS] + s]:",
        "if p[i, EXIT_WORD] >= 0:",
    ),
    _m(
        "who did not leave once never leaves",
        "events",
        "            set_exit(c, p, h, i, t)\n        i = following",
        "            pass\n        i = following",
    ),
    _m(
        "who leaves keeps a place in the queue",
        "events",
        "    if p[i, QUEUE] >= 0:\n        leave_queue(c, p, h, i)\n",
        "",
    ),
    _m("exits not counted", "events", "count_flow(c, h, EXITED, p[i, SEGMENT], 1)", "pass"),
    _m("exits of standing swapped", "people", "        return contact\n", "        return 1 - contact\n"),
    _m(
        "one person lost in each change of state",
        "people",
        "h[c[COUNT] + state * c[SEGMENTS] + s] += 1",
        "h[c[COUNT] + state * c[SEGMENTS] + s] += 0",
    ),
    _m("promise not taken back", "people", "h[c[TEAM] + PROMISED] -= promise(c, p[i, KIND], s)", "pass"),
    _m(
        "window of 53 weeks",
        "people",
        "if t - p[i, LAST_TALK] < WINDOW:",
        "if t - p[i, LAST_TALK] <= WINDOW:",
    ),
    _m(
        "a conversation does not renew the window",
        "people",
        "        p[i, LAST_TALK] = t\n",
        "        pass\n",
    ),
    _m(
        "people outside stay in the windows",
        "people",
        "    if old < OUTSIDE <= state:\n        window(c, p, h, i, t, -1)\n    elif",
        "    if",
    ),
    _m("latecomers pushed in front", "people", "elif c[NEWEST_FIRST] == 1:", "elif c[NEWEST_FIRST] == 0:"),
    _m(
        "waiting not ended for those who leave the queue",
        "people",
        "h[c[NOW] + s * NOW_WIDTH + WAITING] -= 1",
        "h[c[NOW] + s * NOW_WIDTH + WAITING] -= 0",
    ),
    _m("an old timer is not taken out", "people", "    if p[i, TIMER] >= 0:\n", "    if False:\n"),
    _m("an hour spent twice", "work", "            h[team + B] -= m\n", "            h[team + B] -= 2 * m\n"),
    _m("hours never run out", "work", "            h[team + B] -= m\n", ""),
    _m(
        "a task starts that does not fit",
        "work",
        "if stop or m > h[team + B]:",
        "if stop or 0 >= h[team + B]:",
    ),
    _m(
        "what does not fit is passed over",
        "work",
        "                if stop or m > h[team + B]:\n                    return\n",
        "                if stop or m > h[team + B]:\n"
        "                    i = following\n                    continue\n",
    ),
    _m("letters go out during the stop", "work", "    if cell(c, t, s, OPEN) == 0:\n        return -1\n", ""),
    _m(
        "conversations during the stop",
        "work",
        "        return cell(c, t, s, TALK)\n",
        "        return max(cell(c, t, s, TALK), 60)\n",
    ),
    _m(
        "order among equals not drawn",
        "work",
        "h[keys + n], h[who + n] = wide(w0, w1), i",
        "h[keys + n], h[who + n] = 0, i",
    ),
    _m("order among equals drawn once and for all", "work", "p[i, JOINS] - 1, 0)", "0, 0)"),
    _m("promise limit ignored", "work", "return 0 <= c[week + LIMIT] <", "return 0 <= -1 <"),
    _m("limit on conversations ignored", "work", "0 <= c[week + TALK_LIMIT] < talked + minutes", "False"),
    _m("invited again counted as first", "work", "return 0 if p[i, QUEUE] == Q_FIRST else 1", "return 0"),
    _m(
        "answers a week late",
        "work",
        "t + letter(c, p[i, KIND], p[i, ATTEMPT], 1))",
        "t + 1 + letter(c, p[i, KIND], p[i, ATTEMPT], 1))",
    ),
    _m("letters are no offer", "work", "    offered(c, p, h, i, t, 0)\n", ""),
    _m(
        "missed by the rate of first invitations",
        "work",
        "c[c[MISSED_TABLE] + p[i, KIND] * c[SEGMENTS] + s]",
        "c[c[MISSED_TABLE] + s]",
    ),
    _m(
        "missed appointments all alike",
        "work",
        "draw(p, h, i, D_MEETING, p[i, INVITATION], p[i, MISSES])",
        "draw(p, h, i, D_MEETING, p[i, INVITATION], 0)",
    ),
    _m("freed minutes forgotten", "work", "        h[team + LOST] += minutes - used\n", ""),
    _m(
        "one appointment too many",
        "work",
        "p[i, MISSES] < c[APPOINTMENTS]",
        "p[i, MISSES] <= c[APPOINTMENTS]",
    ),
    _m(
        "no new appointments",
        "work",
        "if w1 < seg(c, s, P_REBOOKED) and",
        "if w1 >= seg(c, s, P_REBOOKED) and",
    ),
    _m(
        "a rebooked promise never counts again",
        "work",
        "            h[team + BACK] += promise(c, p[i, KIND], s)\n",
        "",
    ),
    _m("overruns cost nothing next week", "work", "    h[c[TEAM] + NEW_DEBT] += minutes\n", ""),
    _m("handover not booked", "work", "        extra(c, h, T_HANDOVER, c[HANDOVER_OUTSIDE])\n", ""),
    _m(
        "every conversation a first one",
        "work",
        "count_flow(c, h, FIRST_TALKS, s, 1 - p[i, CONTACT])",
        "count_flow(c, h, FIRST_TALKS, s, 1)",
    ),
    _m(
        "outcome by contact after the conversation",
        "work",
        "(p[i, CONTACT] * c[SEGMENTS] + s) * 5",
        "(c[SEGMENTS] + s) * 5",
    ),
    _m(
        "travel booked twice",
        "work",
        "    spend(c, h, T_TRAVEL, travel)\n",
        "    spend(c, h, T_TRAVEL, 2 * travel)\n",
    ),
    _m(
        "lanes in reverse",
        "week",
        "        serve_lane(c, p, h, lane, t)",
        "        serve_lane(c, p, h, c[LANES] - 1 - lane, t)",
    ),
    _m(
        "arrivals exposed in their own week",
        "week",
        "        set_exit(c, p, h, i, t)\n",
        "        set_exit(c, p, h, i, t - 1)\n",
    ),
    _m("stock not exposed in the first week", "week", "set_exit(c, p, h, i, -1)", "set_exit(c, p, h, i, 0)"),
    _m(
        "contact agreed at entry forgotten",
        "week",
        "    p[i, CONTACT] = agreed\n".replace("    ", "        ", 1),
        "",
    ),
    _m("debt never repaid", "week", "pay = min(available, debt)", "pay = 0"),
    _m("initiative not charged", "week", "h[team + B] = max(0, budget - asked)", "h[team + B] = budget"),
    _m("what is left of the hours not reported", "week", "    h[team + LOST] += h[team + B]\n", ""),
    _m("windows never expire", "week", "h[c[NOW] + s * NOW_WIDTH + REACHED] -= h[c[TALK_WEEKS] + k]", "pass"),
    _m(
        "stock waits from the start of the run",
        "week",
        "join(c, p, h, j, Q_FIRST, -wait, 0)",
        "join(c, p, h, j, Q_FIRST, 0, 0)",
    ),
    _m(
        "workspace not emptied between replications",
        "week",
        "    for k in range(c[COUNT], c[EXIT_HEAD]):\n        h[k] = 0\n",
        "",
    ),
    _m("group counts people outside", "record", "group - rec[t, k + OUTSIDE]", "group"),
    _m("waits a week too long", "record", "= t * h[now + WAITING]", "= (t + 1) * h[now + WAITING]"),
    _m("quarters show their last week only", "record", "(rec[quarter, q] if summed else 0)", "0"),
)
