"""Designs for the tests of pilots, read from files as a user writes them."""

import pytest
from pilot_files import COMPLETE, text

from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.pilots.design import load_design


@pytest.fixture(scope="session")
def design(tmp_path_factory):
    base = load_scenario()

    def make(body=COMPLETE, swap=None, **parts):
        file = tmp_path_factory.mktemp("design") / "p2.yml"
        file.write_text(text(body, swap, **parts), "utf-8")
        return load_design(file, base)

    return make
