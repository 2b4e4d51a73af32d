"""Excel workbooks. Cells are written as text, whatever they begin with, so that nothing runs and no date or zero is rewritten."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.errors import InputError, LabelError
from labels.exchange.model import Found, Item, Place, ReadOptions
from labels.exchange.source import Source
from labels.exchange.table import UNIT, Row, header, missing, read_rows, table_rows
from labels.exchange.wording import VOICE_HINTS, guidelines, question
from labels.records import VOICES

CELL = 32_767
"""Characters that a cell of Excel holds."""
_SHEET = "sentences"
_WIDTHS = {"text": 80, "label": 14, "note": 30, UNIT: 12}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Workbook:
    name = "xlsx"
    said = "an Excel workbook"

    def recognises(self, source: Source) -> bool:
        return source.is_workbook

    def read(self, source: Source, options: ReadOptions) -> Found:
        """Return the answers of the first sheet that has the columns; raise LabelError if none has."""
        seen: list[str] = []
        for sheet, rows in _sheets(source):
            columns = [str(cell).strip() for cell in rows[0]] if rows else []
            if not missing(columns, options):
                found = Found()
                read_rows(Place(source.path, None, f"[{sheet}]"), _rows(rows, columns), options, found)
                return found
            seen.append(f"{sheet} ({', '.join(filter(None, columns)) or 'empty'})")
        wanted = " and ".join(missing([], options))
        raise LabelError(f"{source.path}: sheets are {'; '.join(seen)}; expected one with {wanted} in its first row; --text-field and --label-field name other columns")

    def write(self, items: Sequence[Item], book: Codebook, out: Path) -> dict[Path, bytes]:
        """Return the workbook: the sentences, with lists to choose from, and the codebook on a second sheet."""
        rows = table_rows(items)
        for row in rows:
            if long := next((cell for cell in row if len(cell) > CELL), None):
                raise LabelError(f"{out}: a cell of Excel holds {CELL:,} characters, {long[:40]!r}… has {len(long):,}; expected shorter sentences, or --format csv")
        stream = io.BytesIO()
        _fill(stream, header(items), rows, book)
        return {out: stream.getvalue()}

    def configuration(self, book: Codebook) -> bytes:
        """Return the page of the second sheet, as Markdown."""
        return guidelines(book).encode()


def _sheets(source: Source) -> Iterator[tuple[str, list[list[Any]]]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ModuleNotFoundError as error:
        raise _lacking(error) from error
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(source.raw))
        for sheet in workbook.sheet_names:
            yield sheet, workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise LabelError(f"{source.path}: cannot be read as a workbook: {error}; expected an .xlsx file without a password") from error


def _rows(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> Iterator[Row]:
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell not in (None, "") for cell in cells):
            yield number, {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell not in (None, "")}


def _fill(stream: io.BytesIO, columns: Sequence[str], rows: Sequence[Sequence[str]], book: Codebook) -> None:
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise _lacking(error) from error
    with xlsxwriter.Workbook(stream, _OPTIONS) as workbook:
        bold, wrap = workbook.add_format({"bold": True}), workbook.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        sheet = workbook.add_worksheet(_SHEET)
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(name, 12), wrap)
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, cell, wrap)
        for name, choices in (("label", book.labels), ("voice", VOICES), ("unsure", ("yes", "no"))):
            if rows and len(",".join(choices)) < 255:  # Excel's limit for a list
                sheet.data_validation(1, columns.index(name), len(rows), columns.index(name), {"validate": "list", "source": list(choices)})
        page = workbook.add_worksheet("codebook")
        page.set_column(0, 0, 16)
        page.set_column(1, 1, 100, wrap)
        lines = [("", question(book)), *((label.name, label.definition) for label in book.scheme), *VOICE_HINTS.items()]
        for number, pair in enumerate(lines):
            for place, cell in enumerate(pair):
                page.write_string(number, place, cell, bold if place == 0 or number == 0 else wrap)


def _lacking(error: ModuleNotFoundError) -> InputError:
    return InputError(f"Excel workbooks need {error.name}: pip install 'stancewire[excel]'; or use --format csv")
