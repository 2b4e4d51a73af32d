"""What the service is measured against: a no-op in the same framework, and BentoML's own batching over the same scorer."""

from __future__ import annotations

import bentoml
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.http.reply import Json
from service.http.shapes import ScoreRequest, parse
from service.records import Document
from service.scorer import load_scorer
from service.settings import read_settings

_SETTINGS = {"traffic": {"timeout": 45}, "metrics": {"enabled": False}, "logging": {"access": {"enabled": False}}}


async def noop(request: Request) -> Response:
    """Read and check a body as /score does, and answer without looking at the text."""
    parse(ScoreRequest, await request.body())
    return Json({"documents": []})


@bentoml.asgi_app(Starlette(routes=[Route("/score", noop, methods=["POST"])]))
@bentoml.service(name="noop", workers=1, **_SETTINGS)
class Noop:
    """The same framework with nothing to do."""


@bentoml.service(name="bento_noop", workers=1, traffic={"timeout": 45})
class BentoNoop:
    """BentoML's own kind of endpoint, as it comes, with nothing to do."""

    @bentoml.api(route="/score")
    async def score(self, text: str) -> dict[str, list[str]]:
        return {"documents": []}


class Scored(BaseModel):
    """What BentoML's batching hands back for a text."""

    document: dict[str, object]


@bentoml.service(name="bento_batching", workers=1, **_SETTINGS)
class BentoBatching:
    """The same scorer behind BentoML's adaptive batching, as its documentation sets it up."""

    def __init__(self) -> None:
        self.scorer = load_scorer(threads=read_settings().threads)

    @bentoml.api(route="/score", batchable=True, max_batch_size=64, max_latency_ms=30_000)
    def score(self, texts: list[str]) -> list[Scored]:
        scored = self.scorer.score([Document(str(i), text) for i, text in enumerate(texts)])
        return [Scored(document=document.to_dict(self.scorer.codebook.labels)) for document in scored]
