"""Read articles from .txt, .jsonl and .csv files, one record at a time; a bad record is refused alone."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.errors import InputError
from service.records import Document

SUFFIXES = (".csv", ".jsonl", ".txt")
_TEXT_COLUMNS = ("text", "content", "body", "article", "sentence")
_ID_COLUMNS = ("id", "document_id", "article_id", "url")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")
_OPTIONAL = ("outlet", "published")


@dataclass(frozen=True, slots=True)
class Article:
    """A document with what the archive says of it, and where it stands: file and record ("line 3", "" for a whole file)."""

    document: Document
    path: str
    record: str
    outlet: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was not scored: file, place in it ("line 3", or "" for the whole file) and reason."""

    path: str
    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the text and the id; None lets the reader guess among the usual names."""

    text: str | None = None
    id: str | None = None


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files to read, folders searched recursively, in a stable order; raise InputError for a missing path."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"{path}: no such file or folder; expected {', '.join(SUFFIXES)} files or folders of them")
    if not found:
        raise InputError(f"{', '.join(map(str, paths))}: no {', '.join(SUFFIXES)} file there; expected at least one")
    return list({path.resolve(): path for path in found}.values())  # a file named twice is read once


def path_name(path: Path) -> str:
    """Return a path as text; bytes of its name that are not UTF-8 are written as hexadecimal escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def read_articles(path: Path, columns: Columns) -> Iterator[Article | Refused]:
    """Yield each record of a file as an article, or as refused with the reason."""
    readers = {".txt": _read_text, ".jsonl": _read_json_lines, ".csv": _read_csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        yield Refused(path_name(path), "", f"ends in {path.suffix!r}; expected {', '.join(SUFFIXES)}")
        return
    try:
        yield from reader(path, columns)
    except OSError as error:
        yield Refused(path_name(path), "", f"cannot be read: {error.strerror}")


def _read_text(path: Path, columns: Columns) -> Iterator[Article | Refused]:
    try:
        name = path_name(path)
        yield Article(Document(name, path.read_bytes().decode("utf-8-sig")), name, "")
    except UnicodeDecodeError as error:
        yield Refused(path_name(path), "", f"byte {error.start} is not UTF-8; expected a text file in UTF-8")


def _read_json_lines(path: Path, columns: Columns) -> Iterator[Article | Refused]:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if not raw.strip():
                continue
            try:
                record = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError as error:
                yield Refused(path_name(path), f"line {number}", f"byte {error.start} of the line is not UTF-8; expected JSON in UTF-8")
            except (ValueError, RecursionError) as error:
                yield Refused(path_name(path), f"line {number}", f"is not JSON ({error}); expected one JSON object a line")
            else:
                yield _article(path, f"line {number}", record, columns)


def _read_csv(path: Path, columns: Columns) -> Iterator[Article | Refused]:
    csv.field_size_limit(sys.maxsize)
    name = path_name(path)
    # surrogateescape: one byte that is not UTF-8 then spoils its own row, not the file.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            header = list(reader.fieldnames or [])
            if not _pick(header, columns.text, _TEXT_COLUMNS):
                yield Refused(name, "line 1", f"columns are {', '.join(header) or 'none'}; expected {columns.text or 'one of ' + ', '.join(_TEXT_COLUMNS)} (or say --text-column)")
                return
            for row in reader:
                if None in row:
                    found, wanted = len(header) + len(row[None]), len(header)
                    yield Refused(name, f"line {reader.line_num}", f"has {found} cells; expected {wanted} as the header has (quotes around a text with commas)")
                else:
                    yield _article(path, f"line {reader.line_num}", row, columns)
        except csv.Error as error:
            yield Refused(name, f"line {reader.line_num}", f"{error}; expected comma-separated values; the rest of the file was not read")


def _article(path: Path, place: str, record: Mapping[str, Any] | Any, columns: Columns) -> Article | Refused:
    where = path_name(path)
    if not isinstance(record, Mapping):
        return Refused(where, place, f"is a {type(record).__name__}; expected a JSON object")
    name = _pick(record, columns.text, _TEXT_COLUMNS)
    text = record.get(name) if name else None
    if not isinstance(text, str):
        fields = ", ".join(map(str, record)).encode("utf-8", "backslashreplace").decode()
        return Refused(where, place, f"has no text under {columns.text or ' or '.join(_TEXT_COLUMNS)} (fields: {fields}); expected a string")
    key = _pick(record, columns.id, _ID_COLUMNS)
    identifier = str(record[key]) if key and record[key] not in (None, "") else f"{where}#{place.removeprefix('line ')}"
    title = record.get("title") or record.get("headline") or None
    if title is not None and not isinstance(title, str):
        return Refused(where, place, f"has a {type(title).__name__} as title; expected a string")
    extra = {k: str(record[k]) for k in _OPTIONAL if record.get(k) not in (None, "")}
    if spoilt := next((value for value in (identifier, text, title or "", *extra.values()) if _NOT_UTF8.search(value)), None):
        return Refused(where, place, f"holds bytes that are not UTF-8 near {ascii(spoilt[:40])}; expected a file in UTF-8")
    return Article(Document(identifier, text, title), where, place, **extra)


def _pick(names: Iterable[str], wanted: str | None, guesses: Iterable[str]) -> str | None:
    present = set(names)
    return next((name for name in ((wanted,) if wanted else guesses) if name in present), None)
