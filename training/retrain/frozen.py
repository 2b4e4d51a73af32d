"""Frozen test sets: the probes, files that a user once gave with ``--test``, and the held-out parts of models that were promoted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.codebook import Codebook, load_codebook
from labels.errors import LabelError
from labels.gold import Gold
from labels.problems import raise_problems
from labels.records import unit_id
from labels.store import read_annotations
from labels.tables import read_table
from service.batch.store import write_whole
from service.registry.home import Home
from training.probes import load_probes
from training.retrain.rows import as_lines, settled

PROBES = "probes"
EARLIER = "held out earlier"
NEW = "new, held out"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Sentences to compare on. ``dropped`` of it stand in the labels that train and are no test."""

    name: str
    gold: list[Gold]
    dropped: int = 0


def remember(home: Home, paths: Sequence[Path], book: Codebook) -> None:
    """Keep users' test files in the store, so that every later retraining is measured on them and never trains on them; raise LabelError for bad rows."""
    for path in paths:
        reading = read_table(path, book)
        raise_problems(reading.problems, hint="nothing was done; a test set must hold without exception")
        lines = as_lines(row for _, row in reading.rows)
        place = home.tests / f"given-{path.stem}-{hashlib.sha256(lines).hexdigest()[:8]}.jsonl"
        if not place.exists():
            write_whole(place, lines)


def frozen_sets(home: Home, book: Codebook) -> list[LabelledSet]:
    """Return the test sets that this codebook can be measured on; the held-out parts of earlier retrainings are one set, for each alone is small."""
    probes = [LabelledSet(PROBES, load_probes(book))] if (book.target, book.labels) == _shipped() else []
    given, earlier = [], []
    for path in sorted(home.tests.glob("*.jsonl")):
        gold = _gold(path, book)
        if path.name.startswith("held-out-"):
            earlier += gold
        elif gold:
            given.append(LabelledSet(path.stem.removeprefix("given-"), gold))
    return [*probes, *given, *([LabelledSet(EARLIER, earlier)] if earlier else [])]


def untaught(tests: Sequence[LabelledSet], taught: Sequence[Gold]) -> list[LabelledSet]:
    """Leave out of test sets what stands in the labels that train, so that nobody is asked what they were told."""
    known = {unit_id(g.text) for g in taught}
    kept = [(test, [g for g in test.gold if unit_id(g.text) not in known]) for test in tests]
    return [LabelledSet(test.name, gold, len(test.gold) - len(gold)) for test, gold in kept]


def _shipped() -> tuple[str, tuple[str, ...]]:
    book = load_codebook()
    return book.target, book.labels


def _gold(path: Path, book: Codebook) -> list[Gold]:
    """Return a stored set's sentences; none of a set about another target. Raise LabelError for one that was damaged."""
    reading = read_annotations(path, book)
    if reading.problems and {problem.field for problem in reading.problems} <= {"target", "codebook", "label"}:
        return []
    if reading.problems:
        raise LabelError(f"{reading.problems[0]}; the frozen test set is damaged: mend it, or `stancewire models tests --forget {path.stem}`")
    return settled(row for _, row in reading.rows)
