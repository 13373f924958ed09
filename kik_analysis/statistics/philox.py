"""Philox4x32-10 in NumPy: the reference the compiled engine is tested against.

A counter-based generator has no state: the numbers of one decision of one person are a function of a key
(seed and replication) and a counter (who, which decision, which time). Source: Salmon, Moraes, Dror and Shaw
(2011), "Parallel random numbers: as easy as 1, 2, 3", section 3.2 and table 2.
"""

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def philox(counter: npt.ArrayLike, key: npt.ArrayLike, rounds: int = 10) -> Words:
    """Encrypt counters, (..., 4) integers below 2**32, with keys, (..., 2): four words below 2**32 each.

    The shapes broadcast; ten rounds is the published choice.
    """
    c = np.asarray(counter, dtype=np.uint64)
    k = np.asarray(key, dtype=np.uint64)
    c0, c1, c2, c3 = (c[..., i] for i in range(4))
    k0, k1 = k[..., 0], k[..., 1]
    for _ in range(rounds):
        a, b = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (b >> _HALF) ^ c1 ^ k0, b & _MASK, (a >> _HALF) ^ c3 ^ k1, a & _MASK
        k0, k1 = (k0 + _WEYL[0]) & _MASK, (k1 + _WEYL[1]) & _MASK
    return np.stack(np.broadcast_arrays(c0, c1, c2, c3), axis=-1)


def keys(seed: int, first: int, last: int) -> npt.NDArray[np.int64]:
    """Return the keys of replications first..last-1, (n, 2): the seed's words, the replication added.

    No two replications of one seed share one.
    """
    k0, k1 = (int(w) for w in np.random.SeedSequence(seed).generate_state(2, np.uint32))
    out = np.empty((last - first, 2), dtype=np.int64)
    out[:, 0], out[:, 1] = k0, (k1 + np.arange(first, last, dtype=np.int64)) & 0xFFFFFFFF
    return out
