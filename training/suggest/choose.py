"""The chosen share: uncertain sentences, unlike each other, spread over groups.

Clustering an uncertainty-filtered pool with the uncertainty as weight follows Zhdanov (2019, "Diverse mini-batch active learning"); each cluster gives its most
uncertain sentence in turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from service.embed import Vectors
from training.suggest.alike import Known
from training.suggest.options import Way
from training.suggest.quotas import Room
from training.suggest.space import Space, whiten

_FILTER = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be chosen. ``key`` orders candidates that are equal otherwise; ``groups`` are its outlet and month, or others."""

    key: str
    text: str
    uncertainty: float
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen candidate's place in the pool and its cluster; ``over_quota`` where no other candidate was left."""

    place: int
    cluster: int | None
    over_quota: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """How many to choose, how, by which seed, and the sizes of the groups to spread over, one mapping a way of grouping."""

    count: int
    seed: int = 0
    way: Way = "both"
    sizes: Sequence[Mapping[str, int]] = ()


def shortlist(pool: Sequence[Candidate], known: Known, wish: Wish) -> list[int]:
    """Return the places of the candidates worth embedding: no near duplicates of each other or of what is ``known``, the most uncertain of each group.

    By uncertainty, highest first.
    """
    order = sorted(range(len(pool)), key=lambda i: (-pool[i].uncertainty if wish.way != "diversity" else 0.0, pool[i].key))
    fresh = known.fresh([pool[i].text for i in order])
    kept = [i for i, new in zip(order, fresh, strict=True) if new]
    if wish.way == "diversity":
        return kept
    if not wish.sizes:
        return kept[: _FILTER * wish.count]
    wide = Room(wish.sizes, _FILTER * wish.count)
    listed = []
    for i in kept:
        if wide.has(pool[i].groups):
            wide.take(pool[i].groups)
            listed.append(i)
    return listed


def choose(pool: Sequence[Candidate], vectors: Vectors, wish: Wish, taken: Vectors | None = None) -> list[Choice]:
    """Return the choices among ``pool``, best first, at most ``wish.count``; ``vectors`` are the candidates' unit vectors, ``taken`` those of sentences listed already.

    The same candidates give the same choices in any order of theirs.
    """
    if not pool or wish.count < 1:
        return []
    order = np.array(sorted(range(len(pool)), key=lambda i: pool[i].key))
    weights = np.array([max(pool[i].uncertainty, 1e-6) for i in order])
    # One thread: sums in another order are other sums, and the same seed must choose the same sentences.
    with threadpool_limits(1):
        space = whiten(vectors[order], vectors[:0] if taken is None else taken)
        clusters, near = _cluster(space, weights, wish)
    picks = _Picks([pool[i] for i in order], space, Room(wish.sizes, wish.count))
    for over_quota in (False, True):
        picks.go_round(_rounds(clusters, near if wish.way == "diversity" else weights), wish.count, over_quota=over_quota)
    return [Choice(int(order[i]), int(clusters[i]) if wish.way != "uncertainty" else None, over) for i, over in picks.found]


def _cluster(space: Space, weights: npt.NDArray[np.float64], wish: Wish) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return each row's cluster and how near its centre it is; one cluster where diversity has no say."""
    rows = space.coarse
    if wish.way == "uncertainty" or len(rows) <= wish.count:
        return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows))
    means = KMeans(wish.count, n_init=1, random_state=wish.seed).fit(rows, sample_weight=None if wish.way == "diversity" else weights)
    distance = np.linalg.norm(rows - means.cluster_centers_[means.labels_], axis=1)
    return means.labels_.astype(np.int64), -distance.astype(np.float64)


def _rounds(clusters: npt.NDArray[np.int64], worth: npt.NDArray[np.float64]) -> list[int]:
    """Return rows in the order of choice: the best of each cluster, then the second of each, …, within a round by worth."""
    by_worth = np.lexsort((np.arange(len(worth)), -worth))
    turn = np.empty(len(worth), dtype=np.int64)
    seen: dict[int, int] = {}
    for i in by_worth:
        turn[i] = seen.get(int(clusters[i]), 0)
        seen[int(clusters[i])] = int(turn[i]) + 1
    return [int(i) for i in np.lexsort((np.arange(len(worth)), -worth, turn))]


class _Picks:
    """What is picked so far, and whether one more may join."""

    def __init__(self, pool: Sequence[Candidate], space: Space, room: Room) -> None:
        self.found: list[tuple[int, bool]] = []
        self._pool, self._vectors, self._room, self._limit = pool, space.fine, room, space.limit
        self._likest = (space.fine @ space.taken.T).max(axis=1) if len(space.taken) else np.full(len(pool), -1.0, dtype=np.float32)
        self._left = np.ones(len(pool), dtype=bool)

    def go_round(self, order: Sequence[int], count: int, *, over_quota: bool) -> None:
        """Pick in order, until there are ``count``."""
        for i in order:
            if len(self.found) >= count:
                return
            if self._left[i] and self._likest[i] < self._limit and (over_quota or self._room.has(self._pool[i].groups, count - len(self.found))):
                self._room.take(self._pool[i].groups)
                self._left[i] = False
                self._likest = np.maximum(self._likest, self._vectors @ self._vectors[i])
                self.found.append((i, over_quota))
