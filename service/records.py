"""What goes into the scorer and what comes out of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labels.records import Voice

FLAGS = ("ambiguous", "language", "off_topic", "truncated")
"""``ambiguous``: no label is clearly ahead, or the decided one is not the most probable. ``language``: not English. ``off_topic``: the document does not name
every side of the target. ``truncated``: the model read only the sentence's beginning."""

NOT_UTF8 = re.compile("[\ud800-\udfff]")
"""Unpaired surrogates: Python strings hold them, UTF-8 and the tokenizer do not."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text to score. ``title`` is scored as a unit of its own, before the text.

    ``targets`` are those to score it for, where the codebook has several; none: those that it names.
    """

    id: str
    text: str
    title: str | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """One unit's stance: ``text[start:end]`` of the document, offsets in characters (code points).

    ``probabilities`` are calibrated, one a label, and sum to 1. ``label`` is the decided label, which is not always
    the most probable one (see Decision). ``part`` is "title" or "text", and says
    which of the two the offsets count in. ``target`` is what the stance is taken toward, None where the codebook has only one.
    """

    id: str
    part: str
    start: int
    end: int
    text: str
    label: str
    probabilities: Mapping[str, float]
    voice: Voice
    speaker: str | None
    flags: tuple[str, ...]
    target: str | None = None

    def to_dict(self) -> dict[str, Any]:
        told = {} if self.target is None else {"target": self.target}
        return {
            **told,
            "id": self.id, "part": self.part, "start": self.start, "end": self.end, "text": self.text, "label": self.label,
            "probabilities": dict(self.probabilities), "voice": self.voice, "speaker": self.speaker, "flags": list(self.flags),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SkippedText:
    """Page furniture that is no unit, and why."""

    part: str
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """A document's scores in reading order, and the page furniture that was passed over."""

    id: str
    scores: tuple[Score, ...]
    skipped: tuple[SkippedText, ...]

    def shares(self, labels: tuple[str, ...]) -> dict[str, float]:
        """Return the share of each label among the units; all zero for a document without units."""
        counts = Counter(score.label for score in self.scores)
        return {label: counts[label] / max(1, len(self.scores)) for label in labels}

    def by_target(self) -> dict[str, ScoredDocument]:
        """Return the scores of each target apart; empty where the codebook has only one."""
        names = dict.fromkeys(score.target for score in self.scores)
        return {name: ScoredDocument(self.id, tuple(s for s in self.scores if s.target == name), self.skipped) for name in names if name is not None}

    def to_dict(self, labels: tuple[str, ...]) -> dict[str, Any]:
        apart = {name: {"units": len(part.scores), "shares": part.shares(labels)} for name, part in self.by_target().items()}
        return {
            "id": self.id,
            "summary": {"units": len(self.scores), "shares": self.shares(labels), **({"targets": apart} if apart else {})},
            "sentences": [score.to_dict() for score in self.scores],
            "skipped": [{"part": s.part, "start": s.start, "end": s.end, "reason": s.reason} for s in self.skipped],
        }
