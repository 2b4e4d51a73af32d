"""Shares of labels with intervals that respect clusters: the sentences of one story are no independent draws.

A share is a ratio of two totals over clusters (stories): units with the label, and units. Its variance is that of the linearised ratio
(Cochran 1977, Sampling Techniques, ch. 11; Särndal, Swensson and Wretman 1992, ch. 5). The interval is Wilson's (1927) at the
effective sample size which that variance implies (Korn and Graubard 1998; Dean and Pagano 2015), with a t quantile for the stories.
All of it follows from sums over clusters, so that groups of any size need constant memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from labels.intervals import Z, wilson


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the clusters of a group. ``size`` is of (weighted) units n, ``hits`` of those with the label y, the others of products.

    ``units`` counts unweighted; an effective sample size never exceeds it.
    """

    clusters: int
    units: int
    size: float
    size_squared: float
    hits: float
    hits_squared: float
    product: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its 95 % interval; the interval is None where a single story leaves the variance unknown.

    ``variance`` is that of the share over stories; a single story counts as one unit.
    """

    value: float
    interval: tuple[float, float] | None
    variance: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Tally:
    """The shares of a group, one a label in model order, None each for a group without units."""

    units: int
    stories: int
    shares: tuple[Share | None, ...]


def tally(sums: Sequence[Sums]) -> Tally:
    """Return the shares of one group from its sums, one a label."""
    return Tally(sums[0].units, sums[0].clusters, tuple(map(share, sums)))


def share(sums: Sums) -> Share | None:
    """Return the ratio estimate hits / size with its interval; None for a group without units."""
    if not sums.units or not sums.size:
        return None
    value = min(1.0, max(0.0, sums.hits / sums.size))
    if sums.clusters < 2:
        return Share(value, None, value * (1 - value))
    residuals = max(0.0, sums.hits_squared - 2 * value * sums.product + value * value * sums.size_squared)
    variance = sums.clusters / (sums.clusters - 1) * residuals / sums.size**2
    low, high = wilson(value, _effective(value, variance, sums), t_quantile(sums.clusters - 1))
    return Share(value, (float(low), float(high)), variance)


def _effective(value: float, variance: float, sums: Sums) -> float:
    """Return the number of independent units that would give this variance.

    A share of 0 or 1 shows no variance at all; it is then as if each story were one unit.
    """
    spread = value * (1 - value)
    if spread <= 1e-12:
        return float(sums.clusters)
    return min(float(sums.units), spread / max(variance, 1e-12))


def t_quantile(freedom: int) -> float:
    """Return the 0.975 quantile of Student's t: exact for 1 and 2, beyond by the Cornish-Fisher series (within 0.3 %)."""
    if freedom == 1:
        return math.tan(0.475 * math.pi)
    if freedom == 2:
        return 0.95 * math.sqrt(2 / (1 - 0.95**2))
    z, v = Z, float(freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / v + second / v**2 + third / v**3 + fourth / v**4
