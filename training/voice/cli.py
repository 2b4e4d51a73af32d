"""`stancewire evaluate --voice`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping

from labels.codebook import load_codebook
from labels.problems import raise_problems
from labels.records import Annotation
from labels.store import load_annotations, shipped_files
from labels.tables import read_table


def add_voice_option(evaluate: argparse.ArgumentParser) -> None:
    """Add the option to `stancewire evaluate`."""
    evaluate.add_argument("--voice", action="store_true", help="measure voice (outlet or source) and speaker, on the shipped readings or on --data")


def run_voice(args: argparse.Namespace, where: Mapping[str, str]) -> int:
    """Measure the voice rules on the shipped readings, or on a file with the columns text, label and voice."""
    from training.published import publish
    from training.voice.measure import as_data, voice_figures
    from training.voice.view import print_voice

    data = " ".join(["voice", *([args.data.name, *args.where] if args.data else [])])
    measured = {name: voice_figures(name, rows, seed=args.seed) for name, rows in _sets(args, where).items()}
    figures = [one for found, _ in measured.values() for one in found]
    body = as_data(figures, {name: digest for name, (_, digest) in measured.items()}, data, args.seed)
    if args.write:
        print(f"figures kept in {publish(body)}; `stancewire models card` prints them in the card", file=sys.stderr)
    if args.json:
        print(json.dumps(body, ensure_ascii=False))
    else:
        print_voice(figures, data, args.seed)
    return 0


def _sets(args: argparse.Namespace, where: Mapping[str, str]) -> dict[str, list[Annotation]]:
    """Return the sets of annotations to measure on, by name: the shipped ones and the probes, or the given file."""
    from training.probes import PROBES

    book = load_codebook(args.codebook)
    if args.data is None:
        shipped = load_annotations(shipped_files(), book)
        by_origin = {origin: [row for row in shipped if row.origin == origin] for origin in ("seed", "written")}
        return {**by_origin, "probes": load_annotations([PROBES], book)}
    reading = read_table(args.data, book, where=where)
    if not args.skip_invalid:
        raise_problems(reading.problems, hint="mend the rows, or say --skip-invalid to leave them out")
    for problem in reading.problems:
        print(f"left out: {problem}", file=sys.stderr)
    return {args.data.name: [row for _, row in reading.rows]}
