"""The codebook as data: target, label scheme, and the aliases by which a text names the target's sides."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from labels.errors import LabelError

SHIPPED = Path(__file__).with_name("codebook.toml")


@dataclass(frozen=True)
class Side:
    """One party of the target, with the names that stand for it in news."""

    name: str
    aliases: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Match any alias as a whole word, as written or in capitals; hyphens end words, so "Russia-Iran" names both."""
        longest_first = sorted({*self.aliases, *map(str.upper, self.aliases)}, key=len, reverse=True)
        return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


@dataclass(frozen=True)
class Codebook:
    """Target, labels in model order, and sides. ``default`` is the label without evaluation.

    ``floors`` hold for each label the probability from which it is given; a label without one is given, the most
    probable of its kind, where no other reaches its floor.
    """

    name: str
    version: str
    target: str
    labels: tuple[str, ...]
    definitions: tuple[str, ...]
    default: str
    floors: tuple[float | None, ...]
    sides: tuple[Side, ...]

    def names_target(self, text: str) -> bool:
        """Tell whether ``text`` names every side; an accidental mention counts, a pronoun does not."""
        return all(side.pattern.search(text) for side in self.sides)

    def index(self, label: str) -> int:
        """Return the label's place in model order; raise LabelError for a label outside the scheme."""
        try:
            return self.labels.index(label)
        except ValueError:
            raise LabelError(f"label {label!r} is not in codebook {self.name} {self.version}; expected one of {', '.join(self.labels)}") from None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that :func:`codebook_from_dict` reads back; bundles carry it."""
        return {
            "name": self.name,
            "version": self.version,
            "target": self.target,
            "default": self.default,
            "labels": [_label_data(*item) for item in zip(self.labels, self.definitions, self.floors, strict=True)],
            "sides": [{"name": s.name, "aliases": list(s.aliases)} for s in self.sides],
        }


def load_codebook(path: Path = SHIPPED) -> Codebook:
    """Read a codebook file (TOML); raise LabelError naming the file and the key at fault."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabelError(f"{path}: cannot be read as a codebook (TOML in UTF-8): {error}") from error
    return codebook_from_dict(data, str(path))


def codebook_from_dict(data: dict[str, Any], where: str) -> Codebook:
    """Build a codebook from plain data; ``where`` names its place in errors."""
    try:
        book = Codebook(
            name=str(data["name"]),
            version=str(data["version"]),
            target=str(data["target"]),
            labels=tuple(str(item["name"]) for item in data["labels"]),
            definitions=tuple(str(item["definition"]) for item in data["labels"]),
            default=str(data["default"]),
            floors=tuple(float(item["floor"]) if "floor" in item else None for item in data["labels"]),
            sides=tuple(Side(str(side["name"]), tuple(map(str, side["aliases"]))) for side in data["sides"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LabelError(f"{where}: codebook lacks or misshapes {error}; expected name, version, target, default, [[labels]] and [[sides]]") from error
    if len(set(book.labels)) < max(2, len(book.labels)) or book.default not in book.labels:
        raise LabelError(f"{where}: labels are {list(book.labels)}, default {book.default!r}; expected two or more distinct labels, the default among them")
    if not all(floor is None or 0 < floor < 1 for floor in book.floors) or book.floors[book.index(book.default)] is not None:
        raise LabelError(f"{where}: floors are {list(book.floors)}; expected numbers between 0 and 1, and none for the default label")
    if not all(side.aliases for side in book.sides):
        raise LabelError(f"{where}: a side has no aliases; expected at least one name a side")
    return book


def _label_data(name: str, definition: str, floor: float | None) -> dict[str, Any]:
    return {"name": name, "definition": definition} | ({} if floor is None else {"floor": floor})
