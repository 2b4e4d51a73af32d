"""`stancewire labels export`: sentences into an annotation tool's own file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import InputError
from labels.exchange.formats import WRITERS
from labels.exchange.importing import write_whole
from labels.exchange.model import Item, Prediction

Predict = Callable[[Sequence[tuple[str, str | None]], Codebook, str | None], Sequence[Prediction]]
"""Texts with their targets (None where the codebook has just one), the codebook and the name of a bundle (None: the one in force) to one prediction a text; the part that needs the scorer."""


def with_predictions(items: Sequence[Item], book: Codebook, predict: Predict, bundle: str | None) -> list[Item]:
    """Return the items; those that nobody has read and that carry no prediction get the model's."""
    bare = [place for place, item in enumerate(items) if not item.prediction and not item.readings]
    found = dict(zip(bare, predict([(items[place].text, items[place].place.get("target")) for place in bare], book, bundle), strict=True)) if bare else {}
    return [replace(item, prediction=found[place]) if place in found else item for place, item in enumerate(items)]


def blind(items: Sequence[Item]) -> list[Item]:
    """Return the items without predictions."""
    return [replace(item, prediction=None) for item in items]


def unread_predicted(items: Sequence[Item]) -> list[Item]:
    """Return the items, those that somebody has read without a prediction: their answers go out, and not every tool has room for both."""
    return [replace(item, prediction=None) if item.readings else item for item in items]


def export(items: Sequence[Item], book: Codebook, name: str, out: Path, *, overwrite: bool = False) -> list[Path]:
    """Write the items for the tool ``name`` and return the files; raise InputError where one stands already."""
    files = WRITERS[name].write(items, book, out)
    if standing := [path for path in files if path.exists() and not overwrite]:
        raise InputError(f"{standing[0]}: exists already, and may hold annotators' work; expected a new --out, or --overwrite")
    write_whole(files)
    return list(files)
