"""The cues by which a sentence tells that a source speaks, as the codebook's rule 1 defines the field ``voice``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.voice import words
from service.voice.clauses import verb_cue
from service.voice.headline import headline_cues
from service.voice.tokens import POSSESSIVE, VERBS, Token, low

_STIRRED = re.compile(
    r"\b(?:raise|stir|spark|cause|prompt|dr[ae]w|voice|express|provoke|trigger|fuel)\w* (?:\w+ ){0,2}?(?:concerns?|worr(?:y|ies)|alarm|fears?|criticism|condemnation"
    r"|objections?|questions|outrage|unease|protests?|dismay|anger|fury)\b"
    r"|\b(?:[Ff]ears|[Ww]orr(?:ies|y)|[Cc]oncerns?|[Aa]larm|[Uu]nease|[Dd]ismay|[Cc]omplaints) (?:(?:in|among|at) [^,;:—]{2,60}? )?(?:that|in [A-Z]\w+)\b"
)
_SIGNS = words.OPINIONS | words.FEELINGS | words.REPORTED | {"according"}
_FEELING_ABOUT = frozenset(("that", "about", "of", "by", "at", "with", "over", ".", ","))


class Cue(NamedTuple):
    """A place where a source shows: ``name`` says how, ``at`` is the token that shows it."""

    name: str
    at: int


def cues(sentence: str, tokens: list[Token]) -> Iterator[Cue]:
    """Yield the cues of a sentence; what stands in quotation marks should have been blanked."""
    stirred = False
    for place, token in enumerate(tokens):
        if token.kind in VERBS:
            if name := verb_cue(tokens, place):
                yield Cue(name, place)
        elif token.low in _SIGNS and (name := _phrase(tokens, place)):
            yield Cue(name, place)
        stirred = stirred or token.low in words.REACTIONS
    yield from (Cue(name, place) for name, place in headline_cues(tokens))
    if stirred and _STIRRED.search(sentence):
        yield Cue("reaction", 0)


def _phrase(tokens: list[Token], place: int) -> str | None:
    """Return how a word that is no verb tells of a speaker: "according to", "in his view", "is convinced that"."""
    word, last, after = tokens[place].low, low(tokens, place - 1), low(tokens, place + 1)
    if word == "according":
        return "according" if after == "to" and low(tokens, place + 2) not in ("plan", "schedule") else None
    if word in words.REPORTED:
        return "reaction"
    if word in words.OPINIONS and place:
        owned = tokens[place - 1].kind == POSSESSIVE or last.endswith("'s") or last in ("his", "her", "their", "own", "our", "my")
        if (owned or (last == "the" and after == "of")) and any(t.low in ("in", "by") for t in tokens[max(0, place - 7) : place]):
            return "opinion"
    if word in words.FEELINGS and after in _FEELING_ABOUT and any(t.low in words.BE or t.low in words.FEELS for t in tokens[max(0, place - 3) : place]):
        return "feels"
    return None
