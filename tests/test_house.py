"""Promises about the house itself: who imports what, and that the README tells the truth."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from training.cli import build_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_scoring_imports_no_training_library() -> None:
    code = (
        "import sys\nfrom training.cli import main\nassert main(['score', '--json', 'Putin met Raisi.']) == 0\nimport service.api\n"
        "found = {'torch', 'transformers', 'sklearn', 'datasets'} & set(sys.modules)\nassert not found, found"
    )
    result = run(code)
    assert result.returncode == 0, result.stderr


def test_training_without_its_extra_names_the_command_that_mends_it() -> None:
    code = (
        "import sys, importlib.abc\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('torch', 'sklearn', 'scipy', 'datasets', 'transformers'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from training.cli import main\nsys.exit(main(['train', '--out', '/nonexistent/x']))"
    )
    result = run(code)
    assert result.returncode == 3
    assert "pip install 'stancewire[train]'" in result.stderr


def commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ stancewire ")]


def test_the_readme_shows_commands() -> None:
    assert len(commands()) >= 8


@pytest.mark.parametrize("command", commands())
def test_the_readmes_commands_parse(command: str) -> None:
    words = shlex.split(command.split(" | ")[0].split(" > ")[0])
    build_parser().parse_args(words[1:])


def test_the_readmes_first_screen_is_real_output() -> None:
    """The first console block shows a command and what it printed; it is run again and must print the same."""
    block = re.search(r"```console\n\$ (stancewire score [^\n]+)\n(.*?)```", README, flags=re.DOTALL)
    assert block is not None
    words = shlex.split(block[1])
    result = subprocess.run(
        [sys.executable, "-m", "training.cli", *words[1:]],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"COLUMNS": "110", "PATH": "/usr/bin:/bin", "BENTOML_HOME": os.environ["BENTOML_HOME"]},
    )
    printed = [line.rstrip() for line in result.stdout.splitlines()]
    shown = [line.rstrip() for line in block[2].splitlines() if line.strip() != "…"]
    assert shown
    assert [line for line in shown if line not in printed] == []
