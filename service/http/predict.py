"""POST /predict: texts that are one unit each, in the shapes of Hugging Face's text-classification task and of text-embeddings-inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from service.http.asked import one_input
from service.http.errors import ApiError
from service.http.frame import Notes
from service.http.limits import check_limits, must_be_text
from service.http.reply import Json
from service.http.served import Served
from service.http.shapes import PredictRequest
from service.pairs import Input
from service.records import Document
from service.scorer import Scorer
from service.settings import Settings

TRUNCATED = "x-stancewire-truncated"
"""The header that numbers the inputs that were cut: the shape of the reply has no place for it."""


async def predict(served: Served, settings: Settings, asked: PredictRequest, notes: Notes) -> Response:
    """Answer each text's labels and probabilities, most probable first."""
    texts = asked.texts()
    documents = [Document(str(i), text) for i, text in enumerate(texts)]
    check_limits(documents, settings, what="inputs")
    for place, document in enumerate(documents):
        must_be_text(document, "inputs" if isinstance(asked.inputs, str) else f"inputs.{place}")
    notes["sentences"] = len(texts)
    if settings.log_texts:
        notes["texts"] = texts
    classified = await served.classify(_inputs(served.scorer, asked, texts))
    cut = [i for i, long in enumerate(classified.truncated.tolist()) if long]
    if cut and asked.truncate is False:
        most = served.scorer.bundle.max_length
        raise ApiError(413, f"text has more than the {most} tokens that the model reads; shorten it, leave out truncate, or send it to /score", f"inputs.{cut[0]}")
    most_wanted = asked.parameters.top_k if asked.parameters else None
    ranked = [rank(served.scorer.codebook.labels, row)[:most_wanted] for row in classified.probabilities.tolist()]
    # With parameters it is Hugging Face's task, whose clients expect a list of lists; without, TEI's, which answers one text by one list.
    bare = isinstance(asked.inputs, str) and asked.parameters is None
    return Json(ranked[0] if bare else ranked, headers={TRUNCATED: ",".join(map(str, cut))} if cut else None)


def _inputs(scorer: Scorer, asked: PredictRequest, texts: Sequence[str]) -> list[Input]:
    targets = asked.targets()
    if not scorer.codebook.paired and any(isinstance(item, list) and len(item) > 1 for item in asked.inputs):
        raise ApiError(422, f"a text and a target; expected at most 1 text in each inner list: this model has one target, the {scorer.codebook.target}", "inputs")
    places = ["target" if target == asked.target else f"inputs.{place}" for place, target in enumerate(targets)]
    return [one_input(scorer, text, target, where) for text, target, where in zip(texts, targets, places, strict=True)]


def rank(labels: Sequence[str], probabilities: Sequence[float]) -> list[dict[str, Any]]:
    """Return labels with their scores, most probable first."""
    pairs = sorted(zip(labels, probabilities, strict=True), key=lambda pair: -pair[1])
    return [{"label": name, "score": probability} for name, probability in pairs]
