"""JSON replies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from service.http.errors import ApiError


class Json(Response):
    """A JSON reply in UTF-8, text kept readable."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        # UTF-8 cannot carry half of a surrogate pair; its backslash escape is JSON's own.
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def refusal(error: ApiError, headers: Mapping[str, str] | None = None) -> Json:
    """Return the reply of an error."""
    return Json(error.body(), error.status, {**error.headers, **(headers or {})})
