"""A page opens offline, fits a phone, obeys the keyboard and prints everything."""

import pytest

FOCUSABLE = "a[href], summary, [tabindex='0']"
SEEN = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {tag: one.tagName, text: one.textContent.trim().slice(0, 40), style: style.outlineStyle,
          width: parseFloat(style.outlineWidth), top: box.top, left: box.left, height: box.height}
}"""
CLIPPED = """() => [...document.querySelectorAll('.drawing svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 1 || box.bottom > frame.bottom + 1
  }).map(text => text.textContent)
})"""


def test_the_page_works_without_scripts(opened):
    page = opened("nl", javascript=False)
    assert page.locator("h1").inner_text().startswith("Kansen in Kaart")
    page.locator("main summary").first.click()
    assert page.locator("details[open] p").first.is_visible()


@pytest.mark.long(every=6)
@pytest.mark.parametrize(("lang", "width"), [(x, w) for x in ("nl", "en") for w in (320, 768, 1280)])
def test_a_page_scrolls_only_down_cuts_no_label_and_asks_for_nothing_but_itself(opened, report, lang, width):
    page = opened(lang, width, unfold=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".drawing svg text").count() > 5
    assert page.evaluate(CLIPPED) == []
    page.wait_for_timeout(300)
    assert page.asked_for == [(report / f"{lang}.html").as_uri()]


@pytest.mark.long
def test_wide_content_scrolls_in_regions_of_its_own(opened):
    page = opened("nl", 320, unfold=True)
    scrolling = page.evaluate(
        "[...document.querySelectorAll('.table, .drawing, pre')]"
        ".filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => [one.tabIndex, one.getAttribute('role')])"
    )
    assert len(scrolling) > 3
    assert all(tab == 0 for tab, _ in scrolling)


@pytest.mark.long
def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened):
    page = opened("nl", 390, unfold=True)
    wanted = page.evaluate(
        f"[...document.querySelectorAll({FOCUSABLE!r})].filter(one => one.checkVisibility()).length"
    )
    steps = min(wanted, 60)
    assert steps > 15
    for step in range(steps):
        page.keyboard.press("Tab")
        seen = page.evaluate(SEEN)
        assert seen["style"] == "solid", seen
        assert seen["width"] >= 2, seen
        if step == 0:
            assert seen["text"] == "Naar de inhoud"
            assert seen["top"] >= 0


@pytest.mark.long
def test_the_skip_link_leads_to_the_content(opened):
    page = opened("nl", 390)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    above = "[...document.querySelectorAll('header a, nav a')].filter(one => one.checkVisibility()).length"
    assert page.evaluate(above) == 0  # the answer comes first; what there is more stands folded
    assert page.url.endswith("#content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.long
def test_targets_in_menus_are_large_enough(opened):
    page = opened("nl", 320, unfold=True)
    heights = page.evaluate(
        "[...document.querySelectorAll('nav details a, summary, td a, .sources a, .colophon a')]"
        ".map(one => one.getBoundingClientRect().height)"
    )
    assert len(heights) > 8
    assert min(heights) >= 24


@pytest.mark.long
def test_a_label_that_is_cut_off_would_be_found(opened):
    page = opened("nl", 1280)
    page.evaluate("document.querySelector('.drawing svg text').setAttribute('x', '-40')")
    assert len(page.evaluate(CLIPPED)) == 1


@pytest.mark.long
def test_paper_has_what_is_open_and_leaves_out_what_cannot_be_clicked(opened):
    page = opened("nl")
    page.emulate_media(media="print")
    sections = "[...document.querySelectorAll('main > section')]"
    sections += ".filter(one => one.checkVisibility() === {}).map(one => one.id)"
    assert page.evaluate(sections.format("true")) == ["first", "figures"]
    for gone in (".contents", ".skip", "details.alternative", ".colophon", ".edition", ".drawing.narrow"):
        assert page.locator(gone).first.evaluate("one => getComputedStyle(one).display") == "none"
    whole = opened("nl", unfold=True)
    whole.emulate_media(media="print")
    hidden = whole.evaluate(sections.format("false"))
    assert hidden == ["bounds"]  # its figure stands in front, its long table in the workbook


@pytest.mark.long(every=2)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_on_a_phone_no_figure_is_cut_and_letters_are_large_enough(opened, lang):
    page = opened(lang, 360, unfold=True)
    regions = "[...document.querySelectorAll('.drawing')].filter(one => one.checkVisibility())"
    assert page.evaluate(f"{regions}.length") >= 4
    assert page.evaluate(f"{regions}.filter(one => one.scrollWidth > one.clientWidth + 1).length") == 0
    sizes = page.evaluate(
        f"{regions}.flatMap(one => [...one.querySelectorAll('text')].map(text => "
        "parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a))"
    )
    assert min(sizes) >= 11.9


def test_a_figure_has_a_narrow_drawing_or_its_table_on_a_phone(opened):
    page = opened("nl", 360, unfold=True)
    drawn = "[...document.querySelectorAll('.drawing:not(.narrow)')]"
    drawn += ".map(one => one.closest('.exhibit, section'))"
    assert page.evaluate(f"{drawn}.length") >= 4
    without = f"{drawn}.filter(one => !one.querySelector('.drawing.narrow, details.instead')).length"
    assert page.evaluate(without) == 0
    for instead in page.locator("details.instead").all():
        assert instead.locator("table").first.is_visible()
