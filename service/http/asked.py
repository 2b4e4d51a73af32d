"""Which targets a request asks about."""

from __future__ import annotations

from collections.abc import Sequence

from labels.errors import LabelError, TextError
from service.http.errors import ApiError
from service.pairs import Input
from service.scorer import Scorer


def check_asked(scorer: Scorer, wanted: Sequence[str], where: str = "target") -> tuple[str, ...]:
    """Return the targets that are asked about, each once; raise ApiError 422 for one that the model does not know, or where it needs one."""
    try:
        scorer.check_targets(wanted)
    except (LabelError, TextError) as error:
        raise ApiError(422, str(error), where) from None
    return tuple(dict.fromkeys(wanted))


def one_input(scorer: Scorer, text: str, target: str | None, where: str = "target") -> Input:
    """Return what the model reads of one text: with its target where the codebook has not just one, which must then be given; raise ApiError 422 without it."""
    book = scorer.codebook
    check_asked(scorer, [] if target is None else [target], where)
    if book.paired and target is None:
        raise ApiError(422, f"is missing; expected {book.allowed}", where)
    return text if target is None or not book.paired else (text, target)
