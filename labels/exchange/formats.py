"""The formats by name, and which one a file is of."""

from __future__ import annotations

from collections.abc import Mapping

from labels.errors import LabelError
from labels.exchange.argilla import Argilla
from labels.exchange.doccano import Doccano
from labels.exchange.label_studio import LabelStudio
from labels.exchange.model import Format, Reader
from labels.exchange.prodigy import Prodigy
from labels.exchange.records import Records
from labels.exchange.separated import CSV, TSV
from labels.exchange.source import Source
from labels.exchange.workbook import Workbook

_WRITERS: tuple[Format, ...] = (LabelStudio(), Doccano(), Prodigy(), Argilla(), CSV, TSV, Workbook())
WRITERS: Mapping[str, Format] = {one.name: one for one in _WRITERS}
READERS: Mapping[str, Reader] = {**WRITERS, "jsonl": Records()}
# The most telling marks first: Prodigy's answers may carry a label list as doccano's rows do.
_ORDER = ("xlsx", "label-studio", "prodigy", "argilla", "doccano", "jsonl", "tsv", "csv")


def detect(source: Source) -> Reader:
    """Return the reader of the first format that recognises the content; raise LabelError if none does."""
    if not source.raw.strip():
        raise LabelError(f"{source.path}: is empty; expected a tool's export")
    for name in _ORDER:
        if READERS[name].recognises(source):
            return READERS[name]
    known = sorted({key for row in source.sample[:1] for key in row})
    seen = f"its first row has {', '.join(known)}" if known else "it holds no rows"
    raise LabelError(f"{source.path}: {seen}; expected an export of {', '.join(READERS)}, or --format to say which it is")
