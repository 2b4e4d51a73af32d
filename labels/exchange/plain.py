"""Files of sentences that nobody has labelled: lines of text, units to label, tables without a label."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from labels.exchange.model import Place, ReadOptions
from labels.exchange.separated import separator_of
from labels.exchange.source import Source

Rows = list[tuple[Place, Mapping[str, Any]]]
_DOCUMENT = ("document", "article", "article_id", "document_id")


def plain_rows(source: Source, options: ReadOptions) -> Rows | None:
    """Return the rows of a file of sentences, ``text`` under that name; None for a file with somebody's labels in it."""
    if source.is_workbook:
        return None
    if source.path.suffix == ".txt":
        return [(Place(source.path, number), {"text": line.strip()}) for number, line in enumerate(source.text.splitlines(), start=1) if line.strip()]
    name = options.text_field or "text"
    if source.looks_like_json:
        rows: Rows = [(Place(source.path, entry.line, entry.spot), entry.value) for entry in source.entries]
        if any("annotator" in row or name not in row for _, row in rows) or not all(_is_unit(row) for _, row in rows):
            return None
    else:
        reader = csv.DictReader(io.StringIO(source.text, newline=""), delimiter=separator_of(source))
        columns = list(reader.fieldnames or [])
        if name not in columns or (options.label_field or "label") in columns or options.annotator_columns or "predicted" in columns:
            return None
        rows = [(Place(source.path, reader.line_num), {k: v for k, v in row.items() if k and v}) for row in reader]
    return [(place, _named(row, name)) for place, row in rows]


def _is_unit(row: Mapping[str, Any]) -> bool:
    """Tell a sentence, perhaps with the model's label, from an annotated row."""
    return not {"annotations", "predictions", "answer", "accept", "responses", "labels"} & row.keys() and ("label" not in row or "model" in row or "probabilities" in row)


def _named(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    document = next((row[key] for key in _DOCUMENT if row.get(key) not in (None, "")), None)
    return {**row, "text": row.get(name), **({} if document is None else {"document": document})}
