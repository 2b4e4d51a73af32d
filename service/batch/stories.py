"""Wire copy: articles that print nearly the same text get one story id, in one pass, with memory that does not grow.

MinHash (Broder 1997) with banding, by datasketch; the keys stand in a SQLite table on disk. An article's story is that of the first
earlier article that it resembles, so that the ids depend on the archive's order and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from tempfile import NamedTemporaryFile

import numpy as np
import numpy.typing as npt
from datasketch import MinHash

PERMUTATIONS = 64
_BANDS = 16
_SHINGLE = 5
ALIKE = 0.8
"""Estimated Jaccard similarity of the sets of five-word runs from which two articles are one story."""


def signature_of(text: str) -> bytes | None:
    """Return a text's MinHash signature; None for a text too short to be told from another."""
    words = text.lower().split()
    if len(words) < 2 * _SHINGLE:
        return None
    shingles = {" ".join(words[i : i + _SHINGLE]).encode("utf-8", "surrogatepass") for i in range(len(words) - _SHINGLE + 1)}
    sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
    sketch.update_batch(sorted(shingles))
    return np.asarray(sketch.hashvalues, dtype="<u4").tobytes()


class Stories:
    """Hands out story ids in the order of the archive."""

    def __init__(self) -> None:
        self._file = NamedTemporaryFile(prefix="stancewire-stories-")  # noqa: SIM115 - lives as long as the run
        self._db = sqlite3.connect(self._file.name, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -64000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE bands (key BLOB PRIMARY KEY, story TEXT, signature BLOB) WITHOUT ROWID")

    def story_of(self, identifier: str, signature: bytes | None) -> str:
        """Return the story id of the next article: its own id, or that of the first article that prints nearly the same."""
        if signature is None:
            return identifier
        own = np.frombuffer(signature, dtype="<u4")
        keys = list(_keys(own))
        for key in keys:
            found = self._db.execute("SELECT story, signature FROM bands WHERE key = ?", (key,)).fetchone()
            if found and float(np.mean(np.frombuffer(found[1], dtype="<u4") == own)) >= ALIKE:
                return str(found[0])
        self._db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?, ?)", [(key, identifier, signature) for key in keys])
        return identifier


def _keys(signature: npt.NDArray[np.uint32]) -> Iterator[bytes]:
    rows = PERMUTATIONS // _BANDS
    for band in range(_BANDS):
        yield bytes([band]) + signature[band * rows : (band + 1) * rows].tobytes()
