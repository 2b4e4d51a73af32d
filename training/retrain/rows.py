"""New labels on their way in: read, checked against what is frozen, and split by article into what trains and what measures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import InputError
from labels.gold import Gold, derive_gold
from labels.problems import Problem, raise_problems
from labels.records import Annotation, unit_id
from labels.tables import read_table

HELD_OUT_SHARE = 0.2
LEAST_HELD_OUT = 30
"""Sentences below which a comparison on the held-out part says nothing: half a standard error is then wider than any gain to hope for."""
_MOST_HELD_OUT = 0.5


@dataclass(frozen=True, slots=True)
class Split:
    """Annotations that train and those that measure; ``frozen`` counts sentences given now that stand in a frozen test set and so never train."""

    train: tuple[Annotation, ...]
    held_out: tuple[Annotation, ...]
    frozen: int


def read_rows(paths: Sequence[Path], book: Codebook, *, skip_invalid: bool) -> tuple[list[Annotation], list[Problem]]:
    """Read labelled sentences from the files of `stancewire labels import`, CSV or TSV; raise LabelError listing bad rows unless ``skip_invalid``."""
    if not paths:
        raise InputError("retrain without --labels; expected at least one file of labelled sentences")
    readings = [read_table(path, book) for path in paths]
    problems = [problem for reading in readings for problem in reading.problems]
    if not skip_invalid:
        raise_problems(problems, hint="nothing was done; mend the rows, or say --skip-invalid to leave them out")
    return [row for reading in readings for _, row in reading.rows], problems


def settled(rows: Iterable[Annotation]) -> list[Gold]:
    """Return the sentences on which a majority or an adjudicator decides."""
    return [g for g in derive_gold(rows) if g.label]


def split_rows(rows: Sequence[Annotation], frozen: Sequence[Gold], earlier: Sequence[Annotation] = ()) -> Split:
    """Split by article; a sentence without one is its own article.

    Articles with a unit of the random share (``stratum``) are held out first: they measure without bias, and shares are corrected by them later, which
    a model that has learnt from them would spoil. Of the others a hash of the name decides, so that the same labels are split alike whenever they
    come. About a fifth is held out; where that is less than ``LEAST_HELD_OUT`` sentences, the next articles in the order of the hash follow, up to half of all.
    Articles and sentences of a frozen test set are left out altogether: they are measured on already. Those that trained ``earlier`` train again.
    """
    fresh = unmeasured(rows, frozen)
    taught = {row.group for row in earlier} | {unit_id(row.text) for row in earlier}
    groups: dict[str, int] = {}
    for gold in settled(row for row in fresh if row.group not in taught and unit_id(row.text) not in taught):
        groups[gold.group] = groups.get(gold.group, 0) + 1
    held: set[str] = set()
    taken = 0
    drawn = {row.group for row in fresh if row.stratum == "random"}
    for group in sorted(groups, key=lambda name: (name not in drawn, _place(name))):
        enough = taken >= max(LEAST_HELD_OUT, HELD_OUT_SHARE * sum(groups.values())) if drawn else _place(group) >= HELD_OUT_SHARE and taken >= LEAST_HELD_OUT
        if enough and group not in drawn:
            break
        if taken + groups[group] <= _MOST_HELD_OUT * sum(groups.values()):
            held.add(group)
            taken += groups[group]
    # A sentence printed in two articles must not measure what it taught.
    known = {unit_id(row.text) for row in fresh if row.group in held}
    train = tuple(row for row in fresh if row.group not in held and unit_id(row.text) not in known)
    return Split(train, tuple(row for row in fresh if row.group in held), len({row.id for row in rows}) - len({row.id for row in fresh}))


def unmeasured(rows: Sequence[Annotation], frozen: Sequence[Gold]) -> list[Annotation]:
    """Return the rows of which neither sentence nor article stands in a frozen test set."""
    texts, articles = {unit_id(g.text) for g in frozen}, {g.document for g in frozen if g.document}
    return [row for row in rows if unit_id(row.text) not in texts and row.document not in articles]


def without(rows: Sequence[Annotation], given: Sequence[Annotation]) -> list[Annotation]:
    """Return ``rows`` without the sentences that ``given`` has too: a new reading takes the place of an old one."""
    texts = {unit_id(row.text) for row in given}
    return [row for row in rows if unit_id(row.text) not in texts]


def as_lines(rows: Iterable[Annotation]) -> bytes:
    """Return annotations as JSON lines."""
    return "".join(row.to_json() + "\n" for row in rows).encode("utf-8", "surrogatepass")


def _place(group: str) -> float:
    """Return a group's place from 0 to 1; not the one that decides who calibrates (training/rows.py), or no calibration rows would be left."""
    return int.from_bytes(hashlib.sha256(f"held out\x1f{group}".encode()).digest()[:8]) / 2**64
