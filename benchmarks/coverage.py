"""How often the intervals of corrected shares hold the truth: ``python -m benchmarks.coverage`` (a minute or two; seed 1).

Archives and labelled samples are drawn from populations with known shares, scored by classifiers with known error rates. Rows: the
classifier, the population's shares, the number of labelled units; columns: coverage of 95 % intervals, the least over the three labels, and the median width of the widest.

``--data FILE``: instead, a labelled file (JSON lines with text, label and source) scored by the shipped bundle is the population: its true shares, and error rates that are as
unlike from source to source as they are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labels.intervals import Floats
from labels.labelled import LabelledUnit
from service.prevalence.alike import LEVEL, alike
from service.prevalence.match import Read
from service.prevalence.own import Estimate, Raw, Table, own_shares, powered_mean
from service.prevalence.pooled import ErrorRates
from service.report.shares import t_quantile

RATES = {
    "good": np.array([[0.80, 0.05, 0.15], [0.03, 0.80, 0.17], [0.01, 0.03, 0.96]]),
    "bad": np.array([[0.45, 0.10, 0.45], [0.10, 0.45, 0.45], [0.06, 0.10, 0.84]]),
}
"""Row: the true label; column: what the model gives."""
SHARES = ((0.3, 0.3, 0.4), (0.1, 0.15, 0.75), (0.02, 0.06, 0.92))
SAMPLES, SMALL = (50, 200, 1000), (10, 20)
OUTLETS = ((0.05, 0.15, 0.80), (0.50, 0.10, 0.40), (0.00, 0.15, 0.85))
POOLS = ((0.2, 0.3, 0.5), (0.02, 0.06, 0.92))
NORMAL = 1.96


@dataclass(frozen=True)
class Drawn:
    """Archives and labelled samples drawn from one population, along the first axis."""

    table: Table
    raw: Raw


def draw(rates: Floats, truth: Floats, archive: Floats, n: int, units: int, times: int, seed: int) -> Drawn:
    """Draw ``times`` archives of ``units`` units with label shares ``archive``, and n labelled units with label shares ``truth``."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n, (truth[:, None] * rates).ravel(), size=times).reshape(times, *rates.shape).astype(float)
    shares = rng.multinomial(units, archive @ rates, size=times) / units
    ones = np.ones((times, len(truth)))
    table = Table(counts, counts.sum(axis=1), ones, np.ones(times))
    return Drawn(table, Raw(shares, np.maximum(shares * (1 - shares), 0.5 / units) / units, np.full(times, float(units))))


def covered(estimate: Estimate, truth: Floats) -> Floats:
    held = (estimate.low <= truth) & (truth <= estimate.high)
    return np.asarray(held.mean(axis=0))


def raw_covered(raw: Raw, truth: Floats) -> Floats:
    return np.asarray((np.abs(raw.shares - truth) <= NORMAL * np.sqrt(raw.variance)).mean(axis=0))


def plain_ppi(drawn: Drawn) -> Estimate:
    """PPI++ with its normal interval, as published."""
    counts, raw = drawn.table.counts, drawn.raw
    n, others = counts.sum(axis=(1, 2))[:, None], raw.units[:, None] - counts.sum(axis=(1, 2))[:, None]
    y, f, both = counts.sum(axis=2) / n, counts.sum(axis=1) / n, np.diagonal(counts, axis1=1, axis2=2) / n
    rest = (raw.shares * raw.units[:, None] - drawn.table.drawn) / others
    value = powered_mean(y, f, both, rest, n, others)
    power = np.divide(both - y * f, (1 + n / others) * f * (1 - f), out=np.zeros_like(f), where=f * (1 - f) > 0).clip(0, 1)
    half = NORMAL * np.sqrt(np.maximum(y * (1 - y) - 2 * power * (both - y * f) + power**2 * f * (1 - f), 0) / n + power**2 * rest * (1 - rest) / others)
    return Estimate(value, value - half, value + half)


