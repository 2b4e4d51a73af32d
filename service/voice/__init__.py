"""Whose voice a unit carries: the outlet's own, or that of a source, with the speaker where the text names one.

Rules, not a model (docs/adr/0007): quotation marks (open ones carry over within a paragraph), verbs and phrases of saying,
headlines' colons and dashes, and reported reactions, as the codebook's rule 1 defines the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labels.records import Voice
from service.segment import Unit
from service.voice.cues import cues
from service.voice.quotes import quoted_mask
from service.voice.speaker import speaker
from service.voice.tokens import LONGEST, tokenise

VOICE = "voice-rules/2"
"""Name and version: a run of the batch path goes on only with the rules that it began with."""


@dataclass(frozen=True, slots=True)
class VoiceReading:
    """A unit's voice; ``speaker`` is None for the outlet's voice and where no name is printed."""

    voice: Voice
    speaker: str | None


def read_voices(text: str, units: Sequence[Unit]) -> list[VoiceReading]:
    """Return the voice of each unit of ``text``; a quotation lasts to its closing mark or the line's end."""
    inside = quoted_mask(text)
    return [_read(text[u.start : u.end], inside[u.start : u.end]) for u in units]


def read_voice(sentence: str) -> VoiceReading:
    """Return the voice of a sentence that stands alone."""
    return read_voices(sentence, [Unit(0, len(sentence))])[0]


def _read(sentence: str, quoted: bytearray) -> VoiceReading:
    spoken = _outside_quotations(sentence[:LONGEST], quoted)
    tokens = tokenise(spoken)
    found = list(cues(spoken, tokens))
    if not found and 2 * quoted.count(1) <= len(sentence):
        return VoiceReading("outlet", None)
    return VoiceReading("source", speaker(spoken, tokens, found))


def _outside_quotations(sentence: str, quoted: bytearray) -> str:
    """Blank what is quoted, marks apart: verbs and names inside are the quotation's own."""
    if 1 not in quoted:
        return sentence
    return "".join(" " if q and c not in '“"«„' else c for c, q in zip(sentence, quoted, strict=False))
