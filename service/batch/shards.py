"""Cut a stream of records into shards by their content, so that the same archive always gives the same shards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from service.archive.records import Article, Page, Record

RECORDS = 128
CHARACTERS = 500_000
_PAGE_SHARE = 8  # a fetched page has about eight bytes for each of its article


@dataclass(frozen=True, slots=True)
class Shard:
    """Consecutive records of an archive; ``key`` names their content."""

    number: int
    records: tuple[Record, ...]
    key: str

    def span(self) -> str:
        """Return the places of the first and the last record, for messages."""
        first, last = self.records[0], self.records[-1]
        return f"{first.path} {first.record}".rstrip() + " to " + f"{last.path} {last.record}".rstrip()


def cut(records: Iterable[Record], most: int = RECORDS) -> Iterator[Shard]:
    """Yield shards of at most ``most`` records or about ``CHARACTERS`` characters, whichever is fewer."""
    held: list[Record] = []
    size = number = 0
    for record in records:
        held.append(record)
        size += _size(record)
        if len(held) >= most or size >= CHARACTERS:
            yield _shard(number, held)
            held, size, number = [], 0, number + 1
    if held:
        yield _shard(number, held)


def _size(record: Record) -> int:
    if isinstance(record, Article):
        return len(record.document.text)
    return len(record.raw) // _PAGE_SHARE if isinstance(record, Page) else 0


def _shard(number: int, records: list[Record]) -> Shard:
    digest = hashlib.sha256()
    for record in records:
        for part in _parts(record):
            digest.update(len(part).to_bytes(8, "little") + part)
    return Shard(number, tuple(records), digest.hexdigest())


def _parts(record: Record) -> Iterator[bytes]:
    """Yield what a record holds, each value as bytes, in the order of its fields."""
    yield type(record).__name__.encode()
    document = [record.document.id, record.document.text, record.document.title] if isinstance(record, Article) else []
    values = [getattr(record, field.name) for field in fields(record) if field.name != "document"]
    for value in [*document, *values]:
        yield value if isinstance(value, bytes) else b"\xff" if value is None else str(value).encode("utf-8", "surrogatepass")
