"""Figures that the model card prints, as files, each with the hash of the labels that its model learnt from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("figures")


def publish(figures: Mapping[str, Any]) -> Path:
    """Write figures under a name made from their ``data`` and return the file."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / (re.sub(r"\W+", "-", str(figures["data"])).strip("-").lower() + ".json")
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def published(labels_hash: str) -> list[dict[str, Any]]:
    """Return the figures that were measured with the labels of that hash, in the order of their file names."""
    return [figures for figures in _all() if figures.get("labels_hash") == labels_hash]


def published_voice(rules: str) -> list[dict[str, Any]]:
    """Return the figures on voice that were measured with those rules, in the order of their file names."""
    return [figures for figures in _all() if figures.get("rules") == rules]


def _all() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
