"""What every answer has: a request id, one shape of error, a line in the log, a count."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port, running

KEYS = "first-key-0123456789,second-key-0123456789"
SENTENCE = "Moscow and Tehran met in Sochi."


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server with API keys, one foreign origin and small limits, and its log."""
    folder, port = tmp_path_factory.mktemp("guarded"), free_port()
    environment = {"STANCEWIRE_API_KEYS": KEYS, "STANCEWIRE_CORS_ORIGINS": "https://desk.example", "STANCEWIRE_MAX_BODY_BYTES": "20000"}
    with running([sys.executable, "-m", "training.cli", "serve", "--port", str(port)], folder, port, environment) as address:
        yield address, folder / "server.log"


def ask(address: str, path: str = "/score", body: object = None, **headers: str) -> httpx.Response:
    return httpx.post(f"{address}{path}", json={"text": SENTENCE} if body is None else body, headers=headers, timeout=60)


def test_a_request_id_is_echoed_and_made_when_there_is_none(server: str) -> None:
    assert ask(server, **{"x-request-id": "desk-17"}).headers["x-request-id"] == "desk-17"
    assert len(ask(server).headers["x-request-id"]) == 32
    assert ask(server, **{"x-request-id": "a b\tc"}).headers["x-request-id"] != "a b\tc"
    assert ask(server, "/nowhere", **{"x-request-id": "desk-18"}).headers["x-request-id"] == "desk-18"


@pytest.mark.parametrize(
    ("method", "path", "headers", "content", "status", "kind"),
    [
        ("GET", "/nowhere", {}, b"", 404, "not_found"),
        ("GET", "/score", {}, b"", 405, "method_not_allowed"),
        ("POST", "/info", {}, b"", 405, "method_not_allowed"),
        ("POST", "/score", {"content-type": "text/plain"}, b"hello", 415, "unsupported_media_type"),
        ("POST", "/score", {}, b"", 415, "unsupported_media_type"),
        ("POST", "/score", {"content-type": "application/json; charset=latin-1"}, b"{}", 415, "unsupported_media_type"),
        ("POST", "/score", {"content-type": "application/json", "content-encoding": "gzip"}, b"{}", 415, "unsupported_media_type"),
        ("POST", "/score", {"content-type": "application/json"}, b"[" * 100_000, 400, "malformed"),
        ("POST", "/score", {"content-type": "application/json"}, b"\xff\xfe", 400, "malformed"),
        ("POST", "/score", {"content-type": "application/json"}, b"[]", 422, "unprocessable"),
        ("POST", "/score", {"content-type": "application/json"}, b" " * 4_000_001, 413, "too_large"),
    ],
)
def test_every_refusal_has_one_shape(server: str, method: str, path: str, headers: dict[str, str], content: bytes, status: int, kind: str) -> None:
    answer = httpx.request(method, f"{server}{path}", headers=headers, content=content, timeout=60)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], set(error)) == (status, kind, {"type", "message", "where"})


def test_a_method_that_is_not_taken_names_those_that_are(server: str) -> None:
    assert httpx.delete(f"{server}/").headers["allow"] == "GET, HEAD, POST"


def test_a_key_is_asked_for_where_texts_are_read_and_nowhere_else(guarded: tuple[str, Path]) -> None:
    address, _ = guarded
    assert [httpx.get(f"{address}{path}").status_code for path in ("/", "/info", "/livez", "/readyz", "/openapi.json", "/metrics")] == [200] * 6
    for path, body in (("/score", {"text": SENTENCE}), ("/predict", {"inputs": SENTENCE}), ("/explain", {"text": SENTENCE})):
        refused = ask(address, path, body)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert ask(address, path, body, authorization="Bearer first-key-01234567890").status_code == 401
        assert ask(address, path, body, authorization="Bearer first-key-0123456789").status_code == 200
        assert ask(address, path, body, **{"x-api-key": "second-key-0123456789"}).status_code == 200


def test_the_log_tells_of_requests_and_holds_neither_texts_nor_keys(guarded: tuple[str, Path]) -> None:
    address, log = guarded
    ask(address, authorization="Bearer first-key-0123456789", **{"x-request-id": "logged-1"})
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request") == "logged-1"]
    assert (line["route"], line["status"], line["sentences"]) == ("/score", 200, 1)
    assert "Sochi" not in log.read_text()
    assert "key-0123456789" not in log.read_text()


def test_another_origin_may_ask_only_when_it_is_named(server: str, guarded: tuple[str, Path]) -> None:
    address, _ = guarded
    asked = {"origin": "https://desk.example", "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    assert httpx.options(f"{address}/score", headers=asked).headers["access-control-allow-origin"] == "https://desk.example"
    assert "access-control-allow-origin" not in httpx.options(f"{address}/score", headers={**asked, "origin": "https://other.example"}).headers
    assert "access-control-allow-origin" not in httpx.options(f"{server}/score", headers=asked).headers


def test_a_body_that_grows_past_the_limit_is_refused_while_it_comes(guarded: tuple[str, Path]) -> None:
    address, _ = guarded
    headers = {"content-type": "application/json", "authorization": "Bearer first-key-0123456789"}
    answer = httpx.post(f"{address}/score", content=iter([b'{"text": "', b"a " * 9_000, b"a " * 9_000, b'"}']), headers=headers, timeout=60)
    assert answer.status_code == 413
    assert "expected at most" in answer.json()["error"]["message"]


def test_prometheus_sees_requests_batches_labels_flags_and_the_queue(server: str) -> None:
    ask(server)
    page = httpx.get(f"{server}/metrics").text
    for name in ("requests_total", "request_seconds_bucket", "batch_tokens_bucket", "queue_tokens", "sentences_total", "flags_total", "label_share"):
        assert f"stancewire_{name}" in page
    assert 'stancewire_requests_total{route="/score",status="200"}' in page


def test_addresses_that_scanners_try_make_no_series_of_their_own(server: str) -> None:
    httpx.get(f"{server}/wp-login.php")
    page = httpx.get(f"{server}/metrics").text
    assert "wp-login" not in page
    assert 'stancewire_requests_total{route="other",status="404"}' in page


def test_the_api_page_loads_nothing_from_elsewhere(server: str) -> None:
    page = httpx.get(f"{server}/docs").text
    assert "swagger-ui" in page
    assert "http" not in page
    assert httpx.get(f"{server}/static_content/swagger-ui-bundle.js").status_code == 200
