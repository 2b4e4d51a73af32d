"""Measure the service under load against a no-op of the same framework and BentoML's own batching, in one run, interleaved.

    python -m benchmarks.load [--seconds 5] [--repeats 2] [--connections 1 16 64 256] [--over 2.0]

Single distinct sentences over kept connections; the load comes from this process, on the same machine. The last table sends at ``--over`` times
the service's own rate, whatever it answers: the surplus should get 429, and those that are taken a bounded wait.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.http_client import Outcome, closed_loop, open_loop, requests
from labels.codebook import load_codebook
from tests.conftest import free_port, running
from training.rows import shipped_gold

ROOT = Path(__file__).parents[1]
SERVERS = {
    "stancewire": "service.api:StanceService",
    "no-op, same framework": "benchmarks.load_services:Noop",
    "no-op, BentoML's own endpoint": "benchmarks.load_services:BentoNoop",
    "the scorer, BentoML's batching": "benchmarks.load_services:BentoBatching",
}
OURS, NOOP = "stancewire", "no-op, same framework"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--over", type=float, default=2.0)
    args = parser.parse_args(argv)
    texts = [gold.text for gold in shipped_gold(load_codebook())]
    random.Random(0).shuffle(texts)
    with TemporaryDirectory(prefix="stancewire-load-") as folder, ExitStack() as stack:
        ports = {name: stack.enter_context(serving(target, Path(folder))) for name, target in SERVERS.items()}
        rates = closed_table(ports, texts, args.connections, args.seconds, args.repeats)
        overload(ports[OURS], texts, rates[OURS], args.over, args.seconds)
    return 0


@contextmanager
def serving(target: str, folder: Path) -> Iterator[int]:
    """Yield the port of a server of ``target``."""
    port = free_port()
    home = folder / str(port)
    home.mkdir()
    command = [sys.executable, "-m", "bentoml", "serve", target, "--working-dir", str(ROOT), "--host", "127.0.0.1", "--port", str(port)]
    with running(command, home, port, {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}):
        yield port


def body_of(name: str, text: str) -> dict[str, object]:
    return {"texts": [text]} if "batching" in name else {"text": text}


def closed_table(ports: dict[str, int], texts: list[str], connections: list[int], seconds: float, repeats: int) -> dict[str, float]:
    """Print requests a second and latency by server and connections; return each server's best rate."""
    found: dict[tuple[str, int], list[Outcome]] = {}
    for _ in range(repeats):
        for number in connections:
            for name, port in ports.items():
                made = requests("/score", [body_of(name, text) for text in random.sample(texts, len(texts))])
                found.setdefault((name, number), []).append(asyncio.run(closed_loop(port, made, number, seconds)))
    print(f"\n{len(os.sched_getaffinity(0))} cores, {seconds:g} s a run, median of {repeats}, interleaved; single sentences, all distinct\n")
    print("| endpoint | connections | requests/s | of the no-op | p50 ms | p99 ms | other answers |\n|---|---|---|---|---|---|---|")
    best: dict[str, float] = {}
    for name in ports:
        for number in connections:
            outcomes = found[name, number]
            rate = statistics.median(o.rate() for o in outcomes)
            share = rate / statistics.median(o.rate() for o in found[NOOP, number])
            others = {status: n for status, n in outcomes[-1].counts().items() if status != "200"}
            p50, p99 = (statistics.median(o.percentile(s) for o in outcomes) for s in (0.5, 0.99))
            print(f"| {name} | {number} | {rate:,.0f} | {share:.0%} | {p50:.1f} | {p99:.1f} | {others or 'none'} |")
            best[name] = max(best.get(name, 0.0), rate)
    return best


def overload(port: int, texts: list[str], capacity: float, over: float, seconds: float) -> None:
    """Print what happens at ``over`` times the capacity."""
    made = requests("/score", [{"text": text} for text in texts])
    outcome = asyncio.run(open_loop(port, made, capacity * over, seconds * 2, connections=4_000))
    print(f"\nAt {over:g} times its rate ({capacity * over:,.0f} requests/s sent for {seconds * 2:g} s): {outcome.counts()}, {outcome.rate():,.0f} answered a second, ")
    print(f"p50 {outcome.percentile(0.5):,.0f} ms and p99 {outcome.percentile(0.99):,.0f} ms of those taken; p99 {outcome.percentile(0.99, 429):,.0f} ms of the refused")


if __name__ == "__main__":
    sys.exit(main())
