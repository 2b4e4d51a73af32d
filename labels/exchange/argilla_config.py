"""Settings for an Argilla 2 dataset, in the shape of ``Settings.to_json``: ``rg.Settings.from_json(path)`` loads them."""

from __future__ import annotations

import json
from typing import Any

from labels.codebook import Codebook
from labels.exchange.wording import NOTE, SPEAKER, UNSURE, VOICE, VOICE_HINTS, guidelines, question

QUESTIONS = ("voice", "speaker", "unsure", "note")
"""The questions beside ``label``."""


def settings(book: Codebook) -> bytes:
    """Return the settings as JSON: one text field, the label with the definitions, and the questions beside it."""
    definitions = "\n".join(f"{label.name}: {label.definition}" for label in book.scheme)
    questions = [
        _choice("label", question(book), definitions, book.labels, required=True),
        _choice("voice", VOICE, "\n".join(f"{name}: {hint}" for name, hint in VOICE_HINTS.items()), tuple(VOICE_HINTS)),
        _text("speaker", SPEAKER),
        _choice("unsure", "Unsure?", UNSURE, ("yes", "no")),
        _text("note", NOTE),
    ]
    field = {"name": "text", "title": "Sentence", "required": True, "type": "text", "settings": {"type": "text", "use_markdown": False}}
    data = {"guidelines": guidelines(book), "questions": questions, "fields": [field], "vectors": [], "metadata": [], "allow_extra_metadata": True}
    data |= {"distribution": {"strategy": "overlap", "min_submitted": 1}, "mapping": None}
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def _choice(name: str, title: str, description: str, labels: tuple[str, ...], *, required: bool = False) -> dict[str, Any]:
    shown = {"type": "label_selection", "options": [{"value": label, "text": label} for label in labels], "visible_options": None}
    return {"name": name, "title": title, "description": description, "required": required, "type": "label_selection", "settings": shown}


def _text(name: str, title: str) -> dict[str, Any]:
    return {"name": name, "title": title, "description": None, "required": False, "type": "text", "settings": {"type": "text", "use_markdown": False}}
