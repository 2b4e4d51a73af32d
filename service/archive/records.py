"""What a reader yields: an article with its place, or the reason why a record cannot be scored."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.records import Document

MAX_RECORD = 16 * 1024 * 1024
"""Bytes of one record, decompressed. A longer one is refused: no article has them, and memory stays bounded."""

_MAPPINGS = 100


@dataclass(frozen=True, slots=True)
class Article:
    """A document with what the archive says of it, and where it stands: file and record ("line 3", "" for a whole file)."""

    document: Document
    path: str
    record: str
    outlet: str | None = None
    published: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A web page as it was fetched; its article is taken out where the work is shared (html.extract)."""

    raw: bytes
    id: str
    path: str
    record: str
    url: str | None = None
    declared: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was not scored: file, place in it ("line 3", or "" for the whole file) and reason."""

    path: str
    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; None lets the reader guess among the usual names."""

    text: str | None = None
    id: str | None = None
    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None


Record = Article | Page | Refused


@dataclass(slots=True)
class Reading:
    """How an archive is read, and what its reader tells on the way: the columns that it took, and how many bytes of files it has passed."""

    columns: Columns = field(default_factory=Columns)
    mappings: dict[tuple[str, ...], str] = field(default_factory=dict)
    finished_bytes: int = 0
    current_bytes: int = 0

    @property
    def bytes_read(self) -> int:
        return self.finished_bytes + self.current_bytes

    def took(self, path: str, mapping: Mapping[str, str]) -> None:
        """Note which column serves as what, and the first file where that was so."""
        key = tuple(f"{name}={column}" for name, column in mapping.items())
        if len(self.mappings) < _MAPPINGS:
            self.mappings.setdefault(key, path)


def path_name(path: Path) -> str:
    """Return a path as text; bytes of its name that are not UTF-8 are written as hexadecimal escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
