"""Kill a batch run again and again with SIGKILL, at random instants, and compare what it ends with to an uninterrupted run.

    python -m benchmarks.kills [--kills 200] [--seed 0]

The archive has enough shards that the kills fall into reading, scoring, writing, renaming and the manifest alike.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import track

from benchmarks.make_archive import articles, write


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    rng = random.Random(args.seed)
    with TemporaryDirectory(prefix="stancewire-kills-") as folder:
        work = Path(folder)
        # Every kill may cost a start and a shard; four shards a kill make sure that the work outlasts them.
        write(articles(24 * args.kills, 0.3, 0.3, args.seed), work / "archive.jsonl")
        start = time.monotonic()
        subprocess.run(_command(work, "whole"), check=True, stdout=subprocess.DEVNULL)
        whole = time.monotonic() - start
        fell, early = 0, 0
        for _ in track(range(args.kills), "killing"):
            process = subprocess.Popen(_command(work, "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(rng.uniform(0.0, 4.0) + (1.5 if rng.random() < 0.8 else 0.0))
                early += 1
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                fell += 1
        done = len(list((work / "killed/sentences").glob("*.parquet")))
        subprocess.run(_command(work, "killed"), check=True, stdout=subprocess.DEVNULL)
        same = _bytes(work / "whole") == _bytes(work / "killed")
    print(f"{fell} kills ({early} runs ended before theirs), seed {args.seed}; {done} shards were done by then; an uninterrupted run takes {whole:.0f} s")
    print("the same bytes" if same else "DIFFERENT BYTES")
    return 0 if same else 1


def _command(work: Path, out: str) -> list[str]:
    # With the cache the runs are bound by reading and writing, where a kill does its harm.
    cache = ["--cache", str(work / "cache")]
    return [sys.executable, "-m", "training.cli", "batch", str(work / "archive.jsonl"), "--out", str(work / out), "--shard", "6", "--workers", "2", "--quiet", *cache]


def _bytes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


if __name__ == "__main__":
    sys.exit(main())
