"""What any model must beat: the majority label, and TF-IDF with logistic regression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from labels.gold import Gold
from training.metrics import Labels


def majority(train: Sequence[Gold], texts: Sequence[str], labels: Sequence[str]) -> Labels:
    """Return the training set's commonest label for every text."""
    commonest = Counter(g.label for g in train).most_common(1)[0][0]
    return np.full(len(texts), list(labels).index(str(commonest)), dtype=np.int64)


def tfidf(train: Sequence[Gold], texts: Sequence[str], labels: Sequence[str]) -> Labels:
    """Return the labels by word 1-2-grams and character 3-5-grams under a class-balanced logistic regression."""
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True),
    )
    model = make_pipeline(features, LogisticRegression(C=4.0, max_iter=2000, class_weight="balanced"))
    model.fit([g.text for g in train], [list(labels).index(str(g.label)) for g in train])
    return np.asarray(model.predict(list(texts)), dtype=np.int64)
