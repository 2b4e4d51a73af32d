"""The scorer's labels for single sentences, as pre-annotations for an annotation tool."""

from __future__ import annotations

from collections.abc import Sequence

from labels.codebook import Codebook
from labels.errors import InputError
from labels.exchange.model import Prediction


def predict_labels(texts: Sequence[tuple[str, str | None]], book: Codebook, bundle: str | None) -> list[Prediction]:
    """Return the bundle's label for each text, toward its target, with its calibrated probability.

    Raises InputError where the bundle knows other labels than ``book``, LabelError for a target that it does not know.
    """
    from service.pairs import input_of
    from service.registry.choose import chosen_folder
    from service.scorer import load_scorer

    folder = chosen_folder(bundle)
    scorer = load_scorer(folder)
    if scorer.codebook.labels != book.labels:
        raise InputError(f"{folder}: gives {', '.join(scorer.codebook.labels)}; expected a bundle with the codebook's labels, {', '.join(book.labels)}")
    found = []
    for row in scorer.classify([input_of(scorer.codebook, text, target) for text, target in texts]).probabilities:
        probabilities = dict(zip(book.labels, map(float, row), strict=True))
        label, _ = scorer.decide(probabilities)
        found.append(Prediction(label, round(probabilities[label], 6), scorer.bundle.tag))
    return found
