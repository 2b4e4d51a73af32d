"""Offline scoring: the same answers as the scorer, nothing lost, every refusal named."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from service.records import Document
from service.scorer import Scorer
from training.cli import main


def rows(out: Path, name: str = "sentences.parquet") -> pd.DataFrame:
    return pd.read_parquet(out / name)


def refused(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / "refused.jsonl").read_text(encoding="utf-8").splitlines()]


def test_batch_gives_the_scorers_labels_and_probabilities_among_two_hundred(tmp_path: Path, scorer: Scorer, article: str) -> None:
    source = tmp_path / "many.jsonl"
    others = [{"id": f"d{i}", "text": f"Trade between Russia and Iran rose by {i} per cent. Ministers met again in month {i}."} for i in range(200)]
    source.write_text("".join(json.dumps(r) + "\n" for r in [*others[:77], {"id": "mine", "text": article}, *others[77:]]), encoding="utf-8")
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    got = rows(tmp_path / "out").query("document == 'mine'")
    (expected,) = scorer.score([Document("mine", article)])
    assert list(got.id) == [s.id for s in expected.scores]
    assert list(got.label) == [s.label for s in expected.scores]
    for label in scorer.codebook.labels:
        assert list(got[f"p_{label}"]) == pytest.approx([s.probabilities[label] for s in expected.scores], abs=1e-6)


def test_rows_in_are_rows_scored_plus_rows_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text("Putin and Raisi met in Moscow on Thursday.", encoding="utf-8")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "b.csv").write_text('id,body,outlet,published\n1,"Moscow thanked Tehran, again.",Daily,2024-05-01\n2,,Daily,2024-05-02\n', encoding="utf-8")
    (folder / "c.csv").write_text("id,words\n1,hello\n", encoding="utf-8")
    (folder / "d.jsonl").write_text('{"id": "x", "text": "Iran and Russia signed."}\n{broken\n[1]\n{"id": "y"}\n', encoding="utf-8")
    assert main(["batch", str(folder), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    told = refused(tmp_path / "out")
    assert len(rows(tmp_path / "out", "articles.parquet")) == 3
    assert [(Path(r["path"]).name, r["record"]) for r in told if r["record"]] == [
        ("b.csv", "line 3"),
        ("c.csv", "line 1"),
        ("d.jsonl", "line 2"),
        ("d.jsonl", "line 3"),
        ("d.jsonl", "line 4"),
    ]
    assert any("--text-column" in r["reason"] for r in told)
    assert "9 records read = 3 articles scored" in capsys.readouterr().out
    assert set(rows(tmp_path / "out").outlet.dropna()) == {"Daily"}


def test_finished_scores_are_not_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.txt"
    source.write_text("Putin met Raisi.", encoding="utf-8")
    command = ["batch", str(source), "--out", str(tmp_path / "out"), "--quiet"]
    assert main(command) == 0
    assert main(command) == 2
    assert "already holds scores" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0


def test_a_missing_path_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_parquet_metadata_names_the_model(tmp_path: Path, scorer: Scorer) -> None:
    import pyarrow.parquet as pq

    source = tmp_path / "a.txt"
    source.write_text("Putin met Raisi.", encoding="utf-8")
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert pq.read_schema(tmp_path / "out/sentences.parquet").metadata[b"stancewire.model"].decode() == scorer.bundle.tag


def test_odd_records_are_refused_alone_by_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"id,text\n1,Iran, Russia met,\n2,Caf\xe9 talks in Tehran\n3,Putin met Raisi.\n3,Again they met.\n4,...\n")
    (folder / "b.jsonl").write_text(
        '{"id": "x\\ud800", "text": "Iran."}\n' + "[" * 100_000 + '\n{"text": "Tehran spoke.", "title": {"rendered": "t"}}\n{"id": ' + "9" * 5000 + "}\n", encoding="utf-8"
    )
    (folder / "C.TXT").write_text("Moscow and Tehran signed.", encoding="utf-8")
    assert main(["batch", str(folder), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    places = [(Path(r["path"]).name, r["record"]) for r in refused(tmp_path / "out")]
    assert places == [("a.csv", f"line {n}") for n in (2, 3, 5, 6)] + [("b.jsonl", f"line {n}") for n in (1, 2, 3, 4)]
    assert sorted(rows(tmp_path / "out").text) == ["Moscow and Tehran signed.", "Putin met Raisi."]


def test_an_unclosed_quotation_does_not_swallow_the_rest_silently(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text('id,text\n1,Putin met Raisi.\n2,"Iran unclosed\n3,Moscow spoke.\n', encoding="utf-8")
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    (problem,) = refused(tmp_path / "out")
    assert "unexpected end of data" in problem["reason"]
    assert list(rows(tmp_path / "out").text) == ["Putin met Raisi."]


def test_a_failed_run_leaves_no_half_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import service.batch

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    source = tmp_path / "a.txt"
    source.write_text("Putin met Raisi.", encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(service.batch, "_score_window", full)
        assert main(["batch", str(source), "--out", str(tmp_path / "out"), "--quiet"]) == 2
    assert list((tmp_path / "out").iterdir()) == []
