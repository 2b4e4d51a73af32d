"""Score one shard: a function of its records, the bundle and the options, and of nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labels.codebook import Codebook
from labels.errors import TextError
from service.archive.html import extract
from service.archive.records import Article, Page, Record, Refused
from service.batch.options import BatchOptions
from service.batch.schema import article_row, article_schema, metadata, sentence_rows, sentence_schema
from service.batch.shards import Shard
from service.batch.stories import signature_of
from service.records import ScoredDocument
from service.scorer import Scorer, check_text


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What came of a shard: its sentences as the bytes of a Parquet file, its articles without story ids yet."""

    number: int
    key: str
    sentences: bytes
    articles: pa.Table
    refused: tuple[Refused, ...]
    units: int
    off_topic: int


def score_shard(shard: Shard, scorer: Scorer, options: BatchOptions) -> ShardResult:
    """Return the shard's scores; the same shard gives the same bytes in any process, in any company."""
    book = scorer.codebook
    labels = book.labels
    records = [_asking(_readable(record), book, options) for record in shard.records]
    gated = {id(r) for r in records if isinstance(r, Article) and not options.everything and not _about(r, book)}
    records, scored = _scored(records, gated, scorer)
    articles = [record for record in records if isinstance(record, Article)]
    article_rows = [article_row(a, scored.get(id(a)), labels, signature_of(a.document.text)) for a in articles]
    rows = [row for a in articles if id(a) in scored for row in sentence_rows(a, scored[id(a)])]
    sentences = pa.Table.from_pylist(rows, schema=sentence_schema(labels, paired=book.paired).with_metadata(metadata(scorer)))
    return ShardResult(
        number=shard.number,
        key=shard.key,
        sentences=parquet_bytes(sentences),
        articles=pa.Table.from_pylist(article_rows, schema=article_schema(labels, paired=book.paired).with_metadata(metadata(scorer))),
        refused=tuple(record for record in records if isinstance(record, Refused)),
        units=len(rows),
        off_topic=len(gated),
    )


def _asking(record: Article | Refused, book: Codebook, options: BatchOptions) -> Article | Refused:
    """Return an article that asks for the targets to score it for: those of the run that it names, all of them with ``everything``."""
    if isinstance(record, Refused) or not options.targets:
        return record
    text = _whole(record)
    named = tuple(name for name in options.targets if options.everything or book.find_target(name).named_in(text))
    return replace(record, document=replace(record.document, targets=named))


def _about(article: Article, book: Codebook) -> bool:
    """Tell whether the model has something to say of an article: it names what the stance is taken toward."""
    return bool(article.document.targets) if book.paired else book.names_target(_whole(article))


def _whole(article: Article) -> str:
    return f"{article.document.title or ''}\n{article.document.text}"


def _scored(records: list[Article | Refused], gated: set[int], scorer: Scorer) -> tuple[list[Article | Refused], dict[int, ScoredDocument]]:
    """Return the records, one that cannot be scored as refused, and the scores of those that passed the gate, by the record's identity."""
    passed = [record for record in records if isinstance(record, Article) and id(record) not in gated]
    try:
        return records, dict(zip(map(id, passed), scorer.score([a.document for a in passed]), strict=True))
    except Exception:  # what no reader foresaw spoils its own record, not the archive: each alone tells which it is
        return _scored_alone(records, {id(a) for a in passed}, scorer)


def _scored_alone(records: list[Article | Refused], passed: set[int], scorer: Scorer) -> tuple[list[Article | Refused], dict[int, ScoredDocument]]:
    kept: list[Article | Refused] = []
    scored: dict[int, ScoredDocument] = {}
    for record in records:
        if isinstance(record, Article) and id(record) in passed:
            try:
                (scored[id(record)],) = scorer.score([record.document])
            except Exception as error:
                record = Refused(record.path, record.record, f"cannot be scored ({type(error).__name__}: {error}); expected a text like others")
        kept.append(record)
    return kept, scored


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as a Parquet file, the same bytes for the same table."""
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def json_line_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield a table's rows for JSON: without the binary signature."""
    names = [name for name in table.column_names if name != "minhash"]
    for batch in table.select(names).to_batches():
        yield from batch.to_pylist()


def _readable(record: Record) -> Article | Refused:
    """Return the record as an article whose text can be scored, or why it is none."""
    if isinstance(record, Page):
        record = extract(record)
    if isinstance(record, Article):
        try:
            check_text(record.document)
        except TextError as error:
            return Refused(record.path, record.record, str(error))
    return record
