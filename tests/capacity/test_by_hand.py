"""Little cases worked out by hand, week by week."""

from typing import Any

import numpy as np

from kik_analysis.capacity.compiled import Compiled, State
from kik_analysis.capacity.engine import replay
from kik_analysis.capacity.kernel import names as at
from kik_analysis.capacity.measures import place
from tests.capacity.cases import channels, letters, small_case, stock, twice

WEEKS = 8


def certain(weeks: int = WEEKS, **changes: Any) -> Compiled:
    """Everybody answers, says yes and comes; nobody leaves; 100 minutes, a letter 20, a conversation 60."""
    base = small_case(weeks=weeks)
    fields: dict[str, Any] = {
        "minutes_available": np.full(weeks, 100),
        "promise_limit": -1,
        "start_share": 1_000_000,
        "talk_minutes": 42,
        "travel_minutes": 10,
        "registration_minutes": 5,
        "reminder_minutes": 3,
        "missed_minutes": 12,
        "overrun_probability": 1,
        "overrun_minutes": 15,
        "letter_minutes": 20,
        "answer_weeks": 1,
        "reach": 1,
        "accept": 1,
        "appointment_weeks": 0,
        "rebook_weeks": 2,
        "missed": 0,
        "rebooked": 1,
        "interval": 4,
        "lead": 1,
        "outcome": np.array([[[0, 0, 0, 1, 0]]] * 2, dtype=float),
        "initiative_per_1000": 0,
        "exit_probability": 0,
        "inflow_mean": 0,
        **stock({"state": State.NEVER_INVITED, "count": 4}),
    }
    return base.replace(**{**fields, **changes})


class Course:
    """The record of one run of a scenario, measure by measure."""

    def __init__(self, c: Compiled, replication: int = 0) -> None:
        self.c, self.record = c, replay(c, seed=0, replication=replication)[0]

    def __getitem__(self, measure: str) -> list[int]:
        return self.record[: self.c.weeks, place(self.c, measure)].tolist()

    def shows(self, table: str) -> None:
        """Compare with a table: a line per measure, a number per week."""
        expected = {
            words[0]: [int(w) for w in words[1:]] for words in map(str.split, table.strip().splitlines())
        }
        assert {measure: self[measure] for measure in expected} == expected


def test_four_people_and_a_hundred_minutes() -> None:
    """Week 0: four letters (80). Weeks 1-4: one conversation of 60 each, a second does not fit; each
    overruns 15.

    From week 4 on the first ones are invited again a week before they are due: one letter besides.
    """
    Course(certain()).shows("""
        letters               4 0 0 0 1 1 1 1
        conversations         0 1 1 1 1 1 1 1
        first_conversations   0 1 1 1 1 0 0 0
        invited               4 0 0 0 1 1 1 1
        appointment           0 3 2 1 0 0 0 0
        in_contact            0 1 2 3 3 3 3 3
        minutes_debt          0 15 15 15 15 15 15 15
        minutes_used          80 75 75 75 95 95 95 95
        minutes_lost          20 40 25 25 5 5 5 5
        minutes_letter        80 0 0 0 20 20 20 20
        minutes_travel        0 10 10 10 10 10 10 10
        minutes_reminder_call 0 3 3 3 3 3 3 3
        minutes_registration  0 5 5 5 5 5 5 5
        minutes_conversation  0 42 42 42 42 42 42 42
        minutes_overrun       0 15 15 15 15 15 15 15
    """)


def test_one_person_who_never_answers() -> None:
    """Letters in weeks 0 and 1, given up in week 2, invited again three weeks later, and so on."""
    c = certain(
        reach=0,
        not_reached_again=1,
        again_not_reached=3,
        letter_minutes=letters([[20, 11], [13, 7], [1, 1]]),
        **stock({"state": State.NEVER_INVITED, "count": 1}),
    )
    Course(c).shows("""
        letters             1 1 0 0 0 1 1 0
        invitations         1 0 0 0 0 1 0 0
        not_reached         0 0 1 1 1 0 0 1
        unanswered          0 0 1 0 0 0 0 1
        minutes_letter      20 0 0 0 0 13 0 0
        minutes_next_letter 0 11 0 0 0 0 7 0
        approached_persons  1 1 1 1 1 1 1 1
        spoken_persons      0 0 0 0 0 0 0 0
        backlog             0 0 0 0 0 0 0 0
    """)


