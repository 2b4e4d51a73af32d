"""The OpenAPI document's examples: what the loaded model says of one sentence, so that they cannot be out of date."""

from __future__ import annotations

from typing import Any

from service.http.explain import explain, occlude
from service.http.info import describe, model_line
from service.http.shapes import EXAMPLE
from service.records import Document
from service.scorer import Scorer
from service.settings import Settings


def make_examples(scorer: Scorer, settings: Settings) -> dict[str, Any]:
    """Return a reply for each path."""
    labels = scorer.codebook.labels
    (scored,) = scorer.score([Document("text", EXAMPLE)])
    body = scored.to_dict(labels)
    body["summary"]["truncated"] = 0
    occlusion = occlude(EXAMPLE, scorer.bundle.max_length)
    label = scored.scores[0].label
    explained = explain(occlusion, scorer.classify(occlusion.variants), labels.index(label))
    ranked = sorted(scored.scores[0].probabilities.items(), key=lambda item: -item[1])
    return {
        "/score": {"model": model_line(scorer), "documents": [body]},
        "/predict": [{"label": name, "score": p} for name, p in ranked],
        "/explain": {"model": model_line(scorer), "label": label, "start": 0, "end": len(EXAMPLE), **explained},
        "/info": describe(scorer, settings),
    }
