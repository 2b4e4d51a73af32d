"""Suspected label errors by confident learning (Northcutt, Jiang and Chuang 2021; cleanlab), from probabilities of models that did not see the label.

A bundle judges the sentences that did not train it. The others, and all where that cannot be known, are judged by cross-validation
of a cheap model on the labels given: logistic regression on word and character TF-IDF, articles kept whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from labels.codebook import Codebook
from labels.gold import Gold, derive_gold
from labels.intervals import Floats
from labels.quality.report import Suspect, Suspects
from labels.records import Annotation, unit_id
from service.bundle import SHIPPED, Bundle, load_bundle
from service.scorer import load_scorer
from training.baselines import tfidf_model
from training.rows import shipped_gold, training_set

CROSS_VALIDATION = "cross-validation"
_FOLDS = 5
_FEWEST = 50


def find_errors(annotations: Sequence[Annotation], book: Codebook, bundle: Path | None = None, *, seed: int = 0) -> Suspects:
    """Return the units whose gold label is suspect, the least believed first; adjudicated ones were settled and are left out.

    Raises BundleError for a bundle that cannot be read.
    """
    rows = {row.id: row for row in reversed(annotations)}
    settled = {row.id for row in annotations if row.annotator.startswith("adjudicator")}
    gold = [g for g in derive_gold(annotations) if g.label and g.id not in settled]
    loaded = load_bundle(bundle or SHIPPED)
    outside, why = _outside(gold, loaded, book)
    found: list[Suspect] = []
    judged: dict[str, int] = {}
    notes = [why] if why else []
    for source, group in ((loaded.tag, outside), (CROSS_VALIDATION, [g for g in gold if g.id not in {o.id for o in outside}])):
        if not group:
            continue
        probabilities = _by_bundle(group, loaded.path) if source == loaded.tag else _by_folds(group, book, seed)
        if probabilities is None:
            notes.append(f"{len(group):,} units are too few, or too few of a label, to judge by {source}")
            continue
        judged[source] = len(group)
        found += _suspects(group, probabilities, book, source, rows)
    return Suspects(tuple(sorted(found, key=lambda one: one.probability)), judged, tuple(notes))


def _outside(gold: Sequence[Gold], bundle: Bundle, book: Codebook) -> tuple[list[Gold], str]:
    """Return the sentences that did not train the bundle, and a word where that cannot be known."""
    if bundle.codebook.labels != book.labels:
        return [], f"{bundle.tag} has other labels than the codebook: it judges nothing"
    shipped = shipped_gold(book)
    if bundle.manifest["training"]["labels_hash"] != training_set(shipped).hash:
        return [], f"{bundle.tag} was trained on labels that are not at hand: it may have seen these sentences and judges nothing"
    seen = {unit_id(g.text) for g in shipped}
    return [g for g in gold if unit_id(g.text) not in seen], ""


def _by_bundle(gold: Sequence[Gold], path: Path) -> Floats | None:
    if len(gold) < _FEWEST:
        return None
    return np.asarray(load_scorer(path).classify([g.text for g in gold]).probabilities, dtype=np.float64)


def _by_folds(gold: Sequence[Gold], book: Codebook, seed: int) -> Floats | None:
    """Return out-of-fold probabilities, (units, labels) in the codebook's order; None for too few units or articles of a label."""
    given = np.array([book.index(str(g.label)) for g in gold])
    groups = {label: {g.group for g in gold if g.label == label} for label in {g.label for g in gold}}
    folds = min(_FOLDS, *map(len, groups.values()), *Counter(given.tolist()).values())
    if len(gold) < _FEWEST or len(groups) < 2 or folds < 2:
        return None
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    texts = [g.text for g in gold]
    found = cross_val_predict(tfidf_model(), texts, given, groups=[g.group for g in gold], cv=split, method="predict_proba")
    whole = np.zeros((len(gold), len(book.labels)))
    whole[:, np.unique(given)] = found
    return whole


def _suspects(gold: Sequence[Gold], probabilities: Floats, book: Codebook, source: str, rows: dict[str, Annotation]) -> list[Suspect]:
    """Return what confident learning doubts; labels that no unit has take no part."""
    given = np.array([book.index(str(g.label)) for g in gold])
    used = np.unique(given)
    shares = np.clip(probabilities[:, used], 1e-9, None)
    shares /= shares.sum(axis=1, keepdims=True)
    marked = find_label_issues(np.searchsorted(used, given), shares, filter_by="both", n_jobs=1)
    doubtful = [i for i in map(int, np.flatnonzero(marked)) if used[int(shares[i].argmax())] != given[i]]
    return [Suspect(rows[gold[i].id], str(gold[i].label), book.labels[used[int(shares[i].argmax())]], float(probabilities[i, given[i]]), source) for i in doubtful]
