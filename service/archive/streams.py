"""Bytes out of files, whatever they are packed in, never more in memory than one record."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import zstandard

from labels.errors import TextError
from service.archive.records import MAX_RECORD

COMPRESSED = {".gz": "gzip", ".zst": "Zstandard", ".bz2": "bzip2", ".xz": "xz"}
BROKEN = (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError)
"""What a damaged or truncated compressed stream raises, by library."""

_CHUNK = 1 << 16


def decompress(stream: BinaryIO, suffix: str) -> BinaryIO:
    """Return a stream of the decompressed bytes for a suffix in ``COMPRESSED``, else the stream itself."""
    if suffix == ".gz":
        return cast(BinaryIO, _Gunzip(stream))
    if suffix == ".zst":
        # Frames may follow one another (`cat a.zst b.zst`); the memory that a frame may ask for is bounded to zstd's own limit.
        return cast(BinaryIO, zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(stream, read_across_frames=True))
    if suffix == ".bz2":
        return cast(BinaryIO, bz2.BZ2File(stream))
    if suffix == ".xz":
        return cast(BinaryIO, lzma.LZMAFile(stream))
    return stream


class _Gunzip(io.RawIOBase):
    """gzip, member after member. Unlike the standard library's it hands out all that stands before a cut, and complains after."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._member = zlib.decompressobj(wbits=31)
        self._waiting = b""
        self._inside = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        while True:
            packed = self._member.unconsumed_tail or self._waiting or self._stream.read(_CHUNK)
            self._waiting = b""
            if not packed:
                if self._inside:
                    raise EOFError("ended inside a gzip member")
                return 0
            chunk = self._member.decompress(packed, len(view))
            self._inside = not self._member.eof
            if self._member.eof:
                self._waiting = self._member.unused_data.lstrip(b"\0")  # tapes pad with zeros
                self._member = zlib.decompressobj(wbits=31)
            if chunk:
                view[: len(chunk)] = chunk
                return len(chunk)


class TooLong(TextError):
    """A record has more bytes than ``MAX_RECORD``."""


def read_whole(stream: BinaryIO, limit: int = MAX_RECORD) -> bytes:
    """Return all bytes; raise TooLong, without reading on, past ``limit``."""
    buffer = io.BytesIO()
    while chunk := stream.read(_CHUNK):
        buffer.write(chunk)
        if buffer.tell() > limit:
            raise TooLong(f"has more than {limit:,} bytes; expected one article")
    return buffer.getvalue()


def lines(stream: BinaryIO, limit: int = MAX_RECORD) -> Iterator[bytes | int]:
    """Yield each line without its end; in place of a line longer than ``limit`` its length, the bytes let go as they come."""
    kept = bytearray()
    length = 0
    while chunk := stream.read(_CHUNK):
        parts = chunk.split(b"\n")
        for place, part in enumerate(parts):
            if place:
                yield _line(kept, length, limit)
                kept, length = bytearray(), 0
            length += len(part)
            if length <= limit:
                kept += part
    if length:
        yield _line(kept, length, limit)


def _line(kept: bytearray, length: int, limit: int) -> bytes | int:
    return bytes(kept.removesuffix(b"\r")) if length <= limit else length
