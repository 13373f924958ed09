"""Every benchmark can start: what it measures is made, small, and it is called by its name alone."""

import contextlib
import importlib
import io
import math
import pkgutil
import sys

import pytest

import benchmarks
from benchmarks.__main__ import main

NAMES = [one.name for one in pkgutil.iter_modules(benchmarks.__path__) if one.name != "__main__"]


@pytest.mark.long(every=4)
@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_starts(name):
    module = importlib.import_module(f"benchmarks.{name}")
    with contextlib.redirect_stdout(io.StringIO()):
        made = module.start()
    assert made
    assert all(0 < one < math.inf for one in made.values()), made


def test_a_benchmark_is_called_by_its_name_alone(monkeypatch):
    """``python -m benchmarks register`` once took its own name for a number of people."""
    run = []
    monkeypatch.setattr(sys, "argv", ["benchmarks", "register"])
    monkeypatch.setattr("benchmarks.register.subprocess.run", lambda command, **_: run.append(command[-1]))
    main(sys.argv[1:])
    assert len(run) == 4
    with pytest.raises(SystemExit, match="no benchmark nothing; there are"):
        main(["nothing"])
