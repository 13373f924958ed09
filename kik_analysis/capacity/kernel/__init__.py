"""The calendar engine's compiled code.

Numba's cache stamps only the file of the function itself, so after an edit in another file it would serve
stale machine code. Therefore the cache folder is named by the content of all files here, and it is set before
the first function is decorated: importing this package does that.
"""

from __future__ import annotations

from kik_analysis.capacity.kernel.place import prepare

prepare()