def test_one_person_who_never_comes() -> None:
    """Yes in week 1, missed in weeks 1 and 3 (the last one), declined, invited again in week 5."""
    c = certain(
        missed=1,
        appointments_max=2,
        definitive=0,
        again_declined=2,
        **stock({"state": State.NEVER_INVITED, "count": 1}),
    )
    Course(c).shows("""
        missed           0 1 0 1 0 0 1 0
        appointment      0 1 1 0 0 0 1 1
        declined         0 0 0 1 1 0 0 0
        invited          1 0 0 0 0 1 0 0
        minutes_missed   0 25 0 25 0 0 25 0
        minutes_lost     80 75 100 75 100 80 75 100
        refused          0 0 0 0 0 0 0 0
        minutes_promised 60 60 60 0 0 60 60 60
    """)


def test_a_contact_stop_changes_the_channel() -> None:
    """From Wednesday of week 1 on everybody is called: 20 minutes and 5 of registration, no travel, no call.

    The conversation of week 1 falls on a drawn day; those of weeks 5 and 6 (due in week 5) are calls.
    """
    talk = np.full((2, 4, 1), 42)
    talk[:, 2] = 20
    c = certain(
        talk_minutes=talk,
        travel_minutes=np.array([10, 0, 0, 0]),
        reminder_minutes=np.array([3, 3, 0, 0]),
        **stock({"state": State.NEVER_INVITED, "count": 1}),
    )
    c = c.replace(**twice(c, 1, 2, channel=channels(phone=1.0)))
    seen = set()
    for r in range(40):
        record, _ = replay(c, seed=3, replication=r)
        home, phone = (record[:WEEKS, place(c, name)] for name in ("home_visits", "phone_talks"))
        travel, spoken = (
            record[:WEEKS, place(c, "minutes_travel")],
            record[:WEEKS, place(c, "spoken_persons")],
        )
        assert home.tolist() in ([0] * WEEKS, [0, 1, *[0] * (WEEKS - 2)])
        assert (home + phone).tolist() == [0, 1, 0, 0, 0, 1, 0, 0]
        assert travel.tolist() == (10 * home).tolist()
        assert spoken[-1] == 1
        seen.add(int(home[1]))
    assert seen == {0, 1}


def test_an_unanswered_mail_is_followed_by_a_call() -> None:
    """A mail (6 minutes) in week 0 gets no answer, a call (8) in week 1 does: spoken to in week 2."""
    reach = np.ones((3, 3, 4, 3))
    reach[:, :, 3, 0] = 0
    minutes = np.zeros((3, 4, 3), int)
    minutes[:, 3] = [6, 8, 8]
    c = certain(
        channel=channels(mail=1.0),
        reach=reach,
        letter_minutes=minutes,
        attempts=np.array([[2, 2, 2, 3]] * 3),
        answer_weeks=1,
        **stock({"state": State.IN_CONTACT, "contact": 1, "age": 3, "wait": 1, "count": 1}),
    )
    Course(c).shows("""
        minutes_letter      6 0 0 0 0 6 0 0
        minutes_next_letter 0 8 0 0 0 0 8 0
        mails_answered      0 0 0 0 0 0 0 0
        phone_talks         0 0 1 0 0 0 0 1
        conversations       0 0 1 0 0 0 0 1
    """)


def test_an_answered_mail_is_contact_and_no_conversation() -> None:
    """Written in week 0 and answered in week 1: in contact for 52 weeks, never spoken to."""
    c = certain(
        channel=channels(mail=1.0),
        talk_minutes=0,
        travel_minutes=0,
        reminder_minutes=0,
        **stock({"state": State.IN_CONTACT, "contact": 1, "wait": 1, "count": 1}),
    )
    Course(c).shows("""
        mails_answered       0 1 0 0 0 1 0 0
        conversations        0 0 0 0 0 0 0 0
        contact_persons      0 1 1 1 1 1 1 1
        spoken_persons       0 0 0 0 0 0 0 0
        approached_persons   1 1 1 1 1 1 1 1
        minutes_registration 0 5 0 0 0 5 0 0
    """)
    Course(c.replace(mail_counts=False)).shows("""
        mails_answered       0 1 0 0 0 1 0 0
        contact_persons      0 0 0 0 0 0 0 0
        approached_persons   1 1 1 1 1 1 1 1
    """)


