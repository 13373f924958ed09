/* The calendar kernel once more in C: same algorithm, same memory layout, same numbers, of a pooled team
   whose lanes and lead times stay the same.
   It exists to be compared with: how much slower than -O3 is the engine? names.h is written from
   kik_analysis/capacity/kernel/names.py when this is built. Usage:
     plain TABLE KEYS ROWS COLUMNS PEOPLE REST BEST   (binary files of int64; see benchmarks/engine.py)
   prints, for the best of BEST passes, the seconds and a checksum of all records. */
#include "names.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int64_t i64;
static i64 *c, *h, *rec;
static int32_t *p;
static i64 rows, columns;

#define P(i, f) p[(i) * (i64)FIELDS + (f)]
#define FETCH(i) __builtin_prefetch(p + (i) * (i64)FIELDS), __builtin_prefetch(p + (i) * (i64)FIELDS + 16)
#define SEG(s, k) c[c[SEG_TABLE] + (s) * SEG_WIDTH + (k)]
#define CELL(i, t, k) c[c[CELL_TABLE] + (WEEK(t, DAYS + P(i, DAY)) * c[SEGMENTS] + P(i, SEGMENT)) * CELL_WIDTH + (k)]
#define WEEK(t, k) c[c[WEEK_TABLE] + (t) * WEEK_WIDTH + (k)]
#define PERIOD(i, t) WEEK(t, DAYS + P(i, DAY))
#define LETTER(i, t, kind, way, j, k) c[c[LETTER_TABLE] + (((PERIOD(i, t) * 3 + (kind)) * CHANNEL_COUNT + (way)) * c[ATTEMPTS_MOST] + (j)) * 2 + (k)]
#define WAY(i, t, again) c[c[WAY_TABLE] + (PERIOD(i, t) * 2 + (again)) * CHANNEL_COUNT + met(i, t)]
#define LANE_OF(s, queue) (c[LANE_ENDS] + c[c[CELL_TABLE] + (WEEK(0, DAYS) * c[SEGMENTS] + (s)) * CELL_WIDTH + LANE + (queue)] * LANE_WIDTH)
#define OF_DESK(column) (TEAM_WIDTH + column) /* the one desk of a pooled team stands behind its numbers */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

typedef struct { i64 w0, w1, w2, w3; } words;

