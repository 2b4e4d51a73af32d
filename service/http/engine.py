"""The scorer as requests in flight share it: small texts are cut on the event loop, large ones on threads, and all their sentences wait in one queue."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from labels.errors import StancewireError, TextError
from service.http.batcher import Batcher
from service.http.errors import ApiError
from service.http.metrics import Metrics
from service.pairs import Input
from service.records import Document, ScoredDocument
from service.scorer import Classified, Draft, Encoded, Scorer
from service.settings import Settings

Result = TypeVar("Result")
logger = logging.getLogger("stancewire")
_SMALL = 2_000
"""Characters that are cut on the event loop, in well under a millisecond; a thread would cost more than it brings."""
_WARM_UP = "The two presidents met in the capital, and the host called the visit a new page."


class Engine:
    """Loads the model in the background and scores for many requests at once."""

    def __init__(self, settings: Settings, load: Callable[[], Scorer], metrics: Metrics) -> None:
        self._settings = settings
        self._load = load
        self._metrics = metrics
        self._scorer: Scorer | None = None
        self._batcher: Batcher | None = None
        self._fault: str | None = None
        self._pool = ThreadPoolExecutor(settings.cutters, thread_name_prefix="cut")
        self.draining = False

    def start(self) -> None:
        """Load and warm up on a thread of its own: the process answers /livez meanwhile, and is not ready."""
        threading.Thread(target=self._start, name="load", daemon=True).start()

    def _start(self) -> None:
        try:
            scorer = self._load()
            scorer.score([Document("warm-up", _WARM_UP, targets=("the visit",) if scorer.codebook.open else ())])
        except StancewireError as error:
            self._fault = str(error)
            logger.error("the model cannot be loaded: %s", error)
            return
        except Exception as error:
            self._fault = f"{type(error).__name__}: {error}"
            logger.exception("the model cannot be loaded")
            return
        self._batcher = Batcher(scorer.logits, budget=self._settings.batch_tokens, most=self._settings.queue_tokens, seconds=self._settings.queue_seconds, watch=self._metrics.ran)
        self._metrics.watch_queue(lambda: self._batcher.tokens if self._batcher else 0)
        self._metrics.know(scorer)
        self._scorer = scorer
        logger.info("ready: %s", scorer.bundle.tag)

    @property
    def ready(self) -> bool:
        """Whether the model has answered its warm-up, its thread runs, and the service is not about to stop."""
        return self._scorer is not None and self._batcher is not None and self._batcher.alive and not self.draining

    @property
    def scorer(self) -> Scorer:
        """The scorer; raises ApiError 503 until it is loaded."""
        if self._scorer is None:
            raise self._unloaded()
        return self._scorer

    def check_room(self) -> None:
        """Raise ApiError 429 when as much waits for the model as may, and 503 when there is no model to wait for."""
        if self._batcher is None:
            raise self._unloaded()
        self._batcher.check_room()

    def _unloaded(self) -> ApiError:
        why = f"the model cannot be loaded: {self._fault}" if self._fault else "the model is not loaded yet"
        return ApiError(503, why, "service", {"retry-after": "2"})

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
        scorer = self.scorer
        small = sum(len(text if isinstance(text, str) else text[0]) for text in texts) <= _SMALL
        rows, order = await self.apart(lambda: _distinct(scorer, texts), small)
        logits = await self._logits(rows)
        return _classified(scorer, [logits[i] for i in order], [rows[i] for i in order])

    async def _logits(self, rows: Sequence[Encoded]) -> list[np.ndarray]:
        if self._batcher is None:
            raise self._unloaded()
        return await asyncio.wrap_future(self._batcher.submit(rows))

    async def apart(self, job: Callable[[], Result], small: bool) -> Result:
        """Return what ``job`` returns: at once if it is small, else from a thread, so that others need not wait for it."""
        return job() if small else await asyncio.get_running_loop().run_in_executor(self._pool, job)

    def close(self) -> None:
        """Finish what is queued and end the threads."""
        self.draining = True
        if self._batcher is not None:
            self._batcher.close()
        self._pool.shutdown()


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
