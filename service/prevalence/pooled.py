"""Corrected shares of a group without labelled units enough: its counts, inverted by the error rates of all labelled units together.

Adjusted count (Rogan and Gladen 1978 for two labels; Forman 2008 and QuaPy's ACC for more). It assumes that the model gives a unit of each label
each other label as often in every group. The interval takes the labels' error rates and the group's counts as drawn: both are drawn again from
what the data leave open (Dirichlet with Jeffreys' prior), and each draw is inverted and projected as the estimate is.
"""

from __future__ import annotations

import numpy as np

from labels.intervals import Floats
from service.prevalence.own import Estimate, Raw, Table, to_shares

DRAWS = 2000
_PRIOR = 0.5


def pooled_shares(table: Table, raw: Raw, rng: np.random.Generator, draws: int = DRAWS) -> Estimate:
    """Return the adjusted counts of all labels, which sum to 1, with percentile intervals that hold them."""
    counts = table.counts / table.effect_all[..., None, None] + _PRIOR
    value = _inverted(counts / counts.sum(axis=-1, keepdims=True), raw.shares)
    rates = _dirichlet(np.broadcast_to(counts, (draws, *counts.shape)), rng)
    given = _dirichlet(np.broadcast_to(raw.shares * _effective(raw)[..., None] + _PRIOR, (draws, *raw.shares.shape)), rng)
    low, high = np.quantile(_inverted(rates, given), (0.025, 0.975), axis=0)
    return Estimate(value, np.minimum(low, value), np.maximum(high, value))


def _inverted(rates: Floats, given: Floats) -> Floats:
    """Return the shares under which a model that gives label j to a unit of label k at ``rates[..., k, j]`` gives ``given``."""
    solved = np.linalg.pinv(np.swapaxes(rates, -1, -2)) @ given[..., None]
    return to_shares(solved[..., 0])


def _effective(raw: Raw) -> Floats:
    """Return how many independent units the group's counts are worth: those of its most clustered label."""
    spread = raw.shares * (1 - raw.shares)
    worth = np.divide(spread, raw.variance, out=np.full_like(spread, np.inf), where=(raw.variance > 0) & (spread > 0))
    return np.asarray(np.minimum(worth.min(axis=-1), raw.units))


def _dirichlet(counts: Floats, rng: np.random.Generator) -> Floats:
    drawn = rng.standard_gamma(counts)
    return np.asarray(drawn / np.maximum(drawn.sum(axis=-1, keepdims=True), 1e-300))
