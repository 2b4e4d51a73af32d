"""doccano (1.8), text classification: JSONL and JSON as it exports them, and rows to load.

doccano names no annotator in a row: a project without collaborative annotation is exported as one file an annotator
(backend/data_export/celery_tasks.py), so the file's name says who answered. Columns it does not know travel as metadata.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from labels.codebook import Codebook
from labels.exchange.jsonio import dump_lines, dump_list
from labels.exchange.model import PERSONAL, Answer, Found, Item, Place, ReadOptions, carried, personal, read_each
from labels.exchange.source import Entry, Source
from labels.exchange.values import with_meta
from labels.records import VOICES, Annotation

_COLORS = ("#209cee", "#ff3860", "#23d160", "#ffcc00", "#b86bff", "#ff8c42", "#00b8a9", "#7a7a7a")
_VOICE = "voice: "
_UNSURE = "unsure"
_SHARED = "all"
_PREDICTED = "predicted"


class Doccano:
    name = "doccano"
    said = "doccano's rows with lists of labels"

    def recognises(self, source: Source) -> bool:
        return any(isinstance(_labels(row), list) and isinstance(row.get("text", row.get("data")), str) and "accept" not in row for row in source.sample)

    def read(self, source: Source, options: ReadOptions) -> Found:
        named = unquote(source.path.stem)
        annotator = None if named == _SHARED else named
        found = read_each(source.path, source.entries, lambda entry, own: _read_row(source.path, entry, annotator, options, own), self.said, Found(problems=source.problems))
        kept = sum(answer.fields.get(_PREDICTED) == answer.label for answer in found.answers)
        if kept:
            found.said.append(f"{source.path}: {kept} of {len(found.answers)} labels are the ones the model gave; doccano does not tell which of them somebody confirmed")
        return found

    def write(self, items: Sequence[Item], book: Codebook, out: Path) -> dict[Path, bytes]:
        """Return ``out``, or with readings one file an annotator in the folder that ``out`` without its suffix names.

        Sentences that nobody has read and the model has predicted go into ``out`` beside that folder.
        """
        annotators = dict.fromkeys(reading.annotator for item in items for reading in item.readings)
        if not annotators:
            return {out: dump_lines(_row(item, None) for item in items)}
        folder, predicted = out.with_suffix(""), [item for item in items if item.prediction]
        rest = {out: dump_lines(_row(item, None) for item in predicted)} if predicted else {}
        return rest | {folder / f"{quote(name, safe='@+')}.jsonl": dump_lines(_row(item, name) for item in items) for name in annotators}

    def configuration(self, book: Codebook) -> bytes:
        """Return the labels to upload under Labels > Actions > Import Labels, with a key each."""
        names = [*book.labels, *(f"{_VOICE}{voice}" for voice in VOICES), _UNSURE]
        keys = "123456789abcdefghijklmnopqrstuvwxyz"
        rows = [
            {"text": name, "prefix_key": None, "suffix_key": keys[i] if i < len(keys) else None, "background_color": _COLORS[i % len(_COLORS)], "text_color": "#ffffff"}
            for i, name in enumerate(names)
        ]
        return dump_list(rows)


def _labels(row: Mapping[str, Any]) -> Any:
    return row.get("label", row.get("labels", row.get("cats")))


def _read_row(path: Path, entry: Entry, annotator: str | None, options: ReadOptions, found: Found) -> None:
    place, row = Place(path, entry.line, entry.spot), entry.value
    given = row.get(options.label_field) if options.label_field else _labels(row)
    labels = given if isinstance(given, list) else [] if given is None else [given]
    spoken = [str(label) for label in labels if str(label).startswith(_VOICE)]
    others = [label for label in labels if str(label) not in spoken and label != _UNSURE]
    if not others:
        found.aside["rows without a label"] += 1
        return
    if len(others) > 1 or len(spoken) > 1 or any(not isinstance(label, str) for label in others):
        expected = "one label of the codebook and at most one voice (text classification, not spans)"
        found.problems.append(place.problem("label", labels, expected))
        return
    fields = {**with_meta(row), **({"voice": spoken[0].removeprefix(_VOICE)} if spoken else {}), **({"unsure": True} if _UNSURE in labels else {})}
    comments = row.get("Comments")
    if isinstance(comments, list) and comments:
        fields["note"] = "\n".join([*([str(row["note"])] if row.get("note") else []), *map(str, comments)])
    text = row.get(options.text_field or "text", row.get("data"))
    found.answers.append(Answer(place=place, text=text, label=others[0], annotator=annotator, fields=fields))


def _row(item: Item, annotator: str | None) -> dict[str, Any]:
    reading = next((r for r in item.readings if r.annotator == annotator), None)
    if annotator is None:
        predicted = {_PREDICTED: item.prediction.label} if item.prediction else {}
        return {"text": item.text, "label": list(predicted.values()), **carried(item), **predicted}
    return {"text": item.text, "label": _marks(reading) if reading else [], **carried(item), **(personal(reading, _REST) if reading else {}), **_sure(reading)}


_REST = tuple(name for name in PERSONAL if name not in ("voice", "unsure"))


def _marks(reading: Annotation) -> list[str]:
    return [reading.label, *([f"{_VOICE}{reading.voice}"] if reading.voice else []), *([_UNSURE] if reading.unsure else [])]


def _sure(reading: Annotation | None) -> dict[str, bool]:
    return {"unsure": False} if reading and reading.unsure is False else {}
