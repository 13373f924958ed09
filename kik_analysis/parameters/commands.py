"""What ``kik check``, ``kik new`` and ``kik explain`` do, as functions that print nothing.

``explain`` answers what a parameter, a claim or a number is; its words stand in ``texts/explain.toml``.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import InputError, ParameterError
from kik_analysis.evidence.number import PERCENT
from kik_analysis.evidence.table import rows_of
from kik_analysis.facts.claims import Claim
from kik_analysis.facts.derivation import CLAIM_ID
from kik_analysis.language import notation, sentences
from kik_analysis.language.notation import LANGUAGES, Lang
from kik_analysis.parameters.catalogue import Catalogue, Entry, catalogue, claims, plain, priors, units
from kik_analysis.parameters.differences import as_plain, called, differences, in_words
from kik_analysis.parameters.files import KINDS, find, named_in, shipped
from kik_analysis.parameters.remarks import old_name, shown
from kik_analysis.parameters.scenario import Scenario, load_scenario
from kik_analysis.parameters.schema import PLACE
from kik_analysis.parameters.shapes import Reader
from kik_analysis.parameters.values import Amount, Origin, Value
from kik_analysis.reading import yaml
from kik_analysis.reading.problems import Place, Problems, did_you_mean, visible
from kik_analysis.reading.storage import write_file

Checker = Callable[[Path], object]
"""Reads a file of one kind; raises an InputError whose lines say what is wrong."""

_NAME = re.compile(r"[^\W_][\w-]*\Z")
_PLAIN = re.compile(r"(?!(?i:true|false|null)\Z)[A-Za-z./][\w ./-]*")  # read by YAML as that text alone


def check(files: Iterable[str | Path], checkers: Mapping[str, Checker] | None = None) -> list[str]:
    """Return every problem in the files, one line each; an empty list when all is right.

    ``files``: files of any kind that users write; each says its kind, a scenario may leave it out.
    ``checkers``: what reads the kinds that this part of the package does not know (designs, sweeps, mappings,
    cases).
    """
    if isinstance(files, str | Path):
        raise ParameterError(f"check wants a list of files (got one: {files}; expected [{str(files)!r}])")
    known: dict[str, Checker] = {"scenario": load_scenario, **(checkers or {})}
    lines: list[str] = []
    for path in map(Path, files):
        problems = Problems()
        kind, line = _kind(path, problems)
        try:
            problems.raise_if_any()
            if kind in known:
                known[kind](path)
            else:
                lines.append(f"{path}:{line}: kind: this version cannot check a {kind} file yet")
        except InputError as error:
            lines += error.lines
    return lines


def remarks(file: str | Path, lang: Lang = "en") -> list[str]:
    """Return what a run would remark about a right file (else ParameterError), such as a quantity fixed."""
    if _kind(Path(file), Problems())[0] != "scenario":
        return []
    found = load_scenario(file)
    return [found.header.told(str(one), lang) for one in found.warnings]


def _kind(path: Path, problems: Problems) -> tuple[str, int]:
    """Return the kind a file says it is, and on which line; problems only when that cannot be told."""
    if path.suffix.lower() == ".csv" and path.is_file():
        what = "kik check reads YAML; a pilot's counts are checked by kik design analyse DESIGN.yml DATA.csv"
        problems.add(Place(str(path), 1), what)
        return "", 1
    mapping = yaml.load(path, Problems())  # its reader names every problem, of the file as well
    node = mapping.get("kind") if mapping else None
    if node is None or node.word in KINDS:
        return (node.word, node.line) if node else ("scenario", 1)
    near = did_you_mean(node.said, KINDS)  # else no word of a file that is not ours
    problems.add(node, f"unknown kind{near}", key="kind", got=near and node.shown, expected=", ".join(KINDS))
    return "", node.line


def new(name: str, from_: str | Path | None = None) -> Path:
    """Write a small, commented scenario file ``NAME.yml`` that extends another, and return its path.

    ``name``: the scenario's name, or the path of the file to write; ``.yml`` may be left out. ``from_``: the
    file to extend, or the name of a shipped scenario; by default ``params/base.yml`` of the project.
    ParameterError when the name cannot be a file's name, the file exists already, its folder does not, or
    what it is to extend is wrong.
    """
    path = named(name, "scenario")
    if path.stem in shipped():
        raise ParameterError(f"{path.stem}: the name of a shipped scenario; choose another")
    base = find(from_ if from_ is not None else "base")
    template = (resources.files("kik_analysis") / "texts" / "scenario.yml").read_text(encoding="utf-8")
    title = path.stem.replace("_", " ").replace("-", " ").strip().capitalize()
    by_name = named_in(path.parent, base.name) == base  # a shipped one, from any folder
    extends = base.name if by_name else project.seen_from(path, base)
    said = {
        key: one if _PLAIN.fullmatch(one) else "'" + one.replace("'", "''") + "'"
        for key, one in (("base", extends), ("title", title))
    }
    filled = {**said, "inherited": _inherited(base)}
    return write_new(path, template.format(schema=schema_line(path, PLACE), file=path.name, **filled))


def named(name: str, what: str) -> Path:
    """Return the path of a new file; raise ParameterError when the name cannot be that of a ``what``."""
    path = Path(name if name.endswith((".yml", ".yaml")) else f"{name}.yml")
    if not _NAME.match(path.stem):
        expected = "letters, digits, - and _, a letter first"
        raise ParameterError(f"the text '{visible(path.stem)}' cannot name a {what} (expected {expected})")
    return path


def schema_line(path: Path, place: tuple[str, ...]) -> str:
    """Return the line that tells an editor the schema of a file; empty where the project has none."""
    schema = project.params(*place)
    inside = Path(str(resources.files("kik_analysis"))) in schema.parents  # of an installed copy
    ours = schema.is_file() and not inside
    return f"# yaml-language-server: $schema={project.seen_from(path, schema)}\n" if ours else ""


def write_new(path: Path, text: str) -> Path:
    """Write a file that is not there yet and return its path; raise ParameterError when that cannot be."""
    try:
        if path.exists():
            raise ParameterError(f"{path}: exists already; choose another name or remove it first")
        path.parent.stat()  # no folder is made for it
        write_file(path, text.encode())
    except OSError as error:
        raise ParameterError(f"{path}: cannot be written ({str(error.strerror).lower()})") from None
    return path


def _inherited(base: Path) -> str:
    """Return comments, in Dutch, about what an extended scenario does differently from its own baseline."""
    scenario = load_scenario(base)
    if not scenario.header.baseline:
        return ""
    lines = [f"# {base.name}: {scenario.header.reason[0] or scenario.title['nl']}."]
    before = load_scenario(named_in(base.parent, scenario.header.baseline))
    alike = before.header.published == scenario.header.published  # else its counts are of another place
    for one in differences(before, scenario) if alike else ():
        row, title = one.as_json(), scenario.header.own_words(one.words("nl")[0], "nl")
        old, new = (json.dumps(row[word], ensure_ascii=False).replace('"', "") for word in ("old", "new"))
        path = " ".join(part for part in (one.path, one.segment) if part)
        days = "".join(f" {word} {day}" for word, day in (("vanaf", one.start), ("tot", one.until)) if day)
        lines.append(f"#   {path} ({title}): {old} -> {new}{days}")
    return "".join(f"{line}\n" for line in lines)


MOST_FOUND, FOUND = 12, ("measure", "parameter", "claim", "number")
"""Finds of a search that are shown, and of which kinds, in this order."""

Numbers = Mapping[str, Mapping[str, Any]]
"""The content of ``numbers.json``: id to the row that ``Number.as_json`` wrote."""
Line = tuple[str, str]
"""A word of ``texts/explain.toml`` and what stands after it; without one the line stands alone."""


def explain(
    name: str,
    lang: Lang = "en",
    scenario: str | Path | Scenario | None = None,
    numbers: Numbers | None = None,
    label: Callable[[str], str] = lambda _: "",
) -> str:
    """Return what a parameter, claim or number is, as lines of text.

    ``name``: a parameter's path (``team.fte``), a claim's id (``L042``), a number's id or label, a column of
    a published table (``staffing.fte_low``), or what to search for. ``lang``: ``nl`` or ``en``. ``scenario``:
    whose values to show for a parameter; by default those of ``params/base.yml``. ``numbers``: those of a
    result, to say which read a parameter or claim, and to explain one. ``label``: gives what readers call a
    number, from its id. ParameterError, with the nearest, where there is none.
    """
    words = _Words("nl" if lang == "nl" else "en", numbers or {}, label)
    kind, _, bare = name.partition(":")
    name = (bare if kind in ("parameter", "claim", "number") else name).strip()
    known = {*(entry.path for entry in words.book), *words.claims, *words.numbers}
    name = next((one for one in (name, name.upper(), name.lower()) if one in known), name)
    if ": " in name:  # a label has one, no id does
        name = next((one for one in words.numbers if label(one).casefold() == name.casefold()), name)
    reader = Reader("", Problems())
    name = next(iter(reader.paths(name, Place(""))), name)  # a parameter under its old name
    first = [("", old_name(*one).text(words.lang)) for one in reader.old]
    head, read = "", ""
    lines: Iterable[Line]
    if name in words.book:
        at = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        head, read, lines = words.book[name].title(words.lang), "parameter", words.parameter(name, at)
    elif name in words.claims:
        claim = words.claims[name]
        place = sentences.located(claim.place, words.lang)
        head, read, lines = f"{claim.document}, {place}", "claim", words.claim(claim)
    elif name in words.numbers:
        row = words.numbers[name]
        head, reads = f"{words.limits(row)} {words.unit(row['unit'])}", ", ".join(row["reads"])
        lines = [
            ("", label(name)),
            ("evidence", words(row["evidence"])),
            ("computed", row["computation"]),
            ("rests", reads),
        ]
    elif not name or not (lines := list(words.column(name)) or words.search(name)):
        raise words.unknown(name)
    every = [*first, *lines, *(words.readers(f"{read}:{name}") if read else ())]
    rows = (f"{words(key)}: {text}" if key else text for key, text in every if text)
    return "\n".join([f"{name}: {head}" if head else name, *(f"  {row}" for row in rows)])


class _Words:
    """Writes lines in one language: a line is a word of ``texts/explain.toml``, and what stands after it."""

    def __init__(self, lang: Lang, numbers: Numbers, label: Callable[[str], str]) -> None:
        self.lang, self.numbers, self.label = lang, numbers, label
        self.book: Catalogue = catalogue()
        self.claims = claims()

    def __call__(self, key: str) -> str:
        return sentences.template(f"explain.{key}", self.lang)

    def unknown(self, name: str) -> ParameterError:
        table, claim = name.partition(".")[0], CLAIM_ID.fullmatch(name.upper())
        columns = [f"{table}.{row.name}" for row in rows_of(table)]
        near = did_you_mean(name, self.claims if claim else [*columns, *self.numbers])
        if claim:
            return ParameterError(f"no claim {name}{near}")
        near, name = (columns and near) or self.book.did_you_mean(name) or near, name[:80]
        if self.numbers:
            return ParameterError(f"no parameter, number or claim {name}{near}")
        return ParameterError(
            f"no parameter or claim {name}{near or '.'} Numbers are known after `kik run`, "
            "of a scenario of your own with --result."
        )

    def unit(self, name: str) -> str:
        other = sentences.first([f"tables.unit.{name}"], self.lang, name)
        words = units()[name].words(self.lang) if name in units() else other
        return words or (self("share") if name.startswith("share") else "")

    def column(self, name: str) -> Iterator[Line]:
        table, _, column = name.partition(".")
        for row in rows_of(table):
            title = sentences.heading(table, row.name, self.lang)
            if not column:
                yield "", f"{table}.{row.name}: {title}"
            elif row.name == column:
                yield "", f"{sentences.first([f'tables.sheet.{table}'], self.lang, table)}: {title}"
                yield "unit", self.unit(row.unit)
                yield "evidence", self(row.evidence) if row.evidence else ""

    def span(self, low: str, high: str) -> str:
        return f"{low} {self('to')} {high}"

    def parameter(self, path: str, scenario: Scenario) -> Iterator[Line]:
        lang, entry = self.lang, self.book[path]
        yield "", entry.meaning(lang)
        yield "kind", self(entry.kind)
        if entry.unit != "date":
            yield "unit", self.unit(entry.unit)
        if entry.choices:
            said = (f"{choice} ({called(choice, entry.choices, lang)})" for choice in entry.choices)
            yield "choices", ", ".join(said)
        elif entry.minimum is not None or entry.maximum is not None:
            yield "possible", self.span(shown(entry.minimum, lang), shown(entry.maximum, lang))
        if entry.ranged:
            yield "usual", in_words(Amount(entry.low or 0, entry.central or 0, entry.high or 0), (), lang)
        flags = (("segment", entry.per_segment), ("dated", entry.dated))
        yield "", ", ".join(self(flag) for flag, on in flags if on)
        yield "when", ", ".join(entry.when).replace("&", " + ")
        yield "example", example(scenario.value(path), entry)
        origin = scenario.value(path).origin
        changed = [change.origin for change in scenario.changes if change.path == path]
        for name, steps in scenario.timeline(path).cells:
            for step in steps:
                since = f", {self('from')} {notation.date(step.start, lang)}" if step.start else ""
                amount = in_words(step.amount, entry.choices, lang)
                yield "value", (f"{name}: " if name else "") + amount + since
        yield "set", ", ".join(one.where for one in (origin, *changed))
        yield "source", self.sources(origin)
        yield "confidence", self(origin.confidence)
        yield "evidence", self(str(scenario.evidence(path)))
        yield "note", origin.note
        for one in changed:
            note = f" ({one.note})" if one.note else ""
            yield "change", f"{one.where}: {self.sources(one)}{note}"
        yield "claims", ", ".join(entry.claims)

    def sources(self, origin: Origin) -> str:
        """Return the sources of a value; of a prior what it says, of a claim or a text nothing more."""
        told = []
        for source in origin.source:
            if (prior := priors().get(source)) is not None:
                ours = self.lang == "nl" and prior.source_title.startswith("own judgement")
                title = self("C").partition(", ")[2] if ours else prior.source_title
                url, quote = f" <{prior.source_url}>" * bool(prior.source_url), f': "{prior.quote}"'
                source += f" = {title}{url}{quote * bool(prior.quote)}"
            told.append(source)
        return "; ".join(told)

    def claim(self, one: Claim) -> Iterator[Line]:
        yield "", one.cell(f"statement_{self.lang}")
        if one.value is not None:
            unit = units().get(one.unit)
            said = unit.words(self.lang, float(one.value)) if unit else one.unit
            yield "printed", f"{shown(one.value, self.lang)} {said}".strip()
        reason = one.reason_nl if self.lang == "nl" else one.reason
        if one.low == one.high:
            yield "note", reason
        else:
            limits = self.span(*(".." if x is None else shown(x, self.lang) for x in (one.low, one.high)))
            yield "open", limits + (f": {reason}" if reason else "")
        yield "document", f"{one.document}, {sentences.located(one.place, self.lang)}"
        yield "date", sentences.located(one.as_of, self.lang)
        yield "ledger_note", one.note
        if users := [entry.path for entry in self.book if one.id in entry.claims]:
            yield "used", ", ".join(users)

    def limits(self, row: Mapping[str, Any]) -> str:
        places = int(row["decimals"])
        value, low, high = (
            ".." if row[part] is None else notation.decimal(row[part], self.lang, places)
            for part in ("value", "low", "high")
        )
        limits = "" if row["low"] is None and row["high"] is None else f"{low} - {high}"
        return limits if row["value"] is None else value + (f" ({limits})" if limits else "")

    def search(self, text: str) -> list[tuple[str, str]]:
        """Return what bears a value as readers write it (``1.757``, ``56,7``) or a word."""
        values: set[float] = set()  # in Dutch and English notation, a percentage as a share too
        bare, every_word = text.strip().rstrip("%").strip(), text.casefold().split()
        for group, point in ((".", ","), (",", ".")):
            if re.fullmatch(rf"\d{{1,3}}(\{group}\d{{3}})+(\{point}\d+)?|\d+(\{point}\d+)?", bare):
                values.add(float(bare.replace(group, "").replace(point, ".")))
        every: list[tuple[str, str, str, Any, str, str]] = []
        for claim in self.claims.values():
            both = f"{claim.statement_nl} {claim.statement_en}"
            said = claim.cell(f"statement_{self.lang}")
            every.append(("claim", claim.id, said, claim.value, claim.unit, both))
        for one, row in self.numbers.items():
            at = row["value"] and float(notation.rounded(row["value"], int(row["decimals"])))
            title = self.label(one)
            said = f"{self.limits(row)} ({title})".removesuffix(" ()")
            every.append(("number", one, said, at, row["unit"], title))
        for row in load_scenario().table():
            entry = self.book[str(row["path"])]
            both = " ".join(say(lang) for say in (entry.title, entry.meaning) for lang in LANGUAGES)
            every.append(("parameter", entry.path, entry.title(self.lang), row["value"], entry.unit, both))
        for key in (one for one in sentences.keys("caseload") if one.startswith("caseload.measure.")):
            keys, name = (key, f"glossary.{key.rpartition('.')[2]}.meaning"), key.rpartition(".")[2]
            words = {
                la: ". ".join(filter(None, (sentences.first([k], la) for k in keys))) for la in LANGUAGES
            }
            every.append(("measure", name, words[self.lang], None, "", " ".join((name, *words.values()))))
        found: dict[Line, None] = {}
        for kind, one, said, at, unit, both in every:
            shown = {at} if type(at) in (int, float) else set()
            if shown and unit.startswith("share"):
                shown.add(round(at * PERCENT, 6))  # also said as a percentage
            if values & shown if values else all(one in both.casefold() for one in every_word):
                found[kind, f"{one}: {said}"] = None
        lines = list(found) if values else sorted(found, key=lambda line: FOUND.index(line[0]))
        more = [("", f"{self('more')}: {len(lines) - MOST_FOUND}")] if len(lines) > MOST_FOUND else []
        return [*lines[:MOST_FOUND], *more]

    def readers(self, label: str) -> Iterator[Line]:
        """Yield the line that names the numbers of a result which read a source; cells by their table."""
        found = [name for name, row in self.numbers.items() if label in row.get("reads", ())]
        cells = Counter(name.partition("/")[0] for name in found if "/" in name)
        named = [name for name in found if "/" not in name]
        named += [f"{table} ({self('cells')}: {count})" for table, count in cells.items()]
        if named:
            yield "used", ", ".join(named)


def example(value: Value, entry: Entry) -> str:
    """Return a value as it stands in a scenario file, on one line: ``team: {fte: 9}``."""
    amounts = [(name, steps[0].amount) for name, steps in value.cells]
    shown = [(name, plain(one.central) if entry.keys else as_plain(one)) for name, one in amounts]
    cells = [(name, json.dumps(one).replace('"', "")) for name, one in shown]
    whole = f"{{{', '.join(f'{name}: {text}' for name, text in cells)}}}" if value.by_name else cells[0][1]
    by_segment = value.by_name and not entry.keys
    return f"{entry.section}: {{{entry.name}: {f'{{per_segment: {whole}}}' if by_segment else whole}}}"
