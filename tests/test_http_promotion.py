"""Another bundle is promoted while clients ask: none of them is failed, and each reply is the work of the one model that it names."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.bundle import NAMES, load_bundle, write_manifest
from service.records import Document
from service.registry.home import Home
from service.registry.pointer import Event, State, locked, read_state, write_state
from service.registry.promotion import promote, rollback
from service.registry.store import add
from service.scorer import load_scorer
from tests.conftest import free_port, running, variant

SERVE = [sys.executable, "-m", "training.cli", "serve", "--port"]
SHORT = "Moscow and Tehran have little choice but each other, the paper wrote."
LONG = " ".join(f"Moscow and Tehran met in room {i} and praised their growing partnership as a threat to nobody." for i in range(60))


@pytest.fixture
def live(store: Home, tmp_path: Path) -> Iterator[running]:
    """A server that follows the test's store."""
    port = free_port()
    context = running([*SERVE, str(port)], tmp_path, port, {"BENTOML_HOME": str(store.path), "STANCEWIRE_PROMOTED_SECONDS": "1"})
    with context:
        yield context


def tag_of(address: str) -> str:
    return str(httpx.get(f"{address}/info", timeout=30).json()["model"]["tag"])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


async def ask_throughout(address: str, change: Callable[[], object], expected: str) -> tuple[list[httpx.Response], list[int]]:
    """Ask with eight clients while ``change`` happens and until ``expected`` answers, and a little longer; return the replies and what /readyz said."""
    over = asyncio.Event()
    replies: list[httpx.Response] = []
    ready: list[int] = []

    async def ask(client: httpx.AsyncClient, text: str) -> None:
        while not over.is_set():
            replies.append(await client.post(f"{address}/score", json={"text": text}))
            ready.append((await client.get(f"{address}/readyz")).status_code)

    async with httpx.AsyncClient(timeout=60) as client:
        tasks = [asyncio.create_task(ask(client, LONG if i % 4 == 0 else SHORT)) for i in range(8)]
        while len(replies) < 20:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(change)
        deadline = time.monotonic() + 60
        while replies[-1].json()["model"]["tag"] != expected and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        after = len(replies)
        while len(replies) < after + 20:
            await asyncio.sleep(0.02)
        over.set()
        await asyncio.gather(*tasks)
    return replies, ready


def sentences(reply: httpx.Response) -> list[tuple[str, dict[str, float]]]:
    return [(s["label"], s["probabilities"]) for s in reply.json()["documents"][0]["sentences"]]


def scored(folder: Path, text: str) -> list[tuple[str, dict[str, float]]]:
    (document,) = load_scorer(folder).score([Document("text", text)])
    return [(s.label, dict(s.probabilities)) for s in document.scores]


def test_no_request_fails_or_is_answered_by_two_models_when_another_is_promoted_and_rolled_back(store: Home, live: running, tmp_path: Path) -> None:
    old, new = load_bundle().path, variant(tmp_path / "new", 4.0)
    tags = {load_bundle(folder).tag: folder for folder in (old, new)}
    before, after = tags
    known = {tag: {n: scored(folder, text) for text in (SHORT, LONG) for n in [len(scored(folder, text))]} for tag, folder in tags.items()}
    add(store, new)
    for change, expected in ((lambda: promote(store, after), after), (lambda: rollback(store), before)):
        replies, ready = asyncio.run(ask_throughout(live.address, change, expected))
        assert {reply.status_code for reply in replies} == {200}
        assert set(ready) == {200}
        assert {reply.json()["model"]["tag"] for reply in replies} == {before, after}
        assert tag_of(live.address) == expected  # a slow reply may still come from the model that its request began with
        for reply in replies:
            found = sentences(reply)
            wanted = known[reply.json()["model"]["tag"]][len(found)]
            assert [label for label, _ in found] == [label for label, _ in wanted]
            for (_, probabilities), (_, expected_ones) in zip(found, wanted, strict=True):
                assert probabilities == pytest.approx(expected_ones, abs=1e-6)
    page = httpx.get(f"{live.address}/metrics").text
    assert f'stancewire_model_info{{codebook="iran-russia 1.1",tag="{before}"}} 1.0' in page
    assert 'stancewire_models_taken_up_total{outcome="taken_up"} 3.0' in page


def test_a_bundle_that_cannot_be_loaded_leaves_the_old_one_serving_and_is_told(store: Home, live: running, tmp_path: Path) -> None:
    broken = variant(tmp_path / "broken", 3.0)
    (broken / NAMES.model).write_bytes(b"no model at all")
    write_manifest(broken, {key: value for key, value in json.loads((broken / NAMES.manifest).read_text()).items() if key not in ("format", "tag", "files", "sha256")})
    tag = add(store, broken)
    with pytest.raises(Exception, match="model"):
        promote(store, tag)
    assert read_state(store).history == ()
    with locked(store):  # as a machine with another store version might
        write_state(store, State((tag,), (Event(action="promote", tag=tag, at="", by=""),)))
    info: dict[str, Any] = {}
    until(lambda: bool(info.update(httpx.get(f"{live.address}/info", timeout=30).json()) or info["bundle"]["not_taken_up"]))
    assert info["model"]["tag"] == load_bundle().tag
    assert httpx.get(f"{live.address}/readyz", timeout=30).status_code == 200
    assert httpx.post(f"{live.address}/score", json={"text": SHORT}, timeout=60).json()["model"]["tag"] == load_bundle().tag
    assert 'stancewire_models_taken_up_total{outcome="failed"} 1.0' in httpx.get(f"{live.address}/metrics", timeout=30).text
    assert "the model cannot be loaded" in live.log.read_text()
    good = add(store, variant(tmp_path / "good", 5.0))
    promote(store, good)
    until(lambda: tag_of(live.address) == good)
    assert httpx.get(f"{live.address}/info", timeout=30).json()["bundle"] == {"source": "promoted", "not_taken_up": None}


def test_a_service_that_was_given_a_bundle_stays_with_it(store: Home, tmp_path: Path) -> None:
    named, other = variant(tmp_path / "named", 3.0), variant(tmp_path / "other", 4.0)
    port = free_port()
    environment = {**os.environ, "BENTOML_HOME": str(store.path), "STANCEWIRE_PROMOTED_SECONDS": "1"}
    server = running([*SERVE, str(port), "--bundle", str(named)], tmp_path, port, environment)
    with server as address:
        promote(store, add(store, other))
        time.sleep(2.5)  # two looks at the store, if it looked
        assert tag_of(address) == load_bundle(named).tag
        assert httpx.get(f"{address}/info", timeout=30).json()["bundle"]["source"] == "given"
    assert "(as named)" in server.log.read_text()


def test_a_service_starts_with_what_is_promoted_and_says_so(store: Home, tmp_path: Path) -> None:
    promote(store, tag := add(store, variant(tmp_path / "new", 4.0)))
    port = free_port()
    server = running([*SERVE, str(port)], tmp_path, port, {"BENTOML_HOME": str(store.path)})
    with server as address:
        assert tag_of(address) == tag
    assert f"serving {tag} (promoted)" in server.log.read_text()
