"""The terminal's view of a scored document."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.records import ScoredDocument

# Hues that stay apart for the common kinds of colour blindness; the label's name always stands beside them.
_STYLES = ("blue", "dark_orange3", "magenta", "cyan", "green")
_DEFAULT_STYLE = "bright_black"
_PIPE_WIDTH = 110


def console() -> Console:
    """Return standard output as a rich console; into a pipe it is wide enough that tables keep their words whole."""
    terminal = Console()
    return terminal if terminal.is_terminal or "COLUMNS" in os.environ else Console(width=_PIPE_WIDTH)


def print_document(document: ScoredDocument, labels: Sequence[str], default: str, screen: Console) -> None:
    """Print a document's sentences in reading order with label, probability and voice, then the shares; target by target where there are several."""
    apart = document.by_target()
    for name, part in apart.items():
        screen.print(f"toward {name}", style="bold underline", markup=False)
        _print_scores(part, labels, default, screen)
    if not apart:
        _print_scores(document, labels, default, screen)


def _print_scores(document: ScoredDocument, labels: Sequence[str], default: str, screen: Console) -> None:
    others = [label for label in labels if label != default]
    style = {label: _STYLES[i % len(_STYLES)] for i, label in enumerate(others)} | {default: _DEFAULT_STYLE}
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column()
    for score in document.scores:
        notes = ", ".join([*([f"{score.speaker or 'a source'} speaking"] if score.voice == "source" else []), *score.flags])
        sentence = Text(score.text)
        if notes:
            sentence.append(f"  ({notes})", style="italic bright_black")
        table.add_row(Text(score.label, style=f"bold {style[score.label]}"), f"{score.probabilities[score.label]:.2f}", sentence)
    screen.print(table)
    screen.print(_shares_line(document, labels), style="bold")


def _shares_line(document: ScoredDocument, labels: Sequence[str]) -> str:
    shares = ", ".join(f"{label} {share:.0%}" for label, share in document.shares(tuple(labels)).items())
    stretches = f"{len(document.skipped)} stretch{'es' if len(document.skipped) > 1 else ''}"
    skipped = f"; {stretches} of page furniture skipped" if document.skipped else ""
    return f"{len(document.scores)} units: {shares}{skipped}"
