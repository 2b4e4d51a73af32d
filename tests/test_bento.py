"""`bentoml build` makes a Bento that serves from an empty directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from service.scorer import Scorer
from tests.conftest import ROOT, free_port, running


@pytest.fixture(scope="module")
def bento(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Build from a copy that holds only what a clone holds; return BENTOML_HOME and the Bento's tag."""
    folder = tmp_path_factory.mktemp("bento")
    source = folder / "clone"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", ".hypothesis"))
    home = folder / "home"
    environment = {**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    command = [sys.executable, "-m", "bentoml", "build", "-o", "tag"]
    result = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return home, result.stdout.split("__tag__:")[-1].strip()


def test_the_bento_serves_from_an_empty_directory(bento: tuple[Path, str], tmp_path: Path, scorer: Scorer) -> None:
    home, tag = bento
    port = free_port()
    command = [sys.executable, "-m", "bentoml", "serve", tag, "--port", str(port)]
    with running(command, tmp_path, port, {"BENTOML_HOME": str(home)}) as address:
        body = httpx.post(f"{address}/score", json={"text": "Moscow and Tehran met."}, timeout=60).json()
    assert body["model"]["tag"] == scorer.bundle.tag


def test_the_bento_asks_for_no_training_library(bento: tuple[Path, str]) -> None:
    home, tag = bento
    folder = home / "bentos" / tag.replace(":", "/")
    packages = yaml.safe_load((folder / "bento.yaml").read_text())["image"]["commands"] if False else (folder / "env/python/requirements.txt").read_text()
    assert "openvino" in packages
    assert not any(name in packages for name in ("torch", "transformers", "scikit-learn"))
    assert not list(folder.rglob("training"))
