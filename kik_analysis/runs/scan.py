"""``kik verify``: does every byte of a result still say what it said when made, and does it name nobody?

Citizen numbers (eleven-test, with a word beside them that says so, or standing alone in a cell), e-mail
addresses, account numbers (check digits of ISO 13616) and Dutch telephone numbers; names, addresses, birth
dates, staff codes and free text where a word beside them, or above them in a table, says so.
"""

import contextlib
import csv
import functools
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from kik_analysis.errors import InputError
from kik_analysis.runs import manifest

_TEXT = {".html", ".csv", ".json", ".txt", ".svg", ".ipynb", ".md", ".css", ".xml"}
_EMBEDDED = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\\n\s]+|\"[A-Za-z0-9+/=\\n]{200,}\"")
_OURS = re.compile(r"\b[0-9a-f]{16,}\b|\"claim:[A-Z]\d{3,4}\"|\"(?:parameter|simulation):[a-z_./]+\"")
_NINE = re.compile(r"(?<![\d.,/-])(\d{9})(?![\d.,/-]*\d)")
_SAYS_SO = re.compile(r"bsn|burgerservice|sofi|citizen|cliëntnummer|clientnummer", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z]{4})(?: ?\d){10}\b")
_PHONE = re.compile(
    r"(?<![\w.,/+-])(?:(?:\+|00)31[ -]?(?:\(0\))?|0)"
    r"(?:6[ -]?\d(?:[ -]?\d){7}|[1-57]\d{1,2}[ -]\d(?:[ -]?\d){5,6})(?![\w.,/-]*\d)"
)
_FREE = r"(?i:opmerking(?:en)?|aantekeningen|gespreksverslag|vrije tekst|free text|(?:case )?notes|comments)"
_PLAIN = {
    "e-mail": r"(?<![\w.+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?![\w@])",
    "name": r"\b(?i:mevrouw|meneer|de heer|(?:dhr|m[wr])\.) (?:[A-Z]\. ?|(?i:van|[dt]e[nr]?) )*[A-Z][a-z]{2}",
    "address": r"\b[A-Z][a-z]+(?:straat|weg|laan|plein|kade|dijk) \d|\b[1-9]\d{3} [A-Z]{2} +[A-Z][a-z]",
    "birth date": r"\b(?i:geboren|geboortedatum|born|birth(?: ?date)?)\W{1,4}(?:o[pn] )?\d+[-/ ]\w+[-/ ]\d",
    "staff code": r"\b(?i:personeelsnummer|medewerkernummer|(?:staff|employee) (?:code|number))\W{1,4}\w*\d",
    "free text": rf"\b{_FREE} ?: ?(?:\w+[ ,.]+){{2}}\w",
}
_BETWEEN_TAGS = re.compile(r">([^<>]+)<")
_NEARBY = 40
"""Characters before a number in which a word may say that it is a citizen number."""
_SMALL = re.compile(r"-?\d{,8}(?:\.\d*)?")  # too few digits for anybody, and most of what tables hold
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def eleven_test(digits: str) -> bool:
    """Tell whether nine digits pass the test that citizen numbers pass (weights 9..2 and -1, by eleven)."""
    total = sum(weight * int(one) for weight, one in zip(_WEIGHTS, digits, strict=True))
    return digits.strip("0") != "" and total % 11 == 0


def iban_test(text: str) -> bool:
    """Tell whether an account number's check digits fit (ISO 13616: remainder one by ninety-seven)."""
    plain = text.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


def text(content: str) -> list[str]:
    """Return the kinds of identifier in a text, each with its line; the identifier itself is not repeated.

    Nine digits that pass the test count only with a word near them that says what they are.
    """
    plain = _OURS.sub("", _EMBEDDED.sub(lambda coded: "\n" * coded[0].count("\n"), content))
    return [f"line {plain.count(chr(10), 0, place) + 1}: {kind}" for place, kind in sorted(_kinds(plain))]


