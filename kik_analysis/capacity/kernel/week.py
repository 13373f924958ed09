"""One replication: the start, every week in its order, what is written down, and the sums and counts."""

from kik_analysis.capacity.kernel.work import *


def person(c, p, h, i, entry_week, index, state, s):
    """Fill a row for somebody who has just come in."""
    p[i, :] = 0
    p[i, STATE], p[i, SEGMENT], p[i, ENTRY_WEEK], p[i, INDEX] = state, s, entry_week, index
    p[i, INVITATION], p[i, TIMER], p[i, QUEUE] = -1, -1, -1
    p[i, DUE], p[i, END] = NEVER, NEVER
    p[i, LAST_TALK], p[i, LAST_CONTACT], p[i, LAST_OFFER], p[i, SUPPORT] = -WINDOW, -WINDOW, -WINDOW, -1
    p[i, DESK] = 0 - c[FIXED_PERSON]
    h[c[COUNT] + state * c[SEGMENTS] + s] += 1


def clear(c, h):
    """Empty the workspace, except the completed waits, which add up over replications."""
    h[c[COUNT] : c[EXIT_HEAD]] = 0
    h[c[EXIT_HEAD] : c[WAITS]] = -1  # heads of lists: nobody


def start(c, p, h):
    """The starting stock in the order of its cells, queues in the order of waiting; and who is at work."""
    staff(c, h)
    i = 0
    for n in range(c[CELLS]):
        k = c[STOCK_TABLE] + n * STOCK_WIDTH
        for _ in range(c[k + STOCK_COUNT]):
            person(c, p, h, i, 0, i, c[k + STOCK_STATE], c[k + STOCK_SEGMENT])
            p[i, SAID_NO] = 1 if c[k + STOCK_STATE] == DECLINED else 0
            p[i, ROW], p[i, CONTACT], p[i, KIND] = c[k + STOCK_ROW], c[k + STOCK_CONTACT], c[k + STOCK_KIND]
            if 0 < c[k + STOCK_AGE] < WINDOW:
                p[i, LAST_TALK], p[i, LAST_CONTACT] = -c[k + STOCK_AGE], -c[k + STOCK_AGE]
            if 0 < c[k + STOCK_OFFER_AGE] < WINDOW:
                p[i, LAST_OFFER] = -c[k + STOCK_OFFER_AGE]
            if c[k + STOCK_STATE] != OUTSIDE:
                window(c, p, h, i, 0, 1)
            set_exit(c, p, h, i, -1)
            if c[k + STOCK_SUPPORT] == 1:
                start_support(c, p, h, i, -1, STOCK_SPELL)
            if p[i, CONTACT] == 1 or p[i, STATE] == INVITED or p[i, STATE] == APPOINTMENT:
                has_caseworker(c, p, i, 0, i)
            start_timer(c, p, h, i, c[k + STOCK_WAIT])
            i += 1
    for n in range(c[CELLS]):
        k = c[STOCK_TABLE] + c[c[STOCK_TABLE] + n * STOCK_WIDTH + STOCK_ORDER] * STOCK_WIDTH
        state, wait = c[k + STOCK_STATE], c[k + STOCK_WAIT]
        for m in range(c[k + STOCK_COUNT]):
            j = c[k + STOCK_FIRST] + m
            ask = wait - cell(c, p, j, 0, LEAD)
            if state == NEVER_INVITED:
                join(c, p, h, j, Q_FIRST, -wait, 0)
            elif (state == IN_CONTACT or state == OVERDUE) and ask <= 0:
                join(c, p, h, j, Q_FOLLOW_UP, ask, 0)
    return i


def has_caseworker(c, p, i, t, turn):
    """Somebody to whom people fall in turn, where they have a fixed contact person."""
    if c[FIXED_PERSON] == 1:
        p[i, DESK] = turn % week(c, t, PLACES)


def fewer_caseworkers(c, p, h, t, n):
    """Caseworkers go, with their posts: their people fall to the others in turn."""
    for i in range(n):
        if p[i, DESK] >= week(c, t, PLACES):
            busy = 1 if p[i, STATE] == INVITED or p[i, STATE] == APPOINTMENT else 0
            promised(c, p, h, i, -busy)
            has_caseworker(c, p, i, t, i)
            promised(c, p, h, i, busy)


