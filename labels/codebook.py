"""The codebook as data: target, label scheme, and the aliases by which a text names the target's sides."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label of the scheme, and what is known of it.

    ``floor``: the calibrated probability from which it is given; None: it is given where no label reaches its floor.
    ``certain``: the probability below which a unit that gets it is flagged ambiguous.
    ``prevalence``: its share among real sentences, for the calibration. ``tone``: the sentiment that a naive reader
    would take for it ("positive" or "negative"), for the lexicon baseline.
    """

    name: str
    definition: str
    floor: float | None = None
    certain: float | None = None
    prevalence: float | None = None
    tone: str | None = None


@dataclass(frozen=True)
class Codebook:
    """Target, labels in model order, and sides. ``default`` is the label without evaluation."""

    name: str
    version: str
    target: str
    scheme: tuple[Label, ...]
    default: str
    sides: tuple[Side, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels' names."""
        return tuple(label.name for label in self.scheme)

    @property
    def floors(self) -> dict[str, float]:
        """Return the floor of each label that has one."""
        return {label.name: label.floor for label in self.scheme if label.floor is not None}

    @property
    def certain(self) -> dict[str, float]:
        """Return, for each label that has one, the probability from which it is not ambiguous."""
        return {label.name: label.certain for label in self.scheme if label.certain is not None}

    @property
    def prevalence(self) -> tuple[float, ...] | None:
        """Return each label's share among real sentences; None where the codebook does not say it for all."""
        known = tuple(label.prevalence for label in self.scheme if label.prevalence is not None)
        return known if len(known) == len(self.scheme) else None

    def names_target(self, text: str) -> bool:
        """Tell whether ``text`` names every side; an accidental mention counts, a pronoun does not."""
        return all(side.pattern.search(text) for side in self.sides)

    def index(self, label: str) -> int:
        """Return the label's place in model order; raise LabelError for a label outside the scheme."""
        try:
            return self.labels.index(label)
        except ValueError:
            raise LabelError(f"label {label!r} is not in codebook {self.name} {self.version}; expected one of {', '.join(self.labels)}") from None

    def covers(self, version: str) -> bool:
        """Tell whether labels read with ``version`` count as read with this codebook: minor versions sharpen rules, major ones redefine labels."""
        if version == self.version:
            return True
        given, own = _numbers(version), _numbers(self.version)
        return bool(given and own) and given[0] == own[0] and given <= own

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that :func:`codebook_from_dict` reads back; bundles carry it."""
        return {
            "name": self.name,
            "version": self.version,
            "target": self.target,
            "default": self.default,
            "labels": [{key: value for key, value in asdict(label).items() if value is not None} for label in self.scheme],
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
            scheme=tuple(map(_label, data["labels"])),
            default=str(data["default"]),
            sides=tuple(Side(str(side["name"]), tuple(map(str, side["aliases"]))) for side in data["sides"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LabelError(f"{where}: codebook lacks or misshapes {error}; expected name, version, target, default, [[labels]] and [[sides]]") from error
    if len(set(book.labels)) < max(2, len(book.labels)) or book.default not in book.labels:
        raise LabelError(f"{where}: labels are {list(book.labels)}, default {book.default!r}; expected two or more distinct labels, the default among them")
    if not all(book.floors.get(name, 0) <= certain < 1 for name, certain in book.certain.items()):
        raise LabelError(f"{where}: certain is {book.certain}; expected numbers from the label's floor to below 1")
    if not all(0 < floor < 1 for floor in book.floors.values()) or book.default in book.floors:
        raise LabelError(f"{where}: floors are {book.floors}; expected numbers between 0 and 1, and none for the default label")
    tones = [label.tone for label in book.scheme if label.tone]
    if not set(tones) <= {"positive", "negative"} or len(set(tones)) < len(tones):
        raise LabelError(f"{where}: tones are {tones}; expected positive and negative, once each, or none")
    if book.prevalence is None and any(label.prevalence is not None for label in book.scheme):
        raise LabelError(f"{where}: some labels have a prevalence and some have none; expected all or none")
    if book.prevalence and not (min(book.prevalence) > 0 and abs(sum(book.prevalence) - 1) <= 0.005 * len(book.labels) + 1e-9):
        raise LabelError(f"{where}: prevalences are {list(book.prevalence)}; expected shares above 0 that sum to 1")
    if not all(side.aliases for side in book.sides):
        raise LabelError(f"{where}: a side has no aliases; expected at least one name a side")
    return book


def _numbers(version: str) -> list[int]:
    """Return the numbers of a dotted version; none for a version that is named otherwise."""
    parts = version.split(".")
    return [int(part) for part in parts] if all(part.isdecimal() for part in parts) else []


def _label(data: dict[str, Any]) -> Label:
    def number(key: str) -> float | None:
        return float(data[key]) if key in data else None

    tone = str(data["tone"]) if "tone" in data else None
    return Label(name=str(data["name"]), definition=str(data["definition"]), floor=number("floor"), certain=number("certain"), prevalence=number("prevalence"), tone=tone)
