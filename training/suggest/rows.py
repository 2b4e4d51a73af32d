"""The rows of a run's Parquet files that may be suggested, each with its random number, its uncertainty and its groups."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from service.bundle import Decision
from service.report.folder import Run, tables
from service.segment import furniture_in
from training.suggest.uncertainty import uncertainty

UNKNOWN = "unknown"
_FLAGS = ("off_topic", "language", "truncated")
_COLUMNS = ("id", "text", "document", "part", "start", "end", "label", "flags", "outlet", "published", "url")
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])(?![0-9])")


@dataclass(frozen=True, slots=True)
class Row:
    """A unit of the frame with its permanent random number ``chance`` (by seed and id), its uncertainty and its groups."""

    fields: Mapping[str, Any]
    probabilities: Mapping[str, float]
    chance: int
    uncertainty: float
    groups: tuple[str, ...]

    @property
    def id(self) -> str:
        return str(self.fields["id"])

    @property
    def text(self) -> str:
        return str(self.fields["text"])


@dataclass(frozen=True, slots=True)
class Source:
    """A run, how its model decides, the ways of grouping, the seed, and, where the run has several targets, the one whose units are meant."""

    run: Run
    decision: Decision
    by: tuple[str, ...]
    seed: int
    target: str | None = None


def read_rows(source: Source, left_out: Counter[str], step: Callable[[int], None]) -> Iterator[Row]:
    """Yield the units of the frame, a bounded number of them in memory; those ``left_out`` are counted by reason, ``step`` is told how many rows are read."""
    labels = source.run.labels
    asked = [] if source.target is None else ["target"]
    read = 0
    for path in source.run.sentences:
        for batch in tables(path, [*asked, *_COLUMNS, *(f"p_{label}" for label in labels)]):
            read += batch.num_rows
            if asked:
                batch = batch.filter(pc.equal(batch.column("target"), source.target))
            probabilities = np.column_stack([np.asarray(batch.column(f"p_{label}")) for label in labels])
            doubts = uncertainty(probabilities, labels, source.decision)
            columns = [batch.column(name).to_pylist() for name in _COLUMNS]
            for number, values in enumerate(zip(*columns, strict=True)):
                fields = dict(zip(_COLUMNS, values, strict=True))
                reason = _left_out(fields)
                if reason is None:
                    yield _row(source, fields, dict(zip(labels, map(float, probabilities[number]), strict=True)), float(doubts[number]))
                else:
                    left_out[reason] += 1
            step(read)


def _left_out(fields: Mapping[str, Any]) -> str | None:
    reason = next((flag for flag in _FLAGS if flag in (fields["flags"] or ())), None)
    return reason or ("furniture" if furniture_in(fields["text"]) else None)


def _row(source: Source, fields: dict[str, Any], probabilities: dict[str, float], doubt: float) -> Row:
    month = _MONTH.match(fields["published"] or "")
    names = {"outlet": (fields["outlet"] or "").strip() or UNKNOWN, "month": month[0] if month else UNKNOWN}
    chance = int.from_bytes(hashlib.blake2b(f"{source.seed}\x1f{fields['id']}".encode(), digest_size=8).digest())
    return Row(fields, probabilities, chance, doubt, tuple(names[way] for way in source.by))
