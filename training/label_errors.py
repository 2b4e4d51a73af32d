"""Suspected label errors by confident learning (Northcutt, Jiang and Chuang 2021; cleanlab), from probabilities of models that did not see the label.

A bundle judges the sentences that did not train it. The others are judged by a cheap model (logistic regression on TF-IDF of one and two words), trained on the
repo's labels of other sentences; where those are few or of other labels, by cross-validation on the labels given, articles kept whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from cleanlab.filter import find_label_issues
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

from labels.codebook import Codebook, load_codebook
from labels.gold import Gold, derive_gold
from labels.intervals import Floats
from labels.quality.report import Judge, Suspect, Suspects
from labels.records import ADJUDICATOR, Annotation, unit_id
from service.bundle import SHIPPED, Bundle, load_bundle
from service.pairs import input_of
from service.scorer import load_scorer
from training.rows import shipped_gold, training_set

OTHER_LABELS, CROSS_VALIDATION = "a cheap model of the repo's other labels", "cross-validation of a cheap model"
DOUBT = 0.1
"""A label is suspect where confident learning marks it and its probability is below this: of planted errors that keeps most, of right labels few."""
_FOLDS, _FEWEST, _OTHERS = 5, 50, 2000


def find_errors(annotations: Sequence[Annotation], book: Codebook, bundle: Path | None = None, *, seed: int = 0) -> Suspects:
    """Return the units whose gold label is suspect, the least believed first; adjudicated ones were settled and are left out.

    Raises BundleError for a bundle that cannot be read.
    """
    rows = {row.id: row for row in reversed(annotations)}
    settled = {row.id for row in annotations if row.annotator.startswith(ADJUDICATOR)}
    gold = [g for g in derive_gold(annotations) if g.label and g.id not in settled]
    loaded, shipped = load_bundle(bundle or SHIPPED), _shipped(book)
    outside, why = _outside(gold, loaded, book, shipped)
    taken = {g.id for g in outside}
    found: list[Suspect] = []
    judges: list[Judge] = []
    notes = [why] if why else []
    for group, by_bundle in ((outside, True), ([g for g in gold if g.id not in taken], False)):
        source, probabilities = (loaded.tag, _by_bundle(group, loaded.path)) if by_bundle else _by_cheap(group, book, shipped, seed)
        if probabilities is not None:
            judges.append(Judge(source, len(group), _agreement(group, probabilities, book)))
            found += _suspects(group, probabilities, book, source, rows)
        elif group:
            notes.append(f"{len(group):,} units are too few, or too few of a label, to judge by {source}")
    return Suspects(tuple(sorted(found, key=lambda one: one.probability)), tuple(judges), tuple(notes))


def _shipped(book: Codebook) -> list[Gold]:
    """Return the repo's gold, empty where the codebook has other labels."""
    own = load_codebook()
    return shipped_gold(own) if (own.labels, own.target) == (book.labels, book.target) else []


def _outside(gold: Sequence[Gold], bundle: Bundle, book: Codebook, shipped: Sequence[Gold]) -> tuple[list[Gold], str]:
    """Return the sentences that did not train the bundle, and a word where that cannot be known."""
    if bundle.codebook.labels != book.labels:
        return [], f"{bundle.tag} has other labels than the codebook: it judges nothing"
    if bundle.manifest["training"]["labels_hash"] != training_set(shipped).hash:
        return [], f"{bundle.tag} was trained on labels that are not at hand: it may have seen these sentences and judges nothing"
    seen = {unit_id(g.text) for g in shipped}
    return [g for g in gold if unit_id(g.text) not in seen], ""


def _by_bundle(gold: Sequence[Gold], path: Path) -> Floats | None:
    if len(gold) < _FEWEST:
        return None
    scorer = load_scorer(path)
    return np.asarray(scorer.classify([input_of(scorer.codebook, g.text, g.target) for g in gold]).probabilities, dtype=np.float64)


def _by_cheap(gold: Sequence[Gold], book: Codebook, shipped: Sequence[Gold], seed: int) -> tuple[str, Floats | None]:
    """Return who judges and the probabilities, (units, labels) in the codebook's order; None for too few units or articles of a label."""
    judged = {unit_id(g.text) for g in gold} | {g.group for g in gold}
    rest = [g for g in shipped if unit_id(g.text) not in judged and g.group not in judged]
    if len(gold) < _FEWEST:
        return CROSS_VALIDATION, None
    if len(rest) >= _OTHERS:
        model = _cheap_model().fit([g.text for g in rest], [book.index(str(g.label)) for g in rest])
        return OTHER_LABELS, _whole(model.predict_proba([g.text for g in gold]), model.classes_, book)
    return CROSS_VALIDATION, _by_folds(gold, book, seed)


def _by_folds(gold: Sequence[Gold], book: Codebook, seed: int) -> Floats | None:
    given = np.array([book.index(str(g.label)) for g in gold])
    groups = {label: {g.group for g in gold if g.label == label} for label in {g.label for g in gold}}
    folds = min(_FOLDS, *map(len, groups.values()), *Counter(given.tolist()).values())
    if len(groups) < 2 or folds < 2:
        return None
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    found = cross_val_predict(_cheap_model(), [g.text for g in gold], given, groups=[g.group for g in gold], cv=split, method="predict_proba")
    return _whole(found, np.unique(given), book)


def _cheap_model() -> Pipeline:
    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=10.0, max_iter=500, class_weight="balanced"))


def _whole(found: Floats, classes: npt.ArrayLike, book: Codebook) -> Floats:
    """Return probabilities with a column for every label of the codebook."""
    whole = np.zeros((len(found), len(book.labels)))
    whole[:, np.asarray(classes)] = found
    return whole


def _agreement(gold: Sequence[Gold], probabilities: Floats, book: Codebook) -> float:
    return float(np.mean([book.index(str(g.label)) == int(row.argmax()) for g, row in zip(gold, probabilities, strict=True)]))


def _suspects(gold: Sequence[Gold], probabilities: Floats, book: Codebook, source: str, rows: dict[str, Annotation]) -> list[Suspect]:
    """Return what confident learning doubts; labels that no unit has take no part."""
    given = np.array([book.index(str(g.label)) for g in gold])
    used = np.unique(given)
    shares = np.clip(probabilities[:, used], 1e-9, None)
    shares /= shares.sum(axis=1, keepdims=True)
    if len(used) < 2:
        return []
    marked = find_label_issues(np.searchsorted(used, given), shares, filter_by="both", n_jobs=1)
    doubtful = [i for i in np.flatnonzero(marked).tolist() if probabilities[i, given[i]] < DOUBT]
    return [Suspect(rows[gold[i].id], str(gold[i].label), book.labels[used[int(shares[i].argmax())]], float(probabilities[i, given[i]]), source) for i in doubtful]
