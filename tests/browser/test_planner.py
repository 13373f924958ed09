"""The planner on the page, in a real browser: by mouse and keyboard, on a phone, without scripts."""

import polars as pl
import pytest
import report_sample
from axe_playwright_python.sync_playwright import Axe

from kik_analysis.figures import planner
from kik_analysis.parameters.scenario import load_scenario
from kik_analysis.planning import grid
from kik_analysis.report.publish import NOTEBOOK_VARIABLE, OUT_VARIABLE, publish

GAP = {"fte": 27.0, "minutes": 75.0, "phone": 1.0}


def plain(scenario):
    """A grid whose share is a plane in every axis, so that interpolation gives it back exactly."""
    scenario["run.seed"]
    axes = grid.axes(scenario)
    weeks = [f"20{year}-{month}" for year in (20, 21) for month in ("01-06", "04-06", "07-06", "10-05")]
    rows = []
    for fte in axes["fte"]:
        for minutes in axes["minutes"]:
            for phone in axes["phone"]:
                share = 0.1 + 0.02 * fte - 0.001 * minutes + 0.1 * phone
                gone = 40 if fte > 12 else None
                if {"fte": fte, "minutes": minutes, "phone": phone} != GAP:
                    rows += [
                        (fte, minutes, phone, week, share, share - 0.01, share + 0.01, 100 - fte, gone)
                        for week in weeks
                    ]
    names = ["fte", "minutes", "phone", "week", "share", "share_q10", "share_q90", "backlog", "gone"]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None).with_columns(
        pl.col("week").str.to_date()
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = report_sample.publish_all(tmp_path_factory.mktemp("planner") / "sample")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "grid", plain)
        patch.setattr(grid, "error", lambda scenario, points: scenario["run.seed"] * 0 + 0.004)
        patch.setenv(OUT_VARIABLE, str(folder))
        patch.setenv(NOTEBOOK_VARIABLE, "10_history")
        for shown in planner.planner(load_scenario("params/base.yml")):
            publish(shown)
    return report_sample.run(folder) / "report"


def test_a_team_of_another_size_changes_answer_euros_and_line(opened):
    page = opened("nl")
    before = [page.locator(f"#planner-{name}").text_content() for name in ("answer", "euros")]
    course = page.locator("#planner-line").get_attribute("d")
    page.locator("#planner-fte").fill("18")
    page.wait_for_timeout(300)
    after = [page.locator(f"#planner-{name}").text_content() for name in ("answer", "euros")]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert page.locator("#planner-line").get_attribute("d") != course
    assert "18 fte" in after[0]


@pytest.mark.long
def test_between_points_it_interpolates_and_dutch_notation_is_read(opened):
    page = opened("nl")
    minutes = float(page.locator("#planner-minutes").input_value())
    phone = float(page.locator("#planner-phone").input_value()) / 100
    page.locator("#planner-fte-text").fill("9,5")
    page.locator("#planner-fte-text").press("Tab")
    page.wait_for_timeout(300)
    share = 100 * (0.1 + 0.02 * 9.5 - 0.001 * minutes + 0.1 * phone)
    # the range of the runs, wider by the error of interpolation
    low, high = round(share - 1 - 0.4), round(share + 1 + 0.4)
    assert f"tussen {low}% en {high}%" in page.locator("#planner-answer").text_content()
    assert page.locator("#planner-fte").get_attribute("aria-valuetext") == "9,5 fte"


@pytest.mark.long
def test_what_cannot_be_read_is_refused_and_said(opened):
    page = opened("nl")
    for text, wrong in (("negen", True), ("12", False), ("9.5", True), ("11", False), ("900", True)):
        page.locator("#planner-fte-text").fill(text)
        page.locator("#planner-fte-text").press("Tab")
        assert bool(page.locator("#planner-wrong").text_content()) is wrong
        assert page.locator("#planner-fte-text").get_attribute("aria-invalid") == str(wrong).lower()


@pytest.mark.long
def test_a_point_that_failed_is_a_gap_and_nothing_is_drawn_over_it(opened):
    page = opened("en")
    for name, value in (("fte", GAP["fte"]), ("minutes", GAP["minutes"]), ("phone", 100)):
        page.locator(f"#planner-{name}-text").fill(f"{value:g}")
        page.locator(f"#planner-{name}-text").press("Tab")
    page.wait_for_timeout(300)
    assert page.locator("#planner-answer").text_content() == "This point was not computed."
    assert page.locator("#planner-line").get_attribute("d") == ""


@pytest.mark.long
def test_the_keyboard_alone_is_enough_on_a_phone_and_axe_finds_nothing(opened):
    page = opened("nl", 360)
    slider = page.locator("#planner-fte")
    slider.focus()
    before = slider.input_value()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert float(slider.input_value()) == float(before) + 0.5
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found] == []


def test_without_scripts_the_table_is_there_and_nothing_is_lost(opened):
    page = opened("nl", javascript=False)
    assert not page.locator("#planner-live").is_visible()
    assert page.locator("#planner table tbody tr").count() == 24
    assert "berekend uit aannames (Contact in een jaar" in page.locator("#planner").text_content()


@pytest.mark.long
def test_the_page_allows_its_own_script_and_no_other(browser, report):
    page = browser.new_page()
    page.goto((report / "nl.html").as_uri())
    assert page.locator("#planner-live").is_visible()
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert len((report / "nl.html").read_bytes()) < 900_000
    page.close()
