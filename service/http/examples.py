"""The OpenAPI document's examples: what the loaded model says of one sentence, so that they cannot be out of date."""

from __future__ import annotations

from typing import Any

from service.http.info import describe, model_line
from service.http.occlusion import explain_label, occlude
from service.http.predict import rank
from service.http.score import document_body
from service.http.shapes import EXAMPLE
from service.records import Document
from service.scorer import Scorer
from service.settings import Settings


def make_examples(scorer: Scorer, settings: Settings, source: str) -> dict[str, Any]:
    """Return a reply for each path."""
    labels, model = scorer.codebook.labels, model_line(scorer)
    (scored,) = scorer.score([Document("text", EXAMPLE)])
    (sentence,) = scored.scores
    occlusion = occlude(EXAMPLE, scorer.bundle.max_length)
    explained = explain_label(occlusion, scorer.classify(occlusion.variants), labels.index(sentence.label))
    return {
        "/score": {"model": model, "documents": [document_body("text", scored, "text", labels)]},
        "/predict": rank(labels, [sentence.probabilities[label] for label in labels]),
        "/explain": {"model": model, "label": sentence.label, "start": 0, "end": len(EXAMPLE), **explained},
        "/info": describe(scorer, settings, source),
    }
