"""The hours of a week: lanes, letters, appointments and what they lead to."""

from kik_analysis.capacity.kernel.events import *


def letter(c, p, i, t, kind, way, attempt, column):
    """Minutes (0) of a letter, weeks to its answer (1)."""
    place = (period(c, p, i, t) * 3 + kind) * CHANNEL_COUNT + way
    return c[c[LETTER_TABLE] + (place * c[ATTEMPTS_MOST] + attempt) * 2 + column]


def meeting(c, p, i, t):
    """Where the numbers of the conversation with this person in week t stand."""
    remind = 1 if approach(p, i) == LESS and p[i, CONTACT] == 0 else cell(c, p, i, t, REMINDER)
    way = (remind * 2 + p[i, CONTACT]) * CHANNEL_COUNT + met(c, p, i, t)
    return c[MEET_TABLE] + (way * c[SEGMENTS] + p[i, SEGMENT]) * MEET_WIDTH


def spend(c, h, task, minutes):
    """Book minutes of a task."""
    h[c[TASK] + task] += minutes
    h[c[TEAM] + USED] += minutes


def extra(c, h, task, minutes):
    """Work nobody planned: used now, paid from next week's hours."""
    spend(c, h, task, minutes)
    h[c[TEAM] + NEW_DEBT] += minutes


def kind_of(p, i):
    """Kind of the invitation that starts from this person's queue."""
    if p[i, CONTACT] == 1:
        return 2
    return 0 if p[i, QUEUE] == Q_FIRST else 1


def count_wait(c, p, h, i, t):
    """Count a completed wait."""
    wait = min(t - p[i, JOINED], c[WAIT_BINS] - 1)
    h[c[WAITS] + (p[i, QUEUE] * c[SEGMENTS] + p[i, SEGMENT]) * c[WAIT_BINS] + wait] += 1


def send(c, p, h, i, t, minutes):
    """A letter goes out; from three of the queues it starts an invitation."""
    s, queue, joined, own = p[i, SEGMENT], p[i, QUEUE], p[i, JOINED], desk(c, p, i)
    count_wait(c, p, h, i, t)
    kind = kind_of(p, i)
    leave_queue(c, p, h, i, t)
    if queue != Q_ATTEMPT:
        p[i, KIND], p[i, MISSES] = kind, 0
        p[i, PROMISE] = promise(c, p, i, t, 0)
        h[own + STARTED + kind] += p[i, PROMISE]
        if p[i, APPROACH] == LESS:  # and not yet one of a limited number
            p[i, APPROACH] += IS_CHOSEN
            h[c[TEAM] + CHOSEN] += 1
        count_flow(c, h, INVITATIONS, s, 1)
        count_flow(c, h, FOLLOW_UPS, s, p[i, CONTACT])
        set_state(c, p, h, i, t, INVITED)
    count_flow(c, h, LETTERS, s, 1)
    spend(c, h, T_LETTER if p[i, ATTEMPT] == 0 else T_NEXT_LETTER, minutes)
    reached(c, p, h, i, t, 0)
    note(c, p, h, i, t, L_LETTER, t - joined)
    set_timer(c, p, h, i, t + letter(c, p, i, t, p[i, KIND], channel(c, p, i, t), p[i, ATTEMPT], 1))


