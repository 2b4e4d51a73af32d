"""Measure the batch path and its model runtime against what a user would take instead, in one run, interleaved, on the same sentences and threads.

    python -m benchmarks.throughput [--sentences 6000] [--repeats 3] [--dev dev.jsonl] [--plot throughput.svg]

Three tables: end to end (files in, Parquet out, each as a process of its own, start included), model only (token ids in, logits out), and how
far each format that comes from the shipped bundle strays from fp32. Needs the extras train and bench. Peers' weights are the bundled base's: speed does
not depend on them. ``--dev`` adds a file of labelled sentences (``text``, ``label``, ``subset``) to the evaluation sets of the third table.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.formats import MODEL_ONLY, Format, drift, token_batches
from benchmarks.make_archive import articles, write
from labels.codebook import load_codebook
from service.bundle import SHIPPED
from service.scorer import load_scorer
from training.rows import shipped_gold

THREADS = len(os.sched_getaffinity(0))
ENDS = {
    "stancewire batch": lambda archive, out: ["-m", "training.cli", "batch", str(archive), "--out", str(out), "--all", "--no-cache", "--quiet", "--workers", str(THREADS)],
    "transformers pipeline, fp32, batch 32": lambda archive, out: ["-m", "benchmarks.peers", "pipeline", str(archive), str(out)],
    "ONNX Runtime fp32, sorted, batch 32": lambda archive, out: ["-m", "benchmarks.peers", "onnx", str(archive), str(out)],
    "ONNX Runtime int8 dynamic, batch 32": lambda archive, out: ["-m", "benchmarks.peers", "onnx-int8", str(archive), str(out)],
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=6000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args(argv)
    with TemporaryDirectory(prefix="stancewire-bench-") as folder:
        ends = end_to_end(Path(folder), args.sentences, args.repeats)
        models = model_only(Path(folder), args.sentences // 2, args.repeats)
        print("\n".join(drift(Path(folder), args.dev)))
    if args.plot:
        plot(ends, models, args.plot)
    return 0


def end_to_end(work: Path, sentences: int, repeats: int) -> dict[str, float]:
    """Print the first table and return sentences a second by path."""
    archive = work / "archive.jsonl"
    write(articles(sentences // 24, 0.0, 0.0, 0), archive)
    seconds: dict[str, list[float]] = {name: [] for name in ENDS}
    peaks: dict[str, float] = {}
    counts: dict[str, int] = {}
    for repeat in range(repeats):
        for name, command in ENDS.items():
            out = work / f"{repeat}-{len(counts)}-{name.split(',')[0].replace(' ', '-')}-{len(seconds[name])}"
            taken, peak = run_process([sys.executable, *command(archive, out)])
            seconds[name].append(taken)
            peaks[name] = max(peaks.get(name, 0), peak)
            counts[name] = rows_of(out)
    rates = {name: counts[name] / statistics.median(seconds[name]) for name in ENDS}
    print(f"End to end, {counts['stancewire batch']:,} sentences, {THREADS} cores, median of {repeats} (least and most seconds), interleaved:\n")
    print("| path | sentences/s | times the pipeline | seconds | peak memory |\n|---|---|---|---|---|")
    for name in ENDS:
        base = rates["transformers pipeline, fp32, batch 32"]
        print(f"| {name} | {rates[name]:,.0f} | {rates[name] / base:.1f} | {min(seconds[name]):.1f} to {max(seconds[name]):.1f} | {peaks[name] / 1e6:,.0f} MB |")
    print()
    return rates


def model_only(work: Path, sentences: int, repeats: int) -> dict[str, float]:
    """Print the second table and return sentences a second by runtime."""
    scorer = load_scorer(SHIPPED)
    texts = [g.text for g in shipped_gold(load_codebook()) if g.origin == "written"][:: max(1, 27_000 // sentences)][:sentences]
    batches = token_batches(scorer, texts)
    tokens = sum(int(mask.sum()) for _, mask in batches)
    flops = sum(int((21.2e6 * lengths + 9216 * lengths.astype(float) ** 2).sum()) for lengths in (mask.sum(axis=1) for _, mask in batches))
    peaks = {kind: gemm_peak(kind) for kind in ("float32", "bfloat16")}
    runtimes: dict[str, Format] = {}
    for name, make in MODEL_ONLY.items():
        try:
            runtimes[name] = make(work, THREADS)
        except Exception as error:  # a peer that cannot be had here is said, not hidden
            print(f"({name}: not measured, {type(error).__name__}: {str(error).splitlines()[0][:120]})")
    seconds: dict[str, list[float]] = {name: [] for name in runtimes}
    for _ in range(repeats):
        for name, runtime in runtimes.items():
            start = time.perf_counter()
            runtime.run(batches)
            seconds[name].append(time.perf_counter() - start)
    rates = {name: len(texts) / statistics.median(taken) for name, taken in seconds.items()}
    print(f"Model only, {len(texts):,} sentences of {tokens / len(texts):.1f} tokens, {THREADS} threads, median of {repeats}; the machine's GEMM peak is")
    print(f"{peaks['float32'] / 1e9:,.0f} GFLOP/s in fp32 and {peaks['bfloat16'] / 1e9:,.0f} in bf16:\n")
    print("| runtime | sentences/s | tokens/s | times ONNX Runtime fp32 | of the fp32 peak | seconds |\n|---|---|---|---|---|---|")
    for name, rate in rates.items():
        share = flops / len(texts) * rate / peaks["float32"]
        row = f"| {name} | {rate:,.0f} | {rate * tokens / len(texts):,.0f} | {rate / rates['ONNX Runtime fp32']:.2f} | {share:.0%} "
        print(row + f"| {min(seconds[name]):.2f} to {max(seconds[name]):.2f} |")
    print()
    return rates


def gemm_peak(kind: str) -> float:
    """Return the floating-point operations a second of the best of ten large matrix products."""
    import torch

    torch.set_num_threads(THREADS)
    left, right = (torch.randn(2048, 2048).to(getattr(torch, kind)) for _ in range(2))
    best = min(timed(lambda: left @ right) for _ in range(10))
    return float(2 * 2048**3 / best)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_process(command: list[str]) -> tuple[float, float]:
    """Run a command and return its seconds and the peak of the resident bytes of it and its children together."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": str(THREADS)})
    peak = 0.0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.1):
            peak = max(peak, tree_memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, told = process.communicate()
    taken = time.perf_counter() - start
    done.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: ended with {process.returncode}\n{told.decode()[-2000:]}")
    return taken, peak


def tree_memory(pid: int) -> float:
    """Return the resident bytes of a process and all below it; shared pages count for each, which is on the safe side."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0.0
    return own + sum(tree_memory(int(child)) for child in children)


def rows_of(out: Path) -> int:
    import pyarrow.parquet as pq

    parts = sorted((out / "sentences").glob("*.parquet")) if out.is_dir() else [out]
    return sum(pq.read_metadata(part).num_rows for part in parts)


def plot(ends: dict[str, float], models: dict[str, float], out: Path) -> None:
    """Draw both tables as bars."""
    rows = [("End to end", ends), ("Model only", models)]
    lines, y = [], 10
    for title, rates in rows:
        y += 26
        lines.append(f'<text x="10" y="{y}" font-weight="bold">{title}, sentences a second</text>')
        most = max(rates.values())
        for name, rate in sorted(rates.items(), key=lambda pair: -pair[1]):
            y += 22
            width = 380 * rate / most
            fill = "#0072B2" if "stancewire" in name else "#999999"
            lines.append(f'<text x="290" y="{y}" text-anchor="end">{name}</text><rect x="298" y="{y - 12}" width="{width:.0f}" height="15" fill="{fill}"/>')
            lines.append(f'<text x="{304 + width:.0f}" y="{y}">{rate:,.0f}</text>')
    style = 'font-family="system-ui, sans-serif" font-size="13" fill="#222"'
    out.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{y + 20}" {style}><rect width="100%" height="100%" fill="white"/>{"".join(lines)}</svg>\n', encoding="utf-8"
    )


if __name__ == "__main__":
    sys.exit(main())
