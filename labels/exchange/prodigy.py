"""Prodigy: JSON lines of ``prodigy db-out``, of the choice interface and of binary classification, and tasks to load.

By https://prodigy.ai/docs/api-interfaces (answer, accept, options, label) and /docs/custom-interfaces (blocks with text_input).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.exchange.jsonio import dump_lines
from labels.exchange.model import Answer, Found, Item, Place, ReadOptions, carried, personal, read_each
from labels.exchange.prodigy_recipe import recipe
from labels.exchange.source import Entry, Source
from labels.exchange.values import moment, with_meta
from labels.records import Annotation

_ANSWERS = ("accept", "reject", "ignore")
_INPUTS = ("voice", "speaker", "note")
_REST = ("unsure", "created", "kind", "codebook")


class Prodigy:
    name = "prodigy"
    said = "Prodigy's answers"

    def recognises(self, source: Source) -> bool:
        return any(row.get("answer") in _ANSWERS or "_task_hash" in row or isinstance(row.get("accept"), list) for row in source.sample)

    def read(self, source: Source, options: ReadOptions) -> Found:
        return read_each(source.path, source.entries, lambda entry, own: _read_task(source.path, entry, options, own), self.said, Found(problems=source.problems))

    def write(self, items: Sequence[Item], book: Codebook, out: Path) -> dict[Path, bytes]:
        return {out: dump_lines(task for item in items for task in _tasks(item, book))}

    def configuration(self, book: Codebook) -> bytes:
        return recipe(book)


def _read_task(path: Path, entry: Entry, options: ReadOptions, found: Found) -> None:
    place, row = Place(path, entry.line, entry.spot), entry.value
    if row.get("answer") != "accept":
        _read_refusal(place, row, found)
        return
    labels = _labels(row, options)
    if not labels:
        found.aside["accepted without a choice"] += 1
        return
    if len(labels) > 1:
        found.problems.append(place.problem("accept", labels, "one choice"))
        return
    unit = row.get("unit")
    fields = {**with_meta(row), **(unit if isinstance(unit, dict) else {})}
    fields |= {"unsure": True} if row.get("flagged") else {}
    fields.setdefault("created", moment(row.get("_timestamp")))
    text = row.get(options.text_field or "text")
    found.answers.append(Answer(place=place, text=text, label=labels[0], annotator=_who(row), fields=fields))


def _read_refusal(place: Place, row: Mapping[str, Any], found: Found) -> None:
    reasons = {"reject": "rejected: they say which label does not fit, not which does", "ignore": "ignored by an annotator", None: "tasks without an answer"}
    if row.get("answer") in reasons:
        found.aside[reasons[row.get("answer")]] += 1
    else:
        found.problems.append(place.problem("answer", row.get("answer"), f"one of {', '.join(_ANSWERS)}"))


def _labels(row: Mapping[str, Any], options: ReadOptions) -> list[Any]:
    if options.label_field or not isinstance(row.get("accept"), list):
        value = row.get(options.label_field or "label")
        return value if isinstance(value, list) else [] if value in (None, "") else [value]
    texts = {option.get("id"): option.get("text") for option in row.get("options") or [] if isinstance(option, dict)}
    # Options may be numbered: then the text that the annotator read is the label.
    return [chosen if isinstance(chosen, str) and not chosen.isdecimal() else texts.get(chosen, chosen) for chosen in row["accept"]]


def _who(row: Mapping[str, Any]) -> str | None:
    named = row.get("_annotator_id") or row.get("_session_id")
    return str(named) if named else None


def _tasks(item: Item, book: Codebook) -> list[dict[str, Any]]:
    options = [{"id": label.name, "text": label.name} for label in book.scheme]
    # Prodigy drops tasks with the hash of an earlier one: sentences that two articles print alike must differ.
    hashes = {"_input_hash": _hash(item.id), "_task_hash": _hash(f"{item.id}\x1ftask")}
    task: dict[str, Any] = {"text": item.text, "options": options, **hashes, "unit": carried(item)}
    if not item.readings:
        return [{**task, "accept": [item.prediction.label]} if item.prediction else task]
    return [{**task, **_answer(reading)} for reading in item.readings]


def _answer(reading: Annotation) -> dict[str, Any]:
    known: dict[str, Any] = {"accept": [reading.label], "answer": "accept", "_annotator_id": reading.annotator, "_session_id": reading.annotator, "_view_id": "blocks"}
    known |= personal(reading, (*_INPUTS, *_REST))
    if reading.unsure:
        known["flagged"] = True
    if stamp := _stamp(reading.created):
        known["_timestamp"] = stamp
    return known


def _stamp(created: str | None) -> int | None:
    try:
        when = datetime.fromisoformat(created or "")
    except ValueError:
        return None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _hash(value: str) -> int:
    """Return a hash as Prodigy keeps them: 32 bits with a sign."""
    return int.from_bytes(hashlib.sha256(value.encode()).digest()[:4], signed=True)
