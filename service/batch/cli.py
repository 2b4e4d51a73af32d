"""`stancewire batch`: a thin parser over one function."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

from labels.errors import InputError
from service.archive.find import READABLE
from service.archive.records import Columns
from service.batch.shards import RECORDS
from service.registry.choose import add_bundle_option, chosen_folder, folder_that_scored

if TYPE_CHECKING:
    from service.batch.local import WorkerSetup
    from service.batch.options import BatchOptions
    from service.batch.run import Engine

_SMALL = 2_000_000
"""Bytes of an archive below which starting processes takes longer than scoring it in one."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `batch` to the command line."""
    batch = commands.add_parser("batch", help="score an archive of articles into Parquet data sets", description=f"Reads {READABLE}.")
    batch.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, folders (searched recursively) or globs")
    batch.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of the run: sentences/, articles/, refused.jsonl, manifest.jsonl; the same command continues a stopped run"
    )
    for field in fields(Columns):
        name = {"published": "date"}.get(field.name, field.name)
        batch.add_argument(f"--{name}-column", dest=f"{field.name}_column", metavar="NAME", help=f"column or field that holds the {name} (default: guessed, and said)")
    batch.add_argument("--target", action="append", default=[], metavar="NAME", help="with a bundle for several targets: score for that one (repeatable; default: all of them)")
    batch.add_argument("--all", action="store_true", help="run articles that do not name every side of the target through the model too")
    batch.add_argument("--jsonl", action="store_true", help="write the data sets as JSON lines besides")
    batch.add_argument("--shard", type=int, default=RECORDS, metavar="N", help="records that are written, and lost by a kill, together (default: %(default)s)")
    batch.add_argument("--overwrite", action="store_true", help="begin anew in a folder that holds another run")
    batch.add_argument("--engine", choices=("local", "ray"), default="local", help="processes on this machine, or a Ray cluster (extra: ray)")
    batch.add_argument("--ray-address", metavar="ADDRESS", help="with --engine ray: a running cluster (HOST:PORT, or auto); default: one on this machine")
    batch.add_argument("--workers", type=int, metavar="N", help="processes or Ray actors (default: as many as fill the cores)")
    batch.add_argument("--threads", type=int, metavar="N", help="cores of one worker (default: 1; all of them with one worker)")
    batch.add_argument("--cache", type=Path, default=_cache_home(), metavar="DIR", help="keep scored sentences there for later runs with the same model (default: %(default)s)")
    batch.add_argument("--no-cache", action="store_true", help="keep none")
    add_bundle_option(batch)
    batch.add_argument("--quiet", action="store_true", help="no progress bar")
    batch.add_argument("--log-json", action="store_true", help="progress as JSON lines on standard error, for schedulers")
    batch.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Score the archive; 0 when it is whole, 1 when it held no article, 130 when it was stopped."""
    from service.batch.ledger import model_of
    from service.batch.options import BatchOptions
    from service.batch.run import REFUSED, run_batch
    from service.batch.view import closing_line, watch
    from service.bundle import load_bundle
    from service.pairs import check_targets

    columns = Columns(**{field.name: getattr(args, f"{field.name}_column") for field in fields(Columns)})
    begun = None if args.overwrite else model_of(args.out)
    # What is promoted meanwhile must not stop a run from going on.
    args.bundle = folder_that_scored(args.bundle, begun) if begun else chosen_folder(args.bundle)
    bundle = load_bundle(args.bundle)
    options = BatchOptions(columns, everything=args.all, json_lines=args.jsonl, shard=args.shard, targets=check_targets(bundle.codebook, args.target))
    size = archive_size(args.paths)
    engine = _engine(args, options, size, bundle.tag)
    with _stopping() as stop, watch(size, quiet=args.quiet, as_json=args.log_json) as step:
        report = run_batch(args.paths, args.out, bundle, options, engine, stop=stop, step=step, overwrite=args.overwrite)
    for mapping, path in report.reading.mappings.items():
        print(f"columns taken: {', '.join(mapping)} ({path})", file=sys.stderr)
    if not report.whole:
        print(f"stopped after {report.records:,} records; what is done is safe in {args.out}, the same command goes on from there", file=sys.stderr)
        return 130
    print(closing_line(report, args.out))
    if report.refused:
        print(f"why records were refused: {args.out / REFUSED}")
    return 0 if report.articles else 1


def archive_size(paths: list[Path]) -> int:
    """Return the bytes of the files to read; raise InputError for a path that is not there."""
    from service.archive.find import find_files

    return sum(path.stat().st_size for path in find_files(paths) if isinstance(path, Path))


def _engine(args: argparse.Namespace, options: BatchOptions, size: int, tag: str) -> Engine:
    from service.batch.local import LocalEngine, OwnProcess

    for name in ("workers", "threads", "shard"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise InputError(f"--{name} {getattr(args, name)}; expected at least 1")
    if args.engine == "ray":
        from service.batch.ray_engine import RayEngine

        threads = args.threads or 1
        return RayEngine(_setup(args, options, threads), args.workers or max(1, _cores() // threads), args.ray_address, tag)
    workers = args.workers or (1 if size < _SMALL else max(1, _cores() // (args.threads or 1)))
    threads = args.threads or max(1, _cores() // workers)
    if workers * threads > _cores():
        raise InputError(f"--workers {workers} times --threads {threads} is more than the {_cores()} cores here; expected at most as many")
    setup = _setup(args, options, threads)
    return OwnProcess(setup) if workers == 1 else LocalEngine(setup, workers)


def _setup(args: argparse.Namespace, options: BatchOptions, threads: int) -> WorkerSetup:
    from service.batch.local import WorkerSetup

    return WorkerSetup(args.bundle.resolve(), threads, None if args.no_cache else args.cache, options)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stancewire"


@contextmanager
def _stopping() -> Iterator[Event]:
    """Let Ctrl-C (or SIGTERM) finish the shards in flight; the second one ends at once."""
    stop = Event()

    def ask(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        print("\nfinishing the shards in flight; once more ends at once", file=sys.stderr)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
