"""The calendar engine's compiled code: plain Python that ``machine.py`` has Numba compile."""
