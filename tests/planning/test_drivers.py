"""Values of information, against closed forms of a linear and normal toy."""

import math
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest

from kik_analysis.figures import staff, style
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.planning import drivers
from kik_analysis.planning.promise import promise

N = 4000
WEIGHTS = np.array([2.0, 1.0, 0.5])
OVER, UNDER = 80_000.0, 150_000.0
NORMAL = NormalDist()


@pytest.fixture(scope="module")
def toy():
    """Need = 12 + 2 a + b + c / 2: places and losses of many draws."""
    rng, even = np.random.default_rng(3), [NORMAL.inv_cdf((k + 0.5) / N) for k in range(N)]
    places = np.column_stack([rng.permutation(even) for _ in WEIGHTS])
    return places, drivers.Loss(12 + places @ WEIGHTS, OVER, np.full(N, UNDER))


def worth(sd):
    """Expected loss of the best choice where the need is normal with this spread (the newsvendor)."""
    return (OVER + UNDER) * NORMAL.pdf(NORMAL.inv_cdf(UNDER / (OVER + UNDER))) * sd


TOTAL = math.sqrt((WEIGHTS**2).sum())


def test_knowing_everything(toy):
    assert drivers.perfect(toy[1]) == pytest.approx(worth(TOTAL), rel=0.01)


@pytest.mark.parametrize("known", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
def test_knowing_some(toy, known):
    """EVPPI is the fall in expected loss when the spread of the known part is gone."""
    rest = math.sqrt((WEIGHTS[[j for j in range(3) if j not in known]] ** 2).sum())
    exact = worth(TOTAL) - worth(rest)
    assert drivers.partial(toy[1], toy[0][:, known]) == pytest.approx(exact, rel=0.02, abs=worth(TOTAL) / 100)


@pytest.mark.parametrize("error", [0.3, 1.0, 3.0])
def test_what_a_study_is_worth(toy, error):
    """EVSI: a study with standard error e on the prior's scale explains 1 / (1 + e e) of a parameter."""
    places, loss = toy
    left = math.sqrt(TOTAL**2 - WEIGHTS[0] ** 2 / (1 + error**2))
    asked = places[:, [0]], np.array([error])
    found = drivers.study(*asked, lambda seen: drivers.partial(loss, seen), (1,))
    assert found == pytest.approx(worth(TOTAL) - worth(left), rel=0.02, abs=worth(TOTAL) / 100)
    narrower = drivers.study(*asked, lambda seen: drivers.narrowed(loss, seen, (0.1, 0.9)), (1,))
    assert narrower == pytest.approx(2 * NORMAL.inv_cdf(0.9) * (TOTAL - left), rel=0.1, abs=0.1)


def test_knowing_some_where_the_spread_grows_with_the_need():
    """A product of unknowns, and posts that each serve fewer people where more are needed: nested draws."""
    price, people = 70.0, 3000

    def need(a, b, c):
        return np.exp(2.3 + 0.3 * a + 0.15 * a * b + 0.1 * c)

    def least(needs):
        choices = np.linspace(2, 40, 200)[:, None]
        short = price * people / needs
        return np.where(choices > needs, OVER * (choices - needs), short * (needs - choices)).mean(1).min()

    rng = np.random.default_rng(1)
    places = rng.standard_normal((N, 3))
    needs = need(*places.T)
    loss = drivers.Loss(needs, OVER, price * people / needs)
    points, weights = np.polynomial.hermite_e.hermegauss(25)
    inner = rng.standard_normal((2, N))
    exact = least(needs) - np.average([least(need(a, *inner)) for a in points], weights=weights)
    assert 0.8 * exact < drivers.partial(loss, places[:, [0]]) < 1.05 * exact


def test_noise_is_worth_nothing():
    """A parameter that does nothing is worth about nothing, with few draws and many parameters too."""
    rng = np.random.default_rng(5)
    places = rng.standard_normal((200, 12))
    loss = drivers.Loss(12 + 2 * places[:, 0], OVER, np.full(200, UNDER))
    assert drivers.perfect(loss) == pytest.approx(loss.of(loss.needs).mean(axis=0).min())
    assert drivers.partial(loss, places[:, 1:]) < 0.06 * drivers.perfect(loss)
    shares = drivers.explained(places, loss.needs)
    assert shares[0] > 0.98
    assert shares[1:].max() < 0.08


@pytest.mark.parametrize(("explain", "least", "most"), [(0.4, 0.7, 0.9), (0.1, 0.3, 0.65)])
def test_two_hundred_draws_show_a_part_of_what_twenty_parameters_are_worth(explain, least, most):
    """As docs/staff.md says: a need that is linear and normal, whose closed form is the newsvendor's."""
    rng, found = np.random.default_rng(2), []
    for _ in range(60):
        places, rest = rng.standard_normal((199, 20)), rng.standard_normal(199)
        needs = 12 + math.sqrt(explain / 20) * places.sum(axis=1) + math.sqrt(1 - explain) * rest
        found.append(drivers.partial(drivers.Loss(needs, OVER, np.full(199, UNDER)), places))
    assert least < np.mean(found) / (worth(1) - worth(math.sqrt(1 - explain))) < most


def test_shares_of_variance(toy):
    assert drivers.explained(toy[0], toy[1].needs) == pytest.approx(WEIGHTS**2 / TOTAL**2, abs=0.03)


def test_of_a_part_that_is_exact_whenever_it_is_said_there_is_nothing_to_learn():
    phone = load_scenario("params/scenarios/follow_up_by_phone.yml")  # a range in the contact stop alone
    of, path = SimpleNamespace(scenario=phone), "policy.channel_follow_up."
    home, office = (drivers.Drivers._error(of, path + one, 100, 20) for one in ("home", "office"))
    assert home == 0.0 < office


def test_the_figure_of_drivers_has_a_scale():
    ends = {"low": (4.0, 5.0, 7.0), "high": (8.0, 9.0, 17.0)}
    one = SimpleNamespace(path="team.client_time_share", confidence="C", share=0.39, **ends)
    kept, base = {"drivers": [one], "weak": [one], "needs": [1.0] * 20, "never": 0.0}, load_scenario(None)
    kept |= {"layer": "assumptions", "paths": [one.path], "staff": SimpleNamespace(promise=promise(base))}
    figure = staff.staff_drivers(SimpleNamespace(**kept, scenario=base)).draw("nl")
    assert [one.get_text() for one in figure.axes[0].get_xticklabels()][:3] == ["0", "4", "8"]
    assert style.whole(figure)
