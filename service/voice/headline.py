"""Speakers as headlines name them: "Kremlin: …", "… — Kremlin", "… – senior Russian diplomat"."""

from __future__ import annotations

from collections.abc import Iterator

from service.voice import words
from service.voice.tokens import BODY, DASH, NAME, NUMBER, PERSON, POSSESSIVE, SUBJECTS, VERBS, Token, low

_QUESTIONS = words.word_set("what how why where who when")
_PREPOSITIONS = words.word_set("in on at to about before after")
_NEVER_INSIDE = frozenset((",", ";", "(", DASH, "and", "?", "!"))
_FIRST_WORDS, _LAST_WORDS = 14, 10


def headline_cues(tokens: list[Token]) -> Iterator[tuple[str, int]]:
    """Yield "colon" and "dash" with the place of the mark beside which the speaker stands."""
    colon = next((place for place, token in enumerate(tokens[:_FIRST_WORDS]) if token.low == ":"), 0)
    if 0 < colon < len(tokens) - 1 and low(tokens, colon + 1) not in _QUESTIONS and names_speaker(tokens[before_colon(tokens, colon) : colon], anywhere=True):
        yield "colon", colon
    first = max(2, len(tokens) - _LAST_WORDS - 1)
    dash = next((place for place in range(len(tokens) - 2, first, -1) if tokens[place].low == DASH), 0)
    if dash and names_speaker(tokens[dash + 1 :]):
        yield "dash", dash


def before_colon(tokens: list[Token], colon: int) -> int:
    """Return where the stretch before a colon begins: behind the last dash ("TEHRAN, May 3 – Velayati: …") or at the start."""
    return next((place + 1 for place in range(colon - 1, 0, -1) if tokens[place].low == DASH), 0)


def names_speaker(stretch: list[Token], *, anywhere: bool = False) -> bool:
    """Tell a stretch that names who speaks from a topic, a rubric or a clause; ``anywhere`` allows "Rouhani in Sochi"."""
    told = [token for token in stretch if token.low not in ('"', ".")]
    if not told or len(told) > 9 or not (told[-1].kind in SUBJECTS or told[-1].low in words.WRITINGS) or any(map(_is_no_part, told)):
        return False
    if any(token.kind in (PERSON, BODY) or token.low in words.WRITINGS for token in told):
        return True
    if anywhere and len(told) <= 6 and told[0].kind == NAME and told[0].low not in words.PLACES:
        return all(token.kind in (NAME, POSSESSIVE) or token.low in _PREPOSITIONS for token in told)
    return len(told) <= 4 and all(token.kind == NAME for token in told) and any(token.low not in words.PLACES for token in told)


def _is_no_part(token: Token) -> bool:
    return token.kind == NUMBER or token.low in words.RUBRICS or token.low in words.BE or token.low in _NEVER_INSIDE or (token.kind in VERBS and token.ending == "d")
