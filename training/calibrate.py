"""From logits to probabilities that hold on real news.

Temperature scaling (Guo et al. 2017) by scikit-learn, on sentences that did not train; then the class priors of the
training set give way, in part, to those of real news (Saerens, Latinne and Decaestecker 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from labels.codebook import Codebook
from service.scorer import softmax
from training.config import TrainConfig

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
    """Return the temperature that makes ``softmax(logits / temperature)`` fit ``gold`` best; every label must occur."""
    calibrated = CalibratedClassifierCV(FrozenEstimator(_Logits(logits.shape[1])), method="temperature").fit(logits, gold)
    return 1.0 / float(calibrated.calibrated_classifiers_[0].calibrators[0].beta_)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes probabilities of logits: ``softmax(logits / temperature + offsets)``. ``sentences`` is what it was fitted on, 0 for none."""

    temperature: float
    offsets: tuple[float, ...]
    sentences: int


def calibrate(logits: npt.NDArray[np.float64], gold: npt.NDArray[np.int64], book: Codebook, config: TrainConfig) -> Calibration:
    """Fit on held-back sentences; with fewer than ``FEWEST``, or a label missing among them, nothing is moved."""
    if len(gold) < FEWEST or len(np.unique(gold)) < len(book.labels):
        return Calibration(1.0, (0.0,) * len(book.labels), 0)
    temperature = round(fit_temperature(logits, gold) * config.softening, 6)
    return Calibration(temperature, prior_offsets(softmax(logits / temperature), book, config.prior_strength), len(gold))


def prior_offsets(probabilities: npt.NDArray[np.float64], book: Codebook, strength: float) -> tuple[float, ...]:
    """Return what to add to each label's logit so that the mean probability moves from what it is toward the codebook's prevalence.

    ``strength`` 1 is the whole exchange of priors, which is right for a model that meets real news as well as its own kind
    of sentences; less is less. The default label's offset is 0, and all are where the codebook does not state its prevalence.
    """
    if book.prevalence is None:
        return (0.0,) * len(book.labels)
    shift = np.log(np.asarray(book.prevalence)) - np.log(probabilities.mean(axis=0))
    return tuple(round(float(x), 6) for x in strength * (shift - shift[book.index(book.default)]))
