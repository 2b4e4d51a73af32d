"""Out to a tool, answered there in the tool's own structure, and back: nothing is lost and nothing invented."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from labels.check import check_files
from labels.codebook import Codebook
from labels.records import Annotation, unit_id
from tests.exchange import ALL, SUFFIX, TEXTS, as_set, bring, readings, send, stored, units, write_lines

Answers = list[tuple[str, str]]
"""For each unit in order: a label and a voice."""
ANSWERS: Answers = [(("critical", "neutral", "favourable")[i % 3], ("source", "outlet")[i % 2]) for i in range(len(TEXTS))]
CARRIED = ("id", "document", "start", "end", "outlet", "url", "published", "stratum")


def export_files(out: Path) -> list[Path]:
    return sorted(out.with_suffix("").iterdir()) if out.with_suffix("").is_dir() else [out]


@ALL
def test_annotations_already_made_come_back_as_they_went(tool: str, tmp_path: Path, book: Codebook) -> None:
    source = write_lines(tmp_path / "made.jsonl", readings(book))
    out, back = tmp_path / f"tool{SUFFIX[tool]}", tmp_path / "back.jsonl"
    assert send(source, "--format", tool, "--out", out) == 0
    assert bring(*export_files(out), "--out", back) == 0
    assert as_set(stored(back)) == as_set(stored(source))
    assert check_files([back], book).problems == ()


def answer_in_label_studio(path: Path, answers: Answers) -> Path:
    """Label Studio gives tasks and annotations numbers of its own and keeps the data; a region has an origin."""
    tasks = json.loads(path.read_text(encoding="utf-8"))
    for number, (task, (label, voice)) in enumerate(zip(tasks, answers, strict=True), start=1):
        region = {"to_name": "text", "type": "choices", "origin": "manual"}
        result = [{**region, "id": "a", "from_name": "label", "value": {"choices": [label]}}, {**region, "id": "b", "from_name": "voice", "value": {"choices": [voice]}}]
        task |= {"id": number, "annotations": [{"id": number, "completed_by": {"id": 1, "email": "anna@example.org"}, "was_cancelled": False, "import_id": None, "result": result}]}
    path.write_text(json.dumps(tasks, indent=2), encoding="utf-8")  # with \u escapes, as Django writes them
    return path


def answer_in_doccano(path: Path, answers: Answers) -> Path:
    """Pass rows through the frames that doccano makes of them (data_import/pipeline/readers.py, data_export/pipeline/dataset.py): 12 becomes 12.0."""
    loaded = pd.DataFrame([json.loads(line) for line in path.read_bytes().decode().split("\n") if line]).to_dict(orient="records")
    rows = []
    for number, (row, (label, voice)) in enumerate(zip(loaded, answers, strict=True), start=1):
        meta = {name: value for name, value in row.items() if name not in ("text", "label")}
        rows.append({"id": number, "text": row["text"], **meta, "label": sorted([label, f"voice: {voice}"]), "Comments": []})
    named = path.with_name("anna@example.org.jsonl")
    pd.DataFrame(rows).to_json(named, orient="records", force_ascii=False, lines=True)
    return named


def answer_in_prodigy(path: Path, answers: Answers) -> Path:
    """Prodigy adds its own keys to a task and leaves the others."""
    tasks = [json.loads(line) for line in path.read_bytes().decode().split("\n") if line]
    for task, (label, voice) in zip(tasks, answers, strict=True):
        task |= {"accept": [label], "answer": "accept", "voice": voice, "note": "", "_view_id": "blocks", "_annotator_id": "anna@example.org", "_timestamp": 1760000000}
    return write_lines(path, tasks)


def answer_in_argilla(path: Path, answers: Answers) -> Path:
    """Flatten records as argilla 2.8 does (records/_io/_generic.py), with one user's responses."""
    user = str(uuid.UUID(int=7))
    rows = []
    for record, (label, voice) in zip(json.loads(path.read_text(encoding="utf-8")), answers, strict=True):
        row = {"id": record["id"], "status": "completed", "_server_id": str(uuid.uuid4()), **record["fields"], **record["metadata"]}
        for question, value in (("label", label), ("voice", voice)):
            row |= {f"{question}.responses": [value], f"{question}.responses.users": [user], f"{question}.responses.status": ["submitted"]}
        rows.append(row)
    return write_lines(path, rows)


