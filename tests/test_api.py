"""The real server: what a client sees."""

from __future__ import annotations

import httpx
import pytest

from service.records import Document
from service.scorer import Scorer


def test_a_text_is_scored_as_the_scorer_scores_it(server: str, scorer: Scorer, article: str) -> None:
    answer = httpx.post(f"{server}/score", json={"text": article}, timeout=60)
    assert answer.status_code == 200
    body = answer.json()
    (expected,) = scorer.score([Document("text", article)])
    got = body["documents"][0]["sentences"]
    assert [s["label"] for s in got] == [s.label for s in expected.scores]
    for mine, theirs in zip(got, expected.scores, strict=True):
        assert mine["probabilities"] == pytest.approx(dict(theirs.probabilities), abs=1e-6)
        assert article[mine["start"] : mine["end"]] == mine["text"]
    assert body["model"]["tag"] == scorer.bundle.tag


def test_documents_keep_their_ids_and_order(server: str) -> None:
    documents = [{"id": name, "text": f"Moscow and Tehran met in {name}."} for name in ("Baku", "Astana", "Sochi")]
    body = httpx.post(f"{server}/score", json={"documents": documents}, timeout=60).json()
    assert [d["id"] for d in body["documents"]] == ["Baku", "Astana", "Sochi"]
    assert body["documents"][0]["summary"]["units"] == 1


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"text": ""}, 422, "is empty"),
        ({"text": "🙂"}, 422, "no letter"),
        ({"text": "a\0b"}, 422, "NUL"),
        ({"text": "x " * 1_000_000}, 413, "expected at most 100,000"),
        ({}, 422, "expected one of them"),
        ({"title": "a", "documents": []}, 422, "inside each document"),
        ({"text": "a", "documents": []}, 422, "expected one of them"),
        ({"documents": [{"id": "a", "text": "Fine."}] * 201}, 413, "expected at most 200"),
        ({"documents": [{"id": str(i), "text": "Fine. " * 15_000} for i in range(6)]}, 413, "expected at most 500,000"),
        ({"documents": [{"id": "a"}]}, 422, "text"),
        ({"text": 7}, 422, "string"),
        ({"text": "Fine.", "colour": "blue"}, 422, "colour"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(server: str, body: object, status: int, told: str) -> None:
    answer = httpx.post(f"{server}/score", json=body, timeout=60)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"type", "message", "where"}
    assert told in answer.text
    assert "Traceback" not in answer.text


def test_a_title_is_scored_before_the_text(server: str) -> None:
    body = httpx.post(f"{server}/score", json={"title": "Russia and Iran sign pact", "text": "It was signed in Moscow."}, timeout=60).json()
    assert [(s["part"], s["text"]) for s in body["documents"][0]["sentences"]] == [("title", "Russia and Iran sign pact"), ("text", "It was signed in Moscow.")]


def test_a_document_that_cannot_be_scored_comes_back_with_its_error_between_its_scored_neighbours(server: str) -> None:
    documents = [{"id": "a", "text": "Moscow and Tehran met."}, {"id": "b", "text": "…"}, {"id": "c", "text": "They met again."}]
    answer = httpx.post(f"{server}/score", json={"documents": documents}, timeout=60)
    assert answer.status_code == 200
    a, b, c = answer.json()["documents"]
    assert len(a["sentences"]) == len(c["sentences"]) == 1
    assert "no letter" in b["error"]["message"]
    assert b["error"]["where"] == "documents.1"


def test_a_sentence_longer_than_the_model_reads_is_said_to_be_truncated(server: str) -> None:
    body = httpx.post(f"{server}/score", json={"text": "Moscow and Tehran met " + "again and " * 300 + "again."}, timeout=60).json()
    (document,) = body["documents"]
    assert "truncated" in document["sentences"][0]["flags"]
    assert document["summary"]["truncated"] == 1


def test_half_a_surrogate_pair_is_refused_as_no_json_in_utf_8(server: str) -> None:
    answer = httpx.post(f"{server}/score", content=b'{"text": "met \\ud800 there"}', headers={"content-type": "application/json"}, timeout=60)
    assert answer.status_code == 400
    assert "hex escape" in answer.json()["error"]["message"]


def test_a_body_that_is_no_json_is_a_client_error(server: str) -> None:
    answer = httpx.post(f"{server}/score", content=b"{", headers={"content-type": "application/json"}, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "malformed"


def test_info_tells_labels_target_limits_and_metrics(server: str, scorer: Scorer) -> None:
    body = httpx.get(f"{server}/info").json()
    assert [label["name"] for label in body["labels"]] == list(scorer.codebook.labels)
    assert body["target"] == scorer.codebook.target
    assert body["model"]["tag"] == scorer.bundle.tag
    assert body["limits"]["documents_per_request"] == 200
    assert 0 < body["metrics"]["held_out"]["macro_f1"] <= 1
