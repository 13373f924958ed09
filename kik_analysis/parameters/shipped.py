"""The scenarios that come with the project: their names, and what the head of each says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kik_analysis import project
from kik_analysis.errors import ParameterError
from kik_analysis.language.notation import LANGUAGES
from kik_analysis.parameters.files import read_layers
from kik_analysis.parameters.header import ENDINGS, Header, together
from kik_analysis.reading.problems import Problems, did_you_mean


def files() -> dict[str, Path]:
    """Return each shipped scenario's file by its name; the base first, the others by name."""
    others = sorted(project.params("scenarios").glob("*.yml"))
    return {path.stem: path for path in (project.params("base.yml"), *others)}


def find(given: str | Path) -> Path:
    """Return the file of a scenario that is named by its path, or, when it is shipped, by its name alone.

    ParameterError when it is neither; the message has the nearest name. A path that ends in .yml is returned
    as it is: who reads it says what is wrong.
    """
    path, known = Path(given), files()
    if path.suffix in ENDINGS or path.exists():
        return path
    if str(given) in known:
        return known[str(given)]
    beside = next((file for end in ENDINGS if (file := path.with_name(path.name + end)).is_file()), None)
    hint = f"; did you mean {beside}?" if beside else did_you_mean(str(given), known)
    raise ParameterError(
        f"{given}: no scenario of this name{hint} (kik scenarios lists them; or give a path)"
    )


def headers() -> dict[str, Header]:
    """Return the head of each shipped scenario by name; ``baseline`` is a name of the list.

    ParameterError with one line for every problem in one of the files.
    """
    problems = Problems()
    found = {}
    for name, path in files().items():
        head = together((layer.header for layer in read_layers(path, problems)), name)
        found[name] = replace(head, baseline=Path(head.baseline).stem)
    problems.raise_if_any(ParameterError)
    return found


def as_json(head: Header) -> dict[str, Any]:
    """Return a head as plain types."""
    words = {
        name: dict(zip(LANGUAGES, getattr(head, name), strict=True)) for name in ("title", "reason", "place")
    }
    return {**words, "source": list(head.source), "baseline": head.baseline, "published": head.published}
