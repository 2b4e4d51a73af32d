"""What a bundle was made from, said so that it can be made again: labels by hash and file, and the version of the code."""

from __future__ import annotations

import hashlib
import importlib.metadata
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labels.gold import Gold
from labels.store import labels_hash

_ROOT = Path(__file__).parents[1]


def version() -> str:
    """Return the installed version of stancewire."""
    return importlib.metadata.version("stancewire")


def commit() -> str | None:
    """Return the commit of the checkout that this code runs from, with "+" where its code or labels were changed since; None outside one."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return f"commit {head}{'+' if _git('status', '--porcelain', '--', 'labels', 'service', 'training') else ''}"
    except (OSError, subprocess.CalledProcessError):  # no git here, or not its folder
        return None


def sources(shipped: Sequence[Gold] | None, added: Sequence[Gold], files: Sequence[Path]) -> dict[str, Any]:
    """Return what the manifest says of the labels: the shipped ones by hash and version, those added by hash and by the files they came from.

    ``shipped`` is all of the repo's gold, None where a run leaves it out.
    """
    found: dict[str, Any] = {}
    if shipped is not None:
        found["shipped"] = {"version": version(), "commit": commit(), "hash": gold_hash(shipped), "sentences": len(shipped)}
    if added:
        named = [{"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in files]
        found["added"] = {"hash": gold_hash(added), "sentences": len(added), "files": named}
    return found


def gold_hash(gold: Sequence[Gold]) -> str:
    """Return the hash over sentences and their labels."""
    return labels_hash((g.text, g.label or "") for g in gold)


def _git(*command: str) -> str:
    return subprocess.run(["git", "-C", str(_ROOT), *command], capture_output=True, text=True, check=True).stdout.strip()
