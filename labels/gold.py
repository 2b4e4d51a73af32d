"""Gold labels: derived from the annotations each time, never stored over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from labels.records import ADJUDICATOR, Annotation, Origin, Voice

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gold:
    """A sentence with its adjudicated label toward ``target``.

    ``label`` is None where no majority holds and nobody adjudicated: such a sentence is kept and counted, but it
    neither trains nor tests. ``readings`` are the independent annotators' labels, adjudication left out.
    """

    id: str
    text: str
    label: str | None
    voice: Voice | None
    speaker: str | None
    origin: Origin
    document: str | None
    kind: str | None
    group: str
    readings: tuple[str, ...]
    target: str = ""

    @property
    def unit(self) -> str:
        """Return what the label belongs to, as an annotation's ``unit`` names it."""
        return f"{self.id}\x1f{self.target}"


def derive_gold(annotations: Iterable[Annotation]) -> list[Gold]:
    """Return one Gold a sentence and target, in order of first appearance.

    The adjudicator's label decides where there is one; else the label of more than half of the readings.
    """
    by_unit: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        by_unit.setdefault(annotation.unit, []).append(annotation)
    return [_decide(group) for group in by_unit.values()]


def _decide(rows: Sequence[Annotation]) -> Gold:
    independent = [row for row in rows if not row.annotator.startswith(ADJUDICATOR)]
    ruling = next((row for row in reversed(rows) if row.annotator.startswith(ADJUDICATOR)), None)
    first = rows[0]
    return Gold(
        id=first.id,
        text=first.text,
        label=ruling.label if ruling else _majority([row.label for row in independent]),
        voice=ruling.voice if ruling and ruling.voice else _most_common([row.voice for row in independent if row.voice]),
        speaker=ruling.speaker if ruling else _most_common([row.speaker for row in independent if row.speaker]),
        origin=first.origin,
        document=first.document,
        kind=next((row.kind for row in rows if row.kind), None),
        group=first.group,
        readings=tuple(row.label for row in independent),
        target=first.target,
    )


def _majority(labels: Sequence[str]) -> str | None:
    if not labels:
        return None
    label, count = Counter(labels).most_common(1)[0]
    return label if 2 * count > len(labels) else None


def _most_common(values: Sequence[T]) -> T | None:
    return Counter(values).most_common(1)[0][0] if values else None
