"""The manifest of a run: what decides its result, and which shards are done, each with the checksums of its files.

One JSON line each, forced to the disk after the files that it names. A torn last line, as a power cut leaves it, is the
mark of a shard that is made again. A lock keeps a second process out.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labels.errors import InputError
from service.archive.records import Refused
from service.batch.shards import Shard
from service.batch.store import sha256_of, sync_folder

NAME = "manifest.jsonl"


def model_of(folder: Path) -> str | None:
    """Return the tag of the model that the run in ``folder`` began with; None where none did."""
    try:
        with (folder / NAME).open("rb") as stream:
            return str(json.loads(stream.readline())["run"]["model"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Done:
    """A finished shard: its number, the key of its content, its files with their SHA-256, and what it counted."""

    shard: int
    key: str
    files: dict[str, str]
    articles: int
    units: int
    refused: int
    off_topic: int


class Ledger:
    """The open manifest of an output folder, under its lock."""

    def __init__(self, folder: Path, header: Mapping[str, Any]) -> None:
        """Open or begin the manifest; raise InputError when another run holds it or began it with something else."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._handle)
            raise InputError(f"--out {folder}: another run is writing there; expected a folder of its own, or to wait for the other's end") from None
        self._places: dict[int, int] = {}
        self.done: dict[int, Done] = {}
        self.finished = False
        try:
            self._read(dict(header))
        except BaseException:
            os.close(self._handle)
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def holds(self, shard: Shard) -> bool:
        """Tell whether a shard is done and its files stand as they were written; raise InputError where its content differs."""
        entry = self.done.get(shard.number)
        if entry is None:
            return False
        if entry.key != shard.key:
            raise self.changed(f"between {shard.span()}")
        return all(sha256_of(self._folder / name) == digest for name, digest in entry.files.items())

    def changed(self, where: str) -> InputError:
        """Return the error for an archive that is not the one that the run began with."""
        return InputError(
            f"--out {self._folder}: the archive has changed since the run there began ({where}); expected the same files in the same order, or another --out (or --overwrite)"
        )

    def enter(self, entry: Done, refused: tuple[Refused, ...]) -> None:
        """Write a finished shard down, with the records that it refused; its files must be on the disk by now."""
        self._places[entry.shard] = os.fstat(self._handle).st_size
        self._append({"done": asdict(entry), "refused": [asdict(record) for record in refused]})
        self.done[entry.shard] = entry

    def finish(self) -> None:
        """Write down that the run is whole."""
        if not self.finished:
            self._append({"finished": len(self.done)})
            self.finished = True

    def refused(self) -> Iterator[dict[str, str]]:
        """Yield the refused records in the order of the archive."""
        with (self._folder / NAME).open("rb") as stream:
            for shard in sorted(self._places):
                stream.seek(self._places[shard])
                yield from json.loads(stream.readline())["refused"]

    def _read(self, header: dict[str, Any]) -> None:
        place = 0
        with (self._folder / NAME).open("rb") as stream:
            for number, line in enumerate(stream):
                if not line.endswith(b"\n"):  # the power went while it was written
                    break
                self._take(number, place, line, header)
                place += len(line)
        os.ftruncate(self._handle, place)
        if not place:
            self._append({"run": header})
            sync_folder(self._folder)

    def _take(self, number: int, place: int, line: bytes, header: dict[str, Any]) -> None:
        try:
            record = json.loads(line)
            if number == 0:
                self._compare(dict(record["run"]), header)
            elif "done" in record:
                entry = Done(**record["done"])
                self.done[entry.shard], self._places[entry.shard] = entry, place
            self.finished = "finished" in record
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self._folder / NAME}: line {number + 1} is no line of a manifest ({error}); expected a folder of a run, or another --out (or --overwrite)"
            ) from None

    def _compare(self, began: dict[str, Any], now: dict[str, Any]) -> None:
        for name in sorted(began.keys() | now.keys()):
            if began.get(name) != now.get(name):
                raise InputError(
                    f"--out {self._folder}: the run there began with {name} {began.get(name)!r}, this one has {now.get(name)!r}; expected the same, or another --out (or --overwrite)"
                )

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record).encode() + b"\n"
        size = os.fstat(self._handle).st_size
        try:
            while line:
                line = line[os.write(self._handle, line) :]
            os.fsync(self._handle)
        except OSError:
            os.ftruncate(self._handle, size)  # a full disk: half a line would stand in the next one's way
            raise
