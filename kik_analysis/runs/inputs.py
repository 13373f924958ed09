"""What a process used, and what of that it is now: by this a finished notebook is fresh or stale.

A notebook's kernel is asked after its last cell for reads, modules of ours and files it opened. Reads note
themselves (``evidence.reads``); a hook of the interpreter sees files opened without that (sentences,
templates), so that nothing which can change an output stays out of the record. The next run compares what was
noted with the values that inputs have then.
"""

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kik_analysis import __version__, project
from kik_analysis.errors import KikError
from kik_analysis.evidence.reads import everything, recording
from kik_analysis.reading.storage import digest, file_digest

if TYPE_CHECKING:
    from kik_analysis.facts.claims import Claims
    from kik_analysis.parameters.scenario import Scenario

CLAIMS, LOCK = "data/published/claims.csv", "requirements/run.lock"
DERIVED = {"number", "bound", "simulation"}
"""Reads that follow from other reads of the same process, which are on record too."""
BY_VALUE = ("claim", "parameter", "scenario")
"""Kinds of read that are on record value by value (of a scenario's head: as a whole)."""
COMPUTING = ("babel", "matplotlib", "numba", "numpy", "ortools", "polars", "scipy", "seaborn", "xlsxwriter")
"""Packages of which another version may give other bytes."""
PACKAGE = Path(__file__).resolve().parents[1]
MACHINERY = "runs"
_COMPILED = (".pyc", ".pyi", ".so")
"""What modules are loaded from. A source opened as a file counts: the engine's name its machine code."""
_opened: set[str] = set()


def watch() -> None:
    """Begin to note the files that this process opens for reading."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and arguments[1] in (None, "r", "rb"):
            name = arguments[0]
            if isinstance(name, str) and not name.endswith(_COMPILED):
                _opened.add(name)

    sys.addaudithook(hook)


def kernel() -> None:
    """Become a notebook kernel: a plain ipykernel that notes what it uses."""
    watch()
    # as ipykernel's own launcher: the working folder does not come before the libraries
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    import zmq
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp

    class Deaf(IPythonKernel):
        """Hears no interrupt while a cell runs: beside the cell's own code it would take away the answer."""

        pre_handler_hook = post_handler_hook = lambda self: None
        _cancel_on_sigint = IPythonKernel._dummy_context_manager  # type: ignore[assignment]

    class KernelApp(IPKernelApp):
        """Keeps all that a cell prints: a thousand pieces ahead of its reader, messages would be lost."""

        def init_iopub(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
            context.setsockopt(zmq.SNDHWM, 0)
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    KernelApp.launch_instance(kernel_class=Deaf)


def answer() -> dict[str, object]:
    """Return what this process used as plain JSON types: reads, files of the package, files of the project.

    Sentences and templates count as modules. The machinery of runs is left out: which of it is loaded depends
    on what had to be done. All of it is part of every record anyway (``Inputs.recorded``).
    """
    project = os.environ.get("KIK_PROJECT") or os.devnull
    # a module that somebody has beside a notebook is opened itself only as long as nothing compiled it
    loaded = (getattr(module, "__dict__", {}).get("__file__") for module in list(sys.modules.values()))
    ours: dict[str, str] = {}
    others: dict[str, str] = {}
    for path in sorted({Path(os.path.abspath(name)) for name in (*filter(None, loaded), *_opened)}):
        # an installed copy has a project of its own in its folder: what lies there is no module
        own = path.is_relative_to(PACKAGE) and not path.is_relative_to(PACKAGE / "shipped")
        if path.is_file() and (own or path.is_relative_to(project)):
            inside = path.relative_to(PACKAGE if own else project)
            # hidden folders, environments, results and notebooks are no source
            hidden = any(part.startswith((".", "__pycache__", "site-packages")) for part in inside.parts)
            hidden = hidden or inside.parts[0] == "results" or inside.suffix == ".ipynb"
            if inside.parts[0] != MACHINERY if own else not hidden:
                (ours if own else others)[inside.as_posix()] = file_digest(path)
    noted = [[read.kind, read.name, read.digest] for read in everything()]
    scenario = sys.modules.get("kik_analysis.parameters.scenario")
    scenarios = scenario.loaded() if scenario else {}
    return {"reads": noted, "modules": ours, "opened": others, "scenarios": scenarios}


def package_digests() -> dict[str, str]:
    """Return the digest of every file of this package: code, sentences, templates."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".pyc", ".swp"))
    ours = (path for path in files if not path.name.startswith(".") and not path.name.endswith("~"))
    named = sorted((path.relative_to(PACKAGE).as_posix(), path) for path in ours)
    return {name: file_digest(path) for name, path in named if not name.startswith("shipped/")}


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python, and of the packages that compute and draw."""
    from importlib import metadata

    return {
        "kik_analysis": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in COMPUTING},
    }


def lock_digest() -> str:
    """Return the digest of the locked list of packages; empty where the project has none."""
    return _digest_now(project.root() / LOCK)


def _digest_now(path: Path) -> str:
    return file_digest(path) if path.is_file() else ""


