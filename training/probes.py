"""Behavioural probes: sentences by kind of difficulty that never train (`stancewire evaluate --probes`).

After Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList" (ACL 2020).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from labels.codebook import Codebook, load_codebook
from labels.errors import InputError
from labels.gold import Gold, derive_gold
from labels.store import DATA, load_annotations
from service.scorer import Scorer
from training.evaluate import predict
from training.rows import fits_shipped_labels
from training.selective import wilson

PROBES = DATA / "probes" / "probes.jsonl"


@dataclass(frozen=True, slots=True)
class PassRate:
    """How many probes of a kind get their label, with the 95 % Wilson interval (Wilson 1927)."""

    passed: int
    probes: int
    rate: float
    interval: tuple[float, float]


def load_probes(book: Codebook) -> list[Gold]:
    """Return the probes with their labels, ``kind`` names the difficulty; raise InputError for a codebook that asks about something else."""
    if not fits_shipped_labels(book):
        raise InputError(f"the probes ask about the {load_codebook().target}; expected a bundle for it, this one's codebook is {book.name} {book.version}")
    return [g for g in derive_gold(load_annotations([PROBES], book)) if g.label]


def run_probes(scorer: Scorer) -> dict[str, PassRate]:
    """Return the pass rate of each kind, in alphabetical order, and of all together under "overall"."""
    probes = load_probes(scorer.codebook)
    predictions = predict(scorer, probes)
    passed: dict[str, list[bool]] = defaultdict(list)
    for probe, right in zip(probes, predictions.gold == predictions.decided, strict=True):
        passed[str(probe.kind)].append(bool(right))
        passed["overall"].append(bool(right))
    return {kind: _pass_rate(passed[kind]) for kind in sorted(passed, key=lambda k: (k == "overall", k))}


@dataclass(frozen=True, slots=True)
class Failure:
    """A probe that did not get its label."""

    kind: str
    text: str
    label: str
    decided: str


def failures(scorer: Scorer) -> list[Failure]:
    """Return the shortest failed probe of each kind: examples for the model card."""
    book = scorer.codebook
    probes = load_probes(book)
    decided = predict(scorer, probes).decided
    shortest: dict[str, Failure] = {}
    for probe, place in sorted(zip(probes, decided, strict=True), key=lambda pair: len(pair[0].text)):
        if book.labels[place] != probe.label:
            shortest.setdefault(str(probe.kind), Failure(str(probe.kind), probe.text, str(probe.label), book.labels[place]))
    return [shortest[kind] for kind in sorted(shortest)]


def as_data(rates: dict[str, PassRate]) -> dict[str, Any]:
    """Return pass rates as plain data for the manifest."""
    return {kind: asdict(rate) for kind, rate in rates.items()}


def _pass_rate(results: list[bool]) -> PassRate:
    passed, n = sum(results), len(results)
    return PassRate(passed, n, passed / n, wilson(passed, n))
