"""Bad input: each a sentence with the value, the allowed range and what to change."""

import inspect
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from kik_analysis.errors import InputError, ModelError, ParameterError
from kik_analysis.statistics import estimates, intervals, power

FACES = {"intervals": intervals, "estimates": estimates, "power": power}
NAMES = {**FACES, "np": np, "date": date, "NAN": float("nan"), "INF": float("inf")}
LINES = (Path(__file__).parent / "bad_arguments.txt").read_text(encoding="utf-8").splitlines()
CASES = [line.split(" | ") for line in LINES if not line.startswith("#")]
PUBLIC = [(face, name) for face, module in FACES.items() for name in module.__all__ if name.islower()]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_one_sentence_with_the_value_the_range_and_the_remedy(case):
    call, *parts = case
    with pytest.raises(InputError) as caught:
        eval(call, NAMES)
    sentence = str(caught.value)
    assert len(caught.value.lines) == 1
    assert "\n" not in sentence
    assert len(sentence) < 320
    assert [part for part in parts if part not in sentence] == [], sentence
    assert not sentence.endswith(".")


def test_what_cannot_be_reached_is_another_kind_than_what_is_wrong():
    with pytest.raises(ModelError):
        power.minimum_detectable_effect(0.2, 3, 3)
    with pytest.raises(ParameterError):
        power.minimum_detectable_effect(0.2, 3, 0)


def test_whole_numbers_may_come_as_floats_from_numpy_and_as_exact_numbers():
    for three in (3.0, np.int64(3), np.float32(3), Fraction(3), Decimal(3)):
        assert intervals.proportion(three, 6) == intervals.proportion(3, 6)
    assert power.two_proportions(np.float64(0.3), 0.2, np.int32(50), 50.0) == power.two_proportions(
        0.3, 0.2, 50, 50
    )


def test_a_missing_argument_is_pythons_own_sentence():
    with pytest.raises(TypeError, match=r"proportion\(\) missing 1 required positional argument: 'n'"):
        intervals.proportion(3)


@pytest.mark.parametrize(("face", "name"), PUBLIC)
def test_every_public_function_types_its_arguments_and_says_what_it_raises(face, name):
    function = getattr(FACES[face], name)
    arguments = inspect.signature(function).parameters.values()
    assert all(one.annotation is not inspect.Parameter.empty for one in arguments)
    assert "Annotated" not in str(inspect.signature(function))  # what Jupyter shows under Shift-Tab
    assert "ParameterError" in function.__doc__
    assert [one.name for one in arguments if one.name not in function.__doc__] == []
    with pytest.raises((InputError, TypeError)):
        function(*["three" for one in arguments if one.default is inspect.Parameter.empty])
