"""What the service says of its model and its limits."""

from __future__ import annotations

from typing import Any

from labels.targets import OPEN
from service.records import FLAGS
from service.scorer import Scorer
from service.segment import SEGMENTER
from service.settings import Settings


def describe(scorer: Scorer, settings: Settings, source: str, fault: str | None = None) -> dict[str, Any]:
    """Return the body of GET /info. ``source``: how the bundle was chosen; ``fault``: why the one promoted last could not be taken up."""
    book = scorer.codebook
    return {
        "model": model_line(scorer),
        "bundle": {"source": source, "not_taken_up": fault},
        "target": book.target,
        "targets": [target.name for target in book.known_targets] or OPEN,
        "labels": [{"name": label.name, "definition": label.definition} for label in book.scheme],
        "default": book.default,
        "flags": list(FLAGS),
        "metrics": scorer.bundle.manifest["metrics"],
        "limits": {
            "bytes_per_request": settings.max_body_bytes,
            "characters_per_document": settings.max_characters,
            "characters_per_request": settings.max_total_characters,
            "characters_per_explanation": settings.max_explain_characters,
            "documents_per_request": settings.max_documents,
            "seconds_per_request": settings.seconds,
            "tokens_per_sentence": scorer.bundle.max_length,
        },
        "key_needed": bool(settings.api_keys),
    }


def model_line(scorer: Scorer) -> dict[str, str]:
    """Return what every answer says of its model: tag, codebook and segmenter."""
    return {"tag": scorer.bundle.tag, "codebook": f"{scorer.codebook.name} {scorer.codebook.version}", "segmenter": SEGMENTER}
