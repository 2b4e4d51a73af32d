"""Do 200 suggested sentences teach more than 200 random ones? Measured on the written sentences, whose labels are hidden until they are asked for.

    python -m benchmarks.suggest run --out DIR [--learner fine-tuned|linear] [--pool as-written|natural] [--repeats 10] [--dev FILE] [--only ARM …]
    python -m benchmarks.suggest report --out DIR [--learner …] [--pool …]

A repetition draws, by its seed, 400 written sentences to start from and 2,000 others as the archive; trains a start model on the 400; adds 200 of the archive (at
random, or as ``labels suggest`` chooses: training/suggest/choose.py) and trains again with the same seed. Measured is macro-F1, decided by the most probable label, on 1,000 written
sentences that no repetition draws from, and on a file of real sentences if one is given. ``natural`` thins the archive and the start out to the prevalences of the codebook
(real news is nine in ten neutral).

``fine-tuned`` is the recipe of `stancewire train`, shortened: 4 epochs in batches of 16, the lower half of the encoder left as it is. ``linear`` is logistic regression on the base
encoder's sentence vectors: another learner, but one that affords a hundred repetitions. Finished runs are kept in ``--out``, so the work can be stopped at any time. ``report``
prints the mean difference to random over repetitions with its 95 % interval (Student's t over the paired differences).
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
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression

from labels.codebook import Codebook, load_codebook
from labels.gold import Gold
from service.bundle import Decision
from service.scorer import softmax
from training.config import TrainConfig
from training.fit import Example, Fitted, fit
from training.hygiene import embed
from training.metrics import confusion, macro_f1
from training.rows import shipped_gold, user_gold
from training.suggest.alike import Known
from training.suggest.choose import Candidate, Wish, choose, shortlist
from training.suggest.options import Way
from training.suggest.uncertainty import uncertainty

START, ARCHIVE, ADDED, TEST = 400, 2000, 200, 1000
RECIPE: dict[str, Any] = {"epochs": 4, "batch_size": 16, "frozen_share": 0.5}
LISTED_AT_RANDOM = 50
ARMS: dict[str, Way | None] = {
    "random": None,
    "suggested": "both",
    "suggested, with the random quarter": "both",
    "uncertainty alone": "uncertainty",
    "diversity alone": "diversity",
}
POOLS = ("as-written", "natural")
Logits = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]


class Learner(Protocol):
    """Learns from labelled sentences; ``read`` then gives logits and unit vectors of sentences, rows in the order given."""

    def learn(self, gold: Sequence[Gold], seed: int) -> None: ...

    def read(self, gold: Sequence[Gold]) -> tuple[Logits, Vectors]: ...


class FineTuned:
    """The shipped model's kind: encoder, head and lexical channel."""

    def __init__(self, book: Codebook) -> None:
        self._book = book
        self._fitted: Fitted | None = None

    def learn(self, gold: Sequence[Gold], seed: int) -> None:
        examples = [Example(g.text, self._book.index(str(g.label))) for g in gold]
        with TemporaryDirectory() as work:
            self._fitted = fit(examples, self._book.labels, TrainConfig(seed=seed, **RECIPE), Path(work), progress=False)

    def read(self, gold: Sequence[Gold]) -> tuple[Logits, Vectors]:
        assert self._fitted is not None
        return read(self._fitted, [g.text for g in gold])


class Linear:
    """Logistic regression on the base encoder's vectors, which are computed once and kept in ``place``."""

    def __init__(self, book: Codebook, gold: Sequence[Gold], place: Path) -> None:
        self._book = book
        if not place.exists():
            with torch.autocast("cpu", torch.bfloat16):
                np.save(place, embed([g.text for g in gold]))
        self._vectors = dict(zip([g.id for g in gold], np.load(place), strict=True))
        self._model = LogisticRegression(C=10.0, max_iter=2000)

    def learn(self, gold: Sequence[Gold], seed: int) -> None:
        self._model.fit(self._of(gold), [self._book.index(str(g.label)) for g in gold])

    def read(self, gold: Sequence[Gold]) -> tuple[Logits, Vectors]:
        return self._model.decision_function(self._of(gold)), self._of(gold)

    def _of(self, gold: Sequence[Gold]) -> Vectors:
        return np.array([self._vectors[g.id] for g in gold])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("run", "report"))
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--learner", choices=("fine-tuned", "linear"), default="fine-tuned")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--pool", choices=POOLS, default="as-written")
    parser.add_argument("--dev", type=Path, help="real sentences to measure on besides: text, label, subset")
    parser.add_argument("--only", nargs="*", choices=ARMS, default=list(ARMS))
    args = parser.parse_args(argv)
    if args.step == "report":
        print("\n".join(report(args.out, f"{args.learner}-{args.pool}")))
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    book = load_codebook()
    bench = Bench(book, args.dev, args.pool, args.learner, args.out)
    for seed in range(args.repeats):
        place = args.out / f"{args.learner}-{args.pool}-{seed}.json"
        found = json.loads(place.read_text()) if place.exists() else {}
        if missing := [arm for arm in ["start", *args.only] if arm not in found]:
            start = time.monotonic()
            bench.repetition(seed, missing, found, place)
            print(f"{args.learner}, {args.pool}, seed {seed}: {', '.join(missing)} in {time.monotonic() - start:.0f} s", flush=True)
    return 0


