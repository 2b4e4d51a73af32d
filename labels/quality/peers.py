"""Each annotator against the others, and agreement over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labels.agreement import alpha, alpha_interval
from labels.intervals import wilson
from labels.quality.sheet import Sheet, majority, others
from labels.records import Annotation

BATCHES = 5
"""Stretches of the files, in their order, where ``created`` does not tell times apart."""
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Peer:
    """An annotator beside the others: ``agreement`` is the share of units on which the others' majority gave the same label, with a 95 % interval.

    ``units`` are those with a majority of the others. ``without``: alpha of the others among themselves, None where it is undefined.
    ``confusion[theirs][own]`` counts labels. ``labels`` are the annotator's own counts.
    """

    name: str
    readings: int
    units: int
    agreement: float | None
    interval: tuple[float, float] | None
    without: float | None
    confusion: Mapping[str, Mapping[str, int]]
    labels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Period:
    """Agreement on the units of a period; a unit belongs to that of its first reading."""

    name: str
    units: int
    alpha: float | None
    interval: tuple[float, float] | None


def peers(sheet: Sheet, labels: Sequence[str]) -> list[Peer]:
    """Return every annotator beside the others, those who agree least first."""
    found = [_peer(sheet, name, labels) for name in sheet.annotators]
    return sorted(found, key=lambda peer: (peer.agreement is None, peer.agreement or 0.0, peer.name))


def _peer(sheet: Sheet, name: str, labels: Sequence[str]) -> Peer:
    confusion = {theirs: dict.fromkeys(labels, 0) for theirs in labels}
    own: Counter[str] = Counter()
    for unit, given in sheet.by_unit.items():
        if name in given:
            own[given[name]] += 1
            theirs = majority(others(sheet, unit, name))
            if theirs is not None:
                confusion[theirs][given[name]] += 1
    units = sum(sum(row.values()) for row in confusion.values())
    share = sum(confusion[label][label] for label in labels) / units if units else None
    low, high = wilson(share, units) if share is not None else (None, None)
    interval = (float(low), float(high)) if low is not None and high is not None else None
    without = alpha({unit: [label for other, label in given.items() if other != name] for unit, given in sheet.by_unit.items()})
    return Peer(name, own.total(), units, share, interval, without, confusion, {label: own[label] for label in labels})


def periods(sheet: Sheet) -> tuple[str, list[Period]]:
    """Return how time was cut ("month", "day" or "batch") and agreement in each period, in order."""
    kind, of_unit = _cut(sheet.rows)
    units: dict[str, list[str]] = {}
    for unit, period in of_unit.items():
        units.setdefault(period, []).append(unit)
    return kind, [_period(sheet, name, units[name]) for name in sorted(units)]


def _cut(rows: Sequence[Annotation]) -> tuple[str, dict[str, str]]:
    """Return each unit's period: the month or day of its first reading, where all rows have one and there are several; else its batch."""
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.id, row.created or "")
    if first and all(first.values()):
        for kind, width in (("month", 7), ("day", 10)):
            cut = {unit: created[:width] for unit, created in first.items()}
            if len(set(cut.values())) > 1:
                return kind, cut
    size = max(_FEWEST, -(-len(first) // BATCHES))
    return "batch", {unit: f"{1 + place // size:02}" for place, unit in enumerate(first)}


def _period(sheet: Sheet, name: str, units: Sequence[str]) -> Period:
    readings = {unit: list(sheet.by_unit[unit].values()) for unit in units}
    value = alpha(readings)
    return Period(name, len(units), value, alpha_interval(readings, sheet.groups) if value is not None else None)
