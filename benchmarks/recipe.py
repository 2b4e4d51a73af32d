"""Measure the choices of the training recipe against the default, each with several seeds, on sentences that nobody trains on.

    python benchmarks/recipe.py run --dev dev.jsonl --out recipe [--only NAME …] [--share 0.25] [--seeds 3]
    python benchmarks/recipe.py report --dev dev.jsonl --out recipe

``dev.jsonl`` holds real sentences (``text``, ``label``, ``subset``). Every run trains on a fixed random share of the written
sentences, never on a seed article, and keeps its logits; a run that is there already is not made again, so the work can be
stopped at any time. ``report`` prints a Markdown table: macro-F1 on the dev sentences, on the seed articles (all left out)
and the probes' pass rate, as means over seeds, and the difference to the default with the same seeds. Decided is the most
probable label, so that calibration and floors, which are set last, have no say. The 95 % intervals are from a paired
bootstrap that draws sentences (whole articles, where they are known) and seeds; with one seed they leave its chance out.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from labels.codebook import Codebook, load_codebook
from labels.gold import Gold
from labels.store import labels_hash
from training.config import TrainConfig
from training.fit import Example, Fitted, fit
from training.metrics import confusion, macro_f1
from training.probes import load_probes
from training.rows import shipped_gold, user_gold

Logits = npt.NDArray[np.float64]
TESTS = ("core", "all", "seeds", "probes")
_NAMES = r"\b(Iran(?:ian|ians)?|Tehran|Russia(?:n|ns)?|Moscow|Kremlin)\b"
_SWAPS = (
    ((r"\bRussians?\b", "Chinese"), (r"\bRussia\b", "China"), (r"\bMoscow\b", "Beijing"), (r"\bKremlin\b", "Zhongnanhai"), (r"\bPutin\b", "Xi")),
    ((r"\bIranians?\b", "Turkish"), (r"\bIran\b", "Turkey"), (r"\bTehran\b", "Ankara")),
)


def as_is(examples: list[Example], neutral: int) -> list[Example]:
    return examples


def with_swaps(examples: list[Example], neutral: int) -> list[Example]:
    """Add for a half of the evaluative sentences that name both countries a copy about another pair, labelled neutral."""
    rng = random.Random(0)
    stances = [e for e in examples if e.label != neutral and re.search(r"Iran|Tehran", e.text) and re.search(r"Russia|Moscow|Kremlin", e.text)]
    return examples + [Example(_swapped(e.text, rng.choice(_SWAPS)), neutral) for e in rng.sample(stances, len(stances) // 2)]


def _swapped(text: str, swaps: Sequence[tuple[str, str]]) -> str:
    for pattern, name in swaps:
        text = re.sub(pattern, name, text)
    return text


def marked(text: str) -> str:
    return re.sub(_NAMES, r"[ \1 ]", text)


def normalised(text: str) -> str:
    """Give each country one name."""
    return re.sub(r"\b(Tehran)\b", "Iran", re.sub(r"\b(Moscow|The Kremlin|the Kremlin)\b", "Russia", text))


def paired(text: str) -> str:
    return f"Iran and Russia together: {text}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One departure from the default: settings of the recipe, another base, or other sentences."""

    settings: dict[str, Any] = field(default_factory=dict)
    text: Callable[[str], str] = str
    examples: Callable[[list[Example], int], list[Example]] = as_is
    share: float | None = None


