"""What a notebook file holds: its cells, its parameters, and the form in which its result is kept."""

import ast
import html
import itertools
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import DataError, ParameterError
from kik_analysis.language import sentences
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.parameters.hints import read_text
from kik_analysis.reading.problems import Problems, did_you_mean, visible
from kik_analysis.reading.storage import bytes_digest, digest, file_digest, json_text, read_bytes
from kik_analysis.reading.yaml import Scalar

PARAMETERS = ("language", "scenario")
"""Names that a run hands to a notebook whose parameters cell has them."""
TAG, INJECTED, SKIPPED = "parameters", "injected-parameters", "skip-execution"
HANDED = "the parameters handed to it"
"""Name of the cell with the handed values."""
COMPUTED = "computed-numbers"
"""Marks a cell that prints numbers without a name; the executed one says what was read until then."""
LONGEST_PRINT = 200_000
"""Characters of printed text that are kept of one cell and stream."""
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_ENGINE = re.compile(r"\b(?:caseload\w*|simulate|compare|required_fte)\b")
_CELL_FILE = re.compile(r"(?<!\S)\S*ipykernel_\d+/\d+\.py")
_PASSING = ("papermill", "execution", "ExecuteTime", "kernelspec", "language_info")
"""Metadata that tell how it went last time, and in what."""
WORDS = ("title", "intro")
"""What a notebook's own metadata may say of its part of the report, under ``kik``, in both languages."""

Cell = dict[str, Any]


@dataclass(frozen=True)
class Notebook:
    """A notebook of the project, as it stood when the run began.

    ``path``: where it is. ``cells``, ``metadata``: its cells, each source one text, and what is said of the
    whole. ``content``: digest of the whole file. ``code``: digest of all that shows in its result: cells of
    every kind, outputs apart, and its metadata. ``parameters``: names assigned in its parameters cells that
    later cells use: the values a run hands to it. What a notebook does not use is not handed to it, so that
    its result serves every scenario. ``words``: its own title and introduction of its part of the report.
    """

    path: Path
    cells: tuple[Cell, ...] = field(repr=False)
    metadata: dict[str, Any] = field(repr=False)
    content: str
    code: str
    parameters: tuple[str, ...]
    words: dict[str, dict[str, str]]

    @property
    def stem(self) -> str:
        """Return its name without extension: ``10_history``."""
        return self.path.stem

    @property
    def shown(self) -> str:
        """Return its path below the project's root."""
        return project.relative(self.path)

    @property
    def engine(self) -> bool:
        """Tell whether its cells seem to use the caseload engine; decides when that is compiled."""
        return any(_ENGINE.search(cell["source"]) for cell in self.cells if cell["cell_type"] == "code")

    @cached_property
    def _executed(self) -> list[tuple[str, Cell]]:
        """Return the cells as they are executed, each with its name; code cells count as in Jupyter.

        Values handed over by an earlier run are left out; those of this run come after the last tagged cell.
        """
        found: list[tuple[str, Cell]] = []
        count = place = 0
        for cell in self.cells:
            count += cell["cell_type"] == "code"
            if INJECTED not in tags(cell):
                found.append((f"cell {count}", cell))
                place = len(found) if _is_tagged(cell) else place
        if self.parameters:
            found.insert(place, (HANDED, _cell("code", INJECTED, "")))
        return found

    @property
    def cell_names(self) -> list[str]:
        """Return the names of the cells, in the order of the executed notebook."""
        return [name for name, _ in self._executed]

    def edited(self) -> bool:
        """Tell whether the file has changed since it was read."""
        return not self.path.is_file() or file_digest(self.path) != self.content

    def prepared(self) -> Any:
        """Return it as papermill takes it: with an id for each cell, and a cell where values are handed over.

        DataError when it is not what the notebook format allows.
        """
        import nbformat

        cells: list[Cell] = [{**cell} for _, cell in self._executed]
        taken: set[str] = set()
        for place, one in enumerate(cells):
            name, more = one.get("id"), 1
            while not isinstance(name, str) or name in taken:
                name, more = f"cell-{place}-{more}" if more > 1 else f"cell-{place}", more + 1
            one["id"] = name
            taken.add(name)
        made = nbformat.reads(json.dumps(_book(cells, self.metadata)), as_version=4)  # type: ignore[no-untyped-call]
        try:
            nbformat.validate(made)
        except nbformat.ValidationError as error:
            raise DataError(f"{self.shown}: not a valid notebook: {error.message.splitlines()[0]}") from None
        return made


