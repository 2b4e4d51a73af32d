"""A small learned head against the voice rules: what docs/adr/0007-voice.md weighs.

A logistic regression (L1) over n-grams of the rules' own tokens: words that tell of a speaker, function words, and for all others only
their class, so that it cannot learn topics. Written sentences train it, five folds by a hash of the sentence; seed sentences, probes and
``--data`` (text, label, voice) only test it. Run: python benchmarks/voice_head.py [--data FILE] [--where COLUMN=VALUE]
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from labels.codebook import load_codebook
from labels.records import VOICES
from labels.store import load_annotations, shipped_files
from labels.tables import read_table
from service.voice import words
from service.voice.quotes import quoted_mask
from service.voice.tokens import WORD, Token, tokenise
from training.card import with_interval
from training.metrics import Predictions, measure
from training.probes import PROBES
from training.voice.measure import Case, voice_cases

FOLDS, RAREST, STRENGTH = 5, 10, 0.15
SURENESS = (0.5, 0.7)
FUNCTION_WORDS = words.COMMON | words.DETERMINERS | words.AUXILIARY | words.PRONOUNS | words.BE | words.FEELS | words.FEELINGS | words.OPINIONS | words.REACTIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--where", action="append", default=[])
    args = parser.parse_args()
    book = load_codebook()
    shipped = load_annotations(shipped_files(), book)
    written = voice_cases([row for row in shipped if row.origin == "written"])[0]
    tests = {"seed": voice_cases([row for row in shipped if row.origin == "seed"])[0], "probes": voice_cases(load_annotations([PROBES], book))[0]}
    if args.data:
        where = dict(item.split("=", 1) for item in args.where)
        tests[args.data.name] = voice_cases([row for _, row in read_table(args.data, book, where=where).rows])[0]
    vectors, matrix = vectorised([case.text for case in written])
    gold = np.array([case.voice == "source" for case in written])
    report("written, held out", written, cross_validated([case.text for case in written], matrix, gold))
    model = fit(matrix, gold)
    for name, cases in tests.items():
        report(name, cases, sureness(model, narrow(vectors.transform([features(case.text) for case in cases]))))


def vectorised(texts: Sequence[str]) -> tuple[DictVectorizer, Any]:
    """Return the vectoriser and the features of the written sentences, rare ones left out; it looks at no label."""
    rows = [features(text) for text in texts]
    counts = Counter(name for row in rows for name in row)
    vectors = DictVectorizer(dtype=np.float32)
    return vectors, narrow(vectors.fit_transform([{name: 1 for name in row if counts[name] >= RAREST} for row in rows]))


def cross_validated(texts: Sequence[str], matrix: Any, gold: Any) -> Any:
    fold = np.array([int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % FOLDS for text in texts])
    found = np.zeros(len(texts))
    for k in range(FOLDS):
        found[fold == k] = sureness(fit(matrix[fold != k], gold[fold != k]), matrix[fold == k])
    return found


def fit(matrix: Any, gold: Any) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, l1_ratio=1.0, solver="liblinear", random_state=0).fit(narrow(matrix), gold)


def sureness(model: LogisticRegression, matrix: Any) -> Any:
    """Return the probability of `source` of each row."""
    return model.predict_proba(narrow(matrix))[:, 1]


def narrow(matrix: Any) -> Any:
    """Return a sparse matrix with the index type that liblinear takes."""
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix


def features(text: str) -> dict[str, int]:
    symbols = ["^"]
    telling: list[str] = []
    for token in tokenise(text):
        symbols.append(symbol(token))
        if token.base or token.kind not in (WORD, "name", "name's", "mark", "number"):
            telling.append(f"={token.base or token.low}{token.ending}")
    symbols.append("$")
    grams = [" ".join(symbols[i : i + n]) for n in (1, 2, 3) for i in range(len(symbols) - n + 1)]
    ends = [f"first {s}" for s in symbols[1:6]] + [f"last {s}" for s in symbols[-6:-1]] + [" ".join(symbols[-n:]) for n in (4, 5, 6)]
    quoted = quoted_mask(text).count(1) / max(1, len(text))
    return dict.fromkeys([*grams, *telling, *ends, f"quoted {int(quoted * 6)}", f"words {min(6, len(symbols) // 8)}"], 1)


def symbol(token: Token) -> str:
    if token.kind == "mark" or token.low in FUNCTION_WORDS:
        return token.low
    if token.base:
        return f"verb-{token.ending}"
    return token.kind if token.kind != WORD else f"word{next((ending for ending in ('ed', 'ing', 'ly', 's') if token.low.endswith(ending)), '')}"


def report(name: str, cases: Sequence[Case], probabilities: Any) -> None:
    gold = np.array([VOICES.index(case.voice) for case in cases], dtype=np.int64)
    groups = [case.group for case in cases]
    read = {"rules": np.array([VOICES.index(case.read.voice) for case in cases], dtype=np.int64)}
    read |= {f"head, sure from {p}": (probabilities > p).astype(np.int64) for p in SURENESS}
    for who, decided in read.items():
        figures = measure(Predictions(gold, decided, groups), VOICES)
        source = figures.per_label["source"]
        print(
            f"{name:28} {who:20} accuracy {with_interval(figures.accuracy, figures.accuracy_interval)}  F1 of source {with_interval(source.f1, source.f1_interval)}  n {figures.n:,}"
        )


if __name__ == "__main__":
    main()
