"""What every endpoint that reads texts does first: key, media type, admission, body, shape; and the time it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.http.body import Keys, check_media_type, read_body
from service.http.edge import NOTES
from service.http.engine import Engine
from service.http.errors import ApiError
from service.http.gate import Gate
from service.http.served import Served
from service.http.shapes import Shape, parse
from service.settings import Settings

Notes = dict[str, Any]
"""What the log line says of a request, besides what every request has."""
Act = Callable[[Served, Settings, Shape, Notes], Awaitable[Response]]


class Frame:
    """Admits requests to one engine. ``settings`` says what a request may hold and how many are in hand."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._keys = Keys(settings.api_keys)
        self._gate = Gate(settings.requests, settings.bytes_in_hand)

    def around(self, shape: type[Shape], act: Act[Shape]) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that reads a ``shape`` and answers it by ``act``."""

        async def endpoint(request: Request) -> Response:
            return await self._answer(request, shape, act)

        return endpoint

    async def _answer(self, request: Request, shape: type[Shape], act: Act[Shape]) -> Response:
        self._keys.check(request)
        check_media_type(request)
        notes: Notes = request.scope.get(NOTES, {})
        self._engine.served.check_room()  # a refusal under load costs little: the body is not even read
        with self._gate.enter() as ticket:
            try:
                async with asyncio.timeout(self._settings.seconds):
                    body = await read_body(request, ticket, self._settings.max_body_bytes)
                    notes["bytes"] = len(body)
                    asked = parse(shape, body)
                    with self._engine.served as served:  # one model from the first sentence to the reply's name of it, whatever is promoted meanwhile
                        return await act(served, self._settings, asked, notes)
            except TimeoutError:
                raise ApiError(504, f"the request took longer than {self._settings.seconds} s; send less at once", "service") from None
