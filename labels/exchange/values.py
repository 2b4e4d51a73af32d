"""Raw values of foreign files as the record's own types; what cannot be one raises ValueError saying what was expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from labels.records import STRATA, VOICES

_TRUE = {"true", "yes", "y", "1", "x", "unsure"}
_FALSE = {"false", "no", "n", "0", "sure"}
_UNSCORABLE = re.compile("[\0\ud800-\udfff]")


def is_sentence(value: Any) -> bool:
    """Tell whether a value is a text that can be labelled and scored: with a letter, without NUL and unpaired surrogates."""
    return isinstance(value, str) and any(c.isalpha() for c in value) and not _UNSCORABLE.search(value)


def with_meta(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's fields, and those of its ``meta`` where the row has none of that name."""
    meta = row.get("meta")
    return {**(meta if isinstance(meta, Mapping) else {}), **row}


def moment(value: Any) -> str | None:
    """Return seconds since 1970 as a UTC time; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")


def text_of(value: Any) -> str:
    """Return a cell as text: a spreadsheet's dates and whole numbers as they would be written."""
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return "\n".join(map(text_of, value))
    return str(value)


def whole_number(value: Any) -> int:
    """Return an integer; tables hand 12 back as 12.0 or "12"."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("a whole number") from None
    if isinstance(value, bool) or not number.is_integer():
        raise ValueError("a whole number")
    return int(number)


def truth(value: Any) -> bool:
    """Return a yes or no, however a table writes it."""
    known = text_of(value).strip().casefold()
    if known not in _TRUE | _FALSE:
        raise ValueError("yes or no")
    return known in _TRUE


def voice_of(value: Any) -> str:
    """Return a voice without regard to case."""
    known = text_of(value).strip().casefold()
    if known not in VOICES:
        raise ValueError(f"one of {', '.join(VOICES)}")
    return known


def stratum_of(value: Any) -> str:
    """Return a stratum without regard to case."""
    known = text_of(value).strip().casefold()
    if known not in STRATA:
        raise ValueError(f"one of {', '.join(STRATA)}")
    return known
