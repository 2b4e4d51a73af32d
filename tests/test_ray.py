"""Scoring on Ray: the same bytes as on this machine, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.test_batch import QUIET, fingerprint, make_archive
from training.cli import main

pytest.importorskip("ray", reason="the extra `ray` is not installed")


def actors() -> list[int]:
    """Return the processes of scoring actors on this machine."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::") and b"_Actor" in name:
            found.append(int(folder.name))
    return sorted(found)


def test_ray_gives_the_same_bytes_though_a_worker_is_killed(tmp_path: Path) -> None:
    source = make_archive(tmp_path / "a.jsonl", 400)
    command = ["batch", str(source), "--shard", "8", *QUIET]
    assert main([*command, "--workers", "1", "--out", str(tmp_path / "local")]) == 0
    log = (tmp_path / "ray.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "training.cli", *command, "--engine", "ray", "--workers", "2", "--out", str(tmp_path / "ray")], stdout=log, stderr=subprocess.STDOUT
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "ray/sentences/part-000001.parquet").exists():
        time.sleep(0.1)
        assert process.poll() is None, (tmp_path / "ray.log").read_text()
        assert time.monotonic() < deadline
    running = actors()
    assert running
    os.kill(running[0], signal.SIGKILL)
    assert process.wait(180) == 0, (tmp_path / "ray.log").read_text()
    assert fingerprint(tmp_path / "ray") == fingerprint(tmp_path / "local")


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = make_archive(tmp_path / "a.jsonl", 1)
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), "--engine", "ray", "--ray-address", "127.0.0.1:1", *QUIET]) == 2
    assert "no Ray cluster answers there" in capsys.readouterr().err
