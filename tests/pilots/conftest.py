"""Designs for the tests of pilots, read from files as a user writes them."""

import pytest
from pilot_files import COMPLETE, text

from kik_analysis.pilots.design import load_design


@pytest.fixture
def design(tmp_path):
    def make(body=COMPLETE, swap=None):
        file = tmp_path / "p2.yml"
        file.write_text(text(body, swap or {}), "utf-8")
        return load_design(file)

    return make