def _cell(kind: str, tag: str, source: str) -> Cell:
    made = {"cell_type": kind, "metadata": {"tags": [tag]} if tag else {}, "source": source}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _book(cells: Sequence[Cell], metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def tags(cell: Cell) -> Sequence[str]:
    """Return the tags of a cell."""
    found: Sequence[str] = cell["metadata"].get("tags", ())
    return found


def _is_tagged(cell: Cell) -> bool:
    return cell["cell_type"] == "code" and TAG in tags(cell)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _wrong(cell: Any) -> str:
    """Return what makes a cell none, in a few words."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return "it is not code, markdown or raw"
    source, metadata = cell.get("source"), cell.get("metadata")
    if not isinstance(source, str) and not _texts(source):
        return "its source is no text"
    if not isinstance(metadata, dict):
        return "it has no metadata"
    return "" if _texts(metadata.get("tags", [])) else "its tags are no list of texts"


def _lasting(cell: Cell) -> Cell:
    """Return what of a cell its result rests on."""
    kept = {name: value for name, value in cell.items() if name not in ("outputs", "execution_count")}
    return {**kept, "metadata": _without_passing(cell["metadata"])}


def _without_passing(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name not in _PASSING}


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a cell binds by assignment, those of functions and classes left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        targets: Sequence[ast.expr] = child.targets if isinstance(child, ast.Assign) else ()
        if isinstance(child, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = [child.target]
        for one in (name for target in targets for name in ast.walk(target)):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                yield one.id
        yield from _bound(child)


def _load(path: Path) -> tuple[bytes, dict[str, Any]]:
    shown = project.relative(path)
    try:
        raw = read_bytes(path)
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
    if not isinstance(content.get("metadata", {}).get("kik") or {}, dict):
        raise DataError(f"{shown}: not a valid notebook: its metadata: kik is no mapping")
    for place, cell in enumerate(content["cells"], 1):
        if wrong := _wrong(cell):
            raise DataError(f"{shown}: not a valid notebook: cell {place} of all cells: {wrong}")
        cell["source"] = "".join(cell["source"])
    return raw, content


def _words(content: Mapping[str, Any], shown: str, wrong: list[str]) -> dict[str, dict[str, str]]:
    """Return a notebook's own title and introduction; add what is wrong with them."""
    about, problems = content.get("metadata", {}).get("kik") or {}, Problems()
    words = {part: about[part] for part in WORDS if part in about}
    if words:
        from kik_analysis.report import tracing
    for (part, texts), lang in itertools.product(words.items(), LANGUAGES):
        said, key = texts.get(lang) if isinstance(texts, dict) else None, f"metadata.kik.{part}.{lang}"
        text = said if isinstance(said, str) and said.strip() else ""
        read_text(Scalar(shown, value=text or None, text=text), key, problems)
        wrong += [f"{shown}: {key}: {one}" for one in tracing.untraced(html.escape(text), lang)]
    wrong += problems.lines
    return words


def read(path: Path) -> Notebook:
    """Read a notebook and check the names that a run hands over.

    DataError when the file is no notebook. ParameterError when a name in a parameters cell is nearly one that
    a run sets, or another cell sets one that is.
    """
    shown = project.relative(path)
    raw, content = _load(path)
    cells = [cell for cell in content["cells"] if INJECTED not in tags(cell)]
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    others = [one["source"] for one in code if not _is_tagged(one) and INJECTED not in tags(one)]
    names: list[str] = []
    wrong: list[str] = []
    words = _words(content, shown, wrong)
    for number, cell in enumerate(code, 1):
        tagged, source = _is_tagged(cell), cell["source"]
        if INJECTED in tags(cell) or not (tagged or any(_uses(source, name) for name in PARAMETERS)):
            continue
        try:
            found = list(dict.fromkeys(_bound(ast.parse(source))))
        except SyntaxError as error:
            if tagged:
                raise DataError(f"{shown}: parameters cell: line {error.lineno}: {error.msg}") from None
            continue  # a cell with a line that is not Python; it runs or fails by itself
        ours = [name for name in found if name in PARAMETERS]
        if tagged:
            names += ours
            # any other name is the notebook's own parameter and keeps the value that stands there
            near = {name: did_you_mean(name, PARAMETERS) for name in found if name not in ours}
            wrong += [
                f"{shown}: parameters cell: {name}: unknown name{meant} (known are {', '.join(PARAMETERS)})"
                for name, meant in near.items()
                if meant
            ]
        else:
            wrong += [
                f"{shown}: cell {number} sets {name}, which a run hands over; set it in a cell with the tag "
                f"{TAG}, or give it another name"
                for name in sorted(ours)
            ]
    if wrong:
        raise ParameterError(wrong)
    used = (name for name in dict.fromkeys(names) if any(_uses(source, name) for source in others))
    return Notebook(
        path=path,
        cells=tuple(content["cells"]),
        metadata=content.get("metadata", {}),
        content=bytes_digest(raw),
        code=digest([*map(_lasting, cells), _without_passing(content.get("metadata", {}))]),
        parameters=tuple(used),
        words=words,
    )


def _uses(source: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", source) is not None


def new(name: str) -> Path:
    """Write a small notebook that takes part in a run, and return its path.

    ``name``: name of the file in the project's ``notebooks``; ``.ipynb`` may be left out. Notebooks run by
    name. ParameterError when it cannot be a file's name or is taken, or no project is here.
    """
    stem = name.removesuffix(".ipynb")
    if not re.fullmatch(r"\w[\w-]{0,99}", stem, re.ASCII):
        expected = "letters, digits, - and _"
        raise ParameterError(f"the text '{visible(stem)}' cannot name a notebook (expected {expected})")
    if project.root().name == "shipped":  # with the installation it would be gone
        raise ParameterError("no project here for your notebook: go to its folder or set $KIK_PROJECT")
    path = project.notebooks() / f"{stem}.ipynb"
    parts = (part.partition("\n") for part in project.packaged("texts/notebook.txt").split("\n%%\n"))
    cells = [
        {"id": f"cell-{number}", **_cell(*kind.partition(" ")[::2], source.strip())}
        for number, (kind, _, source) in enumerate(parts)
    ]
    words = {
        part: {lang: sentences.template(f"section.new.{part}", lang) for lang in LANGUAGES} for part in WORDS
    }
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(json_text(_book(cells, {"kernelspec": KERNEL, "kik": words})))
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


def select(names: Sequence[str], *, published: bool) -> list[Notebook]:
    """Read the notebooks of a run: those asked for by name (``10_history``, ``history``, a file), or all.

    ``published``: whether the scenario has a published history; without one those that say they rest on it
    stay out. ParameterError for a name that is none of them, with the nearest; or when none is left.
    """
    paths = found()
    chosen = set() if names else set(paths)
    wrong = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        hits = [path for path in paths if stem in (path.stem, re.sub(r"^\d+_", "", path.stem))]
        chosen.update(hits)
        if not hits:
            known = [path.stem for path in paths]
            told = f"{did_you_mean(stem, known)} (known are {', '.join(known)})"
            wrong.append(f"--only {name}: unknown name{told}")
    if wrong:
        raise ParameterError(wrong)
    asked = [path for path in paths if path in chosen]
    said = {path: {} if published else _load(path)[1].get("metadata", {}).get("kik") or {} for path in asked}
    kept = [path for path in asked if not said[path].get("published")]
    if not kept:
        listed = ", ".join(path.stem for path in asked)
        raise ParameterError(f"--only {listed}: rests on published history, and this scenario has none")
    return [read(path) for path in kept]


def normalise(notebook: Any, values: Mapping[str, str]) -> None:
    """Take out of an executed notebook what differs from run to run: times, random ids, paths, chunks.

    ``notebook``: notebook as a nested dictionary; changed in place. ``values``: the parameters that were
    injected.
    """
    kept = _without_passing(notebook["metadata"])
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    notebook["metadata"] = {**kept, "kernelspec": KERNEL, "language_info": language}
    # absolute paths of this machine, the longest first
    root, package = str(project.root().resolve()), str(Path(__file__).resolve().parents[2])
    pairs = {f"{root}/": "", f"{package}/": "", f"{sys.prefix}/": "", root: ".", sys.prefix: "python"}
    hide = dict(sorted(pairs.items(), key=lambda pair: -len(pair[0])))
    for cell in notebook["cells"]:
        cell["metadata"] = _without_passing(cell["metadata"])
        if not cell["metadata"].get("tags", True):
            del cell["metadata"]["tags"]
        if INJECTED in tags(cell):
            cell["id"] = INJECTED
            lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
            cell["source"] = "\n".join(["# Parameters", *lines])
        if cell["cell_type"] == "code":
            cell["outputs"] = _joined(cell["outputs"])
            for output in cell["outputs"]:
                if output["output_type"] == "stream":
                    output["text"] = _hidden(output["text"], hide)
                for kind, value in output.get("data", {}).items():
                    if isinstance(value, str) and kind.startswith("text/"):
                        output["data"][kind] = _hidden(value, hide)


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
            pieces = streams.pop(name)
            text = "".join(piece["text"] for piece in pieces)
            if len(text) > LONGEST_PRINT:
                text = f"{text[:LONGEST_PRINT]}\n({len(text) - LONGEST_PRINT} more characters were printed)\n"
            pieces[0]["text"] = text
            result.append(pieces[0])

    for output in outputs:
        if output["output_type"] == "stream":
            streams.setdefault(output["name"], []).append(output)
        else:
            end()
            result.append(output)
    end()
    return result
