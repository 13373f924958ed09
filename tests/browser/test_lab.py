"""A fresh copy opened in JupyterLab, as a researcher meets it: not trusted, and its figures show."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kik_analysis.report import paper

ROOT = Path(__file__).resolve().parents[2]
FIGURE = ".jp-Notebook .jp-OutputArea-output img"
DRAWN = "one => one.complete && one.naturalWidth"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start JupyterLab on a copy of a shipped notebook, for someone who never opened one."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(ROOT / "notebooks" / "10_history.ipynb", folder)
    own = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    surroundings = {**os.environ, **own, "HOME": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    words = ["--no-browser", "--port=0", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    if os.geteuid() == 0:
        words.append("--allow-root")
    with (folder / "lab.log").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *words],
            cwd=folder,
            env=surroundings,
            stdout=said,
            stderr=said,
        )
    try:
        until = time.monotonic() + 120
        while not (found := list((folder / "runtime").glob("jpserver-*.json"))) and process.poll() is None:
            assert time.monotonic() < until, (folder / "lab.log").read_text()
            time.sleep(0.1)
        assert found, (folder / "lab.log").read_text()
        yield {**json.loads(found[0].read_text()), "surroundings": surroundings}
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.mark.long
def test_a_notebook_that_nobody_trusts_shows_its_figures(lab, browser):
    # the browser of the other tests asks no network, not even this machine's own
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    running = browser.browser_type.launch(executable_path=paper.program(), args=alone)
    page = running.new_page(viewport={"width": 1280, "height": 1600})

    def first_figure():
        page.goto(f"{lab['url']}lab/tree/10_history.ipynb?token={lab['token']}&reset")
        page.wait_for_selector(FIGURE, timeout=120_000)
        return page.locator(FIGURE).first

    figure = first_figure()
    assert figure.get_attribute("src").startswith("data:image/png;base64,")
    assert figure.evaluate(DRAWN) > 300
    assert figure.is_visible()
    # once it is trusted, the same output is a drawing: so it was not before
    words = [sys.executable, "-m", "jupyter", "trust", "10_history.ipynb"]
    subprocess.run(words, cwd=lab["root_dir"], env=lab["surroundings"], check=True, capture_output=True)
    assert first_figure().get_attribute("src").startswith("data:image/svg+xml")
    running.close()
