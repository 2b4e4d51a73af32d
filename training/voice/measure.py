"""Voice and speaker against the annotators' readings (`stancewire evaluate --voice`).

Nothing is trained: the rules of ``service.voice`` are measured as they ship, seed sentences within their article, so that
quotations carry over, and all others alone, as their readers saw them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labels.errors import InputError
from labels.gold import Gold, derive_gold
from labels.records import ADJUDICATOR, VOICES, Annotation, Voice
from labels.store import document_text, documents, labels_hash
from service.segment import Unit
from service.voice import VOICE, VoiceReading, read_voice, read_voices
from training.metrics import Figures, Interval, Predictions, measure
from training.selective import wilson

SHORT, LONG = 12, 30
_LENGTHS = (f"up to {SHORT} words", f"{SHORT + 1} to {LONG} words", f"over {LONG} words")


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence whose readers agree on its voice, with the speaker that they name and what the rules read."""

    text: str
    kind: str
    group: str
    voice: Voice
    speaker: str | None
    read: VoiceReading

    @property
    def length(self) -> str:
        """Return the sentence's class of length, in words."""
        words = len(self.text.split())
        return _LENGTHS[0 if words <= SHORT else 1 if words <= LONG else 2]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of ``paired`` sentences with two readings or more, the share whose readers give one voice: the ceiling of any figure here."""

    paired: int
    agreed: int
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Names:
    """The speaker's name: ``named`` sentences have one by the readers, ``given`` one by the rules.

    ``exact`` are alike, ``partial`` alike or one within the other ("Putin", "Vladimir Putin"); ``precision`` is the share of names
    given that are partly right, ``recall`` that of names to be found.
    """

    named: int
    given: int
    exact: int
    partial: int
    precision: float
    precision_interval: Interval
    recall: float
    recall_interval: Interval


@dataclass(frozen=True, slots=True)
class VoiceFigures:
    """One ``whole`` set of sentences, or a slice of it: the rules' figures, the majority's accuracy, and the readers' agreement where known."""

    name: str
    rules: Figures
    majority: float
    agreement: Agreement | None
    names: Names | None
    whole: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def voice_cases(annotations: Sequence[Annotation]) -> tuple[list[Case], Agreement | None]:
    """Return the sentences that can be measured on, and their readers' agreement; raise InputError where no row has a voice.

    Sentences whose readers differ have no gold voice: they are left out, and counted in the agreement. An adjudicator decides.
    """
    by_id: dict[str, list[Annotation]] = {}
    for row in annotations:
        if row.voice:
            by_id.setdefault(row.id, []).append(row)
    if not by_id:
        raise InputError("no row says whose voice its sentence carries; expected the column voice with outlet or source")
    gold = {one.id: one for one in derive_gold(annotations)}
    decided = {key: voice for key, rows in by_id.items() if (voice := _decided(rows))}
    cases = [_case(by_id[key][0], voice, gold[key]) for key, voice in decided.items()]
    return cases, _agreement(by_id.values())


def voice_figures(name: str, annotations: Sequence[Annotation], *, seed: int = 0) -> tuple[list[VoiceFigures], str]:
    """Return the figures of a set of sentences and of its slices by length and by kind, and the hash of its readings."""
    cases, agreement = voice_cases(annotations)
    found = [_figures(name, cases, agreement, seed, whole=True)]
    for slices in (_slices(cases, "length", _LENGTHS), _slices(cases, "kind", sorted({case.kind for case in cases} - {""}))):
        found += [_figures(f"{name}, {part}", own, None, seed, whole=False) for part, own in slices]
    return found, labels_hash((case.text, case.voice) for case in cases)


def _slices(cases: Sequence[Case], of: str, parts: Sequence[str]) -> list[tuple[str, list[Case]]]:
    slices = [(part, [case for case in cases if getattr(case, of) == part]) for part in parts]
    return [(f"kind {part}" if of == "kind" else part, own) for part, own in slices if own and len(own) < len(cases)]


def as_data(figures: Sequence[VoiceFigures], hashes: Mapping[str, str], data: str, seed: int) -> dict[str, Any]:
    """Return the figures as they are published: which rules, which readings, which seed."""
    return {"data": data, "rules": VOICE, "voice_hashes": dict(hashes), "seed": seed, "sets": [one.to_dict() for one in figures]}


def _decided(rows: Sequence[Annotation]) -> Voice | None:
    ruling = next((row.voice for row in reversed(rows) if row.annotator.startswith(ADJUDICATOR)), None)
    voices = {row.voice for row in rows}
    return ruling or (voices.pop() if len(voices) == 1 else None)


def _case(row: Annotation, voice: Voice, gold: Gold) -> Case:
    return Case(row.text, gold.kind or "", row.group, voice, gold.speaker, _read(row))


def _read(row: Annotation) -> VoiceReading:
    if row.document in documents() and row.start is not None and row.end is not None:
        return read_voices(document_text(str(row.document)), [Unit(row.start, row.end)])[0]
    return read_voice(row.text)


def _agreement(groups: Iterable[Sequence[Annotation]]) -> Agreement | None:
    independent = [[row.voice for row in rows if not row.annotator.startswith(ADJUDICATOR)] for rows in groups]
    paired = [voices for voices in independent if len(voices) > 1]
    agreed = sum(len(set(voices)) == 1 for voices in paired)
    return Agreement(len(paired), agreed, agreed / len(paired), wilson(agreed, len(paired))) if paired else None


def _figures(name: str, cases: Sequence[Case], agreement: Agreement | None, seed: int, *, whole: bool) -> VoiceFigures:
    gold = np.array([VOICES.index(case.voice) for case in cases], dtype=np.int64)
    read = np.array([VOICES.index(case.read.voice) for case in cases], dtype=np.int64)
    rules = measure(Predictions(gold, read, [case.group for case in cases]), VOICES, seed=seed)
    return VoiceFigures(name, rules, float(np.bincount(gold).max() / len(gold)), agreement, _names(cases), whole)


def _names(cases: Sequence[Case]) -> Names | None:
    if not any(case.speaker for case in cases):
        return None
    named, given = sum(case.speaker is not None for case in cases), sum(case.read.speaker is not None for case in cases)
    pairs = [(case.speaker, case.read.speaker) for case in cases if case.speaker and case.read.speaker]
    exact, partial = sum(a == b for a, b in pairs), sum(a in b or b in a for a, b in pairs)
    return Names(named, given, exact, partial, partial / max(1, given), wilson(partial, given), partial / max(1, named), wilson(partial, named))
