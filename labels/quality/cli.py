"""`stancewire labels quality`: agreement, drift, what to adjudicate and suspected errors of annotation files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from labels.codebook import SHIPPED, Codebook, load_codebook
from labels.errors import InputError, LabelError
from labels.quality.adjudicate import unit_of
from labels.quality.report import Quality, Suspects, measure
from labels.quality.view import quality_lines, suspect_lines
from labels.records import ADJUDICATOR, Annotation
from labels.store import load_annotations, shipped_files

FindErrors = Callable[[Sequence[Annotation], Codebook, str | None], Suspects]
_NEEDED = {"cleanlab", "sklearn", "torch", "transformers", "scipy"}


def add_command(labels: argparse._SubParsersAction[argparse.ArgumentParser], find_errors: FindErrors) -> None:
    """Add `labels quality`; ``find_errors`` is the part that needs the training extra."""
    quality = labels.add_parser("quality", help="agreement by annotator and over time, drift, what to adjudicate, suspected label errors")
    quality.add_argument("paths", nargs="*", type=Path, metavar="FILE", help="annotation files (default: those of the repo)")
    quality.add_argument("--codebook", type=Path, default=SHIPPED, help="codebook file (default: the repo's)")
    quality.add_argument("--target", metavar="NAME", help="of annotations about several targets: those about that one")
    quality.add_argument("--bundle", metavar="DIR|TAG", help="bundle that judges sentences which did not train it (default: the shipped one, whose labels are at hand)")
    quality.add_argument("--no-errors", action="store_true", help="do not look for suspected label errors (they need the training extra)")
    quality.add_argument("--out", type=Path, metavar="DIR", help="folder for quality.json, adjudicate.jsonl and suspects.jsonl")
    quality.add_argument("--seed", type=int, default=0, help="seed of the tests and the bootstrap (default: 0)")
    quality.add_argument("--json", action="store_true", help="print JSON")
    quality.set_defaults(run=run_quality, find_errors=find_errors)


def run_quality(args: argparse.Namespace) -> int:
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise InputError(f"--out {args.out}: is a file; expected a folder")
    book = load_codebook(args.codebook)
    paths = args.paths or shipped_files()
    annotations = _about(load_annotations(paths, book), args.target)
    if all(row.annotator.startswith(ADJUDICATOR) for row in annotations):
        raise LabelError(f"{', '.join(map(str, paths))}: no annotator's reading; expected annotations, one a line, by somebody besides an {ADJUDICATOR}")
    found = measure(annotations, book.labels, seed=args.seed)
    if not args.json:
        print("\n".join(quality_lines(found)), flush=True)
    if not args.no_errors:  # seconds to minutes of work: what is known already stands on the screen
        found = replace(found, suspects=_find_errors(args, annotations, book))
    if args.out is not None:
        _write(args.out, found)
    if args.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
        return 0
    for line in [*(suspect_lines(found.suspects) if found.suspects else []), *([f"written to {args.out}"] if args.out else [])]:
        print(line)
    return 0


def _about(annotations: Sequence[Annotation], target: str | None) -> list[Annotation]:
    """Return the annotations about one target; what is read toward different ones is no disagreement."""
    found = list(dict.fromkeys(row.target for row in annotations))
    if target is None and len(found) > 1:
        raise LabelError(f"the annotations are about {len(found)} targets; expected --target with one of {', '.join(map(repr, found[:5]))}")
    if target is not None and target not in found:
        raise LabelError(f"--target {target}: no annotation is about it; expected one of {', '.join(map(repr, found[:5]))}")
    return [row for row in annotations if target in (None, row.target)]


def _find_errors(args: argparse.Namespace, annotations: Sequence[Annotation], book: Codebook) -> Suspects | None:
    """Return the suspected errors; None, and a word to the user, where the training extra is not installed."""
    try:
        return args.find_errors(annotations, book, args.bundle)  # type: ignore[no-any-return]
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing not in _NEEDED:
            raise
        print(f"suspected label errors need {missing}: pip install 'stancewire[train]'; all else stands above", file=sys.stderr)
        return None


def _write(folder: Path, found: Quality) -> None:
    """Write the figures, and the lists in the shape that `labels export` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quality.json").write_text(json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    lists = {"adjudicate": (one.to_unit(rank) for rank, one in enumerate(found.open, start=1)), "suspects": _suspect_units(found.suspects)}
    for name, units in lists.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(unit, ensure_ascii=False) + "\n" for unit in units), encoding="utf-8")


def _suspect_units(found: Suspects | None) -> Iterator[dict[str, Any]]:
    for rank, suspect in enumerate(found.suspects if found else (), start=1):
        yield {**unit_of(suspect.row, rank), "model": suspect.source, "label": suspect.proposed}
