"""Everything that a candidate learns from: shipped labels, those that the incumbent was given before, and the new ones that are not held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.codebook import Codebook
from labels.records import Annotation
from labels.store import load_annotations
from service.bundle import Bundle
from service.registry.labelled import LABELS
from service.registry.stage import PROVENANCE
from training.retrain.frozen import LabelledSet
from training.retrain.rows import Split, settled, split_rows, unmeasured, without
from training.rows import ChosenGold, joined_gold


@dataclass(frozen=True, slots=True)
class Collected:
    """The new labels as they were split, all annotations ``added`` to the shipped ones, and the gold of both."""

    split: Split
    added: tuple[Annotation, ...]
    chosen: ChosenGold


def collect(read: Sequence[Annotation], frozen: Sequence[LabelledSet], incumbent: Bundle, book: Codebook, *, only: bool, files: Sequence[Path]) -> Collected:
    """Split the new annotations and join their training part with what trained before; nothing of a frozen test set comes in by either way.

    ``only``: neither the shipped labels nor those of earlier retrainings.
    """
    measured = [g for test in frozen for g in test.gold]
    earlier = [] if only else unmeasured(given_before(incumbent, book), measured)
    split = split_rows(read, measured, earlier)
    added = (*without(earlier, (*split.train, *split.held_out)), *split.train)
    return Collected(split, added, joined_gold(settled(added), book, only=only, files=files))


def given_before(bundle: Bundle, book: Codebook) -> list[Annotation]:
    """Return the labels that a bundle of the store was given on top of the shipped ones; none for another, or for other labels than the codebook's."""
    path = bundle.path / PROVENANCE / LABELS
    same = (bundle.codebook.target, bundle.codebook.labels) == (book.target, book.labels)
    return load_annotations([path], book) if same and path.is_file() else []
