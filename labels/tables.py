"""Read users' tables of labelled sentences: JSON lines, CSV or TSV with a text and a label column.

Full annotation records (as the repo stores them) are JSON lines too and pass through the same door.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.errors import LabelError
from labels.problems import Problem, shorten
from labels.records import REQUIRED, VOICES, Annotation, unit_id
from labels.store import Reading, numbered_lines, parse_line, read_record

_DOCUMENT_COLUMNS = ("document", "article", "article_id", "document_id")
_UNSCORABLE = re.compile("[\0\ud800-\udfff]")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def read_table(path: Path, book: Codebook, *, where: Mapping[str, str] | None = None) -> Reading:
    """Read a user's labelled sentences as annotations of origin "imported"; bad rows become problems.

    Columns: text, label; target, where the codebook has not just one; optional document (or article), voice, annotator, outlet, url, published, note. Others are
    ignored. ``where`` keeps the rows whose column has the given value. Raises LabelError when the file as a whole
    cannot be read.
    """
    reading = Reading()
    known_ids: dict[tuple[str, str], int] = {}
    for number, row in _rows(path, reading):
        if any(str(row.get(column)) != value for column, value in (where or {}).items()):
            continue
        stored = read_record({**row, "origin": "imported"}, book, path, number) if _is_record(row) else None
        if isinstance(stored, list):
            reading.problems += stored
            continue
        problem = None if stored else _fault(path, number, row, book)
        if problem is None:
            annotation = stored or _annotation(row, book, path)
            first = known_ids.setdefault((annotation.unit, annotation.annotator), number)
            if first == number:
                reading.rows.append((number, annotation))
                continue
            problem = Problem(
                path, number, "text", shorten(annotation.text), f"each sentence once an annotator{' and target' if book.paired else ''}; it already stands at line {first}"
            )
        reading.problems.append(problem)
    if not reading.rows and not reading.problems:
        condition = f" with {' and '.join(f'{k}={v}' for k, v in where.items())}" if where else ""
        raise LabelError(f"{path}: has no rows{condition}; expected at least one labelled sentence")
    return reading


def _rows(path: Path, reading: Reading) -> Iterator[tuple[int, dict[str, Any]]]:
    if path.suffix == ".jsonl":
        yield from _json_rows(path, reading)
    elif path.suffix in _SEPARATORS:
        yield from _separated_rows(path, _SEPARATORS[path.suffix], reading)
    else:
        raise LabelError(f"{path}: ends in {path.suffix!r}; expected .jsonl, .csv or .tsv with columns text and label")


def _json_rows(path: Path, reading: Reading) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, raw in numbered_lines(path):
        try:
            yield number, parse_line(raw)
        except ValueError as error:
            reading.problems.append(Problem(path, number, "line", shorten(raw), str(error)))


def _separated_rows(path: Path, separator: str, reading: Reading) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise LabelError(f"{path}: cannot be read: {error.strerror}; expected a table of labelled sentences") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LabelError(f"{path}:{line}: byte {error.start} is not UTF-8; expected a table saved as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 mends most)") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns = reader.fieldnames or []
    if missing := [name for name in ("text", "label") if name not in columns]:
        raise LabelError(f"{path}:1: columns are {', '.join(columns) or 'none'}; expected {' and '.join(missing)} among them")
    try:
        for row in reader:
            if None in row:
                found = f"{len(columns) + len(row[None])} cells"
                reading.problems.append(Problem(path, reader.line_num, "row", found, f"{len(columns)} as the header has; put quotes around a text with {separator!r} in it"))
                continue
            yield reader.line_num, {k: v for k, v in row.items() if v not in (None, "")}
    except csv.Error as error:
        raise LabelError(f"{path}:{reader.line_num}: {error}; expected {'comma' if separator == ',' else 'tab'}-separated values") from error


def _is_record(row: Mapping[str, Any]) -> bool:
    """Tell a full annotation record, which keeps its id, place and reader, from a plain row of text and label."""
    return all(row.get(name) for name in REQUIRED)


def _fault(path: Path, number: int, row: Mapping[str, Any], book: Codebook) -> Problem | None:
    text, label, voice = row.get("text"), row.get("label"), row.get("voice")
    if not isinstance(text, str) or not any(c.isalpha() for c in text) or _UNSCORABLE.search(text):
        return Problem(path, number, "text", shorten(text), "a sentence")
    if label not in book.labels:
        return Problem(path, number, "label", shorten(label), f"one of {', '.join(book.labels)}")
    target = row.get("target", None if book.paired else book.target)
    if not isinstance(target, str) or not book.allows(target):
        return Problem(path, number, "target", shorten(target), f"{book.allowed}, by codebook {book.name}")
    if voice is not None and voice not in VOICES:
        return Problem(path, number, "voice", shorten(voice), f"one of {', '.join(VOICES)}")
    return None


def _annotation(row: Mapping[str, Any], book: Codebook, path: Path) -> Annotation:
    document = next((str(row[name]) for name in _DOCUMENT_COLUMNS if row.get(name) not in (None, "")), None)
    text = str(row["text"])
    return Annotation(
        id=unit_id(text, document),
        text=text,
        label=str(row["label"]),
        voice=row.get("voice"),
        annotator=str(row.get("annotator") or f"unnamed/{path.stem}"),
        codebook=book.version,
        target=str(row.get("target", book.target)),
        origin="imported",
        document=document,
        **{name: str(row[name]) for name in ("speaker", "outlet", "url", "published", "note") if row.get(name) is not None},  # type: ignore[arg-type]
    )
