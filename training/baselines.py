"""What any model must beat: the majority label, a sentiment lexicon, and TF-IDF with logistic regression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from labels.codebook import Codebook
from labels.gold import Gold
from training.metrics import Labels

_VADER = 0.05
_TARGET = "targetasked"


def majority(train: Sequence[Gold], texts: Sequence[str], labels: Sequence[str]) -> Labels:
    """Return the training set's commonest label for every text."""
    commonest = Counter(g.label for g in train).most_common(1)[0][0]
    return np.full(len(texts), list(labels).index(str(commonest)), dtype=np.int64)


def lexicon(texts: Sequence[str], book: Codebook) -> Labels | None:
    """Return the labels that VADER's sentiment suggests (Hutto and Gilbert 2014); None where the codebook names no tones.

    The usual thresholds: a compound score from 0.05 on is positive, down from -0.05 negative, else the default label.
    """
    by_tone = {label.tone: book.index(label.name) for label in book.scheme if label.tone}
    if set(by_tone) != {"positive", "negative"}:
        return None
    sentiment, default = SentimentIntensityAnalyzer(), book.index(book.default)
    scores = [sentiment.polarity_scores(text)["compound"] for text in texts]
    chosen = [by_tone["positive"] if s >= _VADER else by_tone["negative"] if s <= -_VADER else default for s in scores]
    return np.asarray(chosen, dtype=np.int64)


def tfidf(train: Sequence[Gold], test: Sequence[Gold], book: Codebook) -> Labels:
    """Return the labels by word 1-2-grams and character 3-5-grams under a class-balanced logistic regression.

    Where there are several targets, the names of the one that is asked about are one word, so that what stands beside it can count.
    """
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True),
    )
    model = make_pipeline(features, LogisticRegression(C=4.0, max_iter=2000, class_weight="balanced"))
    model.fit([_asked_text(g, book) for g in train], [book.index(str(g.label)) for g in train])
    return np.asarray(model.predict([_asked_text(g, book) for g in test]), dtype=np.int64)


def _asked_text(g: Gold, book: Codebook) -> str:
    text = g.text
    if book.paired:
        for start, end in reversed(book.mentions(text, g.target)):
            text = f"{text[:start]}{_TARGET}{text[end:]}"
    return text
