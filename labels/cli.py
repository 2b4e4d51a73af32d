"""`stancewire labels …`: thin parsers over one function each."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from labels.check import check_files
from labels.codebook import SHIPPED, load_codebook
from labels.exchange.cli import add_commands as add_exchange
from labels.exchange.exporting import Predict
from labels.gold import Gold, derive_gold
from labels.hygiene import inspect_gold
from labels.hygiene_view import hygiene_lines
from labels.quality.cli import FindErrors
from labels.quality.cli import add_command as add_quality
from labels.stats import GroupStats, store_stats
from labels.store import load_annotations, shipped_files

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # generic for type checkers only
DeepCheck = Callable[[Sequence[Gold]], tuple[dict[str, Any], Iterable[str]]]


def add_commands(commands: Subcommands, deep_check: DeepCheck, predict: Predict, find_errors: FindErrors) -> Subcommands:
    """Add `labels` with its subcommands and return them, for those of other packages.

    ``deep_check`` and ``find_errors`` are the parts that need the training extra, ``predict`` that of the export that scores.
    """
    labels = commands.add_parser("labels", help="check, describe, bring in and send out annotations").add_subparsers(dest="labels_command", required=True, metavar="COMMAND")
    check = labels.add_parser("check", help="validate annotation files: labels, ids, offsets, encoding, versions")
    stats = labels.add_parser("stats", help="counts and agreement, computed from the annotations")
    for command in (check, stats):
        command.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="annotation files (default: those of the repo)")
        command.add_argument("--codebook", type=Path, default=SHIPPED, help="codebook file (default: the repo's)")
        command.add_argument("--json", action="store_true", help="print JSON")
    check.add_argument("--hygiene", action="store_true", help="also print what no single row shows: near duplicates, openings, giveaway words, lengths, balance")
    check.add_argument("--deep", action="store_true", help="--hygiene with an encoder and scikit-learn: semantic duplicates, how far a bag of words gets (minutes)")
    check.set_defaults(deep_check=deep_check)
    stats.add_argument("--by", choices=("origin", "kind"), default="origin", help="slice the store by this field")
    add_quality(labels, find_errors)
    check.set_defaults(run=run_check)
    stats.set_defaults(run=run_stats)
    add_exchange(labels, predict)
    return labels


def run_check(args: argparse.Namespace) -> int:
    paths, book = args.paths or shipped_files(), load_codebook(args.codebook)
    report = check_files(paths, book)
    data: dict[str, Any] = {"files": report.files, "annotations": report.annotations, "sentences": report.sentences}
    data["problems"] = [{**asdict(p), "path": str(p.path)} for p in report.problems]
    count = len(report.problems)
    lines = [*map(str, report.problems), f"{report.files} files, {report.annotations:,} annotations of {report.sentences:,} sentences: {count or 'no'} problem{'s' * (count != 1)}"]
    if args.hygiene or args.deep:
        gold = [g for g in derive_gold(load_annotations(paths, book)) if g.label]  # raises for rows that cannot be read
        found = inspect_gold(gold)
        data["hygiene"] = [asdict(one) for one in found]
        lines += [line for one in found for line in hygiene_lines(one)]
    if not args.json:
        print("\n".join(lines), flush=True)
    if args.deep:  # minutes of work: what is known already stands on the screen
        data["deep"], more = args.deep_check(gold)
        if not args.json:
            print("\n".join(more))
    if args.json:
        print(json.dumps(data, ensure_ascii=False))
    return 1 if count else 0


def run_stats(args: argparse.Namespace) -> int:
    book = load_codebook(args.codebook)
    slices = store_stats(load_annotations(args.paths or shipped_files(), book), book, by=args.by)
    if args.json:
        print(json.dumps([asdict(s) for s in slices], ensure_ascii=False))
        return 0
    for one in slices:
        _print_slice(one, args.by)
    return 0


def _print_slice(one: GroupStats, by: str) -> None:
    print(f"{by} {one.name}: {one.sentences:,} sentences, {one.unresolved} without a majority")
    print(f"  gold        {_pairs(one.gold)}")
    print(f"  annotators  {_pairs(one.annotators)}")
    if one.alpha is None:
        print("  agreement   not defined: no sentence has two independent readings, or they never vary")
        return
    low, high = one.interval or (float("nan"), float("nan"))
    print(f"  alpha       {one.alpha:.3f} [{low:.3f}, {high:.3f}]  (Krippendorff, nominal; 95 % bootstrap over articles)")
    print(f"  by label    {'  '.join(f'{label} {value:.3f}' for label, value in one.alphas.items() if value is not None)}")
    if one.voice_alpha is not None:
        print(f"  voice       {one.voice_alpha:.3f}")
    for pair in one.pairs:
        print(f"  {pair.annotators[0]} and {pair.annotators[1]} agree on {pair.share:.1%} of {pair.units:,} sentences")


def _pairs(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {count:,}" for name, count in counts.items())
