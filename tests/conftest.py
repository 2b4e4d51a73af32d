"""Shared fixtures: the shipped scorer, a tiny real encoder to train from, and a real server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from labels.codebook import Codebook, load_codebook
from labels.gold import Gold
from labels.store import document_text, documents
from service.bundle import SHIPPED, load_bundle, write_manifest
from service.registry.home import Home, store_home
from service.scorer import Scorer, load_scorer
from tests.browser import browser, page  # noqa: F401 - fixtures
from training.rows import shipped_gold

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty model store: what the developer has promoted must not decide what the tests see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(tmp_path_factory.mktemp("bentoml")))
        patch.setenv("BENTOML_DO_NOT_TRACK", "True")
        patch.delenv("STANCEWIRE_BUNDLE", raising=False)
        yield


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A model store of the test's own, which the commands find by the environment."""
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    return store_home()


def variant(folder: Path, temperature: float) -> Path:
    """Write a bundle that differs from the shipped one in its calibration, so that it has another tag and gives other probabilities; return its folder."""
    shutil.copytree(SHIPPED, folder)
    manifest = {key: value for key, value in load_bundle(folder).manifest.items() if key not in ("format", "tag", "files")}
    write_manifest(folder, {**manifest, "calibration": {**manifest["calibration"], "temperature": temperature}})
    return folder


@pytest.fixture(scope="session")
def book() -> Codebook:
    return load_codebook()


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    return load_scorer()


@pytest.fixture(scope="session")
def gold(book: Codebook) -> list[Gold]:
    return shipped_gold(book)


@pytest.fixture(scope="session")
def article() -> str:
    return document_text("seed-003")


@pytest.fixture(scope="session")
def article_path() -> Path:
    return ROOT / "labels/data" / documents()["seed-003"].file


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory, gold: list[Gold]) -> Path:
    """A two-layer encoder with its own vocabulary, saved as transformers saves one."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("base")
    words = BertWordPieceTokenizer()
    words.train_from_iterator([g.text for g in gold[:2000]], vocab_size=2000, show_progress=False)
    words.save_model(str(folder))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    set_seed(0)
    config = BertConfig(vocab_size=words.get_vocab_size(), hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128)
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def few_labels(tmp_path_factory: pytest.TempPathFactory, gold: list[Gold]) -> Path:
    """A CSV of two hundred labelled sentences, as a user would bring it."""
    import csv

    path = tmp_path_factory.mktemp("labels") / "mine.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        writer.writerows((g.text, g.label) for g in gold[:600:3])
    return path


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, few_labels: Path) -> Path:
    from training.cli import main

    out = tmp_path_factory.mktemp("tiny") / "bundle"
    assert main(["train", "--base", str(tiny_base), "--labels", str(few_labels), "--only", "--epochs", "2", "--quiet", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running service, started by the command of the README from an empty folder."""
    port = free_port()
    with running([sys.executable, "-m", "training.cli", "serve", "--port", str(port)], tmp_path_factory.mktemp("serve"), port) as address:
        yield address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class running:  # noqa: N801 - reads as a context: with running(...)
    """Start a server in ``folder``, wait until it is ready, end it on exit."""

    def __init__(self, command: list[str], folder: Path, port: int, environment: dict[str, str] | None = None) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        env = {**os.environ, "BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "True", **(environment or {})}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)

    def __enter__(self) -> str:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200:
                    return self.address
            except httpx.HTTPError:
                time.sleep(0.2)
        self.__exit__()
        raise RuntimeError(f"the server did not become ready:\n{self.log.read_text()[-3000:]}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)
