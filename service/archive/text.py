"""Bytes to text: by byte order mark, by what the record declares, as UTF-8, else by detection that must be sure of itself."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from labels.errors import TextError

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 200_000
_CHAOS = 0.05
_FEW = 30
_LATIN = frozenset(["cp1250", "cp1252", "cp1254", "cp1257", "latin_1", "iso8859_2", "iso8859_9", "iso8859_15", "mac_roman", "cp437", "cp850", "cp858"])


def decode(raw: bytes, declared: str | None = None) -> str:
    """Return the text; raise TextError naming the byte that is not UTF-8 and what the bytes look like."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return _as(raw, name)
    if declared and _known(declared):
        try:
            return raw.decode(declared)
        except UnicodeDecodeError:
            pass  # pages that declare one encoding and use another are common
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _detected(raw, error)


def _as(raw: bytes, name: str) -> str:
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        raise TextError(f"byte {error.start} is not {name.upper()}, which its first bytes announce; expected text") from None


def _detected(raw: bytes, error: UnicodeDecodeError) -> str:
    best = from_bytes(raw[:_SAMPLE]).best()
    where = f"byte {error.start} is not UTF-8"
    if best is None or best.encoding == "utf_8":
        raise TextError(f"{where} and no other encoding fits; expected text")
    if best.chaos > _CHAOS:
        raise TextError(f"{where}; it looks like {best.encoding}, without certainty; convert it (iconv -f {best.encoding} -t UTF-8)")
    name = _western_first(raw, best.encoding)
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        raise TextError(f"{where} and no other encoding fits all of it; expected text") from None


def _western_first(raw: bytes, detected: str) -> str:
    """Take a Latin encoding for Windows-1252 where few bytes could tell them apart: quotation marks and dashes are the same in all of them."""
    few = sum(byte >= 0x80 for byte in raw[:_SAMPLE]) < _FEW
    latin = detected in _LATIN and not any(byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) for byte in raw)
    return "cp1252" if latin and few else detected


def _known(name: str) -> bool:
    try:
        return bool(codecs.lookup(name))
    except (LookupError, ValueError):
        return False
