"""Which ids an archive has used already, on disk, so that memory does not grow with the archive."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from tempfile import NamedTemporaryFile

from labels.problems import shorten
from service.archive.records import Record, Refused


def unique(records: Iterable[Record]) -> Iterator[Record]:
    """Yield every record, one whose id has been used already as refused: its scores could not be told from the first's."""
    seen = _Seen()
    for record in records:
        if isinstance(record, Refused):
            yield record
            continue
        identifier = record.document.id if hasattr(record, "document") else record.id
        first = seen.first_place(identifier, f"{record.path} {record.record}".rstrip())
        if first is None:
            yield record
        else:
            reason = f"id {shorten(identifier)} already stands at {first}; expected ids that tell records apart (name a column with --id-column)"
            yield Refused(record.path, record.record, reason)


class _Seen:
    def __init__(self) -> None:
        self._file = NamedTemporaryFile(prefix="stancewire-ids-")  # noqa: SIM115 - lives as long as the run
        self._db = sqlite3.connect(self._file.name, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -64000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE ids (key BLOB PRIMARY KEY, place TEXT) WITHOUT ROWID")

    def first_place(self, identifier: str, place: str) -> str | None:
        """Return where an id stood first, or None when it is new."""
        key = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).digest()[:16]
        if self._db.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (key, place.encode("utf-8", "replace").decode())).rowcount:
            return None
        return str(self._db.execute("SELECT place FROM ids WHERE key = ?", (key,)).fetchone()[0])
