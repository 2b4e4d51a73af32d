"""How often the gate errs, simulated: `python -m training.retrain.rates`; and, with a labelled file, how often the look at new labels does.

Gold labels are drawn by their shares; the incumbent decides by a matrix of confusion with a mean recall of ``recall``. The candidate repeats
its decision, save for a share ``churn`` of the sentences where it decides anew by the same matrix (another model as good), and a share ``harm``
where it takes a wrong label besides. Sentences stand alone. Both are judged by the very functions that `retrain` uses.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labels.codebook import load_codebook
from labels.records import Annotation
from service.scorer import Scorer, load_scorer
from training.metrics import Labels
from training.retrain.compare import Comparison, Decided, compare
from training.retrain.gate import judge
from training.retrain.rows import read_rows
from training.retrain.sanity import against_certain, certain_labels

LABELS = ("praise", "blame", "none")
_SHARES = (0.25, 0.35, 0.4)


@dataclass(frozen=True, slots=True)
class World:
    """Sizes of the frozen sets and of the new held-out part, and how the two models differ; ``gain`` is a share of the incumbent's errors that the candidate mends."""

    frozen: tuple[int, ...] = (269,)
    new: int = 40
    recall: float = 0.8
    churn: float = 0.1
    harm: float = 0.0
    gain: float = 0.0


def refused(world: World, *, times: int, seed: int = 0, draws: int = 300) -> float:
    """Return the share of ``times`` simulated retrainings that the gate refuses."""
    rng = np.random.default_rng(seed)
    return float(np.mean([not judge(list(_compared(world, rng, draws))).passed for _ in range(times)]))


def _compared(world: World, rng: np.random.Generator, draws: int) -> Iterator[Comparison]:
    for place, n in enumerate((*world.frozen, world.new) if world.new else world.frozen):
        new = place == len(world.frozen)
        decided = _decide(world, n, rng)
        yield Comparison("new, held out" if new else f"frozen {place}", n, n, compare(decided, LABELS, seed=place, draws=draws), new=new, given=not world.new)


def _decide(world: World, n: int, rng: np.random.Generator) -> Decided:
    gold = rng.choice(len(LABELS), size=n, p=_SHARES)
    incumbent = _draw(gold, world.recall, rng)
    candidate = np.where(rng.random(n) < world.churn, _draw(gold, world.recall, rng), incumbent)
    candidate = np.where((candidate != gold) & (rng.random(n) < world.gain), gold, candidate)
    candidate = np.where(rng.random(n) < world.harm, _wrong(gold, rng), candidate)
    return Decided(gold, incumbent, candidate, [str(i) for i in range(n)])


def _draw(gold: Labels, recall: float, rng: np.random.Generator) -> Labels:
    return np.where(rng.random(len(gold)) < recall, gold, _wrong(gold, rng))


def _wrong(gold: Labels, rng: np.random.Generator) -> Labels:
    return (gold + rng.integers(1, len(LABELS), size=len(gold))) % len(LABELS)


def table(worlds: Sequence[tuple[str, World]], *, times: int) -> list[str]:
    """Return a Markdown table with the share refused in each world."""
    rows = [f"| {name} | {', '.join(map(str, w.frozen))} | {w.new} | {refused(w, times=times):.2f} |" for name, w in worlds]
    return ["| candidate | frozen sets | new held out | refused |", "|---|---|---|---|", *rows]


def worlds() -> list[tuple[str, World]]:
    """Return the worlds that docs/retraining.md tabulates."""
    found = []
    for frozen, new in (((269,), 40), ((269, 600), 40), ((269, 600), 100)):
        found += [
            ("as good", World(frozen, new)),
            ("mends a fifth of the errors", World(frozen, new, gain=0.2)),
            ("as good; a test set given in place of new ones", World(frozen, 0)) if new == 40 else ("as good, half the flips", World(frozen, new, churn=0.05)),
            ("takes 5 % more wrong", World(frozen, new, harm=0.05)),
            ("takes 10 % more wrong", World(frozen, new, harm=0.10)),
            ("takes 20 % more wrong", World(frozen, new, harm=0.20)),
        ]
    return found


def poisoned_rates(
    rows: Sequence[Annotation], labels: Sequence[str], incumbent: Scorer, *, sizes: Sequence[int] = (60, 100, 200, 400), times: int = 200, seed: int = 0
) -> list[str]:
    """Return a Markdown table: how often samples of honest labels are refused for contradicting the incumbent, and how often with 30 % of them replaced."""
    certain, rng = certain_labels(rows, incumbent), np.random.default_rng(seed)
    whole = against_certain(rows, certain, incumbent)
    lines = [str(whole), "", "| labels | honest refused | poisoned refused |", "|---|---|---|"]
    for size in sizes:
        samples = [[rows[i] for i in rng.choice(len(rows), size=size, replace=False)] for _ in range(times)]
        sides = (samples, [[_poison(row, labels, rng) for row in sample] for sample in samples])
        shares = [np.mean([against_certain(sample, certain, incumbent).refused for sample in side]) for side in sides]
        lines.append(f"| {size} | {shares[0]:.2f} | {shares[1]:.2f} |")
    return lines


def _poison(row: Annotation, labels: Sequence[str], rng: np.random.Generator) -> Annotation:
    return replace(row, label=str(rng.choice([name for name in labels if name != row.label]))) if rng.random() < 0.3 else row


def main(paths: Sequence[str]) -> None:
    """Print the rates of the gate, or, with label files, those of the look at new labels by the shipped model."""
    if not paths:
        sys.stdout.write("\n".join(table(worlds(), times=200)) + "\n")
        return
    book = load_codebook()
    rows, _ = read_rows([Path(path) for path in paths], book, skip_invalid=True)
    sys.stdout.write("\n".join(poisoned_rates(rows, book.labels, load_scorer())) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
