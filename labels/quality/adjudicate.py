"""Which units an adjudicator should decide, the most important first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labels.quality.sheet import Sheet, majority
from labels.records import Annotation

_UNIT_FIELDS = ("id", "text", "document", "start", "end", "outlet", "url", "published", "stratum", "inclusion")


@dataclass(frozen=True, slots=True)
class Open:
    """A unit to adjudicate. ``leading``: the majority's label, None where none holds; ``votes`` in the order of their number."""

    row: Annotation
    votes: Mapping[str, int]
    leading: str | None

    def to_unit(self, rank: int) -> dict[str, Any]:
        """Return the unit as annotation tools' exports take it, without the votes: an adjudicator should read blind."""
        return unit_of(self.row, rank)


def unit_of(row: Annotation, rank: int) -> dict[str, Any]:
    """Return an annotation's unit, to be labelled again; unknown fields are left out."""
    known = {name: getattr(row, name, None) for name in _UNIT_FIELDS}
    return {**{name: value for name, value in known.items() if value is not None}, "rank": rank}


def to_adjudicate(sheet: Sheet) -> list[Open]:
    """Return the units without a majority, then those whose majority one changed reading would undo; adjudicated ones are settled.

    In each part first the random share, for every unit of it that stays open is missing from an estimate of prevalence; then
    by the rarity of the rarest contested label, whose count a single unit moves most; then in the order of the readings.
    """
    counts: Counter[str] = Counter()
    rows: dict[str, Annotation] = {}
    for row in sheet.rows:
        counts[row.label] += 1
        if row.id not in rows or getattr(row, "stratum", None):
            rows[row.id] = row
    found = [_open(rows[unit], given.values()) for unit, given in sheet.by_unit.items() if unit not in sheet.adjudicated and _contested(list(given.values()))]
    return sorted(found, key=lambda one: (one.leading is not None, getattr(one.row, "stratum", None) != "random", min(counts[label] for label in one.votes)))


def _contested(labels: list[str]) -> bool:
    """Return whether one changed reading would leave no majority, among readings that differ."""
    count = Counter(labels).most_common(1)[0][1]
    return count < len(labels) and 2 * (count - 1) <= len(labels)


def _open(row: Annotation, labels: Iterable[str]) -> Open:
    given = list(labels)
    return Open(row, dict(Counter(given).most_common()), majority(given))
