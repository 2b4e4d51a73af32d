"""Argilla 2: records as ``to_list``, ``to_dict`` (by names or by index), ``to_json`` and ``to_datasets`` (flattened) write them.

Shapes read from argilla 2.8 (records/_io/_generic.py). The nested forms drop a response's status, the flattened ones keep it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.exchange.argilla_config import QUESTIONS, settings
from labels.exchange.jsonio import dump_list
from labels.exchange.model import ID, Answer, Found, Item, Place, ReadOptions, carried, personal, read_each
from labels.exchange.source import Entry, Source
from labels.records import Annotation

_NAMES = uuid.UUID("5bd1e5e4-2bb0-5c4f-9c53-d5a1c0f8a7f3")  # Argilla's users are UUIDs; a reader who has none gets one made of the name
_RESPONSES = ".responses"


class Argilla:
    name = "argilla"
    said = "Argilla's records"

    def recognises(self, source: Source) -> bool:
        return any("fields" in row or any(str(key).endswith(_RESPONSES) for key in row) for row in (entry.value for entry in _records(source)[:50]))

    def read(self, source: Source, options: ReadOptions) -> Found:
        found = read_each(source.path, _records(source), lambda entry, own: _read_record(source.path, entry, options, own), self.said, Found(problems=source.problems))
        if any(entry.value.get("responses") for entry in _records(source)):
            found.said.append(f"{source.path}: nested records do not say which responses were discarded or are drafts; flattened ones do (to_list(flatten=True), to_datasets)")
        return found

    def write(self, items: Sequence[Item], book: Codebook, out: Path) -> dict[Path, bytes]:
        return {out: dump_list([_record(item) for item in items])}

    def configuration(self, book: Codebook) -> bytes:
        return settings(book)


def _records(source: Source) -> list[Entry]:
    """Return the file's records: a list, lines, a dictionary of columns (orient="names") or of records by id (orient="index")."""
    whole = source.whole
    if not isinstance(whole, dict):
        return source.entries
    columns = list(whole.values())
    if isinstance(whole.get("id"), list) and all(isinstance(column, list) and len(column) == len(whole["id"]) for column in columns):
        rows = [{name: column[i] for name, column in whole.items()} for i in range(len(whole["id"]))]
        return [Entry(None, f"[{i}]", row) for i, row in enumerate(rows)]
    if whole and all(isinstance(record, dict) and "fields" in record for record in whole.values()):
        return [Entry(None, f"[{key!r}]", record) for key, record in whole.items()]
    return source.entries


def _read_record(path: Path, entry: Entry, options: ReadOptions, found: Found) -> None:
    place, row = Place(path, entry.line, entry.spot), entry.value
    flat = "fields" not in row
    fields = row if flat else row.get("fields") or {}
    metadata = row if flat else row.get("metadata") or {}
    answers = _flat_responses(row) if flat else _nested_responses(row)
    question = options.label_field or _label_question({name for by_user in answers.values() for name in by_user})
    if not answers:
        found.aside["records without a response"] += 1
    for user, given in answers.items():
        status = next((status for _, status in given.values() if status in ("discarded", "draft")), None)
        if status or given.get(question, (None, None))[0] is None:
            found.aside[{"discarded": "discarded by an annotator", "draft": "drafts, not submitted"}.get(status or "", "responses without a label")] += 1
            continue
        known = _known(metadata, user)
        said = {name: value for name in QUESTIONS if (value := given.get(name, (None, None))[0]) not in (None, "")}
        unit = {ID: row.get("id"), **metadata} if ID in metadata or _is_unit_id(row.get("id")) else metadata
        text = fields.get(options.text_field or "text")
        spot = Place(place.path, place.line, ".".join(filter(None, (place.spot, f"responses.{question}"))))
        merged = {**unit, **{name: value for name, value in known.items() if name != "annotator"}, **said}
        found.answers.append(Answer(place=spot, text=text, label=given[question][0], annotator=known.get("annotator") or user, fields=merged))


def _nested_responses(row: Mapping[str, Any]) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return, for each user, the value and the status (None: not said) of each question's response."""
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for question, responses in (row.get("responses") or {}).items():
        for response in responses or []:
            found.setdefault(str(response.get("user_id")), {})[question] = (response.get("value"), response.get("status"))
    return found


def _flat_responses(row: Mapping[str, Any]) -> dict[str, dict[str, tuple[Any, Any]]]:
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for key, values in row.items():
        if key.endswith(_RESPONSES) and isinstance(values, list):
            users = row.get(f"{key}.users") or []
            statuses = row.get(f"{key}.status") or [None] * len(values)
            for value, user, status in zip(values, users, statuses, strict=False):
                found.setdefault(str(user), {})[key.removesuffix(_RESPONSES)] = (value, status)
    return found


def _label_question(names: set[str]) -> str:
    others = [name for name in names if name not in QUESTIONS]
    return "label" if "label" in names or len(others) != 1 else others[0]


def _is_unit_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 16 and all(c in "0123456789abcdef" for c in value)


def _known(metadata: Mapping[str, Any], user: str) -> dict[str, Any]:
    """Return what was exported of this user's reading: Argilla's responses have no room for it."""
    try:
        readings = json.loads(metadata.get("readings") or "{}")
    except (TypeError, ValueError):
        return {}
    known = readings.get(user) if isinstance(readings, dict) else None
    return dict(known) if isinstance(known, dict) else {}


def _record(item: Item) -> dict[str, Any]:
    metadata: dict[str, Any] = carried(item)
    responses: dict[str, list[dict[str, Any]]] = {}
    for reading in item.readings:
        for question, value in _responses(reading):
            responses.setdefault(question, []).append({"value": value, "user_id": _user(reading.annotator), "status": "submitted"})
    if item.readings:
        readings = {_user(r.annotator): {"annotator": r.annotator, **personal(r, ("created", "kind", "codebook"))} for r in item.readings}
        metadata["readings"] = json.dumps(readings, ensure_ascii=False)
    suggestions = {}
    if item.prediction:
        suggestions["label"] = {"value": item.prediction.label, "score": item.prediction.score, "agent": item.prediction.model}
    return {"id": item.id, "fields": {"text": item.text}, "metadata": metadata, "suggestions": suggestions, "responses": responses, "vectors": {}}


def _responses(reading: Annotation) -> Iterator[tuple[str, str]]:
    yield "label", reading.label
    for name in QUESTIONS:
        value = getattr(reading, name)
        if value is not None:
            yield name, value if isinstance(value, str) else "yes" if value else "no"


def _user(annotator: str) -> str:
    """Return the user's id in Argilla: the one that the name holds, or one made of it."""
    try:
        return str(uuid.UUID(annotator.removeprefix("person/")))
    except ValueError:
        return str(uuid.uuid5(_NAMES, annotator))
