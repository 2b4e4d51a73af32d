"""A file to import, decoded once: as text, as JSON, as JSON lines; packed exports are opened."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from labels.errors import LabelError
from labels.problems import Problem, shorten
from labels.store import parse_line

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Entry:
    """One JSON object of a file with its place: a line of JSON lines, or a spot in one JSON document."""

    line: int | None
    spot: str
    value: dict[str, Any]


class Source:
    """A file's content under the name that messages give it."""

    def __init__(self, path: Path, raw: bytes) -> None:
        self.path = path
        self.raw = raw

    @property
    def is_workbook(self) -> bool:
        """Tell whether this is an Excel workbook (a zip that holds one)."""
        return b"xl/workbook" in self.raw[-65536:] and self.raw.startswith(b"PK")

    @cached_property
    def text(self) -> str:
        """Return the content as text; raise LabelError naming the byte that is not UTF-8 (UTF-16 is read where its mark stands)."""
        coding = "utf-16" if self.raw.startswith(_UTF16) else "utf-8-sig"
        try:
            return self.raw.decode(coding)
        except UnicodeDecodeError as error:
            line = self.raw[: error.start].count(b"\n") + 1
            raise LabelError(f"{self.path}:{line}: byte {error.start} is not UTF-8; expected an export saved as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 mends most)") from error

    @property
    def looks_like_json(self) -> bool:
        """Tell whether the content begins as JSON does."""
        return not self.is_workbook and self.text.lstrip()[:1] in ("[", "{")

    @cached_property
    def whole(self) -> Any:
        """Return the content as one JSON document; None where it is several lines of JSON, or none. Raise LabelError for a broken list."""
        if not self.looks_like_json:
            return None
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            if self.text.lstrip().startswith("["):
                place = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
                raise LabelError(f"{self.path}{place}: cannot be read as JSON: {error}; expected a tool's whole export") from error
            return None

    @cached_property
    def _parsed(self) -> tuple[list[Entry], list[Problem]]:
        if isinstance(self.whole, list):
            return self._from_list(self.whole)
        if isinstance(self.whole, dict):
            return [Entry(1, "", self.whole)], []
        entries: list[Entry] = []
        problems: list[Problem] = []
        for number, line in enumerate(self.text.encode("utf-8", "surrogatepass").split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                entries.append(Entry(number, "", parse_line(line)))
            except ValueError as error:
                problems.append(Problem(self.path, number, "line", shorten(line), str(error)))
        return entries, problems

    def _from_list(self, rows: list[Any]) -> tuple[list[Entry], list[Problem]]:
        entries = [Entry(None, f"[{i}]", row) for i, row in enumerate(rows) if isinstance(row, dict)]
        return entries, [Problem(self.path, None, f"[{i}]", shorten(row), "a JSON object") for i, row in enumerate(rows) if not isinstance(row, dict)]

    @property
    def entries(self) -> list[Entry]:
        """Return the JSON objects of the file, those of a list or of its lines."""
        return self._parsed[0] if self.looks_like_json else []

    @property
    def problems(self) -> list[Problem]:
        """Return the lines that are no JSON objects."""
        return list(self._parsed[1]) if self.looks_like_json else []

    @property
    def sample(self) -> list[dict[str, Any]]:
        """Return the first objects, enough to recognise a format by."""
        return [entry.value for entry in self.entries[:50]]


def open_sources(path: Path) -> list[Source]:
    """Return the file, or the files packed in it (doccano exports a zip with one an annotator); raise LabelError if it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read: {error.strerror}; expected a tool's export") from error
    source = Source(path, raw)
    if source.is_workbook or not zipfile.is_zipfile(io.BytesIO(raw)):
        return [source]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        if not members:
            raise LabelError(f"{path}: the zip file is empty; expected a tool's export in it")
        return [Source(path / name, archive.read(name)) for name in members]
