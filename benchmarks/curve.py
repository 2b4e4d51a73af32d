"""Draw the learning curve: the default recipe on random shares of the written sentences, measured on sentences that nobody trains on.

    python -m benchmarks.curve --dev dev.jsonl --out curve [--shares 0.25 0.5] [--seeds 2]

``dev.jsonl`` as for benchmarks/recipe.py, whose runs these are: a run that is there already is not made again. Decided is the most probable
label, before calibration and floors. Means over seeds, with 95 % intervals from a bootstrap that draws sentences (whole articles, where they
are known) and seeds. The last row is the shipped bundle: nine tenths of the written sentences, one seed, and the seed articles, on which it is not measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recipe import TESTS, VARIANTS, decisions, grouped_rows, measured, run_variant, test_sets
from labels.codebook import Codebook, load_codebook
from labels.gold import Gold
from service.scorer import Scorer, load_scorer

_DRAWS = 500
_SHOWN = ("core", "natural prevalence", "seed articles", "probes")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", type=Path, required=True, help="real sentences to measure on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.25, 0.5])
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args(argv)
    book = load_codebook()
    tests = test_sets(args.dev, book)
    lines = ["| trained on | seeds | " + " | ".join(_SHOWN) + " |", "|---|---|" + "---|" * len(_SHOWN)]
    for share in args.shares:
        folder = args.out / f"{share:g}"
        sizes = {run_variant("default", VARIANTS["default"], seed, share, tests, book, folder) for seed in range(args.seeds)}
        runs = [run for seed, run in decisions("default", folder).items() if seed < args.seeds]
        lines.append(_row(f"{sizes.pop():,} ({share:.0%} at random)", runs, tests, book))
    scorer = load_scorer()
    training = scorer.bundle.manifest["training"]
    lines.append(_row(f"{training['sentences']:,} (shipped)", [_shipped(scorer, tests)], tests, book))
    print("\n".join(lines))
    return 0


def _shipped(scorer: Scorer, tests: dict[str, list[Gold]]) -> dict[str, Any]:
    """Return the shipped bundle's most probable labels with its calibration taken back."""
    found = {}
    for name, gold in tests.items():
        if name != "seeds":
            logits = np.log(scorer.classify([g.text for g in gold]).probabilities) - np.asarray(scorer.bundle.offsets)
            found[name] = logits.argmax(axis=1)
    return found


def _row(name: str, runs: Sequence[dict[str, Any]], tests: dict[str, list[Gold]], book: Codebook) -> str:
    return f"| {name} | {len(runs)} | " + " | ".join(_cell(test, runs, tests[test], book) for test in TESTS) + " |"


def _cell(test: str, runs: Sequence[dict[str, Any]], gold: list[Gold], book: Codebook) -> str:
    if test not in runs[0]:
        return ""
    truth = np.array([book.index(str(g.label)) for g in gold])
    blocks = [np.array(rows) for rows in grouped_rows(gold).values()]
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(_DRAWS):
        rows = np.concatenate([blocks[i] for i in rng.integers(len(blocks), size=len(blocks))])
        draws.append(np.mean([measured(test, truth[rows], runs[s][test][rows], book) for s in rng.integers(len(runs), size=len(runs))]))
    low, high = np.quantile(draws, (0.025, 0.975))
    return f"{np.mean([measured(test, truth, run[test], book) for run in runs]):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    sys.exit(main())