VARIANTS = {
    "default": Variant(),
    "half the sentences": Variant(share=0.5),
    "encoder rate 3e-5": Variant({"encoder_rate": 3e-5}),
    "encoder rate 1.2e-4": Variant({"encoder_rate": 1.2e-4}),
    "two epochs": Variant({"epochs": 2}),
    "five epochs": Variant({"epochs": 5}),
    "no label smoothing": Variant({"label_smoothing": 0.0}),
    "label smoothing 0.2": Variant({"label_smoothing": 0.2}),
    "layer decay 0.8": Variant({"layer_decay": 0.8}),
    "balanced loss 0.5": Variant({"balance": 0.5}),
    "no lexical channel": Variant({"lexical_weight": 0.0}),
    "lexical channel 2": Variant({"lexical_weight": 2.0}),
    "target as a prefix": Variant(text=paired),
    "names marked": Variant(text=marked),
    "names normalised": Variant(text=normalised),
    "target swaps": Variant(examples=with_swaps),
    "embeddings trained": Variant({"freeze_embeddings": False}),
    "all layers trained": Variant({"frozen_share": 0.0}),
    "first layer frozen": Variant({"frozen_share": 0.17}),
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("run", "report"))
    parser.add_argument("--dev", type=Path, required=True, help="real sentences to measure on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--share", type=float, default=0.25, help="share of the written sentences to train on (default 0.25)")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(VARIANTS), help="names of variants")
    parser.add_argument("--base", nargs="*", default=[], metavar="NAME=DIR", help="further variants: the default recipe from another base encoder")
    args = parser.parse_args(argv)
    book = load_codebook()
    bases = dict(item.split("=", 1) for item in args.base)
    variants = {name: VARIANTS[name] for name in args.only} | {name: Variant({"base": folder}) for name, folder in bases.items()}
    tests = test_sets(args.dev, book)
    if args.step == "run":
        for seed in range(args.seeds):
            for name, variant in variants.items():
                run_variant(name, variant, seed, args.share, tests, book, args.out)
    else:
        print("\n".join(_report(list(variants), tests, book, args.out)))
    return 0


def test_sets(dev: Path, book: Codebook) -> dict[str, list[Gold]]:
    """Return what runs are measured on, by name: those of ``TESTS``."""
    core, _ = user_gold([dev], book, skip_invalid=False, where={"subset": "core"})
    whole, _ = user_gold([dev], book, skip_invalid=False)
    thinned = {g.id for g in core}
    whole.sort(key=lambda g: g.id not in thinned)  # the core comes first, so that its rows need no second run
    seeds = [g for g in shipped_gold(book) if g.origin == "seed"]
    return {"core": core, "all": whole, "seeds": seeds, "probes": load_probes(book)}


def _place(out: Path, name: str, seed: int) -> Path:
    return out / f"{re.sub(r'[^a-z0-9.]+', '-', name.lower())}-{seed}.npz"


