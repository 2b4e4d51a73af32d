"""Find the files of an archive: folders searched recursively, globs, single files; loops of symbolic links are named, not followed."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from labels.errors import InputError
from service.archive.records import Refused, path_name
from service.archive.streams import COMPRESSED

FORMATS = (".txt", ".html", ".htm", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".warc", ".wet")
CONTAINERS = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2")
READABLE = f"{', '.join(FORMATS)}, each also {', '.join(COMPRESSED)}, and {', '.join(CONTAINERS)} of them"


def find_files(paths: Iterable[Path]) -> Iterator[Path | Refused]:
    """Yield the files to read in a stable order, each once; raise InputError for a path that is not there."""
    seen: set[tuple[int, int]] = set()
    found = False
    for path in paths:
        for item in _expand(path):
            if isinstance(item, Refused):
                yield item
                continue
            status = item.stat()
            if (key := (status.st_dev, status.st_ino)) not in seen:
                seen.add(key)
                found = True
                yield item
    if not found:
        raise InputError(f"{', '.join(map(str, paths))}: no file to read there; expected {READABLE}")


def _expand(path: Path) -> Iterator[Path | Refused]:
    if path.is_dir():
        yield from _walk(path, frozenset())
    elif path.exists():
        yield path
    elif matches := sorted(glob.glob(str(path), recursive=True)):
        for match in matches:
            yield from _expand(Path(match))
    else:
        raise InputError(f"{path}: no such file or folder; expected {READABLE}, or folders of them")


def _walk(folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[Path | Refused]:
    status = folder.stat()
    key = (status.st_dev, status.st_ino)
    if key in above:
        yield Refused(path_name(folder), "", "is a symbolic link to a folder that holds it; expected no loop")
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda e: os.fsencode(e.name))
    except OSError as error:
        yield Refused(path_name(folder), "", f"cannot be listed: {error.strerror}")
        return
    for entry in entries:
        path = Path(entry.path)
        try:
            if entry.is_dir():
                yield from _walk(path, above | {key})
            elif kind_of(entry.name) is not None:
                if entry.is_file():
                    yield path
                else:
                    yield Refused(path_name(path), "", "is no regular file, or a symbolic link that leads nowhere")
        except OSError as error:
            yield Refused(path_name(path), "", f"cannot be read: {error.strerror}")


def kind_of(name: str) -> tuple[str, str] | None:
    """Return format or container suffix and compression suffix ("" for none) by a file's name; None for what is not read."""
    lower = name.lower()
    if lower.endswith(".tgz"):
        return ".tar", ".gz"
    stem, packed = os.path.splitext(lower)
    if packed not in COMPRESSED:
        stem, packed = lower, ""
    suffix = os.path.splitext(stem)[1]
    return (suffix, packed) if suffix in (*FORMATS, ".zip", ".tar") else None
