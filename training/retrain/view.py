"""What `stancewire retrain` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from service.registry.diff import Flip
from service.registry.view import flip_lines
from training.retrain.compare import Comparison
from training.retrain.gate import falls, guarded
from training.retrain.outcome import Outcome


def comparison_table(comparisons: Sequence[Comparison]) -> Table:
    """Return figures of incumbent and candidate side by side; a star marks what the gate guards."""
    table = Table(box=None, pad_edge=False, title_justify="left")
    for name in ("test set", "figure", "incumbent", "candidate", "difference", "95 % interval", "sentences", ""):
        table.add_column(name, justify="left" if name in ("test set", "figure", "") else "right", no_wrap=True)
    for comparison in comparisons:
        for place, figure in enumerate(comparison.figures):
            star, fallen = "*" if guarded(comparison, figure) else "", "falls" if falls(comparison, figure) else ""
            low, high = figure.interval
            numbers = (f"{figure.incumbent:.3f}", f"{figure.candidate:.3f}", f"{figure.difference:+.3f}", f"[{low:+.3f}, {high:+.3f}]", f"{figure.support:,}")
            table.add_row(Text(comparison.name if place == 0 else ""), Text(f"{figure.name}{star}"), *map(Text, numbers), fallen)
    return table


def flips_of(outcome: Outcome) -> list[str]:
    """Return every flip as a line, by test set, with how many the change mends and spoils."""
    lines = []
    for name in dict.fromkeys(flip.test for flip in outcome.flips):
        flips = [flip for flip in outcome.flips if flip.test == name]
        lines += [
            f"{name}: {len(flips)} labels flip, {_count(flips, 'after')} to the gold label, {_count(flips, 'before')} away from it",
            *(f"  {line}" for line in flip_lines(flips)),
        ]
    return lines or ["no label flips"]


def _count(flips: Sequence[Flip], side: str) -> int:
    return sum(getattr(flip, side) == flip.gold for flip in flips)


def verdict_lines(outcome: Outcome) -> list[str]:
    """Return what was decided, why, and what to do next."""
    if outcome.tag is None:
        return ["refused before training, the incumbent stays: " + "; ".join(outcome.verdict.reasons)]
    kept = f"it stands in the store (stancewire models show {outcome.tag})" if outcome.folder else "it was discarded"
    if outcome.promoted:
        forced = " by --force, against the gate" if not outcome.verdict.passed else ""
        return [
            *(f"against it: {reason}" for reason in outcome.verdict.reasons),
            f"{outcome.tag} is promoted{forced}, in place of {outcome.incumbent}; `stancewire models rollback` returns",
        ]
    if outcome.verdict.passed:
        return [f"the candidate is the incumbent again ({outcome.tag}); nothing changes"]
    return ["refused, the incumbent stays:", *(f"  {reason}" for reason in outcome.verdict.reasons), f"the candidate is {outcome.tag}; {kept}"]
