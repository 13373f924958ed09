"""Tables with fixed columns: what a CSV, a workbook sheet and a page show alike."""

# ruff: noqa: RUF009  (column() returns a dataclass field)
import fnmatch
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, get_args

from kik_analysis.errors import ModelError
from kik_analysis.evidence.display import Display
from kik_analysis.evidence.number import PERCENT, Number
from kik_analysis.evidence.reads import Evidence, recording, typed, unmoved, worst
from kik_analysis.reading import records
from kik_analysis.reading.problems import did_you_mean

if TYPE_CHECKING:
    import polars as pl

P = ParamSpec("P")
Place = Literal["page", "workbook", "file"]
Kind = Literal["text", "whole", "decimal", "date", "boolean"]
TYPES: Mapping[Kind, str] = {
    "text": "String",
    "whole": "Int64",
    "decimal": "Float64",
    "date": "Date",
    "boolean": "Boolean",
}
"""Name of the polars type of each kind of column; who stores or describes tables reads it here."""
CLAIM_SEPARATOR = " "
"""Between claim ids in a cell of a ``claims`` column."""
DESCRIBED = Path(__file__).parents[1] / "tables.csv"
"""The columns of every table that this package publishes: one row each, in their order."""

DIGIT, CLASS, YES = (records.one_of("", *known) for known in ("0123456", Evidence, ("yes",)))
"""Rules of its cells."""
NAMED, KEY, PLACED = (
    records.column(rule).metadata
    for rule in (records.filled, lambda cell: bool(YES(cell)), records.one_of(*get_args(Place)))
)
"""How the file says what a column says of its table: its name, what names a row, where it is shown."""


@dataclass(frozen=True)
class Column:
    """One column of a published table; those of this package are the rows of ``tables.csv``.

    ``table``: name of its table, or a pattern of names: ``flow_*``. ``name``: as in the CSV; titled in
    ``texts/tables.toml`` under ``<table>.<name>`` or ``column.<name>``. ``kind``: ``text``, ``whole``,
    ``decimal``, ``date`` or ``boolean``. ``unit``: unit of the numbers, for example ``persons``; empty for
    text. ``decimals``: decimals to which a ``decimal`` column is rounded before it is stored or drawn, so
    that platforms and patch versions of libraries agree to the byte. ``shown``: decimals that a page shows; a
    column of unit ``share`` is shown in percent. ``evidence``: class of the numbers in the column; where none
    is stated the worst class of what the table reads, at best ``recomputed``. ``words``: prefix of the
    sentences that put a coded text cell into words: cell ``spoken`` with words ``history.category`` is shown
    as ``history.category.spoken``; empty shows the cell as it is. ``hidden``: true for a column that stands
    in the CSV only, not on the page. ``key``: whether it is part of what names a row. ``place``: where the
    table is shown, as in :class:`Table`.
    """

    table: str = field(default="", kw_only=True, metadata=NAMED)
    name: str = records.column(records.filled, "column")
    kind: Kind = records.column(records.one_of(*TYPES), default="text")
    unit: str = records.column(default="")
    decimals: int = records.column(lambda cell: int(DIGIT(cell) or 6), default=6)
    shown: int = records.column(lambda cell: int(DIGIT(cell) or 0), default=0)
    # a column of a table has a class
    evidence: Evidence = records.column(lambda cell: Evidence(CLASS(cell)) if cell else None, default=None)
    words: str = records.column(default="")
    hidden: bool = records.column(lambda cell: bool(YES(cell)), default=False)
    key: bool = field(default=False, kw_only=True, metadata=KEY)
    place: Place = field(default="page", kw_only=True, metadata=PLACED)

    @property
    def numeric(self) -> bool:
        """Tell whether the column holds numbers."""
        return self.kind in ("whole", "decimal")


@functools.cache
def described(path: Path = DESCRIBED) -> dict[str, list[Column]]:
    """Return the rows of ``tables.csv`` by table; DataError with a line for every cell that is wrong."""
    found: dict[str, list[Column]] = {}
    for row in records.read(path, Column, label="table.column", unique=(("table", "column"),)):
        found.setdefault(row.table, []).append(row)
    return found


def rows_of(table: str) -> list[Column]:
    """Return the rows of ``tables.csv`` for a table, under the first name or pattern that fits; or none."""
    return next((rows for name, rows in described().items() if fnmatch.fnmatchcase(table, name)), [])


def columns_of(table: str) -> tuple[Column, ...]:
    """Return the columns of a table, as ``tables.csv`` describes them; ModelError when it does not."""
    if not (rows := rows_of(table)):
        near = did_you_mean(table, described())
        raise ModelError(f"{DESCRIBED.name}: no rows for the table {table}{near}")
    return tuple(rows)


