"""What an operator sees: traces in a collector, texts in the log only when asked for, and a service whose bundle is damaged."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.bundle import SHIPPED
from tests.conftest import ROOT, free_port, running

SERVE = [sys.executable, "-m", "training.cli", "serve", "--port"]
BENTO = [sys.executable, "-m", "bentoml", "serve", "service.api:StanceService", "--working-dir", str(ROOT), "--port"]
TEXT = "Moscow and Tehran have little choice but each other, the paper wrote."


class _Collector(HTTPServer):
    """Takes traces as an OpenTelemetry collector does, over HTTP and protobuf."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", free_port()), _Receive)
        self.spans: list[str] = []


class _Receive(BaseHTTPRequestHandler):
    server: _Collector

    def do_POST(self) -> None:
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
        self.server.spans += [span.name for resource in sent.resource_spans for scope in resource.scope_spans for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Leave the test's output alone."""


@pytest.fixture
def collector() -> Iterator[_Collector]:
    server = _Collector()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_traces_reach_a_collector_as_the_operations_page_sets_it_up(collector: _Collector, tmp_path: Path) -> None:
    config = tmp_path / "tracing.yaml"
    port = free_port()
    endpoint = f"http://127.0.0.1:{collector.server_port}/v1/traces"
    config.write_text(f"services:\n  stancewire:\n    tracing: {{exporter_type: otlp, sample_rate: 1.0, otlp: {{protocol: http, endpoint: '{endpoint}'}}}}\n")
    with running([*SERVE, str(port)], tmp_path, port, {"BENTOML_CONFIG": str(config), "OTEL_BSP_SCHEDULE_DELAY": "100"}) as address:
        assert httpx.post(f"{address}/score", json={"text": TEXT}, timeout=60).status_code == 200
        deadline = time.monotonic() + 30
        while not any("POST" in name for name in collector.spans) and time.monotonic() < deadline:
            time.sleep(0.1)
    assert any("POST" in name for name in collector.spans)


@pytest.mark.parametrize(("setting", "told"), [("0", False), ("1", True)])
def test_texts_stand_in_the_log_only_when_asked_for(setting: str, told: bool, tmp_path: Path) -> None:
    port = free_port()
    server = running([*SERVE, str(port)], tmp_path, port, {"STANCEWIRE_LOG_TEXTS": setting})
    with server as address:
        for path, body in (("score", {"text": TEXT}), ("predict", {"inputs": TEXT}), ("explain", {"text": TEXT})):
            assert httpx.post(f"{address}/{path}", json=body, timeout=60).status_code == 200
    lines = [line for line in server.log.read_text().splitlines() if '"status": 200' in line and '"POST"' in line]
    assert len(lines) == 3
    assert [TEXT in line for line in lines] == [told] * 3


def test_a_damaged_bundle_leaves_the_service_alive_unready_and_saying_why(tmp_path: Path) -> None:
    bundle = shutil.copytree(SHIPPED, tmp_path / "bundle")
    with (bundle / "model.onnx").open("r+b") as model:
        model.write(b"damaged")
    port = free_port()
    server = running([*BENTO, str(port)], tmp_path, port, {"STANCEWIRE_BUNDLE": str(bundle)})
    address = f"http://127.0.0.1:{port}"
    try:
        answer = _when_loaded(address)
        assert answer.status_code == 503
        assert "SHA-256" in answer.json()["error"]["message"]
        assert httpx.get(f"{address}/livez").status_code == 200
        assert httpx.get(f"{address}/readyz").status_code == 503
    finally:
        server.__exit__()


def test_serve_refuses_a_damaged_bundle_before_it_listens(tmp_path: Path) -> None:
    bundle = shutil.copytree(SHIPPED, tmp_path / "bundle")
    (bundle / "tokenizer.json").write_text("{}")
    result = subprocess.run([*SERVE, "0", "--bundle", str(bundle)], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "tokenizer.json: SHA-256 is" in result.stderr
    assert "Traceback" not in result.stderr


def _when_loaded(address: str) -> httpx.Response:
    """Return the answer to a request once the bundle has been looked at."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            answer = httpx.post(f"{address}/score", json={"text": TEXT}, timeout=60)
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        if answer.status_code == 200 or "not loaded yet" not in answer.text:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{address} did not come to an end with its bundle")
