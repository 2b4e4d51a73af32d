"""Tell English from other languages, sentence by sentence."""

from __future__ import annotations

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SHORTEST = 25
_MARGIN = 15.0
"""Log-likelihood lead that another language needs over English: names alone stay under it, a foreign clause does not."""

_WORD = re.compile(r"[a-z]+(?:[’'][a-z]+)?", re.IGNORECASE)
_PLAIN = 0.25
_FUNCTION_WORDS = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "that",
        "is",
        "was",
        "for",
        "on",
        "with",
        "as",
        "by",
        "at",
        "from",
        "it",
        "its",
        "has",
        "have",
        "had",
        "be",
        "are",
        "were",
        "been",
        "not",
        "but",
        "which",
        "who",
        "this",
        "their",
        "they",
        "would",
        "will",
        "said",
    ]
)
"""Words without which hardly an English sentence stands; those that other languages write alike (a, an, he, me, as a noun …) are few."""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)


def is_foreign(text: str) -> bool:
    """Tell whether ``text`` is surely not English. Short texts get the benefit of the doubt: names look foreign."""
    if _plainly_english(text) or sum(map(str.isalpha, text)) < _SHORTEST:
        return False
    ranked = dict(_identifier().rank(text))
    return bool(max(ranked.values()) - ranked["en"] > _MARGIN)


def _plainly_english(text: str) -> bool:
    """Spare the model where a quarter of the words are English function words: it costs as much as a third of the stance model."""
    words = _WORD.findall(text)
    return len(words) > 3 and sum(word.lower() in _FUNCTION_WORDS for word in words) >= _PLAIN * len(text.split())
