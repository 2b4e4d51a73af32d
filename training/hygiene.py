"""The part of `labels check` that needs a model: semantic duplicates, and how far surface cues get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from transformers import AutoModel, AutoTokenizer

from labels.gold import Gold
from labels.hygiene import Pair
from training.base import find_base

_FOLDS = 5
_ALIKE = 0.93
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Leakage:
    """Cross-validated macro-F1 of a bag of words on the set itself, beside the majority label's.

    A set that a bag of words solves teaches shortcuts: compare with the same bag of words on sentences from elsewhere.
    """

    bag_of_words: float
    majority: float


def leakage(gold: Sequence[Gold], *, seed: int = 0) -> Leakage | None:
    """Measure how far single words get on ``gold``, articles kept whole; None for one label, or under ten sentences or five articles of one."""
    texts, labels = [g.text for g in gold], [str(g.label) for g in gold]
    groups = {label: {g.group for g in gold if g.label == label} for label in set(labels)}
    if len(groups) < 2 or min(Counter(labels).values()) < 2 * _FOLDS or min(map(len, groups.values())) < _FOLDS:
        return None
    model = make_pipeline(CountVectorizer(binary=True), LogisticRegression(max_iter=500, class_weight="balanced"))
    predicted = cross_val_predict(model, texts, labels, groups=[g.group for g in gold], cv=StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed))
    commonest = Counter(labels).most_common(1)[0][0]
    return Leakage(float(f1_score(labels, predicted, average="macro")), float(f1_score(labels, [commonest] * len(labels), average="macro", zero_division=0)))


def semantic_pairs(gold: Sequence[Gold], *, alike: float = _ALIKE) -> list[Pair]:
    """Return pairs of sentences whose embeddings by the bundled encoder have a cosine of at least ``alike``, likeliest first."""
    vectors = embed([g.text for g in gold])
    pairs: list[Pair] = []
    for first in range(0, len(gold), 1024):
        likeness = vectors[first : first + 1024] @ vectors.T
        for a, b in np.argwhere(likeness >= alike):
            if first + a < b:
                pairs.append(Pair((gold[first + a].text, gold[b].text), (gold[first + a].label, gold[b].label), float(likeness[a, b])))
    return sorted(pairs, key=lambda p: -p.likeness)


def embed(texts: Sequence[str], base: str = "bundled") -> npt.NDArray[np.float32]:
    """Return unit vectors, one row a text: the mean of the base encoder's token states."""
    found = find_base(base)
    tokenizer, encoder = AutoTokenizer.from_pretrained(found.source), AutoModel.from_pretrained(found.source).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.empty((len(texts), encoder.config.hidden_size), dtype=np.float32)
    for first in range(0, len(order), _CHUNK):
        rows = order[first : first + _CHUNK]
        batch = tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=128, return_tensors="pt")
        with torch.inference_mode():
            states = encoder(**batch).last_hidden_state.float()
        mask = batch["attention_mask"].unsqueeze(-1)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        vectors[rows] = torch.nn.functional.normalize(mean, dim=-1).numpy()
    return vectors
