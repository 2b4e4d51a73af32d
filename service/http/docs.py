"""The OpenAPI document, and a page to read and try it: Swagger UI from BentoML's own files, without the trackers of BentoML's page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bentoml
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from service.http.reply import Json

_FILES = Path(bentoml.__file__).parent / "_internal/server/static_content"
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>stancewire API</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="static_content/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="static_content/swagger-ui-bundle.js"></script>
<script src="static_content/swagger-ui-standalone-preset.js"></script>
<script src="static_content/swagger-initializer.js"></script></body></html>
"""


def docs_routes(document: Callable[[], dict[str, Any]]) -> list[BaseRoute]:
    """Return the routes of the document, under both its usual name and BentoML's, and of the page."""

    async def openapi(request: Request) -> Response:
        return Json(document())

    async def page(request: Request) -> Response:
        return HTMLResponse(_PAGE, headers={"content-security-policy": _POLICY})

    return [
        Route("/openapi.json", openapi, methods=["GET"]),
        Route("/docs.json", openapi, methods=["GET"], name="docs.json"),
        Route("/docs", page, methods=["GET"], name="docs"),
        Mount("/static_content", StaticFiles(directory=_FILES, check_dir=False), name="static_content"),
    ]
