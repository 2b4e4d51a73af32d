"""The units of a run that may be suggested: counted, grouped and drawn from, in passes over its Parquet files whose memory does not grow with them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from service.report.folder import Run, tables
from training.suggest.rows import Row, Source, read_rows

DEFINITION = (
    "every unit (sentence, headline or caption) of the run as printed, once for each article that prints it, that is in English, read whole by the model, "
    "no page furniture, and in an article that names every side of the target; whether labelled before or not"
)


@dataclass(slots=True)
class Frame:
    """The frame's size, what was left out and why, the size of each group by way of grouping, and the random sample of it.

    ``reach`` is how many units the sample holds with those that were drawn before: each unit was taken with probability ``reach / size``.
    """

    size: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    groups: list[Counter[str]] = field(default_factory=list)
    random: list[Row] = field(default_factory=list)
    reach: int = 0


def draw_frame(source: Source, count: int, drawn_before: Collection[str], step: Callable[[int], None]) -> Frame:
    """Count the frame and draw ``count`` of its units at random, beyond those of ``drawn_before`` (ids).

    Every unit has a random number of its own, from the seed and its id, and the sample is the units with the smallest ones (Ohlsson 1995, "Coordination of samples using permanent
    random numbers"): a simple random sample, the same in any order of the files, and a second call that is told the first one's units goes on where that ended,
    so that both together are one simple random sample.
    """
    frame = Frame(groups=[Counter() for _ in source.by])
    heap: list[tuple[int, str, Row]] = []
    room = count + len(drawn_before)
    for row in read_rows(source, frame.left_out, step):
        frame.size += 1
        for counts, group in zip(frame.groups, row.groups, strict=True):
            counts[group] += 1
        if len(heap) < room:
            heapq.heappush(heap, (-row.chance, row.id, row))
        elif room and -row.chance > heap[0][0]:
            heapq.heapreplace(heap, (-row.chance, row.id, row))
    for _, _, row in sorted(heap, key=lambda item: (-item[0], item[1])):
        if len(frame.random) == count:
            break
        frame.reach += 1
        if row.id not in drawn_before:
            frame.random.append(row)
    return frame


def uncertain_rows(source: Source, limits: list[dict[str, int]], skip: Collection[str], step: Callable[[int], None]) -> list[Row]:
    """Return each group's most uncertain units, at most ``limits`` of it, every text once a group, without those of ``skip`` (ids); without groupings, of all."""
    bests = [{group: _Best(most) for group, most in one.items()} for one in limits]
    for row in read_rows(source, Counter(), step):
        if row.id not in skip:
            for best, group in zip(bests, row.groups or ("",), strict=True):
                best[group].offer(row)
    found = {row.id: row for best in bests for kept in best.values() for row in kept.rows()}
    return sorted(found.values(), key=lambda row: (row.chance, row.id))


def off_topic_articles(run: Run) -> int:
    """Return how many articles were not run through the model because they do not name every side of the target."""
    batches = (batch for path in run.articles for batch in tables(path, ["off_topic", "units"]))
    return sum(int(np.sum(np.asarray(batch.column("off_topic")) & (np.asarray(batch.column("units")) == 0))) for batch in batches)


class _Best:
    """The most uncertain units of a group, every text once: of the same text the unit with the smallest random number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[str, Row] = {}
        self._least = -1.0

    def offer(self, row: Row) -> None:
        if row.uncertainty < self._least:
            return
        known = self._held.get(row.text)
        if known is None or (row.chance, row.id) < (known.chance, known.id):
            self._held[row.text] = row
        if len(self._held) > 2 * self._most + 16:
            self._prune()

    def rows(self) -> list[Row]:
        self._prune()
        return list(self._held.values())

    def _prune(self) -> None:
        # Equal doubts are told apart by the text: a random number may yet change, when a copy comes.
        kept = sorted(self._held.values(), key=lambda row: (-row.uncertainty, row.text))[: self._most]
        self._held = {row.text: row for row in kept}
        self._least = kept[-1].uncertainty if len(kept) == self._most else -1.0
