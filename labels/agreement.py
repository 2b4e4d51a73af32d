"""Agreement between annotators: Krippendorff's alpha for nominal labels, overall and for each label.

Source: Krippendorff, Content Analysis (2004), ch. 11.3, coincidence-matrix form; any number of annotators, missing
readings allowed. A few lines of our own because the packaged implementation is under the GPL.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

Readings = Mapping[str, Sequence[str]]
"""Unit id -> labels given to it, one for each annotator who read it."""


def alpha(readings: Readings) -> float | None:
    """Return Krippendorff's nominal alpha, or None when it is undefined (under two paired readings or no variation)."""
    paired = [labels for labels in readings.values() if len(labels) > 1]
    values = sorted({label for labels in paired for label in labels})
    if len(values) < 2:
        return None
    place = {value: i for i, value in enumerate(values)}
    coincidence = np.zeros((len(values), len(values)))
    for labels in paired:
        for i, a in enumerate(labels):
            for j, b in enumerate(labels):
                if i != j:
                    coincidence[place[a], place[b]] += 1 / (len(labels) - 1)
    marginal = coincidence.sum(axis=1)
    total = marginal.sum()
    observed = total - np.trace(coincidence)
    expected = (total**2 - (marginal**2).sum()) / (total - 1)
    return float(1 - observed / expected)


def alpha_for_label(readings: Readings, label: str) -> float | None:
    """Return alpha of the two-way question "this label or another?"."""
    return alpha({unit: [str(given == label) for given in labels] for unit, labels in readings.items()})


@dataclass(frozen=True, slots=True)
class Pairwise:
    """How often two annotators gave the same label, over ``units`` sentences that both read."""

    annotators: tuple[str, str]
    units: int
    share: float


def pairwise(by_annotator: Mapping[str, Mapping[str, Hashable]]) -> list[Pairwise]:
    """Return the raw agreement of each pair of annotators that share units; input annotator -> unit -> label."""
    return [p for a, b in combinations(sorted(by_annotator), 2) if (p := _pair(a, b, by_annotator)) is not None]


def _pair(a: str, b: str, by_annotator: Mapping[str, Mapping[str, Hashable]]) -> Pairwise | None:
    first, second = by_annotator[a], by_annotator[b]
    shared = first.keys() & second.keys()
    if not shared:
        return None
    return Pairwise((a, b), len(shared), sum(first[u] == second[u] for u in shared) / len(shared))


def alpha_interval(readings: Readings, groups: Mapping[str, str], *, seed: int = 0, draws: int = 1000) -> tuple[float, float] | None:
    """Return a 95 % bootstrap interval of alpha, resampling whole groups (articles); None with under two groups."""
    members: dict[str, list[str]] = {}
    for unit in readings:
        members.setdefault(groups[unit], []).append(unit)
    names = sorted(members)
    if len(names) < 2:
        return None
    rng = np.random.default_rng(seed)
    samples = (_resample(readings, members, [names[i] for i in rng.integers(len(names), size=len(names))]) for _ in range(draws))
    values = [v for sample in samples if (v := alpha(sample)) is not None]
    return (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))) if values else None


def _resample(readings: Readings, members: Mapping[str, list[str]], drawn: Iterable[str]) -> dict[str, Sequence[str]]:
    return {f"{i}/{unit}": readings[unit] for i, group in enumerate(drawn) for unit in members[group]}
