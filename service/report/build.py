"""`stancewire report`: a finished batch run as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.errors import InputError
from labels.labelled import read_labelled
from service.batch.store import write_whole
from service.bundle import Bundle
from service.prevalence.correct import Correction
from service.report.data import shares_csv, shares_json
from service.report.folder import open_run
from service.report.gather import gather
from service.report.options import PLAIN, Extras
from service.report.page import page


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What the report covers. ``card``: whether the bundle given is the one that scored, so that its error rates are in the page.

    ``corrections`` is empty where no labels were given, and has one a target where there are several.
    """

    out: Path
    model: str
    articles: int
    units: int
    stories: int
    refused: int
    off_topic: int
    card: bool
    corrections: tuple[Correction, ...] = ()

    @property
    def correction(self) -> Correction | None:
        """The correction of a run with one target."""
        return self.corrections[0] if len(self.corrections) == 1 else None


def build_report(folder: Path, out: Path, bundle: Bundle | None = None, extras: Extras = PLAIN, *, targets: Sequence[str] = ()) -> ReportSummary:
    """Write the report of the run in ``folder`` to ``out``, whole or not at all; the same run gives the same bytes.

    ``bundle`` is the one that scored; with another, or None, the page has neither error rates nor definitions and says so. Memory
    does not grow with the archive; a temporary table on disk holds a row an article. Where the run has several targets, the page has the
    sections of each, or of those of ``targets``.
    Raises InputError where ``folder`` holds no finished run of one model, none of its sentences was scored for a wanted target, a file to write
    has no place, or too few labels are of use; LabelError for labels that cannot be read.
    """
    for option, path in (("--out", out), ("--json", extras.as_json), ("--csv", extras.as_csv)):
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            raise InputError(f"{option} {path}: {'is a folder' if path.is_dir() else 'its folder is not there'}; expected the name of a file in a folder that is")
    run = open_run(folder)
    if unknown := [name for name in targets if name not in run.targets]:
        raise InputError(f"--target {unknown[0]}: no sentence of {folder} was scored for it; expected {' or '.join(map(repr, run.targets)) or 'no target: the model has just one'}")
    labelled = read_labelled(extras.labels, run.labels, all_random=extras.all_random) if extras.labels else None
    cells = bool(extras.as_json or extras.as_csv)
    found = gather(run, labelled=None if run.targets else labelled, cells=cells, pooled=extras.pooled)
    wanted = [name for name in run.targets if not targets or name in targets]
    parts = [gather(run, name, labelled.of(name) if labelled else None, cells=cells, pooled=extras.pooled) for name in wanted]
    scored_by = bundle if bundle is not None and bundle.tag == found.run.model else None
    text = page(found, scored_by, bundle.tag if bundle is not None else None, parts)
    for path, write in ((extras.as_json, shares_json), (extras.as_csv, shares_csv)):
        if path is not None:
            write_whole(path, write(parts or [found]).encode("utf-8"))
    write_whole(out, text.encode("utf-8"))
    all_ = found.by_article.overall
    return ReportSummary(
        out,
        found.run.model,
        all_.articles,
        all_.units,
        all_.stories,
        found.refusals.total,
        all_.gated,
        scored_by is not None,
        tuple(part.correction for part in parts or [found] if part.correction),
    )
