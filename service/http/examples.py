"""The OpenAPI document's examples: what the loaded model says of one sentence, so that they cannot be out of date."""

from __future__ import annotations

from typing import Any

from labels.codebook import Codebook
from service.http.info import describe, model_line
from service.http.occlusion import explain_label, occlude
from service.http.predict import rank
from service.http.score import document_body
from service.pairs import input_of
from service.records import Document
from service.scorer import Scorer
from service.settings import Settings

_OPEN = "the ambassador"


def sample(book: Codebook) -> tuple[str, str | None]:
    """Return a sentence about the codebook's target (its first, where it has several), and that target where one must be named."""
    target = _OPEN if book.open else book.targets[0].name if book.targets else None
    sides = [] if book.open else [side.name for side in book.find_target(target).sides]
    subject = " and ".join(sides) or "The two governments"
    return f"{subject} {'has' if len(sides) == 1 else 'have'} opened a new page, {_OPEN} said.", target


def make_examples(scorer: Scorer, settings: Settings, source: str) -> dict[str, Any]:
    """Return a reply for each path, and under "asked" what was asked for it."""
    labels, model = scorer.codebook.labels, model_line(scorer)
    text, target = sample(scorer.codebook)
    (scored,) = scorer.score([Document("text", text, targets=() if target is None else (target,))])
    sentence = scored.scores[0]
    occlusion = occlude(text, scorer.bundle.max_length)
    explained = explain_label(occlusion, scorer.classify([input_of(scorer.codebook, variant, target) for variant in occlusion.variants]), labels.index(sentence.label))
    told = {} if target is None else {"target": target}
    return {
        "asked": {"/score": {"text": text, **told}, "/predict": {"inputs": text, **told}, "/explain": {"text": text, **told}},
        "/score": {"model": model, "documents": [document_body("text", scored, "text", labels)]},
        "/predict": rank(labels, [sentence.probabilities[label] for label in labels]),
        "/explain": {"model": model, "label": sentence.label, "start": 0, "end": len(text), **explained},
        "/info": describe(scorer, settings, source),
    }
