"""Abstention: what the ``ambiguous`` flag leaves, and how the error falls as less is answered.

Risk against coverage after El-Yaniv and Wiener (2010): sentences are answered in the order of the decided label's
probability, flagged ones last; risk is the error among those answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % bootstrap interval; both None where nothing is counted."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Of the ``given`` sentences that were decided as one label, ``kept`` carry no flag; ``precision`` is the share of these that is right."""

    given: int
    kept: int
    precision: Share


@dataclass(frozen=True, slots=True)
class Selective:
    """``coverage`` is the share of sentences without the flag, ``error`` the error among them, ``flagged_error`` among the rest.

    ``curve`` pairs coverage with the error among the most certain sentences of that share; ``kept`` is by label.
    """

    coverage: Share
    error: Share
    flagged_error: Share
    kept: dict[str, Kept]
    curve: tuple[tuple[float, Share], ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decided labels against gold as indices, the decided label's probability, and the flag; rows run alike in all four."""

    gold: npt.NDArray[np.int64]
    decided: npt.NDArray[np.int64]
    certainty: npt.NDArray[np.float64]
    ambiguous: npt.NDArray[np.bool_]


def selective(d: Decisions, labels: Sequence[str], samples: Sequence[npt.NDArray[np.int64]]) -> Selective:
    """Return coverage and risk, with intervals from ``samples``: bootstrap draws of row numbers."""
    wrong, flagged = d.gold != d.decided, d.ambiguous

    def share(figure: Callable[[npt.NDArray[np.int64]], float | None]) -> Share:
        draws = [x for rows in samples if (x := figure(rows)) is not None]
        value = figure(np.arange(len(wrong)))
        interval = (float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975))) if draws and value is not None else None
        return Share(value, interval)

    def mean_where(counted: npt.NDArray[np.bool_], value: npt.NDArray[np.bool_]) -> Share:
        return share(lambda rows: float(value[rows][counted[rows]].mean()) if counted[rows].any() else None)

    def kept(label: int) -> Kept:
        given = d.decided == label
        return Kept(int(given.sum()), int((given & ~flagged).sum()), mean_where(given & ~flagged, ~wrong))

    def risk(coverage: float, rows: npt.NDArray[np.int64]) -> float | None:
        order = np.lexsort((-d.certainty[rows], flagged[rows]))[: round(coverage * len(rows))]
        return float(wrong[rows][order].mean()) if len(order) else None

    everything = np.ones(len(wrong), dtype=bool)
    return Selective(
        coverage=mean_where(everything, ~flagged),
        error=mean_where(~flagged, wrong),
        flagged_error=mean_where(flagged, wrong),
        kept={name: kept(i) for i, name in enumerate(labels)},
        curve=tuple((c, share(lambda rows, c=c: risk(c, rows))) for c in COVERAGES),  # type: ignore[misc]
    )


def wilson(hits: int, n: int) -> Interval:
    """Return the 95 % interval of a share (Wilson 1927); the whole range for nothing counted."""
    if not n:
        return 0.0, 1.0
    p, z = hits / n, 1.96
    centre, spread, scale = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)), 1 + z * z / n
    return float((centre - spread) / scale), float((centre + spread) / scale)
