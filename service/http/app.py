"""The application: routes, error replies, and what happens when the server starts and stops."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from service import page
from service.http import logs
from service.http.docs import docs_routes
from service.http.drain import drain_on_sigterm
from service.http.edge import Edge
from service.http.engine import Engine
from service.http.errors import ApiError
from service.http.examples import make_examples
from service.http.metrics import Metrics
from service.http.openapi import document
from service.http.reply import refusal
from service.http.routes import api_routes
from service.registry.choose import Chosen
from service.scorer import Scorer
from service.settings import Settings

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]


class Application:
    """The service's engine and the Starlette application in front of it. Nothing is loaded before the application's lifespan begins."""

    def __init__(self, settings: Settings, choose: Callable[[], Chosen], load: Callable[[Path], Scorer]) -> None:
        self._settings = settings
        self._metrics = Metrics()
        self.engine = Engine(settings, choose, load, self._describe, self._metrics)

    def starlette(self) -> Starlette:
        """Return the application to serve."""
        routes = self._routes()
        known = frozenset(route.path for route in routes if isinstance(route, Route) and "{" not in route.path)
        cors = [Middleware(CORSMiddleware, allow_origins=self._settings.cors_origins, allow_methods=["GET", "POST"], allow_headers=["authorization", "content-type", "x-api-key", "x-request-id"], expose_headers=["x-request-id", "retry-after"])]  # fmt: skip
        return Starlette(
            routes=routes,
            middleware=[
                Middleware(Edge, metrics=self._metrics, routes=known, draining=lambda: self.engine.draining),
                *(cors if self._settings.cors_origins else []),
            ],
            exception_handlers={ApiError: _api_error, HTTPException: _http_error},
            lifespan=self._lifespan,
        )

    def _routes(self) -> list[BaseRoute]:
        async def metrics(request: Request) -> Response:
            return Response(self._metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

        async def health(request: Request) -> Response:
            if not self.engine.ready:
                raise ApiError(503, "not ready", "service", {"retry-after": "1"})
            return Response()

        routes = [
            *api_routes(self._settings, self.engine),
            *page.routes,
            *docs_routes(self._openapi),
            Route("/metrics", metrics, methods=["GET"]),
            Route("/health", health, methods=["GET"]),  # where text-embeddings-inference's clients look
        ]
        # Whatever is left is answered in our shape: BentoML would go on to its own page.
        return [*routes, Route("/{path:path}", _nothing_else_than(routes), methods=_METHODS)]

    def _describe(self, scorer: Scorer, source: str) -> dict[str, Any]:
        return document(make_examples(scorer, self._settings, source), keys=bool(self._settings.api_keys))

    def _openapi(self) -> dict[str, Any]:
        return self.engine.served.document

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        logs.configure()
        drain_on_sigterm(self._drain, self._settings.drain_seconds)
        self.engine.start()
        yield
        self.engine.close()

    def _drain(self) -> None:
        self.engine.draining = True


def _nothing_else_than(routes: Sequence[BaseRoute]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of all other addresses, and of those of ``routes`` by another method."""

    async def nothing(request: Request) -> Response:
        path = request.url.path
        if allowed := {method for route in routes if isinstance(route, Route) and route.path_regex.match(path) for method in route.methods or ()}:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404, "nothing here; expected /score, /predict, /explain, /info, /openapi.json, /docs or /")

    return nothing


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return refusal(error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow")
    message = f"this address takes {allowed}, not {request.method}" if allowed else error.detail
    return refusal(ApiError(error.status_code, message, request.url.path[:200], error.headers))
