"""POST /explain: which words carry a sentence's label."""

from __future__ import annotations

from starlette.responses import Response

from service.http.asked import one_input
from service.http.errors import ApiError
from service.http.frame import Notes
from service.http.info import model_line
from service.http.limits import check_limits, must_be_text
from service.http.occlusion import explain_label, occlude
from service.http.reply import Json
from service.http.served import Served
from service.http.shapes import ExplainRequest
from service.pairs import input_of
from service.records import Document
from service.scorer import Scorer
from service.settings import Settings

_SMALL = 2_000
"""Characters that are cut on the event loop."""


async def explain(served: Served, settings: Settings, asked: ExplainRequest, notes: Notes) -> Response:
    """Answer the words of one sentence with their weights for a label; places count in the text that was sent."""
    document = Document("text", asked.text, targets=() if asked.target is None else (asked.target,))
    check_limits([document], settings, what="text")
    must_be_text(document, "text")
    scorer = served.scorer
    labels = scorer.codebook.labels
    if asked.label is not None and asked.label not in labels:
        raise ApiError(422, f"label is {asked.label[:80]!r}; expected one of {', '.join(labels)}", "label")
    if settings.log_texts:
        notes["texts"] = [asked.text]
    one_input(scorer, asked.text, asked.target)
    start, end = await served.apart(lambda: _place(scorer, document, asked.sentence), small=len(asked.text) <= _SMALL)
    if end - start > settings.max_explain_characters:
        told = f"sentence has {end - start:,} characters; expected at most {settings.max_explain_characters:,}, or the number of a sentence beside the text"
        raise ApiError(413, told, "text")
    occlusion = occlude(asked.text[start:end], scorer.bundle.max_length)
    classified = await served.classify([input_of(scorer.codebook, variant, asked.target) for variant in occlusion.variants])
    label = asked.label or scorer.decide(dict(zip(labels, classified.probabilities[0].tolist(), strict=True)))[0]
    found = explain_label(occlusion, classified, labels.index(label), start)
    notes["words"] = len(occlusion.words)
    return Json({"model": model_line(scorer), "label": label, "start": start, "end": end, **found})


def _place(scorer: Scorer, document: Document, number: int | None) -> tuple[int, int]:
    """Return where the sentence of that number begins and ends; without a number the text is one sentence."""
    if number is None:
        return 0, len(document.text)
    items = scorer.draft(document).items
    if number >= len(items):
        raise ApiError(422, f"text has {len(items)} sentences; expected a number below that", "sentence")
    return items[number].unit.start, items[number].unit.end
