"""Sentences that a model has seen before: their logits, on disk, shared by the processes of a run and by later runs.

Only possible because a sentence's logits are the same to the last bit in any company: what comes from the cache is what the
model would say again. The cache is a help and never a duty: one that is damaged, locked or full is passed over.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.bundle import Bundle
from service.pairs import Input

Logits = npt.NDArray[np.float32]
_MOST = 2_000_000
_ASKED_AT_ONCE = 500


class SentenceCache:
    """Logits by sentence, or by sentence and target, for one model. ``most`` bounds the sentences kept; the oldest leave first."""

    def __init__(self, path: Path, *, most: int = _MOST) -> None:
        self._path = path
        self._most = most
        self._db: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode = WAL", "synchronous = OFF"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.execute("CREATE TABLE IF NOT EXISTS logits (number INTEGER PRIMARY KEY, key BLOB UNIQUE, row BLOB)")
        except (sqlite3.Error, OSError):
            self._db = None

    def get(self, texts: Sequence[Input]) -> dict[Input, Logits]:
        """Return the logits of those of ``texts`` that are known."""
        if self._db is None:
            return {}
        keys = {_key(text): text for text in texts}
        asked = list(keys)
        found: dict[Input, Logits] = {}
        try:
            for first in range(0, len(asked), _ASKED_AT_ONCE):
                part = asked[first : first + _ASKED_AT_ONCE]
                marks = ",".join("?" * len(part))
                for key, row in self._db.execute(f"SELECT key, row FROM logits WHERE key IN ({marks})", part):
                    found[keys[key]] = np.frombuffer(row, dtype="<f4")
        except sqlite3.Error:
            return {}
        return found

    def put(self, rows: Mapping[Input, Logits]) -> None:
        """Keep the logits of sentences."""
        if self._db is None or not rows:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO logits (key, row) VALUES (?, ?)", [(_key(t), row.astype("<f4").tobytes()) for t, row in rows.items()])
            (newest,) = self._db.execute("SELECT COALESCE(MAX(number), 0) FROM logits").fetchone()
            self._db.execute("DELETE FROM logits WHERE number <= ?", (newest - self._most,))
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def cache_path(bundle: Bundle, folder: Path) -> Path:
    """Return where the cache of a bundle stands in ``folder``: another model's logits are none of its business."""
    return folder / f"{bundle.tag.replace(':', '-')}.sqlite"


def _key(text: Input) -> bytes:
    # A text never holds NUL (service.scorer.check_text), so that no sentence with its target is another one.
    joined = text if isinstance(text, str) else "\0".join(text)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).digest()[:16]
