"""The scorer: sensible labels, the same answer alone and in company, and clear refusals."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import BundleError, TextError
from labels.gold import Gold
from service.bundle import NAMES, SHIPPED, Decision, load_bundle
from service.records import Document
from service.scorer import Scorer, decide, length_batches


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("“Our relations are developing very well,” said Russia’s Vladimir Putin to Iran’s Ebrahim Raisi.", "favourable"),
        ("We face the alliance of evil formed by Russia, China, Iran, and North Korea.", "critical"),
        ("Both countries are also members of OPEC+, an organisation that coordinates oil production levels among oil-producing nations.", "neutral"),
    ],
)
def test_plain_cases_of_the_codebook(scorer: Scorer, sentence: str, label: str) -> None:
    (document,) = scorer.score([Document("one", sentence)])
    assert [s.label for s in document.scores] == [label]


def test_spans_point_into_the_original_text(scorer: Scorer, article: str) -> None:
    (document,) = scorer.score([Document("article", article)])
    assert [article[s.start : s.end] for s in document.scores] == [s.text for s in document.scores]
    assert len({s.id for s in document.scores}) == len(document.scores)


def test_probabilities_are_distributions(scorer: Scorer, article: str) -> None:
    (document,) = scorer.score([Document("article", article)])
    assert all(set(s.probabilities) == set(scorer.codebook.labels) for s in document.scores)
    assert all(sum(s.probabilities.values()) == pytest.approx(1) for s in document.scores)


def test_company_order_and_threads_change_nothing(scorer: Scorer, gold: list[Gold]) -> None:
    texts = [g.text for g in gold[:200]]
    together = scorer.classify(texts).probabilities
    alone = np.concatenate([scorer.classify([t]).probabilities for t in texts[:40]])
    assert np.array_equal(together[:40], alone)
    order = list(range(200))
    random.Random(1).shuffle(order)
    assert np.array_equal(scorer.classify([texts[i] for i in order]).probabilities, together[order])


def test_a_title_is_a_unit_of_its_own(scorer: Scorer) -> None:
    (document,) = scorer.score([Document("d", "Talks were held on Monday.", title="Russia, Iran hail new era ")])
    assert [(s.part, s.text) for s in document.scores] == [("title", "Russia, Iran hail new era"), ("text", "Talks were held on Monday.")]


def test_flags_say_what_a_reader_should_know(scorer: Scorer) -> None:
    text = "Des drones iraniens sont exposés sur une photo publiée par l'armée russe.\n" + "Moscow and Tehran " + "really " * 400 + "met."
    (document,) = scorer.score([Document("d", text)])
    assert "language" in document.scores[0].flags
    assert "truncated" in document.scores[1].flags
    assert "off_topic" not in document.scores[1].flags
    (elsewhere,) = scorer.score([Document("d", "The mayor opened a bridge in Lyon on Sunday.")])
    assert "off_topic" in elsewhere.scores[0].flags


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ("🙂", "no letter"),
        ("Tehran\0Moscow", "NUL byte at character 6"),
        ("bad \ud800 text", "surrogate at character 4"),
        ("a " * 600_000, "1,200,000 characters"),
    ],
)
def test_texts_that_cannot_be_scored_are_refused_by_name(scorer: Scorer, text: str, told: str) -> None:
    with pytest.raises(TextError, match=f"document 'd7'.*{told}"):
        scorer.score([Document("d7", text)])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_scored_or_refused(scorer: Scorer, text: str) -> None:
    try:
        (document,) = scorer.score([Document("d", text)])
    except TextError:
        return
    assert all(text[s.start : s.end] == s.text for s in document.scores)


def test_a_label_is_given_from_its_floor_on() -> None:
    decision = Decision({"favourable": 0.3, "critical": 0.6}, ambiguous_below=0.5)
    assert decide({"favourable": 0.0, "critical": 0.55, "neutral": 0.45}, decision, "neutral") == ("neutral", True)
    assert decide({"favourable": 0.0, "critical": 0.65, "neutral": 0.35}, decision, "neutral") == ("critical", False)
    assert decide({"favourable": 0.35, "critical": 0.2, "neutral": 0.45}, decision, "neutral") == ("favourable", True)


def test_a_label_below_its_own_certainty_is_given_with_the_flag() -> None:
    decision = Decision({"critical": 0.35}, 0.6, {"critical": 0.85})
    assert decide({"favourable": 0.0, "critical": 0.8, "neutral": 0.2}, decision, "neutral") == ("critical", True)
    assert decide({"favourable": 0.0, "critical": 0.9, "neutral": 0.1}, decision, "neutral") == ("critical", False)
    assert decide({"favourable": 0.0, "critical": 0.3, "neutral": 0.7}, decision, "neutral") == ("neutral", False)


def test_without_floors_the_most_probable_label_is_given() -> None:
    decision = Decision({}, ambiguous_below=0.5)
    assert decide({"favourable": 0.1, "critical": 0.5, "neutral": 0.4}, decision, "neutral") == ("critical", False)


def test_length_batches_hold_every_row_once_within_the_budget() -> None:
    widths = [8, 128, 8, 40, 512, 40, 8] * 9
    batches = list(length_batches(widths, 400))
    assert sorted(row for _, rows in batches for row in rows) == list(range(len(widths)))
    assert all(len(rows) * width <= 400 or len(rows) == 1 for width, rows in batches)
    assert all({widths[row] for row in rows} == {width} for width, rows in batches)


@pytest.mark.parametrize("name", [NAMES.model, NAMES.tokenizer, NAMES.card, NAMES.manifest])
def test_one_flipped_byte_is_refused(tmp_path: Path, name: str) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(SHIPPED, copy)
    raw = bytearray((copy / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (copy / name).write_bytes(raw)
    with pytest.raises(BundleError, match=name):
        load_bundle(copy)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="expected a bundle folder"):
        load_bundle(tmp_path)


def test_the_shipped_model_tells_nothing_of_the_machine_that_trained_it() -> None:
    assert b"site-packages" not in (SHIPPED / NAMES.model).read_bytes()


def test_a_headline_in_capitals_names_the_target(scorer: Scorer) -> None:
    (document,) = scorer.score([Document("d", "IRAN AND RUSSIA AGREE ON GAS")])
    assert "off_topic" not in document.scores[0].flags


def test_the_shipped_bundle_is_small_enough_to_ship() -> None:
    assert sum(p.stat().st_size for p in SHIPPED.iterdir()) < 25e6
