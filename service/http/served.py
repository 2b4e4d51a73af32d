"""One model as requests in flight share it: small texts are cut on the event loop, large ones on threads, and all their sentences wait in one queue."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from labels.errors import TextError
from service.http.batcher import Batcher
from service.http.metrics import Metrics
from service.pairs import Input
from service.records import Document, ScoredDocument
from service.scorer import Classified, Draft, Encoded, Scorer
from service.settings import Settings

Result = TypeVar("Result")
_SMALL = 2_000
"""Characters that are cut on the event loop, in well under a millisecond; a thread would cost more than it brings."""


class Served:
    """A loaded scorer, its queue, and how many requests it is answering.

    A request holds the model that it began with (``with served:``, on the event loop) until its reply is written, so that another one
    may take its place meanwhile; a retired model's threads end with its last request. ``source`` says how the bundle was chosen,
    ``document`` is the API's description with this model's examples.
    """

    def __init__(self, scorer: Scorer, source: str, document: dict[str, Any], settings: Settings, metrics: Metrics, pool: ThreadPoolExecutor) -> None:
        self.scorer = scorer
        self.source = source
        self.document = document
        self._metrics = metrics
        self._pool = pool
        self._batcher = Batcher(scorer.logits, budget=settings.batch_tokens, most=settings.queue_tokens, seconds=settings.queue_seconds, watch=metrics.ran)
        self._requests = 0
        self._retired = False

    @property
    def tag(self) -> str:
        return self.scorer.bundle.tag

    @property
    def alive(self) -> bool:
        """Whether the model's thread runs."""
        return self._batcher.alive

    @property
    def tokens(self) -> int:
        """Tokens that wait for the model."""
        return self._batcher.tokens

    def check_room(self) -> None:
        """Raise ApiError 429 when as much waits for the model as may."""
        self._batcher.check_room()

    def __enter__(self) -> Served:
        self._requests += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._requests -= 1
        self._end_if_done()

    def retire(self) -> None:
        """Take no new requests, and end once those in hand are answered. To be called on the event loop."""
        self._retired = True
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._retired and self._requests == 0:
            threading.Thread(target=self._batcher.close, name="retire", daemon=True).start()  # it may still read what a lost client asked

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._batcher.close()

    async def score(self, documents: Sequence[Document]) -> list[ScoredDocument | TextError]:
        """Return each document scored, in order; one that cannot be scored is its TextError and does not touch its neighbours."""
        scorer = self.scorer
        small = sum(len(d.text) + len(d.title or "") for d in documents) <= _SMALL

        def cut() -> tuple[list[Draft | TextError], list[Encoded], list[int]]:
            drafts = [_draft(scorer, document) for document in documents]
            texts = [text for draft in drafts if isinstance(draft, Draft) for text in draft.texts]
            return drafts, *_distinct(scorer, texts)

        drafts, rows, order = await self.apart(cut, small)
        logits = await self._logits(rows)

        def finish() -> list[ScoredDocument | TextError]:
            classified = _classified(scorer, [logits[i] for i in order], [rows[i] for i in order])
            done: list[ScoredDocument | TextError] = []
            first = 0
            for draft in drafts:
                if isinstance(draft, TextError):
                    done.append(draft)
                    continue
                part = slice(first, first + len(draft.items))
                done.append(scorer.finish(draft, Classified(classified.probabilities[part], classified.truncated[part])))
                first = part.stop
            return done

        scored = await self.apart(finish, small)
        self._metrics.scored(scored, rows)
        return scored

    async def classify(self, texts: Sequence[Input]) -> Classified:
        """Return probabilities for texts that are one unit each, rows in the order given."""
        small = sum(len(text if isinstance(text, str) else text[0]) for text in texts) <= _SMALL
        rows, order = await self.apart(lambda: _distinct(self.scorer, texts), small)
        logits = await self._logits(rows)
        return _classified(self.scorer, [logits[i] for i in order], [rows[i] for i in order])

    async def _logits(self, rows: Sequence[Encoded]) -> list[np.ndarray]:
        return await asyncio.wrap_future(self._batcher.submit(rows))

    async def apart(self, job: Callable[[], Result], small: bool) -> Result:
        """Return what ``job`` returns: at once if it is small, else from a thread, so that others need not wait for it."""
        return job() if small else await asyncio.get_running_loop().run_in_executor(self._pool, job)


def _draft(scorer: Scorer, document: Document) -> Draft | TextError:
    try:
        return scorer.draft(document)
    except TextError as error:
        return error


def _distinct(scorer: Scorer, texts: Sequence[Input]) -> tuple[list[Encoded], list[int]]:
    """Return each distinct text once, as the model reads it, and where each of ``texts`` stands among them."""
    places: dict[Input, int] = {}
    order = [places.setdefault(text, len(places)) for text in texts]
    return scorer.encode(list(places)), order


def _classified(scorer: Scorer, logits: Sequence[np.ndarray], rows: Sequence[Encoded]) -> Classified:
    table = np.array(logits, dtype=np.float64).reshape(len(rows), len(scorer.codebook.labels))
    return Classified(scorer.calibrate(table), np.array([row.truncated for row in rows], dtype=bool))
