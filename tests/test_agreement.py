"""Krippendorff's alpha against values that stand in the literature, and gold by majority and adjudication."""

from __future__ import annotations

import dataclasses

import pytest

from labels.agreement import alpha, alpha_for_label, alpha_interval, pairwise
from labels.codebook import Codebook
from labels.gold import derive_gold
from labels.records import Annotation, unit_id


def test_alpha_reproduces_krippendorffs_worked_example() -> None:
    # Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: four observers, nominal, alpha 0.743.
    observers = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]
    rows = [line.split() for line in observers]
    readings = {str(u): [row[u] for row in rows if row[u] != "."] for u in range(12)}
    assert alpha(readings) == pytest.approx(0.743, abs=0.001)


def test_alpha_is_one_for_full_agreement_and_undefined_without_variation() -> None:
    assert alpha({"a": ["x", "x"], "b": ["y", "y"]}) == 1
    assert alpha({"a": ["x", "x"], "b": ["x", "x"]}) is None
    assert alpha({"a": ["x"], "b": ["y"]}) is None


def test_alpha_for_a_label_ignores_confusion_among_the_others() -> None:
    readings = {"1": ["a", "a"], "2": ["b", "c"], "3": ["c", "b"], "4": ["a", "a"]}
    assert alpha_for_label(readings, "a") == 1
    assert (alpha(readings) or 1) < 1


def test_alpha_interval_holds_the_estimate() -> None:
    readings = {str(i): ["x" if i % 2 else "y", "x" if i % 3 else "y"] for i in range(60)}
    interval = alpha_interval(readings, {unit: str(int(unit) // 7) for unit in readings})
    assert interval is not None
    assert interval[0] < (alpha(readings) or 0) < interval[1]


def test_pairwise_counts_shared_sentences_only() -> None:
    (pair,) = pairwise({"a": {"1": "x", "2": "y", "3": "x"}, "b": {"1": "x", "2": "x"}})
    assert (pair.units, pair.share) == (2, 0.5)


def annotation(book: Codebook, label: str, annotator: str) -> Annotation:
    text = "The two presidents met."
    return Annotation(id=unit_id(text), text=text, label=label, annotator=annotator, codebook=book.version, target=book.target, origin="written")


def test_gold_is_the_majority_and_open_without_one(book: Codebook) -> None:
    two_to_one = [annotation(book, label, f"model/{i}") for i, label in enumerate(["neutral", "critical", "neutral"])]
    assert derive_gold(two_to_one)[0].label == "neutral"
    assert derive_gold(two_to_one[:2])[0].label is None


def test_the_adjudicator_decides_but_is_no_reading(book: Codebook) -> None:
    rows = [annotation(book, "neutral", "model/a"), annotation(book, "critical", "model/b"), annotation(book, "critical", "adjudicator/c")]
    (gold,) = derive_gold(rows)
    assert gold.label == "critical"
    assert gold.readings == ("neutral", "critical")


def test_ids_survive_refolded_white_space_and_tell_places_apart() -> None:
    assert unit_id("The  two\npresidents met. ") == unit_id("The two presidents met.")
    assert unit_id("Same.", "a", 1) != unit_id("Same.", "a", 9)


def test_annotation_leaves_unknown_fields_out(book: Codebook) -> None:
    row = annotation(book, "neutral", "model/a")
    assert "speaker" not in row.to_json()
    assert "speaker" in dataclasses.replace(row, speaker="Lavrov").to_json()
