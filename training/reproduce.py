"""`stancewire train --reproduce TAG`: make a bundle again from what its manifest tells, and say whether it came out the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from labels.codebook import Codebook
from labels.errors import InputError
from labels.store import load_annotations
from service.bundle import NAMES, Bundle, load_bundle
from service.registry.diff import Change, compare_manifests
from service.registry.labelled import LABELS
from service.registry.stage import PROVENANCE
from training.base import find_base
from training.config import TrainConfig
from training.provenance import gold_hash, version
from training.retrain.rows import read_rows, settled
from training.rows import ChosenGold, joined_gold, shipped_gold, training_set
from training.train import train_bundle


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The bundle made again; ``same``: its model file has the SHA-256 of the original's. ``changes`` are what differs in the manifests, libraries among them."""

    out: Path
    same: bool
    original: str
    again: str
    changes: tuple[Change, ...]


def reproduce(bundle: Bundle, out: Path, labels: Sequence[Path], base: str | None, *, progress: bool = True) -> Reproduction:
    """Train a bundle again into ``out``; ``labels`` are the files it was trained on where the store does not keep its labels.

    ``base`` is where the base encoder stands now, if it has moved. Raises InputError when labels or base are not those of the original,
    naming what to fetch.
    """
    if out.resolve() == bundle.path.resolve():
        raise InputError(f"--out {out}: holds the bundle that is to be made again; expected another folder")
    chosen = _labels(bundle, bundle.codebook, labels)
    config = _config(bundle, base)
    training = bundle.manifest["training"]
    made = train_bundle(chosen.gold, bundle.codebook, config, out, agreement=training["agreement"], sources=training.get("sources") or {}, progress=progress)
    again = load_bundle(made)
    files = [b.manifest["files"] for b in (bundle, again)]
    original, repeated = (str(f[NAMES.model]) for f in files)
    return Reproduction(made, original == repeated, original, repeated, tuple(compare_manifests(bundle, again)))


def _labels(bundle: Bundle, book: Codebook, files: Sequence[Path]) -> ChosenGold:
    """Return the gold that the bundle learnt from, in its order, or raise InputError saying which labels are missing or have moved on."""
    training = bundle.manifest["training"]
    origin: dict[str, Any] = training.get("sources") or {}
    kept = bundle.path / PROVENANCE / LABELS
    rows = load_annotations([kept], book) if kept.is_file() else read_rows(files, book, skip_invalid=True)[0] if files else []
    added = settled(rows)
    told = origin.get("added")
    if told and gold_hash(added) != told["hash"]:
        names = ", ".join(f["name"] for f in told["files"]) or "its label files"
        found = f"those given have the hash {gold_hash(added)[:12]}…" if added else "none are at hand"
        raise InputError(f"{bundle.tag}: was trained on {told['sentences']:,} added sentences ({told['hash'][:12]}…); {found}; expected --labels with {names}")
    if shipped := origin.get("shipped"):
        _check_shipped(bundle, book, shipped)
    chosen = joined_gold(added, book, only=bool(origin) and "shipped" not in origin)
    if (found_hash := training_set(chosen.gold).hash) != training["labels_hash"]:
        raise InputError(
            f"{bundle.tag}: was trained on labels {training['labels_hash'][:12]}…; those at hand are {found_hash[:12]}…; expected {_where(training)}, and --labels with the files that were added"
        )
    return chosen


def _check_shipped(bundle: Bundle, book: Codebook, told: dict[str, Any]) -> None:
    if (found := gold_hash(shipped_gold(book))) != told["hash"]:
        raise InputError(
            f"{bundle.tag}: was trained on shipped labels {told['hash'][:12]}…; those of this version ({version()}) are {found[:12]}…; expected {_where(told | {'code': told['version']})}"
        )


def _where(told: dict[str, Any]) -> str:
    return f"the checkout of stancewire {told['code']}{', ' + told['commit'] if told.get('commit') else ''}"


def _config(bundle: Bundle, base: str | None) -> TrainConfig:
    training = bundle.manifest["training"]
    known = {field.name for field in fields(TrainConfig)}
    if unknown := training["config"].keys() - known:
        raise InputError(f"{bundle.tag}: its recipe sets {', '.join(sorted(unknown))}, which this version does not know; expected {_where(training)}")
    config = TrainConfig(**training["config"])
    config = replace(config, base=base) if base else config
    found = asdict(find_base(config.base))
    wanted = training["base"]
    if (found["sha256"], found["revision"]) != (wanted["sha256"], wanted["revision"]):
        raise InputError(
            f"{bundle.tag}: was trained from {wanted['name']}, SHA-256 {wanted['sha256']}, revision {wanted['revision']}; --base {config.base} is another; expected that one"
        )
    return config


def reproduction_lines(made: Reproduction, tag: str) -> list[str]:
    """Return whether the model came out the same, and what differs."""
    if made.same:
        return [f"{tag} came out the same: {NAMES.model} has SHA-256 {made.original[:16]}…, in {made.out}"]
    differing = [f"  {c.name}: {c.before} -> {c.after}" for c in made.changes if not c.name.startswith("metrics.")]
    return [
        f"{tag} came out differently: {NAMES.model} has SHA-256 {made.again[:16]}…, the original {made.original[:16]}…; the bundle is in {made.out}",
        *differing,
        *_reason(differing),
    ]


def _reason(differing: Sequence[str]) -> list[str]:
    return [] if differing else ["  the manifests say the same: another processor or number of threads rounds differently"]
