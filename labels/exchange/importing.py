"""`stancewire labels import`: files of annotation tools to one file of annotation records."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import InputError
from labels.exchange.build import build
from labels.exchange.formats import READERS, detect
from labels.exchange.merge import Located, Merged, merge
from labels.exchange.model import Place, ReadOptions
from labels.exchange.names import LabelNames, annotator_name
from labels.exchange.source import Source, open_sources
from labels.problems import Problem, raise_problems
from labels.records import Annotation
from labels.store import read_annotations


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a user says of an import.

    ``format`` overrules what the content says. ``labels`` are pairs of a tool's label and ours. ``annotator`` names the reader of rows
    that name none, or of all rows of a doccano file; ``renamed`` maps the tool's annotators to ours.
    """

    format: str | None = None
    labels: Sequence[tuple[str, str]] = ()
    annotator: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    read: ReadOptions = ReadOptions()


@dataclass(slots=True)
class Imported:
    """Annotations with their places, and what a user should hear: formats, answers left aside, loose label names, bad rows."""

    rows: list[Located] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    aside: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


def read_files(paths: Sequence[Path], book: Codebook, options: ImportOptions) -> Imported:
    """Return the annotations of tools' exports; bad rows become problems, a file that cannot be read raises LabelError."""
    return read_sources([source for path in paths for source in open_sources(path)], book, options)


def read_sources(sources: Sequence[Source], book: Codebook, options: ImportOptions) -> Imported:
    """Return the annotations of opened files, as ``read_files`` does."""
    imported, names = Imported(), LabelNames(book, options.labels)
    for source in sources:
        reader = READERS[options.format] if options.format else detect(source)
        imported.said += [] if options.format else [f"{source.path}: read as {reader.said}; --format overrules"]
        found = reader.read(source, options.read)
        imported.said += found.said
        imported.aside += found.aside
        imported.problems += found.problems
        for answer in found.answers:
            given = options.annotator if options.annotator and reader.name == "doccano" else answer.annotator
            built = build(answer, annotator_name(str(given) if given else None, options.renamed, options.annotator or f"unnamed/{source.path.stem}"), names)
            if isinstance(built, Annotation):
                imported.rows.append((answer.place, built))
            else:
                imported.problems += built
    imported.said += [f"label {theirs!r} taken as {ours!r}: {count}" for (theirs, ours), count in names.loose.items()]
    imported.said += [f"--map {name}: no row has that label" for name in names.unused]
    return imported


def store(out: Path, imported: Imported, book: Codebook, *, newest: bool) -> Merged:
    """Merge into ``out`` and write it whole, or not at all where a contradiction or nothing new is left; raise InputError or LabelError for a bad ``out``."""
    if out.suffix != ".jsonl":
        raise InputError(f"--out {out}: expected a name that ends in .jsonl; annotations are stored as JSON lines")
    known: list[Located] = []
    if out.exists():
        reading = read_annotations(out, book)
        raise_problems(reading.problems, hint=f"nothing was written; mend {out}, or give another --out")
        known = [(Place(out, line), row) for line, row in reading.rows]
    merged = merge(known, imported.rows, newest=newest)
    changed = [row for _, row in known] != merged.rows
    if changed and (newest or not merged.contradictions):
        write_whole({out: "".join(row.to_json() + "\n" for row in merged.rows).encode()})
    return merged


def write_whole(files: dict[Path, bytes]) -> None:
    """Write files so that a reader never meets half of one."""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
