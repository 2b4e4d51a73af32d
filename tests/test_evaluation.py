"""Figures against scikit-learn's, honest splits, and the evaluate command."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from labels.check import check_files
from labels.codebook import Codebook
from labels.gold import Gold
from labels.store import documents
from service.scorer import Scorer
from training.cli import main
from training.crossvalidate import DATA as LEFT_OUT
from training.crossvalidate import seed_folds
from training.metrics import Predictions, expected_calibration_error, measure
from training.probes import PROBES, load_probes
from training.published import published

NAMES = ("favourable", "critical", "neutral")


@pytest.fixture
def predictions() -> Predictions:
    rng = np.random.default_rng(0)
    gold = rng.integers(3, size=300)
    decided = np.where(rng.random(300) < 0.7, gold, rng.integers(3, size=300))
    return Predictions(gold, decided, [str(i // 10) for i in range(300)], rng.uniform(0.4, 1, 300), decided)


def test_figures_equal_scikit_learns(predictions: Predictions) -> None:
    figures = measure(predictions, NAMES, draws=50)
    assert figures.macro_f1 == pytest.approx(f1_score(predictions.gold, predictions.decided, average="macro"))
    assert figures.accuracy == pytest.approx(accuracy_score(predictions.gold, predictions.decided))
    assert figures.confusion == confusion_matrix(predictions.gold, predictions.decided).tolist()


def test_intervals_hold_the_figure_and_repeat_with_the_seed(predictions: Predictions) -> None:
    first, second = measure(predictions, NAMES, seed=4), measure(predictions, NAMES, seed=4)
    assert first == second
    assert first.macro_f1_interval[0] < first.macro_f1 < first.macro_f1_interval[1]


def test_articles_are_resampled_whole() -> None:
    gold = np.repeat([0, 1], 50)
    decided = np.repeat([0, 0], 50)
    by_article = measure(Predictions(gold, decided, ["a"] * 50 + ["b"] * 50), NAMES[:2])
    by_sentence = measure(Predictions(gold, decided, [str(i) for i in range(100)]), NAMES[:2])
    assert by_article.accuracy_interval == (0.0, 1.0)
    assert by_sentence.accuracy_interval[0] > 0.3


def test_calibration_error_of_a_perfectly_honest_and_of_a_boastful_forecaster() -> None:
    confidence = np.full(1000, 0.75)
    assert expected_calibration_error(confidence, np.arange(1000) % 4 != 0) == pytest.approx(0)
    assert expected_calibration_error(np.full(1000, 0.95), np.arange(1000) % 2 == 0) == pytest.approx(0.45)


def test_no_article_and_no_story_stands_on_two_sides(gold: list[Gold]) -> None:
    folds = list(seed_folds(gold))
    assert sum(len(fold.test) for fold in folds) == sum(g.origin == "seed" for g in gold)
    for fold in folds:
        stories = {documents()[str(g.document)].story for g in fold.test}
        assert not any(g.document and documents()[g.document].story in stories for g in fold.train)
        assert all(g.origin == "seed" for g in fold.test)


def test_evaluate_on_a_file_prints_figures_and_baselines(tmp_path: Path, gold: list[Gold], capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "test.csv"
    seeds = [g for g in gold if g.origin == "seed"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label", "article", "subset"])
        writer.writerows([g.text, g.label, g.document, "core" if i % 2 else "extra"] for i, g in enumerate(seeds))
    assert main(["evaluate", "--data", str(path), "--where", "subset=core", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["n"] == len(seeds) // 2
    assert body["groups"] == 5
    assert set(body["baselines"]) == {"majority", "vader", "tfidf"}
    assert body["macro_f1_interval"][0] <= body["macro_f1"] <= body["macro_f1_interval"][1]
    assert main(["evaluate", "--data", str(path)]) == 0
    assert "macro-F1" in capsys.readouterr().out


def test_evaluate_refuses_an_unknown_label_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "test.csv"
    path.write_text("text,label\nPutin met Raisi.,friendly\n", encoding="utf-8")
    assert main(["evaluate", "--data", str(path)]) == 2
    assert f"{path}:2: label: found 'friendly'" in capsys.readouterr().err


def test_published_figures_belong_to_the_shipped_bundle(scorer: Scorer) -> None:
    figures = published(scorer.bundle.manifest["training"]["labels_hash"])
    assert LEFT_OUT in [f["data"] for f in figures]
    assert all(set(f["baselines"]) == {"majority", "vader", "tfidf"} for f in figures)


def test_probes_are_many_of_every_kind_and_never_train(gold: list[Gold], book: Codebook) -> None:
    probes = load_probes(book)
    kinds = Counter(p.kind for p in probes)
    assert len(probes) >= 200
    assert min(kinds.values()) >= 15
    assert not {p.id for p in probes} & {g.id for g in gold}
    assert check_files([PROBES], book).problems == ()


def test_probes_print_a_rate_for_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--probes", "--json"]) == 0
    rates = json.loads(capsys.readouterr().out)
    assert {"negation", "target_swap", "irony", "overall"} <= set(rates)
    assert all(r["interval"][0] <= r["rate"] <= r["interval"][1] for r in rates.values())
    assert rates["off_topic"]["rate"] > 0.7
    assert main(["evaluate", "--probes"]) == 0
    assert "overall" in capsys.readouterr().out
