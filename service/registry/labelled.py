"""The labels that a bundle learnt from, kept beside it in the store: they train again in a retraining, and make the bundle again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labels.errors import InputError
from labels.gold import derive_gold
from labels.problems import raise_problems
from labels.store import labels_hash
from labels.tables import read_table
from service.bundle import Bundle

LABELS = "labels.jsonl"
"""The annotations beyond the shipped ones, in a stored model's provenance, in the order in which they came."""


def labels_of(bundle: Bundle, files: Sequence[Path]) -> bytes:
    """Return the annotations of ``files`` as JSON lines; raise InputError where they are not those that the bundle's manifest names, by hash."""
    readings = [read_table(path, bundle.codebook) for path in files]
    raise_problems([problem for reading in readings for problem in reading.problems], hint="nothing was done")
    rows = [row for reading in readings for _, row in reading.rows]
    told = (bundle.manifest["training"].get("sources") or {}).get("added")
    found = labels_hash((g.text, g.label) for g in derive_gold(rows) if g.label)
    if told is None or told["hash"] != found:
        wanted = f"{told['hash'][:12]}…, of {', '.join(f['name'] for f in told['files'])}" if told else "none: its manifest names no added labels"
        raise InputError(f"--labels {', '.join(map(str, files))}: have the hash {found[:12]}…; {bundle.tag} was trained on {wanted}")
    return "".join(row.to_json() + "\n" for row in rows).encode("utf-8", "surrogatepass")
