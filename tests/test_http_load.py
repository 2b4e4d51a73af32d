"""Under load and at the end: what is over is refused early, what is accepted is answered, and the process leaves cleanly."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import free_port, running

SERVE = [sys.executable, "-m", "training.cli", "serve", "--port"]
LONG = " ".join(f"Moscow and Tehran met in room {i} and praised each other." for i in range(1_500))


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[running]:
    """A server with a queue of a few sentences, one second for a request, and one key to look at."""
    port = free_port()
    context = running([*SERVE, str(port)], tmp_path, port, {"STANCEWIRE_QUEUE_TOKENS": "64", "STANCEWIRE_SECONDS": "1", "STANCEWIRE_REQUESTS": "40"})
    with context:
        yield context


async def flood(address: str, requests: int, sentence: str = "Moscow and Tehran met in room {} again.") -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=requests)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        return await asyncio.gather(*(client.post(f"{address}/score", json={"text": sentence.format(i)}) for i in range(requests)))


def test_the_surplus_is_refused_with_a_time_to_come_again_and_the_rest_is_answered(narrow: running) -> None:
    answers = asyncio.run(flood(narrow.address, 200))
    counts = Counter(answer.status_code for answer in answers)
    assert set(counts) == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["type"] == "overloaded"
    assert httpx.post(f"{narrow.address}/score", json={"text": "They met."}, timeout=60).status_code == 200


def test_a_request_that_takes_too_long_is_given_up_and_so_is_its_work(narrow: running) -> None:
    answer = httpx.post(f"{narrow.address}/score", json={"text": LONG}, timeout=60)
    assert answer.status_code == 504
    assert answer.json()["error"]["type"] == "timeout"
    assert httpx.post(f"{narrow.address}/score", json={"text": "They met."}, timeout=60).status_code == 200
    assert "stancewire_queue_tokens 0.0" in httpx.get(f"{narrow.address}/metrics").text


def test_a_client_that_never_finishes_its_body_holds_its_place_no_longer_than_a_request_may(narrow: running) -> None:
    host, port = narrow.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        slow.sendall(b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
        assert slow.recv(100).startswith(b"HTTP/1.1 504")


def test_at_sigterm_every_accepted_request_is_answered_and_the_exit_is_clean(tmp_path: Path) -> None:
    port = free_port()
    server = running([*SERVE, str(port)], tmp_path, port, {"STANCEWIRE_DRAIN_SECONDS": "5"})  # long enough to see /readyz on a busy machine
    with server as address:

        async def stop_under_way() -> tuple[list[httpx.Response], int]:
            flooding = asyncio.create_task(flood(address, 300))
            async with httpx.AsyncClient() as client:
                await client.get(f"{address}/livez")  # an open connection, as a load balancer keeps one
                while b"answered" not in server.log.read_bytes():
                    await asyncio.sleep(0.01)
                server.process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.3)
                unready = (await client.get(f"{address}/readyz")).status_code
                return await flooding, unready

        answers, unready = asyncio.run(stop_under_way())
        assert unready == 503
        assert Counter(answer.status_code for answer in answers) == {200: 300}
        assert server.process.wait(60) == 0


def test_the_process_lives_before_the_model_is_loaded_and_is_ready_only_after(tmp_path: Path) -> None:
    port = free_port()
    server = running([*SERVE, str(port)], tmp_path, port)
    address = f"http://127.0.0.1:{port}"
    seen: list[tuple[int, int]] = []
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not seen or seen[-1][1] != 200):
            try:
                seen.append((httpx.get(f"{address}/livez", timeout=5).status_code, httpx.get(f"{address}/readyz", timeout=5).status_code))
            except httpx.HTTPError:
                time.sleep(0.02)
    finally:
        server.__exit__()
    assert {live for live, _ in seen} == {200}
    assert seen[0][1] == 503
    assert seen[-1][1] == 200


def test_memory_stays_flat_after_warm_up(server: str) -> None:
    """A short form of benchmarks/soak.py."""
    worker = next(p for p in psutil.process_iter(["cmdline"]) if "_bentoml_impl.worker.service" in (p.info["cmdline"] or ()) and str(_port(server)) in _ports(p))
    asyncio.run(flood(server, 200))
    before = worker.memory_info().rss
    for _ in range(5):
        asyncio.run(flood(server, 200))
    assert worker.memory_info().rss - before < 40_000_000


def _port(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


def _ports(process: psutil.Process) -> set[str]:
    return {str(c.laddr.port) for c in process.net_connections("tcp")}
