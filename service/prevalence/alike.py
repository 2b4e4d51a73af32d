"""Whether the model errs alike in all groups, as pooled error rates assume: a permutation test among the labelled units."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from labels.intervals import Floats
from service.prevalence.match import Read

Indices = npt.NDArray[np.intp]
LEVEL = 0.05
_ORDERS = 2000


def alike(reads: Sequence[Read], groups: Sequence[Hashable], labels: int) -> float | None:
    """Return the p-value of "given its label, a unit is given each label as often in every group"; None with under two groups.

    The statistic is Pearson's over all tables of group by given label, one a true label; units of one true label change groups at random (Good 2005, ch. 6).
    """
    numbers: dict[Hashable, int] = {}
    group = np.array([numbers.setdefault(name, len(numbers)) for name in groups], dtype=np.intp)
    if len(numbers) < 2:
        return None
    rng = np.random.default_rng(0)
    strata = [np.flatnonzero([read.truth == label for read in reads]) for label in range(labels)]
    given = np.eye(labels)[[read.given for read in reads]]
    observed = _distance(given, group, strata, len(numbers))
    drawn = [_distance(given, _shuffled(group, strata, rng), strata, len(numbers)) for _ in range(_ORDERS)]
    return (1 + sum(value >= observed - 1e-9 for value in drawn)) / (1 + _ORDERS)


def _shuffled(group: Indices, strata: Sequence[Indices], rng: np.random.Generator) -> Indices:
    moved = group.copy()
    for rows in strata:
        moved[rows] = rng.permutation(group[rows])
    return moved


def _distance(given: Floats, group: Indices, strata: Sequence[Indices], groups: int) -> float:
    total = 0.0
    for rows in strata:
        counts = np.zeros((groups, given.shape[1]))
        np.add.at(counts, group[rows], given[rows])
        expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(1, len(rows))
        total += float((np.square(counts - expected)[expected > 0] / expected[expected > 0]).sum())
    return total
