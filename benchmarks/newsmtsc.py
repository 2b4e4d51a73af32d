"""Target-dependent sentiment in news, on the public NewsMTSC (Hamborg and Donnay, EACL 2021): train, evaluate, compare with the paper.

    python -m benchmarks.newsmtsc --data newsmtsc/ --work newsmtsc-run
    python -m benchmarks.newsmtsc --data newsmtsc/ --work newsmtsc-run --on dev     # for choices; the bundle that is there is taken

``--data`` holds train.jsonl, rw-dev.jsonl, mt-dev.jsonl, rw-test.jsonl and mt-test.jsonl, as published. The rows become a user's table of labels with a
column ``target``; everything else is done by `stancewire train` and `stancewire evaluate`, through the exported bundle.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.cli import main as stancewire

LABELS = {1: "positive", 0: "neutral", -1: "negative"}
CODEBOOK = """name = "newsmtsc"
version = "1.0"
targets = "open"
default = "neutral"

[[labels]]
name = "positive"
tone = "positive"
definition = "speaks well of the person or group that is asked about, or shows them in a good light"

[[labels]]
name = "neutral"
definition = "neither"

[[labels]]
name = "negative"
tone = "negative"
definition = "speaks ill of the person or group that is asked about, or shows them in a bad light"
"""
SETTINGS = ("encoder_rate=1e-4", "lexical_weight=0")
"""What differs from the default recipe, chosen beforehand: the base is far from this task, and word counts know nothing of whom they are about."""
PAPER = {"BERT-base SPC": (80.1, 73.7), "BERT-base GRU-TSC": (80.2, 77.3), "RoBERTa-base GRU-TSC": (83.1, 82.5)}
SETS = ("rw", "mt")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the published files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for labels, codebook and bundle; a bundle that is there is not trained again")
    parser.add_argument("--on", choices=("test", "dev"), default="test", help="which files to measure on (default: test)")
    parser.add_argument("--base", default="bundled")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=f"a setting of the recipe (beside {' '.join(SETTINGS)})")
    args = parser.parse_args(argv)
    args.work.mkdir(parents=True, exist_ok=True)
    bundle = prepare(args.data, args.work, args.on)
    if not bundle.exists():
        chosen = [option for setting in (*SETTINGS, *args.set) for option in ("--set", setting)]
        files = ["--labels", str(args.work / "train.jsonl"), "--only", "--codebook", str(args.work / "codebook.toml")]
        if code := stancewire(["train", *files, "--base", args.base, "--seed", str(args.seed), *chosen, "--out", str(bundle)]):
            return code
    print_comparison(args.work, bundle, args.on)
    return 0


def prepare(data: Path, work: Path, part: str) -> Path:
    """Write codebook and label files; return where the bundle is to stand."""
    (work / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    train = read(data / "train.jsonl")
    known = {article_of(row) for row in train}
    write(work / "train.jsonl", rows(train, known, repeats=False))
    for name in SETS:
        write(work / f"{name}-{part}.jsonl", rows(read(data / f"{name}-{part}.jsonl"), known, repeats=True))
    return work / "bundle"


def rows(published: list[dict[str, Any]], known: set[str], *, repeats: bool) -> Iterator[dict[str, str]]:
    """Yield rows of labels. A sentence and target that stand twice train once; in a test set, as published, they count twice, the second as of another article."""
    times: dict[tuple[str, str], int] = {}
    for row in published:
        pair = row["sentence"], row["mention"]
        times[pair] = times.get(pair, 0) + 1
        if times[pair] > 1 and not repeats:
            continue
        article = article_of(row)
        again = f" ({times[pair]})" if times[pair] > 1 else ""
        yield {"text": pair[0], "target": pair[1], "label": LABELS[row["polarity"]], "article": article + again, "seen": "yes" if article in known else "no"}


def article_of(row: dict[str, Any]) -> str:
    """Return the article: the first three parts of the published id."""
    return "_".join(row["id"].split("_")[:3])


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def write(path: Path, found: Iterator[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found), encoding="utf-8")


def print_comparison(work: Path, bundle: Path, part: str) -> None:
    official = {name: measured(work, bundle, f"{name}-{part}") for name in SETS}
    unseen = {name: measured(work, bundle, f"{name}-{part}", "--where", "seen=no") for name in SETS}
    trained = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    config = trained["training"]["config"]
    print(f"{trained['tag']}, {trained['training']['base']['name']}, {trained['training']['sentences']:,} rows, seed {config['seed']}, mentions {config['mentions']}\n")
    print(f"| macro-F1, 95 % by article | rw-{part} | mt-{part} |\n|---|---|---|")
    print(line("stancewire", official))
    print(line("without the rows of articles that also train", unseen))
    for name in official["rw"]["baselines"]:
        print(line(name, {key: figures["baselines"][name] for key, figures in official.items()}))
    if part == "test":
        print("".join(f"| {name} (paper) | {rw / 100:.3f} | {mt / 100:.3f} |\n" for name, (rw, mt) in PAPER.items()), end="")
    print("\nn: " + ", ".join(f"{name}-{part} {official[name]['n']:,}, of unseen articles {unseen[name]['n']:,}" for name in SETS))


def measured(work: Path, bundle: Path, name: str, *options: str) -> dict[str, Any]:
    """Return the figures of `stancewire evaluate` on one file; the baselines learn for the whole file only."""
    learn = [] if options else ["--labels", str(work / "train.jsonl"), "--only"]
    with contextlib.redirect_stdout(io.StringIO()) as told:
        code = stancewire(["evaluate", "--data", str(work / f"{name}.jsonl"), "--bundle", str(bundle), "--json", *learn, *options])
    if code:
        sys.exit(code)
    figures: dict[str, Any] = json.loads(told.getvalue())
    return figures


def line(name: str, figures: dict[str, dict[str, Any]]) -> str:
    cells = [f"{f['macro_f1']:.3f} [{f['macro_f1_interval'][0]:.3f}, {f['macro_f1_interval'][1]:.3f}]" for f in (figures[key] for key in SETS)]
    return f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
