"""Printing asks the network for nothing: every system call of the browser that could is looked at."""

import re
import shutil
import subprocess

import pytest

from kik_analysis.report import paper

CALLS = "connect,sendto,sendmsg,sendmmsg,write,writev"
NETWORK = re.compile(r"\b(\w+)\(\d+<(TCP|UDP)(?:v6)?:")
ASKING = """\
<!doctype html><html lang="nl"><title>Vraagt</title>
<link rel="stylesheet" href="https://fonts.example.org/a.css"><img src="http://192.0.2.7/a.png" alt="">
<h1>Zo</h1>
"""
"""A page that asks for a name and for an address (of the block that is kept for examples)."""


def asked(folder, page, flags) -> list[str]:
    """Print a page under the eyes of strace; return each call that connected by TCP, or sent anything."""
    log = folder / "calls"
    words = ["strace", "-f", "-qq", "-yy", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log)]
    places = [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={folder / 'page.pdf'}", page.as_uri()]
    subprocess.run([*words, paper.program(), *flags, *places], capture_output=True, timeout=300, check=True)
    assert (folder / "page.pdf").is_file()
    text = log.read_text(errors="replace")
    assert "connect(" in text
    # to look which way a packet would go, a browser connects by UDP, which sends none
    return [
        line for line in text.splitlines() if (found := NETWORK.search(line)) and found.groups() != LOOKING
    ]


LOOKING = ("connect", "UDP")


@pytest.fixture
def strace():
    if shutil.which("strace") is None:
        pytest.skip("no strace is installed on this machine")


@pytest.mark.long
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("page", ["report", "asking"])
def test_printing_asks_the_network_for_nothing(report, tmp_path, page):
    asking = tmp_path / "asking.html"
    asking.write_text(ASKING)
    assert asked(tmp_path, report / "nl.html" if page == "report" else asking, paper.flags()) == []


@pytest.mark.long
@pytest.mark.usefixtures("strace")
def test_a_browser_that_is_not_held_back_is_seen_asking(tmp_path):
    asking = tmp_path / "asking.html"
    asking.write_text(ASKING)
    flags = [one for one in paper.flags() if not one.startswith(("--host-resolver-rules", "--proxy-server"))]
    found = asked(tmp_path, asking, flags)
    assert any("192.0.2.7" in line for line in found)
