"""Records out of JSON lines, separated values and Parquet, streamed."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from labels.errors import TextError
from service.archive.fields import GUESSES, article, mapping
from service.archive.records import MAX_RECORD, Article, Reading, Refused
from service.archive.streams import lines
from service.archive.text import decode

_ROWS = 256


def json_lines(stream: BinaryIO, path: str, reading: Reading) -> Iterator[Article | Refused]:
    for number, raw in enumerate(lines(stream), start=1):
        place = f"line {number}"
        if isinstance(raw, int):
            yield Refused(path, place, f"has {raw:,} bytes; expected at most {MAX_RECORD:,}, one article a line")
        elif raw.strip():
            try:
                record = json.loads(decode(raw))
            except TextError as error:
                yield Refused(path, place, str(error))
            except (ValueError, RecursionError) as error:
                yield Refused(path, place, f"is not JSON ({error}); expected one JSON object a line")
            else:
                yield article(path, place, record, reading)


def separated(stream: BinaryIO, path: str, reading: Reading, separator: str) -> Iterator[Article | Refused]:
    csv.field_size_limit(MAX_RECORD)
    # surrogateescape: one byte that is not UTF-8 then spoils its own row, not the file.
    text = io.TextIOWrapper(io.BufferedReader(_Raw(stream)), encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.DictReader(text, strict=True, delimiter=separator)
    try:
        header = list(reader.fieldnames or [])
        if "text" not in mapping(header, reading.columns):
            listed = ", ".join(map(str, header))[:200].encode("utf-8", "backslashreplace").decode() or "none"
            wanted = reading.columns.text or "one of " + ", ".join(GUESSES["text"])
            yield Refused(path, "line 1", f"columns are {listed}; expected {wanted} (or say --text-column)")
            return
        for row in reader:
            place = f"line {reader.line_num}"
            if None in row:
                found, wanted_cells = len(header) + len(row[None]), len(header)
                yield Refused(path, place, f"has {found} cells; expected {wanted_cells} as the header has (quotes around a text with {separator!r} in it)")
            else:
                yield article(path, place, row, reading)
    except csv.Error as error:
        yield Refused(path, f"line {reader.line_num}", f"{error}; expected separated values; the rest of the file was not read")


class _Raw(io.RawIOBase):
    """Lends a stream to a text wrapper without giving it away: closing stays with the owner."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        chunk = self._stream.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)


def parquet(stream: BinaryIO, path: str, reading: Reading) -> Iterator[Article | Refused]:
    with _seekable(stream) as source:
        try:
            file = pq.ParquetFile(source)
        except (pa.ArrowException, OSError) as error:
            yield Refused(path, "", f"is not Parquet ({error}); expected a whole Parquet file")
            return
        held = mapping(file.schema_arrow.names, reading.columns)
        if "text" not in held:
            listed = ", ".join(file.schema_arrow.names)[:200]
            yield Refused(path, "", f"columns are {listed}; expected {reading.columns.text or 'one of ' + ', '.join(GUESSES['text'])} (or say --text-column)")
            return
        number = 0
        try:
            for batch in file.iter_batches(batch_size=_ROWS, columns=sorted(set(held.values()))):
                for record in batch.to_pylist():
                    number += 1
                    yield article(path, f"row {number}", record, reading)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            yield Refused(path, f"row {number + 1}", f"cannot be read ({error}); the rest of the file was not read")


def _seekable(stream: BinaryIO) -> BinaryIO:
    """Return a stream that can be read from its end, as Parquet is; a packed one is unpacked to disk first."""
    if stream.seekable() and isinstance(stream, io.BufferedReader):
        return stream
    spool = TemporaryFile(prefix="stancewire-")  # noqa: SIM115 - its reader closes it
    shutil.copyfileobj(stream, spool)
    spool.seek(0)
    return spool
