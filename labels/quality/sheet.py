"""Independent readings, unit by unit and in the order in which they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labels.records import ADJUDICATOR, Annotation


@dataclass(frozen=True, slots=True)
class Sheet:
    """Readings by unit and annotator, in the order of their making: by ``created`` where given, else as in the files.

    Of an annotator's several readings of a unit the last counts; ``repeated`` is how many that sets aside. ``adjudicated``
    units are decided; an adjudicator's rows are no readings.
    """

    rows: tuple[Annotation, ...]
    by_unit: Mapping[str, Mapping[str, str]]
    groups: Mapping[str, str]
    adjudicated: frozenset[str]
    repeated: int

    @property
    def annotators(self) -> list[str]:
        """Return the annotators by name."""
        return sorted({row.annotator for row in self.rows})

    @property
    def readings(self) -> dict[str, list[str]]:
        """Return the labels of each unit, as agreement takes them."""
        return {unit: list(labels.values()) for unit, labels in self.by_unit.items()}


def sheet_of(annotations: Iterable[Annotation]) -> Sheet:
    """Return the independent readings among ``annotations``."""
    everything = list(annotations)
    independent = [row for row in everything if not row.annotator.startswith(ADJUDICATOR)]
    last = {(row.id, row.annotator): row for row in independent}
    rows = sorted(last.values(), key=lambda row: row.created or "")  # stable: as in the files where dates are equal or missing
    by_unit: dict[str, dict[str, str]] = {}
    for row in rows:
        by_unit.setdefault(row.id, {})[row.annotator] = row.label
    adjudicated = frozenset(row.id for row in everything if row.annotator.startswith(ADJUDICATOR))
    return Sheet(tuple(rows), by_unit, {row.id: row.group for row in rows}, adjudicated, len(independent) - len(rows))


def majority(labels: Sequence[str]) -> str | None:
    """Return the label of more than half, None where there is none."""
    if not labels:
        return None
    label, count = Counter(labels).most_common(1)[0]
    return label if 2 * count > len(labels) else None


def others(sheet: Sheet, unit: str, annotator: str) -> list[str]:
    """Return what the other annotators gave a unit."""
    return [label for name, label in sheet.by_unit[unit].items() if name != annotator]
