"""What `labels suggest` may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labels.errors import InputError

Way = Literal["both", "uncertainty", "diversity"]
WAYS: tuple[Way, ...] = ("both", "uncertainty", "diversity")
GROUPINGS = ("outlet", "month")


@dataclass(frozen=True, slots=True)
class Request:
    """``count`` units, ``random_share`` of them at random, spread ``by`` groupings; of a run with several targets those of ``target``."""

    count: int = 200
    random_share: float = 0.25
    seed: int = 0
    by: tuple[str, ...] = GROUPINGS
    way: Way = "both"
    target: str | None = None

    def __post_init__(self) -> None:
        """Raise InputError for a value that asks for nothing."""
        if self.count < 1:
            raise InputError(f"--n {self.count}; expected at least 1")
        if not 0 <= self.random_share <= 1:
            raise InputError(f"--random-share {self.random_share}; expected a number from 0 to 1")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"--seed {self.seed}; expected a whole number from 0 to 4294967295")
        if len(set(self.by)) < len(self.by) or not set(self.by) <= set(GROUPINGS):
            raise InputError(f"--by {','.join(self.by)}; expected {' or '.join(GROUPINGS)}, both with a comma, or none")

    @property
    def random(self) -> int:
        """Return how many units are drawn at random."""
        return round(self.count * self.random_share)


def groupings(argument: str) -> tuple[str, ...]:
    """Return the ways of grouping out of "outlet,month", "outlet", "month" or "none"."""
    return () if argument == "none" else tuple(name.strip() for name in argument.split(","))
