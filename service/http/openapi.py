"""The OpenAPI document: shapes as they are checked, every status, and examples that the model itself gave at its warm-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from service.http.errors import MEANINGS, error_body
from service.http.replies import PREDICTIONS, components
from service.http.shapes import ExplainRequest, PredictRequest, ScoreRequest

_ASKED = (400, 401, 413, 415, 422, 429, 500, 503, 504)
_SAMPLES: Mapping[int, tuple[str, str]] = {
    400: ("Invalid JSON: EOF while parsing an object at line 1 column 1; expected a JSON object in UTF-8", "body"),
    401: ("API key is missing; expected `authorization: Bearer KEY` or `x-api-key: KEY`", "header authorization"),
    413: ("text and title have 2,000,000 characters; expected at most 100,000", "document 'text'"),
    415: ("body is sent as 'text/plain'; expected application/json", "header content-type"),
    422: ("body has both text and documents or neither; expected one of them", "body"),
    429: ("65,541 tokens wait for the model, as many as the service queues", "service"),
    500: ("a fault of the service, logged under request id 0f9c…", "service"),
    503: ("the model is not loaded yet", "service"),
    504: ("the request took longer than 30 s; send less at once", "service"),
}


def document(examples: Mapping[str, Any], *, keys: bool) -> dict[str, Any]:
    """Return the document; ``examples`` holds a reply for each path and what was asked for it, ``keys`` says whether an API key is needed."""
    _, shapes = models_json_schema([(s, "validation") for s in (ScoreRequest, PredictRequest, ExplainRequest)], ref_template="#/components/schemas/{model}")
    paths = {
        "/score": _post("score", "Score a text or documents, sentence by sentence", "ScoreRequest", _ref("ScoreReply"), examples),
        "/predict": _post("predict", "Label probabilities in the shape of the text-classification task", "PredictRequest", PREDICTIONS, examples),
        "/explain": _post("explain", "Which words carry a sentence's label", "ExplainRequest", _ref("ExplainReply"), examples),
        "/info": {"get": _get("info", "The model, its figures, and what a request may hold", examples)},
    }
    schemas = {**shapes["$defs"], **components()}
    security: dict[str, Any] = {"security": [{"bearer": []}, {"header": []}]} if keys else {}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "stancewire",
            "version": "0.1.0",
            "description": "Stance of news sentences toward the codebook's target.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}, "header": {"type": "apiKey", "in": "header", "name": "x-api-key"}}},
        **security,
    }


def _post(name: str, summary: str, asked: str, reply: dict[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": _ref(asked), "example": examples["asked"][f"/{name}"]}}}
    answers = {"200": _answer("the answer", reply, examples.get(f"/{name}")), **{str(status): _error(status) for status in _ASKED}}
    if name == "predict":
        answers["200"]["headers"]["x-stancewire-truncated"] = {"description": "numbers of the inputs that the model read only the beginning of", "schema": {"type": "string"}}
    return {"post": {"operationId": name, "summary": summary, "requestBody": body, "responses": answers}}


def _get(name: str, summary: str, examples: Mapping[str, Any]) -> dict[str, Any]:
    answers = {"200": _answer("the answer", {"type": "object"}, examples.get(f"/{name}")), **{str(status): _error(status) for status in (500, 503)}}
    return {"operationId": name, "summary": summary, "security": [], "responses": answers}


def _answer(told: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": schema}
    if example is not None:
        content["example"] = example
    headers = {"x-request-id": {"description": "the request's own, or one given to it", "schema": {"type": "string"}}}
    return {"description": told, "headers": headers, "content": {"application/json": content}}


def _error(status: int) -> dict[str, Any]:
    answer = _answer(MEANINGS[status], _ref("Error"), error_body(status, *_SAMPLES[status]))
    if status in (429, 503):
        answer["headers"]["retry-after"] = {"description": "seconds", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    return answer


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
