"""Sentences of all requests in flight, merged into batches of one width and at most so many tokens, for the one model.

A sentence's logits are the same to the last bit in any company (docs/adr/0004), so that merging costs nothing but the wait. No wait is made
for company either: while the model works on one batch, the next one gathers. Who comes first is fair queueing by tokens (start-time fair
queueing, Goyal, Vin and Cheng 1996): a lone sentence that arrives behind an article of a thousand goes before the rest of that article.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread

import numpy as np
import numpy.typing as npt

from service.http.errors import ApiError, overloaded
from service.scorer import Encoded

Logits = npt.NDArray[np.float32]
_FIRST_RATE = 20_000.0
"""Tokens a second that the service assumes of itself until it has seen any."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of the model took in."""

    rows: int
    tokens: int
    seconds: float


@dataclass(slots=True)
class _Job:
    """One request's sentences; its future is set when the last of them is known. ``waiting`` counts its tokens in the queue."""

    results: list[Logits | None]
    missing: int
    waiting: int = 0
    future: Future[list[Logits]] = field(default_factory=Future)


@dataclass(order=True, slots=True)
class _Row:
    tag: float
    number: int
    job: _Job = field(compare=False)
    place: int = field(compare=False)
    encoded: Encoded = field(compare=False)


class Batcher:
    """A queue of at most ``most`` tokens, and of no more than the model reads in ``seconds``, before one thread that runs ``model``.

    A run takes at most ``budget`` tokens; ``watch`` is told of each.
    """

    def __init__(self, model: Callable[[Sequence[Encoded]], Logits], *, budget: int, most: int, seconds: float, watch: Callable[[Ran], None]) -> None:
        self._model = model
        self._budget = budget
        self._most = most
        self._seconds = seconds
        self._watch = watch
        self._queues: dict[int, list[_Row]] = {}
        self._numbers = itertools.count()
        self._clock = 0.0  # tag of the row served last
        self._rate = _FIRST_RATE
        self._closed = False
        self._changed = Condition()
        self.tokens = 0
        self._thread = Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    def submit(self, rows: Sequence[Encoded]) -> Future[list[Logits]]:
        """Queue sentences and return the future of their logits, in order.

        Raises ApiError 429 when the queue is full (a request that finds room is taken whole) and 503 when the service stops. A cancelled
        future's sentences leave the queue unread.
        """
        job = _Job([None] * len(rows), len(rows))
        if not rows:
            job.future.set_result([])
            return job.future
        with self._changed:
            self.check_room()
            tag = self._clock
            for place, row in enumerate(rows):
                heapq.heappush(self._queues.setdefault(row.width, []), _Row(tag, next(self._numbers), job, place, row))
                tag += row.width
                job.waiting += row.width
            self.tokens += job.waiting
            self._changed.notify()
        job.future.add_done_callback(lambda _: self._forget(job))
        return job.future

    def check_room(self) -> None:
        """Raise ApiError 429 when the queue is full, and 503 when the service stops: worth asking before a text is read."""
        if self._closed:
            raise ApiError(503, "the service is stopping; ask another one", "service", {"retry-after": "1"})
        if self.tokens >= min(self._most, self._seconds * self._rate):
            raise overloaded(f"{self.tokens:,} tokens wait for the model, as many as the service queues", "service", self.tokens / self._rate)

    def _forget(self, job: _Job) -> None:
        """Make room at once when a request is given up, not when its rows' turn comes."""
        with self._changed:
            self.tokens -= job.waiting
            job.waiting = 0

    @property
    def alive(self) -> bool:
        """Whether the model's thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Take on no more, finish what is queued, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while (batch := self._next()) is not None:
            if batch:
                self._run(batch)

    def _next(self) -> list[_Row] | None:
        """Return rows of one width, those first whose turn it is; None when closed and empty."""
        with self._changed:
            while not self._queues:
                if self._closed:
                    return None
                self._changed.wait()
            width, queue = min(self._queues.items(), key=lambda item: item[1][0])
            self._clock = max(self._clock, queue[0].tag)
            batch: list[_Row] = []
            while queue and (len(batch) + 1) * width <= max(self._budget, width):
                row = heapq.heappop(queue)
                if row.job.waiting:
                    row.job.waiting -= width
                    self.tokens -= width
                if not row.job.future.done():  # its request may have run out of time
                    batch.append(row)
            if not queue:
                del self._queues[width]
            return batch

    def _run(self, batch: list[_Row]) -> None:
        started = time.monotonic()
        try:
            found = self._model([row.encoded for row in batch])
        except Exception as error:
            self._run_apart(batch, error)
            return
        seconds = time.monotonic() - started
        tokens = len(batch) * batch[0].encoded.width
        self._rate += 0.05 * (tokens / max(seconds, 1e-6) - self._rate)
        for row, logits in zip(batch, found, strict=True):
            _deliver(row, logits)
        self._watch(Ran(len(batch), tokens, seconds))

    def _run_apart(self, batch: list[_Row], error: Exception) -> None:
        """Run a failed batch's rows one by one: a fault stays with the request that brought it."""
        if len(batch) > 1:
            for row in batch:
                self._run([row])
        elif not batch[0].job.future.done() and batch[0].job.future.set_running_or_notify_cancel():
            batch[0].job.future.set_exception(error)


def _deliver(row: _Row, logits: Logits) -> None:
    job = row.job
    job.results[row.place] = logits
    job.missing -= 1
    if job.missing == 0 and job.future.set_running_or_notify_cancel():
        job.future.set_result([result for result in job.results if result is not None])
