"""`stancewire report`: a finished batch run as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.errors import InputError
from service.batch.store import write_whole
from service.bundle import Bundle
from service.report.folder import open_run
from service.report.gather import gather
from service.report.page import page


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What the report covers. ``card``: whether the bundle given is the one that scored, so that its error rates are in the page."""

    out: Path
    model: str
    articles: int
    units: int
    stories: int
    refused: int
    off_topic: int
    card: bool


def build_report(folder: Path, out: Path, bundle: Bundle | None = None, *, targets: Sequence[str] = ()) -> ReportSummary:
    """Write the report of the run in ``folder`` to ``out``, whole or not at all; the same run gives the same bytes.

    ``bundle`` is the one that scored; with another, or None, the page has neither error rates nor definitions and says so. Memory
    does not grow with the archive; a temporary table on disk holds a row an article. Where the run has several targets, the page has the
    sections of each, or of those of ``targets``.
    Raises InputError where ``folder`` holds no finished run of one model, none of its sentences was scored for a wanted target, or ``out`` is no place for a file.
    """
    if out.is_dir() or not out.parent.is_dir():
        raise InputError(f"--out {out}: {'is a folder' if out.is_dir() else 'its folder is not there'}; expected the name of a file in a folder that is")
    run = open_run(folder)
    if unknown := [name for name in targets if name not in run.targets]:
        raise InputError(f"--target {unknown[0]}: no sentence of {folder} was scored for it; expected {' or '.join(map(repr, run.targets)) or 'no target: the model has just one'}")
    found = gather(run)
    parts = [gather(run, name) for name in run.targets if not targets or name in targets]
    scored_by = bundle if bundle is not None and bundle.tag == found.run.model else None
    text = page(found, scored_by, bundle.tag if bundle is not None else None, parts)
    write_whole(out, text.encode("utf-8"))
    all_ = found.by_article.overall
    return ReportSummary(out, found.run.model, all_.articles, all_.units, all_.stories, found.refusals.total, all_.gated, scored_by is not None)
