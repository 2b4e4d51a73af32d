"""CSV and TSV tables.

A cell that begins with = + - @ would run as a formula in a spreadsheet; it is written with an apostrophe before it, which spreadsheets
take for "this is text" (https://owasp.org/www-community/attacks/CSV_Injection), and the apostrophe is taken off again on the way back.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.errors import LabelError
from labels.exchange.model import Found, Item, Place, ReadOptions
from labels.exchange.source import Source
from labels.exchange.table import Row, header, is_ours, missing, read_rows, table_rows
from labels.exchange.wording import guidelines

_RUNS = re.compile(r"'*[=+\-@\t\r＝＋－＠]")  # full-width signs run too
_MARKED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")

csv.field_size_limit(2**31 - 1)


class Separated:
    """A table whose cells are separated by one of ``separators``; the first writes."""

    def __init__(self, name: str, said: str, separators: str) -> None:
        self.name = name
        self.said = said
        self._separators = separators

    def recognises(self, source: Source) -> bool:
        return not source.is_workbook and not source.looks_like_json and separator_of(source) in self._separators

    def read(self, source: Source, options: ReadOptions) -> Found:
        found = Found()
        separator = separator_of(source)
        reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=separator if separator in self._separators else self._separators[0], strict=True)
        try:
            columns = next(reader, [])
            if lacking := missing(columns, options):
                hint = "; --text-field and --label-field name other columns, --annotator-columns those of a wide table"
                raise LabelError(f"{source.path}:1: columns are {', '.join(columns) or 'none'}; expected {' and '.join(lacking)} among them{hint}")
            read_rows(Place(source.path, None), self._rows(source, reader, columns, found), options, found)
        except csv.Error as error:
            raise LabelError(f"{source.path}:{reader.line_num}: {error}; expected {self.name.upper()}") from error
        return found

    def _rows(self, source: Source, reader: Any, columns: Sequence[str], found: Found) -> Iterator[Row]:
        ours = is_ours(columns)
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) > len(columns):
                place = Place(source.path, reader.line_num)
                found.problems.append(place.problem("row", f"{len(cells)} cells", f"{len(columns)} as the header has; put quotes around a text with a separator in it"))
                continue
            yield reader.line_num, {name: _bare(cell) if ours else cell for name, cell in zip(columns, cells, strict=False) if cell != ""}

    def write(self, items: Sequence[Item], book: Codebook, out: Path) -> dict[Path, bytes]:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=self._separators[0])
        writer.writerow(header(items))
        writer.writerows([_inert(cell) for cell in row] for row in table_rows(items))
        return {out: stream.getvalue().encode("utf-8-sig", "surrogatepass")}  # Excel reads UTF-8 only behind this mark

    def configuration(self, book: Codebook) -> bytes:
        """Return the page that goes beside the table: what to fill in, and the definitions."""
        how = "Fill in `label`, `voice`, `speaker`, `unsure` (yes), `note` and `annotator` (your name); leave `unit` and `text` as they are.\n"
        return f"{guidelines(book)}\n{how}".encode()


def separator_of(source: Source) -> str:
    """Return the separator that the header has most of; a comma where it has none."""
    first = source.text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _inert(cell: str) -> str:
    return f"'{cell}" if _RUNS.match(cell) else cell


def _bare(cell: str) -> str:
    return cell[1:] if _MARKED.match(cell) else cell


CSV = Separated("csv", "a table separated by commas or semicolons", ",;")
TSV = Separated("tsv", "a table separated by tabs", "\t")