def run_variant(name: str, variant: Variant, seed: int, share: float, tests: dict[str, list[Gold]], book: Codebook, out: Path) -> int:
    """Train a variant with one seed and keep its logits, unless they are there; return how many sentences it trains on."""
    place = _place(out, name, seed)
    written = [g for g in shipped_gold(book) if g.origin == "written"]
    random.Random(0).shuffle(written)
    part = written[: round(len(written) * share * (variant.share or 1))]
    examples = variant.examples([Example(variant.text(g.text), book.index(str(g.label))) for g in part], book.index(book.default))
    made_from = labels_hash((e.text, book.labels[e.label]) for e in examples)
    if place.exists():
        if str(np.load(place)["made_from"]) != made_from:
            raise SystemExit(f"{place}: was made from other sentences (another --share or other labels); expected another --out")
        return len(examples)
    out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with TemporaryDirectory() as work:
        config = TrainConfig(**{"seed": seed, **variant.settings})
        fitted = fit(examples, book.labels, config, Path(work), progress=sys.stderr.isatty())
        found = {test: logits(fitted, [variant.text(g.text) for g in gold]) for test, gold in tests.items() if test != "core"}
        found["core"] = found["all"][: len(tests["core"])]
    whole = place.with_suffix(".part.npz")
    np.savez(whole, made_from=made_from, seconds=time.monotonic() - start, **found)
    whole.replace(place)  # a run that was killed half-way is made again
    print(f"{name}, seed {seed}: {len(examples)} sentences, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return len(examples)


def logits(fitted: Fitted, texts: Sequence[str]) -> Logits:
    """Return the trained model's logits, rows in the order of ``texts``."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found = np.empty((len(texts), fitted.model.head.out_features))
    for first in range(0, len(order), 64):
        rows = order[first : first + 64]
        batch = fitted.tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=fitted.config.max_length, return_tensors="pt")
        with torch.inference_mode():
            found[rows] = fitted.model(batch["input_ids"], batch["attention_mask"])["logits"].numpy()
    return found


Runs = dict[int, dict[str, Any]]  # seed -> decided labels by test set, and seconds


def _report(names: list[str], tests: dict[str, list[Gold]], book: Codebook, out: Path) -> Iterator[str]:
    reference = decisions("default", out)
    if not reference:
        raise SystemExit(f"{out}: holds no run of the default; expected `recipe.py run --only default` first")
    yield "| choice | seeds | core | core, difference | natural prevalence, difference | seed articles, difference | probes, difference | s a run |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in names:
        if runs := decisions(name, out):
            yield _row(name, runs, reference, tests, book)
    if len(reference) > 1:
        averaged = _averaged(out)
        yield _row("the default's logits averaged over its seeds", {seed: averaged for seed in reference}, reference, tests, book)


def _row(name: str, runs: Runs, reference: Runs, tests: dict[str, list[Gold]], book: Codebook) -> str:
    shared = sorted(runs.keys() & reference.keys())
    cells = [_gap(test, gold, [runs[s][test] for s in shared], [reference[s][test] for s in shared], book) for test, gold in tests.items()]
    gold = np.array([book.index(str(g.label)) for g in tests["core"]])
    core = np.mean([measured("core", gold, run["core"], book) for run in runs.values()])
    seconds = np.mean([run["seconds"] for run in runs.values()])
    return f"| {name} | {len(runs)} | {core:.3f} | " + " | ".join(cells) + f" | {seconds:.0f} |"


def decisions(name: str, out: Path) -> Runs:
    """Return the most probable labels of a variant's finished runs."""
    pattern = _place(out, name, 0).name.replace("-0.npz", "-[0-9].npz")
    return {int(path.stem.rsplit("-", 1)[1]): _decided(np.load(path)) for path in sorted(out.glob(pattern))}


def _decided(kept: Any) -> dict[str, Any]:
    return {**{test: kept[test].argmax(axis=1) for test in TESTS}, "seconds": float(kept["seconds"])}


def _averaged(out: Path) -> dict[str, Any]:
    runs = [np.load(path) for path in sorted(out.glob("default-[0-9].npz"))]
    return {**{test: np.mean([run[test] for run in runs], axis=0).argmax(axis=1) for test in TESTS}, "seconds": float(sum(run["seconds"] for run in runs))}


def measured(test: str, gold: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64], book: Codebook) -> float:
    """Return a test set's figure: the share that pass for the probes, else macro-F1."""
    return float((gold == chosen).mean()) if test == "probes" else macro_f1(confusion(gold, chosen, len(book.labels)))


def _gap(test: str, gold: list[Gold], runs: list[Any], reference: list[Any], book: Codebook) -> str:
    truth = np.array([book.index(str(g.label)) for g in gold])

    def mean_gap(rows: npt.NDArray[np.int64], seeds: Sequence[int]) -> float:
        return float(np.mean([measured(test, truth[rows], runs[s][rows], book) - measured(test, truth[rows], reference[s][rows], book) for s in seeds]))

    rng = np.random.default_rng(0)
    groups = [np.array(rows) for rows in grouped_rows(gold).values()]
    draws = []
    for _ in range(500):
        rows = np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        draws.append(mean_gap(rows, list(rng.integers(len(runs), size=len(runs)))))
    low, high = np.quantile(draws, (0.025, 0.975))
    whole = mean_gap(np.arange(len(truth)), range(len(runs)))
    if not whole and not low and not high:
        return f"({np.mean([measured(test, truth, r, book) for r in runs]):.3f})"
    return f"{whole:+.3f} [{low:+.3f}, {high:+.3f}]"


def grouped_rows(gold: list[Gold]) -> dict[str, list[int]]:
    """Return the rows of each article, or of each sentence that stands alone."""
    found: dict[str, list[int]] = {}
    for row, one in enumerate(gold):
        found.setdefault(one.group, []).append(row)
    return found


if __name__ == "__main__":
    sys.exit(main())
