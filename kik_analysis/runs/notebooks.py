"""What a notebook file holds: its code, its parameters, and the form in which its result is kept."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import DataError, ParameterError
from kik_analysis.reading.digest import bytes_digest, digest
from kik_analysis.reading.problems import did_you_mean

PARAMETERS = ("language", "scenario")
"""Names that a run hands to a notebook whose parameters cell has them."""
INJECTED = "injected-parameters"
_ENGINE = re.compile(r"\b(?:caseload\w*|simulate|compare|required_fte)\b")


@dataclass(frozen=True)
class Notebook:
    """A notebook of the project, as it stood when the run began.

    Attributes
    ----------
    path, stem
        Where it is, and its name without extension: ``10_history``.
    code
        Digest of the sources of its code cells.
    content
        Digest of the whole file.
    parameters
        Names assigned in its parameters cell that later cells use: the values a run hands to it. What a
        notebook does not use is not handed to it, so that its result serves every scenario.
    code_cells
        Position among all cells of each code cell.
    cells
        Number of cells.
    tagged
        Position of the parameters cell; papermill puts its own cell after it.
    engine
        Whether its cells seem to use the caseload engine. A guess: it decides when that is compiled, not
        whether.
    """

    path: Path
    stem: str
    code: str
    content: str
    parameters: tuple[str, ...]
    code_cells: tuple[int, ...]
    cells: int
    tagged: int | None
    engine: bool

    @property
    def shown(self) -> str:
        """Return its path below the project's root."""
        return project.relative(self.path)

    def cell_name(self, index: int | None) -> str:
        """Return the name of a cell, by its place among all cells of the *executed* notebook.

        Code cells are counted from one, as Jupyter counts them when run from top to bottom.
        """
        if index is None:
            return "before its first cell"
        if self.tagged is not None and index > self.tagged:
            if index == self.tagged + 1:
                return "the parameters handed to it"
            index -= 1
        return f"cell {sum(place <= index for place in self.code_cells)}"

    def edited(self) -> bool:
        """Tell whether the file has changed since it was read."""
        try:
            return bytes_digest(self.path.read_bytes()) != self.content
        except OSError:
            return True


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _assigned(source: str, shown: str) -> tuple[str, ...]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise DataError(f"{shown}: parameters cell: line {error.lineno}: {error.msg}") from None
    names = []
    for node in tree.body:
        targets: Sequence[ast.expr] = node.targets if isinstance(node, ast.Assign) else ()
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return tuple(names)


def read(path: Path) -> Notebook:
    """Read a notebook and check the names in its parameters cell.

    Raises
    ------
    DataError
        When the file is no notebook.
    ParameterError
        When a name in the parameters cell is none that a run sets.
    """
    shown = project.relative(path)
    try:
        content = path.read_bytes()
        cells = json.loads(content)["cells"]
        code = [index for index, cell in enumerate(cells) if cell["cell_type"] == "code"]
        tagged = [cells[i] for i in code if "parameters" in cells[i].get("metadata", {}).get("tags", [])]
    except OSError as error:
        raise DataError(f"{shown}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataError(f"{shown}: not a notebook (JSON with cells)") from None
    names = tuple(name for cell in tagged for name in _assigned(_source(cell), shown))
    wrong = [name for name in names if name not in PARAMETERS]
    if wrong:
        raise ParameterError(
            f"{shown}: parameters cell: {name}: {_unknown(name, PARAMETERS)}" for name in wrong
        )
    others = [_source(cells[index]) for index in code if cells[index] not in tagged]
    used = tuple(name for name in names if any(_uses(source, name) for source in others))
    return Notebook(
        path=path,
        stem=path.stem,
        code=digest([_source(cells[index]) for index in code]),
        content=bytes_digest(content),
        parameters=used,
        code_cells=tuple(code),
        cells=len(cells),
        tagged=cells.index(tagged[0]) if used else None,
        engine=any(_ENGINE.search(source) for source in others),
    )


def _uses(source: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", source) is not None


def _unknown(name: str, known: Iterable[str]) -> str:
    return f"unknown name{did_you_mean(name, known)} (known are {', '.join(known)})"


def found() -> list[Path]:
    """Return the project's notebooks in the order of their names.

    Raises
    ------
    DataError
        When there are none.
    """
    folder = project.notebooks()
    paths = sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    if not paths:
        raise DataError(f"{project.relative(folder)}: holds no notebook")
    return paths


def select(paths: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """Return the notebooks that were asked for by name: ``10_history``, ``history`` or a file's name.

    Raises
    ------
    ParameterError
        For a name that is none of them, with the nearest.
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


def normalise(notebook: Any, values: Mapping[str, str], hide: Mapping[str, str]) -> None:
    """Take out of an executed notebook what differs from run to run: times, random ids, paths, chunks.

    Parameters
    ----------
    notebook
        Notebook as a nested dictionary; changed in place.
    values
        The parameters that were injected.
    hide
        Absolute path -> what stands in its place in outputs.
    """
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    kept = {
        name: value for name, value in notebook["metadata"].items() if name not in ("papermill", "kernelspec")
    }
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    notebook["metadata"] = {**kept, "kernelspec": kernel, "language_info": language}
    for cell in notebook["cells"]:
        for name in ("papermill", "execution", "ExecuteTime"):
            cell["metadata"].pop(name, None)
        if not cell["metadata"].get("tags", True):
            del cell["metadata"]["tags"]
        if INJECTED in cell["metadata"].get("tags", []):
            cell["id"] = INJECTED
            lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
            cell["source"] = "\n".join(["# Parameters", *lines])
        if cell["cell_type"] == "code":
            cell["outputs"] = _joined([_clean(output, hide) for output in cell["outputs"]])


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
    return re.sub(r"\S*ipykernel_\d+/\d+\.py", "<cell>", text)


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbouring pieces of printed text, first what was printed and then the warnings.

    In how many pieces it arrives, and how the two streams interleave, depends on the clock.
    """
    result: list[dict[str, Any]] = []
    streams: dict[str, dict[str, Any]] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            if output["name"] in streams:
                streams[output["name"]]["text"] += output["text"]
            else:
                streams[output["name"]] = output
            continue
        result += [streams[name] for name in sorted(streams, reverse=True)]
        streams = {}
        result.append(output)
    return result + [streams[name] for name in sorted(streams, reverse=True)]


def hidden_paths() -> dict[str, str]:
    """Return the absolute paths of this machine that must not stand in an output, longest first."""
    root = str(project.root().resolve())
    package = str(Path(__file__).resolve().parents[2])
    pairs = {f"{root}/": "", f"{package}/": "", f"{sys.prefix}/": "", root: ".", sys.prefix: "python"}
    return dict(sorted(pairs.items(), key=lambda pair: -len(pair[0])))
