"""Dates as archives give them: the month and the day where they begin with one."""

from __future__ import annotations

import re

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])(?![0-9])")
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![0-9])")


def month_of(published: str) -> str | None:
    """Return the month of a date, YYYY-MM, None where it has none."""
    found = _MONTH.match(published)
    return found[0] if found else None


def day_of(published: str) -> str | None:
    """Return the day of a date, YYYY-MM-DD, None where it has none."""
    found = _DAY.match(published)
    return found[0] if found else None