def answer_in_a_table(separator: str) -> Callable[[Path, Answers], Path]:
    def fill(path: Path, answers: Answers) -> Path:
        """Fill in the columns and save as a spreadsheet does: every cell in quotes."""
        rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=separator))
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows({**row, "label": label, "voice": voice, "annotator": "anna@example.org"} for row, (label, voice) in zip(rows, answers, strict=True))
        path.write_bytes(stream.getvalue().encode("utf-8-sig"))
        return path

    return fill


def answer_in_excel(path: Path, answers: Answers) -> Path:
    columns, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet("sentences")
        sheet.write_row(0, 0, columns)
        for number, (cells, (label, voice)) in enumerate(zip(rows, answers, strict=True), start=1):
            filled = {**dict(zip(columns, cells, strict=True)), "label": label, "voice": voice, "annotator": "anna@example.org"}
            sheet.write_row(number, 0, [filled[name] for name in columns])
    return path


IN_TOOL: dict[str, Callable[[Path, Answers], Path]] = {
    "label-studio": answer_in_label_studio,
    "doccano": answer_in_doccano,
    "prodigy": answer_in_prodigy,
    "argilla": answer_in_argilla,
    "csv": answer_in_a_table(","),
    "tsv": answer_in_a_table("\t"),
    "xlsx": answer_in_excel,
}


@pytest.mark.parametrize("predictions", [[], ["--no-predictions"]])
@ALL
def test_units_answered_in_the_tool_come_back_with_their_ids_and_places(tool: str, predictions: list[str], tmp_path: Path, book: Codebook) -> None:
    source, out, back = write_lines(tmp_path / "units.jsonl", units()), tmp_path / f"tool{SUFFIX[tool]}", tmp_path / "back.jsonl"
    assert send(source, "--format", tool, "--out", out, *predictions) == 0
    assert bring(IN_TOOL[tool](out, ANSWERS), "--out", back) == 0
    got = {row["id"]: row for row in stored(back)}
    wanted = [{name: unit[name] for name in ("text", *CARRIED) if name in unit} for unit in units()]
    assert [{name: got[unit["id"]][name] for name in ("text", *CARRIED) if name in got[unit["id"]]} for unit in wanted] == wanted
    assert [(got[unit["id"]]["label"], got[unit["id"]]["voice"]) for unit in wanted] == ANSWERS
    assert {row["annotator"] for row in got.values()} == {"person/00000000-0000-0000-0000-000000000007" if tool == "argilla" else "person/anna@example.org"}
    assert {(row["codebook"], row["origin"]) for row in got.values()} == {(book.version, "imported")}


@ALL
def test_a_blind_export_holds_no_word_of_the_model(tool: str, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "units.jsonl", units())
    shown, blind = tmp_path / f"shown{SUFFIX[tool]}", tmp_path / f"blind{SUFFIX[tool]}"
    assert send(source, "--format", tool, "--out", shown) == 0
    assert send(source, "--format", tool, "--out", blind, "--no-predictions") == 0
    assert count_predictions(tool, shown) == len(TEXTS)
    assert count_predictions(tool, blind) == 0
    assert b"stancewire:abc" not in blind.read_bytes()


def count_predictions(tool: str, path: Path) -> int:
    """Count pre-annotations where the tool looks for them."""
    if tool == "xlsx":
        columns, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        return sum(bool(dict(zip(columns, row, strict=True)).get("predicted")) for row in rows)
    if tool in ("csv", "tsv"):
        text = path.read_bytes().decode("utf-8-sig")
        return sum(bool(row.get("predicted")) for row in csv.DictReader(io.StringIO(text, newline=""), delimiter="," if tool == "csv" else "\t"))
    text = path.read_text(encoding="utf-8")
    rows = json.loads(text) if tool in ("label-studio", "argilla") else [json.loads(line) for line in text.split("\n") if line]
    return sum(bool(row.get({"label-studio": "predictions", "argilla": "suggestions", "prodigy": "accept", "doccano": "label"}[tool])) for row in rows)


