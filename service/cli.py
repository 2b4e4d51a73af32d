"""`stancewire score`, `report` and `serve`, beside `batch` (service/batch/cli.py): thin parsers over one function each."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from labels.errors import InputError, TextError
from service.batch.cli import add_command as add_batch
from service.bundle import SHIPPED
from service.report.options import add_options as add_report_options

_LARGEST_TEXT = 1_000_000


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `score`, `batch`, `report` and `serve` to the command line."""
    score = commands.add_parser("score", help="score one text, sentence by sentence")
    score.add_argument("text", metavar="TEXT|FILE|-", help="a text, a text file, or - for standard input")
    score.add_argument("--json", action="store_true", help="print JSON")
    score.set_defaults(run=run_score)
    add_batch(commands)
    score.add_argument("--bundle", type=Path, default=Path(os.environ.get("STANCEWIRE_BUNDLE", SHIPPED)), metavar="DIR", help="model bundle (default: the shipped one)")
    score.add_argument("--threads", type=int, default=None, metavar="N", help="cores to use (default: all)")
    report = commands.add_parser("report", help="make one HTML page of a finished batch run")
    report.add_argument("folder", type=Path, metavar="DIR", help="output folder of `stancewire batch`")
    report.add_argument("--out", type=Path, default=Path("report.html"), metavar="FILE", help="page to write (default: report.html)")
    report.add_argument(
        "--bundle", type=Path, default=Path(os.environ.get("STANCEWIRE_BUNDLE", SHIPPED)), metavar="DIR", help="bundle that scored, for its error rates (default: the shipped one)"
    )
    add_report_options(report)
    report.set_defaults(run=run_report)
    serve = commands.add_parser("serve", help="start the scoring endpoint")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, default=3000, help="port to listen on (default: 3000)")
    serve.add_argument("--bundle", type=Path, default=None, metavar="DIR", help="model bundle (default: the shipped one)")
    serve.set_defaults(run=run_serve)


def run_score(args: argparse.Namespace) -> int:
    from service.records import Document
    from service.render import console, print_document
    from service.scorer import load_scorer

    document = Document(*read_argument(args.text))
    scorer = load_scorer(args.bundle, threads=args.threads)
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
    from service.report.options import extras, told

    made = build_report(args.folder, args.out, load_bundle(args.bundle), extras(args))
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
        environment["STANCEWIRE_BUNDLE"] = str(args.bundle)
    bundle = read_settings(environment).bundle.resolve()  # the server works in another folder
    environment["STANCEWIRE_BUNDLE"] = str(bundle)
    tag = load_bundle(bundle).tag
    print(f"serving {tag} on http://{args.host}:{args.port} (a page at /, the API at /docs; Ctrl-C stops)", flush=True)
    # The working folder may hold a package called service of its own; ours stands beside this file's package.
    home = str(Path(__file__).resolve().parents[1])
    environment["PYTHONSAFEPATH"] = "1"
    command = [sys.executable, "-m", "bentoml", "serve", "service.api:StanceService", "--working-dir", home, "--host", args.host, "--port", str(args.port)]
    os.execve(sys.executable, command, environment)