def real(path: Path) -> None:
    """Print coverage where the labelled sentences of a file are the population."""
    from service.scorer import load_scorer

    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    scorer = load_scorer()
    labels = scorer.codebook.labels
    tables = {source: np.zeros((3, 3)) for source in sorted({row["source"] for row in rows})}
    for row, probabilities in zip(rows, scorer.classify([row["text"] for row in rows]).probabilities, strict=True):
        given, _ = scorer.decide(dict(zip(labels, map(float, probabilities), strict=True)))
        tables[row["source"]][labels.index(row["label"]), labels.index(given)] += 1
    whole = sum(tables.values(), np.zeros((3, 3)))
    print(f"{'sentences of':20}{'by':8}{'n':>6}  {'true shares':24}{'raw shares':24}{'ours':>7}{'width':>7}{'raw':>7}")
    rates, sample = whole / whole.sum(axis=1, keepdims=True), whole.sum(axis=1) / whole.sum()
    for name, table in {"all": whole, **tables}.items():
        truth, own = table.sum(axis=1) / table.sum(), table / table.sum(axis=1, keepdims=True)
        for by, n in [("own", n) for n in (10, 20, 50, 200, 1000)] + ([("pooled", n) for n in SAMPLES] if name != "all" else []):
            drawn = draw(own, truth, truth, n, 5000, 1000, seed=1)
            if by == "own":
                ours = own_shares(drawn.table, drawn.raw, t_quantile(n - 1))
            else:
                ours = ErrorRates(draw(rates, sample, sample, n, 5000, 1000, seed=2).table, seed=1, draws=400).shares(drawn.raw)
            figures = f"{covered(ours, truth).min():7.3f}{width(ours):7.3f}{raw_covered(drawn.raw, truth).min():7.3f}"
            print(f"{name:20}{by:8}{n:6}  {np.round(truth, 3)!s:24}{np.round(truth @ own, 3)!s:24}{figures}", flush=True)

    print("the guard of pooled error rates: of 50 samples, how many speak against pooling the three sources (p < 0.05)")
    for n in (200, 1000):
        refused = sum((alike(*sample_of(list(tables.values()), n, seed), 3) or 1) < LEVEL for seed in range(50))
        print(f"  {n} labelled: {refused}", flush=True)


def sample_of(tables: Sequence[Floats], n: int, seed: int) -> tuple[list[Read], list[int]]:
    """Return n labelled units drawn from sources with these tables of label by given label, and the source of each."""
    cells = np.array(tables)
    counts = np.random.default_rng(seed).multinomial(n, (cells / cells.sum()).ravel()).reshape(cells.shape)
    drawn = [place for place in np.argwhere(counts) for _ in range(counts[tuple(place)])]
    unit = LabelledUnit("", "", None, "", None)
    return [Read(unit, int(truth), int(given), "", None, None) for _, truth, given in drawn], [int(source) for source, _, _ in drawn]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, metavar="FILE")
    if (data := parser.parse_args().data) is not None:
        return real(data)
    print("own labels (an archive of 5,000 units; 10,000 draws, so that a figure of 0.95 is right to 0.004)")
    print(f"{'classifier':11}{'shares':22}{'n':>6}{'ours':>8}{'width':>8}{'plain PPI':>11}{'raw':>7}")
    for name, rates in RATES.items():
        for shares in SHARES:
            for n in (*SMALL, *SAMPLES):
                truth = np.array(shares)
                drawn = draw(rates, truth, truth, n, 5000, 10_000, seed=1)
                ours = own_shares(drawn.table, drawn.raw, t_quantile(n - 1))
                figures = (covered(ours, truth).min(), width(ours), covered(plain_ppi(drawn), truth).min(), raw_covered(drawn.raw, truth).min())
                print(f"{name:11}{shares!s:22}{n:6}{figures[0]:8.3f}{figures[1]:8.3f}{figures[2]:11.3f}{figures[3]:7.3f}", flush=True)
    print("\npooled error rates, in an outlet unlike the sample (2,000 units; 600 draws, right to 0.018)")
    print(f"{'classifier':11}{'sample':22}{'outlet':22}{'n':>6}{'ours':>8}{'width':>8}{'raw':>7}")
    for name, rates in RATES.items():
        for pool in POOLS:
            for outlet in OUTLETS:
                for n in SAMPLES:
                    truth = np.array(outlet)
                    drawn = draw(rates, np.array(pool), truth, n, 2000, 600, seed=1)
                    ours = ErrorRates(drawn.table, seed=1, draws=400).shares(drawn.raw)
                    figures = (covered(ours, truth).min(), width(ours), raw_covered(drawn.raw, truth).min())
                    print(f"{name:11}{pool!s:22}{outlet!s:22}{n:6}{figures[0]:8.3f}{figures[1]:8.3f}{figures[2]:7.3f}", flush=True)


def width(estimate: Estimate) -> float:
    """Return the median width of the widest label's interval."""
    return float(np.median(estimate.high - estimate.low, axis=0).max())


if __name__ == "__main__":
    main()
