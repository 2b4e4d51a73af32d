"""JSON as annotation tools load it: UTF-8, an object a line where a list would be unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def dump_list(rows: Iterable[Any]) -> bytes:
    """Return one JSON list, a row a line."""
    return ("[\n" + ",\n".join(map(_line, rows)) + "\n]\n").encode("utf-8", "surrogatepass")


def dump_lines(rows: Iterable[Any]) -> bytes:
    """Return JSON lines."""
    return "".join(_line(row) + "\n" for row in rows).encode("utf-8", "surrogatepass")


def _line(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False)
