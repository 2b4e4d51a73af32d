"""Pages out of WARC and texts out of WET files, by FastWARC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecordType

from labels.errors import TextError
from service.archive.fields import iso_date
from service.archive.records import MAX_RECORD, Article, Page, Record, Refused
from service.archive.streams import BROKEN
from service.archive.text import decode
from service.records import Document

_WANTED = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
_PAGES = ("text/html", "application/xhtml+xml")


class _Tolerant:
    """A stream that ends where it is damaged, and keeps the damage for later: what was read ahead is then not lost."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._place = 0
        self.damage: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = b"" if self.damage else self._stream.read(size)
        except BROKEN as error:
            self.damage = error
            return b""
        self._place += len(chunk)
        return chunk

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("a stream out of an archive is read once, from its beginning")

    def close(self) -> None:
        """Leave closing to the owner."""


def warc(stream: BinaryIO, path: str) -> Iterator[Record]:
    """Yield every page and text; other records (requests, images, failed fetches) hold no article and are passed over."""
    number = 0
    source = _Tolerant(stream)
    try:
        for number, record in enumerate(ArchiveIterator(source, record_types=_WANTED, parse_http=False), start=1):
            if (found := _record(record, path, f"record {number}")) is not None:
                yield found
    except (GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # FastWARC raises many types on damaged files; a panic of its Rust part is no Exception
        source.damage = source.damage or error
    if source.damage is not None:
        yield Refused(path, f"record {number + 1}", f"cannot be read ({source.damage}); the rest of the file was not read")


def _record(record: Any, path: str, place: str) -> Record | None:
    announced = record.content_length
    if announced > MAX_RECORD:
        return Refused(path, place, f"has {announced:,} bytes; expected at most {MAX_RECORD:,}")
    record.freeze()
    if (found := record.content_length) < announced:
        return Refused(path, place, f"is cut off after {found:,} of {announced:,} bytes; expected a whole record")
    if record.headers.get("Content-Type", "").startswith("application/http"):
        record.parse_http(auto_decode="all")
    kind = (record.http_content_type if record.is_http_parsed else record.headers.get("Content-Type", "").split(";")[0].strip()) or ""
    page, plain = kind in _PAGES, kind == "text/plain"
    if not (page or plain) or (record.is_http_parsed and not str(record.http_headers.status_code).startswith("2")):
        return None
    body = record.reader.read(MAX_RECORD + 1)
    if len(body) > MAX_RECORD:
        return Refused(path, place, f"has more than {MAX_RECORD:,} bytes unpacked")
    url = record.headers.get("WARC-Target-URI", "").strip("<>") or None
    date = record.headers.get("WARC-Date")
    identifier = url or f"{path}#{place}"
    if page:
        return Page(body, identifier, path, place, url, record.http_charset, date)
    try:
        return Article(Document(identifier, decode(body, record.http_charset)), path, place, None, iso_date(date), url)
    except TextError as error:
        return Refused(path, place, str(error))
