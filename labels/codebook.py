"""The codebook as data: target, label scheme, and the aliases by which a text names the target's sides."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labels.errors import LabelError
from labels.targets import OPEN, Side, Span, Target, open_target, sides_of, targets_of

SHIPPED = Path(__file__).with_name("codebook.toml")


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
    """Target, labels in model order, and sides. ``default`` is the label without evaluation.

    With one target, ``target`` is its name and ``sides`` are its sides. With several, in ``targets``, or with ``open`` ones, which every row
    names itself, ``target`` says in words what they are, ``sides`` is empty, and the target is part of the model's input: the codebook is ``paired``.
    """

    name: str
    version: str
    target: str
    scheme: tuple[Label, ...]
    default: str
    sides: tuple[Side, ...]
    targets: tuple[Target, ...] = ()
    open: bool = False

    @property
    def paired(self) -> bool:
        """Whether a sentence is read together with a target, since there is not one that goes without saying."""
        return self.open or bool(self.targets)

    @property
    def known_targets(self) -> tuple[Target, ...]:
        """Return the targets that the codebook itself names; none for open ones."""
        return () if self.open else self.targets or (Target(self.target, self.sides),)

    def allows(self, target: str) -> bool:
        """Tell whether a row of labels, or a request, may ask about ``target``."""
        return bool(target.strip()) if self.open else target in [t.name for t in self.known_targets]

    @property
    def allowed(self) -> str:
        """Say which targets are allowed, for messages."""
        return " or ".join(repr(t.name) for t in self.known_targets) or "the name of a target"

    def find_target(self, name: str | None) -> Target:
        """Return the target of that name, the codebook's only one for None; raise LabelError for one that it does not have."""
        if name is None and not self.paired:
            return self.known_targets[0]
        if name is None or not self.allows(name):
            raise LabelError(f"target {name!r} is not in codebook {self.name} {self.version}; expected {self.allowed}")
        return open_target(name) if self.open else next(t for t in self.known_targets if t.name == name)

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
        """Tell whether ``text`` names every side of a target; an accidental mention counts, a pronoun does not. Open targets are not known here: True."""
        return self.open or any(target.named_in(text) for target in self.known_targets)

    def mentions(self, text: str, target: str | None) -> list[Span]:
        """Return where ``text`` names a side of the target, in characters."""
        return self.find_target(target).mentions(text)

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
            **({"targets": OPEN if self.open else list(map(_target_data, self.targets))} if self.paired else {"sides": _sides_data(self.sides)}),
        }


def _target_data(target: Target) -> dict[str, Any]:
    return {"name": target.name, "sides": _sides_data(target.sides)}


def _sides_data(sides: tuple[Side, ...]) -> list[dict[str, Any]]:
    return [{"name": s.name, "aliases": list(s.aliases)} for s in sides]


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
            scheme=tuple(map(_label, data["labels"])),
            default=str(data["default"]),
            **_asked(data),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LabelError(
            f"{where}: codebook lacks or misshapes {error}; expected name, version, default, [[labels]], and target with [[sides]], or [[targets]], or targets = {OPEN!r}"
        ) from error
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
    return book


def _asked(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say what a stance is taken toward: one target with its sides, several, or open ones."""
    targets = data.get("targets")
    if targets is None:
        return {"target": str(data["target"]), "sides": sides_of(data["sides"])}
    if "sides" in data:
        raise ValueError("[[sides]] beside targets; expected the sides of each target under [[targets.sides]]")
    if targets == OPEN:
        return {"target": str(data.get("target", "target named with each text")), "sides": (), "open": True}
    if isinstance(targets, str):
        raise ValueError(f"targets = {targets!r}; expected {OPEN!r} or [[targets]]")
    found = targets_of(targets)
    return {"target": str(data.get("target", " or the ".join(target.name for target in found))), "sides": (), "targets": found}


def _numbers(version: str) -> list[int]:
    """Return the numbers of a dotted version; none for a version that is named otherwise."""
    parts = version.split(".")
    return [int(part) for part in parts] if all(part.isdecimal() for part in parts) else []


def _label(data: dict[str, Any]) -> Label:
    def number(key: str) -> float | None:
        return float(data[key]) if key in data else None

    tone = str(data["tone"]) if "tone" in data else None
    return Label(name=str(data["name"]), definition=str(data["definition"]), floor=number("floor"), certain=number("certain"), prevalence=number("prevalence"), tone=tone)
