"""What sets two bundles apart: by their manifests, and by the sentences whose label flips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from labels.errors import InputError
from service.archive.find import find_files
from service.archive.read import read_records
from service.archive.records import Article, Page, Reading
from service.bundle import Bundle
from service.pairs import Input, input_of
from service.records import Document
from service.scorer import Scorer

_COMPARED = ("codebook", "max_length", "segmenter", "calibration", "decision", "training")
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """A value that stands in two manifests and differs; ``name`` is its path, None stands for one that is absent."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Flip:
    """A sentence that two models label differently, with what each gives its own label; ``test`` is the labelled set that it stands in."""

    text: str
    before: str
    after: str
    before_probability: float
    after_probability: float
    document: str | None = None
    gold: str | None = None
    target: str | None = None
    test: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value is not None}


def compare_manifests(before: Bundle, after: Bundle) -> list[Change]:
    """Return what differs in labels, code, base, seed, recipe, calibration and figures, in the order of the manifest."""
    sides = [{**{name: b.manifest.get(name) for name in _COMPARED}, "metrics": _figures(b.manifest["metrics"])} for b in (before, after)]
    flat = [dict(_flatten("", side)) for side in sides]
    return [Change(name, flat[0].get(name), flat[1].get(name)) for name in dict.fromkeys([*flat[0], *flat[1]]) if flat[0].get(name) != flat[1].get(name)]


def flips_on(before: Scorer, after: Scorer, path: Path) -> Iterator[tuple[int, list[Flip]]]:
    """Yield, part by part, how many sentences were compared and which of them flip; ``path`` is an archive's file or a folder of `stancewire batch`."""
    part: list[tuple[Input, str | None]] = []
    for sentence in dict.fromkeys(_sentences(before, path)):
        part.append(sentence)
        if len(part) == _AT_ONCE:
            yield len(part), compare_texts(before, after, part)
            part = []
    yield len(part), compare_texts(before, after, part)


def compare_texts(before: Scorer, after: Scorer, sentences: Sequence[tuple[Input, str | None]], gold: list[str] | None = None) -> list[Flip]:
    """Return the flips among sentences, each what the models read and its document's name; both must know the same labels."""
    if before.codebook.labels != after.codebook.labels:
        raise InputError(f"{before.bundle.tag} knows {', '.join(before.codebook.labels)}, {after.bundle.tag} {', '.join(after.codebook.labels)}; expected the same labels")
    inputs = [given for given, _ in sentences]
    decided = [_decisions(scorer, inputs) for scorer in (before, after)]
    flips = []
    for place, ((given, document), (old, p), (new, q)) in enumerate(zip(sentences, *decided, strict=True)):
        if old != new:
            text, target = (given, None) if isinstance(given, str) else given
            flips.append(Flip(text, old, new, round(p, 4), round(q, 4), document, gold[place] if gold else None, target))
    return flips


def _decisions(scorer: Scorer, inputs: list[Input]) -> list[tuple[str, float]]:
    labels = scorer.codebook.labels
    rows = [dict(zip(labels, map(float, row), strict=True)) for row in scorer.classify(inputs).probabilities] if inputs else []
    decided = [scorer.decide(row)[0] for row in rows]
    return [(label, row[label]) for label, row in zip(decided, rows, strict=True)]


def _sentences(scorer: Scorer, path: Path) -> Iterator[tuple[Input, str | None]]:
    """Yield each sentence with its document: those of a run as they were scored, those of an archive as the scorer cuts them."""
    if (path / "sentences").is_dir():
        for file in sorted((path / "sentences").glob("*.parquet")):
            for batch in pq.ParquetFile(file).iter_batches(columns=["text", "document", *(["target"] if scorer.codebook.paired else [])]):
                for row in batch.to_pylist():
                    yield input_of(scorer.codebook, row["text"], row.get("target")), row["document"]
        return
    for document in _documents(path):
        if any(c.isalpha() for c in document.text):
            yield from ((text, document.id) for text in scorer.draft(document).texts)


def _documents(path: Path) -> Iterator[Document]:
    for file in find_files([path]):
        for record in read_records(file, Reading()) if isinstance(file, Path) else ():
            if isinstance(record, Page):
                from service.archive.html import extract  # trafilatura takes a second to import

                record = extract(record)
            if isinstance(record, Article):
                yield record.document


def _figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headline figures; a whole table of them would bury what differs."""
    held_out, probes = metrics.get("held_out"), metrics.get("probes")
    found: dict[str, Any] = {}
    if held_out:
        found["held_out"] = {"macro_f1": round(held_out["macro_f1"], 4), "n": held_out["n"], "f1": {k: round(v["f1"], 4) for k, v in held_out["per_label"].items()}}
    if probes:
        found["probes"] = {kind: f"{rate['passed']}/{rate['probes']}" for kind, rate in probes.items()}
    return found


def _flatten(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
    else:
        yield prefix, value
