"""`stancewire retrain`: a thin parser over one function."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from labels.codebook import SHIPPED, load_codebook
from labels.errors import InputError
from service.registry.home import store_home
from training.config import TrainConfig, with_settings


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `retrain` to the command line."""
    retrain = commands.add_parser("retrain", help="train on new labels, compare with the model in force, promote only if nothing falls (docs/retraining.md)")
    retrain.add_argument("--labels", nargs="+", type=Path, required=True, metavar="FILE", help="new labelled sentences: .jsonl of `labels import`, .csv or .tsv")
    retrain.add_argument("--test", nargs="+", type=Path, default=[], metavar="FILE", help="labelled sentences that only ever measure; kept for every later retraining")
    retrain.add_argument("--force", action="store_true", help="promote whatever the comparison says; the manifest and the history say so")
    retrain.add_argument("--why", metavar="TEXT", help="a reason for the history")
    retrain.add_argument("--discard", action="store_true", help="do not keep a refused candidate in the store")
    retrain.add_argument("--out", type=Path, metavar="DIR", help="also write the candidate's bundle there")
    retrain.add_argument("--only", action="store_true", help="train on --labels alone, without the shipped labels and without those of earlier retrainings")
    retrain.add_argument("--skip-invalid", action="store_true", help="leave out rows that fail validation instead of stopping")
    retrain.add_argument("--codebook", type=Path, default=SHIPPED, metavar="FILE", help="codebook file (default: the repo's)")
    retrain.add_argument("--base", metavar="bundled|HUB_ID|DIR", help="base encoder (default: that of the model in force)")
    retrain.add_argument("--seed", type=int, help="random seed (default: that of the model in force)")
    retrain.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting of the recipe, for instance epochs=2")
    retrain.add_argument("--flips", type=Path, metavar="FILE", help="also write the sentences whose label flips there, as JSON lines")
    retrain.add_argument("--json", action="store_true", help="print the outcome as JSON")
    retrain.add_argument("--quiet", action="store_true", help="no progress bar")
    retrain.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Retrain; 0 when the candidate is promoted or is the incumbent again, 1 when it is refused."""
    from service.render import console
    from training.retrain.outcome import Options, as_data
    from training.retrain.run import retrain
    from training.retrain.view import comparison_table, flips_of, verdict_lines

    options = Options(
        tuple(args.labels), tuple(args.test), args.only, args.skip_invalid, force=args.force, discard=args.discard, why=args.why, out=args.out, progress=not args.quiet
    )
    outcome = retrain(store_home(), load_codebook(args.codebook), _config(args), options, lambda line: print(line, file=sys.stderr))
    if args.flips is not None:
        args.flips.write_text("".join(json.dumps(flip.to_dict(), ensure_ascii=False) + "\n" for flip in outcome.flips), encoding="utf-8")
    if args.json:
        told = {"tag": outcome.tag, "promoted": outcome.promoted, **as_data(outcome), "flips": [asdict(flip) for flip in outcome.flips]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        if outcome.comparisons:
            console().print(comparison_table(outcome.comparisons))
            print("* guarded\n", *flips_of(outcome), "", sep="\n")
        if outcome.folder is not None:
            print(f"labels, held-out part and flips: {outcome.folder / 'provenance'}")
        print("\n".join(verdict_lines(outcome)))
    return 0 if outcome.promoted or outcome.verdict.passed else 1


def _config(args: argparse.Namespace) -> TrainConfig:
    from training.retrain.candidate import incumbent_config

    if args.seed is not None and not 0 <= args.seed < 2**32:
        raise InputError(f"--seed {args.seed}; expected a whole number from 0 to 4294967295")
    given = {name: value for name, value in (("base", args.base), ("seed", args.seed)) if value is not None}
    return with_settings(replace(incumbent_config(store_home()), **given), args.set)
