"""New labels against what is known before anything is trained: shipped gold of the same sentences, and the incumbent where it is certain.

A file whose labels were mixed up has a held-out part that is mixed up alike, and a few hundred bad labels among twenty-five thousand good ones
move the frozen sets too little to be seen there. So the labels are looked at themselves. Wilson's interval (1927) keeps a few contradictions
in a small file from counting for much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labels.gold import Gold
from labels.records import Annotation, unit_id
from service.pairs import Input, input_of
from service.scorer import Scorer
from training.selective import wilson

MOST_AGAINST_GOLD = 0.15
MOST_AGAINST_MODEL = 0.20
CERTAIN = 0.7
"""Calibrated probability of its label from which the incumbent counts as certain; nor may it have flagged the sentence ambiguous."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """How often new labels contradict ``what``, by annotator too; ``refused`` when the lower bound of the share is above ``most``."""

    what: str
    against: int
    compared: int
    most: float
    annotators: dict[str, tuple[int, int]]

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.against, self.compared) if self.compared else (0.0, 1.0)

    @property
    def refused(self) -> bool:
        return self.interval[0] > self.most

    def __str__(self) -> str:
        low, high = self.interval
        share = f"{self.against} of {self.compared} new labels contradict {self.what}"
        return f"{share} ({self.against / max(1, self.compared):.0%} [{low:.0%}, {high:.0%}]; up to {self.most:.0%} is taken for honest difference)"


def against_gold(rows: Sequence[Annotation], shipped: Sequence[Gold]) -> Contradiction:
    """Compare annotations with the shipped gold of the same sentences."""
    known = {unit_id(g.text): str(g.label) for g in shipped}
    pairs = [(row, known[unit_id(row.text)]) for row in rows if unit_id(row.text) in known]
    return _count("the shipped gold of the same sentence", pairs, MOST_AGAINST_GOLD)


def against_model(rows: Sequence[Annotation], incumbent: Scorer) -> Contradiction:
    """Compare annotations with the incumbent's labels where it is certain."""
    return against_certain(rows, certain_labels(rows, incumbent), incumbent)


def against_certain(rows: Sequence[Annotation], certain: Mapping[Input, str], incumbent: Scorer) -> Contradiction:
    """Compare annotations with the labels that the incumbent is certain of, by what it reads of a row."""
    asked = [input_of(incumbent.codebook, row.text, row.target) for row in rows]
    pairs = [(row, certain[one]) for row, one in zip(rows, asked, strict=True) if one in certain]
    return _count(f"{incumbent.bundle.tag} where it is certain", pairs, MOST_AGAINST_MODEL)


def certain_labels(rows: Sequence[Annotation], incumbent: Scorer) -> dict[Input, str]:
    """Return the incumbent's labels, by what it reads, of those rows where it is certain."""
    inputs = list(dict.fromkeys(input_of(incumbent.codebook, row.text, row.target) for row in rows))
    certain: dict[Input, str] = {}
    for one, row in zip(inputs, incumbent.classify(inputs).probabilities, strict=True):
        chances = dict(zip(incumbent.codebook.labels, map(float, row), strict=True))
        label, ambiguous = incumbent.decide(chances)
        if not ambiguous and chances[label] >= CERTAIN:
            certain[one] = label
    return certain


def _count(what: str, pairs: Sequence[tuple[Annotation, str]], most: float) -> Contradiction:
    by: dict[str, list[bool]] = defaultdict(list)
    for row, label in pairs:
        by[row.annotator].append(row.label != label)
    annotators = {name: (sum(wrong), len(wrong)) for name, wrong in sorted(by.items())}
    return Contradiction(what, sum(n for n, _ in annotators.values()), len(pairs), most, annotators)
