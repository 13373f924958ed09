"""What a notebook file holds: its cells, its parameters, and the form in which its result is kept."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import DataError, ParameterError
from kik_analysis.reading.digest import bytes_digest, digest
from kik_analysis.reading.problems import did_you_mean

PARAMETERS = ("language", "scenario")
"""Names that a run hands to a notebook whose parameters cell has them."""
TAG, INJECTED, SKIPPED = "parameters", "injected-parameters", "skip-execution"
LONGEST_PRINT = 200_000
"""Characters of printed text that are kept of one cell and stream."""
_ENGINE = re.compile(r"\b(?:caseload\w*|simulate|compare|required_fte)\b")
_CELL_FILE = re.compile(r"(?<!\S)\S*ipykernel_\d+/\d+\.py")
_PASSING = ("papermill", "execution", "ExecuteTime")
"""Metadata of a cell that tell how it went last time."""

Cell = dict[str, Any]


@dataclass(frozen=True)
class Notebook:
    """A notebook of the project, as it stood when the run began.

    ``path``, ``stem``: where it is, and its name without extension: ``10_history``. ``cells``, ``metadata``:
    its cells and what is said of the whole, as in the file. ``content``: digest of the whole file. ``code``:
    digest of all that shows in its result: cells of every kind, outputs apart. ``parameters``: names assigned
    in its parameters cells that later cells use: the values a run hands to it. What a notebook does not use
    is not handed to it, so that its result serves every scenario.
    """

    path: Path
    stem: str
    cells: tuple[Cell, ...] = field(repr=False)
    metadata: dict[str, Any] = field(repr=False)
    content: str
    code: str
    parameters: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Return its path below the project's root."""
        return project.relative(self.path)

    @property
    def engine(self) -> bool:
        """Tell whether its cells seem to use the caseload engine; decides when that is compiled."""
        return any(_ENGINE.search(_source(cell)) for cell in self.cells if cell["cell_type"] == "code")

    @cached_property
    def injected(self) -> int:
        """Return the place of the cell with the handed values in the executed notebook; -1 for none."""
        tagged = [place for place, cell in enumerate(self._kept) if _is_tagged(cell)]
        return tagged[-1] + 1 if self.parameters else -1

    @cached_property
    def _kept(self) -> list[Cell]:
        """Return the cells that are executed: values handed over by an earlier run are left out."""
        return [cell for cell in self.cells if INJECTED not in _tags(cell)]

    def cell_name(self, index: int | None) -> str:
        """Return the name of a cell, by its place among all cells of the *executed* notebook.

        Code cells are counted from one, as Jupyter counts them when run from top to bottom.
        """
        if index is None:
            return "before its first cell"
        if index == self.injected:
            return "the parameters handed to it"
        meant = self._kept[index - (0 <= self.injected < index)]
        before = self.cells[: next(place for place, cell in enumerate(self.cells) if cell is meant) + 1]
        return f"cell {sum(cell['cell_type'] == 'code' for cell in before)}"

    def edited(self) -> bool:
        """Tell whether the file has changed since it was read."""
        try:
            return bytes_digest(self.path.read_bytes()) != self.content
        except OSError:
            return True

    def prepared(self, values: Mapping[str, str]) -> Any:
        """Return it as papermill takes it: with an id for each cell, and a cell where values are handed over.

        DataError when it is not what the notebook format allows.
        """
        import nbformat

        cells: list[Cell] = [{**cell} for cell in self._kept]
        if values:
            handed = {"cell_type": "code", "metadata": {"tags": [INJECTED]}, "source": "", "outputs": []}
            cells.insert(self.injected, {**handed, "execution_count": None})
        taken: set[str] = set()
        for place, one in enumerate(cells):
            if not isinstance(one.get("id"), str) or one["id"] in taken:
                one["id"] = next(name for name in _ids(place) if name not in taken)
            taken.add(one["id"])
        content = {"cells": cells, "metadata": self.metadata, "nbformat": 4, "nbformat_minor": 5}
        made = nbformat.reads(json.dumps(content), as_version=4)  # type: ignore[no-untyped-call]
        try:
            nbformat.validate(made)
        except nbformat.ValidationError as error:
            raise DataError(f"{self.shown}: not a valid notebook: {error.message.splitlines()[0]}") from None
        return made


def _ids(place: int) -> Iterator[str]:
    yield f"cell-{place}"
    yield from (f"cell-{place}-{more}" for more in range(2, 1000))


def _source(cell: Cell) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _tags(cell: Cell) -> Sequence[str]:
    tags: Sequence[str] = cell["metadata"].get("tags", ())
    return tags


def _is_tagged(cell: Cell) -> bool:
    return cell["cell_type"] == "code" and TAG in _tags(cell)


