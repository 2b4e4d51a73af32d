"""`stancewire models check`: whether the labels have moved on since a bundle was trained."""

from __future__ import annotations

from dataclasses import dataclass

from labels.codebook import load_codebook
from service.bundle import Bundle
from training.rows import shipped_gold, training_set


@dataclass(frozen=True, slots=True)
class Staleness:
    """What a bundle was trained on, in words, beside the hash of today's labels."""

    tag: str
    trained_on: str
    current: str
    stale: bool


def check_bundle(bundle: Bundle) -> Staleness:
    """Compare a verified bundle with the labels and the codebook in the repo."""
    book = load_codebook()
    learnt = str(bundle.manifest["training"]["labels_hash"])
    current = training_set(shipped_gold(book)).hash
    if bundle.codebook != book:
        other = f"another codebook ({bundle.codebook.name} {bundle.codebook.version})"
        return Staleness(bundle.tag, other, current, stale=True)
    return Staleness(bundle.tag, f"labels {learnt[:12]}…", current, stale=learnt != current)
