"""`stancewire labels import` and `labels export`: thin parsers over one function each."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from labels.codebook import SHIPPED, load_codebook
from labels.errors import InputError
from labels.exchange.exporting import Predict, blind, export, unread_predicted, with_predictions
from labels.exchange.formats import READERS, WRITERS
from labels.exchange.importing import Imported, ImportOptions, read_files, store, write_whole
from labels.exchange.items import load_items
from labels.exchange.merge import Clash, Merged
from labels.exchange.model import ReadOptions
from labels.problems import Problem, raise_problems

_SHOWN = 20


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], predict: Predict) -> None:
    """Add `import` and `export` to `labels`; ``predict`` is the part of the export that needs the scorer."""
    bring = commands.add_parser("import", help="bring in labels from Label Studio, doccano, Prodigy, Argilla or a table")
    bring.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="a tool's export")
    bring.add_argument("--format", choices=tuple(READERS), help="format of the files (default: what their content says)")
    bring.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl", help="annotation records to write; an existing file is added to")
    bring.add_argument("--map", action="append", default=[], metavar="THEIRS=OURS", help="a label of theirs and the codebook's label it means (repeatable)")
    bring.add_argument("--annotator", action="append", default=[], metavar="NAME|THEIRS=OURS", help="who read rows that name nobody, or another name for an annotator (repeatable)")
    bring.add_argument("--newest", action="store_true", help="where an annotator contradicts an earlier row, take the later one")
    _add_reading(bring)
    bring.set_defaults(run=run_import)
    send = commands.add_parser("export", help="write sentences for an annotation tool, with a labelling configuration")
    send.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="units to label, annotations, or plain sentences (.txt: one a line)")
    send.add_argument("--format", choices=tuple(WRITERS), required=True, help="tool to write for")
    send.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    send.add_argument("--config", type=Path, metavar="FILE", help="also write the tool's labelling configuration, made from the codebook")
    send.add_argument("--no-predictions", action="store_true", help="leave the model's labels out: annotators who see them lean towards them")
    send.add_argument("--predict", action="store_true", help="score sentences that carry no prediction")
    send.add_argument("--bundle", metavar="DIR|TAG", help="with --predict: model bundle (default: the promoted one, else the shipped one)")
    send.add_argument("--overwrite", action="store_true", help="write over an existing file")
    _add_reading(send)
    send.set_defaults(run=run_export, predict_with=predict)


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("--text-field", metavar="NAME", help="field or column that holds the sentence (default: text)")
    command.add_argument("--label-field", metavar="NAME", help="field, column, control or question that holds the label (default: label)")
    command.add_argument("--annotator-columns", type=_names, default=(), metavar="NAME,…", help="columns of a wide table that hold one annotator's labels each")
    command.add_argument("--skip-invalid", action="store_true", help="leave out rows that fail validation instead of stopping")
    command.add_argument("--codebook", type=Path, default=SHIPPED, metavar="FILE", help="codebook file (default: the repo's)")


def run_import(args: argparse.Namespace) -> int:
    book = load_codebook(args.codebook)
    renamed = dict(_pair(item, "--annotator") for item in args.annotator if "=" in item)
    named = [item for item in args.annotator if "=" not in item]
    if len(named) > 1:
        raise InputError(f"--annotator {' --annotator '.join(named)}; expected one name, and THEIRS=OURS for others")
    labels = [_pair(item, "--map") for item in args.map]
    options = ImportOptions(args.format, labels, named[0] if named else None, renamed, _reading(args))
    imported = read_files(args.paths, book, options)
    _say(imported.said)
    _settle(imported.problems, args.skip_invalid)
    merged = store(args.out, imported, book, newest=args.newest)
    return _report(merged, imported, args)


def _report(merged: Merged, imported: Imported, args: argparse.Namespace) -> int:
    _list("annotators contradict themselves", merged.contradictions)
    _list("same label, other voice, speaker, doubt or note" + ("" if args.newest else " (the first is kept; --newest takes the later)"), merged.amended)
    _list("said already, not stored twice", merged.duplicates)
    fresh = [row for _, row in imported.rows]
    readers = ", ".join(f"{name} {count:,}" for name, count in Counter(row.annotator for row in fresh).most_common())
    found = [f"{_count(len(fresh), 'annotation')} of {_count(len({row.id for row in fresh}), 'sentence')} found" + (f": {readers}" if readers else "")]
    found += [f"left aside: {', '.join(f'{reason} {count:,}' for reason, count in imported.aside.items())}"] if imported.aside else []
    found += [f"left out as invalid: {len(imported.problems):,}"] if imported.problems else []
    print("\n".join(found))
    if not fresh or (merged.contradictions and not args.newest):
        refused = f"{_count(len(merged.contradictions), 'contradiction')}; mend them, or say --newest to take the later row"
        print(f"nothing was written: {refused if fresh else 'no annotation to store'}")
        return 1
    changed = f", {len(merged.contradictions):,} contradicted and settled by the later row" if merged.contradictions else ""
    print(f"{merged.added:,} added to {args.out}, {len(merged.duplicates):,} there already{changed}; it now holds {_count(len(merged.rows), 'annotation')}")
    return 0


def run_export(args: argparse.Namespace) -> int:
    book = load_codebook(args.codebook)
    if args.no_predictions and args.predict:
        raise InputError("--predict with --no-predictions; expected one of them")
    loaded = load_items(args.paths, book, _reading(args))
    _say(loaded.said)
    _settle(loaded.problems, args.skip_invalid)
    items = list(loaded.items.values())
    items = blind(items) if args.no_predictions else unread_predicted(items)
    if args.predict:
        items = with_predictions(items, book, args.predict_with, args.bundle)
    configuration = WRITERS[args.format].configuration(book)
    files = export(items, book, args.format, args.out, overwrite=args.overwrite)
    if args.config:
        write_whole({args.config: configuration})
        print(f"labelling configuration written to {args.config}", file=sys.stderr)
    predicted = sum(item.prediction is not None for item in items)
    readings = sum(len(item.readings) for item in items)
    print(f"{_count(len(items), 'sentence')} written to {', '.join(map(str, files))}, with {_count(predicted, 'prediction')} and {_count(readings, 'annotation')}")
    if predicted:
        print("annotators who see a prediction lean towards it; --no-predictions leaves them out", file=sys.stderr)
    return 0


def _reading(args: argparse.Namespace) -> ReadOptions:
    return ReadOptions(args.text_field, args.label_field, args.annotator_columns)


def _settle(problems: Sequence[Problem], skip: bool) -> None:
    """Stop at bad rows, or name them all when they are to be left out."""
    if not skip:
        raise_problems(problems, hint="nothing was written; mend the rows, or say --skip-invalid to leave them out")
    _say([f"left out: {problem}" for problem in problems])


def _list(title: str, clashes: Sequence[Clash]) -> None:
    if clashes:
        more = [f"  … and {len(clashes) - _SHOWN} more"] if len(clashes) > _SHOWN else []
        _say([f"{title}: {len(clashes)}", *(f"  {clash}" for clash in clashes[:_SHOWN]), *more])


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _pair(item: str, option: str) -> tuple[str, str]:
    theirs, equals, ours = item.rpartition("=")
    if not (equals and theirs and ours):
        raise InputError(f"{option} {item}; expected THEIRS=OURS")
    return theirs, ours
