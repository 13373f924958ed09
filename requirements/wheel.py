"""What the wheel ships: the files that git tracks, and what goes with the package under ``shipped``."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "kik_analysis"
SHIPPED = ("params", "data/published", "data/posterior", "data/staffing", "data/synthetic", "notebooks")


def files(root: Path) -> list[str]:
    """Return the files of the checkout that are in git; of an unpacked archive, which has no git, all."""
    words = ["git", "ls-files", "-z", PACKAGE, *SHIPPED]
    answer = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    if answer.returncode == 0 and answer.stdout and (root / ".git").exists():
        return [name for name in answer.stdout.split("\0") if name and (root / name).is_file()]
    found = [path for part in (PACKAGE, *SHIPPED) for path in (root / part).rglob("*") if path.is_file()]
    return [path.relative_to(root).as_posix() for path in found if "__pycache__" not in path.parts]


class Tracked(BuildHookInterface[Any]):
    """Names each file that goes in, so that nothing that merely lies about does."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill in where each file goes; an editable install takes the checkout as it is."""
        if version == "editable":
            return
        for name in files(Path(self.root)):
            if name == f"{PACKAGE}/__init__.py":  # in pyproject.toml, which has to name something
                continue
            inside = name if name.startswith(f"{PACKAGE}/") else f"{PACKAGE}/shipped/{name}"
            build_data["force_include"][str(Path(self.root, name))] = inside
