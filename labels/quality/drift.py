"""Annotators who stand apart from the others, or whose reading changes over time: tested, with a guard for the number of tests.

*Apart*: were annotators exchangeable, each would have given any of a unit's readings as likely; the p-value is the chance of dissenting from the
others' majority as often as the annotator does. *Agreement* and *share of a label*: a CUSUM (Page 1954) over the annotator's
units in time; the p-value is the share of random orders with an excursion as large. Whole articles are shuffled, for the sentences of one are alike. A label's share
is the annotator's less that of the others' majority on the same units, so that other material is no drift, and units on which the others split tell nothing: else
one who drifts would seem to move all others. All p-values are Holm's (1979). Of two annotators nobody can say who drifts; both are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labels.intervals import Floats
from labels.quality.sheet import Sheet, majority, others

FEWEST = 20
"""Units shared with others below which an annotator is not tested."""
LEVEL = 0.05
SIZE = 0.05
"""A change or a distance of fewer than five points raises no alarm, however sure: among thousands of units every trifle is."""
_BLOCKS = 400
_ORDERS, _ORDERS_A_TEST = 2000, 100
"""Random orders of a test, at least, and for each test of the file: so many that Holm's smallest p-value lies well below ``LEVEL``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A test of an annotator: ``kind`` is "apart", "agreement" or "share of <label>"; ``p`` is adjusted by Holm over all tests.

    ``before`` and ``after`` are the figure on both sides of the likeliest change (all units and the expected figure for "apart");
    ``since`` is when or at which unit the change shows. ``alarm``: p below ``LEVEL`` and ``SIZE`` reached.
    """

    annotator: str
    kind: str
    units: int
    before: float
    after: float
    since: str | None
    p: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class _Series:
    """An annotator's units in time on which the others have a majority: agreement with it, (units, labels) excess over it, article, date."""

    agrees: Floats
    excess: Floats
    groups: npt.NDArray[np.intp]
    created: tuple[str | None, ...]


def findings(sheet: Sheet, labels: Sequence[str], *, seed: int = 0) -> list[Finding]:
    """Test every annotator with units enough; return all findings, the surest first."""
    rng = np.random.default_rng(seed)
    by_name = {name: series for name in sheet.annotators if len((series := _series(sheet, name, labels)).agrees) >= FEWEST}
    orders = max(_ORDERS, _ORDERS_A_TEST * len(by_name) * (2 + len(labels)))
    raw: list[Finding | None] = []
    for name, series in by_name.items():
        raw.append(_apart(sheet, name, rng, orders))
        columns = [("agreement", series.agrees), *((f"share of {label}", series.excess[:, i]) for i, label in enumerate(labels))]
        raw += [_change(name, kind, values, series, rng, orders) for kind, values in columns]
    return sorted(_holm([one for one in raw if one]), key=lambda one: (one.p, one.annotator, one.kind))


def _series(sheet: Sheet, name: str, labels: Sequence[str]) -> _Series:
    told = [(row, ruling) for row in sheet.rows if row.annotator == name and (ruling := majority(others(sheet, row.id, name)))]
    agrees = [float(ruling == row.label) for row, ruling in told]
    excess = [[float(row.label == label) - float(ruling == label) for label in labels] for row, ruling in told]
    groups = np.unique([row.group for row, _ in told], return_inverse=True)[1] if told else np.zeros(0, np.intp)
    return _Series(np.array(agrees), np.array(excess).reshape(len(told), len(labels)), groups, tuple(row.created for row, _ in told))


def _apart(sheet: Sheet, name: str, rng: np.random.Generator, orders: int) -> Finding | None:
    """Test whether the annotator dissents from the others' majority more often than one of them would."""
    chances: Counter[float] = Counter()
    dissents = 0
    for given in sheet.by_unit.values():
        if name not in given or len(given) < 3:
            continue
        values = list(given.values())
        chances[sum(_dissents(values, i) for i in range(len(values))) / len(values)] += 1
        dissents += _dissents(values, list(given).index(name))
    units = chances.total()
    if units < FEWEST:
        return None
    drawn = np.sum([rng.binomial(count, chance, size=orders) for chance, count in chances.items()], axis=0)
    p = (1 + int((drawn >= dissents).sum())) / (1 + orders)
    expected = sum(chance * count for chance, count in chances.items()) / units
    return Finding(name, "apart", units, 1 - expected, 1 - dissents / units, None, p, alarm=False)


def _dissents(values: Sequence[str], place: int) -> bool:
    theirs = majority([*values[:place], *values[place + 1 :]])
    return theirs is not None and theirs != values[place]


def _change(name: str, kind: str, values: Floats, series: _Series, rng: np.random.Generator, orders: int) -> Finding | None:
    """Test whether the mean of ``values`` changes over time."""
    if np.ptp(values) == 0:
        return None
    sums, sizes = _blocks(values - values.mean(), series.groups)
    excursion = np.abs(np.cumsum(sums))
    shuffled = np.abs(np.cumsum(rng.permuted(np.tile(sums, (orders, 1)), axis=1), axis=1)).max(axis=1)
    p = (1 + int((shuffled >= excursion.max() - 1e-9).sum())) / (1 + orders)
    cut = min(max(1, int(sizes[: int(excursion.argmax()) + 1].sum())), len(values) - 1)
    since = series.created[cut] or f"unit {cut + 1:,} of {len(values):,}"
    return Finding(name, kind, len(values), float(values[:cut].mean()), float(values[cut:].mean()), since, p, alarm=False)


def _blocks(values: Floats, groups: npt.NDArray[np.intp]) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return sums and sizes of what is shuffled: runs of units of one article, several of them together in a long series."""
    turns = np.flatnonzero(np.diff(groups)) + 1
    starts = np.concatenate([[0], turns])
    starts = starts[:: -(-len(starts) // _BLOCKS)]
    return np.add.reduceat(values, starts), np.diff(np.append(starts, len(values)))


def _holm(raw: Sequence[Finding]) -> list[Finding]:
    """Return the findings with p-values adjusted for their number (Holm 1979)."""
    adjusted: list[Finding] = []
    reached = 0.0
    for rank, one in enumerate(sorted(raw, key=lambda one: one.p)):
        reached = max(reached, min(1.0, one.p * (len(raw) - rank)))
        adjusted.append(Finding(one.annotator, one.kind, one.units, one.before, one.after, one.since, reached, alarm=reached < LEVEL and abs(one.after - one.before) >= SIZE))
    return adjusted
