"""Corrects a run's shares, group by group, from its labelled random units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from labels.errors import InputError
from labels.labelled import Labelled
from service.prevalence.alike import LEVEL, alike
from service.prevalence.match import Match, Read
from service.prevalence.own import Estimate, own_shares
from service.prevalence.pooled import ErrorRates
from service.prevalence.tables import raw_of, table_of
from service.report.counts import NO_OUTLET, OTHERS, Counting, Group
from service.report.dates import month_of
from service.report.shares import Share, Tally, t_quantile

ENOUGH = 10
"""A group with so many labelled units is corrected by its own; one with fewer not at all, or by the error rates of all."""
FEWEST = 30
FEW = 100
Method = Literal["own", "pooled", "none"]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A group's corrected shares (None each where there are too few labels) beside its raw ones; ``labelled`` of its units were read by people."""

    tally: Tally
    raw: Tally
    labelled: int
    method: Method


@dataclass(frozen=True, slots=True)
class Correction:
    """All corrected groups. ``confusion[k][j]`` counts units labelled k that the model gave j; ``missing`` labelled units were not found in the run.

    ``differ``: the p-value of the model's erring alike in all outlets, and in all months; None where there is but one. ``pooled``: whether groups
    with few labels were to be corrected by the error rates of all, which is not done where the model errs otherwise from group to group.
    """

    overall: Corrected
    outlets: Mapping[str | int, Corrected]
    months: Mapping[str | None, Corrected]
    cells: Mapping[tuple[str | int, str | None], Corrected]
    confusion: tuple[tuple[int, ...], ...]
    matched: int
    missing: int
    stories: int
    differ: tuple[float | None, float | None]
    labelled: Labelled
    pooled: bool


def correct(match: Match, labelled: Labelled, counting: Counting, labels: int, *, pooled: bool = False) -> Correction:
    """Correct a run's groups, with ``pooled`` those with few labels too; raise InputError where too few labelled units were found to say anything."""
    reads = match.found
    if len(reads) < FEWEST:
        raise InputError(_too_few(match, labelled))
    by = _Labels(reads, labels)
    confusion = np.zeros((labels, labels), dtype=int)
    for read in reads:
        confusion[read.truth, read.given] += 1
    in_outlet, in_month = [_outlet(read, counting.outlets) for read in reads], [month_of(read.published or "") for read in reads]
    differ = alike(reads, in_outlet, labels), alike(reads, in_month, labels)
    outlets, months = (pooled and (p is None or p >= LEVEL) for p in differ)
    return Correction(
        overall=by.own(counting.overall, reads),
        outlets=by.groups(counting.outlets, in_outlet, pooled=outlets),
        months=by.groups(counting.months, in_month, pooled=months),
        cells=by.groups(counting.cells, list(zip(in_outlet, in_month, strict=True)), pooled=outlets and months),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
        matched=len(reads),
        missing=len(match.missing),
        stories=len({read.story for read in reads}),
        differ=differ,
        labelled=labelled,
        pooled=pooled,
    )


class _Labels:
    """The labelled units, by which groups are corrected."""

    def __init__(self, reads: Sequence[Read], labels: int) -> None:
        self._labels, self._reads = labels, reads
        self._rates = ErrorRates(table_of(reads, labels))

    def groups(self, groups: Mapping[Key, Group], places: Sequence[Key], *, pooled: bool) -> dict[Key, Corrected]:
        """Return every group with units; ``places`` says in which one each labelled unit stands, ``pooled`` whether those with few may lean on all."""
        parts: dict[Key, list[Read]] = defaultdict(list)
        for read, place in zip(self._reads, places, strict=True):
            parts[place].append(read)
        return {name: self._group(group, parts[name], pooled=pooled) for name, group in groups.items() if group.units}

    def _group(self, group: Group, reads: Sequence[Read], *, pooled: bool) -> Corrected:
        if len(reads) >= ENOUGH and len({read.story for read in reads}) > 1:
            return self.own(group, reads)
        raw = group.tallies["both"]
        if not pooled:
            return Corrected(Tally(raw.units, raw.stories, (None,) * self._labels), raw, len(reads), "none")
        return _corrected(raw, self._rates.shares(raw_of(raw)), len(reads), "pooled")

    def own(self, group: Group, reads: Sequence[Read]) -> Corrected:
        raw = group.tallies["both"]
        quantile = t_quantile(max(1, len({read.story for read in reads}) - 1))
        found = own_shares(table_of(reads, self._labels), raw_of(raw), quantile)
        return _corrected(raw, found, len(reads), "own")


def _corrected(raw: Tally, found: Estimate, labelled: int, method: Method) -> Corrected:
    shares = tuple(Share(float(v), (float(a), float(b))) for v, a, b in zip(found.value, found.low, found.high, strict=True))
    return Corrected(Tally(raw.units, raw.stories, shares), raw, labelled, method)


def _outlet(read: Read, outlets: Mapping[str | int, Group]) -> str | int:
    return NO_OUTLET if read.outlet is None else read.outlet if read.outlet in outlets else OTHERS


def _too_few(match: Match, labelled: Labelled) -> str:
    where, total = ", ".join(labelled.files), len(labelled.units)
    if not total and (labelled.chosen or labelled.unknown):
        kinds = [f"{labelled.chosen:,} were chosen to be labelled" * bool(labelled.chosen), f"{labelled.unknown:,} do not say how they were drawn" * bool(labelled.unknown)]
        told = " and ".join(filter(None, kinds))
        return f'{where}: {told}; expected units drawn at random (stratum "random", as `labels suggest` marks them; --random if all of them were), for chosen ones bias every share'
    found = f"of {total:,} random labelled units {len(match.found):,} are among the scored ones" if total else "no labelled units"
    return f"{where}: {found}; expected at least {FEWEST} (better {FEW}) labelled units of this archive, with the ids that its scores carry"
