"""Behavioural probes: sentences by kind of difficulty that never train (`stancewire evaluate --probes`).

After Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList" (ACL 2020).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from labels.codebook import Codebook
from labels.gold import Gold, derive_gold
from labels.store import DATA, load_annotations
from service.scorer import Scorer
from training.evaluate import predict

PROBES = DATA / "probes" / "probes.jsonl"


@dataclass(frozen=True, slots=True)
class PassRate:
    """How many probes of a kind get their label, with the 95 % Wilson interval (Wilson 1927)."""

    passed: int
    probes: int
    rate: float
    interval: tuple[float, float]


def load_probes(book: Codebook) -> list[Gold]:
    """Return the probes with their labels; ``kind`` names the difficulty."""
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


def as_data(rates: dict[str, PassRate]) -> dict[str, Any]:
    """Return pass rates as plain data for the manifest."""
    return {kind: asdict(rate) for kind, rate in rates.items()}


def _pass_rate(results: list[bool]) -> PassRate:
    n, p, z = len(results), sum(results) / len(results), 1.96
    centre, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return PassRate(sum(results), n, p, ((centre - spread) / scale, (centre + spread) / scale))
