"""`stancewire labels check`: everything that can be wrong with a label store, found in one pass and named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import LabelError
from labels.hygiene import RUN, telling_runs, words_of
from labels.problems import Problem, shorten
from labels.records import Annotation, fits_id, unit_id
from labels.store import Reading, document_text, documents, read_annotations

Located = tuple[Path, int, Annotation]
DocumentText = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How many annotations were read, over how many sentences, and every problem found."""

    files: int
    annotations: int
    sentences: int
    problems: tuple[Problem, ...]


def check_files(paths: Sequence[Path], book: Codebook, text_of: DocumentText = document_text) -> CheckReport:
    """Validate annotation files alone and against each other; never raises for a bad row."""
    readings: list[tuple[Path, Reading]] = [(path, read_annotations(path, book)) for path in paths]
    rows = [(path, line, row) for path, reading in readings for line, row in reading.rows]
    problems = [problem for _, reading in readings for problem in reading.problems]
    problems += [*_duplicates(rows), *_identity(rows), *_offsets(rows, text_of), *_seed_without_place(rows)]
    written = list({row.id: (path, line, row) for path, line, row in reversed(rows) if row.origin == "written"}.values())[::-1]
    problems += [*_repeats(written), *_echoes(written, text_of)]
    problems.sort(key=lambda p: (str(p.path), p.line or 0))
    return CheckReport(len(readings), len(rows), len({row.id for _, _, row in rows}), tuple(problems))


def _duplicates(rows: Iterable[Located]) -> Iterator[Problem]:
    """One annotator reads a sentence once for a target; a second row by the same name is a copy or a contradiction."""
    seen: dict[tuple[str, str], tuple[Path, int]] = {}
    for path, line, row in rows:
        first = seen.setdefault((row.unit, row.annotator), (path, line))
        if first != (path, line):
            yield Problem(path, line, "id", f"{row.id!r} by {row.annotator!r} again", f"once an annotator; it already stands at {first[0]}:{first[1]}")


def _identity(rows: Iterable[Located]) -> Iterator[Problem]:
    for path, line, row in rows:
        if not fits_id(row.id, row.text, row.document, row.start):
            yield Problem(path, line, "id", repr(row.id), f"{unit_id(row.text, row.document, row.start)!r}, which its text and place give")


def _offsets(rows: Iterable[Located], text_of: DocumentText) -> Iterator[Problem]:
    for path, line, row in rows:
        if row.document is None or (row.origin == "imported" and (row.start is None or row.document not in documents())):
            continue  # a user's own archive is not at hand here
        if row.start is None or row.end is None:
            yield Problem(path, line, "start/end", f"{row.start}/{row.end}", "character offsets into the document that is named")
            continue
        try:
            whole = text_of(row.document)
            printed = whole[row.start : row.end] if 0 <= row.start < row.end <= len(whole) else ""
        except LabelError as error:
            yield Problem(path, line, "document", repr(row.document), str(error))
            continue
        if printed != row.text:
            yield Problem(path, line, "start/end", f"{row.start}/{row.end}, where {row.document} reads {shorten(printed, 60)}", f"the row's text {shorten(row.text, 60)}")


def _seed_without_place(rows: Iterable[Located]) -> Iterator[Problem]:
    for path, line, row in rows:
        if row.origin == "seed" and row.document not in documents():
            yield Problem(path, line, "document", repr(row.document), f"a seed article: {', '.join(documents())}")


def _repeats(written: Iterable[Located]) -> Iterator[Problem]:
    """Find composed sentences that stand twice, but for punctuation: they count double and may stand on both sides of a split."""
    first: dict[tuple[str, ...], tuple[Path, int]] = {}
    for path, line, row in written:
        place = first.setdefault(tuple(words_of(row.text)), (path, line))
        if place != (path, line):
            yield Problem(path, line, "text", f"{shorten(row.text, 60)} again", f"other words than at {place[0]}:{place[1]}")


def _echoes(written: Sequence[Located], text_of: DocumentText) -> Iterator[Problem]:
    """Find composed sentences that share words with a seed article: those articles test."""
    printed = {run: name for name in documents() for run in telling_runs(text_of(name))} if written else {}
    for path, line, row in written:
        if common := telling_runs(row.text) & printed.keys():
            run = min(common)
            yield Problem(path, line, "text", f"the words {' '.join(run)!r}, which {printed[run]} prints", f"fewer than {RUN} of a seed article's words in a row")
