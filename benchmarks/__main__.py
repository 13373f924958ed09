"""``python -m benchmarks`` runs every benchmark; ``python -m benchmarks runs`` one of them.

Each module has ``start``, which makes what it measures, small, and returns how much of each there is, so that
a test sees that it can; its ``main`` prints what it measures.
"""

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> None:
    """Run the benchmarks of these names, or all."""
    known = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__"]
    for name in names or known:
        if name not in known:
            sys.exit(f"no benchmark {name}; there are {', '.join(known)}")
        module = importlib.import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"== {name}", flush=True)
            module.main()


if __name__ == "__main__":
    main(sys.argv[1:])
