"""Both models on one labelled set: the comparison, and every sentence whose label flips."""

from __future__ import annotations

from service.registry.diff import Flip
from service.scorer import Scorer
from training.evaluate import predict
from training.retrain.compare import Comparison, Decided, compare
from training.retrain.frozen import EARLIER, NEW, PROBES, LabelledSet


def compare_on(incumbent: Scorer, candidate: Scorer, test: LabelledSet) -> tuple[Comparison, list[Flip]]:
    """Return how two models of the same labels compare on a set with at least one sentence, and the sentences that they label differently."""
    labels = candidate.codebook.labels
    before, after = predict(incumbent, test.gold), predict(candidate, test.gold)
    figures = compare(Decided(before.gold, before.decided, after.decided, list(before.groups)), labels)
    given = test.name not in (PROBES, EARLIER, NEW)
    comparison = Comparison(test.name, len(test.gold), len(set(before.groups)), figures, new=test.name == NEW, given=given, dropped=test.dropped)
    assert before.certainty is not None
    assert after.certainty is not None
    rows = zip(test.gold, before.decided, after.decided, before.certainty, after.certainty, strict=True)
    flips = [Flip(g.text, labels[a], labels[b], round(float(p), 4), round(float(q), 4), g.document, g.label, test=test.name) for g, a, b, p, q in rows if a != b]
    return comparison, flips
