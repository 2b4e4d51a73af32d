"""The labelling loop with several targets in one label set: each step asks about one of them, and no step mixes them up."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.other_books import TWO, two_target_rows, write_table
from training.cli import main

CHINA, IRAN = "China–Russia partnership", "Iran–Russia alignment"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    folder = tmp_path_factory.mktemp("loop")
    table = write_table(folder / "two.csv", two_target_rows())
    command = ["train", "--labels", str(table), "--only", "--codebook", str(TWO), "--base", str(tiny_base), "--epochs", "6", "--quiet"]
    assert main([*command, "--set", "encoder_rate=1e-3", "--set", "freeze_embeddings=false", "--out", str(folder / "bundle")]) == 0
    return folder / "bundle"


@pytest.fixture(scope="module")
def scores(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    articles = [
        {"id": f"d{n}", "outlet": "Tass" if n % 2 else "Reuters", "text": f"{row['text']}\nOn day {n} China, Iran and Russia spoke of item {n}."}
        for n, row in enumerate(two_target_rows(60))
        if "praised" in row["text"]
    ]
    (folder / "archive.jsonl").write_text("".join(json.dumps(a) + "\n" for a in articles), encoding="utf-8")
    assert main(["batch", str(folder / "archive.jsonl"), "--bundle", str(bundle), "--out", str(folder / "scores"), "--no-cache", "--quiet"]) == 0
    return folder / "scores"


@pytest.fixture(scope="module")
def units(scores: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("units") / "units.jsonl"
    assert main(["labels", "suggest", str(scores), "--bundle", str(bundle), "--target", IRAN, "--n", "80", "--random-share", "0.6", "--out", str(out), "--quiet"]) == 0
    return out


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_suggestions_are_about_the_target_that_was_named(units: Path) -> None:
    found = read(units)
    assert {unit["target"] for unit in found} == {IRAN}
    assert len({unit["id"] for unit in found}) == len(found) >= 48  # the sentences are much alike, so that few are chosen beside the random ones


def test_suggestions_want_to_know_the_target(scores: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "suggest", str(scores), "--bundle", str(bundle), "--out", str(tmp_path / "units.jsonl"), "--quiet"]) == 2
    assert f"expected --target '{CHINA}' or --target '{IRAN}'" in capsys.readouterr().err


def test_annotators_are_shown_the_target_and_it_comes_back_with_their_labels(units: Path, tmp_path: Path) -> None:
    tasks, config, labels = tmp_path / "tasks.json", tmp_path / "interface.xml", tmp_path / "labels.jsonl"
    assert main(["labels", "export", str(units), "--format", "label-studio", "--out", str(tasks), "--config", str(config), "--codebook", str(TWO)]) == 0
    assert 'value="$target"' in config.read_text(encoding="utf-8")
    done = json.loads(tasks.read_text(encoding="utf-8"))
    assert {task["data"]["target"] for task in done} == {IRAN}
    for task in done:
        task["annotations"] = [{"completed_by": 1, "result": [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["none"]}}]}]
    tasks.write_text(json.dumps(done), encoding="utf-8")
    assert main(["labels", "import", str(tasks), "--out", str(labels), "--codebook", str(TWO)]) == 0
    assert {(row["target"], row["id"]) for row in read(labels)} == {(IRAN, unit["id"]) for unit in read(units)}


def test_predictions_are_made_toward_each_sentences_own_target(bundle: Path, tmp_path: Path) -> None:
    from labels.records import unit_id
    from service.records import Document
    from service.scorer import load_scorer

    text = two_target_rows()[0]["text"]
    rows = [{"id": unit_id(text), "text": text, "target": target, "stratum": "chosen", "rank": rank} for rank, target in enumerate((CHINA, IRAN), start=1)]
    (tmp_path / "units.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "table.csv"
    assert main(["labels", "export", str(tmp_path / "units.jsonl"), "--format", "csv", "--out", str(out), "--codebook", str(TWO), "--predict", "--bundle", str(bundle)]) == 0
    with out.open(encoding="utf-8-sig", newline="") as stream:
        predicted = {row["target"]: row["predicted"] for row in csv.DictReader(stream)}
    (scored,) = load_scorer(bundle).score([Document("a", text, targets=(CHINA, IRAN))])
    assert predicted == {score.target: score.label for score in scored.scores}


def test_readings_toward_different_targets_are_no_disagreement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": f"{n:016x}", "text": f"Sentence {n}.", "label": label, "annotator": name, "codebook": "1.0", "target": target, "origin": "imported"}
        for n in range(60)
        for name in ("person/a", "person/b")
        for target, label in ((CHINA, "supportive" if n % 3 else "none"), (IRAN, "opposed" if n % 2 else "none"))
    ]
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = ["labels", "quality", str(path), "--codebook", str(TWO), "--no-errors"]
    assert main(command) == 2
    assert "about 2 targets; expected --target" in capsys.readouterr().err
    assert main([*command, "--target", IRAN, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agreement"]["alpha"] == 1.0


def test_a_report_corrects_each_target_by_its_own_labels(scores: Path, bundle: Path, units: Path, tmp_path: Path) -> None:
    rows = [
        {
            "id": u["id"],
            "text": u["text"],
            "document": u["document"],
            "label": "none",
            "annotator": "person/a",
            "target": IRAN,
            "stratum": "random",
            "codebook": "1.0",
            "origin": "imported",
        }
        for u in read(units)
        if u["stratum"] == "random"
    ]
    labels, shares = tmp_path / "labels.jsonl", tmp_path / "shares.csv"
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "report.html"
    assert main(["report", str(scores), "--bundle", str(bundle), "--labels", str(labels), "--csv", str(shares), "--out", str(out)]) == 0
    with shares.open(encoding="utf-8", newline="") as stream:
        told = [row for row in csv.DictReader(stream) if row["group"] == "all" and row["count"] == "article"]
    corrected = {(row["target"], row["label"]): row["corrected"] for row in told}
    assert float(corrected[IRAN, "none"]) > 0.8
    assert corrected[CHINA, "none"] == ""
    assert "Corrected shares" in out.read_text(encoding="utf-8")
