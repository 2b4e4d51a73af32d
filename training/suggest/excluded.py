"""Sentences that are labelled already, or were suggested before: nothing like them is chosen again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.codebook import load_codebook
from labels.errors import InputError
from labels.problems import shorten
from labels.records import unit_id
from labels.store import load_annotations, numbered_lines, parse_line, shipped_files

_SEPARATORS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class Excluded:
    """Distinct texts of the user's files and of the shipped labels, and the ids of units that an earlier random share drew."""

    given: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()
    drawn: frozenset[str] = frozenset()

    def keys(self) -> set[str]:
        """Return what tells whether a text is among them, white space apart."""
        return {unit_id(text) for text in (*self.given, *self.shipped)}


def read_excluded(paths: Iterable[Path]) -> Excluded:
    """Read files with a ``text`` column (labels, units to label; .jsonl, .csv, .tsv) and the shipped labels; raise InputError or LabelError for what cannot be read.

    Rows of stratum "random" name by their ``id`` the units that an earlier call drew at random.
    """
    texts: dict[str, None] = {}
    drawn: set[str] = set()
    for path in paths:
        for place, row in _rows(path):
            text = row.get("text")
            if not isinstance(text, str) or not text.strip():
                raise InputError(f"--exclude {path}:{place}: text: found {shorten(text)}; expected the labelled sentence")
            texts[text] = None
            if row.get("stratum") == "random" and row.get("id"):
                drawn.add(str(row["id"]))
    shipped = dict.fromkeys(row.text for row in load_annotations(shipped_files(), load_codebook()))
    return Excluded(tuple(texts), tuple(shipped), frozenset(drawn))


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix == ".jsonl":
        yield from _json_rows(path)
    elif path.suffix in _SEPARATORS:
        yield from _separated_rows(path)
    else:
        raise InputError(f"--exclude {path}: ends in {path.suffix!r}; expected .jsonl, .csv or .tsv with a text column")


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, raw in numbered_lines(path):
        try:
            yield number, parse_line(raw)
        except ValueError as error:
            raise InputError(f"--exclude {path}:{number}: found {shorten(raw)}; expected {error}") from None


def _separated_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"--exclude {path}: byte {error.start} is not UTF-8; expected a table saved as UTF-8") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_SEPARATORS[path.suffix])
    if "text" not in (reader.fieldnames or []):
        raise InputError(f"--exclude {path}:1: columns are {', '.join(reader.fieldnames or []) or 'none'}; expected text among them")
    for row in reader:
        yield reader.line_num, row
