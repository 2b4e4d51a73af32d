"""The scorer's labels for single sentences, as pre-annotations for an annotation tool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import InputError
from labels.exchange.model import Prediction
from service.bundle import SHIPPED


def predict_labels(texts: Sequence[str], book: Codebook, bundle: Path | None) -> list[Prediction]:
    """Return the bundle's label for each text with its calibrated probability; raise InputError where it knows other labels than ``book``."""
    from service.scorer import load_scorer

    scorer = load_scorer(bundle or SHIPPED)
    if scorer.codebook.labels != book.labels:
        raise InputError(f"{bundle or SHIPPED}: gives {', '.join(scorer.codebook.labels)}; expected a bundle with the codebook's labels, {', '.join(book.labels)}")
    found = []
    for row in scorer.classify(texts).probabilities:
        probabilities = dict(zip(book.labels, map(float, row), strict=True))
        label, _ = scorer.decide(probabilities)
        found.append(Prediction(label, round(probabilities[label], 6), scorer.bundle.tag))
    return found
