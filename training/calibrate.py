"""Temperature scaling (Guo et al. 2017) by scikit-learn, on sentences that did not train."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

FEWEST = 30


class _Logits(ClassifierMixin, BaseEstimator):
    """Hands logits through to scikit-learn as a fitted classifier's decision function."""

    def __init__(self, classes: int = 2) -> None:
        self.classes = classes
        self.classes_ = np.arange(classes)

    def fit(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.int64]) -> _Logits:
        return self

    def predict(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        return np.asarray(x.argmax(axis=1), dtype=np.int64)

    def decision_function(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return x


def fit_temperature(logits: npt.NDArray[np.float64], gold: npt.NDArray[np.int64]) -> float:
    """Return the temperature that makes ``softmax(logits / temperature)`` fit ``gold`` best; 1 with under 30 rows."""
    if len(gold) < FEWEST or len(np.unique(gold)) < logits.shape[1]:
        return 1.0
    calibrated = CalibratedClassifierCV(FrozenEstimator(_Logits(logits.shape[1])), method="temperature").fit(logits, gold)
    return 1.0 / float(calibrated.calibrated_classifiers_[0].calibrators[0].beta_)
