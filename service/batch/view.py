"""What a run shows of itself: a progress bar, JSON lines, or nothing; and its closing line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from service.batch.run import BatchReport

_EVERY = 5.0


@contextmanager
def watch(size: int, *, quiet: bool, as_json: bool) -> Iterator[Callable[[BatchReport], None]]:
    """Give the callback that shows each step of a run over files of ``size`` bytes."""
    if as_json:
        yield _json_steps(size)
        return
    columns = (TextColumn("scoring"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("scoring", total=max(1, size), told="")
        start = time.monotonic()

        def step(report: BatchReport) -> None:
            rate = (report.units / max(time.monotonic() - start, 1e-3)) if not report.resumed else None
            told = f"{report.articles:,} articles, {report.units:,} sentences" + (f", {rate:,.0f}/s" if rate else "")
            progress.update(task, completed=size if report.whole else min(report.reading.bytes_read, size), told=told)

        yield step


def _json_steps(size: int) -> Callable[[BatchReport], None]:
    start = time.monotonic()
    last = start - _EVERY

    def step(report: BatchReport) -> None:
        nonlocal last
        now = time.monotonic()
        if not report.whole and now - last < _EVERY:
            return
        last = now
        counts = {name: getattr(report, name) for name in ("articles", "units", "refused", "off_topic", "stories", "resumed")}
        line = {"event": "done" if report.whole else "progress", "seconds": round(now - start, 1), **counts, "bytes_read": report.reading.bytes_read, "bytes": size}
        sys.stderr.write(json.dumps(line) + "\n")
        sys.stderr.flush()

    return step


def closing_line(report: BatchReport, out: Path) -> str:
    """Return the line that accounts for every record."""
    gate = f", {report.off_topic:,} of them off topic and not run through the model" if report.off_topic else ""
    resumed = f" ({report.resumed:,} of them in an earlier run)" if report.resumed else ""
    return (
        f"{report.records:,} records read = {report.articles:,} articles{resumed} + {report.refused:,} refused; "
        f"{report.units:,} sentences scored{gate}; {report.stories:,} stories; scores in {out}"
    )
