"""Annotators who answer faster than they can have read, where ``created`` has the time of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from labels.quality.sheet import Sheet
from labels.records import Annotation

WORDS_A_SECOND = 10.0
"""600 words a minute, over twice the usual pace of reading (238, Brysbaert 2019): nobody takes in a sentence faster."""
_FEWEST, _PAUSE = 20, 600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """An annotator's pace over ``units`` labels that follow another within ten minutes; ``hasty`` is the share given faster than the sentence can be read."""

    annotator: str
    units: int
    median_seconds: float
    hasty: float


def paces(sheet: Sheet) -> list[Pace]:
    """Return the pace of every annotator whose rows tell it, the hastiest first; saved in one go (same second) tells nothing."""
    found = [_pace(name, [row for row in sheet.rows if row.annotator == name]) for name in sheet.annotators]
    return sorted((pace for pace in found if pace), key=lambda pace: -pace.hasty)


def _pace(name: str, rows: Sequence[Annotation]) -> Pace | None:
    times = sorted(((when, row) for row in rows if (when := _time(row.created))), key=lambda item: item[0])
    steps = [((later - earlier).total_seconds(), row) for (earlier, _), (later, row) in pairwise(times)]
    told = [(seconds, row) for seconds, row in steps if 0 < seconds <= _PAUSE]
    if len(told) < _FEWEST:
        return None
    hasty = sum(seconds < len(row.text.split()) / WORDS_A_SECOND for seconds, row in told)
    return Pace(name, len(told), median(seconds for seconds, _ in told), hasty / len(told))


def _time(created: str | None) -> datetime | None:
    """Return the moment of a row, None where it has a date alone."""
    try:
        moment = datetime.fromisoformat(created) if created and len(created) > len("2024-05-01") else None
    except ValueError:
        return None
    return moment.replace(tzinfo=None) - (moment.utcoffset() or moment - moment) if moment else None
