"""Collect what a training run learns from: the shipped gold, a user's rows, and who keeps company in a split."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.agreement import alpha
from labels.codebook import Codebook, load_codebook
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
    """Join the shipped gold with users' label files; a user's reading of a shipped sentence takes its place.

    Raises InputError where the shipped labels are wanted and ``book`` asks about something else than they do.
    """
    if only and not paths:
        raise InputError("--only without --labels; expected at least one file of labelled sentences")
    if not only and not fits_shipped_labels(book):
        raise InputError(f"the labels that are shipped are about another target, or by other labels, than codebook {book.name} {book.version}; expected --labels FILE --only")
    read, problems = _read_tables(paths, book, skip_invalid=skip_invalid)
    return joined_gold(read, book, only=only, problems=problems, files=paths)


def joined_gold(read: Sequence[Gold], book: Codebook, *, only: bool, problems: Sequence[Problem] = (), files: Sequence[Path] = ()) -> ChosenGold:
    """Join the shipped gold with sentences that came out of ``files``, in an order that hangs on nothing else."""
    stored = [] if only else derive_gold(load_annotations(shipped_files(), book))
    added, shipped = [g for g in read if g.label], [g for g in stored if g.label]
    texts = {(unit_id(g.text), g.target) for g in added}
    kept = [g for g in shipped if (unit_id(g.text), g.target) not in texts]
    origin = sources(None if only else shipped, added, files)
    return ChosenGold([*kept, *added], len(added), len(shipped) - len(kept), list(problems), _agreement([*stored, *read]), origin)


def fits_shipped_labels(book: Codebook) -> bool:
    """Tell whether the repo's own labels can be read with ``book``: their target and their labels are among its own."""
    shipped = load_codebook()
    return book.allows(shipped.target) and set(shipped.labels) <= set(book.labels) and book.covers(shipped.version)


def _agreement(sentences: Sequence[Gold]) -> dict[str, float]:
    by_origin = {origin: alpha({g.unit: g.readings for g in sentences if g.origin == origin}) for origin in sorted({g.origin for g in sentences})}
    return {origin: round(value, 4) for origin, value in by_origin.items() if value is not None}


def training_set(gold: Sequence[Gold]) -> TrainingSet:
    """Split off a calibration tenth, whole articles together; seed sentences always train.

    The choice hangs on a hash of the group, so that adding rows does not reshuffle the others.
    """
    several = len({g.target for g in gold}) > 1
    held = {g.group for g in gold if g.origin != "seed" and _fraction(g.group) < CALIBRATION_SHARE}
    return TrainingSet(
        train=tuple(g for g in gold if g.group not in held),
        calibration=tuple(g for g in gold if g.group in held),
        hash=labels_hash((_hashed(g, several), g.label or "") for g in gold),
    )


def _hashed(g: Gold, several: bool) -> str:
    """Return the text that enters the hash: with its target where there are several, so that the hash of one target's labels is what it always was."""
    return f"{g.text}\x1f{g.target}" if several else g.text


def story_of(group: str) -> str:
    """Return the story an article belongs to: articles that retell one report must not face each other in a split."""
    known = documents().get(group)
    return known.story if known else group


def _fraction(group: str) -> float:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8]) / 2**64
