"""The labelling interface for Label Studio, by https://labelstud.io/tags/choices and /tags/textarea."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from labels.codebook import Codebook
from labels.exchange.wording import NOTE, SPEAKER, UNSURE, VOICE, VOICE_HINTS, question

CONTROLS = ("voice", "speaker", "unsure", "note")
"""The controls beside ``label``."""


def interface(book: Codebook) -> bytes:
    """Return the XML that goes into Settings > Labeling Interface > Code: the label with its definitions, and the voice."""
    view = Element("View")
    SubElement(view, "Header", value=question(book), size="4")
    if book.paired:
        SubElement(view, "Header", value="$target", size="3")
    SubElement(view, "Text", name="text", value="$text")
    for one in book.scheme:  # hints show on hover, and only where a feature flag of Label Studio is set
        SubElement(view, "Header", value=f"{one.name}: {one.definition}", size="6")
    label = SubElement(view, "Choices", name="label", toName="text", choice="single", required="true", requiredMessage="Choose a label, or skip the sentence.")
    for one in book.scheme:
        SubElement(label, "Choice", value=one.name, hint=one.definition)
    SubElement(view, "Header", value=VOICE, size="5")
    voice = SubElement(view, "Choices", name="voice", toName="text", choice="single")
    for name, hint in VOICE_HINTS.items():
        SubElement(voice, "Choice", value=name, hint=hint)
    SubElement(view, "TextArea", name="speaker", toName="text", maxSubmissions="1", rows="1", editable="true", placeholder=SPEAKER)
    SubElement(SubElement(view, "Choices", name="unsure", toName="text", choice="multiple"), "Choice", value="unsure", hint=UNSURE)
    SubElement(view, "TextArea", name="note", toName="text", maxSubmissions="1", editable="true", placeholder=NOTE)
    indent(view)
    return bytes(tostring(view, encoding="utf-8")) + b"\n"
