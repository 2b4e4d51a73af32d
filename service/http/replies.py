"""The shapes of replies, as JSON Schema. They are shown and tested against; the scorer's records make them."""

from __future__ import annotations

from typing import Any

from service.records import FLAGS

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_SHARES = {"type": "object", "additionalProperties": _SHARE}


def _object(optional: tuple[str, ...] = (), /, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": [name for name in fields if name not in optional], "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_PREDICTION = _object(label=_TEXT, score=_SHARE)
PREDICTIONS = {"oneOf": [_list(_PREDICTION), {"type": "array", "items": {"type": "array", "items": _PREDICTION, "minItems": 1}, "minItems": 1}, {"type": "array", "maxItems": 0}]}
PREDICTIONS["oneOf"][0]["minItems"] = 1
"""One text's labels by probability; with ``parameters``, or for a list of texts, a list of those."""


def components() -> dict[str, Any]:
    """Return the schemas of the replies by name."""
    error = _object(type=_TEXT, message=_TEXT, where=_TEXT)
    part = {"type": "string", "enum": ["title", "text"]}
    sentence = _object(
        ("target",), target=_TEXT, id=_TEXT, part=part, start=_COUNT, end=_COUNT, text=_TEXT, label=_TEXT, probabilities=_SHARES, voice={"type": "string", "enum": ["outlet", "source"]},
        speaker={"type": ["string", "null"]}, flags=_list({"type": "string", "enum": list(FLAGS)}),
    )  # fmt: skip
    skipped = _object(part=part, start=_COUNT, end=_COUNT, reason=_TEXT)
    targets = {"type": "object", "additionalProperties": _object(units=_COUNT, shares=_SHARES)}
    scored = _object(
        id=_TEXT, summary=_object(("targets",), units=_COUNT, shares=_SHARES, targets=targets, truncated=_COUNT), sentences=_list(_ref("Sentence")), skipped=_list(skipped)
    )
    word = _object(start=_COUNT, end=_COUNT, text=_TEXT, weight={"type": "number", "minimum": -1, "maximum": 1})
    explained = _object(
        model=_ref("Model"), label=_TEXT, start=_COUNT, end=_COUNT, probability=_SHARE, baseline=_SHARE, words=_list(word),
        completeness_error={"type": "number", "minimum": 0}, truncated={"type": "boolean"},
    )  # fmt: skip
    return {
        "Model": _object(tag=_TEXT, codebook=_TEXT, segmenter=_TEXT),
        "Sentence": sentence,
        "ScoredDocument": scored,
        "RefusedDocument": _object(id=_TEXT, error=error),
        "ScoreReply": _object(model=_ref("Model"), documents=_list({"oneOf": [_ref("ScoredDocument"), _ref("RefusedDocument")]})),
        "ExplainReply": explained,
        "Error": _object(error=error),
    }