def _wrong(cell: object) -> str:
    """Return what makes a cell none, in a few words."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return "it is not code, markdown or raw"
    source, metadata = cell.get("source"), cell.get("metadata")
    if not isinstance(source, str) and not (
        isinstance(source, list) and all(isinstance(line, str) for line in source)
    ):
        return "its source is no text"
    if not isinstance(metadata, dict):
        return "it has no metadata"
    tags = metadata.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return "its tags are no list of texts"
    return ""


def _lasting(cell: Cell) -> Cell:
    """Return what of a cell its result rests on."""
    metadata = {name: value for name, value in cell["metadata"].items() if name not in _PASSING}
    kept = {name: value for name, value in cell.items() if name not in ("outputs", "execution_count")}
    return {**kept, "source": _source(cell), "metadata": metadata}


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a cell binds by assignment, those of functions and classes left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        targets: Sequence[ast.expr] = child.targets if isinstance(child, ast.Assign) else ()
        if isinstance(child, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = [child.target]
        for target in targets:
            yield from (
                one.id
                for one in ast.walk(target)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            )
        yield from _bound(child)


def _load(path: Path, shown: str) -> tuple[bytes, dict[str, Any]]:
    try:
        raw = path.read_bytes()
        content = json.loads(raw.decode("utf-8-sig"))
        if not isinstance(content["cells"], list) or not isinstance(content.get("metadata", {}), dict):
            raise TypeError
        version = content["nbformat"]
    except OSError as error:
        raise DataError(f"{shown}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError(f"{shown}: not a notebook (JSON with cells)") from None
    if version != 4:
        raise DataError(f"{shown}: notebook format {version}; open it in Jupyter and save it as format 4")
    for place, cell in enumerate(content["cells"], 1):
        if wrong := _wrong(cell):
            raise DataError(f"{shown}: not a valid notebook: cell {place} of all cells: {wrong}")
    return raw, content


def read(path: Path) -> Notebook:
    """Read a notebook and check the names that a run hands over.

    DataError when the file is no notebook. ParameterError when a name in a parameters cell is nearly one that
    a run sets, or another cell sets one that is.
    """
    shown = project.relative(path)
    raw, content = _load(path, shown)
    cells: tuple[Cell, ...] = tuple(content["cells"])
    names: list[str] = []
    wrong: list[str] = []
    others: list[str] = []
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, 1):
        source = _source(cell)
        if INJECTED in _tags(cell):
            continue
        if _is_tagged(cell):
            try:
                found = list(_bound(ast.parse(source)))
            except SyntaxError as error:
                raise DataError(f"{shown}: parameters cell: line {error.lineno}: {error.msg}") from None
            names += [name for name in found if name in PARAMETERS and name not in names]
            wrong += [
                f"{shown}: parameters cell: {name}: {_unknown(name, PARAMETERS)}"
                for name in found
                # any other name is the notebook's own parameter and keeps the value that stands there
                if name not in PARAMETERS and did_you_mean(name, PARAMETERS)
            ]
        else:
            others.append(source)
            wrong += [
                f"{shown}: cell {number} sets {name}, which a run hands over; set it in a cell with the tag "
                f"{TAG}, or give it another name"
                for name in _handed(source)
            ]
    if wrong:
        raise ParameterError(wrong)
    return Notebook(
        path=path,
        stem=path.stem,
        cells=cells,
        metadata=content.get("metadata", {}),
        content=bytes_digest(raw),
        code=digest([_lasting(cell) for cell in cells if INJECTED not in _tags(cell)]),
        parameters=tuple(name for name in names if any(_uses(source, name) for source in others)),
    )


def _handed(source: str) -> list[str]:
    """Return the names of ours that an ordinary cell sets."""
    if not any(_uses(source, name) for name in PARAMETERS):
        return []
    try:
        return sorted({name for name in _bound(ast.parse(source)) if name in PARAMETERS})
    except SyntaxError:  # a cell with a line that is not Python; it runs or fails by itself
        return []


def _uses(source: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", source) is not None


def _unknown(name: str, known: Sequence[str]) -> str:
    return f"unknown name{did_you_mean(name, known)} (known are {', '.join(known)})"


def new(name: str) -> Path:
    """Write a small notebook that takes part in a run, and return its path.

    ``name``: name of the file in the project's ``notebooks``; ``.ipynb`` may be left out. Notebooks run by
    name. ParameterError when the name cannot be a file's name, or the file exists already.
    """
    stem = name.removesuffix(".ipynb")
    if not re.fullmatch(r"\w[\w-]*", stem, re.ASCII):
        expected = "letters, digits, - and _"
        raise ParameterError(f"{stem!r} cannot name a notebook (expected {expected})")
    path = project.notebooks() / f"{stem}.ipynb"
    texts = (resources.files("kik_analysis") / "texts" / "notebook.txt").read_text(encoding="utf-8")
    cells = []
    for number, part in enumerate(texts.split("\n%%\n")):
        kind, _, source = part.partition("\n")
        cell: dict[str, Any] = {
            "cell_type": kind.split()[0],
            "id": f"cell-{number}",
            "source": source.strip(),
        }
        cell["metadata"] = {"tags": [TAG]} if TAG in kind else {}
        cells.append(cell | ({"execution_count": None, "outputs": []} if kind.startswith("code") else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(book, ensure_ascii=False, indent=1) + "\n")
    except FileExistsError:
        where = project.relative(path)
        raise ParameterError(f"{where}: exists already; choose another name or remove it first") from None
    return path


def found() -> list[Path]:
    """Return the project's notebooks in the order of their names.

    DataError when there are none.
    """
    folder = project.notebooks()
    paths = sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    if not paths:
        raise DataError(f"{project.relative(folder)}: holds no notebook")
    return paths


def select(paths: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """Return the notebooks that were asked for by name: ``10_history``, ``history`` or a file's name.

    ParameterError for a name that is none of them, with the nearest.
    """
    if not names:
        return list(paths)
    chosen: set[Path] = set()
    wrong = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        hits = [path for path in paths if stem in (path.stem, re.sub(r"^\d+_", "", path.stem))]
        chosen.update(hits)
        if not hits:
            wrong.append(f"--only {name}: {_unknown(stem, [path.stem for path in paths])}")
    if wrong:
        raise ParameterError(wrong)
    return [path for path in paths if path in chosen]


def own(paths: Sequence[Path], *, published: bool) -> list[Path]:
    """Return the notebooks of a scenario: without published history those that say they rest on it stay out.

    ParameterError when none is left.
    """

    def rests(path: Path) -> bool:
        metadata = _load(path, project.relative(path))[1].get("metadata", {})
        return bool((metadata.get("kik") or {}).get("published"))

    kept = [path for path in paths if published or not rests(path)]
    if not kept:
        names = ", ".join(path.stem for path in paths)
        raise ParameterError(f"--only {names}: rests on published history, and this scenario has none")
    return kept


def normalise(notebook: Any, values: Mapping[str, str], hide: Mapping[str, str]) -> None:
    """Take out of an executed notebook what differs from run to run: times, random ids, paths, chunks.

    ``notebook``: notebook as a nested dictionary; changed in place. ``values``: the parameters that were
    injected. ``hide``: absolute path -> what stands in its place in outputs.
    """
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    kept = {
        name: value for name, value in notebook["metadata"].items() if name not in ("papermill", "kernelspec")
    }
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    notebook["metadata"] = {**kept, "kernelspec": kernel, "language_info": language}
    for cell in notebook["cells"]:
        for name in _PASSING:
            cell["metadata"].pop(name, None)
        if not cell["metadata"].get("tags", True):
            del cell["metadata"]["tags"]
        if INJECTED in _tags(cell):
            cell["id"] = INJECTED
            lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
            cell["source"] = "\n".join(["# Parameters", *lines])
        if cell["cell_type"] == "code":
            cell["outputs"] = [_clean(output, hide) for output in _joined(cell["outputs"])]


def _clean(output: dict[str, Any], hide: Mapping[str, str]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        output["text"] = _hidden(output["text"], hide)
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and kind.startswith("text/"):
            output["data"][kind] = _hidden(value, hide)
    return output


def _hidden(text: str, hide: Mapping[str, str]) -> str:
    for path, instead in hide.items():
        text = text.replace(path, instead)
    return _CELL_FILE.sub("<cell>", text)


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbouring pieces of printed text, first what was printed and then the warnings.

    In how many pieces it arrives, and how the two streams interleave, depends on the clock.
    """
    result: list[dict[str, Any]] = []
    streams: dict[str, list[dict[str, Any]]] = {}

    def end() -> None:
        for name in sorted(streams, reverse=True):
            first, *_ = pieces = streams.pop(name)
            text = "".join(piece["text"] for piece in pieces)
            if len(text) > LONGEST_PRINT:
                text = f"{text[:LONGEST_PRINT]}\n({len(text) - LONGEST_PRINT} more characters were printed)\n"
            first["text"] = text
            result.append(first)

    for output in outputs:
        if output["output_type"] == "stream":
            streams.setdefault(output["name"], []).append(output)
            continue
        end()
        result.append(output)
    end()
    return result


def hidden_paths() -> dict[str, str]:
    """Return the absolute paths of this machine that must not stand in an output, longest first."""
    root = str(project.root().resolve())
    package = str(Path(__file__).resolve().parents[2])
    pairs = {f"{root}/": "", f"{package}/": "", f"{sys.prefix}/": "", root: ".", sys.prefix: "python"}
    return dict(sorted(pairs.items(), key=lambda pair: -len(pair[0])))
