"""Corrected shares of a group from labelled units of its own: prediction-powered inference, with an interval that holds for few of them.

The estimate is PPI++ for a mean with its power tuning (Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453), the same as
``ppi_py.ppi_mean_pointestimate`` gives for each label. Its normal interval collapses where the labelled units hold few of a label (of a share
of 2 % and 50 labelled units it covers 42 in 100): the interval here is Wilson's at the effective sample size which the variance implies, and the variance is that of
the post-stratified estimate, to which power tuning leads for a yes-or-no prediction, with one pseudo-unit in each stratum (Agresti and Coull 1998).
All functions take any leading axes, so that a simulation runs in one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from labels.intervals import Floats, wilson


@dataclass(frozen=True, slots=True)
class Table:
    """Labelled units: ``counts[..., k, j]`` with label k that the model gave label j, weighted to sum to the number drawn; ``drawn[..., j]`` unweighted.

    ``effect[..., k]``: by how much stories and weights inflate the variance of label k's estimate; ``effect_all`` that of the share read rightly.
    """

    counts: Floats
    drawn: Floats
    effect: Floats
    effect_all: Floats


@dataclass(frozen=True, slots=True)
class Raw:
    """What the model gave in a group: ``shares[..., j]`` with their ``variance``, and the number of units."""

    shares: Floats
    variance: Floats
    units: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """Corrected shares (..., labels), which sum to 1, and their 95 % intervals."""

    value: Floats
    low: Floats
    high: Floats


def own_shares(table: Table, raw: Raw, quantile: float) -> Estimate:
    """Return PPI++ estimates of all labels, projected to shares, with intervals; ``quantile`` is that of Student's t for the stories."""
    drawn = table.drawn.sum(axis=-1, keepdims=True)
    powered = powered_mean(*_moments(table), _unlabelled(table, raw), drawn, raw.units[..., None] - drawn)
    value = to_shares(powered)
    low, high = wilson(value, _effective(table, raw), quantile)
    return Estimate(value, low, high)


def _moments(table: Table) -> tuple[Floats, Floats, Floats]:
    """Return the labelled units' means of Y, f and Yf, (..., labels) each: it has the label, the model gave it, both."""
    n = table.counts.sum(axis=(-2, -1))[..., None]
    both = np.diagonal(table.counts, axis1=-2, axis2=-1)
    return table.counts.sum(axis=-1) / n, table.counts.sum(axis=-2) / n, both / n


def _unlabelled(table: Table, raw: Raw) -> Floats:
    """Return the shares that the model gave among the units that nobody labelled."""
    rest = raw.units[..., None] - table.drawn.sum(axis=-1, keepdims=True)
    return np.asarray(np.clip((raw.shares * raw.units[..., None] - table.drawn) / np.maximum(rest, 1), 0, 1))


def powered_mean(truth: Floats, given: Floats, both: Floats, unlabelled: Floats, n: Floats, others: Floats) -> Floats:
    """Return the PPI++ estimate of the mean of Y; ``truth``, ``given``, ``both``: means of Y, f and Yf over ``n`` labelled units.

    ``unlabelled``: the mean of f over the ``others``. The power is the published one (equation 7), held to 0 to 1.
    """
    total = n + others
    pooled = (n * given + others * unlabelled) / total
    spread = pooled * (1 - pooled) * total / np.maximum(total - 1, 1)
    room = (1 + n / np.maximum(others, 1e-9)) * spread
    power = np.clip(np.divide(both - truth * given, room, out=np.zeros_like(room), where=room > 0), 0, 1)
    return np.asarray(truth + power * (unlabelled - given))


def _effective(table: Table, raw: Raw) -> Floats:
    """Return the number of independent units that would tell as much of each label's share."""
    given, found = table.counts.sum(axis=-2) / table.effect, np.diagonal(table.counts, axis1=-2, axis2=-1) / table.effect
    rest, missed = table.counts.sum(axis=(-2, -1))[..., None] / table.effect - given, table.counts.sum(axis=-1) / table.effect - found
    hit, miss = (found + 0.5) / (given + 1), (missed + 0.5) / (rest + 1)
    share = raw.shares
    variance = share**2 * hit * (1 - hit) / (given + 1) + (1 - share) ** 2 * miss * (1 - miss) / (rest + 1) + (hit - miss) ** 2 * raw.variance
    centre = share * hit + (1 - share) * miss
    return np.asarray(centre * (1 - centre) / variance)


def to_shares(values: npt.NDArray[Any]) -> Floats:
    """Return the nearest shares that are not negative and sum to 1 (Duchi et al. 2008, fig. 1), over the last axis."""
    falling = -np.sort(-values, axis=-1)
    excess = np.cumsum(falling, axis=-1) - 1
    rank = np.arange(1, values.shape[-1] + 1)
    last = (falling > excess / rank).sum(axis=-1, keepdims=True)
    return np.asarray(np.maximum(values - np.take_along_axis(excess, last - 1, axis=-1) / last, 0.0))
