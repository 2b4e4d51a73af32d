"""Agreement between annotators: Krippendorff's alpha for nominal labels, overall and for each label.

Source: Krippendorff, Content Analysis (2004), ch. 11.3, coincidence-matrix form; any number of annotators, missing
readings allowed. A few lines of our own because the packaged implementation is under the GPL.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

Coincidences = npt.NDArray[np.float64]
Readings = Mapping[str, Sequence[str]]
"""Unit id -> labels given to it, one for each annotator who read it."""


def alpha(readings: Readings) -> float | None:
    """Return Krippendorff's nominal alpha, or None when it is undefined (under two paired readings or no variation)."""
    return _alpha_of(_total(_coincidences(readings).values()))


def _total(matrices: Iterable[Coincidences]) -> Coincidences:
    stacked = list(matrices)
    return np.asarray(np.sum(stacked, axis=0)) if stacked else np.zeros((0, 0))


def _coincidences(readings: Readings) -> dict[str, Coincidences]:
    """Return each unit's coincidence matrix, all over the same values; units with one reading pair with nothing."""
    place = {value: i for i, value in enumerate(sorted({label for labels in readings.values() for label in labels}))}
    found: dict[str, Coincidences] = {}
    for unit, labels in readings.items():
        matrix = found[unit] = np.zeros((len(place), len(place)))
        for i, a in enumerate(labels):
            for j, b in enumerate(labels):
                if i != j:
                    matrix[place[a], place[b]] += 1 / (len(labels) - 1)
    return found


def _alpha_of(coincidence: Coincidences) -> float | None:
    marginal = coincidence.sum(axis=-1)
    if np.count_nonzero(marginal) < 2:
        return None
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
    members: dict[str, list[Coincidences]] = {}
    for unit, matrix in _coincidences(readings).items():
        members.setdefault(groups[unit], []).append(matrix)
    if len(members) < 2:
        return None
    by_group = np.stack([_total(members[name]) for name in sorted(members)])
    rng = np.random.default_rng(seed)
    samples = (by_group[rng.integers(len(by_group), size=len(by_group))].sum(axis=0) for _ in range(draws))
    values = [v for sample in samples if (v := _alpha_of(sample)) is not None]
    return (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))) if values else None
