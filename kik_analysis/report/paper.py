"""The page on paper: a tagged PDF, printed by Chromium where that is installed.

A PDF holds the time it was made, so it is no part of what two runs are compared by.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from kik_analysis.errors import RunError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 120
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-pdf-header-footer",
    "--export-tagged-pdf",
    "--generate-pdf-document-outline",
)


def program() -> str | None:
    """Return the path of an installed Chromium, or None."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def available() -> bool:
    """Tell whether a PDF can be made on this machine."""
    return program() is not None


def write(page: Path, target: Path) -> None:
    """Print a page of the report as a tagged PDF.

    Parameters
    ----------
    page
        The HTML file; its title and language become those of the PDF.
    target
        The PDF to write.

    Raises
    ------
    RunError
        When Chromium is not installed, fails, or takes longer than two minutes.
    """
    browser = program()
    if browser is None:
        raise RunError(f"no PDF: none of {', '.join(PROGRAMS)} is installed")
    with tempfile.TemporaryDirectory(prefix="kik-paper-") as profile:
        command = [
            browser,
            *_FLAGS,
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target.resolve()}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise RunError(
                f"no PDF of {page.name}: Chromium was not ready within {SECONDS} seconds"
            ) from None
    if done.returncode != 0 or not target.is_file():
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise RunError(f"no PDF of {page.name}: Chromium ended with code {done.returncode}: {last[:200]}")


def print_all(pages: Iterable[Path]) -> list[str]:
    """Print pages beside themselves (``nl.html`` as ``nl.pdf``) where Chromium is installed.

    A report without its PDFs is whole: what went wrong is returned, one line per page, for the log.
    """
    problems: list[str] = []
    if available():
        for page in pages:
            try:
                write(page, page.with_suffix(".pdf"))
            except RunError as error:
                problems += error.lines
    return problems
