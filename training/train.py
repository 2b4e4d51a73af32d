"""The whole way from gold sentences to a bundle: fit, export, calibrate, measure, describe."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from labels.codebook import Codebook
from labels.errors import InputError
from labels.gold import Gold
from service.bundle import NAMES, write_manifest
from service.pairs import Input, input_of
from service.scorer import load_scorer
from service.segment import SEGMENTER
from training.base import Base, find_base
from training.calibrate import Calibration, calibrate
from training.card import write_card
from training.config import TrainConfig
from training.evaluate import predict
from training.export import export_onnx
from training.fit import Example, Fitted, fit
from training.metrics import measure
from training.probes import as_data, failures, run_probes
from training.provenance import commit
from training.rows import TrainingSet, fits_shipped_labels, training_set

_LIBRARIES = ("torch", "transformers", "datasets", "scikit-learn", "onnx", "openvino", "tokenizers", "numpy")
_PARITY_PROBES = 256
AMBIGUOUS_BELOW = 0.6
NO_AGREEMENT: Mapping[str, float] = {}
NO_SOURCES: Mapping[str, Any] = {}


def train_bundle(
    gold: Sequence[Gold],
    book: Codebook,
    config: TrainConfig,
    out: Path,
    *,
    agreement: Mapping[str, float] = NO_AGREEMENT,
    sources: Mapping[str, Any] = NO_SOURCES,
    progress: bool = True,
) -> Path:
    """Fine-tune on ``gold`` and write a bundle folder ``out``; return it.

    ``agreement`` is what the card names as the ceiling: alpha by origin, and ``sources`` what the manifest says of the labels' origin (rows.ChosenGold).
    An existing bundle is exchanged only when the new one is whole; raises InputError when ``out`` holds anything
    else. Checkpoints stand beside it, in ``.<out>.stancewire-checkpoints``, until then, so that a stopped run
    continues on the same call.
    """
    out = out.resolve()
    _refuse_foreign(out)
    rows = training_set(gold)
    base = find_base(config.base)
    checkpoints = _beside(out, "checkpoints") / _run_id(rows, book, config, base)
    examples = [Example(input_of(book, g.text, g.target), book.index(str(g.label))) for g in rows.train]
    fitted = fit(examples, book.labels, config, checkpoints, paired=book if book.paired else None, progress=progress)
    fresh = _beside(out, "new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    strayed = export_onnx(fitted, fresh / NAMES.model, _parity_probes(rows, book))
    # Without indentation: the vocabulary alone would add 0.3 MB of spaces.
    fitted.tokenizer.backend_tokenizer.save(str(fresh / NAMES.tokenizer), pretty=False)
    manifest = _manifest(rows, book, fitted, strayed, agreement)
    manifest["training"] |= {"sources": dict(sources), "commit": commit()}
    _calibrate(fresh, manifest, rows, book, config)
    _exchange(fresh, out)
    shutil.rmtree(checkpoints, ignore_errors=True)
    with contextlib.suppress(OSError):  # another stopped run may have its checkpoints there
        checkpoints.parent.rmdir()
    return out


def _refuse_foreign(out: Path) -> None:
    """Raise InputError for a folder that is neither absent, empty nor a bundle: it would be deleted."""
    if out.exists() and not (out / NAMES.manifest).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"--out {out}: holds something else than a bundle; expected a new folder, an empty one, or a bundle to replace")


def _beside(out: Path, purpose: str) -> Path:
    """Return a folder of ours next to ``out``, under a name that nobody gives by hand."""
    return out.with_name(f".{out.name}.stancewire-{purpose}")


def _run_id(rows: TrainingSet, book: Codebook, config: TrainConfig, base: Base) -> str:
    """Name a run by what decides its result, so that no checkpoint of another run is taken up."""
    ordered = [(g.unit, g.label) for g in rows.train]
    return hashlib.sha256(repr((ordered, book.to_dict(), asdict(config), base.sha256, base.revision)).encode()).hexdigest()[:16]


def _parity_probes(rows: TrainingSet, book: Codebook) -> list[Input]:
    return [input_of(book, g.text, g.target) for g in (rows.calibration or rows.train)[:_PARITY_PROBES]]


def _manifest(rows: TrainingSet, book: Codebook, fitted: Fitted, strayed: float, agreement: Mapping[str, float]) -> dict[str, Any]:
    counts = Counter((g.origin, str(g.label)) for g in rows.train)
    return {
        "codebook": book.to_dict(),
        "max_length": fitted.config.max_length,
        **({"input": {"mentions": fitted.config.mentions}} if book.paired else {}),
        "segmenter": SEGMENTER,
        "calibration": asdict(Calibration(1.0, (0.0,) * len(book.labels), 0)),
        "decision": {"floors": book.floors, "ambiguous_below": AMBIGUOUS_BELOW, "certain": book.certain},
        "training": {
            "labels_hash": rows.hash,
            "sentences": len(rows.train),
            "agreement": dict(agreement),
            "counts": {f"{origin}/{label}": n for (origin, label), n in sorted(counts.items())},
            "config": asdict(fitted.config),
            "base": asdict(replace(fitted.base, source="")),
            "code": importlib.metadata.version("stancewire"),
            "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
            "largest_logit_difference_from_torch": round(strayed, 6),
        },
        "metrics": {},
    }


def _calibrate(folder: Path, manifest: dict[str, Any], rows: TrainingSet, book: Codebook, config: TrainConfig) -> None:
    """Fit the calibration on the held-back sentences, through the scorer that ships, and measure there."""
    write_card(folder / NAMES.card, manifest)
    write_manifest(folder, manifest)
    if rows.calibration:
        logits = np.log(load_scorer(folder).classify([input_of(book, g.text, g.target) for g in rows.calibration]).probabilities)
        gold = np.array([book.index(str(g.label)) for g in rows.calibration])
        manifest["calibration"] = asdict(calibrate(logits, gold, book, config))
        write_manifest(folder, manifest)
    scorer = load_scorer(folder)
    if rows.calibration:
        # No calibration error here: the temperature was fitted on these very sentences.
        predictions = replace(predict(scorer, rows.calibration), confidence=None)
        manifest["metrics"]["held_out"] = measure(predictions, book.labels).to_dict()
    if fits_shipped_labels(book):  # the probes ask about the shipped target
        manifest["metrics"]["probes"] = as_data(run_probes(scorer))
        manifest["metrics"]["failures"] = [asdict(failure) for failure in failures(scorer)]
    write_card(folder / NAMES.card, manifest)
    write_manifest(folder, manifest)


def _exchange(fresh: Path, out: Path) -> None:
    """Put the new folder in the old one's place; between the two renames the old one stands beside it."""
    old = _beside(out, "old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        os.replace(out, old)
    os.replace(fresh, out)
    shutil.rmtree(old, ignore_errors=True)
