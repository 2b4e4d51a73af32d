"""What the model reads: a sentence, or a sentence and the target that is asked about (docs/adr/0006)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer

from labels.codebook import Codebook
from labels.errors import LabelError, TextError
from labels.problems import shorten

Input = str | tuple[str, str]
"""A sentence, or a sentence and the name of a target."""

_WIDTH_STEP = 8
_LONGEST_TARGET = 200
_ROOM = 20
"""Tokens that a target leaves to the sentence and to what a tokenizer's template puts around and between two texts, four at most."""
_UNFIT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Encoded:
    """An input as the model reads it: its token ids, cut to the model's length, the width they are padded to, and whether they were cut.

    The width depends on the input alone, so that its logits are the same to the last bit in any company. ``types`` is empty for a sentence;
    for a pair it has 0 for a token of the sentence and 1 for one that belongs to the target.
    """

    ids: tuple[int, ...]
    width: int
    truncated: bool
    types: tuple[int, ...] = ()


def input_of(book: Codebook, text: str, target: str | None) -> Input:
    """Return what the model reads of ``text``: with its target where the codebook has not just one; raise LabelError for a target that it does not have."""
    if not book.paired:
        return text
    return text, book.find_target(target).name


def check_targets(book: Codebook, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the targets to score for, each once: those ``wanted``, else the several that the codebook has; none where it has just one.

    Raises LabelError for a target that the codebook does not have or that is no name, and for open targets of which none is wanted.
    """
    chosen = tuple(book.find_target(name).name for name in dict.fromkeys(wanted))
    for name in chosen:
        if len(name) > _LONGEST_TARGET or _UNFIT.search(name) or not any(c.isalnum() for c in name):
            raise LabelError(f"target is {shorten(name)}; expected a name of at most {_LONGEST_TARGET} characters")
    if book.open and not chosen:
        raise LabelError(f"codebook {book.name} has open targets; expected the name of at least one target beside the text")
    return (chosen or tuple(t.name for t in book.targets)) if book.paired else ()


def asked_targets(book: Codebook, text: str, wanted: Sequence[str]) -> list[str | None]:
    """Return the targets to score a text for: those ``wanted``, else those of the codebook that it names, else all; [None] where there is only one.

    Raises LabelError as ``check_targets`` does.
    """
    asked = check_targets(book, wanted)
    named = [] if wanted else [t.name for t in book.targets if t.named_in(text)]
    return list(named or asked) or [None]


class Encoder:
    """Texts and pairs to token ids, by the bundle's tokenizer. With ``mentions`` the tokens that name the target in the sentence belong to it too."""

    def __init__(self, tokenizer: Tokenizer, book: Codebook, limit: int, *, mentions: bool) -> None:
        self._tokenizer, self._book, self._limit, self._mentions = tokenizer, book, limit, mentions
        tokenizer.no_padding()
        tokenizer.no_truncation()

    def encode(self, inputs: Sequence[Input]) -> list[Encoded]:
        """Return inputs as the model reads them, in the order given; raises TextError as ``check_target`` does."""
        if self._book.paired:
            pairs = [pair if isinstance(pair, tuple) else (pair, "") for pair in inputs]
            return [self._pair(*pair, encoding) for pair, encoding in zip(pairs, self._tokenizer.encode_batch(pairs), strict=True)]
        return [self._cut(encoding.ids) for encoding in self._tokenizer.encode_batch_fast([str(text) for text in inputs])]

    def check_target(self, target: str) -> None:
        """Raise TextError for a target so long that it leaves hardly a token for a sentence."""
        self._check_room(target, len(self._tokenizer.encode(target, add_special_tokens=False).ids))

    def _check_room(self, target: str, tokens: int) -> None:
        most = max(1, self._limit - _ROOM)
        if tokens > most:
            raise TextError(f"target {shorten(target)} has {tokens} tokens; expected at most {most}, so that a sentence fits beside it")

    def _cut(self, ids: Sequence[int]) -> Encoded:
        limit = self._limit
        cut = tuple(ids) if len(ids) <= limit else (*ids[: limit - 1], ids[-1])
        return Encoded(cut, self._width(len(cut)), len(ids) > limit)

    def _width(self, tokens: int) -> int:
        return min(self._limit, -(-tokens // _WIDTH_STEP) * _WIDTH_STEP)

    def _pair(self, text: str, target: str, encoding: Any) -> Encoded:
        parts: list[int | None] = encoding.sequence_ids
        over = max(0, len(parts) - self._limit)
        end = max((place for place, part in enumerate(parts) if part == 0), default=0) + 1
        self._check_room(target, parts.count(1))
        spans = self._book.mentions(text, target) if self._mentions else []
        own = [part == 0 and any(a < stop and start < b for a, b in spans) for part, (start, stop) in zip(parts, encoding.offsets, strict=True)]
        # The separator behind the target belongs to it, as the tokenizer's template has it.
        second = parts.index(1) if 1 in parts else len(parts)
        types = [int(mine or place >= second) for place, mine in enumerate(own)]
        kept = [place for place in range(len(parts)) if not end - over <= place < end]
        return Encoded(tuple(encoding.ids[i] for i in kept), self._width(len(kept)), over > 0, tuple(types[i] for i in kept))
