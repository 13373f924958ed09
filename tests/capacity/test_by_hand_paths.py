"""More little cases worked out by hand: one path through the model each."""

from typing import Any

import numpy as np

from kik_analysis.capacity import layout
from kik_analysis.capacity.compiled import State
from kik_analysis.capacity.engine import replay, tallies
from kik_analysis.capacity.kernel import names as at
from tests.capacity.cases import accepts, cell, in_segments, letters, stock, twice
from tests.capacity.test_by_hand import WEEKS, Course, certain, served


def test_willingness_moves_through_its_rows() -> None:
    """Row 0: yes (row 1), missed (row 2), no (row 3), then yes (row 4) and a conversation (row 5)."""
    accept = np.array([1, 0, 0, 1, 0, 0], dtype=float)[:, None]
    moves = {
        "after_accept": np.array([1, 1, 2, 4, 4, 5]),
        "after_refusal": np.array([0, 2, 3, 3, 4, 5]),
        "after_conversation": np.array([5, 5, 5, 5, 5, 5]),
    }
    missed = np.zeros((2, 2, 4))
    missed[0, 0] = 1  # without a reminder call, which there is from week 3 on
    row = np.stack([np.eye(6)[[0]], np.eye(6)[[5]]])
    c = certain(
        weeks=10,
        accept=accepts(accept),
        **moves,
        missed=missed,
        rebooked=0,
        definitive=0,
        again_declined=1,
        entry_row=row,
        interval=2,
        lead=1,
        reminder=False,
        **stock({"state": State.NEVER_INVITED, "count": 1}),
    )
    c = c.replace(**twice(c, 3, reminder=np.ones((1, 1), bool)))
    # letters in even weeks; week 1 yes and missed, week 3 no, week 5 yes and spoken to (row 5), then no
    Course(c).shows("""
        accepted      0 1 0 0 0 1 0 0 0 0
        missed        0 1 0 0 0 0 0 0 0 0
        refused       0 0 0 1 0 0 0 1 0 1
        conversations 0 0 0 0 0 1 0 0 0 0
        declined      0 1 0 1 0 0 0 1 0 1
    """)


def test_who_said_no_is_willing_again_from_the_next_yes_on() -> None:
    """Who is in contact says no in week 2 (row 1), is invited again in week 3 and says yes in week 5.

    Who declined before the start is invited again in week 1 and says yes in week 3. A first appointment is
    missed in week 0 (row 1) and not made again; the letter of week 1 is answered with a yes in week 3.
    """
    missed = np.zeros((2, 2, 4))
    missed[0, 0] = 1  # without a reminder call, which there is from week 1 on
    c = certain(
        minutes_available=np.full(WEEKS, 500),
        accept=accepts([[0], [1]]),
        after_accept=[0, 1],
        after_refusal=[1, 1],
        after_conversation=1,
        entry_row=np.stack([np.eye(2)[[0]]] * 2),
        answer_weeks=2,
        appointment_weeks=1,
        missed=missed,
        rebooked=0,
        definitive=0,
        again_declined=1,
        interval=20,
        reminder=False,
    )
    c = c.replace(**twice(c, 1, reminder=np.ones((1, 1), bool)))

    def willing(*cells: dict[str, int]) -> list[int]:
        table = layout.tables(c.replace(**stock(*cells)))
        return [int(tallies([(table, t)], t, seed=0)[0, :, :, 1].sum()) for t in range(WEEKS)]

    assert willing(cell(State.IN_CONTACT, 1, contact=1)) == [1, 1, 0, 0, 0, 1, 1, 1]
    assert willing(cell(State.DECLINED, 1, contact=1, row=1, wait=1)) == [0, 0, 0, 1, 1, 1, 1, 1]
    assert willing(cell(State.APPOINTMENT, 1, kind=2)) == [0, 0, 0, 1, 1, 1, 1, 1]


def test_declined_and_not_reached_wait_in_their_own_queues() -> None:
    cells = stock(
        {"state": State.DECLINED, "wait": 0, "count": 1}, {"state": State.NOT_REACHED, "wait": 0, "count": 1}
    )
    c = certain(weeks=1, minutes_available=np.full(1, 20), **cells)
    assert served(c) == [(0, 1)]
    assert served(c.replace(lane=np.array([[0], [1], [2], [3], [5], [4]]))) == [(0, 0)]


