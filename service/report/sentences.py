"""One pass over the sentences: how often each flag stands, and which sentences weigh most for each label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from service.report.folder import Run, tables

KEPT = 15
SET_ASIDE = ("ambiguous", "language", "truncated")
"""A sentence with one of these flags is not shown as weighing most."""
_SHOWN = ("text", "outlet", "published", "document", "url", "path", "record", "voice", "speaker", "flags")


@dataclass(frozen=True, slots=True)
class Weighty:
    """A sentence shown in the report, with its probability of the label and what the archive says of it."""

    probability: float
    text: str
    outlet: str | None
    published: str | None
    document: str
    url: str | None
    path: str
    record: str
    voice: str
    speaker: str | None
    flags: tuple[str, ...]


@dataclass(slots=True)
class SentenceCounts:
    """What the pass found: units, flags, units without any flag, and for each label the weightiest sentences, first the weightiest."""

    units: int = 0
    unflagged: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    best: dict[str, list[Weighty]] = field(default_factory=dict)


def read_sentences(run: Run, story_of: Callable[[str], str], target: str | None = None) -> SentenceCounts:
    """Read every sentence, or every one that was scored for ``target``, once, keeping counts and ``KEPT`` sentences a label, at most one a story; equal ones by the archive's order."""
    counts = SentenceCounts()
    tops = {label: _Top(story_of) for label in run.labels}
    columns = [*([] if target is None else ["target"]), "label", *(f"p_{label}" for label in run.labels), *_SHOWN]
    for path in run.sentences:
        for batch in tables(path, columns):
            if target is not None:
                batch = batch.filter(pc.equal(batch.column("target"), target))
            aside = _count_flags(batch, counts)
            decided = batch.column("label")
            for label, top in tops.items():
                named = pc.fill_null(pc.equal(decided, label), False).to_numpy(zero_copy_only=False)
                top.offer(batch, batch.column(f"p_{label}").to_numpy(zero_copy_only=False), named & ~aside)
    counts.best = {label: top.held for label, top in tops.items()}
    return counts


def _count_flags(batch: Any, counts: SentenceCounts) -> npt.NDArray[np.bool_]:
    """Count a batch's flags; return which of its rows are set aside."""
    column = batch.column("flags")
    parents = np.asarray(pc.list_parent_indices(column), dtype=np.int64)
    flags = np.asarray(pc.list_flatten(column).to_pylist(), dtype=object)
    counts.flags.update(map(str, flags))
    counts.units += batch.num_rows
    counts.unflagged += batch.num_rows - len(np.unique(parents))
    aside = np.zeros(batch.num_rows, dtype=bool)
    aside[parents[np.isin(flags.astype(str), SET_ASIDE)]] = True
    return aside


class _Top:
    """The weightiest sentences of one label so far."""

    def __init__(self, story_of: Callable[[str], str]) -> None:
        self._story_of = story_of
        self._stories: list[str] = []
        self.held: list[Weighty] = []

    def offer(self, batch: Any, probabilities: npt.NDArray[np.float64], eligible: npt.NDArray[np.bool_]) -> None:
        """Take what outweighs the held ones. Few rows get past the first test once the list is full."""
        rows = np.flatnonzero(eligible & (probabilities > self._least()))
        for row in rows[np.argsort(-probabilities[rows], kind="stable")].tolist():
            if probabilities[row] <= self._least():
                break
            self._take(batch, row, float(probabilities[row]))

    def _least(self) -> float:
        return self.held[-1].probability if len(self.held) == KEPT else -1.0

    def _take(self, batch: Any, row: int, probability: float) -> None:
        story = self._story_of(str(batch.column("document")[row].as_py()))
        if story in self._stories:
            at = self._stories.index(story)
            if self.held[at].probability >= probability:
                return
            del self.held[at], self._stories[at]
        place = sum(other.probability >= probability for other in self.held)
        self.held.insert(place, _weighty(batch, row, probability))
        self._stories.insert(place, story)
        del self.held[KEPT:], self._stories[KEPT:]


def _weighty(batch: Any, row: int, probability: float) -> Weighty:
    values = {name: batch.column(name)[row].as_py() for name in _SHOWN}
    for name in ("text", "document", "path", "record", "voice"):
        values[name] = values[name] or ""
    return Weighty(probability=probability, **{**values, "flags": tuple(values["flags"] or ())})


def flag_order(flags: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the known flags first, in their order, then any others by name."""
    return [*known, *sorted(set(flags) - set(known))]
