"""The candidate's training: in a folder of the store where a stopped run finds its checkpoints again, one run at a time."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

from filelock import FileLock, Timeout

from labels.codebook import Codebook
from labels.errors import RegistryError, StancewireError
from service.bundle import load_bundle
from service.registry.home import Home
from service.registry.store import promoted
from training.base import find_base
from training.config import TrainConfig
from training.retrain.collect import Collected
from training.retrain.outcome import Options
from training.train import train_bundle

_STALE_SECONDS = 14 * 24 * 3600
"""After which the checkpoints of a run that nobody continued are cleared away."""


def incumbent_config(home: Home) -> TrainConfig:
    """Return the recipe of the bundle in force, so that a loop keeps to it unless told otherwise; unknown settings of another version are passed over."""
    known = {field.name for field in fields(TrainConfig)}
    config = load_bundle(promoted(home)[1]).manifest["training"]["config"]
    return TrainConfig(**{name: value for name, value in config.items() if name in known})


def train_candidate(home: Home, labels: Collected, book: Codebook, config: TrainConfig, options: Options) -> Path:
    """Return the candidate's folder; one that a stopped run finished is taken as it is."""
    base = find_base(config.base)
    told = ([(g.id, g.text, g.label) for g in labels.chosen.gold], book.to_dict(), asdict(config), base.sha256, base.revision)
    work = home.work / hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    work.mkdir(parents=True, exist_ok=True)
    _clear_stale(home, work)
    out = work / "bundle"
    try:
        load_bundle(out)
    except StancewireError:
        shutil.rmtree(out, ignore_errors=True)
        with contextlib.redirect_stdout(sys.stderr):  # the Trainer prints its figures, and ours may be read by a program
            train_bundle(labels.chosen.gold, book, config, out, agreement=labels.chosen.agreement, sources=labels.chosen.sources, progress=options.progress)
    return out


@contextmanager
def alone(home: Home) -> Iterator[None]:
    home.own.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home.own / "retrain.lock", timeout=0):
            yield
    except Timeout:
        raise RegistryError(f"{home.own}: another retraining is under way in this store; expected one at a time") from None


def _clear_stale(home: Home, mine: Path) -> None:
    for folder in home.work.iterdir():
        if folder != mine and time.time() - folder.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
