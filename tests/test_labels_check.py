"""`labels check` names file, line, value and expectation for whatever can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labels.check import check_files
from labels.codebook import Codebook, load_codebook
from labels.errors import LabelError
from labels.store import DATA
from training.cli import main

Corrupt = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / "seed.jsonl").read_text(encoding="utf-8").splitlines()[:6]]


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "field", "found", "expected"),
    [
        ({"label": "positive"}, "label", "'positive'", "one of favourable, critical, neutral"),
        ({"voice": "narrator"}, "voice", "'narrator'", "outlet, source"),
        ({"codebook": "0.1"}, "codebook", "'0.1'", "'1."),
        ({"start": "12"}, "start", "'12'", "type int"),
        ({"text": ""}, "text", "''", "required"),
        ({"label": None}, "label", "None", "required"),
        ({"stance": "critical"}, "stance", "'critical'", "a field of an annotation"),
        ({"start": 5, "end": 40}, "start/end", "reads", "the row's text"),
        ({"document": "seed-999"}, "document", "'seed-999'", "seed-000"),
        ({"id": "0000000000000000"}, "id", "'0000000000000000'", "its text and place"),
        ({"target": "China"}, "target", "'China'", "'Iran–Russia alignment'"),
    ],
)
def test_a_wrong_field_is_named_with_line_value_and_expectation(
    tmp_path: Path, records: list[dict[str, Any]], book: Codebook, change: dict[str, Any], field: str, found: str, expected: str
) -> None:
    records[3].update(change)
    path = write(tmp_path / "bad.jsonl", records)
    told = [str(problem) for problem in check_files([path], book).problems]
    assert any(line.startswith(f"{path}:4: {field}: found ") and found in line and expected in line for line in told), told


def test_a_second_reading_by_the_same_annotator_is_a_duplicate(tmp_path: Path, records: list[dict[str, Any]], book: Codebook) -> None:
    path = write(tmp_path / "twice.jsonl", [*records, records[2]])
    (problem,) = check_files([path], book).problems
    assert (problem.line, problem.field) == (7, "id")
    assert f"{path}:3" in problem.expected


def test_wrong_encoding_and_broken_lines_are_named_and_harm_no_other_row(tmp_path: Path, records: list[dict[str, Any]], book: Codebook) -> None:
    path = write(tmp_path / "mixed.jsonl", records)
    path.write_bytes(path.read_bytes() + b'{"text": "caf\xe9"}\n' + b'{"text": \n')
    report = check_files([path], book)
    assert [(p.line, p.field) for p in report.problems] == [(7, "line"), (8, "line")]
    assert "UTF-8" in report.problems[0].expected
    assert report.annotations == 6


def test_the_command_prints_problems_and_fails(tmp_path: Path, records: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    records[0]["label"] = "hostile"
    path = write(tmp_path / "bad.jsonl", records)
    assert main(["labels", "check", str(path)]) == 1
    assert f"{path}:1: label: found 'hostile'" in capsys.readouterr().out
    assert main(["labels", "check"]) == 0


def test_a_missing_file_is_an_error_not_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "check", "nowhere.jsonl"]) == 2
    assert "nowhere.jsonl: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = [", "cannot be read as a codebook"),
        ('name = "x"', "version"),
        ('name="x"\nversion="1"\ntarget="t"\ndefault="none"\nsides=[]\nlabels=[{name="a",definition="b"},{name="c",definition="d"}]', "default 'none'"),
    ],
)
def test_a_broken_codebook_says_what_is_missing(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LabelError, match=told):
        load_codebook(path)


def test_stats_print_counts_and_agreement(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "stats", "--json"]) == 0
    slices = {s["name"]: s for s in json.loads(capsys.readouterr().out)}
    assert slices["seed"]["alpha"] > 0.8
    assert sum(slices["written"]["gold"].values()) + slices["written"]["unresolved"] == slices["written"]["sentences"]
