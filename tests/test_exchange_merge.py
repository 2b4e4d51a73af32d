"""What is imported twice is stored once, what contradicts is refused, and bad rows are named; nothing happens in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labels.codebook import Codebook
from labels.store import load_annotations
from labels.tables import read_table
from service.records import Document
from service.scorer import Scorer
from tests.exchange import bring, readings, send, stored, write_lines
from training.cli import main
from training.rows import chosen_gold

TABLE = "text,label,annotator,created,note\n"
MET = "Iran met Russia."


def table(path: Path, *rows: str) -> Path:
    path.write_text(TABLE + "".join(row + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_same_answer_again_is_reported_and_not_stored_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.jsonl"
    first = table(tmp_path / "a.csv", f"{MET},neutral,anna,,", f"{MET},critical,ben,,")
    assert bring(first, "--out", out) == 0
    before = out.read_bytes()
    again = table(tmp_path / "b.csv", f"{MET},neutral,anna,,", "Iran left Russia.,critical,anna,,")
    assert bring(again, "--out", out) == 0
    assert out.read_bytes().startswith(before)
    assert [(row["annotator"], row["label"]) for row in stored(out)] == [("person/anna", "neutral"), ("person/ben", "critical"), ("person/anna", "critical")]
    told = capsys.readouterr()
    assert f"{again}:2: person/anna says neutral of '{MET}', neutral at {out}:1" in told.err
    assert "1 added to" in told.out
    assert "1 there already; it now holds 3 annotations" in told.out


def test_an_annotator_who_contradicts_an_earlier_row_stops_the_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.jsonl"
    assert bring(table(tmp_path / "a.csv", f"{MET},neutral,anna,,"), "--out", out) == 0
    before = out.read_bytes()
    clash = table(tmp_path / "b.csv", "Iran left Russia.,critical,ben,,", f"{MET},critical,anna,,")
    assert bring(clash, "--out", out) == 1
    assert out.read_bytes() == before
    told = capsys.readouterr()
    assert f"{clash}:3: person/anna says critical of '{MET}', neutral at {out}:1" in told.err
    assert "nothing was written: 1 contradiction" in told.out


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("2026-11-20", "2026-11-21", "critical"),
        ("2026-11-21T10:00:00Z", "2026-11-21T09:00:00+00:00", "neutral"),
        ("", "2026-11-21", "critical"),
        ("2026-11-20", "2026-11-20", "critical"),
    ],
)
def test_newest_takes_the_later_answer_and_says_which(old: str, new: str, kept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.jsonl"
    assert bring(table(tmp_path / "a.csv", f"{MET},neutral,anna,{old},"), "--out", out) == 0
    assert bring(table(tmp_path / "b.csv", f"{MET},critical,anna,{new},"), "--newest", "--out", out) == 0
    assert [row["label"] for row in stored(out)] == [kept]
    assert f"{kept} taken, the later one" in capsys.readouterr().err


def test_a_contradiction_within_one_file_is_found_too(tmp_path: Path) -> None:
    assert bring(table(tmp_path / "a.csv", f"{MET},neutral,anna,,", f"{MET},critical,anna,,"), "--out", tmp_path / "mine.jsonl") == 1
    assert not (tmp_path / "mine.jsonl").exists()


def test_the_same_label_with_another_note_is_told_apart_from_a_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.jsonl"
    assert bring(table(tmp_path / "a.csv", f"{MET},neutral,anna,,"), "--out", out) == 0
    noted = table(tmp_path / "b.csv", f"{MET},neutral,anna,,rule 3")
    assert bring(noted, "--out", out) == 0
    assert "same label, other voice, speaker, doubt or note (the first is kept; --newest takes the later): 1" in capsys.readouterr().err
    assert "note" not in stored(out)[0]
    assert bring(noted, "--newest", "--out", out) == 0
    assert stored(out)[0]["note"] == "rule 3"


def test_bad_rows_are_named_with_their_place_and_stop_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = table(tmp_path / "a.csv", f"{MET},neutral,anna,,", f"{MET},hostile,ben,,", "12345,neutral,ben,,", f"{MET},neutral,ben,,,too,many")
    assert bring(bad, "--out", tmp_path / "mine.jsonl") == 2
    told = capsys.readouterr().err
    assert f"{bad}:3: label: found 'hostile'; expected one of favourable, critical, neutral; --map hostile=LABEL" in told
    assert f"{bad}:4: text: found '12345'; expected a sentence" in told
    assert f"{bad}:5: row: found '7 cells'; expected 5 as the header has" in told
    assert not (tmp_path / "mine.jsonl").exists()


def test_skip_invalid_leaves_them_out_and_reports_how_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = table(tmp_path / "a.csv", f"{MET},neutral,anna,,", f"{MET},hostile,ben,,")
    assert bring(bad, "--skip-invalid", "--out", tmp_path / "mine.jsonl") == 0
    told = capsys.readouterr()
    assert len(stored(tmp_path / "mine.jsonl")) == 1
    assert "left out as invalid: 1" in told.out
    assert f"left out: {bad}:3: label: found 'hostile'" in told.err


def test_labels_are_mapped_and_a_map_to_nowhere_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs, out = table(tmp_path / "a.csv", f"{MET},a=b,anna,,"), tmp_path / "mine.jsonl"
    assert bring(theirs, "--map", "a=b=neutral", "--map", "pro=favourable", "--out", out) == 0
    assert [row["label"] for row in stored(out)] == ["neutral"]
    assert "--map pro: no row has that label" in capsys.readouterr().err
    assert bring(theirs, "--map", "a=nothing", "--out", out) == 2
    assert "--map a=nothing: expected one of favourable, critical, neutral" in capsys.readouterr().err
    assert bring(theirs, "--map", "neutral", "--out", out) == 2


def test_a_models_label_is_not_taken_for_somebodys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = write_lines(tmp_path / "units.jsonl", [{"text": MET, "label": "neutral", "model": "stancewire:abc", "probabilities": {"neutral": 0.9}}])
    assert bring(unit, "--out", tmp_path / "mine.jsonl") == 2
    assert "expected an annotator's label; this one is the model's" in capsys.readouterr().err


def test_an_import_without_an_answer_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(table(tmp_path / "a.csv", f"{MET},,anna,,"), "--out", tmp_path / "mine.jsonl") == 1
    assert "nothing was written: no annotation to store" in capsys.readouterr().out
    assert not (tmp_path / "mine.jsonl").exists()


def test_a_stored_file_that_does_not_hold_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.jsonl"
    out.write_text('{"text": "half a record"}\n', encoding="utf-8")
    assert bring(table(tmp_path / "a.csv", f"{MET},neutral,anna,,"), "--out", out) == 2
    assert f"mend {out}, or give another --out" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == '{"text": "half a record"}\n'
    assert bring(tmp_path / "a.csv", "--out", tmp_path / "mine.csv") == 2


def test_training_takes_the_imported_file_with_its_readers_and_their_majority(tmp_path: Path, book: Codebook) -> None:
    rows = [f"Iran met Russia {i}.,{label},{name},," for i in range(4) for name, label in (("anna", "critical"), ("ben", "critical"), ("cem", "neutral"))]
    split = [f"Iran left Russia.,{label},{name},," for name, label in (("anna", "critical"), ("ben", "neutral"))]
    out = tmp_path / "mine.jsonl"
    assert bring(table(tmp_path / "a.csv", *rows, *split), "--out", out) == 0
    assert [row for _, row in read_table(out, book).rows] == load_annotations([out], book)
    chosen = chosen_gold([out], book, only=True, skip_invalid=False)
    assert [(gold.label, gold.readings) for gold in chosen.gold] == [("critical", ("critical", "critical", "neutral"))] * 4


def test_place_doubt_and_stratum_reach_training_unchanged(tmp_path: Path, book: Codebook) -> None:
    made = readings(book)
    source = write_lines(tmp_path / "made.jsonl", made)
    assert [row for _, row in read_table(source, book).rows] == made
    assert {row.stratum for row in made} == {"random", "chosen"}


def test_check_and_stats_read_the_imported_file(tmp_path: Path, book: Codebook, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_lines(tmp_path / "made.jsonl", readings(book))
    assert main(["labels", "check", str(source)]) == 0
    assert main(["labels", "stats", "--json", str(source)]) == 0
    (one,) = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert one["name"] == "imported"
    assert set(one["annotators"]) == {"person/anna@example.org", "person/ben", "adjudicator/çé x"}


def test_a_stratum_outside_the_two_is_named(tmp_path: Path, book: Codebook, capsys: pytest.CaptureFixture[str]) -> None:
    row = json.loads(readings(book)[0].to_json()) | {"stratum": "lucky"}
    source = write_lines(tmp_path / "made.jsonl", [row])
    assert main(["labels", "check", str(source)]) == 1
    assert "stratum: found 'lucky'; expected one of random, chosen" in capsys.readouterr().out
    assert bring(source, "--out", tmp_path / "mine.jsonl") == 2
    assert "stratum: found 'lucky'; expected one of random, chosen" in capsys.readouterr().err


def test_nothing_is_stored_that_could_not_be_loaded_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"text,label,target,codebook\n{MET},neutral,China,1.1\n{MET},neutral,,9.0\n", encoding="utf-8")
    assert bring(path, "--out", tmp_path / "mine.jsonl") == 2
    told = capsys.readouterr().err
    assert f"{path}:2: target: found 'China'; expected 'Iran–Russia alignment'" in told
    assert f"{path}:3: codebook: found '9.0'; expected '1.1'" in told


def test_a_headline_keeps_the_id_that_its_score_has(tmp_path: Path, scorer: Scorer) -> None:
    (scored,) = scorer.score([Document("d7", "Both sides signed.", title="Iran and Russia meet")])
    headline = scored.scores[0]
    unit = {"id": headline.id, "text": headline.text, "document": "d7"}
    out, back = tmp_path / "x.jsonl", tmp_path / "back.jsonl"
    assert send(write_lines(tmp_path / "units.jsonl", [unit]), "--format", "prodigy", "--out", out) == 0
    (task,) = stored(out)
    assert bring(write_lines(out, [{**task, "accept": ["neutral"], "answer": "accept"}]), "--out", back) == 0
    assert [row["id"] for row in stored(back)] == [headline.id]
    assert main(["labels", "check", str(back)]) == 0