def _kinds(plain: str) -> Iterator[tuple[int, str]]:
    for kind, pattern in _PLAIN.items():
        yield from ((match.start(), kind) for match in re.finditer(pattern, plain))
    yield from ((match.start(), "iban") for match in _IBAN.finditer(plain) if iban_test(match[0]))
    rest = _IBAN.sub(lambda match: "#" * len(match[0]), plain)
    yield from ((match.start(), "telephone") for match in _PHONE.finditer(rest))
    for match in _NINE.finditer(rest):
        before = rest[max(0, match.start() - _NEARBY) : match.start()]
        if eleven_test(match[1]) and _SAYS_SO.search(before):
            yield match.start(), "citizen number"


def table(content: str) -> list[str]:
    """Return the kinds of identifier in a CSV; nine digits that pass the test and fill a cell count too."""
    found, heads = [], content.partition("\n")[0].split(",")
    free = [k for k, head in enumerate(heads) if re.fullmatch(_FREE, head.strip('" \r'))]
    reader = csv.reader(io.StringIO(content))
    try:
        for row in reader:
            said = [row[k] for k in free if k < len(row) and len(row[k].split()) > 2]
            found += [f"line {reader.line_num}: free text"] * len(said)
            found += [f"line {reader.line_num}: {kind}" for cell in row for kind in _in_cell(cell)]
    except csv.Error:
        return text(content)
    return found


@functools.lru_cache(100_000)  # a result tells most of its cells several times
def _in_cell(cell: str) -> tuple[str, ...]:
    alone = cell.strip()
    if re.fullmatch(r"\d{9}", alone) and eleven_test(alone):
        return ("citizen number",)
    return () if _SMALL.fullmatch(cell) else tuple(kind for _, kind in _kinds(cell))


def file(path: Path) -> list[str]:
    """Return the identifiers in a file, as :func:`text`; files that hold no text give none."""
    found: list[str] = []
    if path.suffix in _TEXT:
        content = path.read_text(encoding="utf-8", errors="replace")
        found = table(content) if path.suffix == ".csv" else text(content)
    elif path.suffix in (".xlsx", ".docx"):
        with contextlib.suppress(zipfile.BadZipFile, zlib.error, OSError), zipfile.ZipFile(path) as whole:
            for name in (one for one in whole.namelist() if one.endswith(".xml")):
                cells = _BETWEEN_TAGS.findall(whole.read(name).decode("utf-8", errors="replace"))
                found += [f"{name}: {kind}" for cell in cells for kind in _in_cell(cell)]
    return found


def verify(folder: Path, progress: Callable[[int, int], object] = lambda *_: None) -> tuple[list[str], str]:
    """Compare all files of a result with its manifest and look for identifiers of people.

    ``folder``: a result folder. ``progress``: told files done, of all. Returns a line for each file that is
    missing, differs, is not listed or is a link, and for each identifier; and one line with the outcome.
    InputError when there is no manifest, or it is damaged or newer than this version.
    """
    if not folder.is_dir():
        raise InputError(f"{manifest.shown(folder)}: no such folder")
    own = manifest.load(folder)
    missing, changed = manifest.altered(folder, own)
    problems = [f"{name}: missing" for name in missing]
    problems += [f"{name}: differs from what the run wrote" for name in changed]
    told, strange = ("not part of the result", "is a symbolic link"), dict(manifest.strangers(folder, own))
    problems += [f"{name}: {told[link]}" for name, link in strange.items()]
    there = [name for name in (*own.files, *strange) if name not in missing and not strange.get(name)]
    for done, name in enumerate(there):
        progress(done, len(there))
        problems += [f"{name}: {found}" for found in file(folder / name)]
    if problems:
        return problems, f"{len(problems)} found; {len(own.files)} files compared"
    return [], f"{len(own.files)} files as they were made, no identifier found (result {own.digest[:8]})"
