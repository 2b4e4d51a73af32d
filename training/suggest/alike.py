"""Sentences that say the same in nearly the same words: labelling both teaches little more than labelling one."""

from __future__ import annotations

from collections.abc import Iterable

from datasketch import MinHash, MinHashLSH

from labels.hygiene import words_of

ALIKE = 0.5
"""Jaccard similarity of the sets of words and word pairs from which two sentences are near duplicates: two words of twenty exchanged leave about 0.75,
another sentence on the same matter has 0.1 to 0.25."""
_BANDS, _ROWS = 42, 3
"""Of two sentences that are just alike enough, the index misses one pair in two hundred; of those with 0.1 in common it hands out one in twenty-five for nothing."""
_SEED = 1


class Known:
    """The sentences met so far. MinHash (Broder 1997) by datasketch finds those that may be alike; the sets themselves decide."""

    def __init__(self) -> None:
        self._index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
        self._sets: list[frozenset[str]] = []

    def add(self, texts: Iterable[str]) -> None:
        """Take up sentences."""
        sets = [features(text) for text in texts]
        for own, sketch in zip(sets, _sketches(sets), strict=True):
            self._insert(own, sketch)

    def fresh(self, texts: list[str]) -> list[bool]:
        """Tell for each sentence, in turn, whether none that is known, nor one before it in the list, is a near duplicate; take up those that are fresh."""
        sets = [features(text) for text in texts]
        return [self._fresh(own, sketch) for own, sketch in zip(sets, _sketches(sets), strict=True)]

    def _fresh(self, own: frozenset[str], sketch: MinHash) -> bool:
        if any(likeness(own, self._sets[place]) >= ALIKE for place in self._index.query(sketch)):
            return False
        self._insert(own, sketch)
        return True

    def _insert(self, own: frozenset[str], sketch: MinHash) -> None:
        self._index.insert(len(self._sets), sketch)
        self._sets.append(own)


def features(text: str) -> frozenset[str]:
    """Return a sentence's words and pairs of neighbouring words, in lower case; the text itself where it has no word."""
    words = words_of(text)
    return frozenset([*words, *(f"{a} {b}" for a, b in zip(words, words[1:], strict=False))] or [text])


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the Jaccard similarity of two sets."""
    return len(a & b) / max(1, len(a | b))


def _sketches(sets: list[frozenset[str]]) -> list[MinHash]:
    return MinHash.bulk(([feature.encode("utf-8", "surrogatepass") for feature in own] for own in sets), num_perm=_BANDS * _ROWS, seed=_SEED)  # type: ignore[no-any-return]
