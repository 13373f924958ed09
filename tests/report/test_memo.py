"""The summary for a memo: what the first page says, on one A4, in its language, the same bytes twice."""

import report_sample
from docx import Document
from docx.shared import Mm

from kik_analysis.report import page, paper, publish


def test_it_says_what_the_first_page_says_and_nothing_else(built, numbers):
    for lang, name in paper.MEMOS.items():
        made = Document(built / "report" / name)
        said = [one.text for one in made.paragraphs if one.style.name == "List Bullet"]
        first = page.first_page(publish.read_all(built), numbers, lang)
        assert said == [one.text.plain for part in first.values() for one in part]
        assert len(made.inline_shapes) == 1
        assert report_sample.DIGEST in made.paragraphs[-1].text
        assert made.core_properties.author == ""
        sides = made.sections[0].page_width, made.sections[0].page_height
        assert [round(side / Mm(1)) for side in sides] == [210, 297]


def test_the_figure_has_a_text_that_does_its_job_and_the_words_their_language(built):
    for lang, tag in (("nl", "nl-NL"), ("en", "en-GB")):
        xml = Document(built / "report" / paper.MEMOS[lang]).element.xml
        assert 'descr="' in xml
        styles = Document(built / "report" / paper.MEMOS[lang]).styles.element.xml
        assert f'w:val="{tag}"' in styles


def test_the_same_run_gives_the_same_bytes(built, staging):
    again = report_sample.run(staging)
    for name in paper.MEMOS.values():
        assert (again / "report" / name).read_bytes() == (built / "report" / name).read_bytes()
