"""`stancewire labels suggest`: a thin parser over one function."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

from labels.errors import InputError
from service.batch import cli as batch
from service.registry.choose import add_bundle_option, chosen_folder, folder_that_scored
from training.suggest.options import WAYS, Request, groupings


def add_command(labels: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `suggest` to `stancewire labels`."""
    command = labels.add_parser("suggest", help="which sentences of an archive to label next", description="A random share for prevalence, and a chosen share for the model.")
    command.add_argument("paths", nargs="+", type=Path, metavar="ARCHIVE|SCORES", help="output folder of `stancewire batch`, or files and folders to score first")
    command.add_argument("--n", type=int, default=200, metavar="N", help="sentences to list (default: %(default)s)")
    command.add_argument("--random-share", type=float, default=0.25, metavar="SHARE", help="share that is a plain random sample, kept apart for prevalence (default: %(default)s)")
    command.add_argument("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    command.add_argument("--by", default="outlet,month", metavar="NAMES", help="spread the chosen ones over outlet, month, both or none (default: %(default)s)")
    command.add_argument("--way", choices=WAYS, default="both", help="choose by uncertainty and diversity, or by one of them (default: %(default)s)")
    command.add_argument(
        "--exclude", nargs="+", type=Path, default=[], metavar="FILE", help="labels or units listed before: nothing like them is chosen (the shipped labels always count)"
    )
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="units to label, JSON lines; FILE's stem with .manifest.json tells the frame and the draw")
    command.add_argument("--scores", type=Path, metavar="DIR", help="with an archive: folder that keeps its scores (default: beside --out)")
    command.add_argument("--overwrite", action="store_true", help="replace FILE where it stands already")
    command.add_argument("--target", metavar="NAME", help="of a run with several targets: the one that is asked about")
    add_bundle_option(command)
    command.add_argument("--json", action="store_true", help="print the summary as JSON")
    command.add_argument("--quiet", action="store_true", help="no progress bar")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the list and its companion; 0 when they stand, 130 when scoring was stopped."""
    from rich.console import Console

    from service.bundle import load_bundle
    from service.report.folder import open_run
    from training.suggest.excluded import read_excluded
    from training.suggest.suggest import manifest_of, suggest
    from training.suggest.view import closing_lines, print_summary, summary, watch
    from training.suggest.write import write_suggestion

    request = Request(args.n, args.random_share, args.seed, groupings(args.by), args.way, args.target)
    check_place(args.out, overwrite=args.overwrite)
    scored_by = _model_of(args.paths)
    folder = folder_that_scored(args.bundle, scored_by) if scored_by else chosen_folder(args.bundle)
    bundle = load_bundle(folder)
    excluded = read_excluded(args.exclude)
    scores, code = scored(args.paths, args.scores or args.out.with_name(f"{args.out.stem}-scores"), folder, args.target, quiet=args.quiet)
    if code:
        return code
    source = open_run(scores)
    with watch(quiet=args.quiet) as step:
        found = suggest(source, bundle, request, excluded, step)
    manifest = write_suggestion(args.out, found.units, manifest_of(found, source, request, excluded))
    figures = summary(found, request.by, source.labels)
    if args.json:
        print(json.dumps({"out": str(args.out), **manifest, "summary": figures}, ensure_ascii=False))
    else:
        print_summary(figures, source.labels, Console())
        print("\n".join(closing_lines(manifest, args.out)))
    return 0


def check_place(out: Path, *, overwrite: bool) -> None:
    """Raise InputError, before any work is done, where the list could not be written or would replace one that may be under labelling."""
    if out.is_dir():
        raise InputError(f"--out {out}: is a folder; expected a file to write, for instance {out / 'units.jsonl'}")
    if out.exists() and not overwrite:
        raise InputError(f"--out {out}: stands already; expected a new file (name the old one with --exclude to go on from it), or --overwrite")
    out.parent.mkdir(parents=True, exist_ok=True)


def scored(paths: list[Path], scores: Path, bundle: Path, target: str | None, *, quiet: bool) -> tuple[Path, int]:
    """Return the folder with the scores and 0: ``paths`` itself where it is one, else ``scores``, into which `batch` scores them; or 130 for a `batch` that was stopped."""
    runs = _runs(paths)
    if runs and len(paths) == 1:
        return paths[0], 0
    if runs:
        raise InputError(f"{runs[0]}: is an output folder of `stancewire batch`, given among other paths; expected it alone, or the archives alone")
    parser = argparse.ArgumentParser()
    batch.add_command(parser.add_subparsers())
    options = ["--out", str(scores), "--bundle", str(bundle), *([] if target is None else ["--target", target]), *(["--quiet"] if quiet else [])]
    args = parser.parse_args(["batch", *options, "--", *map(str, paths)])
    try:
        with contextlib.redirect_stdout(sys.stderr):  # standard output is the list's
            code = int(args.run(args))
    except InputError as error:  # its folder is ours to name
        raise InputError(str(error).replace(f"--out {scores}", f"--scores {scores}").replace("another --out (or --overwrite)", "another --scores")) from error
    if code == 1:
        raise InputError(f"{', '.join(map(str, paths))}: held no article that can be scored; expected an archive as `stancewire batch` reads it")
    if code == 0:
        print(f"the scores are kept in {scores}: give that folder in the archive's place next time", file=sys.stderr)
    return scores, code


def _runs(paths: list[Path]) -> list[Path]:
    """Return the paths that are output folders of `batch`."""
    from service.batch.ledger import NAME
    from service.batch.run import SENTENCES

    return [path for path in paths if (path / NAME).is_file() or (path / SENTENCES).is_dir()]


def _model_of(paths: list[Path]) -> str | None:
    """Return the tag of the model that scored the one run that is given; None for an archive, which is not scored yet."""
    from service.report.folder import open_run

    return open_run(paths[0]).model if len(paths) == 1 and _runs(paths) else None
