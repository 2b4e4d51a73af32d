"""Two models on the same sentences: the difference of their figures with intervals by paired bootstrap over articles.

Each draw takes whole articles with replacement, the same for both models, so that what makes a draw easy or hard cancels out (Efron and
Tibshirani 1993, ch. 13; for paired comparison of systems Koehn 2004, "Statistical significance tests for machine translation evaluation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labels.gold import Gold
from training.metrics import Labels

DRAWS = 2_000
MACRO = "macro-F1"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both models. ``error`` is the standard error of the difference; ``support`` the sentences it rests on."""

    name: str
    incumbent: float
    candidate: float
    interval: tuple[float, float]
    error: float
    support: int

    @property
    def difference(self) -> float:
        """Candidate less incumbent."""
        return self.candidate - self.incumbent


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on one set: macro-F1 first, then F1 by label. ``new`` marks the held-out part of the new labels, ``given`` a test set of the user's."""

    name: str
    n: int
    groups: int
    figures: tuple[Figure, ...]
    new: bool = False
    given: bool = False
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """Gold labels and both models' decisions as indices, with each sentence's article."""

    gold: Labels
    incumbent: Labels
    candidate: Labels
    groups: Sequence[str]


def compare(decided: Decided, labels: Sequence[str], *, seed: int = 0, draws: int = DRAWS) -> tuple[Figure, ...]:
    """Return macro-F1 and each label's F1 for both models, with the 95 % interval and the standard error of the difference."""
    size = len(labels)
    counts = [_by_group(decided.gold, side, decided.groups, size) for side in (decided.incumbent, decided.candidate)]
    number = len(counts[0])
    weights = np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), size=draws)
    before, after = (_figures(each.sum(axis=0, keepdims=True), size)[0] for each in counts)
    drawn = _figures(np.tensordot(weights, counts[1], axes=1), size) - _figures(np.tensordot(weights, counts[0], axes=1), size)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    supports = [len(decided.gold), *np.bincount(decided.gold, minlength=size).tolist()]
    return tuple(
        Figure(name, float(before[i]), float(after[i]), (float(low[i]), float(high[i])), float(drawn[:, i].std()), supports[i])
        for i, name in enumerate([MACRO, *(f"F1 {label}" for label in labels)])
    )


def indices(gold: Sequence[Gold], labels: Sequence[str]) -> Labels:
    """Return gold labels as indices."""
    return np.array([labels.index(str(g.label)) for g in gold], dtype=np.int64)


def _by_group(gold: Labels, decided: Labels, groups: Sequence[str], size: int) -> npt.NDArray[np.int64]:
    """Return each group's counts, (groups, gold × decided)."""
    places: dict[str, int] = {}
    rows = np.array([places.setdefault(group, len(places)) for group in groups], dtype=np.int64)
    cells = rows * size * size + gold * size + decided
    return np.bincount(cells, minlength=len(places) * size * size).reshape(len(places), size * size)


def _figures(counts: npt.NDArray[np.int64], size: int) -> Floats:
    """Return macro-F1 and F1 by label for each row of counts; macro-F1 over labels that occur, as in training/metrics.py."""
    matrices = counts.reshape(-1, size, size)
    present = matrices.sum(axis=1) + matrices.sum(axis=2)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    f1 = 2 * hits / np.maximum(1, present)
    macro = f1.sum(axis=1) / np.maximum(1, (present > 0).sum(axis=1))
    return np.concatenate([macro[:, None], f1], axis=1)
