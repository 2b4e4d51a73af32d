"""The outermost layer: request ids, security headers, the log line and the count of every answer, and faults turned into JSON."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.errors import ApiError
from service.http.metrics import Metrics
from service.http.reply import refusal

NOTES = "stancewire.notes"
"""Where an endpoint leaves what the log line should say, in the scope."""
_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
logger = logging.getLogger("stancewire.access")


class Edge:
    """Wraps the application. ``routes`` are the addresses that get a series of their own; ``draining`` tells when connections are to end."""

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: frozenset[str], draining: Callable[[], bool]) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = routes
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else f"{random.getrandbits(128):032x}"  # a name, not a secret: no system call
        notes = scope.setdefault(NOTES, {})
        status = 0

        async def dress(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers.setdefault("x-content-type-options", "nosniff")
                if self._draining():
                    headers["connection"] = "close"
            await send(message)

        self._metrics.asked()
        try:
            await self._app(scope, receive, dress)
        except Exception:
            logger.exception("a fault of the service", extra={"fields": {"request": request_id}})
            if status:
                raise
            fault = ApiError(500, f"a fault of the service, logged under request id {request_id}", "service")
            await refusal(fault)(scope, receive, dress)
        finally:
            seconds = time.perf_counter() - started
            route = scope["path"] if scope["path"] in self._routes else "other"
            self._metrics.answered(route, status, seconds)
            fields = {"request": request_id, "method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 2), **notes}
            logger.info("answered", extra={"fields": fields})
