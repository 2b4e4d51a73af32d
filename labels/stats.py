"""`stancewire labels stats`: counts and agreement of a label store, computed from the annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from labels.agreement import Pairwise, alpha, alpha_for_label, alpha_interval, pairwise
from labels.codebook import Codebook
from labels.gold import Gold, derive_gold
from labels.records import ADJUDICATOR, Annotation


@dataclass(frozen=True, slots=True)
class GroupStats:
    """Counts and agreement of one slice of the store; ``alphas`` maps a label to its own alpha.

    ``unresolved`` sentences have neither majority nor adjudication. Alphas are None where fewer than two
    annotators read the same sentence.
    """

    name: str
    sentences: int
    gold: Mapping[str, int]
    unresolved: int
    annotators: Mapping[str, int]
    alpha: float | None
    interval: tuple[float, float] | None
    alphas: Mapping[str, float | None]
    voice_alpha: float | None
    pairs: tuple[Pairwise, ...]


def store_stats(annotations: Sequence[Annotation], book: Codebook, *, by: str = "origin") -> list[GroupStats]:
    """Return a GroupStats for each value of ``by`` ("origin" or "kind"), largest first."""
    slices: dict[str, list[Annotation]] = {}
    for row in annotations:
        slices.setdefault(str(getattr(row, by) or "none"), []).append(row)
    ordered = sorted(slices.items(), key=lambda item: (-len(item[1]), item[0]))
    return [_group_stats(name, rows, book) for name, rows in ordered]


def _group_stats(name: str, rows: Sequence[Annotation], book: Codebook) -> GroupStats:
    gold = derive_gold(rows)
    independent = [row for row in rows if not row.annotator.startswith(ADJUDICATOR)]
    readings = _readings(independent, lambda row: row.label)
    counts = Counter(g.label for g in gold if g.label)
    return GroupStats(
        name=name,
        sentences=len(gold),
        gold={label: counts[label] for label in book.labels},
        unresolved=sum(g.label is None for g in gold),
        annotators=dict(Counter(row.annotator for row in rows).most_common()),
        alpha=alpha(readings),
        interval=alpha_interval(readings, _groups(gold)) if alpha(readings) is not None else None,
        alphas={label: alpha_for_label(readings, label) for label in book.labels},
        voice_alpha=alpha(_readings(independent, lambda row: row.voice)),
        pairs=tuple(pairwise(_by_annotator(independent))),
    )


def _readings(rows: Iterable[Annotation], value: Callable[[Annotation], str | None]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        if (given := value(row)) is not None:
            found.setdefault(row.unit, []).append(given)
    return found


def _groups(gold: Iterable[Gold]) -> dict[str, str]:
    return {g.unit: g.group for g in gold}


def _by_annotator(rows: Iterable[Annotation]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.annotator, {})[row.unit] = row.label
    return found
