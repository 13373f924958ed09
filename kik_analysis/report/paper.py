"""The page on paper: a tagged PDF, printed by Chromium where that is installed.

A PDF holds the time it was made, so it is no part of what two runs are compared by. Printing is done on this
machine alone: names of other machines are not looked up, and what is still asked for meets a closed door.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from kik_analysis.errors import RunError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 120
_FLAGS = (
    "headless disable-gpu disable-dev-shm-usage no-first-run no-default-browser-check no-pings "
    "disable-extensions disable-background-networking disable-component-update disable-sync "
    "disable-default-apps disable-domain-reliability disable-client-side-phishing-detection disable-breakpad "
    "metrics-recording-only dns-prefetch-disable no-pdf-header-footer export-tagged-pdf "
    "generate-pdf-document-outline proxy-server=127.0.0.1:9 "
    "disable-features=AsyncDns,DnsOverHttps,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication"
)
"""Among them: no service asks the network of its own accord, and what still does finds a closed door."""


def program() -> str | None:
    """Return the path of an installed Chromium, or None."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def flags() -> list[str]:
    """Return how Chromium is started: without the network, and with its sandbox unless we are root."""
    own = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [*(f"--{flag}" for flag in _FLAGS.split()), "--host-resolver-rules=MAP * ~NOTFOUND", *own]


def write(page: Path, target: Path, *, opened: bool = False) -> None:
    """Print a page of the report as a tagged PDF.

    ``page``: The HTML file; its title and language become those of the PDF. ``target``: The PDF to write.
    ``opened``: whether what is folded is printed too: the whole report, not the council's edition alone.
    RunError when Chromium is not installed, fails, or takes longer than two minutes.
    """
    browser = program()
    if browser is None:
        raise RunError(f"no PDF: none of {', '.join(PROGRAMS)} is installed")
    with tempfile.TemporaryDirectory(prefix="kik-paper-") as profile:
        source = page
        if opened:
            source = Path(profile) / page.name
            whole = page.read_text(encoding="utf-8").replace("<details", "<details open")
            source.write_text(whole, encoding="utf-8")
        places = [
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target.resolve()}",
            source.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(
                [browser, *flags(), *places], capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise RunError(
                f"no PDF of {page.name}: Chromium was not ready within {SECONDS} seconds"
            ) from None
    if done.returncode != 0 or not target.is_file():
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise RunError(f"no PDF of {page.name}: Chromium ended with code {done.returncode}: {last[:200]}")


def print_all(pages: Iterable[Path]) -> list[str]:
    """Print pages beside themselves where Chromium is installed: ``nl.pdf``, and all of it ``nl-naslag.pdf``.

    A report without its PDFs is whole: what went wrong is returned, one line per page, for the log.
    """
    problems: list[str] = []
    for page in pages if program() else ():
        for name, opened in (("", False), ("-naslag" if page.stem == "nl" else "-reference", True)):
            try:
                write(page, page.with_name(f"{page.stem}{name}.pdf"), opened=opened)
            except RunError as error:
                problems += error.lines
    return problems
