"""What SIGTERM does: the service turns unready at once, takes requests for a moment more while load balancers learn of it, then finishes what is in hand."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

logger = logging.getLogger("stancewire")


def drain_on_sigterm(begin: Callable[[], None], seconds: float) -> None:
    """Call ``begin`` when the process is asked to end, and the server's own handler ``seconds`` later.

    To be called on the main thread once the server has set its handlers; elsewhere (in tests without a server) it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    server = signal.getsignal(signal.SIGTERM)
    if not callable(server):
        return
    loop = asyncio.get_running_loop()
    begun = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal begun
        if begun:
            return
        begun = True
        begin()
        loop.call_soon_threadsafe(lambda: loop.call_later(seconds, lambda: server(number, frame)))
        logger.info("draining: unready, finishing what is in hand")

    signal.signal(signal.SIGTERM, handle)
