"""Abstention and calibration: the flag separates right from wrong, priors move probabilities, sentiment is a baseline."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from labels.codebook import SHIPPED, Codebook, load_codebook
from labels.errors import InputError, LabelError
from training.baselines import lexicon
from training.calibrate import Calibration, calibrate, prior_offsets
from training.config import TrainConfig, with_settings
from training.selective import Decisions, selective, wilson

NAMES = ("favourable", "critical", "neutral")


def draws(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.integers(n, size=n) for _ in range(50)]


def test_risk_falls_with_coverage_when_certainty_is_honest() -> None:
    certainty = np.linspace(0.5, 1, 1000)
    decided = np.where(np.random.default_rng(0).random(1000) < certainty, 0, 1)
    found = selective(Decisions(np.zeros(1000, dtype=np.int64), decided, certainty, certainty < 0.6), NAMES, draws(1000))
    errors = [share.value for _, share in found.curve]
    assert errors == sorted(errors, reverse=True)
    assert found.error.value < found.flagged_error.value
    assert found.coverage.value == pytest.approx(0.8, abs=0.01)
    assert found.error.interval[0] < found.error.value < found.error.interval[1]


def test_a_sentence_decided_against_its_likeliest_label_is_not_among_the_most_certain() -> None:
    gold, decided = np.array([0] * 4 + [2] * 6), np.array([2] * 10)
    certainty = np.array([0.26] * 4 + [0.73] * 6)  # the first four: favourable at 0.74, under the floor, decided neutral
    found = selective(Decisions(gold, decided, certainty, certainty < 0.5), NAMES, draws(10))
    assert dict(found.curve)[0.6].value == 0


def test_precision_without_the_flag_counts_only_what_is_kept() -> None:
    gold, decided = np.array([0, 0, 2, 2]), np.array([0, 0, 0, 2])
    found = selective(Decisions(gold, decided, np.array([0.9, 0.9, 0.5, 0.9]), np.array([False, False, True, False])), NAMES, draws(4))
    assert (found.kept["favourable"].given, found.kept["favourable"].kept, found.kept["favourable"].precision.value) == (3, 2, 1.0)
    assert found.kept["critical"].precision.value is None


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_whole_exchange_of_priors_gives_the_prevalence_of_the_codebook(book: Codebook) -> None:
    mean = np.array([[0.2, 0.2, 0.6]])
    moved = mean[0] * np.exp(prior_offsets(mean, book, 1.0))
    assert moved / moved.sum() == pytest.approx(np.array(book.prevalence), abs=1e-5)
    assert prior_offsets(mean, book, 0.0) == (0.0, 0.0, 0.0)


def test_without_a_stated_prevalence_nothing_is_moved(book: Codebook) -> None:
    silent = dataclasses.replace(book, scheme=tuple(dataclasses.replace(label, prevalence=None) for label in book.scheme))
    assert prior_offsets(np.array([[0.2, 0.2, 0.6]]), silent, 1.0) == (0.0, 0.0, 0.0)


def test_calibration_makes_boastful_logits_modest_and_leaves_small_sets_alone(book: Codebook) -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(3, size=300)
    logits = np.eye(3)[np.where(rng.random(300) < 0.6, gold, rng.integers(3, size=300))] * 8
    fitted = calibrate(logits, gold, book, TrainConfig(softening=1.0, prior_strength=0.0))
    assert fitted.temperature > 2
    assert calibrate(logits, gold, book, TrainConfig(softening=1.5)).temperature == pytest.approx(1.5 * fitted.temperature, rel=1e-3)
    assert calibrate(logits[:10], gold[:10], book, TrainConfig()) == Calibration(1.0, (0.0, 0.0, 0.0), 0)


@pytest.mark.parametrize("setting", ["softening=0", "prior_strength=2", "label_smoothing=1"])
def test_a_setting_that_would_spoil_the_bundle_is_refused(setting: str) -> None:
    with pytest.raises(InputError, match=f"--set {setting.split('=')[0]}="):
        with_settings(TrainConfig(), [setting])


def test_a_sentiment_lexicon_takes_hard_words_about_something_else_for_criticism(book: Codebook) -> None:
    found = lexicon(["Lavrov hopes that the horrible war will not undermine non-proliferation.", "Tehran and Moscow enjoy excellent, friendly ties.", "They met."], book)
    assert found is not None
    assert [book.labels[i] for i in found] == ["critical", "favourable", "neutral"]


def test_a_codebook_without_tones_has_no_lexicon_baseline(book: Codebook) -> None:
    silent = dataclasses.replace(book, scheme=tuple(dataclasses.replace(label, tone=None) for label in book.scheme))
    assert lexicon(["They met."], silent) is None


@pytest.mark.parametrize(("line", "told"), [("prevalence = 0.92", "sum to 1"), ('tone = "positive"', "once each, or none")])
def test_a_codebook_that_contradicts_itself_is_refused(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8").replace(line, {"prevalence = 0.92": "prevalence = 0.5"}.get(line, 'tone = "warm"')), encoding="utf-8")
    with pytest.raises(LabelError, match=told):
        load_codebook(path)


@pytest.mark.parametrize(("version", "covered"), [("1.0", True), ("1.1", True), ("1.9", False), ("2.0", False), ("1.x", False), ("1.1-draft", False)])
def test_labels_of_an_earlier_minor_version_count(version: str, covered: bool, book: Codebook) -> None:
    assert dataclasses.replace(book, version="1.1").covers(version) is covered


def test_a_version_that_is_no_number_covers_itself_alone(book: Codebook) -> None:
    draft = dataclasses.replace(book, version="1.0-beta")
    assert draft.covers("1.0-beta")
    assert not draft.covers("1.0")
