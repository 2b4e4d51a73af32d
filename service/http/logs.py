"""Structured logs: one JSON object a line, without the texts that clients send."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

_OURS = "stancewire"


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what is given as ``extra={"fields": …}`` stands beside time, level and message."""

    def format(self, record: logging.LogRecord) -> str:
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        line = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(), **fields}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure() -> None:
    """Write our own and BentoML's log as JSON lines to standard output."""
    lines = JsonLines()
    ours = logging.getLogger(_OURS)
    if not ours.handlers:
        ours.addHandler(logging.StreamHandler(sys.stdout))
    ours.setLevel(logging.INFO)
    ours.propagate = False
    for name in (_OURS, "bentoml", "uvicorn.error", ""):
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(lines)
