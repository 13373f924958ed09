"""Puts a figure into a page: an SVG file becomes part of the HTML, without repeating what the page says.

The file stands alone, with title, subtitle and status line in the drawing. On the page these are text, so
the inline copy leaves them out; its labels keep the names of their numbers, its ids are its own, and its
letters are those of the page.
"""

from __future__ import annotations

import html
import re

_STATUS = "t:figures.status"
_GROUP = r'[ \t]*<g id="{}(?:#\d+)?">.*?</g>\n?'
_SIZE = re.compile(r"font-size: ([\d.]+)px|font: (?:\w+ )*([\d.]+)px")
_BOX = re.compile(r'viewBox="([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)"')
_ID = re.compile(r' id="([^"]*)"')
_FAMILY = re.compile(r"font-family: [^;\"]*(?:; )?|(font: (?:\w+ )*[\d.]+px) [^;\"]*")
_PATH = re.compile(r'<path d="([^"]*)"[^>]*?style="([^"]*)"')
_PAIR = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
_BACKGROUND = re.compile(r'[ \t]*<path d="[^"]*" style="fill: #ffffff"/>\n?')
_GAP = 4.0
"""Points left around the drawing."""


def _extent(svg: str) -> tuple[float, float]:
    """Return the highest and the lowest point of what is drawn, in points."""
    body = re.sub(r"<defs>.*?</defs>", "", svg, flags=re.DOTALL)
    heights = [float(y) for shape, _ in _PATH.findall(body) for _, y in _PAIR.findall(shape)]
    heights += [float(y) for y in re.findall(r'<use [^>]*?\by="([-\d.]+)"', body)]
    for line, y in re.findall(r'(<text[^>]*?\by="([-\d.]+)"[^>]*>)', body):
        size = _SIZE.search(line)
        above = float(size[1] or size[2]) if size else 0.0
        heights += [float(y) - above, float(y) + above / 3]
    return min(heights), max(heights)


def crop(svg: str, key: str) -> str:
    """Return the drawing without its title, subtitle, status line and background, and without their room."""
    box = _BOX.search(svg)
    if box is None:
        return svg
    left, top, width, height = (float(part) for part in box.groups())
    for name in (f"t:{key}.title", f"t:{key}.subtitle", _STATUS):
        svg = re.sub(_GROUP.format(re.escape(name)), "", svg, flags=re.DOTALL)
    svg = _BACKGROUND.sub("", svg)
    highest, lowest = _extent(svg)
    above, below = max(top, highest - _GAP), min(top + height, lowest + _GAP)
    return _BOX.sub(f'viewBox="{left:g} {above:g} {width:g} {below - above:g}"', svg, count=1)


def _identity(prefix: str, used: set[str], found: re.Match[str]) -> str:
    name = found[1]
    if name.startswith(("n:", "t:")):
        return f' data-label="{re.sub(r"#[0-9]+$", "", name)}"'
    if re.fullmatch(r"[xy]tick_\d+", name):
        return ' data-tick=""'
    return f' id="{prefix}-{name}"' if name in used else ""


def inline(svg: str, name: str, key: str, title: str, alternative: str) -> str:
    """Return a figure as part of a page.

    Parameters
    ----------
    svg
        The figure's file, from its ``<svg`` element on.
    name
        The exhibit's name: prefix of all ids, and of ``NAME-title`` and ``NAME-alt``, the elements on the
        page that hold title and text alternative.
    key
        Prefix of the exhibit's sentences.
    title, alternative
        What a screen reader says: the message, and the text that does the figure's job.
    """
    svg = re.sub(r"\s*<style.*?</style>", "", crop(svg, key), count=1, flags=re.DOTALL)
    svg = re.sub(r"\s*<defs>\s*</defs>", "", svg)
    used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
    svg = _ID.sub(lambda found: _identity(name, used, found), svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r'(?:xlink:)?href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    svg = _FAMILY.sub(lambda found: f"{found[1]} inherit" if found[1] else "", svg)
    svg = re.sub(r' transform="rotate\(-?0 [^"]*\)"', "", svg)
    box = _BOX.search(svg)
    width = float(box[3]) if box else 0.0
    root = (
        f'<svg {box[0] if box else ""} role="img" aria-labelledby="{name}-svg-title {name}-svg-desc" '
        f'style="max-width:{width * 4 / 3:g}px" stroke-linejoin="round" stroke-linecap="butt">'
        f'<title id="{name}-svg-title" data-same="{name}-title">{html.escape(title, quote=False)}</title>'
        f'<desc id="{name}-svg-desc" data-same="{name}-alt">{html.escape(alternative, quote=False)}</desc>'
    )
    svg = re.sub(r"<svg[^>]*>", lambda _: root, svg, count=1)
    return re.sub(r"\n\s*", "\n", svg).strip()