@dataclass(frozen=True, repr=False)
class Table(Display):
    """A polars frame whose columns are fixed: names, order and types are checked when it is made.

    ``name``, ``frame``, ``columns``: the table; ``name`` is also the name of its CSV. ``key``: columns that
    together name a row; a cell's address is ``<table>/<key>/<column>``. ``reads``: ``kind:name`` of what the
    whole table rests on; a row with a ``claims`` column rests on those alone. ``computation``: module and
    function that made it. ``exceptions``: evidence of single cells that differ from their column: ``{(row
    key, column): class}``. ``prose``: cells that hold a sentence (a ``Text``) with numbers: ``{(row key,
    column): sentence}``, or ``{(text, COLUMN_nl): words}`` for a text of many rows. The numbers belong to the
    exhibit that shows the table. ``place``: where its rows are shown: ``page`` (and everywhere else),
    ``workbook`` (too long for a page), or ``file`` (too long for a workbook too: in its CSV alone).
    """

    name: str
    frame: "pl.DataFrame"
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    computation: str = ""
    exceptions: Mapping[tuple[str, str], Evidence] = field(default_factory=dict)
    prose: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    place: Place = "page"

    def __post_init__(self) -> None:
        import polars as pl

        names = tuple(column.name for column in self.columns)
        if tuple(self.frame.columns) != names:
            raise ModelError(
                f"table {self.name}: got the columns {', '.join(self.frame.columns)}; "
                f"expected {', '.join(names)}"
            )
        casts = []
        for column in self.columns:
            if column.kind not in TYPES:
                what = f"{self.name}.{column.name}: kind {column.kind!r}"
                raise ModelError(f"table {what} (expected one of {', '.join(TYPES)})")
            cast = pl.col(column.name).cast(getattr(pl, TYPES[column.kind]), strict=True)
            casts.append(cast.round(column.decimals) if column.kind == "decimal" else cast)
        object.__setattr__(self, "frame", self.frame.with_columns(casts))
        columns = tuple(replace(one, evidence=one.evidence or Evidence.RECOMPUTED) for one in self.columns)
        object.__setattr__(self, "columns", columns)
        if not self.key:
            object.__setattr__(self, "key", names[:1])
        if len(self._places) < self.frame.height:
            raise ModelError(f"table {self.name}: two rows share the key {'/'.join(self.key)}")

    def shown(self) -> tuple[str, Iterable[tuple[str, object]]]:
        """Return what a notebook shows of the table: each row's key, and what stands in its other columns."""
        rest = [one.name for one in self.columns if one.name not in (*self.key, "claims")]
        rows = (
            ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
            for row in self.frame.select(rest).iter_rows(named=True)
        )
        return f"{self.name}: {self.frame.height} rows", zip(self.row_keys, rows, strict=True)

    @property
    def evidence(self) -> Evidence:
        """Return the worst class of its numbers: that of a number about the table as a whole."""
        return worst((*(one.evidence for one in self.columns if one.numeric), *self.exceptions.values()))

    def csv(self) -> str:
        """Return the table as CSV (comma, point, UTF-8, line feed; an unknown value is an empty cell)."""
        return self.frame.write_csv(line_terminator="\n")

    def column(self, name: str) -> Column:
        """Return the description of a column; ModelError, with the nearest, where the table has none."""
        found = {column.name: column for column in self.columns}
        if name not in found:
            raise ModelError(f"{self.name}: no column {name}{did_you_mean(str(name), found)}")
        return found[name]

    @functools.cached_property
    def row_keys(self) -> list[str]:
        """Return each row's key, parts joined by a slash."""
        return ["/".join(map(str, row)) for row in self.frame.select(self.key).iter_rows()]

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {key: place for place, key in enumerate(self.row_keys)}

    def cell(self, row: int, column: Column) -> Number | None:
        """Return a numeric cell as a Number with its address as id; None where the cell is empty."""
        value = self.frame[column.name][row]
        if value is None or not column.numeric:
            return None
        key, share = self.row_keys[row], column.unit == "share"
        claims = self.frame["claims"][row] if "claims" in self.frame.columns else None
        reads = self.reads
        if claims:
            others = (read for read in reads if read.startswith(("file:", "parameter:", "simulation:")))
            reads = (*(f"claim:{one}" for one in claims.split(CLAIM_SEPARATOR)), *others)
        return Number(
            id=f"{self.name}/{key}/{column.name}",
            value=value * PERCENT if share else value,
            low=None,
            high=None,
            unit="percent" if share else column.unit,
            decimals=column.shown,
            evidence=self.exceptions.get((key, column.name), column.evidence),
            reads=reads,
            computation=self.computation,
        )

    def at(self, row: int | str, column: str, name: str = "", low: str = "", high: str = "") -> Number:
        """Return a cell that holds a number.

        ``row``, ``column``: place or key of the row, and name of the column. A sentence names a cell as
        ``ROW/COLUMN``. ``name``: id of the number; its address where empty. ``low``, ``high``: columns of the
        row that hold the limits of its range. ModelError when there is no such row or column, or no number in
        the cell.
        """
        place = row if isinstance(row, int) else self._places.get(row, -1)
        known = [one for one in self.columns if one.name == column]
        found = self.cell(place, known[0]) if known and place >= 0 else None
        if found is None:
            raise ModelError(f"table {self.name}: no number at {row}/{column}")
        ends = {end: self.at(place, one) for end, one in (("low", low), ("high", high)) if one}
        limits: dict[str, Any] = {end: one.value for end, one in ends.items()}
        graded = worst(one.evidence for one in ends.values()) if ends else None
        return replace(found, id=name or found.id, range_evidence=graded, **limits)

    def cells(self) -> list[Number]:
        """Return every number in the columns that a page shows; none for a table that no page shows."""
        if self.place != "page":
            return []
        rows = range(self.frame.height)
        found = (self.cell(row, column) for row in rows for column in self.columns if not column.hidden)
        return [number for number in found if number is not None]


