"""Intervals of shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Z = 1.959963984540054


def wilson(value: Any, n: Any, quantile: float = Z) -> tuple[Floats, Floats]:
    """Return the score interval (Wilson 1927) of shares among ``n`` independent units, as arrays; it holds its share."""
    value, n = np.asarray(value, dtype=float), np.asarray(n, dtype=float)
    shrink = 1 + quantile**2 / n
    centre = (value + quantile**2 / (2 * n)) / shrink
    half = quantile / shrink * np.sqrt(value * (1 - value) / n + quantile**2 / (4 * n**2))
    return np.clip(np.minimum(value, centre - half), 0, 1), np.clip(np.maximum(value, centre + half), 0, 1)
