"""How long `kik fte` takes: the central answer of the base, and two hundred draws of another scenario.

``python -m benchmarks staff``, on two cores with nothing else at work. Aims: 3 seconds to within a quarter of
an fte, and 20 seconds; what the store holds comes at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from kik_analysis.parameters.scenario import load_scenario

CASES = {
    "central answer of the base, 3 s": ["--draws", "0"],
    "base with its draws, from the store": [],
    "another scenario with 200 draws, 20 s": ["params/scenarios/july_2019.yml"],
}


def seconds(words: list[str], cache: str) -> float:
    """Return the wall time of one command, imports and all; kernels are compiled before."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "kik_analysis", "fte", "--quiet", "--json", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "KIK_CACHE": cache})
    return time.perf_counter() - began


def start() -> dict[str, float]:
    """Make what is measured, small: every scenario is there."""
    files = (word for words in CASES.values() for word in words if word.endswith(".yml"))
    return {word: load_scenario(word)["run.weeks"] for word in files}


def main() -> None:
    """Print the wall time of every case, with an empty cache of needs."""
    with tempfile.TemporaryDirectory() as cache:
        seconds(["--draws", "0", "--set", "run.weeks=6"], cache)  # compiles the engine
        for name, words in CASES.items():
            print(f"{seconds(words, cache):6.1f} s  {name}", flush=True)


if __name__ == "__main__":
    main()