def under_way(c, p, h, i, t):
    """An invitation that had begun when this person came: its channel and its promise."""
    p[i, INVITATION] = 0
    choose_channel(c, p, h, i)
    p[i, PROMISE] = promise(c, p, i, t, 1 if p[i, STATE] == APPOINTMENT else 0)
    promised(c, p, h, i, 1)


def start_timer(c, p, h, i, wait):
    """First week in which something happens to a person of the stock."""
    state, s = p[i, STATE], p[i, SEGMENT]
    if state == NEVER_INVITED:
        h[c[NOW] + s * NOW_WIDTH + BACKLOG] += 1
    elif state == IN_CONTACT:
        p[i, DUE] = wait
        ask = wait - cell(c, p, i, 0, LEAD)
        set_timer(c, p, h, i, max(0, wait if ask <= 0 else ask))
    elif state == INVITED or state == APPOINTMENT:
        under_way(c, p, h, i, 0)
        set_timer(c, p, h, i, wait)
    elif state == OUTSIDE:
        go_outside(c, p, h, i, -1, STOCK_SPELL)
    elif state == KNOWN_TO_WIJ and wait >= 0:
        set_timer(c, p, h, i, wait)
    elif (state == DECLINED or state == NOT_REACHED) and wait >= 0:
        ask_again(c, p, h, i, wait, OPEN_DECLINED if state == DECLINED else OPEN_NOT_REACHED)


def inflow(c, p, h, t, i):
    """Arrivals of one week; returns the next free row."""
    for index in range(h[c[ARRIVALS] + t]):
        w0, w1, w2, _ = philox((ENTITY_PERSON << 24) | (D_ENTRY << 16), t + 1, index, 0, h[KEY0], h[KEY1])
        s = choose(c, c[ENTRY_SEGMENT], c[SEGMENTS], w0)
        status = choose(c, c[ENTRY_STATUS] + (week(c, t, DAYS) * c[SEGMENTS] + s) * 3, 3, w1)
        agreed = 1 if status == 2 else 0
        state = NEVER_INVITED if status == 0 else (KNOWN_TO_WIJ if status == 1 else APPOINTMENT)
        person(c, p, h, i, t + 1, index, state, s)
        p[i, ROW] = choose(c, c[ENTRY_ROW] + (agreed * c[SEGMENTS] + s) * c[ROWS], c[ROWS], w2)
        p[i, CONTACT] = agreed
        count_flow(c, h, ARRIVED, s, 1)
        note(c, p, h, i, t, L_ENTER, status)
        set_exit(c, p, h, i, t)
        if status == 0:
            join(c, p, h, i, Q_FIRST, t, t)
        elif status == 2:
            p[i, KIND] = 2
            has_caseworker(c, p, i, t, t + index)
            under_way(c, p, h, i, t)
            set_timer(c, p, h, i, t + weeks_to_talk(c, p, i, t, 0))
        i += 1
    return i


def hours(c, h, t):
    """The week's budget: repay the debt, then contact on people's own initiative; the rest over the desks."""
    team, available = c[TEAM], h[c[HOURS] + t]
    debt = h[team + DEBT]
    pay = min(available, debt)
    budget, n = available - pay, 0
    for s in range(c[SEGMENTS]):
        n += h[c[COUNT] + IN_CONTACT * c[SEGMENTS] + s] + h[c[COUNT] + OVERDUE * c[SEGMENTS] + s]
    asked = n * c[INITIATIVE_PER_1000] // 1000
    h[c[TASK] + T_INITIATIVE] = asked
    h[team + USED], h[team + LOST] = asked, 0
    h[team + NEW_DEBT] = debt - pay + max(0, asked - budget)
    budget = max(0, budget - asked)
    whole, before = 1, 0
    if c[FIXED_PERSON] == 1:
        whole = 0
        for k in range(week(c, t, PLACES)):
            whole += h[c[AT_WORK] + t * c[CASEWORKERS] + k]
    for k in range(desks(c, t)):
        at = c[DESK_TABLE] + k * DESK_WIDTH
        until = before + (h[c[AT_WORK] + t * c[CASEWORKERS] + k] if c[FIXED_PERSON] == 1 else 1)
        h[at + B] = budget * until // max(whole, 1) - budget * before // max(whole, 1)
        for kind in range(3):
            h[at + STARTED + kind], h[at + KEPT + kind] = 0, 0
        before = until


