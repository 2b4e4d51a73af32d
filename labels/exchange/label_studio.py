"""Label Studio: its JSON export (full), JSON-MIN, and tasks to load, by https://labelstud.io/guide/task_format and /guide/export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.exchange.jsonio import dump_list
from labels.exchange.label_studio_config import CONTROLS, interface
from labels.exchange.label_studio_task import task
from labels.exchange.model import CARRIED, ID, PERSONAL, Answer, Found, Item, Place, ReadOptions, read_each
from labels.exchange.source import Entry, Source

_OWN = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement", "readings", "text", ID, *CARRIED, *PERSONAL}


class LabelStudio:
    name = "label-studio"
    said = "Label Studio's JSON"

    def recognises(self, source: Source) -> bool:
        return any(_is_task(row) or _is_minimal(row) for row in source.sample)

    def read(self, source: Source, options: ReadOptions) -> Found:
        def read_one(entry: Entry, found: Found) -> None:
            if _is_task(entry.value):
                _read_task(source.path, entry, options, found)
            elif _is_minimal(entry.value):
                _read_minimal(source.path, entry, options, found)
            else:
                found.problems.append(Place(source.path, entry.line, entry.spot).problem("", entry.value, "a task with data and annotations, or a row of JSON-MIN"))

        return read_each(source.path, source.entries, read_one, self.said, Found(problems=source.problems))

    def write(self, items: Sequence[Item], book: Codebook, out: Path) -> dict[Path, bytes]:
        return {out: dump_list([task(item) for item in items])}

    def configuration(self, book: Codebook) -> bytes:
        return interface(book)


def _is_task(row: Mapping[str, Any]) -> bool:
    data = row.get("data")
    return isinstance(data, dict) and (bool({"annotations", "completions", "predictions"} & row.keys()) or ID in data)


def _is_minimal(row: Mapping[str, Any]) -> bool:
    return {"annotator", "annotation_id", "lead_time"} <= row.keys()


def _read_task(path: Path, entry: Entry, options: ReadOptions, found: Found) -> None:
    data = entry.value["data"]
    given = entry.value.get("annotations") or entry.value.get("completions") or []
    if not given:
        found.aside["tasks without an annotation"] += 1
    for index, annotation in enumerate(given):
        place = Place(path, entry.line, ".".join(filter(None, (entry.spot, f"annotations[{index}]"))))
        if not isinstance(annotation, dict):
            found.problems.append(place.problem("", annotation, "an annotation with a result"))
        elif annotation.get("was_cancelled") or annotation.get("skipped"):
            found.aside["skipped by an annotator"] += 1
        else:
            values = _values(annotation.get("result") or [])
            known = _known(data, annotation)
            created = known.get("created") if known else annotation.get("created_at")
            annotator = known.get("annotator") or _who(annotation.get("completed_by"))
            _keep(found, place, data, values, {**known, "created": created}, annotator, options)


def _read_minimal(path: Path, entry: Entry, options: ReadOptions, found: Found) -> None:
    row = entry.value
    if row.get("annotation_id") is None:
        found.aside["tasks without an annotation"] += 1
        return
    own = _OWN - {*CONTROLS, options.label_field} | {options.text_field}
    values = {name: flat for name, value in row.items() if name not in own and (flat := _flat(value))}
    _keep(found, Place(path, entry.line, entry.spot), row, values, {"created": row.get("created_at")}, _who(row["annotator"]), options)


def _keep(found: Found, place: Place, data: Mapping[str, Any], values: Mapping[str, list[Any]], known: Mapping[str, Any], annotator: str | None, options: ReadOptions) -> None:
    """Add an answer; ``values`` are the controls' contents by name, ``known`` what was exported of the same reading."""
    others = [name for name in values if name not in CONTROLS]
    name = options.label_field or ("label" if "label" in values or len(others) != 1 else others[0])
    labels = values.get(name, [])
    if not labels and (options.label_field or not others):
        found.aside["annotations without a label"] += 1
        return
    if len(labels) != 1:
        expected = "one choice" if labels else f"one choice; the controls are {', '.join(values)}: say --label-field NAME"
        found.problems.append(place.problem(name, labels, expected))
        return
    own = {control: values[control][0] for control in ("voice", "speaker", "unsure") if values.get(control)}
    if values.get("note"):
        own["note"] = "\n".join(map(str, values["note"]))
    fields = {**data, **{field: value for field, value in known.items() if field in PERSONAL}, **own}
    text = data.get(options.text_field or "text", _only_text(data) if options.text_field is None else None)
    found.answers.append(Answer(place=place, text=text, label=labels[0], annotator=annotator, fields=fields))


def _values(result: Sequence[Any]) -> dict[str, list[Any]]:
    """Return what each control holds; choices and text areas alone can answer."""
    found: dict[str, list[Any]] = {}
    for region in result:
        if isinstance(region, dict) and isinstance(value := region.get("value"), dict):
            content = value.get("choices", value.get("text") if region.get("type") == "textarea" else None)
            found.setdefault(str(region.get("from_name")), []).extend(_flat(content))
    return {name: list(dict.fromkeys(map(str, content))) for name, content in found.items() if content}


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):  # JSON-MIN leaves several choices in their shell
        value = value.get("choices", value.get("text"))
    if isinstance(value, list):
        return [one for item in value for one in _flat(item)]
    return [] if value in (None, "") else [value]


def _only_text(data: Mapping[str, Any]) -> object:
    texts = [value for value in data.values() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else None


def _who(completed_by: Any) -> str | None:
    """Return an annotator's name: an address, or the user's number in Label Studio."""
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("id")
    return None if completed_by in (None, "", "{}") else str(completed_by)


def _known(data: Mapping[str, Any], annotation: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was exported of this very reading. Label Studio numbers annotations anew and keeps ours as ``import_id``."""
    number = annotation["import_id"] if "import_id" in annotation else annotation.get("id")
    readings = data.get("readings")
    known = readings.get(str(number)) if isinstance(readings, dict) else None
    return dict(known) if isinstance(known, dict) else {}