def load(path: Path) -> "Inputs":
    """Read and check a scenario file and the published claims.

    InputError with every problem found, one line each.
    """
    from kik_analysis.facts.claims import claims
    from kik_analysis.parameters.scenario import load_scenario

    scenario = load_scenario(path)
    # the last layer is the file itself, wherever it was found
    return Inputs(Path(scenario.layers[-1].shown_as).resolve(), scenario, claims())


@dataclass
class Inputs:
    """All inputs of a run as they were when it began; digests are taken once and kept.

    ``path``, ``scenario``, ``claims``: the scenario file, and what is in it and in the ledger. ``package``:
    digest of each file of this package. ``versions``, ``lock``: what is installed.
    """

    path: Path
    scenario: "Scenario"
    claims: "Claims"
    package: Mapping[str, str] = field(default_factory=package_digests)
    versions: Mapping[str, str] = field(default_factory=versions)
    lock: str = field(default_factory=lock_digest)
    ground: Mapping[Path, str] = field(init=False)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        paths = {*self.files, project.root() / CLAIMS}
        self.ground = {path: _digest_now(path) for path in sorted(paths)}

    def digest_of(self, kind: str, name: str) -> str:
        """Return the digest of a source's present value; empty when there is no such source."""
        key = (kind, name)
        if key not in self._known:
            self._known[key] = self._digest(kind, name)
        return self._known[key]

    def _digest(self, kind: str, name: str) -> str:
        if kind in ("claim", "parameter"):
            # through the recording view: what a notebook would note is taken from the record
            with recording() as recorder:
                try:
                    (self.claims if kind == "claim" else self.scenario)[name]
                except KikError:
                    return ""
            return next((one.digest for one in recorder.reads if (one.kind, one.name) == (kind, name)), "")
        if kind == "scenario":
            return digest(asdict(self.scenario.header))
        if kind == "listing" and name == CLAIMS:
            return digest(list(self.claims))
        if kind == "listing":
            folder, _, pattern = name.rpartition("/")
            return digest(sorted(path.name for path in self._place(folder).glob(pattern)))
        if kind in ("file", "opened"):
            known = _digest_now(self._place(name) if kind == "file" else project.root() / name)
            return digest(known) if known and kind == "file" else known
        return {"correction": self.corrections, "module": self.package}.get(kind, {}).get(name, "")

    def _place(self, name: str) -> Path:
        inside = project.root() / name
        return inside if inside.exists() else self.path.parent / name

    def recorded(self, told: Mapping[str, Any]) -> tuple[tuple[tuple[str, str, str], ...], dict[str, str]]:
        """Return what a process told of itself as ``(kind, name, digest)`` of its sources, and its modules.

        ``told``: ``answer()``. Claims and parameters are on record value by value, so their files as a
        whole are not; but who also read other values (an override, another scenario on the same base) depends
        on the files.
        """
        noted = [(kind, name, known) for kind, name, known in told["reads"] if kind not in DERIVED]
        plain = all(known == self.digest_of(kind, name) for kind, name, known in noted if kind in BY_VALUE)
        apart = {CLAIMS, *map(project.relative, self.files)} if plain else set()
        reads = {(kind, name, self.digest_of(kind, name)) for kind, name, _ in noted}
        reads |= {("opened", name, known) for name, known in told["opened"].items() if name not in apart}
        machinery = {name: known for name, known in self.package.items() if name.startswith(f"{MACHINERY}/")}
        return tuple(sorted(reads)), {**told["modules"], **machinery}

    def edited(self, package: Iterable[str]) -> list[str]:
        """Return the files that hold other bytes than when the run began.

        ``package``: files of this package that the run used; scenario and claims are looked at anyway.
        """
        found = [project.relative(path) for path, known in self.ground.items() if _digest_now(path) != known]
        used = [name for name in package if _digest_now(PACKAGE / name) != self.package.get(name)]
        return sorted([*found, *(f"{PACKAGE.name}/{name}" for name in used)])

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Return the scenario's file and those it extends."""
        return tuple(Path(layer.shown_as).resolve() for layer in self.scenario.layers)

    @cached_property
    def resolved(self) -> str:
        """Return the digest of the resolved parameters, whatever the scenario is called."""
        return self.scenario.digest()

    @cached_property
    def settings(self) -> str:
        """Return the digest of the resolved parameters with who set them where, as the report lists them."""
        return digest(self.scenario.table())

    @cached_property
    def digest(self) -> str:
        """Return the digest that names the result: parameters, claims, seed, version of this package."""
        return digest([self.parameters, self.all_claims, self.seed, self.versions["kik_analysis"]])

    @property
    def seed(self) -> int:
        """Return the scenario's seed."""
        with recording():
            return int(str(self.scenario["run.seed"]))

    @cached_property
    def corrections(self) -> dict[str, str]:
        """Return for each claim that was ever put right the digest of what was."""
        from kik_analysis.facts.claims import corrections

        with recording():
            found: dict[str, list[object]] = {}
            for one in corrections():
                found.setdefault(one.claim, []).append(one)
        return {name: digest(rows) for name, rows in sorted(found.items())}

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Return the digest of every parameter."""
        return {name: self.digest_of("parameter", name) for name in self.scenario.paths}

    @cached_property
    def all_claims(self) -> dict[str, str]:
        """Return the digest of every claim."""
        return {name: self.digest_of("claim", name) for name in self.claims}
