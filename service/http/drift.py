"""A drift signal: the population stability index of what the service sees lately against a reference.

PSI is the symmetrised Kullback-Leibler divergence of two histograms; by the usual reading, below 0.1 is stable and above 0.25 a shift
(Siddiqi, Credit Risk Scorecards, 2006).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

_LEAST = 500
_FIRST = 2_000
_MEMORY = 5_000.0
_FLOOR = 1e-3


class Drift:
    """Counts lately seen kinds, old ones fading, about the last five thousand weigh; the reference is given, or the first two thousand seen."""

    def __init__(self, reference: Mapping[str, float] | None) -> None:
        self._reference = dict(reference) if reference else None
        self._first: Counter[str] = Counter()
        self._recent: dict[str, float] = {}
        self._seen = 0

    def add(self, counts: Mapping[str, int]) -> None:
        """Take in how many of each kind came."""
        number = sum(counts.values())
        if not number:
            return
        self._seen += number
        if self._reference is None:
            self._first.update(counts)
            if self._first.total() >= _FIRST:
                self._reference = {kind: n / self._first.total() for kind, n in self._first.items()}
        fade = math.exp(-number / _MEMORY)
        for kind in self._recent.keys() | counts.keys():
            self._recent[kind] = self._recent.get(kind, 0.0) * fade + counts.get(kind, 0)

    def shares(self) -> dict[str, float]:
        """Return the recent share of each kind."""
        total = sum(self._recent.values())
        return {kind: n / total for kind, n in sorted(self._recent.items())} if total else {}

    def index(self) -> float | None:
        """Return the index, or None before there is enough to tell."""
        if self._reference is None or self._seen < _LEAST:
            return None
        recent = self.shares()
        pairs = [(max(recent.get(kind, 0.0), _FLOOR), max(self._reference.get(kind, 0.0), _FLOOR)) for kind in recent.keys() | self._reference.keys()]
        return sum((a - b) * math.log(a / b) for a, b in pairs)
