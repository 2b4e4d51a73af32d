"""Leave-one-article-out over the seed articles: the honest figure on real sentences that the repo holds. Other labels are left out by fifths, whole articles together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from labels.codebook import Codebook
from labels.errors import InputError
from labels.gold import Gold
from service.scorer import load_scorer
from training.config import TrainConfig
from training.evaluate import Evaluation, baseline_labels, evaluation_of, predict
from training.metrics import Labels, Predictions
from training.rows import story_of, training_set
from training.train import train_bundle

DATA = "seed articles, leave-one-article-out"
OWN = "own labels, a fifth of the articles left out in turn"
_FIFTHS = 5


@dataclass(frozen=True, slots=True)
class Fold:
    """The sentences of one story, or of a fifth of the articles, and everything that may be learnt from when they are left out."""

    story: str
    train: list[Gold]
    test: list[Gold]


def seed_folds(gold: Sequence[Gold]) -> Iterator[Fold]:
    """Yield a fold for each story of the seed articles, in a stable order."""
    for story in sorted({story_of(g.group) for g in gold if g.origin == "seed"}):
        train = [g for g in gold if story_of(g.group) != story]
        yield Fold(story, train, [g for g in gold if story_of(g.group) == story])


def article_folds(gold: Sequence[Gold]) -> Iterator[Fold]:
    """Yield five folds of whole articles, the same ones for the same articles; fewer where there are fewer articles."""
    groups = sorted({g.group for g in gold}, key=lambda group: hashlib.sha256(group.encode("utf-8", "surrogatepass")).digest())
    parts = min(_FIFTHS, len(groups))
    place = {group: number % parts for number, group in enumerate(groups)}
    for part in range(parts if parts > 1 else 0):
        yield Fold(f"part {part + 1}", [g for g in gold if place[g.group] != part], [g for g in gold if place[g.group] == part])


def leave_one_article_out(gold: Sequence[Gold], book: Codebook, config: TrainConfig, *, progress: Callable[[str], None], quiet: bool = False) -> Evaluation:
    """Train once for each seed story on everything else, and pool the predictions on what was left out; without seed sentences, for each fifth of the articles.

    Articles that retell the same report leave together: one of them in training would give the other away.
    """
    seeds = list(seed_folds(gold))
    folds = seeds or list(article_folds(gold))
    if not folds:
        raise InputError("all sentences are of one article; expected several, so that one can be left out, or a file given with --data")
    predictions: list[Predictions] = []
    baselines: dict[str, list[Labels]] = {}
    for number, fold in enumerate(folds, start=1):
        progress(f"fold {number} of {len(folds)}: {fold.story}, {len(fold.test)} sentences left out, {len(fold.train)} to learn from")
        with TemporaryDirectory(prefix="stancewire-fold-") as folder:
            train_bundle(fold.train, book, config, Path(folder) / "bundle", progress=not quiet)
            predictions.append(predict(load_scorer(Path(folder) / "bundle"), fold.test))
        for name, labels in baseline_labels(fold.train, fold.test, book).items():
            baselines.setdefault(name, []).append(labels)
    pooled = _pool(predictions)
    return evaluation_of(DATA if seeds else OWN, training_set(gold).hash, config.seed, pooled, {n: np.concatenate(v) for n, v in baselines.items()}, book)


def _pool(folds: Sequence[Predictions]) -> Predictions:
    return Predictions(
        gold=np.concatenate([f.gold for f in folds]),
        decided=np.concatenate([f.decided for f in folds]),
        groups=[group for f in folds for group in f.groups],
        confidence=np.concatenate([f.confidence for f in folds if f.confidence is not None]),
        top=np.concatenate([f.top for f in folds if f.top is not None]),
        certainty=np.concatenate([f.certainty for f in folds if f.certainty is not None]),
        ambiguous=np.concatenate([f.ambiguous for f in folds if f.ambiguous is not None]),
    )
