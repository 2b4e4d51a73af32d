"""What passes between an annotation tool's file and the label store, and the seam behind which each format stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from labels.codebook import Codebook
from labels.exchange.source import Entry, Source
from labels.problems import Problem, shorten
from labels.records import Annotation

CARRIED = ("document", "start", "end", "outlet", "url", "published", "stratum", "target")
"""What travels with a sentence through a tool and comes back untouched, beside its id."""
PERSONAL = ("voice", "speaker", "unsure", "note", "created", "kind", "codebook")
"""What one annotator's reading says beside its label."""
ID = "unit_id"
"""The name under which a sentence's id travels: every tool has an ``id`` of its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands: a line (from 1), or a spot such as ``[3].annotations[1]`` in a JSON document."""

    path: Path
    line: int | None
    spot: str = ""

    def problem(self, name: str, found: object, expected: str) -> Problem:
        """Return the problem of the field ``name`` at this place."""
        return Problem(self.path, self.line, self.named(name), shorten(found), expected)

    def named(self, name: str) -> str:
        """Return a field's name with the spot it stands at."""
        return ".".join(filter(None, (self.spot, name))) or "entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One annotator's answer as the tool wrote it, unchecked. ``fields`` holds ``unit_id``, carried and personal fields."""

    place: Place
    text: object
    label: object
    annotator: str | None
    fields: Mapping[str, Any]


@dataclass(slots=True)
class Found:
    """What a file holds: answers, answers left aside by reason (skipped, rejected, not labelled), what cannot be read, and what to say of it."""

    answers: list[Answer] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    aside: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


def read_each(path: Path, entries: Iterable[Entry], read: Callable[[Entry, Found], None], said: str, found: Found) -> Found:
    """Add what ``read`` finds in each entry to ``found``; an entry of another shape than ``said`` is named as a whole, nothing of it is taken.

    Tools' JSON nests deeply, and anything can stand anywhere: one guard round an entry says so better than a test at each step.
    """
    for entry in entries:
        own = Found()
        try:
            read(entry, own)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            found.problems.append(Place(path, entry.line, entry.spot).problem("", entry.value, f"an entry of {said}"))
            continue
        found.answers += own.answers
        found.aside += own.aside
        found.problems += own.problems
    return found


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a foreign file.

    Where they are not the usual ones: the names of the field with the text and of the one with the label, and the columns of a wide
    table that hold one annotator's labels each.
    """

    text_field: str | None = None
    label_field: str | None = None
    annotator_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's label for a sentence; ``score`` is its probability, ``model`` the bundle's tag, where they are known."""

    label: str
    score: float | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence on its way into a tool. ``place`` holds the carried fields that are known, ``readings`` what was annotated already."""

    id: str
    text: str
    place: Mapping[str, Any]
    prediction: Prediction | None = None
    readings: tuple[Annotation, ...] = ()


class Reader(Protocol):
    """A file format to import from. ``said`` tells a user what it was taken for."""

    name: str
    said: str

    def recognises(self, source: Source) -> bool:
        """Tell whether the content, not the file's name, is of this format."""

    def read(self, source: Source, options: ReadOptions) -> Found:
        """Return the file's answers; a bad row becomes a problem, a file that is none raises LabelError."""


class Format(Reader, Protocol):
    """A tool's format, in both directions."""

    def write(self, items: Sequence[Item], book: Codebook, out: Path) -> dict[Path, bytes]:
        """Return the files to write, by path: ``out``, or several beside it where the tool wants one an annotator."""

    def configuration(self, book: Codebook) -> bytes:
        """Return the labelling configuration that the tool loads, made from the codebook."""


def carried(item: Item) -> dict[str, Any]:
    """Return a sentence's id and place as they travel through a tool."""
    return {ID: item.id, **item.place}


def personal(reading: Annotation, names: Sequence[str] = PERSONAL) -> dict[str, Any]:
    """Return what is known of ``names`` in a reading."""
    return {name: value for name in names if (value := getattr(reading, name)) is not None}
