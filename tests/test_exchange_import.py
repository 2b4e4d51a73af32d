"""Exports as the tools write them (tests/data/exchange/README.md says by what they were made) become one row an annotator and sentence."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from labels.codebook import Codebook
from labels.store import load_annotations
from tests.exchange import DATA, bring, send, stored

LITTLE_CHOICE = "Moscow and Tehran have little choice but each other, the paper wrote."
EXCELLENT = "Ties between Iran and Russia are “excellent”, Peskov said."
AGREEMENT = "Iran and Russia signed an agreement on Monday."
THEIRS = ("--text-field", "sentence", "--map", "Pro=favourable", "--map", "Contra=critical")
ANNA, BEN = "person/a0000000-0000-4000-8000-000000000001", "person/b0000000-0000-4000-8000-000000000002"


def triples(path: Path) -> list[tuple[str, str, str]]:
    return [(row["text"], row["annotator"], row["label"]) for row in stored(path)]


@pytest.mark.parametrize("name", ["label-studio.json", "label-studio-min.json"])
def test_label_studio_keeps_each_annotators_reading_of_a_task(name: str, tmp_path: Path, book: Codebook) -> None:
    out = tmp_path / "mine.jsonl"
    assert bring(DATA / name, *THEIRS, "--out", out) == 0
    assert sorted(triples(out)) == [
        (AGREEMENT, "person/user-5", "neutral"),
        (LITTLE_CHOICE, "person/ben@example.org", "critical"),
        (LITTLE_CHOICE, "person/user-3", "critical"),
        (EXCELLENT, "person/user-3", "favourable"),
    ]
    noted = next(row for row in stored(out) if row.get("note"))
    assert (noted["annotator"], noted["note"], noted["outlet"], noted["created"]) == ("person/user-3", "by denial\nsee rule 7", "Example Times", "2026-10-03T08:15:30.123456Z")
    assert len(load_annotations([out], book)) == 4


def test_label_studios_skipped_and_empty_answers_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(DATA / "label-studio.json", *THEIRS, "--out", tmp_path / "mine.jsonl") == 0
    assert "left aside: skipped by an annotator 1, annotations without a label 1, tasks without an annotation 1" in capsys.readouterr().out


def test_a_control_among_several_is_asked_for_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = json.loads((DATA / "label-studio.json").read_text(encoding="utf-8"))
    for annotation in (annotation for task in tasks for annotation in task["annotations"] if annotation["result"]):
        annotation["result"].insert(0, {"from_name": "topic", "to_name": "sentence", "type": "choices", "value": {"choices": ["arms"]}})
    two = tmp_path / "two.json"
    two.write_text(json.dumps(tasks), encoding="utf-8")
    assert bring(two, *THEIRS, "--out", tmp_path / "mine.jsonl") == 2
    assert "the controls are topic, stance, note: say --label-field NAME" in capsys.readouterr().err
    assert bring(two, *THEIRS, "--label-field", "stance", "--out", tmp_path / "mine.jsonl") == 0


def test_doccanos_zip_names_the_annotators_by_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed, out = tmp_path / "export.zip", tmp_path / "mine.jsonl"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (DATA / "doccano").iterdir():
            archive.write(path, path.name)
    assert bring(packed, "--skip-invalid", "--out", out) == 0
    assert sorted(triples(out)) == [(LITTLE_CHOICE, "person/anna", "critical"), (LITTLE_CHOICE, "person/ben", "neutral"), (EXCELLENT, "person/anna", "favourable")]
    first, second = (next(row for row in stored(out) if row["text"] == text and row["annotator"] == "person/anna") for text in (LITTLE_CHOICE, EXCELLENT))
    assert (first["voice"], first["note"], first["outlet"]) == ("source", "rule 7\nsure", "Example Times")
    assert second["unsure"] is True
    told = capsys.readouterr()
    assert "ben.jsonl:2: label: found ['favourable', 'neutral']; expected one label" in told.err
    assert "rows without a label 1" in told.out


def test_a_zip_goes_straight_into_another_tool(tmp_path: Path) -> None:
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(DATA / "doccano/anna.jsonl", "anna.jsonl")
    assert send(packed, "--format", "prodigy", "--out", tmp_path / "x.jsonl") == 0
    assert [(task["text"], task["accept"], task["_annotator_id"]) for task in stored(tmp_path / "x.jsonl")] == [
        (LITTLE_CHOICE, ["critical"], "person/anna"),
        (EXCELLENT, ["favourable"], "person/anna"),
    ]


def test_one_doccano_file_is_given_its_annotator(tmp_path: Path) -> None:
    assert bring(DATA / "doccano/anna.jsonl", "--annotator", "person/a.b.", "--out", tmp_path / "mine.jsonl") == 0
    assert {row["annotator"] for row in stored(tmp_path / "mine.jsonl")} == {"person/a.b."}


def test_prodigys_numbered_choices_sessions_and_flags_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.jsonl"
    assert bring(DATA / "prodigy-choice.jsonl", "--annotator", "stance-anna=person/anna", "--out", out) == 0
    assert triples(out) == [(LITTLE_CHOICE, "person/anna", "critical"), (LITTLE_CHOICE, "person/stance-ben", "neutral")]
    assert (stored(out)[0]["outlet"], stored(out)[0]["url"]) == ("Example Times", "https://example.org/1")
    assert [(row["created"], row.get("unsure")) for row in stored(out)] == [("2025-10-09T08:53:20+00:00", None), ("2025-10-09T08:55:00+00:00", True)]
    assert "left aside: ignored by an annotator 1, accepted without a choice 1" in capsys.readouterr().out


def test_prodigys_rejections_are_no_labels_and_case_is_forgiven_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(DATA / "prodigy-binary.jsonl", "--out", tmp_path / "mine.jsonl") == 0
    assert triples(tmp_path / "mine.jsonl") == [(EXCELLENT, "person/stance-anna", "favourable")]
    told = capsys.readouterr()
    assert "label 'FAVOURABLE' taken as 'favourable': 1" in told.err
    assert "rejected: they say which label does not fit, not which does 1" in told.out


@pytest.mark.parametrize("name", ["argilla-datasets.jsonl", "argilla-flat.json"])
def test_argillas_flattened_records_tell_drafts_and_discarded_answers(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(DATA / name, "--out", tmp_path / "mine.jsonl") == 0
    assert triples(tmp_path / "mine.jsonl") == [(LITTLE_CHOICE, ANNA, "critical"), (LITTLE_CHOICE, BEN, "critical"), (EXCELLENT, ANNA, "favourable")]
    assert "discarded by an annotator 1, drafts, not submitted 1, records without a response 1" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "count"), [("argilla.json", 3), ("argilla-columns.json", 4), ("argilla-index.json", 4)])
def test_argillas_nested_records_are_read_with_a_warning(name: str, count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(DATA / name, "--out", tmp_path / "mine.jsonl") == 0
    assert len(stored(tmp_path / "mine.jsonl")) == count
    assert "nested records do not say which responses were discarded" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty; expected a tool's export"),
        (b'[{"text": "Iran', "cannot be read as JSON"),
        (b'[{"rows": 1}]', "its first row has rows; expected an export of label-studio"),
        (b"text,label\ncaf\xe9,neutral\n", "x.dat:2: byte 14 is not UTF-8"),
        (b"sentence,stance\nIran met Russia.,neutral\n", "expected text and label among them; --text-field"),
        (b'text,label\n"Iran met Russia.,neutral\n', "unexpected end of data; expected CSV"),
    ],
)
def test_a_file_that_is_no_export_is_told_what_was_expected(content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.dat"
    path.write_bytes(content)
    assert bring(path, "--out", tmp_path / "mine.jsonl") == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "mine.jsonl").exists()


def test_the_content_and_not_the_name_says_the_format_and_a_user_overrules_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes((DATA / "prodigy-choice.jsonl").read_bytes())
    assert bring(path, "--out", tmp_path / "mine.jsonl") == 0
    assert f"{path}: read as Prodigy's answers; --format overrules" in capsys.readouterr().err
    assert bring(path, "--format", "doccano", "--out", tmp_path / "other.jsonl") == 1
    assert "rows without a label 4" in capsys.readouterr().out
