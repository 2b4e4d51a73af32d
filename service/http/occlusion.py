"""Which words carry a label: each is left out in turn, and its weight is by how much the label's probability falls.

Occlusion (Zeiler and Fergus 2014; leave-one-out for text: Li, Monroe and Jurafsky 2016) needs no gradients, so that no training library is
needed. It is not complete: words that say the same stand in for each other, and words that need each other are counted twice. How far the
weights are from adding up is said as ``completeness_error``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.scorer import Classified

_WORD = re.compile(r"\w+(?:[’'.-]\w+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, ``text[start:end]``, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Occlusion:
    """The texts that explain one: as it is, without each of its words, and without all of them."""

    text: str
    words: tuple[Word, ...]

    @property
    def variants(self) -> list[str]:
        """The texts in the order that ``explain_label`` reads their probabilities: whole, bare, then one for each word."""
        bare = self.text
        for word in reversed(self.words):
            bare = bare[: word.start] + bare[word.end :]
        return [self.text, bare, *(self.text[: w.start] + self.text[w.end :] for w in self.words)]


def occlude(text: str, most: int) -> Occlusion:
    """Return the occlusion of ``text``, one sentence; of words past the first ``most`` the model reads none."""
    words = [Word(*match.span()) for match in _WORD.finditer(text)]
    return Occlusion(text, tuple(words[:most]))


def explain_label(occlusion: Occlusion, classified: Classified, label: int, start: int = 0) -> dict[str, Any]:
    """Return probability, words with weights, and completeness error for the label of that number; ``start`` is added to the words' places.

    The error is the absolute difference between the sum of the weights and what all the words together add to the
    probability; 0 would be a complete explanation.
    """
    column: Sequence[float] = classified.probabilities[:, label].tolist()
    whole, bare, *without = column
    weights = [whole - left for left in without]
    pairs = zip(occlusion.words, weights, strict=True)
    words = [{"start": start + w.start, "end": start + w.end, "text": occlusion.text[w.start : w.end], "weight": weight} for w, weight in pairs]
    return {
        "probability": whole,
        "words": words,
        "baseline": bare,
        "completeness_error": abs(sum(weights) - (whole - bare)),
        "truncated": bool(classified.truncated[0]),
    }
