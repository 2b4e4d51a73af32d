"""The output folder of a finished batch run: its Parquet files, and what they agree on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labels.errors import InputError

REFUSED = "refused.jsonl"
_METADATA = ("stancewire.model", "stancewire.codebook", "stancewire.segmenter")
_SENTENCE = ("id", "document", "path", "record", "text", "label", "voice", "speaker", "flags", "outlet", "published", "url")
_ARTICLE = ("document", "story", "outlet", "published", "off_topic", "units")
_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its files in their order, the labels in model order, and what made it.

    ``targets`` are those that sentences were scored for, in the order in which they first come; empty for a model with one target.
    """

    folder: Path
    labels: tuple[str, ...]
    model: str
    codebook: str
    segmenter: str
    sentences: tuple[Path, ...]
    articles: tuple[Path, ...]
    targets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the archive's name: that of its folder."""
        return self.folder.resolve().name


def open_run(folder: Path) -> Run:
    """Return the run in ``folder``; raise InputError where there is none, it is not finished, or its files are of different models."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected the output folder of `stancewire batch`")
    sentences, articles = (tuple(sorted((folder / kind).glob("*.parquet"))) for kind in ("sentences", "articles"))
    if not (folder / REFUSED).is_file():
        raise InputError(f"{folder}: holds no finished run ({REFUSED} is missing); expected the output folder of `stancewire batch`, run to its end")
    for kind, files in (("sentences", sentences), ("articles", articles)):
        if not files:
            raise InputError(f"{folder / kind}: holds no Parquet files; expected those of `stancewire batch`")
    labels = _labels(sentences[0])
    model, codebook, segmenter = _agreed(sentences[0], {"sentences": sentences, "articles": articles}, labels)
    return Run(folder, labels, model, codebook, segmenter, sentences, articles, _targets(sentences))


def tables(path: Path, columns: Sequence[str]) -> Iterator[Any]:
    """Yield the columns of a Parquet file as record batches of bounded size; raise InputError for a damaged one."""
    with _reading(path) as file:
        try:
            yield from file.iter_batches(batch_size=_ROWS, columns=list(columns))
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error


def _labels(path: Path) -> tuple[str, ...]:
    with _reading(path) as file:
        found = tuple(name.removeprefix("p_") for name in file.schema_arrow.names if name.startswith("p_"))
    if not found:
        raise InputError(f"{path}: has no probability columns; expected p_<label>, as `stancewire batch` writes them")
    return found


def _targets(sentences: Sequence[Path]) -> tuple[str, ...]:
    """Return the distinct targets of a run's sentences; none where they have no such column."""
    found: dict[str, None] = {}
    for path in sentences:
        with _reading(path) as file:
            if "target" not in file.schema_arrow.names:
                return ()
        for batch in tables(path, ["target"]):
            found.update(dict.fromkeys(str(name) for name in batch.column("target").unique().to_pylist()))
    return tuple(found)


def _agreed(first: Path, files: dict[str, tuple[Path, ...]], labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return what every file's metadata say of the model, codebook and segmenter."""
    wanted = {
        "sentences": {*_SENTENCE, *(f"p_{label}" for label in labels)},
        "articles": {*_ARTICLE, *(f"{voice}_{label}" for voice in ("outlet", "source") for label in labels)},
    }
    agreed = _made_by(first)[0]
    for kind, paths in files.items():
        for path in paths:
            made_by, names = _made_by(path)
            if made_by != agreed:
                differing = next(i for i, (a, b) in enumerate(zip(made_by, agreed, strict=True)) if a != b)
                what = _METADATA[differing].removeprefix("stancewire.")
                raise InputError(f"{path}: its {what} is {made_by[differing]!r}, that of {first} is {agreed[differing]!r}; expected files of one run")
            other = {name for name in names if name.startswith("p_")} - wanted[kind]
            if missing := sorted(wanted[kind] - names | other):
                raise InputError(f"{path}: its columns differ from those of {first} and `stancewire batch` in {', '.join(missing)}; expected files of one run")
    return agreed


def _made_by(path: Path) -> tuple[tuple[str, ...], set[str]]:
    """Return a file's metadata in the order of ``_METADATA``, and its column names."""
    with _reading(path) as file:
        raw, names = file.schema_arrow.metadata or {}, set(file.schema_arrow.names)
    if missing := [key for key in _METADATA if key.encode() not in raw]:
        raise InputError(f"{path}: its metadata lack {', '.join(missing)}; expected a file written by `stancewire batch`")
    return tuple(raw[key.encode()].decode("utf-8", "replace") for key in _METADATA), names


def _reading(path: Path) -> Any:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: cannot be read as Parquet ({error}); expected a whole file written by `stancewire batch`")
