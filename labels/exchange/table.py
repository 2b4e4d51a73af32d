"""Tables: a row an annotator and sentence, or (wide) a column an annotator. CSV, TSV and Excel share what a column means.

The column ``unit`` carries a sentence's id and place as JSON: a spreadsheet that saves a file turns dates, leading zeros and ids such
as 12345678901234e5 into its own numbers, but leaves text that begins with a brace alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labels.exchange.model import Answer, Found, Item, Place, ReadOptions, carried, personal
from labels.records import Annotation

UNIT = "unit"
COLUMNS = ("text", "label", "voice", "speaker", "unsure", "note", "annotator")
PREDICTED = ("predicted", "score", "model")
_DOCUMENT = ("document", "article", "article_id", "document_id")
_CREATED = ("created", "created_at")

Row = tuple[int | None, Mapping[str, Any]]


def read_rows(path_place: Place, rows: Iterable[Row], options: ReadOptions, found: Found) -> None:
    """Add the answers of rows (number and cells by column; empty cells left out) to ``found``."""
    for number, row in rows:
        place = Place(path_place.path, number, path_place.spot)
        try:
            fields = _fields(row)
        except ValueError as error:
            found.problems.append(place.problem(UNIT, row.get(UNIT), str(error)))
            continue
        text = row.get(options.text_field or "text")
        answers = _answers(row, options)
        if not answers:
            found.aside["rows without a label"] += 1
        for annotator, label in answers:
            found.answers.append(Answer(place=place, text=text, label=label, annotator=annotator, fields=fields))


def _answers(row: Mapping[str, Any], options: ReadOptions) -> list[tuple[str | None, Any]]:
    if options.annotator_columns:
        return [(name, row[name]) for name in options.annotator_columns if row.get(name) is not None]
    label = row.get(options.label_field or "label")
    annotator = row.get("annotator")
    return [] if label is None else [(None if annotator is None else str(annotator), label)]


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(row)
    for names in (_DOCUMENT, _CREATED):
        if known := next((row[name] for name in names if row.get(name) is not None), None):
            fields[names[0]] = known
    if (packed := row.get(UNIT)) is not None:
        try:
            unit = packed if isinstance(packed, dict) else json.loads(str(packed))
        except ValueError:
            unit = None
        if not isinstance(unit, dict):
            raise ValueError('the cell as it was exported, a JSON object such as {"unit_id": …}')
        fields |= unit
    return fields


def missing(columns: Sequence[str], options: ReadOptions) -> list[str]:
    """Return the columns that a table must have and has not."""
    wanted = [options.text_field or "text", *(options.annotator_columns or [options.label_field or "label"])]
    return [name for name in wanted if name not in columns]


def header(items: Sequence[Item]) -> list[str]:
    """Return the columns of a table: the target where sentences come with their own, predictions only where there are any, so that a blind table shows none."""
    return [*(("target",) if any(item.place.get("target") for item in items) else ()), *COLUMNS, *(PREDICTED if any(item.prediction for item in items) else ()), UNIT]


def table_rows(items: Sequence[Item]) -> list[list[str]]:
    """Return the rows under ``header``: one an annotator, or one to fill in for a sentence that nobody has read."""
    columns = header(items)
    rows = [_cells(item, reading) for item in items for reading in (item.readings or (None,))]
    return [[str(row.get(name, "")) for name in columns] for row in rows]


def _cells(item: Item, reading: Annotation | None) -> dict[str, Any]:
    unit = carried(item)
    cells: dict[str, Any] = {"text": item.text, "target": item.place.get("target", "")}
    if reading:
        cells |= {"label": reading.label, "annotator": reading.annotator, **personal(reading, ("voice", "speaker", "note"))}
        cells |= {} if reading.unsure is None else {"unsure": "yes" if reading.unsure else "no"}
        unit |= personal(reading, ("created", "kind", "codebook"))
    if item.prediction:
        known = {"predicted": item.prediction.label, "score": item.prediction.score, "model": item.prediction.model}
        cells |= {name: value for name, value in known.items() if value is not None}
    return {**cells, UNIT: json.dumps(unit, ensure_ascii=False)}


def is_ours(columns: Sequence[str]) -> bool:
    """Tell whether a table was written here, and so marks cells that a spreadsheet would run."""
    return UNIT in columns
