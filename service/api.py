"""The BentoML service: POST /score and GET /info over the one scorer."""

from __future__ import annotations

from typing import Annotated, Any

import bentoml
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from labels.errors import TextError
from service.records import FLAGS, Document
from service.scorer import Scorer, load_scorer
from service.segment import SEGMENTER
from service.settings import Settings, read_settings


class DocumentIn(BaseModel):
    """A document of a request; ``id`` comes back with its scores."""

    model_config = ConfigDict(extra="forbid")

    id: str
    text: str
    title: str | None = None


async def info(request: Request) -> JSONResponse:
    """Answer GET /info: what the model is, what it was measured at, and what a request may hold."""
    service: StanceService = bentoml.get_current_service()
    return JSONResponse(describe(service.scorer, service.settings))


def describe(scorer: Scorer, settings: Settings) -> dict[str, Any]:
    """Return the body of GET /info."""
    book = scorer.codebook
    return {
        "model": model_line(scorer),
        "target": book.target,
        "labels": [{"name": label.name, "definition": label.definition} for label in book.scheme],
        "flags": list(FLAGS),
        "metrics": scorer.bundle.manifest["metrics"],
        "limits": {
            "characters_per_document": settings.max_characters,
            "characters_per_request": settings.max_total_characters,
            "documents_per_request": settings.max_documents,
            "tokens_per_sentence": scorer.bundle.max_length,
        },
    }


def model_line(scorer: Scorer) -> dict[str, str]:
    """Return what every answer says of its model: tag, codebook and segmenter."""
    return {"tag": scorer.bundle.tag, "codebook": f"{scorer.codebook.name} {scorer.codebook.version}", "segmenter": SEGMENTER}


@bentoml.asgi_app(Starlette(routes=[Route("/info", info, methods=["GET"])]))
@bentoml.service(name="stancewire", traffic={"timeout": 60, "max_concurrency": 32}, workers=1)
class StanceService:
    """Stance of news sentences toward the codebook's target."""

    def __init__(self) -> None:
        self.settings = read_settings()
        self.scorer = load_scorer(self.settings.bundle, threads=self.settings.threads)

    def __is_ready__(self) -> bool:
        """Answer the readiness probe by scoring a sentence."""
        return len(self.scorer.score([Document("readiness", "The two presidents met.")])[0].scores) == 1

    @bentoml.api(route="/score")
    def score(
        self,
        ctx: bentoml.Context,
        text: Annotated[str | None, Field(description="one text; or give documents", examples=["Moscow and Tehran have opened a new page, the ambassador said."])] = None,
        title: Annotated[str | None, Field(description="headline of the one text, a unit of its own")] = None,
        documents: Annotated[list[DocumentIn] | None, Field(description="several documents")] = None,
    ) -> dict[str, Any]:
        """Score one text or several documents, sentence by sentence."""
        if (text is None) == (documents is None):
            return refuse(ctx, 422, "request", "body has both text and documents or neither; expected one of them")
        if documents is not None and title is not None:
            return refuse(ctx, 422, "title", "stands beside documents; expected a title inside each document")
        wanted = [Document("text", text, title)] if text is not None else [Document(d.id, d.text, d.title) for d in documents or []]
        if (fault := over_limit(wanted, self.settings)) is not None:
            return refuse(ctx, 413, *fault)
        try:
            scored = self.scorer.score(wanted)
        except TextError as error:
            return refuse(ctx, 422, "text", str(error))
        return {"model": model_line(self.scorer), "documents": [d.to_dict(self.scorer.codebook.labels) for d in scored]}


def over_limit(documents: list[Document], settings: Settings) -> tuple[str, str] | None:
    """Return where and why a request is too large, or None."""
    if len(documents) > settings.max_documents:
        return "documents", f"request has {len(documents)} documents; expected at most {settings.max_documents}, use `stancewire batch` for archives"
    sizes = [len(d.text) + len(d.title or "") for d in documents]
    for document, size in zip(documents, sizes, strict=True):
        if size > settings.max_characters:
            return f"document {document.id[:80]!r}", f"text and title have {size:,} characters; expected at most {settings.max_characters:,}"
    if sum(sizes) > settings.max_total_characters:
        return "documents", f"request has {sum(sizes):,} characters in all; expected at most {settings.max_total_characters:,}, send several requests"
    return None


def refuse(ctx: bentoml.Context, status: int, where: str, message: str) -> dict[str, Any]:
    """Set the status and return the body of an error."""
    ctx.response.status_code = status
    return {"error": {"type": {413: "too_large", 422: "unprocessable"}[status], "where": where, "message": message}}