def tabulate(
    name: str,
    build: "Callable[[], pl.DataFrame | Iterable[tuple[object, ...]]]",
    columns: tuple[Column, ...] = (),
    *,
    exceptions: Mapping[tuple[str, str], Evidence] | None = None,
    prose: Mapping[tuple[str, str], Any] | None = None,
) -> Table:
    """Build a table and record what it rests on.

    ``name``: its columns, its key and its place are the rows of this name in ``tables.csv``. ``build``: is
    called once; reads its sources on record and returns a frame with these columns (others in it are left
    out), or rows with a value for each, the ids of claims as a tuple. ``columns``: where they depend on what
    is asked, or of a table of one's own; without a ``key`` the first names a row. Others: as
    in :class:`Table`. ModelError when the frame does not have the columns, or the build read no source.
    """
    import polars as pl

    rows = () if columns else columns_of(name)
    columns = columns or rows
    names = [column.name for column in columns]

    def framed() -> pl.DataFrame:
        found = build()
        if not isinstance(found, pl.DataFrame):
            cells = [[CLAIM_SEPARATOR.join(x) if isinstance(x, tuple) else x for x in row] for row in found]
            found = pl.DataFrame(cells, schema=names, orient="row", infer_schema_length=None)
        return found.select(one for one in names if one in found.columns)

    with recording() as recorder:
        frame = framed()
    if not recorder.leaves:
        raise ModelError(f"table {name} rests on no claim, parameter or simulation; read sources on record")
    free = (Evidence.ASSUMED, Evidence.SIMULATED)
    numbers = [at for at, one in enumerate(columns) if one.numeric and one.evidence not in free]
    by_row = names.index("claims") if "claims" in names else None
    for row, column in unmoved(build, lambda: framed().rows(), recorder, numbers, by_row):
        which = f"{names[column]} of row {row + 1} moves with no claim that it rests on"
        raise ModelError(f"table {name}: {which}; compute it from them, or call the column assumed")
    counted = all(one.evidence not in free for one in columns if one.numeric)
    held = list(typed(build, recorder)) if counted else []
    for wrong in (said for said, named in held if not named or any(columns[at].evidence for at in numbers)):
        hint = "read it as a claim or a parameter, or call the column assumed"
        raise ModelError(f"table {name}: {wrong} has no source; {hint}")
    # a source that was read with several values (the posts of a curve) is one source
    reads = tuple(dict.fromkeys(read.label for read in recorder.leaves))
    made = f"{build.__module__}.{build.__qualname__}"
    apart = ("claim", "bound") if "claims" in names else ()
    least = worst(recorder.evidence_of(read) for read in recorder.leaves if read.kind not in apart)
    computed = Evidence.ASSUMED if held else worst((Evidence.RECOMPUTED, least))
    columns = tuple(replace(one, evidence=one.evidence or computed) for one in columns)
    key, place = tuple(one.name for one in columns if one.key), rows[0].place if rows else "page"
    return Table(name, frame, columns, key, reads, made, exceptions or {}, prose or {}, place)


def tabled(
    *columns: Column, exceptions: Mapping[tuple[str, str], Evidence] | None = None
) -> Callable[[Callable[P, Iterable[tuple[object, ...]]]], Callable[P, Table]]:
    """Make the rows that a function yields the published table of its name; arguments: :func:`tabulate`."""

    def decorate(function: Callable[P, Iterable[tuple[object, ...]]]) -> Callable[P, Table]:
        @functools.wraps(function)
        def table(*args: P.args, **kwargs: P.kwargs) -> Table:
            build = functools.partial(function, *args, **kwargs)
            functools.update_wrapper(build, function)
            return tabulate(function.__name__, build, columns, exceptions=exceptions)

        return table

    return decorate
