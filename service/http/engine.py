"""The model that answers: loaded in the background, and exchanged for a promoted one while requests go on."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from labels.errors import StancewireError
from service.http.errors import ApiError
from service.http.metrics import Metrics
from service.http.served import Served
from service.records import Document
from service.registry.choose import Chosen
from service.scorer import Scorer
from service.settings import Settings

logger = logging.getLogger("stancewire")
_WARM_UP = "The two presidents met in the capital, and the host called the visit a new page."


class Engine:
    """Holds the model in force. ``choose`` names its bundle, ``load`` loads one, ``describe`` makes the API's document from it."""

    def __init__(
        self, settings: Settings, choose: Callable[[], Chosen], load: Callable[[Path], Scorer], describe: Callable[[Scorer, str], dict[str, Any]], metrics: Metrics
    ) -> None:
        self._settings = settings
        self._choose = choose
        self._load = load
        self._describe = describe
        self._metrics = metrics
        self._served: Served | None = None
        self._fault: str | None = None
        self._seen: tuple[int, ...] | None = None
        self._pool = ThreadPoolExecutor(settings.cutters, thread_name_prefix="cut")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = threading.Event()
        self.draining = False

    def start(self) -> None:
        """Load and warm up on a thread of its own: the process answers /livez meanwhile, and is not ready. To be called on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._metrics.watch_queue(lambda: self._served.tokens if self._served else 0)
        threading.Thread(target=self._follow, name="load", daemon=True).start()

    def _follow(self) -> None:
        """Take up the bundle in force, and, unless it was named, look every few seconds whether another one is."""
        self._seen = self._stamp()
        chosen = self._take_up()
        while (chosen is None or chosen.source != "given") and not self._closed.wait(self._settings.promoted_seconds):
            if (now := self._stamp()) != self._seen:
                self._seen = now
                chosen = self._take_up()

    def _stamp(self) -> tuple[int, ...]:
        """Return what changes whenever another bundle is promoted."""
        try:
            found = os.stat(self._settings.home.pointer)
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _take_up(self) -> Chosen | None:
        """Load the bundle in force beside the one that serves, and exchange them; one that fails leaves all as it is, and None comes back."""
        try:
            chosen = self._choose()
            if self._served is not None and self._served.scorer.bundle.path == chosen.path:
                self._fault = None
                return chosen
            served = self._make(chosen)
        except StancewireError as error:
            self._failed(str(error))
            return None
        except Exception as error:
            self._failed(f"{type(error).__name__}: {error}", exc_info=True)
            return None
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._exchange, served)
        return chosen

    def _make(self, chosen: Chosen) -> Served:
        scorer = self._load(chosen.path)
        scorer.score([Document("warm-up", _WARM_UP, targets=("the visit",) if scorer.codebook.open else ())])
        return Served(scorer, chosen.source, self._describe(scorer, chosen.source), self._settings, self._metrics, self._pool)

    def _failed(self, why: str, *, exc_info: bool = False) -> None:
        self._fault = why
        self._metrics.took_up(well=False)
        still = f"; {self._served.tag} goes on serving" if self._served else ""
        logger.error("the model cannot be loaded: %s%s", why, still, exc_info=exc_info)

    def _exchange(self, served: Served) -> None:
        """Let new requests begin with another model. On the event loop, so that no request stands between choosing a model and holding it."""
        before, self._served = self._served, served
        self._fault = None
        self._metrics.know(served.scorer)
        self._metrics.took_up(well=True)
        if before is not None:
            before.retire()
        logger.info("ready: %s (%s)%s", served.tag, served.source, f", in place of {before.tag}" if before else "")

    @property
    def ready(self) -> bool:
        """Whether a model has answered its warm-up, its thread runs, and the service is not about to stop."""
        return self._served is not None and self._served.alive and not self.draining

    @property
    def fault(self) -> str | None:
        """Why the bundle that was promoted last could not be taken up; None when it was."""
        return self._fault

    @property
    def served(self) -> Served:
        """The model that a request begins with now; raises ApiError 503 until one is loaded."""
        if self._served is None:
            why = f"the model cannot be loaded: {self._fault}" if self._fault else "the model is not loaded yet"
            raise ApiError(503, why, "service", {"retry-after": "2"})
        return self._served

    def close(self) -> None:
        """Finish what is queued and end the threads."""
        self.draining = True
        self._closed.set()
        if self._served is not None:
            self._served.close()
        self._pool.shutdown()
