"""The addresses of the API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.http.engine import Engine
from service.http.explain import explain
from service.http.frame import Frame
from service.http.info import describe
from service.http.predict import predict
from service.http.reply import Json
from service.http.score import score
from service.http.shapes import ExplainRequest, PredictRequest, ScoreRequest
from service.settings import Settings


def api_routes(settings: Settings, engine: Engine) -> list[Route]:
    """Return the API's routes over one engine. ``POST /`` is where Hugging Face's and TEI's clients ask when given a bare address."""
    frame = Frame(settings, engine)
    labels_of = frame.around(PredictRequest, predict)

    async def info(request: Request) -> Response:
        return Json(describe(engine.served.scorer, settings, engine.served.source, engine.fault))

    return [
        Route("/score", frame.around(ScoreRequest, score), methods=["POST"]),
        Route("/predict", labels_of, methods=["POST"]),
        Route("/", labels_of, methods=["POST"]),
        Route("/explain", frame.around(ExplainRequest, explain), methods=["POST"]),
        Route("/info", info, methods=["GET"]),
    ]
