"""The model bundle: one folder with all that a scorer needs and nothing that can execute.

Every file's SHA-256 stands in the manifest and the manifest carries its own; loading verifies them all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labels.codebook import Codebook, codebook_from_dict
from labels.errors import BundleError, LabelError

FORMAT = 2
SHIPPED = Path(__file__).with_name("bundle")


@dataclass(frozen=True, slots=True)
class Names:
    """The file names of a bundle, in one place."""

    model: str = "model.onnx"
    tokenizer: str = "tokenizer.json"
    card: str = "MODEL_CARD.md"
    manifest: str = "manifest.json"


NAMES = Names()


@dataclass(frozen=True, slots=True)
class Decision:
    """How probabilities become a label.

    A label with a floor is given when its probability reaches the floor (of several, the one that exceeds it by the
    largest factor); otherwise the most probable label without a floor. No floors: the most probable label.
    A unit is ambiguous when its most probable label has less than ``ambiguous_below``, or is not the decided one, or the
    decided one has less than its own ``certain``.
    """

    floors: Mapping[str, float]
    ambiguous_below: float
    certain: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle. ``temperature`` divides the logits, then ``offsets`` are added, one a label, before the softmax.

    ``mentions``: in pairs of sentence and target, the model is told which words of the sentence name the target.
    """

    path: Path
    tag: str
    codebook: Codebook
    max_length: int
    temperature: float
    offsets: tuple[float, ...]
    decision: Decision
    manifest: Mapping[str, Any]
    mentions: bool = False


def load_bundle(path: Path = SHIPPED) -> Bundle:
    """Read and verify a bundle folder; raise BundleError naming the file and what is wrong with it."""
    manifest = _read_manifest(path / NAMES.manifest)
    for name in (NAMES.model, NAMES.tokenizer, NAMES.card):
        _verify(path / name, manifest.get("files", {}).get(name))
    try:
        decision = Decision(dict(manifest["decision"]["floors"]), float(manifest["decision"]["ambiguous_below"]), dict(manifest["decision"]["certain"]))
        return Bundle(
            path=path,
            tag=str(manifest["tag"]),
            codebook=codebook_from_dict(manifest["codebook"], str(path / NAMES.manifest)),
            max_length=int(manifest["max_length"]),
            temperature=float(manifest["calibration"]["temperature"]),
            offsets=_offsets(manifest),
            decision=decision,
            manifest=manifest,
            mentions=bool(manifest.get("input", {}).get("mentions")),
        )
    except (KeyError, TypeError, ValueError, LabelError) as error:
        raise BundleError(f"{path / NAMES.manifest}: lacks or misshapes {error}; expected a manifest of format {FORMAT} written by `stancewire train`") from error


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest of the bundle folder ``path`` with the hashes of its files, its tag and its own hash."""
    files = {name: file_sha256(path / name) for name in (NAMES.model, NAMES.tokenizer)}
    # The tag names what decides scores, so that a reworded card does not make another model of it.
    scoring: dict[str, Any] = {key: manifest[key] for key in ("codebook", "max_length", "input", "calibration", "decision") if key in manifest}
    tag = "stancewire:" + _digest({"files": files, **scoring})[:12]
    body = {"format": FORMAT, "tag": tag, **manifest, "files": {**files, NAMES.card: file_sha256(path / NAMES.card)}}
    text = json.dumps({**body, "sha256": _digest(body)}, ensure_ascii=False, indent=2)
    (path / NAMES.manifest).write_text(text + "\n", encoding="utf-8")


def file_sha256(path: Path) -> str:
    """Return a file's SHA-256 as hex; raise BundleError if it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}; expected a file of a stancewire bundle") from error


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}; expected a bundle folder written by `stancewire train`") from error
    except ValueError as error:
        raise BundleError(f"{path}: is not JSON in UTF-8 ({error}); the bundle is damaged, fetch or train it again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(f"{path}: bundle format is {manifest.get('format') if isinstance(manifest, dict) else None!r}; expected {FORMAT}")
    claimed = manifest.pop("sha256", None)
    if claimed != _digest(manifest):
        raise BundleError(f"{path}: the manifest does not match its own SHA-256; the bundle is damaged or was edited, fetch or train it again")
    return manifest


def _offsets(manifest: Mapping[str, Any]) -> tuple[float, ...]:
    found, labels = tuple(map(float, manifest["calibration"]["offsets"])), manifest["codebook"]["labels"]
    if len(found) != len(labels):
        raise ValueError(f"calibration.offsets: {len(found)} of them for {len(labels)} labels")
    return found


def _verify(path: Path, expected: str | None) -> None:
    if expected is None:
        raise BundleError(f"{path}: is not listed in the manifest; expected its SHA-256 under files")
    found = file_sha256(path)
    if found != expected:
        raise BundleError(f"{path}: SHA-256 is {found[:16]}…; expected {expected[:16]}… by the manifest; the file is damaged or was exchanged")


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
