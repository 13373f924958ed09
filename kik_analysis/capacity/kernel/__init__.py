"""The calendar engine's compiled code.

Numba compiles it, once for every version of the code, in a process of its own (``building.py``); the machine
code lies in a folder named by the content of all files here (``place.py``), because a cache that looks at one
file serves stale code after an edit in another. Loading and calling it takes no Numba (``native.py``).
"""
