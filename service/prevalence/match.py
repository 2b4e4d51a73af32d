"""Finds the labelled units among the scored ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labels.labelled import Labelled, LabelledUnit
from service.report.folder import Run, tables

_COLUMNS = ("id", "document", "text", "label", "outlet", "published")


@dataclass(frozen=True, slots=True)
class Read:
    """A labelled unit that was scored: ``truth`` and ``given`` are label indices in model order, by people and by the model."""

    unit: LabelledUnit
    truth: int
    given: int
    story: str
    outlet: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """The labelled units that were scored, in the archive's order, and those that were not found, or not told apart from units of the same text."""

    found: tuple[Read, ...]
    missing: tuple[LabelledUnit, ...]


def match_units(run: Run, labelled: Labelled, story_of: Callable[[str], str], target: str | None = None) -> Match:
    """Return the labelled units among a run's, or among those scored for ``target``: by id (which holds text and place), else by document and text, else by a text that stands once."""
    wanted = {unit.id: unit for unit in labelled.units}
    by_text: dict[str, list[LabelledUnit]] = {}
    for unit in labelled.units:
        by_text.setdefault(unit.text, []).append(unit)
    found: dict[str, dict[str, Any]] = {}
    same_text: dict[str, list[dict[str, Any]]] = {text: [] for text in by_text}
    for row in _candidates(run, list(wanted), list(by_text), target):
        if row["id"] in wanted:
            found[row["id"]] = row
        elif row["text"] in same_text:
            same_text[row["text"]].append(row)
    for text, rows in same_text.items():
        for unit in by_text[text]:
            if unit.id not in found and (only := _alone(unit, rows)):
                found[unit.id] = only
    reads = [_read(wanted[identifier], row, run.labels, story_of) for identifier, row in found.items()]
    return Match(tuple(reads), tuple(unit for unit in labelled.units if unit.id not in found))


def _candidates(run: Run, ids: Sequence[str], texts: Sequence[str], target: str | None) -> Iterator[dict[str, Any]]:
    wanted_ids, wanted_texts = pa.array(ids, pa.string()), pa.array(texts, pa.string())
    for path in run.sentences:
        for batch in tables(path, [*([] if target is None else ["target"]), *_COLUMNS]):
            if target is not None:
                batch = batch.filter(pc.equal(batch.column("target"), target))
            hit = pc.or_(pc.is_in(batch.column("id"), wanted_ids), pc.is_in(batch.column("text"), wanted_texts))
            rows = np.flatnonzero(hit.to_numpy(zero_copy_only=False))
            if len(rows):
                yield from batch.take(pa.array(rows)).to_pylist()


def _alone(unit: LabelledUnit, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the one scored unit that a label without a place can mean."""
    candidates = [row for row in rows if unit.document in (None, row["document"])]
    return candidates[0] if len(candidates) == 1 else None


def _read(unit: LabelledUnit, row: dict[str, Any], labels: Sequence[str], story_of: Callable[[str], str]) -> Read:
    place = {label: i for i, label in enumerate(labels)}
    outlet = (row["outlet"] or "").strip() or None
    return Read(unit, place[unit.label], place[row["label"]], story_of(str(row["document"])), outlet, row["published"])
