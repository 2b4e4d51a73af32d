"""A task for Label Studio, by https://labelstud.io/guide/task_format and /guide/predictions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from labels.exchange.model import Item, carried, personal
from labels.records import Annotation


def task(item: Item) -> dict[str, Any]:
    """Return a task: the sentence, earlier readings as annotations, the model's label as a prediction.

    ``data.readings`` holds, by the number of an annotation, what Label Studio has no place for. It numbers annotations anew on the way
    in and keeps ours as ``import_id``; the annotator goes there too, because an import fails at an address that is no member's.
    """
    made: dict[str, Any] = {"data": {"text": item.text, **carried(item)}}
    if item.readings:
        made["data"]["readings"] = {str(_number(r)): _rest(r) for r in item.readings}
        made["annotations"] = [{"id": _number(r), **_times(r), "was_cancelled": False, "ground_truth": False, "result": list(_regions(r))} for r in item.readings]
    if item.prediction:
        said = {key: value for key, value in (("model_version", item.prediction.model), ("score", item.prediction.score)) if value is not None}
        made["predictions"] = [{**said, "result": [_region(item.id, "label", "choices", [item.prediction.label])]}]
    return made


def _number(reading: Annotation) -> int:
    """Return a number for a reading that no database gives by chance: below 2**53, which JavaScript keeps exactly."""
    return int(hashlib.sha256(f"{reading.id}\x1f{reading.annotator}".encode()).hexdigest()[:13], 16)


def _rest(reading: Annotation) -> dict[str, Any]:
    """Return what no control holds; "sure" is an unticked box."""
    sure = {"unsure": False} if reading.unsure is False else {}
    return {"annotator": reading.annotator, **personal(reading, ("created", "kind", "codebook")), **sure}


def _times(reading: Annotation) -> dict[str, str]:
    return {"created_at": reading.created} if reading.created else {}


def _regions(reading: Annotation) -> Iterator[dict[str, Any]]:
    yield _region(reading.id, "label", "choices", [reading.label])
    if reading.voice:
        yield _region(reading.id, "voice", "choices", [reading.voice])
    if reading.speaker:
        yield _region(reading.id, "speaker", "textarea", [reading.speaker])
    if reading.unsure:
        yield _region(reading.id, "unsure", "choices", ["unsure"])
    if reading.note:
        yield _region(reading.id, "note", "textarea", [reading.note])


def _region(unit: str, control: str, kind: str, content: list[str]) -> dict[str, Any]:
    return {"id": f"{unit[:8]}-{control}", "from_name": control, "to_name": "text", "type": kind, "value": {"choices" if kind == "choices" else "text": content}}
