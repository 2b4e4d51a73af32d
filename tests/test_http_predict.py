"""POST /predict: clients of other servers work unchanged."""

from __future__ import annotations

import httpx
import pytest
from huggingface_hub import InferenceClient

from service.scorer import Scorer

SENTENCE = "Moscow and Tehran have little choice but each other, the paper wrote."
LONG = "Moscow and Tehran met " + "again and " * 300


def predict(server: str, **body: object) -> httpx.Response:
    return httpx.post(f"{server}/predict", json=body, timeout=60)


@pytest.mark.parametrize("address", ["", "/", "/predict"])
def test_hugging_faces_client_gets_labels_and_scores(server: str, scorer: Scorer, address: str) -> None:
    got = InferenceClient(base_url=f"{server}{address}").text_classification(SENTENCE)
    expected = dict(zip(scorer.codebook.labels, scorer.classify([SENTENCE]).probabilities[0].tolist(), strict=True))
    assert {item.label: item.score for item in got} == pytest.approx(expected, abs=1e-6)
    assert [item.score for item in got] == sorted(expected.values(), reverse=True)


def test_hugging_faces_client_may_ask_for_the_top_label_only(server: str) -> None:
    got = InferenceClient(model=server).text_classification(SENTENCE, top_k=1)
    assert [item.label for item in got] == ["critical"]


def test_a_text_gets_a_list_and_a_list_gets_a_list_of_lists_as_from_text_embeddings_inference(server: str) -> None:
    one = predict(server, inputs=SENTENCE).json()
    two = predict(server, inputs=[[SENTENCE], ["They met."]], truncate=True, raw_scores=False).json()
    assert set(one[0]) == {"label", "score"}
    assert two[0] == one
    assert predict(server, inputs=[SENTENCE, "They met."]).json() == two
    assert predict(server, inputs=[]).json() == []


def test_health_is_asked_where_text_embeddings_inference_has_it(server: str) -> None:
    assert httpx.get(f"{server}/health").status_code == 200


def test_a_text_that_is_too_long_is_cut_and_said_or_refused_as_asked(server: str) -> None:
    cut = predict(server, inputs=["They met.", LONG])
    assert cut.status_code == 200
    assert cut.headers["x-stancewire-truncated"] == "1"
    refused = predict(server, inputs=["They met.", LONG], truncate=False)
    assert refused.status_code == 413
    assert refused.json()["error"]["where"] == "inputs.1"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"inputs": ["They met.", "…"]}, "no letter"),
        ({"inputs": SENTENCE, "raw_scores": True}, "False"),
        ({"inputs": [["a premise", "a hypothesis"]]}, "at most 1"),
        ({"inputs": SENTENCE, "parameters": {"function_to_apply": "none"}}, "softmax"),
    ],
)
def test_what_it_cannot_do_is_refused_and_said(server: str, body: dict[str, object], told: str) -> None:
    answer = predict(server, **body)
    assert answer.status_code == 422
    assert told in answer.json()["error"]["message"]
