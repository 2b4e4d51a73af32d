"""Labelled units as the tables that the estimates take, with what their stories and weights do to the variance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from labels.intervals import Floats
from service.prevalence.match import Read
from service.prevalence.own import Raw, Table
from service.report.shares import Tally


def table_of(reads: Sequence[Read], labels: int) -> Table:
    """Return the table of a group's labelled units; each weighs 1 / the probability with which it was drawn, where all have one."""
    truth, given = (np.eye(labels)[[getattr(read, name) for read in reads]] for name in ("truth", "given"))
    weights = np.array([1 / (read.unit.inclusion or 1.0) for read in reads]) if all(read.unit.inclusion for read in reads) else np.ones(len(reads))
    weights *= len(reads) / weights.sum()
    stories = np.unique([read.story for read in reads], return_inverse=True)[1]
    right = (truth * given).sum(axis=1, keepdims=True)
    return Table(
        counts=(truth * weights[:, None]).T @ given,
        drawn=given.sum(axis=0),
        effect=_effect(_residuals(truth, given, weights), weights, stories),
        effect_all=_effect(right - np.average(right, axis=0, weights=weights), weights, stories)[0],
    )


def _residuals(truth: Floats, given: Floats, weights: Floats) -> Floats:
    """Return what is left of each label's truth after its regression on what the model gave, (units, labels)."""
    y, f = (values - np.average(values, axis=0, weights=weights) for values in (truth, given))
    spread = (weights[:, None] * f * f).sum(axis=0)
    slope = np.divide((weights[:, None] * y * f).sum(axis=0), spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(y - slope * f)


def _effect(residuals: Floats, weights: Floats, stories: npt.NDArray[np.intp]) -> Floats:
    """Return the design effect of each column, at least 1: the variance over stories by that over units (Kish 1965, ch. 5).

    Where nothing varies, each story counts as one unit.
    """
    units, count = len(weights), int(stories.max()) + 1
    if count < 2:
        return np.full(residuals.shape[1], float(units))
    sums = np.zeros((count, residuals.shape[1]))
    np.add.at(sums, stories, weights[:, None] * residuals)
    over_stories = count / (count - 1) * (sums**2).sum(axis=0)
    over_units = units / (units - 1) * (weights[:, None] * residuals**2).sum(axis=0)
    plain = np.full_like(over_units, units / count)
    return np.asarray(np.maximum(1.0, np.divide(over_stories, over_units, out=plain, where=over_units > 1e-9)))


def raw_of(tally: Tally) -> Raw:
    """Return a group's counts by the model; a share of 0 or 1 varies as one among as many units as the group has stories."""
    shares = [share for share in tally.shares if share]
    value = np.array([share.value for share in shares])
    smooth = (value * tally.stories + 0.5) / (tally.stories + 1)
    fallback = smooth * (1 - smooth) / (tally.stories + 1)
    spread = np.array([share.variance for share in shares])
    return Raw(value, np.where(value * (1 - value) > 0, spread, fallback), np.asarray(float(tally.units)))
