"""The answers of the base, from a few draws: what they say is tested, not how precise they are."""

import pytest
import whole

from kik_analysis import project
from kik_analysis.answers import answer
from kik_analysis.answers.runs import Runs
from kik_analysis.parameters.scenario import load_scenario

DRAWS = 6


@pytest.fixture(scope="session")
def runs():
    weeks = {} if whole.anew else {"run.weeks": 70}  # sentences hold for any scenario; the long form: all
    return Runs(load_scenario(None, {"run.replications": 8, **weeks}), DRAWS)


@pytest.fixture(scope="session")
def answers(runs):
    return answer.answers(project.params("base.yml"), runs)
