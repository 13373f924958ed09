"""The way to seaborn that docs/caseload.md shows: it draws the whole group, one line for each measure."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest

import kik_analysis as kik

DOCS = Path(__file__).resolve().parents[2] / "docs" / "caseload.md"


@pytest.fixture
def axes():
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield plt.figure().add_subplot()
    plt.close("all")


def test_the_line_of_the_docs_draws_each_measure_of_the_whole_group(axes):
    result = kik.simulate(kik.load_scenario(None, {"run.weeks": 26}), replications=2)
    (shown,) = re.findall(r"```python\n(import seaborn as sns\n.*?)```", DOCS.read_text("utf-8"), re.S)
    exec(shown, {"result": result})
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.lines if len(line.get_ydata())}
    frame = result.weekly(measures=["overdue", "backlog"])
    expected = [group["mean"].to_list() for _, group in frame.group_by("measure", maintain_order=True)]
    assert list(drawn.values()) == [pytest.approx(one) for one in expected]
    assert frame["label"].unique().to_list() == [kik.load_scenario().title["en"] + " (run.weeks=26)"]
