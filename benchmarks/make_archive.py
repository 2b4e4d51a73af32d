"""Make an archive of any size out of the seed and written sentences, with stated shares of reprints and of off-topic articles.

    python -m benchmarks.make_archive --articles 100000 --out archive.jsonl.gz [--reprints 0.3] [--off-topic 0.3] [--seed 0]

An article is a headline and 8 to 40 sentences; a reprint is an earlier article under another outlet, now and then with a sentence
more or less. The suffix of ``--out`` decides: .jsonl, .jsonl.gz, .jsonl.zst, .csv or .parquet.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from labels.codebook import load_codebook
from training.rows import shipped_gold

_OUTLETS = [f"Outlet {name}" for name in ["Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima", "Mike"]]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--reprints", type=float, default=0.3, help="share of articles that print an earlier one (default 0.3)")
    parser.add_argument("--off-topic", type=float, default=0.3, help="share of articles that name one side at most (default 0.3)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    write(articles(args.articles, args.reprints, args.off_topic, args.seed), args.out)
    return 0


def articles(count: int, reprints: float, off_topic: float, seed: int) -> Iterator[dict[str, str]]:
    """Yield articles with id, title, text, outlet and date."""
    rng = random.Random(seed)
    book = load_codebook()
    pool = [g.text for g in shipped_gold(book)]
    one_side = [text for text in pool if not any(side.pattern.search(text) for side in book.sides[:1])]
    recent: deque[list[str]] = deque(maxlen=2000)
    for number in range(count):
        if recent and rng.random() < reprints:
            sentences = list(rng.choice(recent))
            if rng.random() < 0.3:
                sentences.insert(rng.randrange(len(sentences)), rng.choice(pool))
        else:
            sentences = rng.choices(one_side if rng.random() < off_topic else pool, k=rng.randint(9, 41))
            recent.append(sentences)
        paragraphs = [" ".join(sentences[i : i + 4]) for i in range(1, len(sentences), 4)]
        date = f"20{rng.randint(15, 25)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        yield {"id": f"a{number:08}", "title": sentences[0], "text": "\n".join(paragraphs), "outlet": rng.choice(_OUTLETS), "date": date}


def write(rows: Iterator[dict[str, str]], out: Path) -> None:
    """Write the articles in the format that the file's name asks for."""
    if out.suffix == ".parquet":
        schema = pa.schema([(name, pa.string()) for name in ("id", "title", "text", "outlet", "date")])
        with pq.ParquetWriter(out, schema) as writer:
            held: list[dict[str, str]] = []
            for row in rows:
                held.append(row)
                if len(held) == 5000:
                    writer.write_table(pa.Table.from_pylist(held, schema=schema))
                    held = []
            writer.write_table(pa.Table.from_pylist(held, schema=schema))
        return
    with _opened(out) as stream:
        if out.suffix == ".csv":
            table = csv.DictWriter(stream, ["id", "title", "text", "outlet", "date"])
            table.writeheader()
            table.writerows(rows)
        else:
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _opened(out: Path) -> Any:
    if out.suffix == ".gz":
        return gzip.open(out, "wt", encoding="utf-8", compresslevel=3)
    if out.suffix == ".zst":
        return io.TextIOWrapper(zstandard.ZstdCompressor().stream_writer(out.open("wb")), encoding="utf-8")
    return out.open("w", encoding="utf-8", newline="")


if __name__ == "__main__":
    sys.exit(main())
