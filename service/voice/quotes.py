"""What stands within quotation marks."""

from __future__ import annotations

import re

_OPENING, _STRAIGHT = "“«„", '"'
_MARK = re.compile('[“«„”»"\n]')


def quoted_mask(text: str) -> bytearray:
    """Mark each character that stands within double quotation marks, the opening one included.

    A line break closes them. A closing mark that nothing opened on its line ends a quotation that began before: all of the line until there is marked.
    """
    mask = bytearray(len(text))
    opened: int | None = None
    free = 0  # where the stretch began that stands outside quotations so far
    for mark in _MARK.finditer(text):
        place, char = mark.start(), mark.group()
        if char in _OPENING or (char == _STRAIGHT and opened is None and not _closes(text, place)):
            opened = place if opened is None else opened
            continue
        if opened is None and char != "\n":
            opened = free
        if opened is not None:
            mask[opened:place] = b"\1" * (place - opened)
            opened = None
        free = place + 1
    if opened is not None:
        mask[opened:] = b"\1" * (len(text) - opened)
    return mask


def _closes(text: str, place: int) -> bool:
    """Tell a straight mark that can only close: right behind a letter or a mark of punctuation, before a space or the end."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return bool(before) and (before.isalpha() or before in ".,!?…") and (not after or after.isspace())