def meet(c, p, h, i, t, minutes):
    """An appointment: missed, or a conversation with its outcome."""
    s, team, own = p[i, SEGMENT], c[TEAM], desk(c, p, i)
    count_wait(c, p, h, i, t)
    leave_queue(c, p, h, i, t)
    w0, w1, w2, w3 = draw(p, h, i, D_MEETING, p[i, INVITATION], p[i, MISSES])
    way, talk = met(c, p, i, t), meeting(c, p, i, t)
    if w0 < c[talk + P_MISSED]:
        used = c[talk + MISSED_MINUTES]
        count_flow(c, h, MISSED, s, 1)
        spend(c, h, T_MISSED, used)
        h[team + LOST] += minutes - used
        p[i, MISSES] += 1
        note(c, p, h, i, t, L_MISSED, p[i, MISSES])
        if w1 < c[c[REBOOKED] + p[i, CONTACT] * CHANNEL_COUNT + way] and p[i, MISSES] < c[APPOINTMENTS_MAX]:
            set_timer(c, p, h, i, t + weeks_to_talk(c, p, i, t, 1))
        else:
            until_the_week_ends(p, h, i, own)
            p[i, ROW] = c[c[AFTER_TABLE] + c[ROWS] + p[i, ROW]]
            refuse(c, p, h, i, t, w3)
        return
    call, travel, registration = c[talk + CALL], c[talk + TRAVEL], c[talk + REGISTRATION]
    spend(c, h, T_CALL, call)
    spend(c, h, T_TRAVEL, travel)
    spend(c, h, T_REGISTRATION, registration)
    spend(c, h, T_TALK, minutes - call - travel - registration)
    if w2 < seg(c, s, OVERRUN_PROBABILITY):
        extra(c, h, T_OVERRUN, seg(c, s, OVERRUN_MINUTES))
    until_the_week_ends(p, h, i, own)
    talked(c, p, h, i, t, way, w1, w3)


def until_the_week_ends(p, h, i, own):
    """What was promised and comes about this week makes room from the next on, for every queue alike."""
    h[own + PROMISED + p[i, KIND]] += p[i, PROMISE]
    h[own + KEPT + p[i, KIND]] += p[i, PROMISE]


def talked(c, p, h, i, t, way, word, need_word):
    """What a conversation, or an answered mail, leads to."""
    s, talk = p[i, SEGMENT], 1 if way != MAIL else 0
    outcome = choose(c, c[OUTCOME] + (p[i, CONTACT] * c[SEGMENTS] + s) * 5, 5, word)
    count_flow(c, h, TALKS, s, talk)
    count_flow(c, h, FIRST_TALKS, s, talk * (1 - p[i, CONTACT]))
    count_flow(c, h, BY_CHANNEL + way, s, 1)
    p[i, ROW] = c[c[AFTER_TABLE] + 2 * c[ROWS] + p[i, ROW]]
    p[i, CONTACT] = 1
    reached(c, p, h, i, t, 2 if talk == 1 else cell(c, p, i, t, MAIL_COUNTS))
    note(c, p, h, i, t, L_TALK if talk == 1 else L_MAIL, outcome)
    if outcome < 4:
        count_flow(c, h, TO_SUPPORT + outcome, s, 1)
    if outcome == 1:
        extra(c, h, T_HANDOVER, c[HANDOVER_OUTSIDE])
        set_state(c, p, h, i, t, OUTSIDE)
        go_outside(c, p, h, i, t, p[i, INVITATION])
        return
    if outcome == 0:
        extra(c, h, T_HANDOVER, c[HANDOVER_SUPPORT])
        start_support(c, p, h, i, t, p[i, INVITATION])
    set_state(c, p, h, i, t, IN_CONTACT)
    weeks = cell(c, p, i, t, INTERVAL)
    if need_word < cell(c, p, i, t, NEED):
        weeks = min(weeks, cell(c, p, i, t, NEED_INTERVAL))
    start_contact(c, p, h, i, t, t + weeks)


def need(c, p, i, t):
    """Planned minutes of what this person waits for."""
    if p[i, QUEUE] == Q_APPOINTMENT:
        return c[meeting(c, p, i, t) + PLANNED]
    starts = p[i, QUEUE] != Q_ATTEMPT
    kind, attempt = (kind_of(p, i), 0) if starts else (p[i, KIND], p[i, ATTEMPT])
    return letter(c, p, i, t, kind, channel(c, p, i, t), attempt, 0)


