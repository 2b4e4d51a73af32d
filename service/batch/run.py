"""The run: read, cut into shards, score, commit in the archive's order, close.

A shard is committed when its files stand on the disk under their names and the manifest says so, in this order; shards are
committed in the order of the archive. A run that is killed anywhere continues on the same call to the same bytes.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from labels.errors import InputError
from service.archive.find import find_files
from service.archive.read import read_records
from service.archive.records import Reading, Record, Refused
from service.batch.ids import unique
from service.batch.ledger import NAME, Done, Ledger
from service.batch.options import BatchOptions, fingerprint
from service.batch.score_shard import ShardResult, json_line_rows, parquet_bytes
from service.batch.shards import Shard, cut
from service.batch.store import write_whole
from service.batch.stories import Stories
from service.bundle import Bundle

SENTENCES, ARTICLES, REFUSED = "sentences", "articles", "refused.jsonl"
_OURS = (SENTENCES, ARTICLES, f"{SENTENCES}_jsonl", f"{ARTICLES}_jsonl", REFUSED, NAME)


class Engine(Protocol):
    """Where shards are scored. Results come in the order of the shards, and few shards are taken before their results are asked for."""

    def score(self, shards: Iterator[Shard]) -> Iterator[ShardResult]: ...


@dataclass(slots=True)
class BatchReport:
    """What a run did so far: records read = articles + records refused. ``resumed`` of the articles stood there before."""

    articles: int = 0
    units: int = 0
    refused: int = 0
    off_topic: int = 0
    stories: int = 0
    resumed: int = 0
    whole: bool = False
    reading: Reading = field(default_factory=Reading)

    @property
    def records(self) -> int:
        return self.articles + self.refused


def run_batch(
    paths: Sequence[Path], out: Path, bundle: Bundle, options: BatchOptions, engine: Engine, *, stop: Event, step: Callable[[BatchReport], None], overwrite: bool = False
) -> BatchReport:
    """Score every record under ``paths`` into the folder ``out``; return the report, ``whole`` unless ``stop`` was set on the way.

    ``step`` is called after each committed shard. Raises InputError when ``out`` is in use or holds something else, or when model,
    options or archive are not those that the run there began with; ``overwrite`` begins it anew.
    """
    _prepare(out, overwrite=overwrite)
    with Ledger(out, fingerprint(bundle, options)) as ledger:
        run = _Run(out, options, ledger, BatchReport(reading=Reading(options.columns)), step)
        for result in engine.score(run.to_do(cut(unique(_records(paths, run.report.reading)), options.shard), stop)):
            with _room_on_disk(out, run.report):
                run.commit(result)
        run.replay_until(run.seen)
        if not stop.is_set():
            with _room_on_disk(out, run.report):
                run.close()
        return run.report


class _Run:
    """One run's state. Done shards are replayed and new ones committed in one order, that of the archive."""

    def __init__(self, out: Path, options: BatchOptions, ledger: Ledger, report: BatchReport, step: Callable[[BatchReport], None]) -> None:
        self.report = report
        self.seen = 0
        self._out, self._options, self._ledger, self._step = out, options, ledger, step
        self._stories = Stories()
        self._next = 0

    def to_do(self, shards: Iterable[Shard], stop: Event) -> Iterator[Shard]:
        """Yield the shards that are not done yet."""
        for shard in shards:
            if stop.is_set():
                return
            self.seen = shard.number + 1
            if not self._ledger.holds(shard):
                yield shard
        if not stop.is_set() and (extra := [n for n in self._ledger.done if n >= self.seen]):
            raise self._ledger.changed(f"it had {max(extra) + 1} shards of records, now it has {self.seen}")

    def commit(self, result: ShardResult) -> None:
        """Put a scored shard on the disk and enter it in the manifest."""
        self.replay_until(result.number)
        articles = self._with_stories(result.articles)
        files = {_part(SENTENCES, result.number): result.sentences, _part(ARTICLES, result.number): parquet_bytes(articles)}
        if self._options.json_lines:
            sentences = pq.read_table(pa.BufferReader(result.sentences))
            files |= {_part(f"{name}_jsonl", result.number): _json_lines(table) for name, table in ((SENTENCES, sentences), (ARTICLES, articles))}
        digests = {name: write_whole(self._out / name, data) for name, data in files.items()}
        entry = Done(result.number, result.key, digests, articles.num_rows, result.units, len(result.refused), result.off_topic)
        self._ledger.enter(entry, result.refused)
        self._count(entry)

    def replay_until(self, number: int) -> None:
        """Take up the done shards before ``number``: their articles' stories are those of the run that made them."""
        while self._next < number:
            entry = self._ledger.done[self._next]
            table = pq.read_table(self._out / _part(ARTICLES, self._next), columns=["document", "minhash"])
            for document, signature in zip(table["document"].to_pylist(), table["minhash"].to_pylist(), strict=True):
                self.report.stories += self._stories.story_of(document, signature) == document
            self.report.resumed += entry.articles
            self._count(entry)

    def close(self) -> None:
        """Write refused.jsonl and the manifest's last line."""
        lines = b"".join(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n" for record in self._ledger.refused())
        write_whole(self._out / REFUSED, lines)
        self._ledger.finish()
        self.report.whole = True
        self._step(self.report)

    def _with_stories(self, articles: pa.Table) -> pa.Table:
        documents, signatures = articles["document"].to_pylist(), articles["minhash"].to_pylist()
        stories = [self._stories.story_of(document, signature) for document, signature in zip(documents, signatures, strict=True)]
        self.report.stories += sum(story == document for story, document in zip(stories, documents, strict=True))
        place = articles.schema.get_field_index("story")
        return articles.set_column(place, articles.schema.field(place), pa.array(stories, pa.string()))

    def _count(self, entry: Done) -> None:
        self._next = entry.shard + 1
        self.report.articles += entry.articles
        self.report.units += entry.units
        self.report.refused += entry.refused
        self.report.off_topic += entry.off_topic
        self._step(self.report)


def _records(paths: Sequence[Path], reading: Reading) -> Iterator[Record]:
    for file in find_files(paths):
        if isinstance(file, Refused):
            yield file
        else:
            yield from read_records(file, reading)


@contextmanager
def _room_on_disk(out: Path, report: BatchReport) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise InputError(f"--out {out}: {error.strerror} after {report.records:,} records; they are safe; make room and give the same command again") from error


def _prepare(out: Path, *, overwrite: bool) -> None:
    """Raise InputError for a folder that is neither absent, empty nor a run's; empty it of a run with ``overwrite``."""
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: is a file; expected a folder")
    foreign = [path.name for path in out.iterdir() if path.name not in _OURS] if out.exists() else []
    if foreign and not (out / NAME).exists():
        raise InputError(f"--out {out}: holds something else than a run ({shorten_names(foreign)}); expected a new folder, an empty one, or one that a run has begun")
    if overwrite:
        for name in _OURS:
            path = out / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def shorten_names(names: Sequence[str]) -> str:
    """Return the first few names, for a message."""
    return ", ".join(sorted(names)[:3]) + (" …" if len(names) > 3 else "")


def _part(name: str, shard: int) -> str:
    return f"{name}/part-{shard:06d}." + ("jsonl" if name.endswith("_jsonl") else "parquet")


def _json_lines(table: pa.Table) -> bytes:
    rows: Iterator[dict[str, Any]] = json_line_rows(table)
    return b"".join(json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n" for row in rows)
