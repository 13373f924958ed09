"""A theme changes colours and letters, and can never make the report fetch anything."""

from pathlib import Path

import pytest
import report_sample

from kik_analysis.errors import InputError
from kik_analysis.report import page

GOOD = """
.gemeente-theme {
  --basis-color-default-color-document: #222222; /* see https://example.org */
  --basis-heading-color: rebeccapurple;
}
@font-face { font-family: "X"; src: url("data:font/woff2;base64,AAAA"); }
"""
BAD = Path(__file__).with_name("fetching_themes.txt").read_text("utf-8").splitlines()


def write(tmp_path, css):
    path = tmp_path / "theme.css"
    path.write_text(css)
    return path


def test_a_good_theme_comes_after_our_own_style(staging, tmp_path):
    css = page.load_theme(write(tmp_path, GOOD))
    assert css == GOOD
    html = (report_sample.run(staging, theme=css) / "report/nl.html").read_text()
    assert '<html lang="nl" class="gemeente-theme">' in html
    style = html[html.index("<style>") : html.index("</style>")]
    assert style.index("rebeccapurple") > style.index("--basis-heading-color: #1a1a1a")


@pytest.mark.parametrize("css", BAD)
def test_a_theme_that_fetches_is_refused_in_one_line(tmp_path, css):
    with pytest.raises(InputError) as caught:
        page.load_theme(write(tmp_path, f"a {{ color: red }}\n{css}\n".replace("\\n", "\n")))
    assert all("theme.css:2: fetches another file" in line for line in caught.value.lines)


@pytest.mark.parametrize(
    ("make", "said"),
    [(lambda path: None, "no such file"), (lambda path: path.write_bytes(b"\xff\x00"), "not text in UTF-8"),
     (lambda path: path.write_bytes(b" " * (page.LARGEST_THEME + 1)), "at most 1000000 bytes"),
     (lambda path: path.symlink_to("/dev/zero"), "a pipe or device")],
)  # fmt: skip
def test_what_is_no_theme_is_refused_at_once(tmp_path, make, said):
    make(tmp_path / "theme.css")
    with pytest.raises(InputError, match=said):
        page.load_theme(tmp_path / "theme.css")
