"""How many of the chosen sentences a group (an outlet, a month) may take."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

SLACK = 1.25
"""A group may exceed its quota by that much, so that uncertainty still has a say."""


def quotas(sizes: Mapping[str, int], count: int) -> dict[str, float]:
    """Return each group's part of ``count``: by the square root of its size (Bankier 1988), between equal parts and proportional ones."""
    total = sum(math.sqrt(size) for size in sizes.values())
    return {group: count * math.sqrt(size) / total for group, size in sizes.items()}


class Room:
    """The room that is left: for every group of every way of grouping the most that it may take, and the least that it should get."""

    def __init__(self, sizes: Sequence[Mapping[str, int]], count: int) -> None:
        """Give each group its quota of ``count``: the slack over it at most, half of it at least where it has as many."""
        found = [quotas(one, count) for one in sizes]
        self.limits = [{group: math.ceil(SLACK * quota) for group, quota in one.items()} for one in found]
        self._owed = [{group: math.floor(quota / 2) for group, quota in one.items()} for one in found]
        self._taken: list[Counter[str]] = [Counter() for _ in sizes]

    def has(self, groups: Sequence[str], left: int | None = None) -> bool:
        """Tell whether each of a unit's groups may take one more; with ``left`` units to take, whether enough of them remain for groups that got too few."""
        if not all(taken[group] < limits[group] for group, taken, limits in zip(groups, self._taken, self.limits, strict=True)):
            return False
        return left is None or all(owed.get(group) or left > sum(owed.values()) for group, owed in zip(groups, self._owed, strict=True))

    def take(self, groups: Sequence[str]) -> None:
        for group, taken, owed in zip(groups, self._taken, self._owed, strict=True):
            taken[group] += 1
            owed[group] = max(0, owed[group] - 1)
