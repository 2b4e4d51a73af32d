"""Score files of articles offline: Parquet out, every refused record named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from labels.errors import InputError, TextError
from labels.problems import shorten
from service.readers import Article, Columns, Refused, read_articles
from service.records import ScoredDocument
from service.scorer import Scorer, check_text
from service.segment import SEGMENTER

_WINDOW = 64
SENTENCES, ARTICLES, REFUSED = "sentences.parquet", "articles.parquet", "refused.jsonl"


@dataclass(slots=True)
class BatchReport:
    """What a run did: records read = articles scored + records refused."""

    articles: int = 0
    sentences: int = 0
    refused: int = 0

    @property
    def records(self) -> int:
        return self.articles + self.refused


def score_files(files: Sequence[Path], out: Path, scorer: Scorer, columns: Columns, *, overwrite: bool = False, step: Callable[[BatchReport], None]) -> BatchReport:
    """Score every record of ``files`` into ``out``: sentences.parquet, articles.parquet and refused.jsonl.

    Files appear under their names only when the run is whole. ``step`` is called after each window of articles.
    Raises InputError when ``out`` already holds scores and ``overwrite`` is not given.
    """
    finals = [out / name for name in (SENTENCES, ARTICLES, REFUSED)]
    if not overwrite and any(path.exists() for path in finals):
        raise InputError(f"{out}: already holds scores; expected an empty folder, or --overwrite")
    out.mkdir(parents=True, exist_ok=True)
    report = BatchReport()
    try:
        with ExitStack() as stack:
            writers = _Writers(out, scorer, stack)
            for window in _windows(_records(files, columns)):
                _score_window(window, scorer, writers, report)
                step(report)
    except BaseException:
        for final in finals:
            _partial(final).unlink(missing_ok=True)
        raise
    for final in finals:
        os.replace(_partial(final), final)
    return report


class _Writers:
    """The three output files, open under temporary names."""

    def __init__(self, out: Path, scorer: Scorer, stack: ExitStack) -> None:
        labels = scorer.codebook.labels
        metadata = {"stancewire.model": scorer.bundle.tag, "stancewire.segmenter": SEGMENTER, "stancewire.codebook": f"{scorer.codebook.name} {scorer.codebook.version}"}
        self.sentence_schema = sentence_schema(labels).with_metadata(metadata)
        self.article_schema = article_schema(labels).with_metadata(metadata)
        self.sentences = stack.enter_context(pq.ParquetWriter(_partial(out / SENTENCES), self.sentence_schema, compression="zstd"))
        self.articles = stack.enter_context(pq.ParquetWriter(_partial(out / ARTICLES), self.article_schema, compression="zstd"))
        self.refused: TextIO = stack.enter_context(_partial(out / REFUSED).open("w", encoding="utf-8"))


def sentence_schema(labels: Sequence[str]) -> pa.Schema:
    """Return the columns of sentences.parquet: one row a unit, one probability column ``p_<label>`` a label."""
    text = [(name, pa.string()) for name in ("document", "path", "record", "id", "part")]
    span = [(name, pa.int32()) for name in ("start", "end")]
    probabilities = [(f"p_{label}", pa.float64()) for label in labels]
    rest = [("voice", pa.string()), ("speaker", pa.string()), ("flags", pa.list_(pa.string())), ("outlet", pa.string()), ("published", pa.string())]
    return pa.schema([*text, *span, ("text", pa.string()), ("label", pa.string()), *probabilities, *rest])


def article_schema(labels: Sequence[str]) -> pa.Schema:
    """Return the columns of articles.parquet: one row an article, with shares and mean probabilities of each label."""
    figures = [(f"{kind}_{label}", pa.float64()) for kind in ("share", "mean") for label in labels]
    head = [("document", pa.string()), ("path", pa.string()), ("record", pa.string()), ("outlet", pa.string()), ("published", pa.string()), ("off_topic", pa.bool_())]
    return pa.schema([*head, ("units", pa.int32()), ("source_units", pa.int32()), *figures])


def _records(files: Iterable[Path], columns: Columns) -> Iterator[Article | Refused]:
    """Yield every record, one whose id has been seen before as refused: its scores could not be told from the first's."""
    seen: dict[str, tuple[str, str]] = {}
    for path in files:
        for record in read_articles(path, columns):
            if isinstance(record, Refused):
                yield record
                continue
            here = (record.path, record.record)
            first = seen.setdefault(record.document.id, here)
            if first == here:
                yield record
                continue
            reason = f"id {shorten(record.document.id)} already stands at {' '.join(first).rstrip()}"
            yield Refused(*here, reason + "; expected ids that tell records apart (name a column with --id-column)")


def _windows(records: Iterator[Article | Refused]) -> Iterator[list[Article | Refused]]:
    while window := list(islice(records, _WINDOW)):
        yield window


def _score_window(window: Sequence[Article | Refused], scorer: Scorer, writers: _Writers, report: BatchReport) -> None:
    good: list[Article] = []
    for record in window:
        checked = _checked(record)
        if isinstance(checked, Article):
            good.append(checked)
        else:
            report.refused += 1
            writers.refused.write(json.dumps(asdict(checked), ensure_ascii=False) + "\n")
    scored = list(zip(good, scorer.score([a.document for a in good]), strict=True))
    labels = scorer.codebook.labels
    rows = [row for article, result in scored for row in _sentence_rows(article, result)]
    writers.sentences.write_table(pa.Table.from_pylist(rows, schema=writers.sentence_schema))
    writers.articles.write_table(pa.Table.from_pylist([_article_row(a, r, labels) for a, r in scored], schema=writers.article_schema))
    report.articles += len(good)
    report.sentences += len(rows)


def _checked(record: Article | Refused) -> Article | Refused:
    """Return the record, refused if its text cannot be scored."""
    if isinstance(record, Article):
        try:
            check_text(record.document)
        except TextError as error:
            return Refused(record.path, record.record, str(error))
    return record


def _sentence_rows(article: Article, result: ScoredDocument) -> Iterator[dict[str, Any]]:
    for score in result.scores:
        row = score.to_dict()
        probabilities = row.pop("probabilities")
        yield {
            "document": result.id,
            "path": article.path,
            "record": article.record,
            **row,
            **{f"p_{k}": v for k, v in probabilities.items()},
            "outlet": article.outlet,
            "published": article.published,
        }


def _article_row(article: Article, result: ScoredDocument, labels: tuple[str, ...]) -> dict[str, Any]:
    count = len(result.scores)
    means = {f"mean_{label}": sum(s.probabilities[label] for s in result.scores) / max(1, count) for label in labels}
    shares = {f"share_{label}": share for label, share in result.shares(labels).items()}
    return {
        "document": result.id,
        "path": article.path,
        "record": article.record,
        "outlet": article.outlet,
        "published": article.published,
        "off_topic": any("off_topic" in s.flags for s in result.scores),
        "units": count,
        "source_units": sum(s.voice == "source" for s in result.scores),
        **shares,
        **means,
    }


def _partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial")
