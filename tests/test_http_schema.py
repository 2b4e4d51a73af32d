"""The OpenAPI document against the server, and texts that nobody thinks of."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.scorer import Scorer
from tests.conftest import ROOT

CASES = 50
"""Examples for each operation and phase here, some 300 requests in all; benchmarks/service.md has the run of 2,000."""

HARD = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(categories=["Cf", "Cc", "Zs", "Mn", "Lo", "Po"]), max_size=200),
    st.text(st.sampled_from("‮‏​\u2028\x85 .!?\"'“”\nAb"), max_size=200),
    st.text(st.characters(), min_size=1, max_size=20).map(lambda t: (t * 300)[:3_000]),
)


def test_openapi_names_every_route_and_every_status(server: str) -> None:
    document = httpx.get(f"{server}/openapi.json").json()
    assert document == httpx.get(f"{server}/docs.json").json()
    assert set(document["paths"]) == {"/score", "/predict", "/explain", "/info"}
    for path in ("/score", "/predict", "/explain"):
        assert set(document["paths"][path]["post"]["responses"]) == {"200", "400", "401", "413", "415", "422", "429", "500", "503", "504"}


def test_the_documents_examples_are_what_the_server_answers(server: str, scorer: Scorer) -> None:
    for path, operation in httpx.get(f"{server}/openapi.json").json()["paths"].items():
        method, told = next(iter(operation.items()))
        sent = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        got = httpx.request(method, f"{server}{path}", json=sent, timeout=60).json()
        assert got == told["responses"]["200"]["content"]["application/json"]["example"]


def test_no_request_that_schemathesis_makes_breaks_a_promise_of_the_document(server: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "schemathesis.toml", tmp_path)
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{server}/openapi.json", "--checks", "all", "--max-examples", str(CASES), "--continue-on-failure"]
    result = subprocess.run([*command, "--phases", "examples,coverage,fuzzing", "--seed", "1"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout[-5_000:]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=HARD, title=st.none() | HARD)
def test_any_text_is_scored_with_true_spans_or_refused_with_a_reason(server: str, text: str, title: str | None) -> None:
    answer = httpx.post(f"{server}/score", json={"text": text, "title": title}, timeout=60)
    assert answer.status_code in (200, 400, 422)
    document = answer.json().get("documents", [{"sentences": []}])[0]
    parts = {"text": text, "title": title or ""}
    assert all(parts[s["part"]][s["start"] : s["end"]] == s["text"] for s in document["sentences"])
    assert answer.status_code == 200 or answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("x" * 1_000_000, 413),
        ("x" * 100_000, 200),
        ("No. " * 24_999 + "Yes.", 200),
        ("No. " * 100_000, 413),
        ("." * 99_999 + "a", 200),
        ("“" * 50_000 + "a", 200),
        ("‮Moscow‬ ‏and‎ Tehran met.", 200),
        ("met\0there", 422),
    ],
    ids=["1 MB of one word", "100 kB of one word", "25,000 sentences", "100,000 sentences", "full stops", "quotation marks", "right-to-left marks", "NUL"],
)
def test_hard_texts_are_answered(server: str, text: str, status: int) -> None:
    assert httpx.post(f"{server}/score", json={"text": text}, timeout=60).status_code == status
    assert httpx.get(f"{server}/readyz").status_code == 200
