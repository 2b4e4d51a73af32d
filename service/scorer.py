"""The one scorer: API, command line, batch and evaluation all call this object.

The same text gives the same labels and probabilities through each, alone or in company, in any order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from labels.codebook import Codebook
from labels.errors import BundleError, LabelError, TextError
from labels.problems import shorten
from labels.records import unit_id
from service.backend import Backend, OpenVinoBackend
from service.bundle import NAMES, SHIPPED, Bundle, Decision, load_bundle
from service.cache import SentenceCache, cache_path
from service.language import is_foreign
from service.pairs import Encoded as Encoded  # by this name elsewhere
from service.pairs import Encoder, Input, asked_targets, check_targets
from service.records import NOT_UTF8, Document, Score, ScoredDocument, SkippedText
from service.segment import Unit, segment
from service.voice import VoiceReading, read_voices

Probabilities = npt.NDArray[np.float64]
MAX_CHARACTERS = 1_000_000
_TOKENS_A_BATCH = 512
_UNITS_A_WINDOW = 2048


@dataclass(frozen=True, slots=True)
class Classified:
    """Calibrated probabilities, (texts, labels), and which texts were longer than the model reads."""

    probabilities: Probabilities
    truncated: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Pending:
    """A unit that waits for its probabilities; ``target`` is None where the codebook has only one."""

    document: Document
    part: str
    unit: Unit
    text: str
    voice: VoiceReading
    target: str | None
    off_topic: bool

    @property
    def input(self) -> Input:
        return self.text if self.target is None else (self.text, self.target)


@dataclass(frozen=True, slots=True)
class Draft:
    """A document cut into its units, with all that is said of them without the model."""

    document: Document
    items: tuple[_Pending, ...]
    skipped: tuple[SkippedText, ...]

    @property
    def texts(self) -> list[Input]:
        """What the model reads of the units, in reading order, as ``Scorer.finish`` expects their rows."""
        return [item.input for item in self.items]


class Scorer:
    """Text to sentences to calibrated stances, by one verified bundle."""

    def __init__(self, bundle: Bundle, backend: Backend, cache: SentenceCache | None = None) -> None:
        self.bundle = bundle
        self._backend = backend
        self._cache = cache
        self._encoder = Encoder(Tokenizer.from_file(str(bundle.path / NAMES.tokenizer)), bundle.codebook, bundle.max_length, mentions=bundle.mentions)

    @property
    def codebook(self) -> Codebook:
        return self.bundle.codebook

    def classify(self, texts: Sequence[Input]) -> Classified:
        """Return probabilities for texts that are one unit each, rows in the order given; ``pairs.input_of`` says what a text is with its target."""
        logits = np.empty((len(texts), len(self.codebook.labels)))
        truncated = np.zeros(len(texts), dtype=bool)
        for first in range(0, len(texts), _UNITS_A_WINDOW):
            window = slice(first, first + _UNITS_A_WINDOW)
            logits[window], truncated[window] = self._classify_window(texts[window])
        return Classified(self.calibrate(logits), truncated)

    def score(self, documents: Sequence[Document]) -> list[ScoredDocument]:
        """Return each document's units with label, probabilities, voice and flags, documents in the order given.

        Raises TextError, naming the document, for a text without a letter, with NUL or unpaired surrogates, or
        longer than ``MAX_CHARACTERS``, or for a target that the codebook does not have.
        """
        drafts = [self.draft(document) for document in documents]
        classified = self.classify([text for draft in drafts for text in draft.texts])
        first, scored = 0, []
        for draft in drafts:
            rows = slice(first, first + len(draft.items))
            scored.append(self.finish(draft, Classified(classified.probabilities[rows], classified.truncated[rows])))
            first = rows.stop
        return scored

    def check_targets(self, wanted: Sequence[str]) -> None:
        """Raise LabelError or TextError for targets that cannot be asked about (``pairs.check_targets``)."""
        for name in check_targets(self.codebook, wanted):
            self._encoder.check_target(name)

    def draft(self, document: Document) -> Draft:
        """Return a document's units, not yet scored; raises TextError as ``score`` does."""
        check_text(document)
        items, skipped = self._pending(document)
        return Draft(document, tuple(items), tuple(skipped))

    def finish(self, draft: Draft, classified: Classified) -> ScoredDocument:
        """Return the scored document from its units' probabilities, rows in the order of ``draft.texts``."""
        rows = zip(draft.items, classified.probabilities, classified.truncated, strict=True)
        return ScoredDocument(draft.document.id, tuple(self._score(*row) for row in rows), draft.skipped)

    def encode(self, texts: Sequence[Input]) -> list[Encoded]:
        """Return texts as the model reads them, in the order given."""
        return self._encoder.encode(texts)

    def logits(self, rows: Sequence[Encoded]) -> npt.NDArray[np.float32]:
        """Return the logits of texts of one width, (texts, labels), in one run of the model."""
        ids = np.zeros((len(rows), rows[0].width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row.ids)] = row.ids
            mask[place, : len(row.ids)] = 1
        if not rows[0].types:
            return self._backend.logits(ids, mask)
        types = np.zeros_like(ids)
        for place, row in enumerate(rows):
            types[place, : len(row.types)] = row.types
        return self._backend.logits(ids, mask, types)

    def calibrate(self, logits: npt.NDArray[Any]) -> Probabilities:
        """Return calibrated probabilities from the model's logits, (texts, labels)."""
        return softmax(logits / self.bundle.temperature + np.asarray(self.bundle.offsets))

    def decide(self, probabilities: Mapping[str, float]) -> tuple[str, bool]:
        """Return the label by the bundle's decision rule and whether the unit is ambiguous."""
        return decide(probabilities, self.bundle.decision, self.codebook.default)

    def _classify_window(self, texts: Sequence[Input]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        distinct = list(dict.fromkeys(texts))
        encoded = dict(zip(distinct, self.encode(distinct), strict=True))
        rows = self._cache.get(distinct) if self._cache else {}
        fresh = self._fresh({text: row for text, row in encoded.items() if text not in rows})
        if self._cache:
            self._cache.put(fresh)
        rows |= fresh
        return np.array([rows[text] for text in texts]), np.array([encoded[text].truncated for text in texts], dtype=bool)

    def _fresh(self, encoded: Mapping[Input, Encoded]) -> dict[Input, npt.NDArray[np.float32]]:
        texts = list(encoded)
        found: dict[Input, npt.NDArray[np.float32]] = {}
        for _, rows in length_batches([e.width for e in encoded.values()], _TOKENS_A_BATCH):
            found.update(zip([texts[i] for i in rows], self.logits([encoded[texts[i]] for i in rows]), strict=True))
        return found

    def _pending(self, document: Document) -> tuple[list[_Pending], list[SkippedText]]:
        book, whole = self.codebook, f"{document.title or ''}\n{document.text}"
        try:
            self.check_targets(document.targets)
        except (LabelError, TextError) as error:
            raise TextError(f"document {shorten(document.id)}: {error}") from None
        targets = asked_targets(book, whole, document.targets)
        about = {name: not book.find_target(name).named_in(whole) for name in targets}
        items: list[_Pending] = []
        title = document.title if document.title and document.title.strip() else None
        if title is not None:
            start = len(title) - len(title.lstrip())
            units: Sequence[Unit] = [Unit(start, len(title.rstrip()))]
            items += _pend(document, "title", title, units, about)
        parts = segment(document.text)
        items += _pend(document, "text", document.text, parts.units, about)
        return items, [SkippedText("text", s.start, s.end, s.reason) for s in parts.skipped]

    def _score(self, item: _Pending, row: npt.NDArray[np.float64], truncated: np.bool_) -> Score:
        probabilities = dict(zip(self.codebook.labels, map(float, row), strict=True))
        label, ambiguous = self.decide(probabilities)
        flags = {"ambiguous": ambiguous, "language": is_foreign(item.text), "off_topic": item.off_topic, "truncated": bool(truncated)}
        place = f"{item.document.id}\x1f{item.part}" if item.part == "title" else item.document.id
        return Score(
            id=unit_id(item.text, place, item.unit.start),
            part=item.part,
            start=item.unit.start,
            end=item.unit.end,
            text=item.text,
            label=label,
            probabilities=probabilities,
            voice=item.voice.voice,
            speaker=item.voice.speaker,
            flags=tuple(name for name, raised in flags.items() if raised),
            target=item.target,
        )


def load_scorer(path: Path = SHIPPED, *, threads: int | None = None, cache: Path | None = None) -> Scorer:
    """Return a scorer over the bundle folder ``path``, using ``threads`` cores (all by default); ``cache`` is a folder that keeps sentences' logits."""
    bundle = load_bundle(path)
    kept = SentenceCache(cache_path(bundle, cache)) if cache else None
    scorer = Scorer(bundle, OpenVinoBackend(path / NAMES.model, threads or os.cpu_count() or 1), kept)
    probe: Input = (".", "it" if bundle.codebook.open else bundle.codebook.targets[0].name) if bundle.codebook.paired else "."
    if scorer.classify([probe]).probabilities.shape != (1, len(bundle.codebook.labels)):
        raise BundleError(f"{path / NAMES.model}: gives another number of labels than the manifest's {len(bundle.codebook.labels)}")
    return scorer


def check_text(document: Document) -> None:
    """Raise TextError, naming the document and the place, if the text cannot be scored."""
    text, name_of = document.text, shorten(document.id)
    for name, part in (("title", document.title or ""), ("text", text)):
        if len(part) > MAX_CHARACTERS:
            raise TextError(f"document {name_of}: {name} has {len(part):,} characters; expected at most {MAX_CHARACTERS:,}; split it, one article a document")
        if (place := part.find("\0")) >= 0:
            raise TextError(f"document {name_of}: {name} has a NUL byte at character {place}; expected text")
        if surrogate := NOT_UTF8.search(part):
            raise TextError(f"document {name_of}: {name} has an unpaired surrogate at character {surrogate.start()}; expected valid Unicode")
    if not any(c.isalpha() for c in text):
        found = "is empty" if not text.strip() else "has no letter"
        raise TextError(f"document {name_of}: text {found}; expected at least one sentence")


def decide(probabilities: Mapping[str, float], decision: Decision, default: str) -> tuple[str, bool]:
    """Return the label, and whether it is ambiguous, for one unit's calibrated probabilities."""
    likeliest = max(probabilities, key=probabilities.__getitem__)
    reached = [label for label, floor in decision.floors.items() if probabilities[label] >= floor]
    if reached:
        label = max(reached, key=lambda label: probabilities[label] / decision.floors[label])
    else:
        label = max(probabilities.keys() - decision.floors.keys() or {default}, key=probabilities.__getitem__)
    ambiguous = label != likeliest or probabilities[label] < max(decision.ambiguous_below, decision.certain.get(label, 0.0))
    return label, ambiguous


def softmax(logits: Probabilities) -> Probabilities:
    """Return row-wise softmax in double precision."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def length_batches(widths: Sequence[int], budget: int) -> Iterator[tuple[int, list[int]]]:
    """Yield row numbers by width, in batches of at most ``budget`` tokens (one row always fits)."""
    by_width: dict[int, list[int]] = {}
    for row, width in enumerate(widths):
        by_width.setdefault(width, []).append(row)
    for width, rows in sorted(by_width.items()):
        size = max(1, budget // width)
        for first in range(0, len(rows), size):
            yield width, rows[first : first + size]


def _pend(document: Document, part: str, text: str, units: Sequence[Unit], off_topic: Mapping[str | None, bool]) -> list[_Pending]:
    """Return a part's units, each once for every target of ``off_topic``, which tells of each whether the document leaves it unnamed."""
    voices = read_voices(text, units)
    read = zip(units, voices, strict=True)
    return [_Pending(document, part, u, text[u.start : u.end], v, target, off) for u, v in read for target, off in off_topic.items()]
