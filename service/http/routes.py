"""The endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labels.errors import TextError
from service.http.body import Keys, check_media_type, read_body
from service.http.edge import NOTES
from service.http.engine import Engine
from service.http.errors import ApiError, error_body
from service.http.explain import explain, occlude
from service.http.gate import Gate
from service.http.info import describe, model_line
from service.http.limits import check_limits
from service.http.reply import Json
from service.http.shapes import ExplainRequest, PredictRequest, ScoreRequest, Shape, parse
from service.records import Document, ScoredDocument
from service.scorer import check_text
from service.settings import Settings

_TRUNCATED = "x-stancewire-truncated"


class Endpoints:
    """The endpoints over one engine; ``settings`` says what a request may hold."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._keys = Keys(settings.api_keys)
        self._gate = Gate(settings.requests, settings.bytes_in_hand)

    def routes(self) -> list[Route]:
        """Return the routes of the API. ``POST /`` is where Hugging Face's and TEI's clients ask when given a bare address."""
        return [
            Route("/score", self.score, methods=["POST"]),
            Route("/predict", self.predict, methods=["POST"]),
            Route("/", self.predict, methods=["POST"], name="predict_at_root"),
            Route("/explain", self.explain, methods=["POST"]),
            Route("/info", self.info, methods=["GET"]),
        ]

    async def score(self, request: Request) -> Response:
        """Score one text or several documents, sentence by sentence."""
        return await self._answer(request, ScoreRequest, self._score)

    async def predict(self, request: Request) -> Response:
        """Classify texts that are one unit each, in the shape of the text-classification task."""
        return await self._answer(request, PredictRequest, self._predict)

    async def explain(self, request: Request) -> Response:
        """Say which words carry a sentence's label."""
        return await self._answer(request, ExplainRequest, self._explain)

    async def info(self, request: Request) -> Response:
        """Say what the model is, what it was measured at, and what a request may hold."""
        return Json(describe(self._engine.scorer, self._settings))

    async def _answer(self, request: Request, shape: type[Shape], act: Callable[[Shape, dict[str, Any]], Awaitable[Response]]) -> Response:
        self._keys.check(request)
        check_media_type(request)
        notes = request.scope.get(NOTES, {})
        with self._gate.enter() as ticket:
            try:
                async with asyncio.timeout(self._settings.seconds):
                    body = await read_body(request, ticket, self._settings.max_body_bytes)
                    notes["bytes"] = len(body)
                    return await act(parse(shape, body), notes)
            except TimeoutError:
                raise ApiError(504, f"the request took longer than {self._settings.seconds} s; send less at once", "service") from None

    async def _score(self, asked: ScoreRequest, notes: dict[str, Any]) -> Response:
        documents = _documents(asked)
        check_limits(documents, self._settings)
        if self._settings.log_texts:
            notes["texts"] = [d.text for d in documents]
        scored = await self._engine.score(documents)
        if asked.text is not None and isinstance(scored[0], TextError):
            raise ApiError(422, str(scored[0]), "text")
        notes |= {"documents": len(documents), "sentences": sum(len(s.scores) for s in scored if isinstance(s, ScoredDocument))}
        labels = self._engine.scorer.codebook.labels
        body = {
            "model": model_line(self._engine.scorer),
            "documents": [_document(d, s, i, labels) for i, (d, s) in enumerate(zip(documents, scored, strict=True))],
        }
        return await self._engine.apart(lambda: Json(body), small=notes["sentences"] < 20)

    async def _predict(self, asked: PredictRequest, notes: dict[str, Any]) -> Response:
        texts = asked.texts()
        documents = [Document(str(i), text) for i, text in enumerate(texts)]
        check_limits(documents, self._settings, what="inputs")
        for place, document in enumerate(documents):
            _must_be_text(document, f"inputs.{place}" if not isinstance(asked.inputs, str) else "inputs")
        notes["sentences"] = len(texts)
        if self._settings.log_texts:
            notes["texts"] = texts
        classified = await self._engine.classify(texts)
        cut = [i for i, long in enumerate(classified.truncated.tolist()) if long]
        if cut and asked.truncate is False:
            most = self._engine.scorer.bundle.max_length
            raise ApiError(413, f"text has more than the {most} tokens that the model reads; shorten it, leave out truncate, or send it to /score", f"inputs.{cut[0]}")
        labels = self._engine.scorer.codebook.labels
        ranked = [sorted(({"label": name, "score": p} for name, p in zip(labels, row, strict=True)), key=lambda item: -item["score"]) for row in classified.probabilities.tolist()]
        if asked.parameters is not None and asked.parameters.top_k is not None:
            ranked = [row[: asked.parameters.top_k] for row in ranked]
        # With parameters it is Hugging Face's task, whose clients expect a list of lists; without, TEI's, which answers one text by one list.
        bare = isinstance(asked.inputs, str) and asked.parameters is None
        return Json(ranked[0] if bare else ranked, headers={_TRUNCATED: ",".join(map(str, cut))} if cut else None)

    async def _explain(self, asked: ExplainRequest, notes: dict[str, Any]) -> Response:
        if len(asked.text) > self._settings.max_characters:
            raise ApiError(413, f"text has {len(asked.text):,} characters; expected at most {self._settings.max_characters:,}", "text")
        document = Document("text", asked.text)
        _must_be_text(document, "text")
        if self._settings.log_texts:
            notes["texts"] = [asked.text]
        scorer = self._engine.scorer
        start, sentence = await self._engine.apart(lambda: self._sentence(asked), small=len(asked.text) < 2_000)
        if len(sentence) > self._settings.max_explain_characters:
            raise ApiError(413, f"sentence has {len(sentence):,} characters; expected at most {self._settings.max_explain_characters:,}, or give the number of a sentence", "text")
        occlusion = occlude(sentence, scorer.bundle.max_length)
        classified = await self._engine.classify(occlusion.variants)
        probabilities = dict(zip(scorer.codebook.labels, classified.probabilities[0].tolist(), strict=True))
        label = asked.label if asked.label is not None else scorer.decide(probabilities)[0]
        found = explain(occlusion, classified, scorer.codebook.labels.index(label))
        for word in found["words"]:
            word["start"] += start
            word["end"] += start
        notes["words"] = len(found["words"])
        return Json({"model": model_line(scorer), "label": label, "start": start, "end": start + len(sentence), **found})

    def _sentence(self, asked: ExplainRequest) -> tuple[int, str]:
        """Return where the sentence to explain begins, and it."""
        labels = self._engine.scorer.codebook.labels
        if asked.label is not None and asked.label not in labels:
            raise ApiError(422, f"label is {asked.label[:80]!r}; expected one of {', '.join(labels)}", "label")
        if asked.sentence is None:
            return 0, asked.text
        items = self._engine.scorer.draft(Document("text", asked.text)).items
        if asked.sentence >= len(items):
            raise ApiError(422, f"text has {len(items)} sentences; expected a number below that", "sentence")
        unit = items[asked.sentence].unit
        return unit.start, asked.text[unit.start : unit.end]


def _documents(asked: ScoreRequest) -> list[Document]:
    if (asked.text is None) == (asked.documents is None):
        raise ApiError(422, "body has both text and documents or neither; expected one of them", "body")
    if asked.text is not None:
        return [Document("text", asked.text, asked.title)]
    if asked.title is not None:
        raise ApiError(422, "stands beside documents; expected a title inside each document", "title")
    return [Document(d.id, d.text, d.title) for d in asked.documents or []]


def _document(document: Document, scored: ScoredDocument | TextError, place: int, labels: Sequence[str]) -> dict[str, Any]:
    if isinstance(scored, TextError):
        return {"id": document.id, **error_body(422, str(scored), f"documents.{place}")}
    body = scored.to_dict(tuple(labels))
    body["summary"]["truncated"] = sum("truncated" in score.flags for score in scored.scores)
    return body


def _must_be_text(document: Document, where: str) -> None:
    try:
        check_text(document)
    except TextError as error:
        raise ApiError(422, str(error).partition(": ")[2], where) from None
