"""Read any file of an archive by its name: format, compression, container."""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from labels.errors import TextError
from service.archive.find import READABLE, kind_of
from service.archive.records import Article, Page, Reading, Record, Refused, path_name
from service.archive.streams import BROKEN, decompress, read_whole
from service.archive.tables import json_lines, parquet, separated
from service.archive.text import decode
from service.archive.warc import warc
from service.records import Document


def read_records(path: Path, reading: Reading) -> Iterator[Record]:
    """Yield each record of a file as an article, a page, or as refused with the reason; never raises for what the file holds."""
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            for record in _read(cast(BinaryIO, stream), path_name(path), path.name, reading):
                reading.current_bytes = size if stream.closed else stream.tell()  # Parquet's reader closes what it has read
                yield record
            reading.finished_bytes += size
    except OSError as error:
        yield Refused(path_name(path), "", f"cannot be read: {error.strerror or error}")
    except Exception as error:  # what no reader foresaw spoils its own file, not the archive
        yield Refused(path_name(path), "", f"cannot be read ({type(error).__name__}: {error}); the rest of the file was not read")
    reading.current_bytes = 0


def _read(stream: BinaryIO, name: str, file_name: str, reading: Reading, *, nested: bool = False) -> Iterator[Record]:
    kind = kind_of(file_name)
    if kind is None:
        yield Refused(name, "", f"ends in {os.path.splitext(file_name)[1]!r}; expected {READABLE}")
        return
    suffix, packed = kind
    if nested and suffix in (".zip", ".tar"):
        yield Refused(name, "", "is a container in a container; expected one to be unpacked first")
        return
    try:
        yield from _format(decompress(stream, packed), suffix, name, reading)
    except BROKEN as error:
        yield Refused(name, "", f"is damaged or cut off ({error}); what stands before was read, the rest was not")


def _format(stream: BinaryIO, suffix: str, name: str, reading: Reading) -> Iterator[Record]:
    if suffix in (".txt", ".html", ".htm"):
        yield _whole(stream, suffix, name)
    elif suffix in (".jsonl", ".ndjson"):
        yield from json_lines(stream, name, reading)
    elif suffix in (".csv", ".tsv"):
        yield from separated(stream, name, reading, "," if suffix == ".csv" else "\t")
    elif suffix == ".parquet":
        yield from parquet(stream, name, reading)
    elif suffix in (".warc", ".wet"):
        yield from warc(stream, name)
    elif suffix == ".zip":
        yield from _zip(stream, name, reading)
    else:
        yield from _tar(stream, name, reading)


def _whole(stream: BinaryIO, suffix: str, name: str) -> Record:
    try:
        raw = read_whole(stream)
        if suffix == ".txt":
            return Article(Document(name, decode(raw)), name, "")
        return Page(raw, name, name, "")
    except TextError as error:
        return Refused(name, "", str(error))


def _zip(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Record]:
    try:
        container = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError) as error:
        yield Refused(name, "", f"is not a ZIP file ({error})")
        return
    for entry in sorted((e for e in container.infolist() if not e.is_dir()), key=lambda e: e.filename):
        inner = f"{name}!{entry.filename}"
        if kind_of(entry.filename) is None:
            continue
        if entry.flag_bits & 1:
            yield Refused(inner, "", "is encrypted; expected it without a password")
            continue
        try:
            with container.open(entry) as member:
                yield from _read(cast(BinaryIO, member), inner, entry.filename, reading, nested=True)
        except (zipfile.BadZipFile, NotImplementedError, *BROKEN) as error:
            yield Refused(inner, "", f"is damaged ({error})")


def _tar(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Record]:
    """Read members in the order of the tape: a stream cannot be sorted."""
    try:
        with tarfile.open(fileobj=stream, mode="r|") as container:
            for entry in container:
                member = container.extractfile(entry) if entry.isfile() else None
                if member is not None and kind_of(entry.name) is not None:
                    yield from _read(cast(BinaryIO, member), f"{name}!{entry.name}", entry.name, reading, nested=True)
    except tarfile.TarError as error:
        yield Refused(name, "", f"is no whole tar file ({error}); the rest was not read")
