"""A register: three tables of synthetic people, on disk and in memory; what must hold of it, and its counts.

``members.csv`` holds the current members of the group, ``former.csv`` people who were invited and have left,
``invitations.csv`` every invitation with its answer over both. ``register.json`` says which draw it is, with
which seed it was made and from which inputs, and that nobody in it exists; ``dictionary.csv`` says of every
column what it means and where it is invented (words in ``texts/register.toml``, grounds in
``register_columns.csv`` beside this file).
"""

import datetime
import functools
import io
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from kik_analysis import project
from kik_analysis.errors import DataError, InputError
from kik_analysis.evidence import reads
from kik_analysis.evidence.display import Display, whole_number
from kik_analysis.evidence.reads import Evidence, note
from kik_analysis.facts.claims import value
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.people.histories import NONE, WEEK
from kik_analysis.people.targets import FOLLOW_UP, REACH
from kik_analysis.reading import storage
from kik_analysis.reading.records import column as cell
from kik_analysis.reading.records import one_of, read

MEMBERS, FORMER, INVITATIONS = "members", "former", "invitations"
ABOUT, DICTIONARY, GROUNDS = "register.json", "dictionary.csv", "register_columns.csv"
SYNTHETIC, FORMAT = "synthetic", 1

TEXT, WHOLE, DAY, FLAG = "text", "whole", "date", "boolean"
STATES = ("never_invited", "in_contact", "overdue", "declined", "not_reached", "known_to_wij", "in_support")
ACTIVITY, SUPPORT = ("active", "wants_to", "neither"), ("none", "programme", "social_help")
KINDS, ANSWERS = ("first", "again", "follow_up"), ("declined", "no_contact", "conversation")
CODES = {
    **{"reach": REACH, "state": STATES, "follow_up": FOLLOW_UP, "activity": ACTIVITY},
    **{"support": SUPPORT, "kind": KINDS, "answer": ANSWERS},
}
DAYS_IN_YEAR = 365.25
GROUP_RULE = "L035"


@dataclass(frozen=True)
class Described:
    """A column of a register, and on what ground it stands; ``empty``: whether a cell may be."""

    table: str = cell()
    column: str = cell()
    kind: str = cell(one_of(TEXT, WHOLE, DAY, FLAG))
    empty: bool = cell(lambda text: one_of("", "yes")(text) == "yes")
    evidence: str = cell(one_of(*map(str, Evidence), what="unknown class"))
    source: str = cell()
    confidence: str = cell()


@functools.cache
def schema() -> dict[str, dict[str, Described]]:
    """Return the columns of each table by name, in order."""
    rows = read(Path(__file__).with_name(GROUNDS), Described)
    tables = itertools.groupby(rows, lambda one: one.table)
    return {table: {one.column: one for one in columns} for table, columns in tables}


def in_days(years: float) -> int:
    """Return the whole days in a number of years."""
    return int(years * DAYS_IN_YEAR)


def least_days() -> int:
    """Return the fewest days on benefit of somebody in the group: more than the year of its definition."""
    return in_days(value(GROUP_RULE)) + 1


@dataclass(frozen=True, repr=False)
class Register(Display):
    """Synthetic people with their histories.

    ``members``, ``former``, ``invitations``: the tables (:func:`schema`). ``draw``, ``seed``: which draw of
    what the sources leave open, and the seed of chance. ``about``: what ``register.json`` says besides:
    people, reference day, digest of inputs, distances.
    """

    members: pl.DataFrame
    former: pl.DataFrame
    invitations: pl.DataFrame
    draw: int
    seed: int
    about: Mapping[str, Any] = field(default_factory=dict)

    def shown(self) -> tuple[str, list[tuple[str, object]]]:
        """Return what a notebook shows of the register: which draw it is, and how long its tables are."""
        rows = ((name, f"{table.height} rows") for name, table in self.tables.items())
        said = ("people", "reference_day", "inputs")
        more = ((name, self.about[name]) for name in said if name in self.about)
        return f"synthetic register, draw {self.draw}, seed {self.seed}", [*rows, *more]

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables by name."""
        return {MEMBERS: self.members, FORMER: self.former, INVITATIONS: self.invitations}

    def described(self) -> dict[str, Any]:
        """Return the contents of ``register.json``."""
        rows = {name: table.height for name, table in self.tables.items()}
        mine = {"format": FORMAT, SYNTHETIC: True, "draw": self.draw, "seed": self.seed, "rows": rows}
        return {**mine, **self.about}

    def note(self) -> None:
        """Put on record that a computation rests on this register: on a simulation of assumed people."""
        note("simulation", f"register of draw {self.draw}", self.described(), Evidence.SIMULATED)


def frame_types(table: str) -> dict[str, Any]:
    """Return the polars types of a table's columns."""
    types = {TEXT: pl.String, WHOLE: pl.Int64, DAY: pl.Date, FLAG: pl.Boolean}
    return {name: types[one.kind] for name, one in schema()[table].items()}


