"""Tables and workbooks, with what spreadsheets do to them."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from labels.codebook import Codebook
from labels.records import unit_id
from tests.exchange import bring, send, stored, units, write_lines

RUNS = ('=HYPERLINK("http://x","Iran")', "+Iran", "-Iran", "@Iran", "\tIran", "'=Iran", "＝Iran")


@pytest.mark.parametrize("text", RUNS)
@pytest.mark.parametrize("tool", ["csv", "tsv"])
def test_a_cell_that_a_spreadsheet_would_run_is_written_as_text_and_comes_back_as_it_was(text: str, tool: str, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "units.jsonl", [{"text": text, "id": unit_id(text)}])
    out = tmp_path / f"x.{tool}"
    assert send(source, "--format", tool, "--out", out) == 0
    (row,) = csv.DictReader(io.StringIO(out.read_bytes().decode("utf-8-sig"), newline=""), delimiter="," if tool == "csv" else "\t")
    assert row["text"] == f"'{text}"
    out.write_bytes(out.read_bytes().replace(b",,,,,,,", b",neutral,,,,,anna,").replace(b"\t\t\t\t\t\t\t", b"\tneutral\t\t\t\t\tanna\t"))
    assert bring(out, "--out", tmp_path / "back.jsonl") == 0
    assert [(row["text"], row["id"]) for row in stored(tmp_path / "back.jsonl")] == [(text, unit_id(text))]


def test_a_workbook_holds_no_formula_no_link_and_no_number(tmp_path: Path) -> None:
    texts = [*RUNS[:4], "https://example.org names Iran", "0012 Iran"]
    out = tmp_path / "x.xlsx"
    assert send(write_lines(tmp_path / "units.jsonl", [{"text": text} for text in texts]), "--format", "xlsx", "--out", out) == 0
    with zipfile.ZipFile(out) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert sheet.count('t="s"') == sheet.count("<v>")
    columns, *rows = CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python()
    assert [row[columns.index("text")] for row in rows] == texts


def test_a_workbook_offers_the_labels_and_explains_them(tmp_path: Path, book: Codebook) -> None:
    out = tmp_path / "x.xlsx"
    assert send(write_lines(tmp_path / "units.jsonl", units()), "--format", "xlsx", "--out", out) == 0
    with zipfile.ZipFile(out) as archive:
        assert f'<formula1>"{",".join(book.labels)}"</formula1>' in archive.read("xl/worksheets/sheet1.xml").decode()
    page = CalamineWorkbook.from_path(out).get_sheet_by_name("codebook").to_python()
    assert [label.definition for label in book.scheme] == [row[1] for row in page[1 : 1 + len(book.labels)]]


def test_a_workbook_as_people_keep_them_is_read(tmp_path: Path) -> None:
    """A cover sheet before the table, dates as dates, numbers as numbers, a blank row, other names for columns."""
    path = tmp_path / "ours.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("cover").write_row(0, 0, ["Our archive"])
        sheet = workbook.add_worksheet("labels")
        sheet.write_row(0, 0, ["Sentence", "Stance", "article", "published", "start", "annotator", "unsure"])
        sheet.write_row(1, 0, ["Iran met Russia.", "Neutral", 12, None, 40, "anna", True])
        sheet.write_datetime(1, 3, date(2023, 12, 7), workbook.add_format({"num_format": "d mmm yyyy"}))
        sheet.write_row(3, 0, ["Iran left Russia.", "critical", "b", "2023", None, "ben"])
    out = tmp_path / "mine.jsonl"
    assert bring(path, "--text-field", "Sentence", "--label-field", "Stance", "--out", out) == 0
    first, second = stored(out)
    assert (first["document"], first["published"], first["start"], first["unsure"], first["label"]) == ("12", "2023-12-07", 40, True, "neutral")
    assert (second["document"], second["published"], second["annotator"]) == ("b", "2023", "person/ben")


def test_a_wide_table_holds_one_annotator_a_column(tmp_path: Path) -> None:
    path, out = tmp_path / "wide.csv", tmp_path / "mine.jsonl"
    path.write_text('text;anna;ben\n"Iran met Russia; so";critical;neutral\nIran left Russia.;;critical\n', encoding="utf-8")
    assert bring(path, "--annotator-columns", "anna,ben", "--out", out) == 0
    assert [(row["text"], row["annotator"], row["label"]) for row in stored(out)] == [
        ("Iran met Russia; so", "person/anna", "critical"),
        ("Iran met Russia; so", "person/ben", "neutral"),
        ("Iran left Russia.", "person/ben", "critical"),
    ]


def test_a_wide_table_without_the_column_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("text,anna\nIran met Russia.,critical\n", encoding="utf-8")
    assert bring(path, "--annotator-columns", "anna,ben", "--out", tmp_path / "mine.jsonl") == 2
    assert "columns are text, anna; expected ben among them" in capsys.readouterr().err


def test_excels_unicode_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes("text\tlabel\tannotator\r\n“Iran” met Russia.\tneutral\tÇem\r\n".encode("utf-16"))
    assert bring(path, "--out", tmp_path / "mine.jsonl") == 0
    assert [(row["text"], row["annotator"]) for row in stored(tmp_path / "mine.jsonl")] == [("“Iran” met Russia.", "person/Çem")]


def test_a_unit_cell_that_was_spoilt_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text("text,label,unit\nIran met Russia.,neutral,12.5\n", encoding="utf-8")
    assert bring(path, "--out", tmp_path / "mine.jsonl") == 2
    assert f"{path}:2: unit: found '12.5'; expected the cell as it was exported" in capsys.readouterr().err


def test_a_text_too_long_for_a_cell_is_refused_with_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_lines(tmp_path / "units.jsonl", [{"text": "Iran " * 7_000}])
    assert send(source, "--format", "xlsx", "--out", tmp_path / "x.xlsx") == 2
    assert "a cell of Excel holds 32,767 characters" in capsys.readouterr().err
    assert send(source, "--format", "csv", "--out", tmp_path / "x.csv") == 0


def test_a_workbook_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 xl/workbook.xml cut short")
    assert bring(path, "--out", tmp_path / "mine.jsonl") == 2
    assert "cannot be read as a workbook" in capsys.readouterr().err


def test_excel_without_its_extra_names_the_command_that_mends_it(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.abc\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('xlsxwriter', 'python_calamine'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from training.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    source = write_lines(tmp_path / "units.jsonl", units())
    command = [sys.executable, "-c", code, "labels", "export", str(source), "--format", "xlsx", "--out", str(tmp_path / "x.xlsx")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "pip install 'stancewire[excel]'" in result.stderr
