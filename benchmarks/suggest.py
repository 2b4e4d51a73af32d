"""Do 200 suggested sentences teach more than 200 random ones? Measured on the written sentences, whose labels are hidden until they are asked for.

    python -m benchmarks.suggest run --out DIR [--repeats 10] [--pool as-written|natural] [--dev FILE] [--only ARM …]
    python -m benchmarks.suggest report --out DIR [--pool as-written|natural]

A repetition draws, by its seed, 400 written sentences to start from and 2,000 others as the archive; fine-tunes a start model on the 400; adds 200 of the archive (at
random, or as ``labels suggest`` chooses: training/suggest/choose.py) and fine-tunes again from the base encoder with the same seed
(4 epochs in batches of 16, the lower half of the encoder left as it is: a repetition must not take an hour). Measured is macro-F1, decided by the most
probable label, on 1,000 written sentences that no repetition draws from, and on a file of real sentences if one is given. ``natural`` thins the archive and the start out to the
prevalences of the codebook (real news is nine in ten neutral). Finished runs are kept in ``--out``, so the work can be stopped at any time. ``report`` prints
the mean difference to random over repetitions with its 95 % interval (Student's t over the paired differences).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import t as student

from labels.codebook import Codebook, load_codebook
from labels.gold import Gold
from service.bundle import Decision
from service.scorer import softmax
from training.config import TrainConfig
from training.fit import Example, Fitted, fit
from training.metrics import confusion, macro_f1
from training.rows import shipped_gold, user_gold
from training.suggest.alike import Known
from training.suggest.choose import Candidate, Wish, choose, shortlist
from training.suggest.options import Way
from training.suggest.uncertainty import uncertainty

START, ARCHIVE, ADDED, TEST = 400, 2000, 200, 1000
RECIPE: dict[str, Any] = {"epochs": 4, "batch_size": 16, "frozen_share": 0.5}
ARMS: dict[str, Way | None] = {"random": None, "suggested": "both", "uncertainty alone": "uncertainty", "diversity alone": "diversity"}
POOLS = ("as-written", "natural")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("run", "report"))
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--pool", choices=POOLS, default="as-written")
    parser.add_argument("--dev", type=Path, help="real sentences to measure on besides: text, label, subset")
    parser.add_argument("--only", nargs="*", choices=ARMS, default=list(ARMS))
    args = parser.parse_args(argv)
    if args.step == "report":
        print("\n".join(report(args.out, args.pool)))
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    book = load_codebook()
    bench = Bench(book, args.dev, args.pool)
    for seed in range(args.repeats):
        place = args.out / f"{args.pool}-{seed}.json"
        found = json.loads(place.read_text()) if place.exists() else {}
        if missing := [arm for arm in ["start", *args.only] if arm not in found]:
            start = time.monotonic()
            bench.repetition(seed, missing, found, place)
            print(f"{args.pool}, seed {seed}: {', '.join(missing)} in {time.monotonic() - start:.0f} s", flush=True)
    return 0


class Bench:
    """The data that all repetitions share, and how one goes."""

    def __init__(self, book: Codebook, dev: Path | None, pool: str) -> None:
        self._book, self._pool = book, pool
        written = [g for g in shipped_gold(book) if g.origin == "written"]
        random.Random(0).shuffle(written)
        self._tests = {"written": written[:TEST]}
        self._drawn_from = written[len(written) // 2 :]
        if dev is not None:
            self._tests["real"] = user_gold([dev], book, skip_invalid=False, where={"subset": "core"})[0]

    def repetition(self, seed: int, missing: Sequence[str], found: dict[str, Any], place: Path) -> None:
        """Make the ``missing`` runs of one seed and write them to ``place``, each as it is done."""
        start, archive = self._draw(seed)
        arms = [arm for arm in missing if arm != "start"]
        chosen: dict[str, list[Gold]] = {arm: random.Random(1000 + seed).sample(archive, ADDED) for arm in arms if ARMS[arm] is None}
        if "start" in missing or len(chosen) < len(arms):
            first = self._fit(start, seed)
            found["start"] = self._measured(first, start)
            logits, states = read(first, [g.text for g in archive])
            pool = self._candidates(archive, softmax(logits))
            for arm in arms:
                if (way := ARMS[arm]) is not None:
                    chosen[arm] = suggested(pool, states, start, archive, way, seed)
        for arm in arms:
            found[arm] = {**self._measured(self._fit([*start, *chosen[arm]], seed), chosen[arm])}
            place.write_text(json.dumps(found))

    def _draw(self, seed: int) -> tuple[list[Gold], list[Gold]]:
        rng = random.Random(seed)
        rows = list(self._drawn_from)
        rng.shuffle(rows)
        if self._pool == "natural":
            shares = dict(zip(self._book.labels, self._book.prevalence or (), strict=True))
            sets = [[g for label in self._book.labels for g in _of(rows, label, round(shares[label] * ARCHIVE), round(shares[label] * START))],
                    [g for label in self._book.labels for g in _of(rows, label, 0, round(shares[label] * ARCHIVE))]]  # fmt: skip
            for one in sets:
                rng.shuffle(one)
            return sets[0], sets[1]
        return rows[:START], rows[START : START + ARCHIVE]

    def _candidates(self, archive: Sequence[Gold], probabilities: npt.NDArray[np.float64]) -> list[Candidate]:
        # No floors: the macro-F1 is that of the most probable label.
        doubts = uncertainty(probabilities, self._book.labels, Decision({}, 0.0))
        return [Candidate(g.id, g.text, float(doubt)) for g, doubt in zip(archive, doubts, strict=True)]

    def _fit(self, gold: Sequence[Gold], seed: int) -> Fitted:
        examples = [Example(g.text, self._book.index(str(g.label))) for g in gold]
        with TemporaryDirectory() as work:
            return fit(examples, self._book.labels, TrainConfig(seed=seed, **RECIPE), Path(work), progress=False)

    def _measured(self, fitted: Fitted, learnt: Sequence[Gold]) -> dict[str, Any]:
        figures = {}
        for name, gold in self._tests.items():
            decided = read(fitted, [g.text for g in gold])[0].argmax(axis=1)
            truth = np.array([self._book.index(str(g.label)) for g in gold])
            figures[name] = macro_f1(confusion(truth, decided, len(self._book.labels)))
        return {"macro_f1": figures, "labels": {label: sum(g.label == label for g in learnt) for label in self._book.labels}}


def _of(rows: Sequence[Gold], label: str, first: int, count: int) -> list[Gold]:
    return [g for g in rows if g.label == label][first : first + count]


def suggested(pool: list[Candidate], states: npt.NDArray[np.float32], start: Sequence[Gold], archive: Sequence[Gold], way: Way, seed: int) -> list[Gold]:
    """Return what ``labels suggest`` would list, without its random share."""
    wish = Wish(ADDED, seed, way)
    known = Known()
    known.add(g.text for g in start)
    listed = shortlist(pool, known, wish)
    choices = choose([pool[i] for i in listed], states[listed], wish)
    return [archive[listed[choice.place]] for choice in choices]


def read(fitted: Fitted, texts: Sequence[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Return logits and unit vectors of the encoder's states, rows in the order of ``texts``."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    model = fitted.model
    logits, states = np.empty((len(texts), model.head.out_features)), np.empty((len(texts), model.head.in_features), dtype=np.float32)
    seen: list[torch.Tensor] = []
    hook = model.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    for first in range(0, len(order), 64):
        rows = order[first : first + 64]
        batch = fitted.tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=fitted.config.max_length, return_tensors="pt")
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            logits[rows] = model(batch["input_ids"], batch["attention_mask"])["logits"].float().numpy()
        states[rows] = torch.nn.functional.normalize(seen.pop().float(), dim=-1).numpy()
    hook.remove()
    return logits, states


def report(out: Path, pool: str) -> list[str]:
    """Return the table, as Markdown."""
    runs = [json.loads(path.read_text()) for path in sorted(out.glob(f"{pool}-*.json"))]
    if not runs or "random" not in runs[0]:
        raise SystemExit(f"{out}: holds no finished repetition of {pool}; expected `python -m benchmarks.suggest run` first")
    tests = list(runs[0]["start"]["macro_f1"])
    lines = ["| labelled | repetitions | " + " | ".join(f"{test}: macro-F1 | {test}: difference to random" for test in tests) + " | labels of those added |"]
    lines.append("|" + "---|" * (3 + 2 * len(tests)))
    for arm in ("start", *ARMS):
        with_arm = [run for run in runs if arm in run and "random" in run]
        if with_arm:
            cells = [cell for test in tests for cell in _cells(arm, test, with_arm)]
            labels = {label: np.mean([run[arm]["labels"][label] for run in with_arm]) for label in with_arm[0][arm]["labels"]}
            lines.append(f"| {arm} | {len(with_arm)} | " + " | ".join(cells) + " | " + ", ".join(f"{label} {n:.0f}" for label, n in labels.items()) + " |")
    return lines


def _cells(arm: str, test: str, runs: list[dict[str, Any]]) -> tuple[str, str]:
    own = np.array([run[arm]["macro_f1"][test] for run in runs])
    gaps = own - np.array([run["random"]["macro_f1"][test] for run in runs])
    if arm == "random" or len(gaps) < 2:
        return f"{own.mean():.3f}", ""
    half = float(student.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps)))
    return f"{own.mean():.3f}", f"{gaps.mean():+.3f} [{gaps.mean() - half:+.3f}, {gaps.mean() + half:+.3f}]"


if __name__ == "__main__":
    sys.exit(main())
