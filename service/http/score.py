"""POST /score: a text or documents, sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from labels.errors import TextError
from service.http.asked import check_asked
from service.http.errors import ApiError, error_body
from service.http.frame import Notes
from service.http.info import model_line
from service.http.limits import check_limits
from service.http.reply import Json
from service.http.served import Served
from service.http.shapes import ScoreRequest
from service.records import Document, ScoredDocument
from service.settings import Settings

_QUICK = 20
"""Sentences whose reply is written on the event loop."""


async def score(served: Served, settings: Settings, asked: ScoreRequest, notes: Notes) -> Response:
    """Answer a request to score. Among several documents, one that cannot be scored comes back with an error in its place."""
    documents = _documents(asked, check_asked(served.scorer, _wanted(asked)))
    check_limits(documents, settings)
    if settings.log_texts:
        notes["texts"] = [d.text for d in documents]
    scored = await served.score(documents)
    if asked.text is not None and isinstance(scored[0], TextError):
        raise ApiError(422, str(scored[0]), "text")
    notes |= {"documents": len(documents), "sentences": sum(len(s.scores) for s in scored if isinstance(s, ScoredDocument))}

    def reply() -> Response:
        labels = served.scorer.codebook.labels
        told = [document_body(d.id, s, f"documents.{i}", labels) for i, (d, s) in enumerate(zip(documents, scored, strict=True))]
        return Json({"model": model_line(served.scorer), "documents": told})

    return await served.apart(reply, small=notes["sentences"] < _QUICK)


def document_body(name: str, scored: ScoredDocument | TextError, where: str, labels: Sequence[str]) -> dict[str, Any]:
    """Return what the reply says of a document."""
    if isinstance(scored, TextError):
        return {"id": name, **error_body(422, str(scored), where)}
    body = scored.to_dict(tuple(labels))
    body["summary"]["truncated"] = sum("truncated" in score.flags for score in scored.scores)
    return body


def _wanted(asked: ScoreRequest) -> list[str]:
    if asked.target is not None and asked.targets is not None:
        raise ApiError(422, "stands beside targets; expected one of them", "target")
    return asked.targets or ([] if asked.target is None else [asked.target])


def _documents(asked: ScoreRequest, targets: tuple[str, ...]) -> list[Document]:
    if (asked.text is None) == (asked.documents is None):
        raise ApiError(422, "body has both text and documents or neither; expected one of them", "body")
    if asked.text is not None:
        return [Document("text", asked.text, asked.title, targets)]
    if asked.title is not None:
        raise ApiError(422, "stands beside documents; expected a title inside each document", "title")
    return [Document(d.id, d.text, d.title, targets) for d in asked.documents or []]
