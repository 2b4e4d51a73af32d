"""Join imported annotations with a stored file: nothing twice, no contradiction silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labels.exchange.model import PERSONAL, Place
from labels.problems import shorten
from labels.records import Annotation

Located = tuple[Place, Annotation]
_OPINION = tuple(name for name in PERSONAL if name not in ("created", "codebook", "kind"))


@dataclass(frozen=True, slots=True)
class Clash:
    """Two rows by one annotator on one sentence. ``taken`` is the one that stays; None while that is refused."""

    first: Located
    second: Located
    taken: Annotation | None = None

    def __str__(self) -> str:
        (there, old), (here, new) = self.first, self.second
        said = f"{_at(here)}: {new.annotator} says {new.label} of {shorten(new.text, 60)}, {old.label} at {_at(there)}"
        return f"{said}; {self.taken.label} taken, the later one" if self.taken else said


@dataclass(slots=True)
class Merged:
    """The rows to store, in order; ``duplicates`` say the same again, ``amended`` the same label with another voice, note or doubt."""

    rows: list[Annotation] = field(default_factory=list)
    added: int = 0
    duplicates: list[Clash] = field(default_factory=list)
    amended: list[Clash] = field(default_factory=list)
    contradictions: list[Clash] = field(default_factory=list)


def merge(stored: Sequence[Located], fresh: Iterable[Located], *, newest: bool) -> Merged:
    """Add ``fresh`` rows to the stored ones. With ``newest`` the later of two rows that differ stays, else the first, and the caller refuses."""
    merged = Merged(rows=[row for _, row in stored])
    places = {_key(row): (index, place) for index, (place, row) in enumerate(stored)}
    for place, row in fresh:
        known = places.setdefault(_key(row), (len(merged.rows), place))
        index, first = known
        if index == len(merged.rows):
            merged.rows.append(row)
            merged.added += 1
            continue
        old = merged.rows[index]
        clash = Clash((first, old), (place, row))
        if old.label == row.label and not _differs(old, row):
            merged.duplicates.append(clash)
            continue
        taken = _later(old, row) if newest else None
        kind = merged.amended if old.label == row.label else merged.contradictions
        kind.append(Clash(clash.first, clash.second, taken))
        if taken is row:
            merged.rows[index] = row
            places[_key(row)] = (index, place)
    return merged


def _key(row: Annotation) -> tuple[str, str, str]:
    """Return what one reader reads once: a sentence, for its stance toward one target."""
    return row.id, row.target, row.annotator


def _differs(old: Annotation, new: Annotation) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in _OPINION)


def _later(old: Annotation, new: Annotation) -> Annotation:
    """Return the row created later; where that is not known of both, or is the same, the one that stands later."""
    before, after = _time(old.created), _time(new.created)
    return old if before and after and before > after else new


def _time(created: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat(created or "")
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _at(place: Place) -> str:
    return ":".join(filter(None, (str(place.path), str(place.line or ""), place.spot)))
