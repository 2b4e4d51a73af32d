"""What `labels suggest` shows: a progress bar, and the list in a few tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from labels.records import STRATA
from training.suggest.suggest import Step, Suggestion

_ROWS = 12
_REASONS = {"off_topic": "off topic", "language": "not English", "truncated": "too long for the model", "furniture": "page furniture"}


@contextmanager
def watch(*, quiet: bool) -> Iterator[Step]:
    """Give the callback that shows how far a suggestion is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("reading the scores", total=None)

        def step(stage: str, done: int, total: int | None) -> None:
            progress.update(task, description=stage, completed=done, total=total)

        yield step


def summary(suggestion: Suggestion, by: Sequence[str], labels: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Return for strata and each way of grouping: units of either stratum, mean uncertainty, and units by predicted label."""
    rows: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in ("stratum", *by)}
    for i, (unit, groups) in enumerate(zip(suggestion.units, suggestion.groups, strict=True)):
        rows["stratum"][unit.stratum].append(i)
        for way, group in zip(by, groups, strict=True):
            rows[way][group].append(i)
    return {name: {group: _figures(suggestion, places, labels) for group, places in sorted(found.items())} for name, found in rows.items()}


def _figures(suggestion: Suggestion, places: Sequence[int], labels: Sequence[str]) -> dict[str, float]:
    units = [suggestion.units[i] for i in places]
    strata, decided = Counter(unit.stratum for unit in units), Counter(unit.label for unit in units)
    return {
        **{stratum: strata[stratum] for stratum in STRATA},
        "uncertainty": round(fmean(suggestion.uncertainties[i] for i in places), 4),
        **{label: decided[label] for label in labels},
    }


def print_summary(found: dict[str, dict[str, dict[str, float]]], labels: Sequence[str], console: Console) -> None:
    """Print a table a way of grouping, the largest groups first and no more than a dozen of them."""
    for name, groups in found.items():
        table = Table(box=None, pad_edge=False)
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=30)
        for column in (*STRATA, "uncertainty", *labels):
            table.add_column(column, justify="right")
        order = sorted(groups, key=lambda group: -sum(groups[group][s] for s in STRATA)) if name != "month" else list(groups)
        for group in order[:_ROWS]:
            figures = groups[group]
            table.add_row(group, *(str(figures[s]) for s in STRATA), f"{figures['uncertainty']:.2f}", *(str(figures[label]) for label in labels))
        console.print(table)
        if len(order) > _ROWS:
            console.print(f"… and {len(order) - _ROWS} more")
        console.print()


def closing_lines(manifest: Mapping[str, Any], out: Path) -> list[str]:
    """Return the lines that account for the frame and the list."""
    frame, drawn, chosen = manifest["frame"], manifest["random"], manifest["chosen"]
    left = ", ".join(f"{count:,} {_REASONS[reason]}" for reason, count in frame["left_out"].items()) or "none"
    articles = manifest["source"]["off_topic_articles_not_scored"]
    lines = [
        f"frame: {frame['size']:,} units; left out: {left}" + (f"; {articles:,} articles off topic, not scored" if articles else ""),
        f"{drawn['units']:,} drawn at random, each unit with probability {drawn['inclusion']:.4g}"
        + (f" (with {drawn['drawn_before']:,} drawn before)" if drawn["drawn_before"] else ""),
        f"{chosen['units']:,} chosen" + (f", {chosen['over_quota']:,} of them over their groups' quota for want of others" if chosen["over_quota"] else ""),
    ]
    if short := manifest["asked"] - drawn["units"] - chosen["units"]:
        lines.append(f"{short:,} fewer than the {manifest['asked']:,} asked for: the rest of the archive is listed, labelled, or nearly the same as what is")
    return [*lines, f"units in {out}, how they were drawn in {out.with_suffix('.manifest.json')}"]
