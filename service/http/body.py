"""Reading a request's body: its media type, its key and its size, before anything is kept of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from starlette.requests import ClientDisconnect, Request

from service.http.errors import ApiError
from service.http.gate import Ticket

_PATIENCE = 8
"""Times the limit that is read of a body that is too large."""


class Keys:
    """API keys. Only their digests are kept, so that no log or dump can hold one; none means that everyone may ask."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = tuple(hashlib.sha256(key.encode()).digest() for key in keys)

    def check(self, request: Request) -> None:
        """Raise ApiError 401 unless the request carries one of the keys, as a bearer token or under ``x-api-key``."""
        if not self._digests:
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = request.headers.get("x-api-key") or (token.strip() if scheme.lower() == "bearer" else "")
        digest = hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest()
        # Every key is compared, each in constant time: how long it takes tells nothing.
        if not sum([hmac.compare_digest(digest, known) for known in self._digests]):
            told = "is not known" if given else "is missing"
            raise ApiError(401, f"API key {told}; expected `authorization: Bearer KEY` or `x-api-key: KEY`", "header authorization", {"www-authenticate": "Bearer"})


def check_media_type(request: Request) -> None:
    """Raise ApiError 415 unless the body is plain application/json in UTF-8."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json":
        raise ApiError(415, f"body is sent as {kind.strip()[:80] or 'nothing'!r}; expected application/json", "header content-type")
    charset = rest.lower().partition("charset=")[2].strip(" \"'")
    if charset and charset not in ("utf-8", "utf8", "us-ascii"):
        raise ApiError(415, f"charset is {charset[:40]!r}; expected utf-8", "header content-type")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise ApiError(415, f"body is packed by {coding[:40]!r}; expected it as it is", "header content-encoding")


async def read_body(request: Request, ticket: Ticket, limit: int) -> bytes:
    """Return the body, counted as it comes in: 413 past ``limit`` bytes, 429 when all bodies together are too many."""
    claimed = request.headers.get("content-length", "")
    if claimed.isascii() and claimed.isdigit() and len(claimed) <= 15 and int(claimed) <= limit:
        ticket.hold(int(claimed))
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size <= limit:
                ticket.hold(size)
                parts.append(part)
            else:
                # A client that is still writing would not read the refusal: some more is read, and dropped.
                parts.clear()
                if size > _PATIENCE * limit:
                    break
    except ClientDisconnect:
        raise ApiError(400, "the client left before its body was complete", "body") from None
    if size > limit:
        raise ApiError(413, f"body has more than {limit:,} bytes; expected at most that, send several requests or use `stancewire batch`", "body", {"connection": "close"})
    return b"".join(parts)
