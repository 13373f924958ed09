"""The committed register and a few draws, each made once."""

import functools

import pytest

from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.people.register import read_register
from kik_analysis.people.synthesis import synthesise
from kik_analysis.people.targets import load_margins


@functools.cache
def made(draw=0, people=None, seed=None):
    return synthesise(load_scenario(), draw=draw, people=people, seed=seed)


@pytest.fixture(scope="session")
def make():
    """Make a register of the base scenario; the same one is made once."""
    return made


@pytest.fixture(scope="session")
def committed():
    return read_register()


@pytest.fixture(scope="session")
def scenario():
    return load_scenario()


@pytest.fixture(scope="session")
def margins():
    return load_margins()
