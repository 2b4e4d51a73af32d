"""`bentoml build` makes a Bento that serves from an empty directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
import yaml

from service.scorer import Scorer
from service.settings import Settings
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
        assert "text/javascript" in httpx.get(f"{address}/page/page.js").headers["content-type"]
    assert body["model"]["tag"] == scorer.bundle.tag


def test_the_bento_asks_for_no_training_library(bento: tuple[Path, str]) -> None:
    home, tag = bento
    folder = home / "bentos" / tag.replace(":", "/")
    packages = (folder / "env/python/requirements.txt").read_text()
    assert "openvino" in packages
    assert not any(name in packages for name in ("torch", "transformers", "scikit-learn"))
    assert not list(folder.rglob("training"))


def test_the_bentos_packages_are_pinned_to_the_versions_that_the_tests_pass_with() -> None:
    pinned = yaml.safe_load((ROOT / "bentofile.yaml").read_text())["python"]["packages"]
    assert set(pinned) <= set((ROOT / "constraints.txt").read_text().splitlines())


def test_the_container_runs_as_a_numbered_user_who_is_not_root_and_checks_its_health(bento: tuple[Path, str], tmp_path: Path) -> None:
    home, tag = bento
    dockerfile = (home / "bentos" / tag.replace(":", "/") / "env/docker/Dockerfile").read_text()
    assert [line.split()[1] for line in dockerfile.splitlines() if line.startswith("USER ")][-1] == "1034"
    assert "HEALTHCHECK" in dockerfile
    assert "/readyz" in dockerfile
    hadolint = Path(sys.executable).with_name("hadolint")
    result = subprocess.run([str(hadolint), "--failure-threshold", "error", "-"], input=dockerfile, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_deployment_examples_probe_what_the_service_answers_and_outwait_its_longest_request() -> None:
    deployment = next(yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text()))["spec"]["template"]["spec"]
    (container,) = deployment["containers"]
    assert [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")] == ["/readyz", "/readyz", "/livez"]
    assert deployment["terminationGracePeriodSeconds"] > Settings().seconds + 5
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["stancewire"]
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings().seconds + 3
    assert {name for source in (service["environment"], {e["name"]: 1 for e in container["env"]}) for name in source if name.startswith("STANCEWIRE_")} <= {
        f"STANCEWIRE_{field.name.upper()}" for field in fields(Settings)
    }