def test_return_from_services_sets_a_due_week() -> None:
    """Back in the first week, due three weeks later; without hours the person is then overdue."""
    c = certain(
        services_end=1,
        interval=3,
        minutes_available=np.zeros(WEEKS),
        **stock({"state": State.OUTSIDE_SERVICES, "contact": 1, "count": 1}),
    )
    Course(c).shows("""
        returns    1 0 0 0 0 0 0 0
        in_contact 1 1 1 0 0 0 0 0
        overdue    0 0 0 1 1 1 1 1
        waiting    0 0 1 1 1 1 1 1
        group_size 1 1 1 1 1 1 1 1
    """)


def test_standing_of_people_who_are_invited() -> None:
    """New people never leave, people in contact leave at once: the follow-up letter makes no difference.

    Support, which keeps people in week 0, ends in that week.
    """
    exits = np.zeros((7, 1))
    exits[1] = 1
    cells = stock(
        {"state": State.NEVER_INVITED, "count": 2},
        {"state": State.IN_CONTACT, "contact": 1, "support": 1, "wait": 0, "count": 1},
    )
    c = certain(
        exit_probability=exits, support_end=1, answer_weeks=4, minutes_available=np.full(WEEKS, 500), **cells
    )
    # in week 4 the new ones say yes and are spoken to
    Course(c).shows("""
        invited    3 2 2 2 0 0 0 0
        exits      0 1 0 0 0 2 0 0
        group_size 3 2 2 2 2 0 0 0
    """)


def test_a_lane_stops_at_what_does_not_fit() -> None:
    """Segment a (60 minutes) waits longer than segment b (30): with 50 minutes nobody is spoken to."""
    base = in_segments(certain(weeks=3), "a", "b")
    talk = base.talk_minutes.copy()
    talk[..., 1] = 12
    c = base.replace(
        talk_minutes=talk,
        minutes_available=np.array([40, 50, 50]),
        **stock(
            {"state": State.NEVER_INVITED, "segment": 0, "wait": 1, "count": 1},
            {"state": State.APPOINTMENT, "segment": 1, "wait": 2, "count": 1},
        ),
    )
    assert Course(c)["conversations"] == [0, 0, 0]
    other_lane = base.lane.copy()
    other_lane[:, 0, 1] = 7
    assert Course(c.replace(lane=other_lane))["conversations"] == [0, 0, 1]


def test_follow_ups_are_missed_at_their_own_rate() -> None:
    missed = np.zeros((2, 2, 4))
    missed[:, 1] = 1
    c = certain(missed=missed, rebooked=0, **stock({"state": State.NEVER_INVITED, "count": 1}))
    # due in week 5, letter in week 4
    Course(c).shows("""
        conversations 0 1 0 0 0 0 0 0
        missed        0 0 0 0 0 1 0 0
    """)


def test_outcome_depends_on_contact_before_the_conversation() -> None:
    """First conversation: support; later ones: own goals."""
    outcome = np.array([[[1, 0, 0, 0, 0]], [[0, 0, 1, 0, 0]]], dtype=float)
    c = certain(
        outcome=outcome,
        support_end=0,
        handover_minutes=0,
        **stock({"state": State.NEVER_INVITED, "count": 1}),
    )
    Course(c).shows("""
        outcome_support 0 1 0 0 0 0 0 0
        in_support      0 1 1 1 1 1 1 1
        in_contact      0 1 1 1 0 1 1 1
    """)


def test_arrivals_are_exposed_from_the_next_week_on() -> None:
    """Everybody leaves at once: each week's two arrivals are there at its end, gone a week later."""
    exits = np.ones((7, 1))
    c = certain(
        exit_probability=exits,
        inflow_fixed=2,
        entry_status=np.array([[0.5, 0.5, 0]]),
        **stock({"state": State.KNOWN_TO_WIJ, "count": 3}),
    )
    Course(c).shows("""
        group_size 2 2 2 2 2 2 2 2
        exits      3 2 2 2 2 2 2 2
        arrivals   2 2 2 2 2 2 2 2
    """)


def test_contact_agreed_at_entry_is_an_appointment() -> None:
    """Enters in week 0 with an appointment in week 2; due in week 6, follow-up letter (7) in week 5."""
    inflow = np.zeros(WEEKS)
    inflow[0] = 1
    c = certain(
        inflow_fixed=inflow,
        entry_status=np.array([[0, 0, 1.0]]),
        appointment_weeks=2,
        letter_minutes=letters([[20, 20], [13, 13], [7, 7]]),
        **stock(),
    )
    Course(c).shows("""
        appointment         1 1 0 0 0 0 1 1
        minutes_letter      0 0 0 0 0 7 0 0
        conversations       0 0 1 0 0 0 0 0
        first_conversations 0 0 0 0 0 0 0 0
        spoken_persons      0 0 1 1 1 1 1 1
        contact_persons     0 0 1 1 1 1 1 1
        minutes_promised    100 100 0 0 0 100 100 100
    """)


