"""What `labels export` sends out: units to label, annotations already made, or plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.errors import LabelError
from labels.exchange.importing import ImportOptions, read_sources
from labels.exchange.model import CARRIED, Item, Place, Prediction, ReadOptions
from labels.exchange.plain import plain_rows
from labels.exchange.source import Source, open_sources
from labels.exchange.values import is_sentence, text_of, whole_number
from labels.problems import Problem
from labels.records import fits_id, unit_id

_HEX = frozenset("0123456789abcdef")


@dataclass(slots=True)
class Loaded:
    """Sentences to export in order of first appearance, what to say of the files, and the rows that cannot be used."""

    items: dict[tuple[str, str | None], Item] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, item: Item) -> None:
        """Add a sentence; the readings of one that is known are joined to it."""
        key = item.id, item.place.get("target")
        known = self.items.setdefault(key, item)
        if known is not item:
            readings = (*known.readings, *(r for r in item.readings if r not in known.readings))
            self.items[key] = replace(known, place={**item.place, **known.place}, prediction=known.prediction or item.prediction, readings=readings)


def load_items(paths: Sequence[Path], book: Codebook, options: ReadOptions) -> Loaded:
    """Return what files hold: lines of text, units to label, tables of sentences, or anything that `labels import` reads."""
    loaded = Loaded()
    for path in paths:
        for source in open_sources(path):
            _load(source, book, options, loaded)
    if not loaded.items and not loaded.problems:
        raise LabelError(f"{', '.join(map(str, paths))}: no sentences; expected units to label, annotations, or a text with a sentence a line")
    return loaded


def _load(source: Source, book: Codebook, options: ReadOptions, loaded: Loaded) -> None:
    rows = plain_rows(source, options)
    if rows is None:
        imported = read_sources([source], book, ImportOptions(read=options))
        loaded.said += [*imported.said, *(f"{source.path}: {count} {reason}, left out" for reason, count in imported.aside.items())]
        loaded.problems += imported.problems
        for _, reading in imported.rows:
            known = {name: value for name in CARRIED if (value := getattr(reading, name)) is not None and (name != "target" or value != book.target)}
            loaded.add(Item(reading.id, reading.text, known, readings=(reading,)))
        return
    foreign = 0
    for place, row in rows:
        item = _item(place, row, book, loaded.problems)
        if item:
            foreign += bool(row.get("id")) and row["id"] != item.id
            loaded.add(item)
    if foreign:
        loaded.said.append(f"{source.path}: {foreign} ids are not made of text and place; each sentence gets one that is")


def _item(place: Place, row: Mapping[str, Any], book: Codebook, problems: list[Problem]) -> Item | None:
    text = row.get("text")
    if not isinstance(text, str) or not is_sentence(text):
        problems.append(place.problem("text", text, "a sentence; --text-field names the field that holds it"))
        return None
    try:
        known: dict[str, Any] = {name: whole_number(row[name]) if name in ("start", "end") else text_of(row[name]) for name in CARRIED if row.get(name) not in (None, "")}
    except ValueError as error:
        problems.append(place.problem("start/end", (row.get("start"), row.get("end")), str(error)))
        return None
    given = row.get("id")
    if isinstance(given, str) and len(given) == 16 and set(given) <= _HEX:
        if not fits_id(given, text, known.get("document"), known.get("start")):
            problems.append(place.problem("id", given, f"{unit_id(text, known.get('document'), known.get('start'))!r}, which its text and place give"))
            return None
    else:
        given = unit_id(text, known.get("document"), known.get("start"))
    label = row.get("label")
    if label is not None and label not in book.labels:
        problems.append(place.problem("label", label, f"the model's label, one of {', '.join(book.labels)}"))
        return None
    probabilities = row.get("probabilities")
    score = probabilities.get(label) if isinstance(probabilities, dict) else None
    if not isinstance(score, float | int | None) or isinstance(score, bool):
        problems.append(place.problem("probabilities", probabilities, "a number a label"))
        return None
    return Item(given, text, known, prediction=Prediction(label, score, text_of(row["model"]) if row.get("model") else None) if label else None)