def under_approach(c, p, h, i, t):
    """An invitation that may start this week does so under the approach of its queue.

    Less non-committally only a limited number of people are invited; jointly only people known to WIJ.
    """
    if c[APPROACH_VARIES] == 1 and p[i, QUEUE] >= Q_FOLLOW_UP:
        put, chosen = cell(c, p, i, t, APPROACHES + p[i, QUEUE]), p[i, APPROACH] & IS_CHOSEN
        if put == LESS and chosen == 0 and h[c[TEAM] + CHOSEN] >= c[CHOSEN_MOST]:
            put = VOLUNTARY
        p[i, APPROACH] = chosen + (JOINT if p[i, STATE] == KNOWN_TO_WIJ else put)


def desks(c, t):
    """Desks in a week: one for a pooled team."""
    return week(c, t, PLACES) if c[FIXED_PERSON] == 1 else 1


def too_much(c, t, limit, all_, started, more):
    """Whether one more promise is beyond a desk's part of a limit: of all promises, or of this week's."""
    limit, n = week(c, t, limit), desks(c, t)
    if limit < 0:
        return False
    return limit < n * (all_ + more) or limit * week(c, t, START_SHARE) < 1000 * n * (started + more)


def breaks_limit(c, p, h, i, t, at, first, again, later):
    """Whether an invitation would promise too much for a desk, after so much more by others of its batch.

    Whoever was never spoken to may not have what is kept for follow-ups, and all but first invitations not
    what is kept for first ones: an invitation made again has to fit within both.
    """
    if p[i, QUEUE] < Q_FOLLOW_UP:
        return False
    kind, more = kind_of(p, i), promise(c, p, i, t, 0)
    all_, started = first + again + later, first + again + later
    for k in range(3):
        all_ += h[at + PROMISED + k]
        started += h[at + STARTED + k]
    if too_much(c, t, PROMISE_LIMIT, all_, started, more):
        return True
    new, begun = all_ - later - h[at + PROMISED + 2], started - later - h[at + STARTED + 2]
    if kind < 2 and too_much(c, t, PROMISE_LIMIT_FIRST, new, begun, more):
        return True
    others, begun = all_ - first - h[at + PROMISED], started - first - h[at + STARTED]
    return kind > 0 and too_much(c, t, PROMISE_LIMIT_OTHERS, others, begun, more)


def batch_fits(c, p, h, first, t):
    """Whether everybody who joined in one week can be served; then their order does not matter."""
    i, at, new, again, later = first, c[DESK_TABLE], 0, 0, 0
    minutes, soon = h[at + B], ahead(p, h, first, h[QUEUE_NEXT])
    while i >= 0 and p[i, JOINED] == p[first, JOINED]:
        soon = fetch(p, h, soon, h[QUEUE_NEXT])
        under_approach(c, p, h, i, t)
        minutes -= need(c, p, i, t)
        if minutes < 0 or breaks_limit(c, p, h, i, t, at, new, again, later):
            return False
        if p[i, QUEUE] >= Q_FOLLOW_UP:
            kind, more = kind_of(p, i), promise(c, p, i, t, 0)
            new += more if kind == 0 else 0
            again += more if kind == 1 else 0
            later += more if kind == 2 else 0
        i = h[h[QUEUE_NEXT] + i]
    return True


def put_in_order(c, p, h, ends, first):
    """Put those who joined in one week in their drawn order, once for all; returns the new first one."""
    before, joined, n, i = p[first, QUEUE_PREV], p[first, JOINED], 0, first
    if h[h[QUEUE_NEXT] + i] < 0 or p[h[h[QUEUE_NEXT] + i], JOINED] != joined:
        return first  # who joined alone
    keys, who, soon = c[SORT], c[SORT] + h[SPACE], ahead(p, h, first, h[QUEUE_NEXT])
    while i >= 0 and p[i, JOINED] == joined:
        soon = fetch(p, h, soon, h[QUEUE_NEXT])
        w0, w1, _, _ = draw(p, h, i, D_ORDER, p[i, JOINS] - 1, 0)
        h[keys + n], h[who + n], p[i, IN_ORDER] = wide(w0, w1), i, 1
        n += 1
        i = h[h[QUEUE_NEXT] + i]
    sort(c, h, n)
    for k in range(n):
        link(p, h, ends, before, h[who + k])
        before = h[who + k]
    link(p, h, ends, before, i)
    return h[who]