def test_place_among_equals_is_drawn_at_each_joining() -> None:
    """Hours for two letters, then for one conversation: who was first is first half the time."""
    c = certain(
        weeks=2, minutes_available=np.array([40, 60]), **stock({"state": State.NEVER_INVITED, "count": 3})
    )
    same, n = 0, 300
    for r in range(n):
        log: Any = replay(c, seed=6, replication=r)[1]
        first = next(int(i) for _, _, i, e, _, _ in log if e == at.L_LETTER)
        same += first == next(int(i) for _, _, i, e, _, _ in log if e == at.L_TALK)
    assert abs(same - n / 2) < 4.5 * np.sqrt(n / 4)


def test_a_colleague_takes_over_what_has_waited_three_weeks() -> None:
    """Of two caseworkers one is always sick: two people are seen at once, the other's two in week 3."""
    c = certain(
        weeks=5, interval=20, caseworkers=2, places=2, fixed_person=True, minutes_available=np.full(5, 500),
        takeover_weeks=3, sick_share=0.5, sick_begins=0, sick_ends=0.0,
        **stock(cell(State.APPOINTMENT, 4, contact=1, kind=2)),
    )  # fmt: skip
    runs = [Course(c, replication=r) for r in range(8)]
    alone = [run for run in runs if run["minutes_available"][0] == c.minutes_available[0]]
    assert alone
    for run in alone:
        run.shows("""
            conversations 2 0 0 2 0
            by_colleague  0 0 0 2 0
            appointment   2 2 2 0 0
        """)


def test_a_joint_invitation_goes_to_who_consents_and_only_once() -> None:
    """One of two people known to WIJ may be invited from week 1 on, says no in week 2, and stays with WIJ."""
    no = certain().accept.copy()
    no[2] = 0  # and a yes under any other approach
    c = certain(
        weeks=6, accept=no, definitive=0, again_declined=1,
        **stock(cell(State.KNOWN_TO_WIJ, 1, wait=1), cell(State.KNOWN_TO_WIJ, 1)),
    )  # fmt: skip
    Course(c).shows("""
        invitations  0 1 0 0 0 0
        refused      0 0 1 0 0 0
        known_to_wij 2 1 2 2 2 2
        declined     0 0 0 0 0 0
    """)


def test_only_so_many_people_are_invited_less_noncommittally() -> None:
    """Four decliners; two of them in the other way, and they say yes where the others say no."""
    accept = 0 * certain().accept
    accept[1] = 1
    c = certain(
        weeks=2, accept=accept, approach=np.array([0, 0, 0, 0, 0, 1]), chosen_most=2,
        **stock(cell(State.DECLINED, 4, wait=0)),
    )  # fmt: skip
    Course(c).shows("""
        invitations 4 0
        accepted    0 2
        refused     0 2
    """)


def test_whom_another_definition_leaves_out() -> None:
    """In week 2 everybody of the group is outside it; who is in services elsewhere stays there."""
    c = certain(
        weeks=4, minutes_available=np.zeros(4), services_end=0,
        moved=np.array([[0], [0], [1], [0]]),
        **stock(cell(State.NEVER_INVITED, 3), cell(State.KNOWN_TO_WIJ, 2),
                cell(State.OUTSIDE_SERVICES, 1, contact=1)),
    )  # fmt: skip
    Course(c).shows("""
        group_size       5 5 0 0
        exits            0 0 5 0
        outside_services 1 1 1 1
    """)


def test_another_lead_and_another_order_count_for_who_waits_already() -> None:
    """Due in week 9 with a lead of 1: once it is 6, from week 2 on, the letter goes out in week 3."""
    c = certain(weeks=6, lead=1, interval=20,
                **stock(cell(State.IN_CONTACT, 1, contact=1, age=11, wait=9)))  # fmt: skip
    later = c.replace(**twice(c, 2, lead=np.array([[6]])))
    assert Course(c)["invitations"] == [0] * 6
    assert Course(later)["invitations"] == [0, 0, 0, 1, 0, 0]
    cells = stock(cell(State.DECLINED, 1, wait=0), cell(State.NOT_REACHED, 1, wait=0))
    c = certain(weeks=2, minutes_available=np.array([0, 20]), **cells)
    swapped = c.replace(**twice(c, 1, lane=np.array([[[0], [1], [2], [3], [5], [4]]])))
    assert (served(c), served(swapped)) == ([(1, 1)], [(1, 0)])