def test_predictions_carry_model_and_score_in_each_tools_own_way(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "units.jsonl", units()[:1])
    found: dict[str, Any] = {}
    for tool in ("label-studio", "argilla"):
        assert send(source, "--format", tool, "--out", tmp_path / tool) == 0
        (found[tool],) = json.loads((tmp_path / tool).read_text(encoding="utf-8"))
    (prediction,) = found["label-studio"]["predictions"]
    assert (prediction["model_version"], prediction["score"], prediction["result"][0]["value"]) == ("stancewire:abc", 0.625, {"choices": ["critical"]})
    assert found["argilla"]["suggestions"] == {"label": {"value": "critical", "score": 0.625, "agent": "stancewire:abc"}}


def test_doccano_cannot_tell_a_prediction_from_a_reading_and_the_import_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "anna.jsonl"
    assert send(write_lines(tmp_path / "units.jsonl", units()), "--format", "doccano", "--out", out) == 0
    assert bring(out, "--out", tmp_path / "back.jsonl") == 0
    assert f"{len(TEXTS)} of {len(TEXTS)} labels are the ones the model gave" in capsys.readouterr().err


@ALL
def test_white_space_that_a_tool_changes_costs_no_id(tool: str, tmp_path: Path) -> None:
    unit = {"id": unit_id("Iran  met\nRussia in Tehran.", "d", 3), "text": "Iran  met\nRussia in Tehran.", "document": "d", "start": 3, "end": 29}
    out, back = tmp_path / f"tool{SUFFIX[tool]}", tmp_path / "back.jsonl"
    assert send(write_lines(tmp_path / "units.jsonl", [unit]), "--format", tool, "--out", out) == 0
    answered = IN_TOOL[tool](out, ANSWERS[:1])
    rewrite(answered, "Iran  met", "Iran met")
    assert bring(answered, "--out", back) == 0
    assert [row["id"] for row in stored(back)] == [unit["id"]]


@ALL
def test_a_text_that_was_altered_is_named_and_nothing_is_written(tool: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = {"id": unit_id("Iran met Russia in Tehran."), "text": "Iran met Russia in Tehran."}
    out, back = tmp_path / f"tool{SUFFIX[tool]}", tmp_path / "back.jsonl"
    assert send(write_lines(tmp_path / "units.jsonl", [unit]), "--format", tool, "--out", out) == 0
    answered = IN_TOOL[tool](out, ANSWERS[:1])
    rewrite(answered, "Iran met", "Iran left")
    assert bring(answered, "--out", back) == 2
    assert f"expected the text that unit {unit['id']} was exported with" in capsys.readouterr().err
    assert not back.exists()


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a text inside a tool's file."""
    if path.suffix != ".xlsx":
        path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
        return
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, [str(cell).replace(old, new) for cell in cells])


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=WORDS, end=WORDS, note=st.none() | WORDS.filter(str.strip))
@ALL
def test_any_text_and_note_survive(tool: str, start: str, end: str, note: str | None, tmp_path: Path, book: Codebook) -> None:
    text = f"{start}Iran{end}"
    known = {"id": unit_id(text), "text": text, "label": book.labels[0], "annotator": "person/ben", "codebook": book.version, "target": book.target, "origin": "imported"}
    made = [Annotation(**known, note=note)]
    source, out, back = tmp_path / "made.jsonl", tmp_path / f"tool{SUFFIX[tool]}", tmp_path / "back.jsonl"
    back.unlink(missing_ok=True)
    assert send(write_lines(source, made), "--format", tool, "--out", out, "--overwrite") == 0
    assert bring(*export_files(out), "--out", back) == 0
    assert as_set(stored(back)) == as_set(stored(source))
