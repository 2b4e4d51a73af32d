"""A sentence as words and marks, each with what it may be: a verb of saying, a name, a person by role."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from service.voice import words
from service.voice.verbs import verb_forms

LONGEST = 4000
"""Characters of a sentence that are read for cues; nobody attributes further in."""

NAME, POSSESSIVE, PERSON, BODY, WRITING, WORD, NUMBER, MARK = "name", "name's", "person", "body", "writing", "word", "number", "mark"
VERBS = frozenset(("says", "holds", "reports"))
SUBJECTS = frozenset((NAME, PERSON, BODY, WRITING))
DASH = "—"
_TOKEN = re.compile(r"[^\W\d_]{1,40}+(?:[’'\-.&][^\W\d_]{1,40}+){0,6}+(?:\.(?= ?[A-Z])|[’'](?!\w))?|\d{1,40}+(?:[.,]\d{1,40}+){0,6}+|\s[–-]{1,9}(?=\s)|[–-]{2,9}|[^\w\s]")
_FOLDED = {**dict.fromkeys("“”«»„‘’'", '"'), "–": "-"}


class Token(NamedTuple):
    """A word or mark: ``kind``, its lower-case form, a verb's base form and ending ("" where it is none)."""

    kind: str
    low: str
    base: str
    ending: str


def tokenise(sentence: str) -> list[Token]:
    """Return the tokens of a sentence's first ``LONGEST`` characters, in order."""
    texts = _TOKEN.findall(sentence, 0, LONGEST)
    if _in_title_case(texts):
        return [_read(text, True) for text in texts]
    return [_read(text, False) for text in texts] if not texts else [_read(texts[0], True), *(_read(text, False) for text in texts[1:])]


def spans(sentence: str) -> list[tuple[int, int]]:
    """Return where the tokens of ``tokenise`` stand, as (start, end) in characters."""
    return [match.span() for match in _TOKEN.finditer(sentence, 0, LONGEST)]


def low(tokens: list[Token], place: int) -> str:
    """Return the lower-case form of the token at ``place``, "" outside the sentence."""
    return tokens[place].low if 0 <= place < len(tokens) else ""


def before(tokens: list[Token], place: int) -> int:
    """Return the place of the first token left of ``place`` that is neither auxiliary nor adverb, -1 at the beginning."""
    left = place - 1
    while left >= 0 and place - left < 6 and tokens[left].kind == WORD and (tokens[left].low in words.AUXILIARY or tokens[left].low.endswith("ly")):
        left -= 1
    return left


def _in_title_case(texts: list[str]) -> bool:
    if not all(text[0].isupper() for text in texts[:5] if len(text) > 3 and text[0].isalpha()):
        return False
    longer = [text for text in texts if len(text) > 3 and text[0].isalpha()]
    return len(longer) > 3 and sum(text[0].isupper() for text in longer) > 0.8 * len(longer)


@lru_cache(maxsize=1 << 15)
def _read(text: str, plain: bool) -> Token:  # noqa: FBT001 - the cache is faster by position
    """Return a token; a ``plain`` word may be a common one though it is capitalised."""
    if not text[0].isalpha():
        if text[0].isdigit():
            return Token(NUMBER, "0", "", "")
        dash = text[0].isspace() or len(text) > 1  # a hyphen between spaces is a dash, as is a double one
        return Token(MARK, DASH if dash else _FOLDED.get(text, text), "", "")
    folded = text.lower().replace("’", "'").removesuffix("'")
    capital = text[0].isupper()
    if plain or not capital:
        if verb := verb_forms().get(folded):
            return Token(verb.kind, folded, verb.base, verb.ending)
        if folded in _common():
            return Token(WORD, folded, "", "")
    if noun := _nouns().get(folded):
        return Token(noun, folded, "", "")
    if not capital or folded in words.CALENDAR or folded == "i":
        return Token(WORD, folded, "", "")
    return Token(POSSESSIVE if folded.endswith("'s") else NAME, folded, "", "")


@cache
def _nouns() -> dict[str, str]:
    return {**dict.fromkeys(words.WRITINGS, WRITING), **dict.fromkeys(words.BODIES, BODY), **dict.fromkeys(words.PERSONS, PERSON)}


@cache
def _common() -> frozenset[str]:
    plain = words.COMMON | words.DETERMINERS | words.AUXILIARY | words.PRONOUNS | words.BE | words.FEELINGS | words.FEELS | words.OPINIONS | words.RUBRICS
    return plain - _nouns().keys()
