"""The label store: JSON-lines files of annotations, the documents they point into, and their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.errors import LabelError
from labels.problems import Problem, raise_problems, shorten
from labels.records import FIELDS, ORIGINS, REQUIRED, STRATA, VOICES, Annotation

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of a seed article. ``story`` is shared by articles that retell the same report."""

    id: str
    file: str
    headline: str | None
    outlet: str | None
    published: str | None
    story: str
    note: str


@dataclass(slots=True)
class Reading:
    """The rows of a label file that hold, each with its line, and the problems of those that do not."""

    rows: list[tuple[int, Annotation]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def shipped_files() -> list[Path]:
    """Return the annotation files of the repo, in a stable order."""
    return sorted(path for path in DATA.glob("*.jsonl") if path.name != "documents.jsonl")


@lru_cache(maxsize=4)
def documents(folder: Path = DATA) -> dict[str, Document]:
    """Return the seed articles' table by document id."""
    lines = (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    return {doc.id: doc for doc in (Document(**json.loads(line)) for line in lines)}


@lru_cache(maxsize=64)
def document_text(identifier: str, folder: Path = DATA) -> str:
    """Return a seed article as printed, line ends untouched, so that offsets hold; raise LabelError if unknown."""
    try:
        return (folder / documents(folder)[identifier].file).read_bytes().decode("utf-8")
    except KeyError:
        raise LabelError(f"document {identifier!r} is not in {folder / 'documents.jsonl'}; expected one of {', '.join(documents(folder))}") from None


def load_annotations(paths: Iterable[Path], book: Codebook) -> list[Annotation]:
    """Read annotation files that must hold without exception; raise LabelError listing what does not."""
    readings = [read_annotations(path, book) for path in paths]
    raise_problems([problem for reading in readings for problem in reading.problems])
    return [row for reading in readings for _, row in reading.rows]


def read_annotations(path: Path, book: Codebook) -> Reading:
    """Read one JSON-lines file of annotations, row by row; a bad row becomes a problem and harms no other."""
    reading = Reading()
    for number, raw in numbered_lines(path):
        try:
            record = parse_line(raw)
        except ValueError as error:
            reading.problems.append(Problem(path, number, "line", shorten(raw), str(error)))
            continue
        read = read_record(record, book, path, number)
        if isinstance(read, Annotation):
            reading.rows.append((number, read))
        else:
            reading.problems += read
    return reading


def read_record(record: dict[str, Any], book: Codebook, path: Path, number: int | None) -> Annotation | list[Problem]:
    """Return the annotation that a JSON object is, or everything that is wrong with it."""
    return list(_faults(record, book, path, number)) or Annotation(**record)


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that hold anything, numbered from 1; raise LabelError if it cannot be opened."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read: {error.strerror}; expected a file of annotations") from error
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if raw.strip():
            yield number, raw.rstrip(b"\r")


def parse_line(raw: bytes) -> dict[str, Any]:
    """Return the JSON object on a line; raise ValueError saying what was expected."""
    try:
        record = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"UTF-8 text (byte {error.start} of the line is not)") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"one JSON object a line ({error.msg} at column {error.colno})") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"one JSON object a line ({error})") from None
    if not isinstance(record, dict):
        raise ValueError("a JSON object with the fields of an annotation")
    return record


def _faults(record: dict[str, Any], book: Codebook, path: Path, number: int | None) -> Iterator[Problem]:
    for name, expected in [*_shape_faults(record), *_value_faults(record, book)]:
        yield Problem(path, number, name, shorten(record.get(name)), expected)


def _shape_faults(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in record.keys() - FIELDS.keys():
        yield name, f"a field of an annotation ({', '.join(FIELDS)})"
    for name in REQUIRED:
        if record.get(name) in (None, ""):
            yield name, "a value (the field is required)"
    for name, kind in FIELDS.items():
        if record.get(name) is not None and type(record[name]) is not kind:
            yield name, f"a JSON value of type {kind.__name__}"


def _value_faults(record: dict[str, Any], book: Codebook) -> Iterator[tuple[str, str]]:
    for name, allowed in (("label", book.labels), ("voice", VOICES), ("origin", ORIGINS), ("stratum", STRATA)):
        if isinstance(record.get(name), str) and record[name] not in allowed:
            yield name, f"one of {', '.join(allowed)}"
    if isinstance(record.get("target"), str) and not book.allows(record["target"]):
        yield "target", f"{book.allowed}, by codebook {book.name}"
    if isinstance(record.get("codebook"), str) and not book.covers(record["codebook"]):
        yield "codebook", f"{book.version!r}, the version of codebook {book.name}, or an earlier one of the same first number"


def labels_hash(rows: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 over (text, label) pairs, whatever their order: it moves when training data moves."""
    digest = hashlib.sha256()
    for text, label in sorted(rows):
        digest.update(json.dumps([text, label], ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