def widest(c, h, t):
    """Desk with most minutes of those that go on with this lane; -1 when none does."""
    found, most = -1, -1
    for k in range(desks(c, t)):
        at = c[DESK_TABLE] + k * DESK_WIDTH
        if h[at + CLOSED] == 0 and h[at + B] > most:
            found, most = k, h[at + B]
    return found


def waits_for_own(c, p, h, i, t):
    """Whether the own caseworker has stopped with this lane and no colleague takes over yet."""
    k = p[i, DESK]
    if c[FIXED_PERSON] == 0 or k < 0 or h[c[DESK_TABLE] + k * DESK_WIDTH + CLOSED] == 0:
        return False
    return h[c[AT_WORK] + t * c[CASEWORKERS] + k] > 0 or t - p[i, JOINED] < c[TAKEOVER_WEEKS]


def done_by(c, p, h, i, t, m):
    """Desk that does what this person waits for; -1 when it has to wait. A desk where it does not fit closes.

    Who has no caseworker yet goes to the desk with most minutes. Where the own caseworker is absent, a
    colleague takes over what has waited for some weeks.
    """
    k = p[i, DESK] if p[i, DESK] >= 0 else widest(c, h, t)
    while k >= 0:
        at = c[DESK_TABLE] + k * DESK_WIDTH
        if h[at + CLOSED] == 0 and m <= h[at + B] and not breaks_limit(c, p, h, i, t, at, 0, 0, 0):
            return k
        h[at + CLOSED] = 1
        if p[i, DESK] >= 0:
            break
        k = widest(c, h, t)
    if k < 0 or h[c[AT_WORK] + t * c[CASEWORKERS] + k] > 0:
        return -1
    other = widest(c, h, t)
    if t - p[i, JOINED] < c[TAKEOVER_WEEKS] or other < 0 or m > h[c[DESK_TABLE] + other * DESK_WIDTH + B]:
        return -1
    return -1 if breaks_limit(c, p, h, i, t, desk(c, p, i), 0, 0, 0) else other


def serve_lane(c, p, h, lane, t):
    """Walk one lane once, in order; each desk stops at what does not fit, the lane with the last of them."""
    ends, team = c[LANE_ENDS] + lane * LANE_WIDTH, c[DESK_TABLE]
    for k in range(desks(c, t)):
        h[team + k * DESK_WIDTH + CLOSED] = 0
    i, joined, fits = h[ends + FIRST], NEVER, False
    while i >= 0:
        if p[i, JOINED] != joined:  # a new batch
            joined = p[i, JOINED]
            # what one takes may change what others can: these are looked at one by one
            fits = c[FIXED_PERSON] == 0 and c[CHOSEN_MOST] == NEVER and batch_fits(c, p, h, i, t)
            if not fits and p[i, IN_ORDER] == 0:
                i = put_in_order(c, p, h, ends, i)
        following = h[h[QUEUE_NEXT] + i]
        if waits_for_own(c, p, h, i, t):
            i = following
            continue
        under_approach(c, p, h, i, t)
        m = need(c, p, i, t)
        alone = not fits and c[FIXED_PERSON] == 0
        if alone and (m > h[team + B] or breaks_limit(c, p, h, i, t, team, 0, 0, 0)):
            return
        k = done_by(c, p, h, i, t, m) if c[FIXED_PERSON] == 1 else 0
        if k >= 0:
            h[team + k * DESK_WIDTH + B] -= m
            if c[FIXED_PERSON] == 1:
                p[i, DESK] = p[i, DESK] if p[i, DESK] >= 0 else k
                count_flow(c, h, BY_COLLEAGUE, p[i, SEGMENT], 0 if p[i, DESK] == k else 1)
            if p[i, QUEUE] == Q_APPOINTMENT:
                meet(c, p, h, i, t, m)
            else:
                send(c, p, h, i, t, m)
        elif widest(c, h, t) < 0:
            break
        i = following
