"""`stancewire score`, `batch` and `serve`: thin parsers over one function each."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from labels.errors import InputError, TextError
from service.bundle import SHIPPED

_LARGEST_TEXT = 1_000_000


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `score`, `batch` and `serve` to the command line."""
    score = commands.add_parser("score", help="score one text, sentence by sentence")
    score.add_argument("text", metavar="TEXT|FILE|-", help="a text, a text file, or - for standard input")
    score.add_argument("--json", action="store_true", help="print JSON")
    score.set_defaults(run=run_score)
    batch = commands.add_parser("batch", help="score files of articles into Parquet")
    batch.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=".txt, .jsonl or .csv files, or folders of them")
    batch.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for sentences.parquet, articles.parquet and refused.jsonl")
    batch.add_argument("--text-column", metavar="NAME", help="column or field that holds the text (default: guessed)")
    batch.add_argument("--id-column", metavar="NAME", help="column or field that holds the id (default: guessed)")
    batch.add_argument("--overwrite", action="store_true", help="replace scores that DIR already holds")
    batch.add_argument("--quiet", action="store_true", help="no progress bar")
    batch.set_defaults(run=run_batch)
    for command in (score, batch):
        command.add_argument("--bundle", type=Path, default=Path(os.environ.get("STANCEWIRE_BUNDLE", SHIPPED)), metavar="DIR", help="model bundle (default: the shipped one)")
        command.add_argument("--threads", type=int, default=None, metavar="N", help="cores to use (default: all)")
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


def run_batch(args: argparse.Namespace) -> int:
    from service.batch import REFUSED, BatchReport, score_files
    from service.readers import Columns, find_files
    from service.scorer import load_scorer

    files = find_files(args.paths)
    scorer = load_scorer(args.bundle, threads=args.threads)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("articles, {task.fields[sentences]:,} sentences"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=args.quiet) as progress:
        task = progress.add_task("scoring", total=None, sentences=0)

        def step(report: BatchReport) -> None:
            progress.update(task, completed=report.articles, sentences=report.sentences)

        report = score_files(files, args.out, scorer, Columns(args.text_column, args.id_column), overwrite=args.overwrite, step=step)
        progress.update(task, total=report.articles)
    print(f"{report.records:,} records read = {report.articles:,} articles scored ({report.sentences:,} sentences) + {report.refused:,} refused; scores in {args.out}")
    if report.refused:
        print(f"why records were refused: {args.out / REFUSED}")
    if not report.records:
        print("the files hold no records", file=sys.stderr)
    return 0 if report.articles else 1


def run_serve(args: argparse.Namespace) -> int:
    from service.bundle import load_bundle
    from service.settings import read_settings

    environment = {"BENTOML_DO_NOT_TRACK": "True", **os.environ}  # newsrooms do not report home
    if args.bundle is not None:
        environment["STANCEWIRE_BUNDLE"] = str(args.bundle)
    bundle = read_settings(environment).bundle.resolve()  # the server works in another folder
    environment["STANCEWIRE_BUNDLE"] = str(bundle)
    tag = load_bundle(bundle).tag
    print(f"serving {tag} on http://{args.host}:{args.port} (POST /score, GET /info; Ctrl-C stops)", flush=True)
    # The working folder may hold a package called service of its own; ours stands beside this file's package.
    home = str(Path(__file__).resolve().parents[1])
    environment["PYTHONSAFEPATH"] = "1"
    command = [sys.executable, "-m", "bentoml", "serve", "service.api:StanceService", "--working-dir", home, "--host", args.host, "--port", str(args.port)]
    os.execve(sys.executable, command, environment)
