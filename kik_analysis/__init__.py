"""Kansen in Kaart: published history, caseload and pilots, every number traced to its source.

``import kik_analysis as kik`` is all a notebook needs. The names below are loaded when they are first used,
so that importing the package stays fast.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "audit": "kik_analysis.facts.audit:audit",
    "bounds": "kik_analysis.facts.bounds:bounds",
    "claims": "kik_analysis.facts.claims:claims",
    "compare": "kik_analysis.capacity.comparison:compare",
    "diagnose": "kik_analysis.pilots.diagnosis:diagnose",
    "estimates": "kik_analysis.statistics.estimates",
    "intervals": "kik_analysis.statistics.intervals",
    "load_design": "kik_analysis.pilots.design:load_design",
    "load_scenario": "kik_analysis.parameters.scenario:load_scenario",
    "power": "kik_analysis.statistics.power",
    "publish": "kik_analysis.report.publish:publish",
    "redesign": "kik_analysis.pilots.diagnosis:redesign",
    "required_fte": "kik_analysis.planning.staff:required_fte",
    "read_register": "kik_analysis.people.register:read_register",
    "simulate": "kik_analysis.capacity.simulate:simulate",
}
"""Public name -> module and attribute; ``__init__.pyi`` tells editors and type checkers the same."""

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"kik_analysis has no {name!r}; public names are {', '.join(__all__)}")
    module, _, attribute = _HOMES[name].partition(":")
    loaded = import_module(module)
    value: Any = getattr(loaded, attribute) if attribute else loaded
    if not attribute:  # completion offers what is public, not what the module imports
        value.__dir__ = lambda: loaded.__all__
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
