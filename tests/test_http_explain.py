"""POST /explain: which words carry a label."""

from __future__ import annotations

import httpx
import pytest

from service.scorer import Scorer

SENTENCE = "Moscow and Tehran have little choice but each other, the paper wrote."


def explain(server: str, **body: object) -> httpx.Response:
    return httpx.post(f"{server}/explain", json=body, timeout=60)


def test_a_words_weight_is_what_the_label_loses_without_it(server: str, scorer: Scorer) -> None:
    body = explain(server, text=SENTENCE, label="critical").json()
    place = scorer.codebook.labels.index("critical")
    whole, without = scorer.classify([SENTENCE, SENTENCE.replace("little", "")]).probabilities[:, place]
    little = next(word for word in body["words"] if word["text"] == "little")
    assert body["probability"] == pytest.approx(whole, abs=1e-6)
    assert little["weight"] == pytest.approx(whole - without, abs=1e-6)
    assert all(SENTENCE[w["start"] : w["end"]] == w["text"] for w in body["words"])


def test_how_far_the_weights_are_from_adding_up_is_said(server: str) -> None:
    body = explain(server, text=SENTENCE).json()
    total = sum(word["weight"] for word in body["words"])
    assert body["completeness_error"] == pytest.approx(abs(total - (body["probability"] - body["baseline"])), abs=1e-9)


def test_the_label_explained_is_the_one_that_score_gives(server: str, article: str) -> None:
    sentences = httpx.post(f"{server}/score", json={"text": article}, timeout=60).json()["documents"][0]["sentences"]
    for number in (0, len(sentences) - 1):
        body = explain(server, text=article, sentence=number).json()
        assert (body["label"], body["start"], body["end"]) == (sentences[number]["label"], sentences[number]["start"], sentences[number]["end"])
        assert all(article[w["start"] : w["end"]] == w["text"] for w in body["words"])


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"text": SENTENCE, "label": "hostile"}, 422, "expected one of favourable, critical, neutral"),
        ({"text": SENTENCE, "sentence": 1}, 422, "text has 1 sentences"),
        ({"text": "…"}, 422, "no letter"),
        ({"text": "again " * 5_000}, 413, "expected at most 5,000"),
    ],
)
def test_what_cannot_be_explained_is_said(server: str, body: dict[str, object], status: int, told: str) -> None:
    answer = explain(server, **body)
    assert answer.status_code == status
    assert told in answer.json()["error"]["message"]
