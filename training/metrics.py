"""Figures of a classifier with bootstrap intervals over articles.

Intervals are percentile bootstrap (Efron and Tibshirani 1993, ch. 13), resampling whole articles because the
sentences of one article resemble each other. Expected calibration error uses ten equal-width bins of the top
probability (Guo et al. 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.selective import Decisions, Selective, selective

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]
BINS = 10


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Precision, recall and F1 of one label; 0 where undefined, as scikit-learn has it."""

    precision: float
    recall: float
    f1: float
    support: int
    f1_interval: Interval


@dataclass(frozen=True, slots=True)
class Figures:
    """What `stancewire evaluate` prints. ``confusion[i][j]`` counts gold label i decided as j, in codebook order."""

    n: int
    groups: int
    macro_f1: float
    macro_f1_interval: Interval
    accuracy: float
    accuracy_interval: Interval
    ece: float | None
    ece_interval: Interval | None
    per_label: dict[str, LabelFigures]
    confusion: list[list[int]]
    selective: Selective | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Decided labels against gold, as indices.

    Baselines have no more; a scorer also gives ``top``, the most probable label, ``confidence``, its probability,
    ``certainty``, the decided label's, and ``ambiguous``, the flag.
    """

    gold: Labels
    decided: Labels
    groups: Sequence[str]
    confidence: Floats | None = None
    top: Labels | None = None
    certainty: Floats | None = None
    ambiguous: npt.NDArray[np.bool_] | None = None


def measure(predictions: Predictions, labels: Sequence[str], *, seed: int = 0, draws: int = 1000) -> Figures:
    """Return all figures with 95 % intervals from ``draws`` resamples of whole groups."""
    size = len(labels)
    matrix = confusion(predictions.gold, predictions.decided, size)
    samples = _group_samples(predictions.groups, seed, draws)
    matrices = [confusion(predictions.gold[rows], predictions.decided[rows], size) for rows in samples]
    per_label = {name: _label_figures(matrix, matrices, i) for i, name in enumerate(labels)}
    ece, ece_interval = _calibration_figures(predictions, samples)
    return Figures(
        n=len(predictions.gold),
        groups=len(set(predictions.groups)),
        macro_f1=macro_f1(matrix),
        macro_f1_interval=_interval(matrices, macro_f1),
        accuracy=_accuracy(matrix),
        accuracy_interval=_interval(matrices, _accuracy),
        ece=ece,
        ece_interval=ece_interval,
        per_label=per_label,
        confusion=matrix.astype(int).tolist(),
        selective=_selective(predictions, labels, samples),
    )


def confusion(gold: Labels, decided: Labels, size: int) -> npt.NDArray[np.int64]:
    """Return counts, (gold, decided)."""
    return np.bincount(gold * size + decided, minlength=size * size).reshape(size, size)


def f1_scores(matrix: npt.NDArray[np.int64]) -> Floats:
    """Return one F1 a label; 0 for a label neither present nor predicted."""
    hits = np.diag(matrix)
    return np.asarray(2 * hits / np.maximum(1, matrix.sum(0) + matrix.sum(1)), dtype=np.float64)


def macro_f1(matrix: npt.NDArray[np.int64]) -> float:
    """Return the mean F1 over labels that occur in gold or prediction."""
    present = matrix.sum(0) + matrix.sum(1) > 0
    return float(f1_scores(matrix)[present].mean())


def expected_calibration_error(confidence: Floats, correct: npt.NDArray[np.bool_]) -> float:
    """Return the mean gap between confidence and accuracy over ten bins, weighed by their size."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(confidence[bins == b].sum() - correct[bins == b].sum()) for b in range(BINS)]
    return float(sum(gaps) / max(1, len(confidence)))


def _calibration_figures(p: Predictions, samples: Sequence[Labels]) -> tuple[float | None, Interval | None]:
    if p.confidence is None or p.top is None:
        return None, None
    confidence, correct = p.confidence, p.top == p.gold
    draws = [expected_calibration_error(confidence[rows], correct[rows]) for rows in samples]
    return expected_calibration_error(confidence, correct), _quantiles(draws)


def _selective(p: Predictions, labels: Sequence[str], samples: Sequence[Labels]) -> Selective | None:
    if p.certainty is None or p.ambiguous is None:
        return None
    return selective(Decisions(p.gold, p.decided, p.certainty, p.ambiguous), labels, samples)


def _group_samples(groups: Sequence[str], seed: int, draws: int) -> list[Labels]:
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    blocks = [np.array(rows) for rows in members.values()]
    rng = np.random.default_rng(seed)
    return [np.concatenate([blocks[i] for i in rng.integers(len(blocks), size=len(blocks))]) for _ in range(draws)]


def _label_figures(matrix: npt.NDArray[np.int64], matrices: Sequence[npt.NDArray[np.int64]], i: int) -> LabelFigures:
    hits = int(matrix[i, i])
    return LabelFigures(
        precision=hits / max(1, int(matrix[:, i].sum())),
        recall=hits / max(1, int(matrix[i].sum())),
        f1=float(f1_scores(matrix)[i]),
        support=int(matrix[i].sum()),
        f1_interval=_interval(matrices, lambda m: float(f1_scores(m)[i])),
    )


def _accuracy(matrix: npt.NDArray[np.int64]) -> float:
    return float(np.trace(matrix) / max(1, matrix.sum()))


def _interval(matrices: Sequence[npt.NDArray[np.int64]], figure: Callable[[npt.NDArray[np.int64]], float]) -> Interval:
    return _quantiles([figure(m) for m in matrices])


def _quantiles(values: Sequence[float]) -> Interval:
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))