def other_policies(c, p, h, t, n):
    """What a change of policy means for people who wait already."""
    other = 0
    for d in range(WORKDAYS):
        other += 1 if week(c, t, DAYS + d) != week(c, t - 1, DAYS + d) else 0
    if other > 0 and c[LEAD_VARIES] == 1:
        other_lead(c, p, h, t, n)
    if c[LANES_VARY] == 1 and week(c, t, DAYS) != week(c, t - 1, DAYS):
        other_lanes(c, p, h, t, n)
    if c[FIXED_PERSON] == 1 and week(c, t, PLACES) < week(c, t - 1, PLACES):
        fewer_caseworkers(c, p, h, t, n)


def one_week(c, p, h, t, i):
    """One week in the order of ``docs/model.md``, section 2; returns the next free row."""
    h[c[FLOW] : c[TEAM]] = 0  # flows and minutes by task
    for s in range(c[SEGMENTS]):  # 52 weeks ago drops out of the windows
        k = s * (c[WEEKS] + WINDOW) + t
        now = c[NOW] + s * NOW_WIDTH
        for kind in range(3):  # talks, contact, offers
            h[now + SPOKEN + kind] -= h[c[TALK_WEEKS + kind] + k]
        h[now + SUPPORTED] -= h[c[SUPPORT_WEEKS] + s * c[WEEKS] + t]
    if t > 0:
        other_policies(c, p, h, t, i)
    exits(c, p, h, t)
    if c[MOVED] < c[STOCK_TABLE]:
        moved(c, p, h, t, i)
    i = inflow(c, p, h, t, i)
    timers(c, p, h, t)
    hours(c, h, t)
    for lane in range(c[LANES]):
        serve_lane(c, p, h, lane, t)
    for k in range(desks(c, t)):
        at = c[DESK_TABLE] + k * DESK_WIDTH
        h[c[TEAM] + LOST] += h[at + B]
        for kind in range(3):
            h[at + PROMISED + kind] -= h[at + KEPT + kind]
    h[c[TEAM] + DEBT] = h[c[TEAM] + NEW_DEBT]
    return i


