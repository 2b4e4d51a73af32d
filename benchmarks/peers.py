"""What a user would write instead of `stancewire batch`: read JSON lines, cut sentences, score, write Parquet.

    python -m benchmarks.peers pipeline|onnx|onnx-int8 ARCHIVE.jsonl OUT.parquet

The encoder is the bundled base with a fresh head of three labels: its speed is that of a trained one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import nupunkt
import pyarrow as pa
import pyarrow.parquet as pq

THREADS = len(os.sched_getaffinity(0))
BATCH = 32


def main() -> int:
    kind, archive, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    texts = list(sentences(archive))
    labels = by_pipeline(texts) if kind == "pipeline" else by_onnx(texts, dynamic=kind == "onnx-int8")
    pq.write_table(pa.table({"text": texts, "label": labels}), out, compression="zstd")
    return 0


def sentences(archive: Path) -> Iterator[str]:
    with archive.open(encoding="utf-8") as stream:
        for line in stream:
            record = json.loads(line)
            yield record["title"]
            for paragraph in record["text"].splitlines():
                yield from nupunkt.sent_tokenize(paragraph)


def by_pipeline(texts: list[str]) -> list[str]:
    """Score as the documentation of transformers says: pipeline(...)(texts, batch_size=32)."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    from training.base import find_base

    torch.set_num_threads(THREADS)
    source = find_base("bundled").source
    model = AutoModelForSequenceClassification.from_pretrained(source, num_labels=3)
    classify = pipeline("text-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(source), device="cpu")
    return [row["label"] for row in classify(texts, batch_size=BATCH, truncation=True)]


def by_onnx(texts: list[str], *, dynamic: bool) -> list[str]:
    """Score as sentence-transformers does with its ONNX backend: sorted by length, padded batches of 32, ONNX Runtime."""
    from transformers import AutoTokenizer

    from benchmarks.formats import dynamic_int8, session, widened
    from training.base import find_base

    with TemporaryDirectory() as work:
        graph = widened(Path(work))
        run = session(dynamic_int8(graph) if dynamic else graph, THREADS)
        tokenizer = AutoTokenizer.from_pretrained(find_base("bundled").source)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        labels = [""] * len(texts)
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            batch = tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=128, return_tensors="np")
            (logits,) = run.run(["logits"], {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]})
            for i, label in zip(rows, logits.argmax(axis=1), strict=True):
                labels[i] = str(label)
    return labels


if __name__ == "__main__":
    sys.exit(main())
