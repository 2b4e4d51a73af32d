"""Collect what a training run learns from: the shipped gold, a user's rows, and who keeps company in a split."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.agreement import alpha
from labels.codebook import Codebook
from labels.errors import InputError
from labels.gold import Gold, derive_gold
from labels.problems import Problem, raise_problems
from labels.records import unit_id
from labels.store import documents, labels_hash, load_annotations, shipped_files
from labels.tables import read_table
from training.provenance import sources

CALIBRATION_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Sentences with a gold label, those held back to calibrate on, and the hash over both."""

    train: tuple[Gold, ...]
    calibration: tuple[Gold, ...]
    hash: str


def shipped_gold(book: Codebook) -> list[Gold]:
    """Return the gold of the repo's own annotations, sentences without a majority left out."""
    return [g for g in derive_gold(load_annotations(shipped_files(), book)) if g.label]


def user_gold(paths: Sequence[Path], book: Codebook, *, skip_invalid: bool, where: Mapping[str, str] | None = None) -> tuple[list[Gold], list[Problem]]:
    """Read users' label files; raise LabelError listing bad rows unless ``skip_invalid``, which returns them."""
    read, problems = _read_tables(paths, book, skip_invalid=skip_invalid, where=where)
    return [g for g in read if g.label], problems


def _read_tables(paths: Sequence[Path], book: Codebook, *, skip_invalid: bool, where: Mapping[str, str] | None = None) -> tuple[list[Gold], list[Problem]]:
    """Return every sentence, also those whose annotators disagree, and the problems."""
    readings = [read_table(path, book, where=where) for path in paths]
    problems = [p for reading in readings for p in reading.problems]
    if not skip_invalid:
        raise_problems(problems, hint="nothing was done; mend the rows, or say --skip-invalid to leave them out")
    return derive_gold([row for r in readings for _, row in r.rows]), problems


@dataclass(frozen=True, slots=True)
class ChosenGold:
    """The sentences of a run: ``added`` are the user's, ``replaced`` of them stand in for shipped ones of the same text.

    ``agreement`` is Krippendorff's alpha by origin, over all sentences, also those left out because no majority holds.
    ``sources`` is what the manifest says of where the labels come from.
    """

    gold: list[Gold]
    added: int
    replaced: int
    problems: list[Problem]
    agreement: dict[str, float]
    sources: dict[str, Any]


def chosen_gold(paths: Sequence[Path], book: Codebook, *, only: bool, skip_invalid: bool) -> ChosenGold:
    """Join the shipped gold with users' label files; a user's reading of a shipped sentence takes its place."""
    if only and not paths:
        raise InputError("--only without --labels; expected at least one file of labelled sentences")
    read, problems = _read_tables(paths, book, skip_invalid=skip_invalid)
    return joined_gold(read, book, only=only, problems=problems, files=paths)


def joined_gold(read: Sequence[Gold], book: Codebook, *, only: bool, problems: Sequence[Problem] = (), files: Sequence[Path] = ()) -> ChosenGold:
    """Join the shipped gold with sentences that came out of ``files``, in an order that hangs on nothing else."""
    stored = [] if only else derive_gold(load_annotations(shipped_files(), book))
    added, shipped = [g for g in read if g.label], [g for g in stored if g.label]
    texts = {unit_id(g.text) for g in added}
    kept = [g for g in shipped if unit_id(g.text) not in texts]
    origin = sources(None if only else shipped, added, files)
    return ChosenGold([*kept, *added], len(added), len(shipped) - len(kept), list(problems), _agreement([*stored, *read]), origin)


def _agreement(sentences: Sequence[Gold]) -> dict[str, float]:
    by_origin = {origin: alpha({g.id: g.readings for g in sentences if g.origin == origin}) for origin in sorted({g.origin for g in sentences})}
    return {origin: round(value, 4) for origin, value in by_origin.items() if value is not None}


def training_set(gold: Sequence[Gold]) -> TrainingSet:
    """Split off a calibration tenth, whole articles together; seed sentences always train.

    The choice hangs on a hash of the group, so that adding rows does not reshuffle the others.
    """
    held = {g.group for g in gold if g.origin != "seed" and _fraction(g.group) < CALIBRATION_SHARE}
    return TrainingSet(
        train=tuple(g for g in gold if g.group not in held),
        calibration=tuple(g for g in gold if g.group in held),
        hash=labels_hash((g.text, g.label or "") for g in gold),
    )


def story_of(group: str) -> str:
    """Return the story an article belongs to: articles that retell one report must not face each other in a split."""
    known = documents().get(group)
    return known.story if known else group


def _fraction(group: str) -> float:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8]) / 2**64
