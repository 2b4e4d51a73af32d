"""The `stancewire` command: joins the subcommands of the three packages.

Nothing here imports torch before a subcommand needs it: a machine that serves has none.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import labels.cli
import service.cli
import service.registry.cli
import training.retrain.cli
from labels.codebook import SHIPPED as SHIPPED_CODEBOOK
from labels.codebook import Codebook, load_codebook
from labels.errors import InputError, StancewireError
from labels.gold import Gold
from labels.problems import shorten
from labels.quality.report import Suspects
from labels.records import Annotation
from service.bundle import SHIPPED, load_bundle
from service.predict import predict_labels
from service.registry.choose import add_bundle_option, chosen_folder
from service.registry.home import store_home
from service.registry.store import locate
from training.config import TrainConfig, with_settings
from training.suggest.cli import add_command as add_suggest
from training.voice.cli import add_voice_option, run_voice

_DEFAULTS = TrainConfig()
_TRAINING_MODULES = {"torch", "transformers", "datasets", "sklearn", "scipy", "accelerate", "vaderSentiment", "onnx", "onnxscript"}


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand and return its exit code; errors that a user can mend go to standard error."""
    args = build_parser().parse_args(argv)
    try:
        return int(args.run(args))
    except StancewireError as error:
        print(f"stancewire: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has seen enough (`| head`); the code is what a shell gives then
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        print(f"stancewire: {error.filename or 'a file'}: {error.strerror or error}; expected a place that can be read and written", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _TRAINING_MODULES:
            raise
        print(f"stancewire {args.command} needs {error.name}: pip install 'stancewire[train]'", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nstancewire: stopped; `train`, `retrain` and `batch` continue on the same command", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    parser = argparse.ArgumentParser(prog="stancewire", description="Stance of news sentences toward a target: score, train, evaluate.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    service.cli.add_commands(commands)
    _add_train(commands)
    training.retrain.cli.add_command(commands)
    _add_evaluate(commands)
    add_suggest(labels.cli.add_commands(commands, deep_check, predict_labels, find_errors))
    models = commands.add_parser("models", help="look after model bundles").add_subparsers(dest="models_command", required=True, metavar="COMMAND")
    service.registry.cli.add_commands(models)
    check = models.add_parser("check", help="say whether the labels have moved on since a bundle was trained")
    check.add_argument("--bundle", type=Path, default=SHIPPED, metavar="DIR", help="bundle to check (default: the shipped one)")
    check.set_defaults(run=run_models_check)
    card = models.add_parser("card", help="write a bundle's model card again, with the figures that `evaluate --write` kept")
    card.add_argument("--bundle", type=Path, default=SHIPPED, metavar="DIR", help="bundle to describe (default: the shipped one)")
    card.set_defaults(run=run_models_card)
    return parser


def _add_labels_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--labels", nargs="+", type=Path, default=[], metavar="PATH", help="labelled sentences to add: .jsonl, .csv or .tsv with text and label")
    command.add_argument("--only", action="store_true", help="train on --labels alone, without the shipped labels")
    command.add_argument("--skip-invalid", action="store_true", help="leave out rows that fail validation instead of stopping")
    command.add_argument("--codebook", type=Path, default=SHIPPED_CODEBOOK, metavar="FILE", help="codebook file (default: the repo's)")
    command.add_argument("--base", default=_DEFAULTS.base, metavar="bundled|HUB_ID|DIR", help="base encoder (default: bundled)")
    command.add_argument("--seed", type=int, default=_DEFAULTS.seed, help=f"random seed (default: {_DEFAULTS.seed})")
    command.add_argument("--epochs", type=int, default=_DEFAULTS.epochs, help=f"passes over the data (default: {_DEFAULTS.epochs})")
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting of the recipe (training/config.py), for instance lexical_weight=0")
    command.add_argument("--quiet", action="store_true", help="no progress bar")


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = commands.add_parser("train", help="fine-tune a bundle from labelled sentences")
    _add_labels_options(train)
    train.add_argument("--out", type=Path, default=Path("bundle"), metavar="DIR", help="folder for the bundle (default: ./bundle)")
    train.add_argument(
        "--reproduce", metavar="TAG|DIR", help="make that bundle again and say whether it comes out the same; options but --out, --labels and --base are then the bundle's"
    )
    train.set_defaults(run=run_train)


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    evaluate = commands.add_parser("evaluate", help="measure: seed articles (or fifths of your own) left out in turn, or a labelled file")
    _add_labels_options(evaluate)
    evaluate.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="labelled file to measure a bundle on; without it every seed article is left out in turn, or, with --only, a fifth of yours (trains several times)",
    )
    evaluate.add_argument("--probes", action="store_true", help="run the behavioural probes on a bundle: pass rates by kind of difficulty")
    add_voice_option(evaluate)
    evaluate.add_argument("--where", action="append", default=[], metavar="COLUMN=VALUE", help="with --data: only rows with that value")
    add_bundle_option(evaluate, "with --data or --probes: bundle to measure")
    evaluate.add_argument("--json", action="store_true", help="print JSON")
    evaluate.add_argument("--write", action="store_true", help="keep the figures for the model card (not with --probes)")
    evaluate.set_defaults(run=run_evaluate)


def find_errors(annotations: Sequence[Annotation], book: Codebook, bundle: str | None) -> Suspects:
    """Return the label errors that `labels quality` suspects with the training extra."""
    from training.label_errors import find_errors as find

    return find(annotations, book, chosen_folder(bundle or "shipped"))


def deep_check(gold: Sequence[Gold]) -> tuple[dict[str, Any], list[str]]:
    """Return what `labels check --deep` finds with the training extra: as data, and as lines to print."""
    from training.hygiene import leakage, semantic_pairs

    data: dict[str, Any] = {}
    lines: list[str] = []
    for origin in sorted({g.origin for g in gold}):
        rows = [g for g in gold if g.origin == origin]
        cues, alike = leakage(rows), semantic_pairs(rows)
        data[origin] = {"leakage": asdict(cues) if cues else None, "semantic": [asdict(pair) for pair in alike]}
        reach = (
            f"a bag of words gets macro-F1 {cues.bag_of_words:.2f} on it by cross-validation (majority label {cues.majority:.2f})"
            if cues
            else "too few sentences for a bag of words"
        )
        lines += [f"{origin}: {reach}"]
        lines += [f"  say the same by the encoder: {sum(not p.twins for p in alike)} pairs with one label, {sum(p.twins for p in alike)} with different ones"]
        lines += [f"    {pair.likeness:.2f} {shorten(pair.texts[0], 90)} | {shorten(pair.texts[1], 90)}" for pair in alike[:5]]
    return data, lines


def run_train(args: argparse.Namespace) -> int:
    from training.rows import chosen_gold
    from training.train import train_bundle

    if args.reproduce is not None:
        return _run_reproduce(args)
    book = load_codebook(args.codebook)
    chosen = chosen_gold(args.labels, book, only=args.only, skip_invalid=args.skip_invalid)
    for problem in chosen.problems:
        print(f"left out: {problem}", file=sys.stderr)
    print(f"training on {len(chosen.gold):,} sentences ({chosen.added:,} yours, {chosen.replaced:,} of them in place of shipped ones)", file=sys.stderr)
    out = train_bundle(chosen.gold, book, _config(args), args.out, agreement=chosen.agreement, sources=chosen.sources, progress=not args.quiet)
    bundle = load_bundle(out)
    held_out = bundle.manifest["metrics"].get("held_out")
    measured = f"; macro-F1 {held_out['macro_f1']:.2f} on {held_out['n']} held-back sentences" if held_out else ""
    print(f"{bundle.tag} written to {out}{measured}\nscore with it: stancewire score --bundle {out} TEXT")
    return 0


def _run_reproduce(args: argparse.Namespace) -> int:
    from training.reproduce import reproduce, reproduction_lines

    bundle = load_bundle(locate(store_home(), args.reproduce))
    made = reproduce(bundle, args.out, args.labels, None if args.base == _DEFAULTS.base else args.base, progress=not args.quiet)
    print("\n".join(reproduction_lines(made, bundle.tag)))
    return 0 if made.same else 1


def run_evaluate(args: argparse.Namespace) -> int:
    from service.scorer import load_scorer
    from training.evaluate import evaluate_file
    from training.evaluation_view import print_evaluation
    from training.published import publish
    from training.rows import chosen_gold, fits_shipped_labels, user_gold

    if args.probes:
        return _run_probes(args)
    if args.voice:
        return run_voice(args, dict(_pair(item) for item in args.where))
    if args.data is not None:
        scorer = load_scorer(chosen_folder(args.bundle))
        where = dict(_pair(item) for item in args.where)
        test, problems = user_gold([args.data], scorer.codebook, skip_invalid=args.skip_invalid, where=where)
        learnt = bool(args.labels) or fits_shipped_labels(scorer.codebook)
        train = chosen_gold(args.labels, scorer.codebook, only=args.only, skip_invalid=args.skip_invalid).gold if learnt else []
        if not learnt:
            print("majority and TF-IDF are left out: the shipped labels are about something else; --labels FILE --only lets them learn from yours", file=sys.stderr)
        evaluation = evaluate_file(scorer, test, train, data=" ".join([args.data.name, *args.where]), seed=args.seed)
        for problem in problems:
            print(f"left out: {problem}", file=sys.stderr)
    else:
        from training.crossvalidate import leave_one_article_out

        book = load_codebook(args.codebook)
        gold = chosen_gold(args.labels, book, only=args.only, skip_invalid=args.skip_invalid).gold
        evaluation = leave_one_article_out(gold, book, _config(args), progress=lambda line: print(line, file=sys.stderr), quiet=args.quiet)
    if args.write:
        print(f"figures kept in {publish(evaluation.to_dict())}; `stancewire models card` prints them in the card", file=sys.stderr)
    if args.json:
        print(json.dumps(evaluation.to_dict(), ensure_ascii=False))
    else:
        print_evaluation(evaluation)
    return 0


def _run_probes(args: argparse.Namespace) -> int:
    from service.scorer import load_scorer
    from training.evaluation_view import print_probes
    from training.probes import as_data, run_probes

    rates = run_probes(load_scorer(chosen_folder(args.bundle)))
    if args.json:
        print(json.dumps(as_data(rates)))
    else:
        print_probes(rates)
    return 0


def run_models_check(args: argparse.Namespace) -> int:
    from training.staleness import check_bundle

    state = check_bundle(load_bundle(args.bundle))
    if state.stale:
        print(f"{state.tag} was trained on {state.trained_on}; the repo now holds {state.current[:12]}…: train again (make train)")
        return 1
    print(f"{state.tag} was trained on the labels that the repo holds ({state.current[:12]}…)")
    return 0


def run_models_card(args: argparse.Namespace) -> int:
    from service.bundle import NAMES
    from training.card import refresh_card

    refresh_card(args.bundle)
    print(f"{args.bundle / NAMES.card} written")
    return 0


def _config(args: argparse.Namespace) -> TrainConfig:
    if not 0 <= args.seed < 2**32:
        raise InputError(f"--seed {args.seed}; expected a whole number from 0 to 4294967295")
    if args.epochs < 1:
        raise InputError(f"--epochs {args.epochs}; expected at least 1")
    return with_settings(TrainConfig(base=args.base, seed=args.seed, epochs=args.epochs), args.set)


def _pair(item: str) -> tuple[str, str]:
    column, equals, value = item.partition("=")
    if not equals:
        raise InputError(f"--where {item}; expected COLUMN=VALUE")
    return column, value


if __name__ == "__main__":
    sys.exit(main())
