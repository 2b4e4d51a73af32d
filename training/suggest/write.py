"""The list and its companion on the disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labels.units import UnitToLabel, unit_lines
from service.batch.store import write_whole


def write_suggestion(out: Path, units: Sequence[UnitToLabel], told: Mapping[str, Any]) -> dict[str, Any]:
    """Write the units to ``out`` and, beside it, ``.manifest.json`` with what is ``told`` of the draw and the list's SHA-256; return the manifest."""
    digest = write_whole(out, unit_lines(units))
    manifest = {"units": {"file": out.name, "sha256": digest, "count": len(units)}, **told}
    write_whole(out.with_suffix(".manifest.json"), json.dumps(manifest, ensure_ascii=False, indent=2).encode() + b"\n")
    return manifest
