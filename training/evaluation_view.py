"""The terminal's view of an evaluation."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from service.render import console
from training.card import percent, resampled, with_interval
from training.evaluate import Evaluation
from training.probes import PassRate
from training.selective import Selective


def print_evaluation(evaluation: Evaluation) -> None:
    """Print figures of the model and its baselines, then precision, recall, F1 and the confusion matrix."""
    screen = console()
    model = evaluation.model
    screen.print(f"[bold]{evaluation.data}[/bold]: {resampled(model.groups, model.n)}; 95 % bootstrap intervals, seed {evaluation.seed}")
    rows = Table("", "macro-F1", "accuracy", "calibration error", box=None)
    for name, f in {"model": model, **evaluation.baselines}.items():
        ece = with_interval(f.ece, f.ece_interval) if f.ece is not None and f.ece_interval is not None else "–"
        rows.add_row(name, with_interval(f.macro_f1, f.macro_f1_interval), with_interval(f.accuracy, f.accuracy_interval), ece)
    screen.print(rows)
    labels = list(model.per_label)
    detail = Table("gold label", "precision", "recall", "F1", "n", *[f"as {label}" for label in labels], box=None)
    for label, counts in zip(labels, model.confusion, strict=True):
        figures = model.per_label[label]
        detail.add_row(label, f"{figures.precision:.2f}", f"{figures.recall:.2f}", with_interval(figures.f1, figures.f1_interval), str(figures.support), *map(str, counts))
    screen.print(detail)
    if model.selective is not None:
        _print_selective(screen, model.selective)


def _print_selective(screen: Console, kept: Selective) -> None:
    figures = asdict(kept)
    screen.print(f"not flagged ambiguous: {percent(figures['coverage'])}; decided wrongly {percent(figures['error'])} of these, {percent(figures['flagged_error'])} of the flagged")
    table = Table("label given, not flagged", "precision", "kept", "given", box=None)
    for name, k in figures["kept"].items():
        table.add_row(name, percent(k["precision"]), str(k["kept"]), str(k["given"]))
    screen.print(table)
    screen.print("error among the most certain: " + ", ".join(f"{percent(error)} at {share:.0%}" for share, error in figures["curve"]))


def print_probes(rates: dict[str, PassRate]) -> None:
    """Print the pass rate of each kind of probe with its interval."""
    table = Table("probes", "passed", "rate", box=None)
    for kind, r in rates.items():
        table.add_row(kind, f"{r.passed} of {r.probes}", with_interval(r.rate, r.interval))
    console().print(table)
