"""The one shape of an error: ``{"error": {"type", "message", "where"}}``, and what each status means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES: Mapping[int, str] = {
    400: "malformed",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "overloaded",
    500: "internal",
    503: "unavailable",
    504: "timeout",
}
MEANINGS: Mapping[int, str] = {
    400: "the body is not JSON",
    401: "an API key is needed, or the one given is not known",
    404: "there is nothing at this address",
    405: "this address does not take this method",
    413: "the body, a document or the request has more than the limits of GET /info allow",
    415: "the body is not sent as application/json",
    422: "the JSON lacks something, holds something else than expected, or a text cannot be scored",
    429: "the service has as much to do as it takes on; Retry-After says when to come again",
    500: "a fault of the service, logged under the request's id",
    503: "the model is not loaded yet, or the service is about to stop",
    504: "the request took longer than the service allows; send less at once",
}


class ApiError(Exception):
    """An answer other than the one asked for: a status, what is wrong, where, and headers that belong to it."""

    def __init__(self, status: int, message: str, where: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.where = where
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return error_body(self.status, self.message, self.where)


def error_body(status: int, message: str, where: str) -> dict[str, Any]:
    """Return the body of an error."""
    return {"error": {"type": TYPES.get(status, "error"), "message": message, "where": where}}


def overloaded(message: str, where: str, seconds: float) -> ApiError:
    """Return the error of a service that takes on no more for about ``seconds``."""
    return ApiError(429, message, where, {"retry-after": str(max(1, round(seconds)))})
