"""Other people's names for labels and annotators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from labels.codebook import Codebook
from labels.errors import InputError


class LabelNames:
    """Finds the codebook's label for a tool's. ``loose`` counts the names that fitted only without regard to case."""

    def __init__(self, book: Codebook, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._map = dict(pairs)
        self.book = book
        self.loose: Counter[tuple[str, str]] = Counter()
        self._used: set[str] = set()
        for theirs, ours in self._map.items():
            if ours not in book.labels:
                raise InputError(f"--map {theirs}={ours}: expected one of {', '.join(book.labels)} after the sign")

    def find(self, raw: str) -> str | None:
        """Return the label: as mapped, as it stands, or the only one that differs in case or outer spaces alone; None if there is none."""
        if raw in self._map:
            self._used.add(raw)
            return self._map[raw]
        if raw in self.book.labels:
            return raw
        alike = [label for label in self.book.labels if label.casefold() == raw.strip().casefold()]
        if len(alike) == 1:
            self.loose[raw, alike[0]] += 1
            return alike[0]
        return None

    @property
    def unused(self) -> list[str]:
        """Return the mapped names that no row had."""
        return [name for name in self._map if name not in self._used]


def annotator_name(given: str | None, renamed: dict[str, str], default: str) -> str:
    """Return ``kind/name``: as renamed, as it stands where it has a kind, else a person's; ``default`` where a row names nobody.

    Label Studio knows users by number: 7 becomes ``person/user-7``.
    """
    name = renamed.get(given, f"user-{given}" if given.isdecimal() else given) if given else default
    return name if "/" in name else f"person/{name}"
