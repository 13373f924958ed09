"""The pool of histories and the choice from it."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

from kik_analysis import cli, project
from kik_analysis.errors import ModelError
from kik_analysis.people import choice
from kik_analysis.people.histories import NONE, Answer, Kind, calendar, simulate
from kik_analysis.people.targets import BASES, smallest, targets, van_der_corput
from kik_analysis.statistics.rounding import half_up


@pytest.fixture(scope="module")
def aims(scenario, margins):
    return targets(scenario, margins)


@pytest.fixture(scope="module")
def pool(scenario, aims):
    return simulate(scenario, aims, seed=7, people=20000)


def test_nobody_answers_before_or_is_asked_after_leaving(pool, aims):
    there = pool.sent != NONE
    assert (pool.answered[there] > pool.sent[there]).all()
    end = np.where(pool.left == NONE, calendar(aims).weeks, pool.left)
    assert (pool.answered < end[:, None])[there].all()
    assert (pool.sent[:, 0] > pool.entered)[there[:, 0] & (pool.entered > 0)].all()
    assert (pool.sent[:, 1:] > pool.answered[:, :-1])[there[:, 1:]].all()


def test_answers_have_the_probabilities_of_the_parameters(pool, scenario):
    first = pool.answer[:, 0][pool.sent[:, 0] != NONE]
    missed = float(scenario["contact.no_answer_per_attempt"]) ** 2
    n = len(first)
    assert abs(np.mean(first == Answer.NO_CONTACT) - missed) < 4 * (missed * (1 - missed) / n) ** 0.5
    accept = float(scenario["contact.acceptance_first"])
    yes = np.mean(first[first != Answer.NO_CONTACT] == Answer.CONVERSATION)
    assert abs(yes - accept) < 4 * (accept * (1 - accept) / n) ** 0.5


def test_willingness_learns_from_refusals(pool, scenario):
    """Polya's urn: after one refusal (alpha) / (alpha + beta + 1) accepts."""
    mean, size = float(scenario["contact.acceptance_first"]), float(scenario["people.willingness_size"])
    once = (pool.answer[:, 0] == Answer.DECLINED) & (pool.kind[:, 1] == Kind.AGAIN)
    second = pool.answer[once, 1]
    second = second[second != Answer.NO_CONTACT]
    expected = mean * size / (size + 1)
    yes = np.mean(second == Answer.CONVERSATION)
    assert abs(yes - expected) < 4 * (expected * (1 - expected) / len(second)) ** 0.5


def test_the_pool_is_near_the_counts_before_they_are_made_exact(pool, aims):
    here = (pool.left == NONE).sum()
    early = ((pool.sent[:, 0] != NONE) & (pool.sent[:, 0] < calendar(aims).early)).sum()
    assert early / here * aims.group == pytest.approx(aims.approached_early, rel=0.06)


def test_chosen_histories_meet_every_count(pool, aims):
    chosen = choice.choose(pool, calendar(aims), aims, seed=3)
    group, numbers = choice.signatures(pool, calendar(aims))
    assert (group[chosen.invited] == chosen.group).all()
    assert numbers[chosen.invited].sum(axis=0).tolist() == [getattr(aims, name) for name in choice.TOTALS]
    counted = np.bincount(chosen.group, minlength=5).tolist()
    assert counted == [aims.reach["spoken"], aims.reach["declined"], aims.reach["not_reached"],
                       aims.left_spoken, aims.left_not_spoken]  # fmt: skip
    assert 0 < chosen.distance < 0.5


def test_whole_numbers_are_the_nearest_of_all():
    matrix = np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 3.0]])
    weights, aim = np.array([2.4, 1.3, 1.3]), np.array([5, 9])
    found = choice._whole(weights, matrix, aim)
    every = [np.array(one) for one in itertools.product(range(6), repeat=3)]
    fits = [one for one in every if (matrix @ one == aim).all()]
    assert np.abs(found - weights).sum() <= min(np.abs(one - weights).sum() for one in fits) * 1.02 + 1e-9


def test_weights_are_those_of_least_information():
    """Of all weights with a given mean the nearest to equal ones are exponential (Jaynes' dice)."""
    start, matrix = np.full(6, 1 / 6), np.array([np.ones(6), np.arange(1.0, 7.0)])
    found = choice._tilted(start, matrix, np.array([1.0, 4.5]))
    ratios = found[1:] / found[:-1]
    assert found @ np.arange(1, 7) == pytest.approx(4.5)
    assert ratios == pytest.approx(np.full(5, 1.4493), abs=1e-3)


def test_counts_that_cannot_be_are_named(scenario, aims):
    few, wrong = simulate(scenario, aims, seed=7, people=3000), replace(aims, second_invitations=20)
    assert choice.choose(few, calendar(aims), aims, seed=1)  # too few people are not what is wrong
    with pytest.raises(ModelError, match="second_invitations"):
        choice.choose(few, calendar(aims), wrong, seed=1)


def test_a_base_whose_rates_allow_no_such_past_is_told_by_its_line(tmp_path, capsys):
    text = project.params("base.yml").read_text(encoding="utf-8")
    own, line = tmp_path / "base.yml", text[: text.index("exit_rate:")].count("\n") + 1
    own.write_text(re.sub(r"(?m)(inflow_per_week: ).*", r"\g<1>0", text))
    assert cli.main(["check", str(own)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"base.yml:{line}: people.exit_rate: with this and the inflow")
    assert "these cannot all hold: spoken, approached_early" in told


@pytest.mark.parametrize("base", [2, 3, 5, 7])
def test_van_der_corput_mirrors_digits(base):
    for k in range(1, 60):
        mirrored, digits = 0.0, k
        place = 1 / base
        while digits:
            mirrored += digits % base * place
            digits, place = digits // base, place / base
        assert float(van_der_corput(k, base)) == pytest.approx(mirrored)


def test_bases_are_different_primes_and_their_factors_permute_digits():
    bases = [base for base, _ in BASES.values()]
    assert len(set(bases)) == len(bases)
    for base, factor in BASES.values():
        assert all(base % other for other in range(2, base))
        assert len({digit * factor % base for digit in range(base)}) == base


def test_the_smallest_register_has_everybody():
    assert smallest() == 30
    assert half_up(238 * 30 / 6953) == 1