def test_the_less_noncommittal_approach_comes_to_the_office_with_a_call() -> None:
    """Decliners get it, others do not: the office where anybody comes, a reminder call, other acceptance."""
    accept = np.ones((3, 4, len(certain().after_accept), 1))
    accept[1, 1] = 0
    accept[0, 0] = 0
    c = certain(
        channel=channels(home=0.9, office=0.1),
        approach=np.array([[0, 0, 0, 0, 0, 1]]),
        accept=accept,
        reminder=False,
        definitive=1,
        **stock({"state": State.DECLINED, "wait": 0, "count": 1}),
    )
    assert sum(Course(c)["accepted"]) == 0
    accept[1, 1] = 1
    yes = Course(c.replace(accept=accept))
    assert sum(yes["office_talks"][:3]) == 1
    assert sum(yes["minutes_reminder_call"][:3]) == 3


def test_who_asks_for_contact_more_often_gets_it() -> None:
    c = certain(need=1, need_interval=2, **stock({"state": State.NEVER_INVITED, "count": 1}))
    assert Course(c)["conversations"] == [0, 1, 0, 1, 0, 1, 0, 1]


def test_promise_limit_holds_letters_back() -> None:
    """Each first invitation promises 60; with 130 promised at most two are open at a time."""
    c = certain(promise_limit=130, minutes_available=np.full(WEEKS, 500))
    got = Course(c)
    assert got["letters"][:3] == [2, 0, 2]  # the conversations of week 1 make room from week 2 on
    assert got["minutes_promised"][:3] == [120, 0, 120]


def test_a_conversation_makes_room_for_every_queue_alike() -> None:
    """Four new people before, two who declined behind the conversations: first letters go first."""
    lanes = np.arange(6)[:, None]
    lanes[[at.Q_FIRST, at.Q_APPOINTMENT]] = lanes[[at.Q_APPOINTMENT, at.Q_FIRST]]
    cells = stock(
        {"state": State.NEVER_INVITED, "count": 4}, {"state": State.DECLINED, "wait": 0, "count": 2}
    )
    hours = np.full(WEEKS, 500)
    got = Course(certain(promise_limit=130, minutes_available=hours, lane=lanes, interval=20, **cells))
    assert got["never_invited"][:6] == [2, 2, 0, 0, 0, 0]
    assert got["declined"][:6] == [2, 2, 2, 2, 0, 0]


def test_first_and_other_invitations_have_limits_of_their_own() -> None:
    """Four new people and four who are due, promises of 60 and 100: one limit binds at a time."""
    cells = stock(
        {"state": State.NEVER_INVITED, "count": 4},
        {"state": State.IN_CONTACT, "contact": 1, "wait": 0, "count": 4},
    )
    c = certain(minutes_available=np.full(WEEKS, 5000), **cells)
    first = c.replace(promise_limit_first=130)
    others = c.replace(promise_limit_others=230)
    together = c.replace(promise_limit=230)
    a_week = c.replace(promise_limit=4000, start_share=30)  # 120 minutes a week
    courses = [Course(one) for one in (c, first, others, together, a_week)]
    found = [[one[name][0] for name in ("invitations", "follow_up_invitations")] for one in courses]
    assert found == [[8, 4], [6, 4], [6, 2], [2, 2], [1, 1]]


def test_an_invitation_made_again_has_neither_what_is_kept_for_follow_ups_nor_for_first_ones() -> None:
    """Four new people and four who declined, promises of 60: two of all fit, or two of those who declined."""
    cells = stock(
        {"state": State.NEVER_INVITED, "count": 4}, {"state": State.DECLINED, "wait": 0, "count": 4}
    )
    c = certain(minutes_available=np.full(WEEKS, 5000), **cells)
    first = c.replace(promise_limit_first=130)
    others = c.replace(promise_limit_others=130)
    assert [Course(one)["invitations"][0] for one in (c, first, others)] == [8, 2, 6]


