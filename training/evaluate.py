"""Evaluate a scorer on labelled sentences, beside the baselines that any model must beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labels.codebook import Codebook
from labels.errors import InputError
from labels.gold import Gold
from service.pairs import input_of
from service.scorer import Scorer
from training.baselines import lexicon, majority, tfidf
from training.metrics import Figures, Labels, Predictions, measure


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of the model and of its baselines on one set of sentences, and what they were measured on."""

    data: str
    labels_hash: str
    seed: int
    model: Figures
    baselines: dict[str, Figures]

    def to_dict(self) -> dict[str, Any]:
        return {
            "data": self.data,
            "labels_hash": self.labels_hash,
            "seed": self.seed,
            **self.model.to_dict(),
            "baselines": {name: figures.to_dict() for name, figures in self.baselines.items()},
        }


def predict(scorer: Scorer, gold: Sequence[Gold]) -> Predictions:
    """Score gold sentences as units of their own and return decisions beside their gold labels."""
    book = scorer.codebook
    probabilities = scorer.classify([input_of(book, g.text, g.target) for g in gold]).probabilities
    decisions = [scorer.decide(dict(zip(book.labels, map(float, row), strict=True))) for row in probabilities]
    decided = np.array([book.index(label) for label, _ in decisions], dtype=np.int64)
    return Predictions(
        gold=_indices(gold, book),
        decided=decided,
        groups=[g.group for g in gold],
        confidence=probabilities.max(axis=1),
        top=probabilities.argmax(axis=1).astype(np.int64),
        certainty=np.take_along_axis(probabilities, decided[:, None], axis=1)[:, 0],
        ambiguous=np.array([flag for _, flag in decisions], dtype=bool),
    )


def evaluate_file(scorer: Scorer, gold: Sequence[Gold], train: Sequence[Gold], *, data: str, seed: int = 0) -> Evaluation:
    """Measure ``scorer`` on labelled sentences; the baselines learn from ``train``, and those that learn are left out where there is nothing to learn from."""
    if not gold:
        raise InputError(f"{data}: no sentence has a gold label; expected at least one")
    book = scorer.codebook
    predictions = predict(scorer, gold)
    return evaluation_of(data, str(scorer.bundle.manifest["training"]["labels_hash"]), seed, predictions, baseline_labels(train, gold, book), book)


def baseline_labels(train: Sequence[Gold], test: Sequence[Gold], book: Codebook) -> dict[str, Labels]:
    """Return each baseline's labels for ``test``, learnt from ``train``; none of those that learn where ``train`` is empty."""
    texts = [g.text for g in test]
    sentiment = lexicon(texts, book)
    known = {} if sentiment is None else {"vader": sentiment}
    if not train:
        return known
    return {"majority": majority(train, texts, book.labels), **known, "tfidf": tfidf(train, test, book)}


def evaluation_of(data: str, digest: str, seed: int, p: Predictions, baselines: dict[str, Labels], book: Codebook) -> Evaluation:
    """Measure a model's predictions and the baselines' on the same sentences."""
    others = {name: measure(Predictions(p.gold, decided, p.groups), book.labels, seed=seed) for name, decided in baselines.items()}
    return Evaluation(data, digest, seed, measure(p, book.labels, seed=seed), others)


def _indices(gold: Sequence[Gold], book: Codebook) -> Labels:
    return np.array([book.index(str(g.label)) for g in gold], dtype=np.int64)
