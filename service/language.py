"""Tell English from other languages, sentence by sentence."""

from __future__ import annotations

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SHORTEST = 25
_MARGIN = 15.0
"""Log-likelihood lead that another language needs over English: names alone stay under it, a foreign clause does not."""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)


def is_foreign(text: str) -> bool:
    """Tell whether ``text`` is surely not English. Short texts get the benefit of the doubt: names look foreign."""
    if sum(c.isalpha() for c in text) < _SHORTEST:
        return False
    ranked = dict(_identifier().rank(text))
    return bool(max(ranked.values()) - ranked["en"] > _MARGIN)