def test_a_yes_promises_what_the_conversation_takes() -> None:
    """Thirty minutes promised to a letter, sixty after the yes, none after the conversation."""
    both = np.broadcast_to(np.array([30, 60])[:, None, None, None], (2, 2, 4, 1))
    c = certain(
        promise_minutes=both, appointment_weeks=2, **stock({"state": State.NEVER_INVITED, "count": 1})
    )
    assert Course(c)["minutes_promised"][:5] == [30, 60, 60, 0, 0]


def served(c: Compiled) -> list[tuple[int, int]]:
    """Week and person of every letter of the starting stock, in order."""
    log = replay(c, seed=3, replication=0)[1]
    return [(int(t), int(i)) for t, w, i, e, _, _ in log if e == at.L_LETTER and w == 0]


def test_longest_waiting_first_or_newest_first() -> None:
    """Persons 0-2 waited 1 week, 3-5 five weeks; hours for one letter a week."""
    cells = stock(
        {"state": State.NEVER_INVITED, "wait": 1, "count": 3},
        {"state": State.NEVER_INVITED, "wait": 5, "count": 3},
    )
    c = certain(weeks=6, minutes_available=np.full(6, 20), accept=0, definitive=1, **cells)
    oldest = served(c)
    newest = served(c.replace(newest_first=True))
    assert [t for t, _ in oldest] == list(range(6))
    assert {i for t, i in oldest if t < 3} == {3, 4, 5}
    assert {i for t, i in newest if t < 3} == {0, 1, 2}


def test_order_among_equals_is_random_and_drawn_anew() -> None:
    """Who joined in one week is served in any order: everybody is first about as often."""
    c = certain(weeks=1, minutes_available=np.full(1, 20))
    first = np.zeros(4)
    for r in range(400):
        log = replay(c, seed=9, replication=r)[1]
        first[next(int(i) for _, _, i, e, _, _ in log if e == at.L_LETTER)] += 1
    assert np.max(np.abs(first - 100)) < 4.5 * np.sqrt(400 * 0.25 * 0.75)


def test_lanes_go_in_their_order() -> None:
    """Follow-up before first or the other way round, with hours for one letter."""
    cells = stock(
        {"state": State.NEVER_INVITED, "wait": 9, "count": 1},
        {"state": State.IN_CONTACT, "contact": 1, "wait": 0, "count": 1},
    )
    c = certain(weeks=1, minutes_available=np.full(1, 20), **cells)
    assert served(c) == [(0, 1)]
    assert served(c.replace(lane=np.array([[0], [1], [3], [2], [4], [5]]))) == [(0, 0)]
    assert served(c.replace(lane=np.array([[0], [1], [2], [2], [2], [2]]))) == [
        (0, 0)
    ]  # one lane: longest waiting


def test_handover_and_initiative_are_paid_from_the_next_week() -> None:
    """Services outside: 90 minutes of handover; two people in contact ask for 30 minutes a week."""
    outside = np.array([[[0, 1, 0, 0, 0]]] * 2, dtype=float)
    c = certain(
        weeks=4,
        outcome=outside,
        overrun_probability=0,
        initiative_per_1000=15_000,
        handover_minutes=np.array([40, 90]),
        services_end=0,
        **stock(
            {"state": State.NEVER_INVITED, "count": 1},
            {"state": State.IN_CONTACT, "contact": 1, "age": 1, "wait": 50, "count": 2},
        ),
    )
    Course(c).shows("""
        minutes_initiative 30 30 30 30
        minutes_handover   0 90 0 0
        minutes_debt       0 90 20 0
        minutes_used       50 180 30 30
        minutes_lost       50 10 0 50
        outside_services   0 1 1 1
        group_size         3 2 2 2
    """)


def test_quarters_and_the_whole_run_add_up() -> None:
    """Weeks 0-11 begin in the last quarter of 2019, the rest in the first of 2020."""
    c = certain(weeks=20)
    record, _ = replay(c, seed=0, replication=0)
    weeks, talks, group, debt = (
        record[:20],
        place(c, "conversations"),
        place(c, "in_contact"),
        place(c, "minutes_debt"),
    )
    assert record.shape[0] == 20 + 2 + 1
    assert record[20, talks] == weeks[:13, talks].sum()
    assert record[21, talks] == weeks[13:, talks].sum()
    assert record[20, group] == weeks[12, group]
    assert record[21, debt] == weeks[19, debt]
    assert record[22, talks] == weeks[:, talks].sum()
    assert record[22, group] == weeks[:, group].sum()
