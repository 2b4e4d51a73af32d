"""The columns of the two data sets that a run writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from service.archive.records import Article
from service.batch.stories import PERMUTATIONS
from service.records import ScoredDocument
from service.scorer import Scorer
from service.segment import SEGMENTER
from service.voice import VOICE

_ARCHIVE = [(name, pa.string()) for name in ("document", "path", "record")]
_ORIGIN = [(name, pa.string()) for name in ("outlet", "published", "url")]


def sentence_schema(labels: Sequence[str], *, paired: bool = False) -> pa.Schema:
    """Return the columns of ``sentences``: one row a unit, one probability column ``p_<label>`` a label; ``paired``: one row a unit and ``target``.

    ``start`` and ``end`` count characters of the part ("title" or "text"); ``published`` is an ISO date where the archive's could be read as one.
    """
    span = [("part", pa.string()), ("start", pa.int32()), ("end", pa.int32()), ("text", pa.string()), ("label", pa.string())]
    probabilities = [(f"p_{label}", pa.float64()) for label in labels]
    voice = [("voice", pa.string()), ("speaker", pa.string()), ("flags", pa.list_(pa.string()))]
    target = [("target", pa.string())] if paired else []
    return pa.schema([*_ARCHIVE, ("id", pa.string()), *target, *span, *probabilities, *voice, *_ORIGIN])


def article_schema(labels: Sequence[str], *, paired: bool = False) -> pa.Schema:
    """Return the columns of ``articles``: one row an article.

    ``share_<label>`` and ``mean_<label>`` (of the probabilities) are null for an article without scored units; ``outlet_<label>`` and
    ``source_<label>`` count units by voice. ``story`` is the document id of the first article that prints nearly the same
    text. ``paired``: ``targets`` are those that the article was scored for, and all counts are over units and targets; those of one target come from
    ``sentences``. ``minhash`` is its MinHash signature, 64 little-endian 32-bit numbers, null for a short text.
    """
    text = [("title", pa.string()), ("story", pa.string()), ("off_topic", pa.bool_()), ("units", pa.int32())]
    shares = [(f"{kind}_{label}", pa.float64()) for kind in ("share", "mean") for label in labels]
    counts = [(f"{voice}_{label}", pa.int32()) for voice in ("outlet", "source") for label in labels]
    targets = [("targets", pa.list_(pa.string()))] if paired else []
    return pa.schema([*_ARCHIVE, *_ORIGIN, *targets, *text, *shares, *counts, ("minhash", pa.binary(4 * PERMUTATIONS))])


def metadata(scorer: Scorer) -> dict[str, str]:
    """Return what every file says of the model that made it."""
    book = scorer.codebook
    return {
        "stancewire.model": scorer.bundle.tag,
        "stancewire.segmenter": SEGMENTER,
        "stancewire.voice": VOICE,
        "stancewire.codebook": f"{book.name} {book.version}",
        "stancewire.labels": " ".join(book.labels),
    }


def sentence_rows(article: Article, result: ScoredDocument) -> Iterator[dict[str, Any]]:
    for score in result.scores:
        row = score.to_dict()
        probabilities = row.pop("probabilities")
        yield {**_place(article), **row, **{f"p_{label}": p for label, p in probabilities.items()}, **_origin(article)}


def article_row(article: Article, result: ScoredDocument | None, labels: tuple[str, ...], signature: bytes | None) -> dict[str, Any]:
    """Return the row of an article; ``result`` is None for one that the gate kept from the model."""
    scores = result.scores if result else ()
    voices = {f"{voice}_{label}": sum(s.voice == voice and s.label == label for s in scores) for voice in ("outlet", "source") for label in labels}
    shares: Mapping[str, float | None] = result.shares(labels) if result and scores else dict.fromkeys(labels)
    means = {label: sum(s.probabilities[label] for s in scores) / len(scores) if scores else None for label in labels}
    return {
        **_place(article),
        **_origin(article),
        "title": article.document.title,
        "targets": list(article.document.targets),
        "off_topic": result is None or (bool(scores) and all("off_topic" in s.flags for s in scores)),
        "units": len(scores),
        **{f"share_{label}": share for label, share in shares.items()},
        **{f"mean_{label}": mean for label, mean in means.items()},
        **voices,
        "minhash": signature,
    }


def _place(article: Article) -> dict[str, str]:
    return {"document": article.document.id, "path": article.path, "record": article.record}


def _origin(article: Article) -> dict[str, str | None]:
    return {"outlet": article.outlet, "published": article.published, "url": article.url}
