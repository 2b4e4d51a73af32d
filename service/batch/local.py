"""Score shards in processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from labels.errors import InputError
from service.batch.options import BatchOptions
from service.batch.score_shard import ShardResult, score_shard
from service.batch.shards import Shard
from service.scorer import Scorer, load_scorer

_SHARDS_A_WORKER = 200
"""After that many a worker makes room for a fresh one: the libraries that read web pages keep memory over long runs."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a worker loads. ``threads`` is of one worker; ``cache`` None keeps no sentence."""

    bundle: Path
    threads: int
    cache: Path | None
    options: BatchOptions

    def scorer(self) -> Scorer:
        return load_scorer(self.bundle, threads=self.threads, cache=self.cache)


class OwnProcess:
    """Scores in this process: no second copy of the model, and no wait for one to start."""

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup

    def score(self, shards: Iterator[Shard]) -> Iterator[ShardResult]:
        scorer: Scorer | None = None
        for shard in shards:
            scorer = scorer or self._setup.scorer()
            yield score_shard(shard, scorer, self._setup.options)


@dataclass(slots=True)
class _Waiting:
    shard: Shard
    future: Future[ShardResult] | None = None


class LocalEngine:
    """Scores in ``workers`` processes. One that dies is replaced, and its shards are scored again."""

    def __init__(self, setup: WorkerSetup, workers: int) -> None:
        self._setup = setup
        self._workers = workers

    def score(self, shards: Iterator[Shard]) -> Iterator[ShardResult]:
        """Yield results in the order of the shards; raise InputError when one shard kills its worker again and again."""
        waiting: deque[_Waiting] = deque()
        pool = self._pool()
        tries = 0
        try:
            while True:
                while len(waiting) < 2 * self._workers and (shard := next(shards, None)) is not None:
                    waiting.append(_Waiting(shard))
                if not waiting:
                    return
                try:
                    for item in waiting:
                        item.future = item.future or pool.submit(_score, item.shard)
                    result = waiting[0].future.result()  # type: ignore[union-attr]  # submitted in the line before
                except BrokenProcessPool:  # told by the next submit or the next result, whichever comes first
                    tries += 1
                    if tries == _TRIES:
                        raise self._hopeless(waiting[0].shard) from None
                    pool.shutdown(wait=False, cancel_futures=True)
                    pool = self._pool()
                    for item in waiting:
                        item.future = None
                    continue
                waiting.popleft()
                tries = 0
                yield result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _hopeless(self, shard: Shard) -> InputError:
        return InputError(f"a worker died {_TRIES} times over the records from {shard.span()}; expected memory for {self._workers} workers, try --workers 1")

    def _pool(self) -> ProcessPoolExecutor:
        # spawn: a forked copy of a process with threads may hang
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, mp_context=context, initializer=_begin, initargs=(self._setup,), max_tasks_per_child=_SHARDS_A_WORKER)


_worker: tuple[Scorer, BatchOptions] | None = None


def _begin(setup: WorkerSetup) -> None:
    """Make a worker ready: Ctrl-C is the parent's matter, and a worker whose parent was killed must not stay."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _worker = setup.scorer(), setup.options


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _score(shard: Shard) -> ShardResult:
    if _worker is None:
        raise AssertionError("a worker scores only after _begin")
    scorer, options = _worker
    return score_shard(shard, scorer, options)
