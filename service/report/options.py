"""What `stancewire report` takes beside a run: labels to correct its shares by, and files for the shares as data."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labels.errors import InputError

if TYPE_CHECKING:  # the command line is built before it is known that a report is wanted; pyarrow takes its time
    from service.report.build import ReportSummary


@dataclass(frozen=True, slots=True)
class Extras:
    """What a report may have beside the page: labels to correct shares by, and files for the shares as data.

    ``all_random``: rows that do not say how they were drawn are random draws. ``pooled``: groups with few labels are corrected by the error rates of all.
    """

    labels: Sequence[Path] = ()
    all_random: bool = False
    pooled: bool = False
    as_json: Path | None = None
    as_csv: Path | None = None


PLAIN = Extras()


def add_options(report: argparse.ArgumentParser) -> None:
    """Add the options to the subcommand."""
    report.add_argument(
        "--labels", nargs="+", type=Path, default=[], metavar="FILE", help="annotations (JSON lines) of units of this run drawn at random: corrects the shares by them"
    )
    report.add_argument("--random", action="store_true", help="with --labels: rows that do not say how they were drawn were drawn at random")
    report.add_argument("--pooled", action="store_true", help="with --labels: correct groups with few labels by the error rates of all, as if the model erred alike everywhere")
    report.add_argument("--json", type=Path, metavar="FILE", help="write the shares, raw and corrected, as JSON too")
    report.add_argument("--csv", type=Path, metavar="FILE", help="write the shares, raw and corrected, as CSV too")


def extras(args: argparse.Namespace) -> Extras:
    """Return what the options ask for; raise InputError for --random or --pooled without labels."""
    if (args.random or args.pooled) and not args.labels:
        raise InputError(f"--{'random' if args.random else 'pooled'} without --labels; expected at least one file of labelled units")
    return Extras(args.labels, args.random, args.pooled, args.json, args.csv)


def told(made: ReportSummary) -> Iterator[str]:
    """Yield what the user should know of the correction, a line each."""
    from service.prevalence.correct import FEW

    for found in made.corrections:
        yield f"corrected by {found.matched:,} labelled random units of {found.stories:,} stories" + (f"; fewer than {FEW}: intervals are wide" if found.matched < FEW else "")
        if found.missing:
            yield f"{found.missing:,} labelled units are not among the scored ones"
    for found in made.corrections[:1]:  # what was left out does not depend on the target
        if found.labelled.chosen or found.labelled.unknown:
            yield f"left out: {found.labelled.chosen:,} units of the chosen share, {found.labelled.unknown:,} that do not say how they were drawn (--random if at random)"
        if found.labelled.open:
            yield f"left out: {found.labelled.open:,} random units whose annotators disagree; adjudicate them"
