"""The annotation record: one reading of one sentence by one annotator."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal

Voice = Literal["outlet", "source"]
Origin = Literal["seed", "written", "imported"]
VOICES: tuple[Voice, ...] = ("outlet", "source")
ORIGINS: tuple[Origin, ...] = ("seed", "written", "imported")
Stratum = Literal["random", "chosen"]
STRATA: tuple[Stratum, ...] = ("random", "chosen")

ADJUDICATOR = "adjudicator"
"""Annotators whose name starts with this word decide disagreements; they are no independent reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotator's reading of one sentence.

    ``document[start:end] == text`` where a document is at hand, offsets in characters. ``annotator`` is written
    ``kind/name``: ``person/…``, ``model/…`` (a language model's reading), ``adjudicator/…``. ``kind`` is the letter
    of a written sentence's task or the name of a probe's difficulty (DATASHEET.md), ``speaker`` the name printed in the sentence, ``unsure`` the annotator's doubt.
    ``stratum`` says whether the sentence was drawn at random from its archive or chosen for labelling; None where that is not known.
    """

    id: str
    text: str
    label: str
    annotator: str
    codebook: str
    target: str
    origin: Origin
    voice: Voice | None = None
    document: str | None = None
    start: int | None = None
    end: int | None = None
    speaker: str | None = None
    unsure: bool | None = None
    kind: str | None = None
    outlet: str | None = None
    url: str | None = None
    published: str | None = None
    note: str | None = None
    created: str | None = None
    stratum: Stratum | None = None

    def to_json(self) -> str:
        """Return one JSON line; fields that are not known are left out."""
        known = {k: v for k, v in dataclasses.asdict(self).items() if v is not None}
        return json.dumps(known, ensure_ascii=False)

    @property
    def group(self) -> str:
        """Return what must stay on one side of a split: the article, or the sentence where it stands alone."""
        return self.document or self.id

    @property
    def unit(self) -> str:
        """Return what a label belongs to: the sentence and the target that was asked about."""
        return f"{self.id}\x1f{self.target}"


FIELDS: dict[str, type[Any]] = {
    "id": str, "text": str, "label": str, "annotator": str, "codebook": str, "target": str, "origin": str,
    "voice": str, "document": str, "start": int, "end": int, "speaker": str, "unsure": bool, "kind": str,
    "outlet": str, "url": str, "published": str, "note": str, "created": str, "stratum": str,
}  # fmt: skip
REQUIRED = ("id", "text", "label", "annotator", "codebook", "target", "origin")


def unit_id(text: str, document: str | None = None, start: int | None = None) -> str:
    """Return the stable id of a sentence: 16 hex digits from its text and, where known, its place.

    The text is NFC-normalised with white space folded, so that a copy through another tool keeps its id.
    """
    folded = " ".join(unicodedata.normalize("NFC", text).split())
    place = f"{document}\x1f{start}" if document is not None else ""
    return hashlib.sha256(f"{place}\x1f{folded}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def fits_id(identifier: str, text: str, document: str | None = None, start: int | None = None) -> bool:
    """Tell whether an id is the one of this text at this place.

    A headline that stands apart from its document's text is a place of its own; its ``start`` may be None, for it counts in no text.
    """
    if document is None:
        return identifier == unit_id(text)
    title = f"{document}\x1ftitle"
    return identifier in {unit_id(text, document, start), unit_id(text, title, start), unit_id(text, title, start or 0)}