def read_register(folder: str | Path | None = None) -> Register:
    """Read a register from a folder; by default ``data/synthetic`` of the project. The reads are on record.

    DataError when a file is missing, a column is not there or of another kind, the folder does not say that
    it is synthetic, or its tables contradict each other.
    """
    if not isinstance(folder, str | Path | None):
        raise DataError(f"a register is read from a folder (got {type(folder).__name__}; expected a path)")
    place = project.data("synthetic") if folder is None else Path(folder)
    shown = project.relative(place) if folder is None else place.as_posix()
    try:
        about = json.loads(reads.read_text(place / ABOUT, f"{shown}/{ABOUT}"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError(f"{shown}/{ABOUT}: not JSON ({error})") from None
    if not isinstance(about, dict) or about.get(SYNTHETIC) is not True:
        said = repr(about.get(SYNTHETIC)) if isinstance(about, dict) else "no such key"
        what = f"{SYNTHETIC} (got {said}; expected true): only synthetic people may be read this way"
        raise DataError(f"{shown}/{ABOUT}: {what}")
    if about.get("style") == "municipal":
        raise DataError(f"{shown}/{ABOUT}: style (got municipal; expected kik, which can be read back)")
    frames = {}
    for name in schema():
        raw = reads.read_text(place / f"{name}.csv", f"{shown}/{name}.csv")
        got, expected = raw.partition("\n")[0].strip(), ",".join(schema()[name])
        try:
            if got != expected:
                raise ValueError(f"columns (got {got}; expected {expected})".replace(",", ", "))
            frames[name] = pl.read_csv(io.StringIO(raw), schema=frame_types(name))
        except (pl.exceptions.PolarsError, ValueError) as error:
            raise DataError(f"{shown}/{name}.csv: {str(error).splitlines()[0]}") from None
    own = ("format", SYNTHETIC, "draw", "seed", "rows", "style")
    known = {key: value for key, value in about.items() if key not in own}
    try:
        draw, seed = (whole_number(about.get(name), name) for name in ("draw", "seed"))
        datetime.date.fromisoformat(str(about.get("reference_day")))
    except ValueError as error:
        what = str(error) if isinstance(error, InputError) else f"reference_day: {error}"
        raise DataError(f"{shown}/{ABOUT}: {what}") from None
    register = Register(**frames, draw=draw, seed=seed, about=known)
    if (rows := register.described()["rows"]) != about.get("rows"):
        raise DataError(f"{shown}/{ABOUT}: rows (got {about.get('rows')}; expected {rows}, as in the tables)")
    validate(register, f"{shown}/")
    register.note()
    return register


def dictionary() -> pl.DataFrame:
    """Return the data dictionary: one row per column of a register.

    Returns ``table``, ``column``, ``kind`` (text, whole, date, boolean), ``meaning_nl``, ``meaning_en``,
    ``evidence``, ``source`` (claims, parameters or ``margins.csv``, empty for what is made up) and
    ``confidence``.
    """
    rows = []
    for one in itertools.chain(*(columns.values() for columns in schema().values())):
        says, why = f"register.column.{one.column}", (one.evidence, one.source, one.confidence)
        meaning = (sentences.text(says, lang).plain for lang in LANGUAGES)
        rows.append((one.table, one.column, one.kind, *meaning, *why))
    names = ["table", "column", "kind", *(f"meaning_{lang}" for lang in LANGUAGES)]
    return pl.DataFrame(rows, [*names, "evidence", "source", "confidence"], orient="row")


def check_target(target: Path) -> None:
    """See to it that writing a register to a folder would lose nothing.

    InputError when the folder is a file or a link, or holds anything but a synthetic register.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(f"{target}: is no folder; pass a new or empty folder with --out")
    if not target.exists() or not any(target.iterdir()):
        return
    own = {ABOUT, DICTIONARY}
    try:
        about = json.loads((target / ABOUT).read_bytes())
        ours = isinstance(about, dict) and about.get(SYNTHETIC) is True
        own |= {f"{name}.csv" for name in about.get("rows", {})} if ours else set()
    except (OSError, ValueError, AttributeError):
        ours = False
    foreign = sorted(path.name for path in target.iterdir() if path.name not in own)
    if not ours or foreign:
        what = foreign[0] if foreign else ABOUT
        raise InputError(
            f"{target}: holds {what}, which is not of a synthetic register of ours; "
            "nothing was written, pass a new or empty folder with --out"
        )


def write(target: Path, register: Register, style: str = "kik") -> None:
    """Write a register to a folder in one step; what an earlier one left there is replaced.

    ``target``: the folder; absent, empty, or with a synthetic register in it. ``register``: what to write.
    ``style``: ``kik``: the layout of ``data/synthetic``; ``municipal``: as municipal systems export.
    InputError as :func:`check_target`.
    """
    from kik_analysis.people import municipal

    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = storage.temporary(target)
    try:
        rows = municipal.write(staging, register) if style == "municipal" else _plain(staging, register)
        about = {**register.described(), "style": style, "rows": rows}
        text = json.dumps(about, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        (staging / ABOUT).write_bytes(text.encode())
        storage.exchange(staging, target)
    finally:
        storage.remove(staging)


def _plain(folder: Path, register: Register) -> dict[str, int]:
    for name, table in {**register.tables, Path(DICTIONARY).stem: dictionary()}.items():
        with (folder / f"{name}.csv").open("wb") as stream:
            table.write_csv(stream, line_terminator="\n")
    return {name: table.height for name, table in register.tables.items()}


Rules = Mapping[str, pl.Expr]


def problems(register: Register) -> list[str]:
    """Return everything that is wrong with a register, one line each; an empty list when it is right."""
    tables = register.tables.items()
    if shapes := [name for name, table in tables if dict(table.schema) != frame_types(name)]:
        return [
            f"{name}: columns or kinds differ from the schema ({', '.join(schema()[name])})"
            for name in shapes
        ]
    cells = [line for name, table in tables for line in _broken(name, table, _cells(name))]
    return cells or [line for part in _content(register) for line in _broken(*part)]


def validate(register: Register, shown_as: str = "") -> None:
    """Check a register, that messages name ``shown_as``.

    DataError with every problem, one line each.
    """
    if found := problems(register):
        raise DataError(f"{shown_as}{line}" for line in found)


def _broken(name: str, table: pl.DataFrame, rules: Rules) -> Iterator[str]:
    """Say of each rule how many rows break it; a rule is an expression that is true where a row is wrong."""
    for what, wrong in rules.items():
        rows = table.filter(wrong)
        if rows.height:
            yield f"{name}: {what}: {rows.height} rows, first {rows['person'][0]}"


def _cells(name: str) -> Rules:
    """Rules of single cells: filled where they must be, no number below nought, a code that is known."""
    columns = schema()[name]
    rules = {f"{one}: empty": pl.col(one).is_null() for one in columns if not columns[one].empty}
    whole = (one for one in columns if columns[one].kind == WHOLE)
    rules |= {f"{one}: a negative number": pl.col(one) < 0 for one in whole}
    coded = ((one, CODES[one]) for one in columns if one in CODES)
    return rules | {f"{one}: unknown code": ~pl.col(one).is_in(codes) for one, codes in coded}


def _content(register: Register) -> Iterator[tuple[str, pl.DataFrame, Rules]]:
    """Yield tables with the rules between their columns, and between them."""
    sent = register.invitations
    people = pl.concat([table.select("person") for table in (register.members, register.former)])
    yield "members, former", people, {"a person stands twice": pl.col("person").is_duplicated()}
    alone = {
        "of nobody in the register": ~pl.col("person").is_in(people["person"].implode()),
        "answered before it was sent": pl.col("answered") < pl.col("sent"),
    }
    yield INVITATIONS, sent, alone
    yield INVITATIONS, sent.sort("person", "number"), _chain()
    left = sent.join(register.former.select("person", "left"), on="person")
    yield INVITATIONS, left, {"after leaving": pl.col("answered") >= pl.col("left")}
    soonest = pl.col("benefit_start") + pl.duration(days=least_days() - 1)
    early = {"invited within the first year on benefit": pl.col("first_invitation") < soonest}
    talked = pl.col("answer") == "conversation"
    counted = {
        "invitations": pl.len().cast(pl.Int64),
        "conversations": talked.sum().cast(pl.Int64),
        "first_invitation": pl.col("sent").min(),
        "last_invitation": pl.col("sent").max(),
        "last_conversation": pl.col("answered").filter(talked).max(),
    }
    summed = sent.group_by("person").agg(one.alias(f"{name}_") for name, one in counted.items())
    told = {
        f"{one} differs from the invitations": ~pl.col(one).eq_missing(pl.col(f"{one}_")) for one in counted
    }
    for name, states in ((MEMBERS, _states()), (FORMER, {})):
        both = register.tables[name].join(summed, on="person", how="left")
        both = both.with_columns(pl.col("invitations_", "conversations_").fill_null(0))
        yield name, both, {**told, **early, **states}


def _chain() -> Rules:
    """Rules between the invitations of one person, in order."""
    talked = (pl.col("answer") == "conversation").cast(pl.Int64)
    before = (talked.cum_sum() - talked).over("person") > 0
    first, again, follow_up = (pl.lit(kind) for kind in KINDS)
    kind = pl.when(before).then(follow_up).when(pl.col("number") == 1).then(first).otherwise(again)
    answered = pl.col("answered").shift(1).over("person")
    return {
        "sent before the one before it was answered": pl.col("sent") < answered,
        "numbers that do not count up": pl.col("number") != pl.int_range(1, pl.len() + 1).over("person"),
        "kind does not fit what went before": pl.col("kind") != kind,
    }


def _states() -> Rules:
    """Rules between the columns of a current member."""
    reach, state, spoken = pl.col("reach"), pl.col("state"), pl.col("conversations") > 0
    wij, refused = reach == "known_to_wij", reach.is_in(["declined", "not_reached"])
    uninvited = wij | (reach == "not_yet_approached")
    new = (reach == "not_yet_approached") != (state == "never_invited")
    return {
        "spoken without a conversation, or the reverse": (reach == "spoken") != spoken,
        "not approached but invited, or the reverse": uninvited != (pl.col("invitations") == 0),
        "known to WIJ in one column only": wij != pl.col("known_to_wij"),
        "never invited or known to WIJ in one column only": new | (wij != (state == "known_to_wij")),
        "declined or not reached with another state": refused & (reach != state),
        "in contact, overdue or in support without a conversation": ~spoken
        & state.is_in(["in_contact", "overdue", "in_support"]),
        "support in one column only": (pl.col("support") != "none") != (state == "in_support"),
        "a category of follow-up without a conversation, or the reverse": pl.col("follow_up").is_null()
        == spoken,
        "an activity without a conversation, or the reverse": pl.col("activity").is_null() == spoken,
        "referred without a conversation": pl.col("referred") & ~spoken,
    }


STOCK = ("state", "segment", "row", "contact", "support", "age", "offer_age", "wait")
"""Fields of the engine's starting stock, beside how many people are alike in all of them."""


def stock(register: Register) -> pl.DataFrame:
    """Return the start of a simulation from a register: counts of identical people, no persons.

    ``register``: whose current members are counted. Returns ``state``, ``segment``, ``row``
    (willingness: new, declined, follow_up), ``contact`` (1 after a conversation), ``support`` (1 in support
    inside the group), ``age`` and ``offer_age`` (weeks since the last conversation and offer, at least 1; -1
    none), ``wait`` and ``count``, sorted, no cell twice. ``wait`` is weeks, by state: already waited (never
    invited), until due (in contact; negative: overdue), until a new invitation is allowed (declined, not
    reached; negative: never).
    """
    reference = pl.lit(datetime.date.fromisoformat(str(register.about["reference_day"])))
    in_group = pl.col("benefit_start") + pl.duration(days=least_days())
    waited = (reference - in_group).dt.total_days() // WEEK
    until = (pl.col("next_due") - reference).dt.total_days() // WEEK
    allowed = pl.when(pl.col("next_due").is_null()).then(NONE).otherwise(pl.max_horizontal(until, 0))
    state, spoken = pl.col("state"), pl.col("conversations") > 0
    refused, met = state.is_in(["declined", "not_reached"]), ["in_contact", "overdue", "in_support"]
    row = pl.when(spoken).then(pl.lit("follow_up")).when(state == "declined").then(pl.lit("declined"))
    late = pl.when(until < 0).then(pl.lit("overdue")).otherwise(pl.lit("in_contact"))
    later = pl.when(state.is_in(met)).then(until).when(refused).then(allowed).otherwise(0)
    wait = pl.when(state == "never_invited").then(waited).otherwise(later)
    cells = register.members.select(
        "segment",
        state=pl.when(state.is_in(met)).then(late).otherwise(state),
        row=row.otherwise(pl.lit("new")),
        contact=spoken.cast(pl.Int64),
        support=(state == "in_support").cast(pl.Int64),
        age=pl.max_horizontal(pl.col("weeks_since_conversation").fill_null(NONE), NONE),
        offer_age=pl.col("weeks_since_offer").fill_null(NONE),
        wait=wait.cast(pl.Int64),
    )
    return cells.group_by(STOCK).agg(pl.len().cast(pl.Int64).alias("count")).sort(STOCK)
