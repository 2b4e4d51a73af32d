"""What a stance is taken toward: a target, its sides, and the names by which a text means them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

OPEN = "open"
"""In place of a list of targets: every row, and every request, names its own."""

Span = tuple[int, int]


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


@dataclass(frozen=True, slots=True)
class Target:
    """What a stance is taken toward. A text is about it when it names every side; without sides, every text is."""

    name: str
    sides: tuple[Side, ...]

    def named_in(self, text: str) -> bool:
        """Tell whether ``text`` names every side."""
        return all(side.pattern.search(text) for side in self.sides)

    def mentions(self, text: str) -> list[Span]:
        """Return where ``text`` names a side, in characters."""
        return sorted(match.span() for side in self.sides for match in side.pattern.finditer(text))


def open_target(name: str) -> Target:
    """Return the target that a row or a request names itself: its only side is its name."""
    return Target(name, (Side(name, (name,)),))


def sides_of(data: Sequence[dict[str, Any]]) -> tuple[Side, ...]:
    """Build sides from plain data; raise KeyError or ValueError for what does not hold."""
    sides = tuple(Side(str(side["name"]), tuple(map(str, side["aliases"]))) for side in data)
    if not all(side.aliases and all(alias.strip() for alias in side.aliases) for side in sides):
        raise ValueError("a side has no aliases; expected at least one name a side")
    return sides


def targets_of(data: Sequence[dict[str, Any]]) -> tuple[Target, ...]:
    """Build the several targets of a codebook; raise KeyError or ValueError for what does not hold."""
    targets = tuple(Target(str(item["name"]), sides_of(item["sides"])) for item in data)
    names = [target.name for target in targets]
    if not targets or not all(target.sides and target.name.strip() for target in targets) or len(set(names)) < len(names):
        raise ValueError(f"targets are {names}; expected distinct names, each with [[targets.sides]]")
    return targets