class Bench:
    """The data that all repetitions share, and how one goes."""

    def __init__(self, book: Codebook, dev: Path | None, pool: str, learner: str, out: Path) -> None:
        self._book, self._pool = book, pool
        written = [g for g in shipped_gold(book) if g.origin == "written"]
        random.Random(0).shuffle(written)
        self._tests = {"written": written[:TEST]}
        self._drawn_from = written[len(written) // 2 :]
        if dev is not None:
            self._tests["real"] = user_gold([dev], book, skip_invalid=False, where={"subset": "core"})[0]
        everything = [*self._drawn_from, *(g for gold in self._tests.values() for g in gold)]
        self._learner: Learner = FineTuned(book) if learner == "fine-tuned" else Linear(book, everything, out / "vectors.npy")

    def repetition(self, seed: int, missing: Sequence[str], found: dict[str, Any], place: Path) -> None:
        """Make the ``missing`` runs of one seed and write them to ``place``, each as it is done."""
        start, archive = self._draw(seed)
        arms = [arm for arm in missing if arm != "start"]
        chosen: dict[str, list[Gold]] = {arm: random.Random(1000 + seed).sample(archive, ADDED) for arm in arms if ARMS[arm] is None}
        if "start" in missing or len(chosen) < len(arms):
            self._learner.learn(start, seed)
            found["start"] = self._measured(start)
            logits, states = self._learner.read(archive)
            pool = self._candidates(archive, softmax(logits))
            for arm in arms:
                if (way := ARMS[arm]) is not None:
                    drawn = random.Random(1000 + seed).sample(archive, ADDED)[: LISTED_AT_RANDOM if "quarter" in arm else 0]
                    chosen[arm] = [*drawn, *suggested(pool, states, [*start, *drawn], archive, Wish(ADDED - len(drawn), seed, way))]
        for arm in arms:
            self._learner.learn([*start, *chosen[arm]], seed)
            found[arm] = self._measured(chosen[arm])
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

    def _measured(self, learnt: Sequence[Gold]) -> dict[str, Any]:
        figures = {}
        for name, gold in self._tests.items():
            decided = self._learner.read(gold)[0].argmax(axis=1)
            truth = np.array([self._book.index(str(g.label)) for g in gold])
            figures[name] = macro_f1(confusion(truth, decided, len(self._book.labels)))
        return {"macro_f1": figures, "labels": {label: sum(g.label == label for g in learnt) for label in self._book.labels}}


def _of(rows: Sequence[Gold], label: str, first: int, count: int) -> list[Gold]:
    return [g for g in rows if g.label == label][first : first + count]


def suggested(pool: list[Candidate], states: Vectors, labelled: Sequence[Gold], archive: Sequence[Gold], wish: Wish) -> list[Gold]:
    """Return the chosen share that ``labels suggest`` would list; ``pool`` and ``states`` are of ``archive``, row by row."""
    known = Known()
    known.add(g.text for g in labelled)
    listed = shortlist(pool, known, wish)
    choices = choose([pool[i] for i in listed], states[listed], wish)
    return [archive[listed[choice.place]] for choice in choices]


def read(fitted: Fitted, texts: Sequence[str]) -> tuple[Logits, Vectors]:
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


def report(out: Path, kind: str) -> list[str]:
    """Return the table, as Markdown."""
    runs = [json.loads(path.read_text()) for path in sorted(out.glob(f"{kind}-*.json"))]
    if not runs or "random" not in runs[0]:
        raise SystemExit(f"{out}: holds no finished repetition of {kind}; expected `python -m benchmarks.suggest run` first")
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
