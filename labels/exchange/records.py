"""JSON of one label a row: annotation records as the repo stores them, and plain rows with text and label."""

from __future__ import annotations

from labels.exchange.model import ID, Found, Place, ReadOptions
from labels.exchange.source import Source
from labels.exchange.table import read_rows


class Records:
    name = "jsonl"
    said = "JSON with one label a row"

    def recognises(self, source: Source) -> bool:
        return any(isinstance(row.get("text"), str) and isinstance(row.get("label"), str) for row in source.sample)

    def read(self, source: Source, options: ReadOptions) -> Found:
        found = Found(problems=source.problems)
        for entry in source.entries:
            row = {name: value for name, value in entry.value.items() if value not in (None, "")}
            if "annotator" not in row and ("probabilities" in row or "model" in row):
                found.problems.append(Place(source.path, entry.line, entry.spot).problem("label", row.get("label"), "an annotator's label; this one is the model's"))
                continue
            if {"id", "annotator", "codebook"} <= row.keys():  # a stored record's id is a unit's; another file's may be anything
                row[ID] = row["id"]
            read_rows(Place(source.path, None, entry.spot), [(entry.line, row)], options, found)
        return found
