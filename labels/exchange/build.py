"""From a tool's answer to an annotation record, checked field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labels.exchange.model import ID, Answer
from labels.exchange.names import LabelNames
from labels.exchange.values import is_sentence, stratum_of, text_of, truth, voice_of, whole_number
from labels.problems import Problem
from labels.records import Annotation, fits_id, unit_id
from labels.store import read_record

_FIELDS: dict[str, Callable[[Any], Any]] = {
    "document": text_of, "start": whole_number, "end": whole_number, "outlet": text_of, "url": text_of, "published": text_of, "stratum": stratum_of,
    "voice": voice_of, "speaker": text_of, "unsure": truth, "note": text_of, "created": text_of, "kind": text_of, "codebook": text_of, "target": text_of,
}  # fmt: skip


def build(answer: Answer, annotator: str, names: LabelNames) -> Annotation | list[Problem]:
    """Return the annotation of origin "imported", or everything that is wrong with the answer."""
    problems: list[Problem] = []
    text, label = _text(answer, problems), _label(answer, names, problems)
    known: dict[str, Any] = {}
    for name, convert in _FIELDS.items():
        raw = answer.fields.get(name)
        if raw in (None, "", []) or raw != raw:  # pandas, and so doccano, writes NaN for nothing
            continue
        try:
            known[name] = convert(raw[0] if isinstance(raw, list) and len(raw) == 1 else raw)
        except ValueError as error:
            problems.append(answer.place.problem(name, raw, str(error)))
    identifier = _identify(answer, text, known, problems)
    if problems:
        return problems
    known = {"codebook": names.book.version, "target": names.book.target, **known}
    record = {"id": identifier, "text": text, "label": label, "annotator": annotator, "origin": "imported", **known}
    read = read_record(record, names.book, answer.place.path, answer.place.line)  # what cannot be loaded again must not be stored
    return read if isinstance(read, Annotation) else [replace(problem, field=answer.place.named(problem.field)) for problem in read]


def _text(answer: Answer, problems: list[Problem]) -> str:
    text = answer.text
    if is_sentence(text):
        return str(text)
    problems.append(answer.place.problem("text", text, "a sentence" if text is not None else "a sentence; --text-field names the field that holds it"))
    return ""


def _label(answer: Answer, names: LabelNames, problems: list[Problem]) -> str:
    raw = text_of(answer.label)
    if label := names.find(raw):
        return label
    problems.append(answer.place.problem("label", answer.label, f"one of {', '.join(names.book.labels)}; --map {raw}=LABEL says which it means"))
    return ""


def _identify(answer: Answer, text: str, known: dict[str, Any], problems: list[Problem]) -> str:
    """Return the unit's id: the one that travelled, if it is still that of this text, else one made of the text and its place."""
    given = answer.fields.get(ID)
    document, start = known.get("document"), known.get("start")
    if given in (None, ""):
        return unit_id(text, document, start)
    if text and not fits_id(str(given), text, document, start):
        problems.append(answer.place.problem("text", text, f"the text that unit {given} was exported with (white space may differ); it or its place was altered"))
    return str(given)
