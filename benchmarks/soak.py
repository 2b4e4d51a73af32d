"""Watch the service's memory under mixed load: single sentences, articles, lists, explanations, and bad requests.

    python -m benchmarks.soak [--minutes 60] [--connections 16] [--out soak.csv] [--plot soak.svg]
    python -m benchmarks.soak --from soak.csv --plot soak.svg     # draw a run that is there

Writes seconds, resident bytes and answers so far, once every ten seconds, and prints the slope after the first tenth of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from benchmarks.http_client import Outcome, closed_loop, requests
from benchmarks.load import serving
from labels.codebook import load_codebook
from labels.store import document_text
from training.rows import shipped_gold

_STEP = 10.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--out", type=Path, default=Path("soak.csv"))
    parser.add_argument("--plot", type=Path, help="draw the curve")
    parser.add_argument("--from", dest="known", type=Path, metavar="CSV", help="tell of this run instead of making one")
    args = parser.parse_args(argv)
    if args.known:
        with args.known.open(newline="") as stream:
            rows = [(float(row["seconds"]), int(row["resident_bytes"]), int(row["answers"]), row["statuses"]) for row in csv.DictReader(stream)]
    else:
        with TemporaryDirectory(prefix="stancewire-soak-") as folder, serving("service.api:StanceService", Path(folder)) as port:
            rows = watch(port, args.minutes * 60, args.connections)
        with args.out.open("w", newline="") as stream:
            csv.writer(stream).writerows([("seconds", "resident_bytes", "answers", "statuses"), *rows])
    if args.plot:
        plot(rows, args.plot)
    late = np.array([(seconds, resident) for seconds, resident, _, _ in rows if seconds >= rows[-1][0] / 10], dtype=float)
    slope = np.polyfit(late[:, 0], late[:, 1], 1)[0] * 3600 / 1e6
    print(f"{rows[-1][2]:,} answers ({rows[-1][3]}); resident {late[0, 1] / 1e6:,.0f} MB after warm-up, {late[-1, 1] / 1e6:,.0f} MB at the end, {slope:+.1f} MB an hour")
    return 0


def mixed(seed: int) -> list[bytes]:
    """Return requests as clients of many kinds send them, in random order."""
    draw = random.Random(seed)
    texts = draw.sample([gold.text for gold in shipped_gold(load_codebook())], 2_000)
    articles = [document_text(f"seed-{number:03}") for number in range(5)]
    made = requests("/score", [{"text": text} for text in texts])
    made += requests("/score", [{"documents": [{"id": str(i), "text": a + f"\nPrinted {draw.random()} times."} for i, a in enumerate(articles)]} for _ in range(20)])
    made += requests("/predict", [{"inputs": texts[i : i + 8]} for i in range(0, 800, 8)])
    made += requests("/explain", [{"text": text} for text in texts[:50]])
    made += requests("/score", [{"text": ""}, {"text": 7}, {"documents": [{"id": "x", "text": "a" * 200_000}]}] * 30)
    draw.shuffle(made)
    return made


def watch(port: int, seconds: float, connections: int) -> list[tuple[float, int, int, str]]:
    """Return the curve."""
    worker = next(
        p for p in psutil.process_iter(["cmdline"]) if "_bentoml_impl.worker.service" in (p.info["cmdline"] or ()) and port in {c.laddr.port for c in p.net_connections("tcp")}
    )
    rows: list[tuple[float, int, int, str]] = []
    total: dict[str, int] = {}
    started = time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        outcome: Outcome = asyncio.run(closed_loop(port, mixed(len(rows)), connections, _STEP))
        for status, number in outcome.counts().items():
            total[status] = total.get(status, 0) + number
        rows.append((round(passed, 1), worker.memory_info().rss, sum(total.values()), " ".join(f"{s}:{n}" for s, n in sorted(total.items()))))
    return rows


def plot(rows: list[tuple[float, int, int, str]], out: Path) -> None:
    """Draw resident memory over the minutes, from zero up, with the answers so far as a thin line."""
    width, height, left, top = 640, 220, 60, 20
    seconds, memory, answers = rows[-1][0], max(row[1] for row in rows) * 1.1, rows[-1][2]
    curves = [" ".join(f"{left + width * row[0] / seconds:.1f},{top + height * (1 - row[place] / most):.1f}" for row in rows) for place, most in ((1, memory), (2, answers * 1.1))]
    marks = [f'<text x="{left - 6}" y="{top + height * (1 - step / 4) + 4:.0f}" text-anchor="end">{memory * step / 4e6:,.0f}</text>' for step in range(5)]
    marks += [f'<text x="{left + width * step / 6:.0f}" y="{top + height + 18}" text-anchor="middle">{seconds * step / 360:.0f}</text>' for step in range(7)]
    drawn = f'<polyline points="{curves[1]}" fill="none" stroke="#999999" stroke-dasharray="4 3"/><polyline points="{curves[0]}" fill="none" stroke="#0072B2" stroke-width="2"/>'
    frame = f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#666"/>'
    told = f'<text x="{left}" y="14">resident MB (blue) and answers (dashed, {answers:,} at the end) over minutes</text>'
    style = 'font-family="system-ui, sans-serif" font-size="13" fill="#222"'
    whole = f'<rect width="100%" height="100%" fill="white"/>{told}{frame}{"".join(marks)}{drawn}'
    out.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 20}" height="{top + height + 30}" {style}>{whole}</svg>\n', encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
