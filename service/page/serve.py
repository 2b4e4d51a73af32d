"""Serves the page and its scripts, with a policy that lets it run and fetch nothing from anywhere else."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parent
_KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
# Articles are other people's text. The scripts only ever set it as text; should a way past that be found, nothing it brings runs or calls out.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",  # asked again each time, answered by 304: a new release shows at once
}


async def page(request: Request) -> Response:
    """Answer GET / with the page."""
    return _answer(request, "index.html")


async def asset(request: Request) -> Response:
    """Answer GET /page/NAME with a script or style of the page; 404 for any other name."""
    name = request.path_params["name"]
    known = sorted(_files().keys() - {"index.html"})
    if name not in known:
        raise HTTPException(404, f"/page/{name[:80]}: no such file; expected one of {', '.join(known)}")
    return _answer(request, name)


def _answer(request: Request, name: str) -> Response:
    content, tag = _files()[name]
    headers = {**_HEADERS, "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers={**headers, "content-type": _KINDS[Path(name).suffix]})


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Return content and entity tag of each file by name; the names that are served are exactly these."""
    found = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in _KINDS}
    return {name: (content, f'"{hashlib.sha256(content).hexdigest()[:16]}"') for name, content in found.items()}


routes = [Route("/", page, methods=["GET"], name="page"), Route("/page/{name}", asset, methods=["GET"], name="page-asset")]
"""For a Starlette application. Addresses in the page are relative, so it works behind a proxy's path prefix too."""
