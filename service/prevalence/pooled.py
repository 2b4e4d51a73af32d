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


class ErrorRates:
    """The error rates of all labelled units, and draws of what they may be; inverted once, for any number of groups."""

    def __init__(self, table: Table, *, seed: int = 0, draws: int = DRAWS) -> None:
        counts = table.counts / table.effect_all[..., None, None] + _PRIOR
        drawn = _dirichlet(np.broadcast_to(counts, (draws, *counts.shape)), np.random.default_rng(seed))
        self._draws, self._seed = draws, seed
        self._inverse, self._inverses = (_inverse(rates) for rates in (counts / counts.sum(axis=-1, keepdims=True), drawn))

    def shares(self, raw: Raw) -> Estimate:
        """Return the adjusted counts of all labels, which sum to 1, with percentile intervals that hold them; a group hangs on no other's."""
        counts = raw.shares * _effective(raw)[..., None] + _PRIOR
        given = _dirichlet(np.broadcast_to(counts, (self._draws, *counts.shape)), np.random.default_rng(self._seed + 1))
        value = to_shares((self._inverse @ raw.shares[..., None])[..., 0])
        low, high = np.quantile(to_shares((self._inverses @ given[..., None])[..., 0]), (0.025, 0.975), axis=0)
        return Estimate(value, np.minimum(low, value), np.maximum(high, value))


def _inverse(rates: Floats) -> Floats:
    """Return what turns given shares into true ones, where a unit of label k is given label j at ``rates[..., k, j]``."""
    return np.asarray(np.linalg.pinv(np.swapaxes(rates, -1, -2)))


def _effective(raw: Raw) -> Floats:
    """Return how many independent units the group's counts are worth: those of its most clustered label."""
    spread = raw.shares * (1 - raw.shares)
    worth = np.divide(spread, raw.variance, out=np.full_like(spread, np.inf), where=(raw.variance > 0) & (spread > 0))
    return np.asarray(np.minimum(worth.min(axis=-1), raw.units))


def _dirichlet(counts: Floats, rng: np.random.Generator) -> Floats:
    drawn = rng.standard_gamma(counts)
    return np.asarray(drawn / np.maximum(drawn.sum(axis=-1, keepdims=True), 1e-300))