static words philox(uint64_t c0, uint64_t c1, uint64_t c2, uint64_t c3) {
  uint64_t k0 = h[KEY0], k1 = h[KEY1];
  for (int r = 0; r < 10; r++) {
    uint64_t a = 0xD2511F53ull * c0, b = 0xCD9E8D57ull * c2;
    c0 = (b >> 32) ^ c1 ^ k0, c1 = b & 0xFFFFFFFFull, c2 = (a >> 32) ^ c3 ^ k1, c3 = a & 0xFFFFFFFFull;
    k0 = (k0 + 0x9E3779B9ull) & 0xFFFFFFFFull, k1 = (k1 + 0xBB67AE85ull) & 0xFFFFFFFFull;
  }
  return (words){c0, c1, c2, c3};
}
static words draw(i64 i, i64 decision, i64 cycle, i64 attempt) {
  return philox((ENTITY_PERSON << 24) | (decision << 16) | attempt, P(i, ENTRY_WEEK), P(i, INDEX), cycle);
}
static i64 wide(i64 a, i64 b) { return (a << 31) | (b >> 1); }
static i64 waiting_time(i64 row, i64 a, i64 b) {
  i64 u = wide(a, b), width = c[GEOMETRIC_WIDTH], *t = c + c[GEOMETRIC_TABLE] + row * width;
  if (u < t[width - 1]) return NEVER;
  i64 low = 0, high = width - 1;
  while (low < high) {
    i64 m = (low + high) >> 1;
    if (t[m] > u) low = m + 1; else high = m;
  }
  return low + 1;
}
static i64 choose(i64 first, i64 n, i64 word) {
  i64 k = 0;
  while (k < n - 1 && word >= c[first + k]) k++;
  return k;
}
static void arrivals(void) {
  for (i64 t = 0; t < c[WEEKS]; t++) {
    i64 n = WEEK(t, INFLOW_FIXED), row = WEEK(t, POISSON_ROW);
    if (row >= 0) {
      words w = philox((ENTITY_ARRIVALS << 24) | (D_COUNT << 16), 0, 0, t);
      i64 u = wide(w.w0, w.w1), low = 0, high = c[POISSON_WIDTH] - 1;
      i64 *table = c + c[POISSON_TABLE] + row * c[POISSON_WIDTH];
      while (low < high) {
        i64 m = (low + high) >> 1;
        if (table[m] <= u) low = m + 1; else high = m;
      }
      n += low;
    }
    h[c[ARRIVALS] + t] = n;
  }
}
static void staff(void) {
  for (i64 t = 0; t < c[WEEKS]; t++) h[c[HOURS] + t] = 0;
  for (i64 k = 0; k < c[CASEWORKERS]; k++) {
    int sick = 0;
    for (i64 t = 0; t < c[WEEKS]; t++) {
      i64 w = philox((uint64_t)ENTITY_CASEWORKER << 24, 0, k, t).w0;
      sick = t == 0 ? w < WEEK(t, SICK_SHARE) : sick ? w >= c[SICK_ENDS] : w < WEEK(t, SICK_BEGINS);
      h[c[HOURS] + t] += !sick;
    }
  }
  for (i64 t = 0; t < c[WEEKS]; t++) {
    i64 minutes = WEEK(t, MINUTES_AVAILABLE);
    if (c[CASEWORKERS] > 0) {
      i64 usual = WEEK(t, PLACES) * (WEEK(t, USUAL) >> 8);
      minutes = usual > 0 ? (minutes * h[c[HOURS] + t] * (ONE >> 8) + usual / 2) / usual : 0;
    }
    h[c[HOURS] + t] = minutes;
  }
}
static void sort(i64 n) {
  i64 *bucket = h + c[BUCKETS], *keys = h + c[SORT], *who = keys + h[SPACE], *keys2 = keys + 2 * h[SPACE],
      *who2 = keys + 3 * h[SPACE];
  memset(bucket, 0, 257 * sizeof(i64));
  for (i64 k = 0; k < n; k++) bucket[1 + (keys[k] >> 55)]++;
  for (i64 k = 1; k < 257; k++) bucket[k] += bucket[k - 1];
  for (i64 k = 0; k < n; k++) {
    i64 *b = bucket + (keys[k] >> 55);
    keys2[*b] = keys[k], who2[*b] = who[k], (*b)++;
  }
  for (i64 k = 0; k < n; k++) {
    i64 key = keys2[k], person = who2[k], j = k;
    while (j > 0 && keys[j - 1] > key) keys[j] = keys[j - 1], who[j] = who[j - 1], j--;
    keys[j] = key, who[j] = person;
  }
}
static void flow(i64 f, i64 s, i64 n) { h[c[FLOW] + f * c[SEGMENTS] + s] += n; }
static void set_timer(i64 i, i64 week) {
  if (P(i, TIMER) >= 0) {
    i64 a = P(i, TIMER_PREV), b = h[h[TIMER_NEXT] + i];
    if (a < 0) h[c[TIMER_HEAD] + P(i, TIMER)] = b; else h[h[TIMER_NEXT] + a] = b;
    if (b >= 0) P(b, TIMER_PREV) = a;
  }
  P(i, TIMER) = -1;
  if (week < c[WEEKS]) {
    i64 first = h[c[TIMER_HEAD] + week];
    P(i, TIMER) = week, h[h[TIMER_NEXT] + i] = first, P(i, TIMER_PREV) = -1;
    if (first >= 0) P(first, TIMER_PREV) = i;
    h[c[TIMER_HEAD] + week] = i;
  }
}
static i64 channel(i64 i, i64 t) {
  i64 first = CHANNELS + P(i, CONTACT) * CHANNEL_COUNT, word = P(i, WORD), office = CELL(i, t, first + OFFICE);
  if ((P(i, APPROACH) & 3) == LESS && P(i, CONTACT) == 0 && office > CELL(i, t, first)) return OFFICE;
  if (word < CELL(i, t, first)) return HOME;
  if (word < office) return OFFICE;
  return word < CELL(i, t, first + PHONE) ? PHONE : MAIL;
}
static i64 met(i64 i, i64 t) {
  i64 way = channel(i, t);
  return way == MAIL && P(i, ATTEMPT) > 0 ? PHONE : way;
}
static void choose_channel(i64 i) {
  if (c[CHANNEL_DRAWN] == 1) {
    words w = draw(i, D_CHANNEL, P(i, INVITATION), 0);
    P(i, WORD) = w.w0 >> 1, P(i, DAY) = (w.w1 * WORKDAYS) >> 32;
  }
}
static i64 promise(i64 i, i64 t, i64 agreed) {
  i64 way = ((PERIOD(i, t) * 2 + agreed) * 2 + P(i, CONTACT)) * CHANNEL_COUNT + met(i, t);
  return c[c[PROMISE_MINUTES] + way * c[SEGMENTS] + P(i, SEGMENT)];
}
static void promised(i64 i, i64 sign) {
  h[c[TEAM] + OF_DESK(PROMISED + P(i, KIND))] += sign * P(i, PROMISE);
}
static i64 standing(i64 state, i64 contact, int supported) {
  if (supported) return 5;
  if (state == OUTSIDE) return 6;
  if (state == IN_CONTACT || state == OVERDUE) return 1;
  if (state == INVITED || state == APPOINTMENT) return contact;
  return state >= DECLINED ? state - 3 : 0;
}
static void set_exit(i64 i, i64 t) {
  words w = draw(i, D_EXIT, P(i, EXITS), 0);
  P(i, EXITS)++, P(i, EXIT_WORD) = w.w2 >> 1;
  i64 week = t + waiting_time(SEG(P(i, SEGMENT), EXIT_MOST), w.w0, w.w1);
  if (week < c[WEEKS]) h[h[EXIT_NEXT] + i] = h[c[EXIT_HEAD] + week], h[c[EXIT_HEAD] + week] = i;
}
static void window(i64 i, i64 t, i64 sign) {
  i64 s = P(i, SEGMENT), span = c[WEEKS] + WINDOW, now = c[NOW] + s * NOW_WIDTH;
  if (t - P(i, LAST_TALK) < WINDOW)
    h[now + SPOKEN] += sign, h[c[TALK_WEEKS] + s * span + P(i, LAST_TALK) + WINDOW] += sign;
  if (t - P(i, LAST_CONTACT) < WINDOW)
    h[now + CONTACTED] += sign, h[c[CONTACT_WEEKS] + s * span + P(i, LAST_CONTACT) + WINDOW] += sign;
  if (t - P(i, LAST_OFFER) < WINDOW)
    h[now + APPROACHED] += sign, h[c[OFFER_WEEKS] + s * span + P(i, LAST_OFFER) + WINDOW] += sign;
}
static void reached(i64 i, i64 t, i64 how) {
  window(i, t, -1);
  P(i, LAST_OFFER) = t;
  if (how > 0) P(i, LAST_CONTACT) = t;
  if (how > 1) P(i, LAST_TALK) = t;
  window(i, t, 1);
}
static void helped(i64 i, i64 t, i64 sign) {
  if (P(i, SUPPORT) > t) {
    i64 s = P(i, SEGMENT);
    h[c[NOW] + s * NOW_WIDTH + SUPPORTED] += sign;
    if (P(i, SUPPORT) < c[WEEKS]) h[c[SUPPORT_WEEKS] + s * c[WEEKS] + P(i, SUPPORT)] += sign;
  }
}
static void set_state(i64 i, i64 t, i64 state) {
  i64 old = P(i, STATE), s = P(i, SEGMENT);
  h[c[COUNT] + old * c[SEGMENTS] + s]--, h[c[COUNT] + state * c[SEGMENTS] + s]++;
  P(i, STATE) = state;
  int was = old == INVITED || old == APPOINTMENT, now = state == INVITED || state == APPOINTMENT;
  if (was && !now) promised(i, -1);
  else if (now && !was) promised(i, 1);
  if (old == NEVER_INVITED && P(i, ENTRY_WEEK) == 0) h[c[NOW] + s * NOW_WIDTH + BACKLOG]--;
  if (old < OUTSIDE && state >= OUTSIDE) window(i, t, -1), helped(i, t, -1), P(i, SUPPORT) = -1;
  else if (state < OUTSIDE && old >= OUTSIDE) window(i, t, 1);
}
static void join(i64 i, i64 queue, i64 week) {
  i64 s = P(i, SEGMENT), ends = LANE_OF(s, queue);
  i64 first = h[ends + FIRST], last = h[ends + LAST];
  P(i, QUEUE) = queue, P(i, JOINED) = week, h[h[QUEUE_NEXT] + i] = -1, P(i, QUEUE_PREV) = -1, P(i, IN_ORDER) = 0;
  if (last < 0) h[ends + FIRST] = i, h[ends + LAST] = i;
  else if (WEEK(0, NEWEST_FIRST)) h[h[QUEUE_NEXT] + i] = first, P(first, QUEUE_PREV) = i, h[ends + FIRST] = i;
  else P(i, QUEUE_PREV) = last, h[h[QUEUE_NEXT] + last] = i, h[ends + LAST] = i;
  P(i, JOINS)++;
  if (queue >= Q_FOLLOW_UP) {
    h[c[NOW] + s * NOW_WIDTH + WAITING]++, h[c[NOW] + s * NOW_WIDTH + SUM_JOINED] += week;
    P(i, INVITATION)++, P(i, ATTEMPT) = 0;
    choose_channel(i);
  }
}
static void leave_queue(i64 i) {
  i64 s = P(i, SEGMENT), queue = P(i, QUEUE), a = P(i, QUEUE_PREV), b = h[h[QUEUE_NEXT] + i];
  i64 ends = LANE_OF(s, queue);
  if (a >= 0) h[h[QUEUE_NEXT] + a] = b; else h[ends + FIRST] = b;
  if (b >= 0) P(b, QUEUE_PREV) = a; else h[ends + LAST] = a;
  P(i, QUEUE) = -1;
  if (queue >= Q_FOLLOW_UP) h[c[NOW] + s * NOW_WIDTH + WAITING]--, h[c[NOW] + s * NOW_WIDTH + SUM_JOINED] -= P(i, JOINED);
}
static void contact_step(i64 i, i64 t) {
  i64 ask = P(i, DUE) - CELL(i, t, LEAD);
  if (P(i, QUEUE) < 0 && t >= ask) join(i, Q_FOLLOW_UP, t);
  if (t >= P(i, DUE)) { set_state(i, t, OVERDUE); return; }
  i64 week = P(i, DUE);
  if (P(i, QUEUE) < 0) week = MIN(week, ask);
  set_timer(i, week);
}
static void start_support(i64 i, i64 t, i64 cycle) {
  words w = draw(i, D_SPELL, cycle, 0);
  helped(i, t, -1);
  P(i, SUPPORT) = t + waiting_time(SEG(P(i, SEGMENT), SUPPORT_ROW), w.w0, w.w1);
  helped(i, t, 1);
}
static void start_contact(i64 i, i64 t, i64 due) {
  i64 s = P(i, SEGMENT);
  P(i, DUE) = due;
  i64 early = MAX(due - CELL(i, t, LEAD), t + 1), week = MIN(due, early);
  set_timer(i, week);
}
static void ask_again(i64 i, i64 week, i64 column) {
  set_timer(i, week < c[WEEKS] ? MAX(week, WEEK(week, column)) : NEVER);
}
static void refuse(i64 i, i64 t, i64 word) {
  i64 s = P(i, SEGMENT);
  set_state(i, t, DECLINED);
  if (word >= SEG(s, DEFINITIVE)) ask_again(i, t + CELL(i, t, AGAIN_DECLINED), OPEN_DECLINED);
}
static void answer(i64 i, i64 t) {
  i64 s = P(i, SEGMENT), kind = P(i, KIND), attempt = P(i, ATTEMPT), row = P(i, ROW);
  words w = draw(i, D_ANSWER, P(i, INVITATION), attempt);
  i64 way = channel(i, t);
  if (w.w0 >= c[c[REACH] + (((P(i, APPROACH) & 3) * 3 + kind) * CHANNEL_COUNT + way) * c[ATTEMPTS_MOST] + attempt]) {
    if (attempt + 1 < c[c[ATTEMPTS] + (PERIOD(i, t) * 3 + kind) * CHANNEL_COUNT + way]) {
      P(i, ATTEMPT) = attempt + 1;
      join(i, Q_ATTEMPT, t);
    } else {
      flow(UNANSWERED, s, 1);
      set_state(i, t, NOT_REACHED);
      if (w.w2 < SEG(s, NOT_REACHED_AGAIN)) ask_again(i, t + CELL(i, t, AGAIN_NOT_REACHED), OPEN_NOT_REACHED);
    }
  } else if (w.w1 < c[c[ACCEPT] + (((P(i, APPROACH) & 3) * CHANNEL_COUNT + way) * c[ROWS] + row) * c[SEGMENTS] + s]) {
    flow(ACCEPTED, s, 1);
    P(i, ROW) = c[c[AFTER_TABLE] + row];
    promised(i, -1), P(i, PROMISE) = promise(i, t, 1), promised(i, 1);
    set_state(i, t, APPOINTMENT);
    i64 wait = WAY(i, t, 0);
    if (wait > 0) set_timer(i, t + wait);
    else join(i, Q_APPOINTMENT, t);
  } else {
    flow(REFUSED, s, 1);
    P(i, ROW) = c[c[AFTER_TABLE] + c[ROWS] + row];
    refuse(i, t, w.w2);
  }
}
static void leave(i64 i, i64 t) {
  if (P(i, QUEUE) >= 0) leave_queue(i);
  set_timer(i, NEVER);
  flow(EXITED, P(i, SEGMENT), 1);
  set_state(i, t, LEFT);
}
static void go_outside(i64 i, i64 t, i64 cycle) {
  i64 s = P(i, SEGMENT);
  words w = draw(i, D_SPELL, cycle, 0);
  i64 back = t + waiting_time(SEG(s, SERVICES_ROW), w.w0, w.w1), gone = t + waiting_time(SEG(s, EXIT_EXTRA), w.w2, w.w3);
  P(i, END) = gone <= back ? gone : NEVER;
  set_timer(i, MIN(back, gone));
}
static void timers(i64 t) {
  i64 i = h[c[TIMER_HEAD] + t];
  while (i >= 0) {
    i64 following = h[h[TIMER_NEXT] + i], state = P(i, STATE);
    FETCH(following);
    P(i, TIMER) = -1;
    if (state == INVITED) answer(i, t);
    else if (state == APPOINTMENT) join(i, Q_APPOINTMENT, t);
    else if (state == DECLINED || state == NOT_REACHED) join(i, state == DECLINED ? Q_DECLINED : Q_NOT_REACHED, t);
    else if (state == OUTSIDE && P(i, END) == t) leave(i, t);
    else {
      if (state == OUTSIDE) {
        P(i, CONTACT) = 1;
        P(i, DUE) = t + CELL(i, t, INTERVAL);
        set_state(i, t, IN_CONTACT);
        flow(RETURNED, P(i, SEGMENT), 1);
      }
      contact_step(i, t);
    }
    i = following;
  }
}
static void exits(i64 t) {
  i64 i = h[c[EXIT_HEAD] + t];
  while (i >= 0) {
    i64 following = h[h[EXIT_NEXT] + i], s = P(i, SEGMENT);
    FETCH(following);
    if (P(i, STATE) == LEFT) { i = following; continue; }
    i64 stand = WEEK(t, DAYS) * 7 + standing(P(i, STATE), P(i, CONTACT), P(i, SUPPORT) >= t);
    if (P(i, EXIT_WORD) < c[c[EXIT_TABLE] + stand * c[SEGMENTS] + s]) leave(i, t);
    else set_exit(i, t);
    i = following;
  }
}
static void spend(i64 task, i64 minutes) { h[c[TASK] + task] += minutes, h[c[TEAM] + USED] += minutes; }
static void extra(i64 task, i64 minutes) { spend(task, minutes), h[c[TEAM] + NEW_DEBT] += minutes; }
static i64 kind_of(i64 i) { return P(i, CONTACT) == 1 ? 2 : P(i, QUEUE) == Q_FIRST ? 0 : 1; }
static void count_wait(i64 i, i64 t) {
  i64 wait = MIN(t - P(i, JOINED), c[WAIT_BINS] - 1);
  h[c[WAITS] + (P(i, QUEUE) * c[SEGMENTS] + P(i, SEGMENT)) * c[WAIT_BINS] + wait]++;
}
static void send_letter(i64 i, i64 t, i64 minutes) {
  i64 s = P(i, SEGMENT), queue = P(i, QUEUE), kind = kind_of(i);
  count_wait(i, t);
  leave_queue(i);
  if (queue != Q_ATTEMPT) {
    P(i, KIND) = kind, P(i, MISSES) = 0;
    P(i, PROMISE) = promise(i, t, 0);
    if (P(i, APPROACH) == LESS) P(i, APPROACH) += IS_CHOSEN, h[c[TEAM] + CHOSEN]++;
    h[c[TEAM] + OF_DESK(STARTED + kind)] += P(i, PROMISE);
    flow(INVITATIONS, s, 1), flow(FOLLOW_UPS, s, P(i, CONTACT));
    set_state(i, t, INVITED);
  }
  flow(LETTERS, s, 1);
  spend(P(i, ATTEMPT) == 0 ? T_LETTER : T_NEXT_LETTER, minutes);
  reached(i, t, 0);
  set_timer(i, t + LETTER(i, t, P(i, KIND), channel(i, t), P(i, ATTEMPT), 1));
}
static const i64 *meeting(i64 i, i64 t) {
  i64 remind = (P(i, APPROACH) & 3) == LESS && P(i, CONTACT) == 0 ? 1 : CELL(i, t, REMINDER);
  i64 way = (remind * 2 + P(i, CONTACT)) * CHANNEL_COUNT + met(i, t);
  return c + c[MEET_TABLE] + (way * c[SEGMENTS] + P(i, SEGMENT)) * MEET_WIDTH;
}
static void talked(i64 i, i64 t, i64 way, i64 word, i64 need_word) {
  i64 s = P(i, SEGMENT), talk = way != MAIL, outcome = choose(c[OUTCOME] + (P(i, CONTACT) * c[SEGMENTS] + s) * 5, 5, word);
  flow(TALKS, s, talk), flow(FIRST_TALKS, s, talk * (1 - P(i, CONTACT))), flow(BY_CHANNEL + way, s, 1);
  P(i, ROW) = c[c[AFTER_TABLE] + 2 * c[ROWS] + P(i, ROW)];
  P(i, CONTACT) = 1;
  reached(i, t, talk ? 2 : CELL(i, t, MAIL_COUNTS));
  if (outcome < 4) flow(TO_SUPPORT + outcome, s, 1);
  if (outcome == 1) {
    extra(T_HANDOVER, c[HANDOVER_OUTSIDE]);
    set_state(i, t, OUTSIDE);
    go_outside(i, t, P(i, INVITATION));
    return;
  }
  if (outcome == 0) extra(T_HANDOVER, c[HANDOVER_SUPPORT]), start_support(i, t, P(i, INVITATION));
  set_state(i, t, IN_CONTACT);
  i64 weeks = CELL(i, t, INTERVAL);
  if (need_word < CELL(i, t, NEED)) weeks = MIN(weeks, CELL(i, t, NEED_INTERVAL));
  start_contact(i, t, t + weeks);
}
static void until_the_week_ends(i64 i) {
  h[c[TEAM] + OF_DESK(PROMISED + P(i, KIND))] += P(i, PROMISE), h[c[TEAM] + OF_DESK(KEPT + P(i, KIND))] += P(i, PROMISE);
}
static void meet(i64 i, i64 t, i64 minutes) {
  i64 s = P(i, SEGMENT), team = c[TEAM];
  count_wait(i, t);
  leave_queue(i);
  words w = draw(i, D_MEETING, P(i, INVITATION), P(i, MISSES));
  i64 way = met(i, t);
  const i64 *talk = meeting(i, t);
  if (w.w0 < talk[P_MISSED]) {
    i64 used = talk[MISSED_MINUTES];
    flow(MISSED, s, 1);
    spend(T_MISSED, used);
    h[team + LOST] += minutes - used;
    P(i, MISSES)++;
    if (w.w1 < c[c[REBOOKED] + P(i, CONTACT) * CHANNEL_COUNT + way] && P(i, MISSES) < c[APPOINTMENTS_MAX]) {
      set_timer(i, t + WAY(i, t, 1));
    } else {
      until_the_week_ends(i);
      P(i, ROW) = c[c[AFTER_TABLE] + c[ROWS] + P(i, ROW)];
      refuse(i, t, w.w3);
    }
    return;
  }
  i64 call = talk[CALL], travel = talk[TRAVEL], registration = talk[REGISTRATION];
  spend(T_CALL, call);
  spend(T_TRAVEL, travel);
  spend(T_REGISTRATION, registration);
  spend(T_TALK, minutes - call - travel - registration);
  if (w.w2 < SEG(s, OVERRUN_PROBABILITY)) extra(T_OVERRUN, SEG(s, OVERRUN_MINUTES));
  until_the_week_ends(i);
  talked(i, t, way, w.w1, w.w3);
}
static i64 need(i64 i, i64 t) {
  if (P(i, QUEUE) == Q_APPOINTMENT) return meeting(i, t)[PLANNED];
  if (P(i, QUEUE) == Q_ATTEMPT) return LETTER(i, t, P(i, KIND), channel(i, t), P(i, ATTEMPT), 0);
  return LETTER(i, t, kind_of(i), channel(i, t), 0, 0);
}
static void under_approach(i64 i, i64 t) {
  if (c[APPROACH_VARIES] == 1 && P(i, QUEUE) >= Q_FOLLOW_UP) 
    P(i, APPROACH) = (P(i, APPROACH) & IS_CHOSEN) + CELL(i, t, APPROACHES + P(i, QUEUE));
}
static int too_much(i64 t, i64 limit, i64 all, i64 started, i64 more) {
  return limit >= 0 && (limit < all + more || limit * WEEK(t, START_SHARE) < 1000 * (started + more));
}
static int breaks_limit(i64 i, i64 t, const i64 *batch) { /* batch: promised to others of it, by kind */
  if (P(i, QUEUE) < Q_FOLLOW_UP) return 0;
  i64 *team = h + c[TEAM], kind = kind_of(i), more = promise(i, t, 0), all[3], started[3];
  for (i64 k = 0; k < 3; k++) all[k] = team[OF_DESK(PROMISED + k)] + batch[k], started[k] = team[OF_DESK(STARTED + k)] + batch[k];
  i64 again = all[1], begun = started[1];
  if (too_much(t, WEEK(t, PROMISE_LIMIT), all[0] + again + all[2], started[0] + begun + started[2], more)) return 1;
  if (kind < 2 && too_much(t, WEEK(t, PROMISE_LIMIT_FIRST), all[0] + again, started[0] + begun, more)) return 1;
  return kind > 0 && too_much(t, WEEK(t, PROMISE_LIMIT_OTHERS), again + all[2], begun + started[2], more);
}
static const i64 none[3] = {0, 0, 0};
static int batch_fits(i64 first, i64 t) {
  i64 i = first, minutes = h[c[TEAM] + OF_DESK(B)], batch[3] = {0, 0, 0};
  while (i >= 0 && P(i, JOINED) == P(first, JOINED)) {
    FETCH(h[h[QUEUE_NEXT] + i]);
    under_approach(i, t);
    minutes -= need(i, t);
    if (minutes < 0 || breaks_limit(i, t, batch)) return 0;
    if (P(i, QUEUE) >= Q_FOLLOW_UP) batch[kind_of(i)] += promise(i, t, 0);
    i = h[h[QUEUE_NEXT] + i];
  }
  return 1;
}
static i64 put_in_order(i64 ends, i64 first) {
  i64 before = P(first, QUEUE_PREV), joined = P(first, JOINED), n = 0, i = first, *keys = h + c[SORT], *who = keys + h[SPACE];
  while (i >= 0 && P(i, JOINED) == joined) {
    FETCH(h[h[QUEUE_NEXT] + i]);
    words w = draw(i, D_ORDER, P(i, JOINS) - 1, 0);
    keys[n] = wide(w.w0, w.w1), who[n] = i, P(i, IN_ORDER) = 1, n++;
    i = h[h[QUEUE_NEXT] + i];
  }
  sort(n);
  for (i64 k = 0; k < n; k++) {
    i64 person = who[k];
    if (before >= 0) h[h[QUEUE_NEXT] + before] = person; else h[ends + FIRST] = person;
    P(person, QUEUE_PREV) = before;
    before = person;
  }
  h[h[QUEUE_NEXT] + before] = i;
  if (i >= 0) P(i, QUEUE_PREV) = before; else h[ends + LAST] = before;
  return who[0];
}
static void serve_lane(i64 lane, i64 t) {
  i64 ends = c[LANE_ENDS] + lane * LANE_WIDTH, team = c[TEAM];
  i64 i = h[ends + FIRST], joined = NEVER;
  int fits = 0;
  while (i >= 0) {
    if (P(i, JOINED) != joined) {
      joined = P(i, JOINED);
      fits = batch_fits(i, t);
      if (!fits && !P(i, IN_ORDER)) i = put_in_order(ends, i);
    }
    i64 following = h[h[QUEUE_NEXT] + i];
    FETCH(following);
    under_approach(i, t);
    i64 m = need(i, t);
    if (!fits && (m > h[team + OF_DESK(B)] || breaks_limit(i, t, none))) return;
    h[team + OF_DESK(B)] -= m;
    if (P(i, QUEUE) == Q_APPOINTMENT) meet(i, t, m);
    else send_letter(i, t, m);
    i = following;
  }
}
static void person(i64 i, i64 week, i64 index, i64 state, i64 s) {
  memset(&P(i, 0), 0, FIELDS * sizeof(int32_t));
  P(i, STATE) = state, P(i, SEGMENT) = s, P(i, ENTRY_WEEK) = week, P(i, INDEX) = index;
  P(i, INVITATION) = -1, P(i, TIMER) = -1, P(i, QUEUE) = -1, P(i, DUE) = NEVER, P(i, END) = NEVER;
  P(i, LAST_TALK) = -WINDOW, P(i, LAST_CONTACT) = -WINDOW, P(i, LAST_OFFER) = -WINDOW, P(i, SUPPORT) = -1;
  h[c[COUNT] + state * c[SEGMENTS] + s]++;
}
static void clear(void) {
  for (i64 k = c[COUNT]; k < c[EXIT_HEAD]; k++) h[k] = 0;
  for (i64 k = c[EXIT_HEAD]; k < c[WAITS]; k++) h[k] = -1;
}
static void under_way(i64 i, i64 t) {
  P(i, INVITATION) = 0;
  choose_channel(i);
  P(i, PROMISE) = promise(i, t, P(i, STATE) == APPOINTMENT);
  promised(i, 1);
}
static void start_timer(i64 i, i64 wait) {
  i64 state = P(i, STATE), s = P(i, SEGMENT);
  if (state == NEVER_INVITED) h[c[NOW] + s * NOW_WIDTH + BACKLOG]++;
  else if (state == IN_CONTACT) {
    P(i, DUE) = wait;
    i64 ask = wait - CELL(i, 0, LEAD), next = ask <= 0 ? wait : ask;
    set_timer(i, MAX(0, next));
  } else if (state == INVITED || state == APPOINTMENT) under_way(i, 0), set_timer(i, wait);
  else if (state == OUTSIDE) go_outside(i, -1, STOCK_SPELL);
  else if ((state == DECLINED || state == NOT_REACHED) && wait >= 0)
    ask_again(i, wait, state == DECLINED ? OPEN_DECLINED : OPEN_NOT_REACHED);
}
static i64 start(void) {
  staff();
  i64 i = 0;
  for (i64 n = 0; n < c[CELLS]; n++) {
    i64 *k = c + c[STOCK_TABLE] + n * STOCK_WIDTH;
    for (i64 m = 0; m < k[STOCK_COUNT]; m++) {
      person(i, 0, i, k[STOCK_STATE], k[STOCK_SEGMENT]);
      P(i, ROW) = k[STOCK_ROW], P(i, CONTACT) = k[STOCK_CONTACT], P(i, KIND) = k[STOCK_KIND];
      if (0 < k[STOCK_AGE] && k[STOCK_AGE] < WINDOW) P(i, LAST_TALK) = P(i, LAST_CONTACT) = -k[STOCK_AGE];
      if (0 < k[STOCK_OFFER_AGE] && k[STOCK_OFFER_AGE] < WINDOW) P(i, LAST_OFFER) = -k[STOCK_OFFER_AGE];
      if (k[STOCK_STATE] != OUTSIDE) window(i, 0, 1);
      set_exit(i, -1);
      if (k[STOCK_SUPPORT] == 1) start_support(i, -1, STOCK_SPELL);
      start_timer(i, k[STOCK_WAIT]);
      i++;
    }
  }
  for (i64 n = 0; n < c[CELLS]; n++) {
    i64 *k = c + c[STOCK_TABLE] + c[c[STOCK_TABLE] + n * STOCK_WIDTH + STOCK_ORDER] * STOCK_WIDTH;
    i64 state = k[STOCK_STATE], wait = k[STOCK_WAIT], ask = wait - CELL(k[STOCK_FIRST], 0, LEAD);
    for (i64 m = 0; m < k[STOCK_COUNT]; m++) {
      if (state == NEVER_INVITED) join(k[STOCK_FIRST] + m, Q_FIRST, -wait);
      else if ((state == IN_CONTACT || state == OVERDUE) && ask <= 0) join(k[STOCK_FIRST] + m, Q_FOLLOW_UP, ask);
    }
  }
  return i;
}
static i64 inflow(i64 t, i64 i) {
  for (i64 index = 0; index < h[c[ARRIVALS] + t]; index++) {
    words w = philox((ENTITY_PERSON << 24) | (D_ENTRY << 16), t + 1, index, 0);
    i64 s = choose(c[ENTRY_SEGMENT], c[SEGMENTS], w.w0), status = choose(c[ENTRY_STATUS] + (WEEK(t, DAYS) * c[SEGMENTS] + s) * 3, 3, w.w1);
    i64 agreed = status == 2;
    person(i, t + 1, index, status == 0 ? NEVER_INVITED : status == 1 ? KNOWN_TO_WIJ : APPOINTMENT, s);
    P(i, ROW) = choose(c[ENTRY_ROW] + (agreed * c[SEGMENTS] + s) * c[ROWS], c[ROWS], w.w2);
    P(i, CONTACT) = agreed;
    flow(ARRIVED, s, 1);
    set_exit(i, t);
    if (status == 0) join(i, Q_FIRST, t);
    else if (status == 2) P(i, KIND) = 2, under_way(i, t), set_timer(i, t + WAY(i, t, 0));
    i++;
  }
  return i;
}
static void hours(i64 t) {
  i64 team = c[TEAM], available = h[c[HOURS] + t], debt = h[team + DEBT], pay = MIN(available, debt);
  i64 budget = available - pay, n = 0;
  for (i64 s = 0; s < c[SEGMENTS]; s++)
    n += h[c[COUNT] + IN_CONTACT * c[SEGMENTS] + s] + h[c[COUNT] + OVERDUE * c[SEGMENTS] + s];
  i64 asked = n * c[INITIATIVE_PER_1000] / 1000;
  h[c[TASK] + T_INITIATIVE] = asked;
  h[team + USED] = asked, h[team + LOST] = 0;
  for (i64 k = 0; k < 3; k++) h[team + OF_DESK(KEPT + k)] = 0, h[team + OF_DESK(STARTED + k)] = 0;
  h[team + NEW_DEBT] = debt - pay + MAX(0, asked - budget);
  h[team + OF_DESK(B)] = MAX(0, budget - asked);
}
static i64 one_week(i64 t, i64 i) {
  for (i64 k = c[FLOW]; k < c[TEAM]; k++) h[k] = 0;
  for (i64 s = 0; s < c[SEGMENTS]; s++) {
    i64 k = s * (c[WEEKS] + WINDOW) + t;
    i64 *now = h + c[NOW] + s * NOW_WIDTH;
    now[SPOKEN] -= h[c[TALK_WEEKS] + k], now[CONTACTED] -= h[c[CONTACT_WEEKS] + k];
    now[APPROACHED] -= h[c[OFFER_WEEKS] + k], now[SUPPORTED] -= h[c[SUPPORT_WEEKS] + s * c[WEEKS] + t];
  }
  exits(t);
  i = inflow(t, i);
  timers(t);
  hours(t);
  for (i64 lane = 0; lane < c[LANES]; lane++) serve_lane(lane, t);
  i64 team = c[TEAM];
  h[team + LOST] += h[team + OF_DESK(B)], h[team + DEBT] = h[team + NEW_DEBT];
  for (i64 k = 0; k < 3; k++) h[team + OF_DESK(PROMISED + k)] -= h[team + OF_DESK(KEPT + k)];
  return i;
}
static void shares(i64 *r) {
  i64 group = r[C_GROUP], waiting = r[C_WAITING];
  for (i64 q = 0; q < 3; q++)
    r[C_APPROACHED_SHARE + q] = group > 0 ? (r[C_APPROACHED + q] * 1000000 + group / 2) / group : 0;
  r[C_MEAN_WAIT] = waiting > 0 ? (r[C_WAITED] * 1000 + waiting / 2) / waiting : 0;
}
static void record(i64 t) {
  i64 segments = c[SEGMENTS], everybody = segments > 1 ? segments * PEOPLE_COLUMNS : 0, *row = rec + t * columns;
  for (i64 q = 0; q < PEOPLE_COLUMNS; q++) row[everybody + q] = 0;
  for (i64 s = 0; s < segments; s++) {
    i64 *r = row + s * PEOPLE_COLUMNS, *now = h + c[NOW] + s * NOW_WIDTH, group = 0;
    for (i64 state = 0; state <= OUTSIDE; state++) group += r[state] = h[c[COUNT] + state * segments + s];
    r[C_GROUP] = group - r[OUTSIDE], r[C_SUPPORT] = now[SUPPORTED], r[C_BACKLOG] = now[BACKLOG];
    r[C_APPROACHED] = now[APPROACHED], r[C_CONTACT] = now[CONTACTED], r[C_SPOKEN] = now[SPOKEN];
    r[C_WAITING] = now[WAITING], r[C_WAITED] = t * now[WAITING] - now[SUM_JOINED];
    for (i64 f = 0; f < FLOWS; f++) r[C_FLOWS + f] = h[c[FLOW] + f * segments + s];
    if (segments > 1) {
      for (i64 q = 0; q < PEOPLE_COLUMNS; q++) row[everybody + q] += r[q];
      shares(r);
    }
  }
  shares(row + everybody);
  i64 *r = row + everybody + PEOPLE_COLUMNS, team = c[TEAM];
  r[C_AVAILABLE] = h[c[HOURS] + t], r[C_USED] = h[team + USED], r[C_LOST] = h[team + LOST];
  r[C_DEBT] = h[team + DEBT], r[C_PROMISED] = 0;
  for (i64 k = 0; k < 3; k++) r[C_PROMISED] += h[team + OF_DESK(PROMISED + k)];
  for (i64 q = 0; q < TASKS; q++) r[C_TASKS + q] = h[c[TASK] + q];
  i64 people = columns - TEAM_COLUMNS, *quarter = rec + (c[WEEKS] + WEEK(t, QUARTER)) * columns, *run = rec + (rows - 1) * columns;
  for (i64 q = 0; q < columns; q++) {
    int summed = q % PEOPLE_COLUMNS >= C_FLOWS;
    if (q >= people) summed = q - people != C_DEBT && q - people != C_PROMISED;
    quarter[q] = row[q] + (summed ? quarter[q] : 0);
    run[q] += row[q];
  }
}
static void replication(void) {
  clear();
  arrivals();
  i64 i = start();
  memset(rec + c[WEEKS] * columns, 0, (rows - c[WEEKS]) * columns * sizeof(i64));
  for (i64 t = 0; t < c[WEEKS]; t++) i = one_week(t, i), record(t);
}
static i64 *load(const char *path, i64 *n) {
  FILE *f = fopen(path, "rb");
  if (!f) { perror(path); exit(2); }
  fseek(f, 0, SEEK_END);
  *n = ftell(f) / sizeof(i64);
  rewind(f);
  i64 *data = malloc(*n * sizeof(i64));
  if (fread(data, sizeof(i64), *n, f) != (size_t)*n) exit(2);
  fclose(f);
  return data;
}
int main(int argc, char **argv) {
  if (argc != 8) return 2;
  i64 size, n;
  c = load(argv[1], &size);
  i64 *keys = load(argv[2], &n);
  n /= 2, rows = atoll(argv[3]), columns = atoll(argv[4]);
  i64 people = atoll(argv[5]), rest = atoll(argv[6]);
  double best = 1e300;
  uint64_t sum = 0;
  p = aligned_alloc(64, (people * FIELDS * sizeof(int32_t) + 63) / 64 * 64);
  h = calloc(rest, sizeof(i64));
  rec = calloc(rows * columns, sizeof(i64));
  h[SPACE] = people;
  for (i64 k = 0; k < 3; k++) h[TIMER_NEXT + k] = c[SORT] + (4 + k) * people;
  for (int pass = 0; pass < atoi(argv[7]); pass++) {
    double seconds = 0;
    sum = 0;
    for (i64 r = 0; r < n; r++) {
      struct timespec a, b;
      h[KEY0] = keys[2 * r], h[KEY1] = keys[2 * r + 1];
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
      replication();
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
      seconds += (b.tv_sec - a.tv_sec) + 1e-9 * (b.tv_nsec - a.tv_nsec);
      uint64_t one = 0; /* order matters within a record, not between replications */
      for (i64 k = 0; k < rows * columns; k++) one = one * 6364136223846793005ull + (uint64_t)rec[k];
      sum += one;
    }
    if (seconds < best) best = seconds;
  }
  printf("%.6f %llu\n", best, (unsigned long long)sum);
  return 0;
}
