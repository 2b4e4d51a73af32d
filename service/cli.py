"""`stancewire score`, `report` and `serve`, beside `batch` (service/batch/cli.py): thin parsers over one function each."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from labels.errors import InputError, TextError
from service.batch.cli import add_command as add_batch
from service.registry.choose import VARIABLE, add_bundle_option, choose, chosen_folder, folder_that_scored
from service.registry.home import store_home
from service.registry.store import PROMOTED_NAME
from service.report.options import add_options as add_report_options

_LARGEST_TEXT = 1_000_000


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `score`, `batch`, `report` and `serve` to the command line."""
    score = commands.add_parser("score", help="score one text, sentence by sentence")
    score.add_argument("text", metavar="TEXT|FILE|-", help="a text, a text file, or - for standard input")
    score.add_argument(
        "--target", action="append", default=[], metavar="NAME", help="with a bundle for several targets: score for that one (repeatable; default: those that the text names)"
    )
    score.add_argument("--json", action="store_true", help="print JSON")
    score.set_defaults(run=run_score)
    add_batch(commands)
    add_bundle_option(score)
    score.add_argument("--threads", type=int, default=None, metavar="N", help="cores to use (default: all)")
    report = commands.add_parser("report", help="make one HTML page of a finished batch run")
    report.add_argument("folder", type=Path, metavar="DIR", help="output folder of `stancewire batch`")
    report.add_argument("--out", type=Path, default=Path("report.html"), metavar="FILE", help="page to write (default: report.html)")
    add_bundle_option(report, "bundle that scored, for its error rates; without it the run's own is looked for")
    report.add_argument("--target", action="append", default=[], metavar="NAME", help="of a run with several targets: only that one (repeatable; default: all)")
    add_report_options(report)
    report.set_defaults(run=run_report)
    serve = commands.add_parser("serve", help="start the scoring endpoint")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, default=3000, help="port to listen on (default: 3000)")
    add_bundle_option(serve, "model bundle to serve and stay with; without it, or with `promoted`, whatever is promoted is taken up while it serves")
    serve.set_defaults(run=run_serve)


def run_score(args: argparse.Namespace) -> int:
    from service.records import Document
    from service.render import console, print_document
    from service.scorer import load_scorer

    document = Document(*read_argument(args.text), targets=tuple(args.target))
    scorer = load_scorer(chosen_folder(args.bundle), threads=args.threads)
    (scored,) = scorer.score([document])
    if args.json:
        print(json.dumps({"model": scorer.bundle.tag, **scored.to_dict(scorer.codebook.labels)}, ensure_ascii=False))
    else:
        print_document(scored, scorer.codebook.labels, scorer.codebook.default, console())
    return 0


def read_argument(argument: str) -> tuple[str, str]:
    """Return id and text for TEXT|FILE|-; raise TextError for a file that is not text."""
    if argument == "-":
        return "stdin", _decode(sys.stdin.buffer.read(4 * _LARGEST_TEXT + 1), "standard input")
    path = Path(argument)
    if "\0" not in argument and os.path.isdir(argument):
        raise InputError(f"{argument}: is a folder; expected a text, a text file, or -; `stancewire batch` scores folders")
    if "\0" not in argument and os.path.isfile(argument):  # Path.is_file raises on a long text
        return str(path), _decode(path.read_bytes(), str(path))
    if path.suffix in (".txt", ".jsonl", ".csv") and len(argument.split()) == 1:
        raise InputError(f"{argument}: no such file; expected a text, a text file, or - for standard input")
    return "text", argument


def _decode(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextError(f"{where}: byte {error.start} is not UTF-8; expected a text in UTF-8") from None


def run_report(args: argparse.Namespace) -> int:
    from service.bundle import load_bundle
    from service.report.build import build_report
    from service.report.folder import open_run
    from service.report.options import extras, told

    bundle = load_bundle(folder_that_scored(args.bundle, open_run(args.folder).model))
    made = build_report(args.folder, args.out, bundle, extras(args), targets=args.target)
    print(f"{made.articles:,} articles, {made.units:,} units of {made.stories:,} stories, {made.refused:,} refused; report in {made.out}")
    for line in told(made):
        print(line)
    if not made.card:
        print(f"the page has no error rates: {args.folder} was scored by {made.model}; give that bundle with --bundle", file=sys.stderr)
    return 0


def run_serve(args: argparse.Namespace) -> int:
    from service.bundle import load_bundle
    from service.settings import read_settings

    environment = {"BENTOML_DO_NOT_TRACK": "True", **os.environ}  # newsrooms do not report home
    if args.bundle is not None:
        environment[VARIABLE] = args.bundle
    settings = read_settings(environment)
    chosen = choose(settings.bundle, environment)
    environment[VARIABLE] = str(chosen.path.resolve()) if chosen.source == "given" else PROMOTED_NAME  # the server works in another folder
    environment["BENTOML_HOME"] = str(store_home(environment).path)
    follows = {"given": "as named", "promoted": "promoted", "shipped": "shipped, nothing is promoted"}[chosen.source]
    tag = load_bundle(chosen.path).tag
    print(f"serving {tag} ({follows}) on http://{args.host}:{args.port} (a page at /, the API at /docs; Ctrl-C stops)", flush=True)
    # The working folder may hold a package called service of its own; ours stands beside this file's package.
    home = str(Path(__file__).resolve().parents[1])
    environment["PYTHONSAFEPATH"] = "1"
    command = [sys.executable, "-m", "bentoml", "serve", "service.api:StanceService", "--working-dir", home, "--host", args.host, "--port", str(args.port)]
    os.execve(sys.executable, command, environment)
