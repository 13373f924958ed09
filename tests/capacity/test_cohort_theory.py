"""The closed forms of ``test_theory.py`` and the cases worked by hand once more, for the cohort engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.capacity import cohort_runs, test_by_hand, test_theory

FORMS: tuple[Callable[[], None], ...] = (
    test_theory.test_exit_alone_leaves_binomial_survivors,
    test_theory.test_standings_leave_at_their_own_rate,
    test_theory.test_poisson_inflow_and_exit_give_a_poisson_group,
    test_theory.test_no_hours_no_letters_everybody_falls_due,
    test_theory.test_ample_hours_first_invitations_in_closed_form,
    test_theory.test_willingness_is_a_beta_frailty,
    test_theory.test_letters_without_answer_are_repeated_then_given_up,
    test_theory.test_support_and_services_last_geometrically,
)
#: Cases in which nothing is left to chance, worked by hand (those that need no event log).
BY_HAND: tuple[Callable[[], None], ...] = (
    test_by_hand.test_four_people_and_a_hundred_minutes,
    test_by_hand.test_one_person_who_never_answers,
    test_by_hand.test_one_person_who_never_comes,
    test_by_hand.test_a_contact_stop_and_the_echo,
    test_by_hand.test_promise_limit_holds_letters_back,
    test_by_hand.test_only_part_of_the_conversations_may_take_place,
    test_by_hand.test_handover_and_initiative_are_paid_from_the_next_week,
    test_by_hand.test_quarters_and_the_whole_run_add_up,
)


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.__name__.removeprefix("test_"))
def test_closed_form(form: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_theory, "simulate", cohort_runs.simulate)
    monkeypatch.setattr(test_theory, "replay", cohort_runs.replay)
    form()


@pytest.mark.parametrize(
    ("interval", "lead", "answer", "appointment"), [(10, 4, 2, 1), (7, 0, 1, 0), (12, 11, 3, 2)]
)
def test_stationary_need(
    interval: int, lead: int, answer: int, appointment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_theory, "replay", cohort_runs.replay)
    test_theory.test_stationary_need_of_hours(interval, lead, answer, appointment)


@pytest.mark.parametrize("case", BY_HAND, ids=lambda f: f.__name__.removeprefix("test_"))
def test_by_hand_case(case: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_by_hand, "replay", cohort_runs.replay)
    case()
