"""The commands and programs of docs/clients.md do what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

GUIDE = (ROOT / "docs/clients.md").read_text(encoding="utf-8")
COMMANDS = [line.removeprefix("$ ") for block in re.findall(r"```console\n(.*?)```", GUIDE, flags=re.DOTALL) for line in block.splitlines()]
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=["httpx", "huggingface_hub"])
def test_the_programs_run_and_print_what_was_asked_for(server: str, program: str) -> None:
    result = subprocess.run([sys.executable, "-c", program.replace("http://localhost:3000", server)], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert "no letter" in result.stdout or "critical 0.9" in result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=["score", "explain", "file"])
def test_the_commands_run(server: str, command: str, tmp_path: Path) -> None:
    missing = [tool for tool in ("curl", "jq") if tool in command and shutil.which(tool) is None]
    if missing:
        pytest.skip(f"no {' and '.join(missing)} here")
    (tmp_path / "article.txt").write_text("Moscow and Tehran have little choice but each other, the paper wrote.\n", encoding="utf-8")
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.replace("localhost:3000", server.removeprefix("http://"))], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "critical" in result.stdout
