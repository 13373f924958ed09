"""The calendar engine's compiled code: plain Python that ``machine.py`` has Numba compile.

Every module imports all names of the one before it (pyproject.toml lets it): they are one module in the end.
"""