def shares(rec, t, k):
    """Derived columns of one block: shares in parts per million, mean wait in thousandths of a week."""
    group, waiting = rec[t, k + C_GROUP], rec[t, k + C_WAITING]
    for q in range(3):
        share = (rec[t, k + C_APPROACHED + q] * 1000000 + group // 2) // group if group > 0 else 0
        rec[t, k + C_APPROACHED_SHARE + q] = share
    rec[t, k + C_MEAN_WAIT] = (rec[t, k + C_WAITED] * 1000 + waiting // 2) // waiting if waiting > 0 else 0


def record(c, h, t, rec):
    """One week: a block per segment (if there are several), a block for all, a block for the team."""
    segments = c[SEGMENTS]
    everybody = segments * PEOPLE_COLUMNS if segments > 1 else 0
    rec[t, :] = 0
    for s in range(segments):
        k, now, group = s * PEOPLE_COLUMNS, c[NOW] + s * NOW_WIDTH, 0
        for state in range(OUTSIDE + 1):
            n = h[c[COUNT] + state * segments + s]
            rec[t, k + state] = n
            group += n
        rec[t, k + C_GROUP] = group - rec[t, k + OUTSIDE]
        rec[t, k + C_SUPPORT], rec[t, k + C_BACKLOG] = h[now + SUPPORTED], h[now + BACKLOG]
        rec[t, k + C_APPROACHED], rec[t, k + C_CONTACT] = h[now + APPROACHED], h[now + CONTACTED]
        rec[t, k + C_SPOKEN] = h[now + SPOKEN]
        rec[t, k + C_WAITING] = h[now + WAITING]
        rec[t, k + C_WAITED] = t * h[now + WAITING] - h[now + SUM_JOINED]
        for f in range(FLOWS):
            rec[t, k + C_FLOWS + f] = h[c[FLOW] + f * segments + s]
        if segments > 1:
            for q in range(PEOPLE_COLUMNS):
                rec[t, everybody + q] += rec[t, k + q]
            shares(rec, t, k)
    shares(rec, t, everybody)
    k, team = everybody + PEOPLE_COLUMNS, c[TEAM]
    rec[t, k + C_AVAILABLE] = h[c[HOURS] + t]
    rec[t, k + C_USED], rec[t, k + C_LOST] = h[team + USED], h[team + LOST]
    rec[t, k + C_DEBT] = h[team + DEBT]
    for at in range(c[DESK_TABLE], c[ARRIVALS], DESK_WIDTH):
        for kind in range(3):
            rec[t, k + C_PROMISED] += h[at + PROMISED + kind]
    for q in range(TASKS):
        rec[t, k + C_TASKS + q] = h[c[TASK] + q]


def add_up(c, rec, t):
    """Quarters and the whole run, in the rows after the weeks.

    Of a quarter: events and minutes summed, everything else as it stands at its end. Of the run: the sum of
    all weeks, so that divided by the number of weeks it is an average over time.
    """
    people = rec.shape[1] - TEAM_COLUMNS
    quarter, run = c[WEEKS] + c[c[WEEK_TABLE] + t * WEEK_WIDTH + QUARTER], rec.shape[0] - 1
    for q in range(rec.shape[1]):
        summed = q % PEOPLE_COLUMNS >= C_FLOWS
        if q >= people:
            summed = q - people != C_DEBT and q - people != C_PROMISED
        rec[quarter, q] = rec[t, q] + (rec[quarter, q] if summed else 0)
        rec[run, q] += rec[t, q]


def add(rec, bins, sums, histogram):
    """Add one replication: sum, sum of squares about a reference, and a histogram of fixed bins.

    ``bins[t, q]`` holds reference, lower end and width (a power of two, as a shift); the first and last bin
    also take what lies outside.
    """
    last = histogram.shape[2] - 1
    for t in range(rec.shape[0]):
        for q in range(rec.shape[1]):
            x = rec[t, q]
            d = x - bins[t, q, 0]
            sums[t, q, 0] += d
            sums[t, q, 1] += d * d
            histogram[t, q, min(max((x - bins[t, q, 1]) >> bins[t, q, 2], 0), last)] += 1


def replication(c, p, h, rec, weeks):
    """Run weeks of one replication, recorded where there is room; rows in use, -1 when told to stop."""
    clear(c, h)
    arrivals(c, h)
    i = start(c, p, h)
    for t in range(c[WEEKS], rec.shape[0]):
        rec[t, :] = 0
    for t in range(weeks):
        if h[STOP] != 0:
            return -1
        i = one_week(c, p, h, t, i)
        if rec.shape[0] > 0:
            record(c, h, t, rec)
            add_up(c, rec, t)
    return i


def most_people(c, h, keys):
    """Rows that the largest of some replications needs."""
    most, stock = 0, 0
    for n in range(c[CELLS]):
        stock += c[c[STOCK_TABLE] + n * STOCK_WIDTH + STOCK_COUNT]
    for r in range(keys.shape[0]):
        h[KEY0], h[KEY1] = keys[r, 0], keys[r, 1]
        most = max(most, stock + arrivals(c, h))
    return most


def run(c, p, h, keys, rec, bins, sums, histogram):
    """Run replications one after the other; returns how many were done.

    ``rec`` ends with the weeks of the last one. Each is added to the sums, unless the histogram has no bins.
    """
    for r in range(keys.shape[0]):
        h[KEY0], h[KEY1] = keys[r, 0], keys[r, 1]
        if replication(c, p, h, rec, c[WEEKS]) < 0:
            return r
        if histogram.shape[2] > 0:
            add(rec, bins, sums, histogram)
    return keys.shape[0]


def tally(c, p, h, keys, t, rec, counts):
    """Run one replication until the end of week t and count everybody; False when told to stop.

    Who has had what in the last year: people by segment, place, willingness and the closest contact.
    """
    counts[:, :, :, :] = 0
    h[KEY0], h[KEY1] = keys[0, 0], keys[0, 1]
    n = replication(c, p, h, rec, t + 1)
    for i in range(n):
        place, willing, had = p[i, STATE], 0, 0
        if place >= OUTSIDE:
            continue
        if p[i, SAID_NO] == 0 and (p[i, CONTACT] == 1 or place == APPOINTMENT):  # agreed, not declined since
            willing = 1
        if place == DECLINED and p[i, TIMER] < 0 and p[i, QUEUE] < 0:
            place = OUTSIDE  # declined for good; people outside are not counted, so their place is free
        for k in range(3):  # an offer, contact, a talk
            if t - p[i, LAST_OFFER - k] < WINDOW:
                had = k + 1
        counts[p[i, SEGMENT], place, willing, had] += 1
        if place == NEVER_INVITED and p[i, ENTRY_WEEK] == 0:
            counts[p[i, SEGMENT], OUTSIDE + 1, 0, 0] += 1  # still waiting since before the start
    return n >= 0
