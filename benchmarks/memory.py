"""Score an archive of a hundred thousand articles and watch the memory of the run and all its processes.

    python -m benchmarks.memory [--articles 100000] [--reprints 0.3] [--off-topic 0.3] [--seed 0]

Sentences come from the seed and written ones, so that the cache knows most of them after a while: what is measured is memory, not speed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.make_archive import articles, write
from benchmarks.throughput import tree_memory

_EVERY = 0.5


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--reprints", type=float, default=0.3)
    parser.add_argument("--off-topic", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    with TemporaryDirectory(prefix="stancewire-memory-") as folder:
        work = Path(folder)
        archive = work / "archive.jsonl.gz"
        write(articles(args.articles, args.reprints, args.off_topic, args.seed), archive)
        command = ["batch", str(archive), "--out", str(work / "out"), "--cache", str(work / "cache"), "--log-json"]
        process = subprocess.Popen([sys.executable, "-m", "training.cli", *command], stdout=subprocess.PIPE, stderr=(work / "log").open("w"), text=True)
        start, samples = time.monotonic(), []
        while process.poll() is None:
            samples.append((time.monotonic() - start, tree_memory(process.pid) / 1e6))
            time.sleep(_EVERY)
        print((process.stdout.read() if process.stdout else "").strip())
        steps = [json.loads(line) for line in (work / "log").read_text().splitlines() if line.startswith("{")]
    print(f"\n{args.articles:,} articles, {args.reprints:.0%} reprints, {args.off_topic:.0%} off topic at least, seed {args.seed}; memory of all processes together:\n")
    print("| tenth of the run | articles by its end | highest | median |\n|---|---|---|---|")
    whole = samples[-1][0]
    for tenth in range(10):
        part = sorted(memory for moment, memory in samples if tenth <= 10 * moment / whole < tenth + 1)
        done = max((step["articles"] for step in steps if step["seconds"] <= (tenth + 1) * whole / 10), default=0)
        if part:
            print(f"| {tenth + 1} | {done:,} | {part[-1]:,.0f} MB | {part[len(part) // 2]:,.0f} MB |")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
