"""A recipe for Prodigy: one choice among the codebook's labels, then voice, speaker and note as text inputs."""

from __future__ import annotations

import re
from html import escape

from labels.codebook import Codebook
from labels.exchange.wording import NOTE, SPEAKER, UNSURE, VOICE, VOICE_HINTS, question

_RECIPE = '''"""Label sentences for their stance toward {target}: prodigy stance.label DATASET FILE.jsonl -F {{this file}}

Made from codebook {name} {version}. The flag in the corner means: unsure.
"""

import prodigy
from prodigy.components.stream import get_stream

QUESTION = {question!r}
DEFINITIONS = {definitions!r}


@prodigy.recipe("stance.label", dataset=("Dataset to save to", "positional", None, str), source=("File of sentences", "positional", None, str))
def label(dataset, source):
    stream = get_stream(source, rehash=False, dedup=False)  # sentences carry their own hashes: two articles may print the same one
    blocks = [
        {{"view_id": "html", "html_template": QUESTION}},
        {{"view_id": "choice"}},
        {{"view_id": "text_input", "field_id": "voice", "field_label": {voice!r}, "field_suggestions": {voices!r}, "field_autofocus": False}},
        {{"view_id": "text_input", "field_id": "speaker", "field_label": {speaker!r}, "field_autofocus": False}},
        {{"view_id": "text_input", "field_id": "note", "field_label": {note!r}, "field_autofocus": False}},
        {{"view_id": "html", "html_template": DEFINITIONS}},
    ]
    config = {{"blocks": blocks, "choice_style": "single", "show_flag": True, "exclude_by": "task"}}
    return {{"dataset": dataset, "stream": stream, "view_id": "blocks", "config": config}}
'''


def recipe(book: Codebook) -> bytes:
    """Return a recipe file with the definitions on the page."""
    rows = "".join(f"<dt><b>{escape(label.name)}</b></dt><dd>{escape(label.definition)}</dd>" for label in book.scheme)
    voices = "".join(f"<dt><b>{escape(name)}</b></dt><dd>{escape(hint)}</dd>" for name, hint in VOICE_HINTS.items())
    return _RECIPE.format(
        **{name: re.sub(r'["\\\n]', "'", value) for name, value in (("target", book.target), ("name", book.name), ("version", book.version))},
        question=f"<b>{escape(question(book))}</b>",
        definitions=f"<dl>{rows}{voices}<dt><b>flag</b></dt><dd>{escape(UNSURE)}</dd></dl>",
        voice=VOICE,
        voices=list(VOICE_HINTS),
        speaker=SPEAKER,
        note=NOTE,
    ).encode()
