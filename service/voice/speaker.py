"""The name of who speaks, as the sentence prints it; rather none than a wrong one."""

from __future__ import annotations

from collections.abc import Sequence

from service.voice import words
from service.voice.clauses import subject
from service.voice.cues import Cue
from service.voice.headline import before_colon
from service.voice.tokens import BODY, DASH, NAME, PERSON, POSSESSIVE, Token, before, low, spans

_FIRST = ("dash", "colon", "tag")
_NAMELESS = frozenset(("reaction", "feels", "talked of"))
_PARTICLES = words.word_set("al el bin ibn de van von der")
_PREPOSITIONS = words.word_set("of in from to for at on with by near over against between about like than")
_CONJUNCTIONS = words.word_set("or after because when as if while since until before that")
_PLURALS_THAT_SPEAK = words.PLACES | words.word_set("abbas athens brussels damascus minsk paris reuters tass")
_BODIES_OF_ONE_WORD = words.word_set("kremlin pentagon duma mfa")


def speaker(sentence: str, tokens: list[Token], found: Sequence[Cue]) -> str | None:
    """Return the name by the outermost cue, titles left out; None where it has but a role, or nobody.

    A second cue is not asked when the first has a speaker without a name: its names are of those spoken of.
    """
    told = [cue for cue in found if cue.name not in _NAMELESS]
    for cue in sorted(told, key=lambda cue: _FIRST.index(cue.name) if cue.name in _FIRST else len(_FIRST)):
        run = _run_by(tokens, cue)
        if run is not None:
            return _printed(sentence, tokens, run)
        if cue.name in _FIRST or subject(tokens, cue.at) is not None:
            return None
    return None


def _run_by(tokens: list[Token], cue: Cue) -> range | None:
    """Return the places of the name that stands by a cue."""
    if cue.name == "colon":
        return _before_colon(tokens, cue.at)
    if cue.name == "dash":
        return _ending(tokens, next((place for place in range(len(tokens) - 1, cue.at, -1) if tokens[place].low not in (".", '"')), cue.at))
    if cue.name == "according":
        return _behind(tokens, cue.at + 1)
    if cue.name == "opinion":
        return _ending(tokens, cue.at - 1, possessive=True)
    if cue.name == "adds":
        return _at_start(tokens)
    return _subject_run(tokens, cue.at - (3 if low(tokens, cue.at - 2) == "on" else 2) if cue.name == "went on" else cue.at)


def _subject_run(tokens: list[Token], verb: int) -> range | None:
    """Return the name in the apposition that a verb follows ("his spokesman, Dmitry Peskov, said"), before the verb, or behind it (", said Raisi")."""
    left = before(tokens, verb)
    if low(tokens, left) == ",":
        inner = _ending(tokens, left - 1)
        if inner and low(tokens, inner.start - 1) == ",":
            return inner
    who = subject(tokens, verb)
    if who is not None:
        return _ending(tokens, who)
    return _behind(tokens, verb) if low(tokens, verb - 1) in (",", '"', DASH) and tokens[verb].base != "thank" else None


def _ending(tokens: list[Token], last: int, *, possessive: bool = False, alone: bool = False) -> range | None:
    """Return the name that ends at ``last``, with the one that "and" joins to it; None where it only says of what or where somebody is."""
    first = last if possessive and tokens[last].kind == POSSESSIVE else last + 1
    while first > 0 and (tokens[first - 1].kind in (NAME, BODY) or (first <= last and tokens[first - 1].low in _PARTICLES)):
        first -= 1
    while first <= last and (tokens[first].low in words.TITLES or tokens[first].low.endswith("-based")):
        first += 1
    if first > last or possessive:
        return range(first, last + 1) if first <= last else None
    outside = first - 1
    while low(tokens, outside) in ("the", "both"):
        outside -= 1
    if alone and low(tokens, outside) in ("and", *_PREPOSITIONS):
        return None
    if low(tokens, outside) == "and":
        other = _ending(tokens, outside - 1, alone=True)
        return range(other.start, last + 1) if other else None
    if low(tokens, outside) in _PREPOSITIONS:
        if first < last and tokens[first].low in words.PLACES:  # "ambassador to Iran Levan Dzhagaryan"
            return range(first + 1, last + 1)
        return _ending(tokens, outside - 1, alone=True) if outside and tokens[outside - 1].kind == BODY else None
    return None if low(tokens, outside) in _CONJUNCTIONS and outside else range(first, last + 1)


def _behind(tokens: list[Token], place: int) -> range | None:
    """Return the name behind ``place``, roles and whose they are passed over; None where it only qualifies a role ("US officials")."""
    first = place + 1
    while first < len(tokens) and first - place < 8 and _is_role(tokens, first):
        first += 1
    last = first
    while last < len(tokens) and (tokens[last].kind in (NAME, BODY) or (last > first and tokens[last].low in _PARTICLES)):
        last += 1
    follower = tokens[last] if last < len(tokens) else None
    if last == first or (follower and (follower.kind in (PERSON, POSSESSIVE) or follower.low in ("former", "deputy"))):
        return None
    return range(first, last)


def _is_role(tokens: list[Token], place: int) -> bool:
    """Tell a word before a name that is no part of it, "Iranian Foreign" before "Minister" included."""
    token = tokens[place]
    if token.kind in (PERSON, POSSESSIVE) or token.low in words.TITLES or token.low in ("the", "a", "an", "then", "former", "deputy"):
        return True
    ahead = place
    while ahead < len(tokens) and ahead - place < 3 and tokens[ahead].kind == NAME:
        ahead += 1
    return ahead > place and ahead + 1 < len(tokens) and tokens[ahead].kind == PERSON and tokens[ahead + 1].kind in (NAME, PERSON)


def _before_colon(tokens: list[Token], colon: int) -> range | None:
    first = before_colon(tokens, colon)
    last = first
    while last < colon and tokens[last].kind in (NAME, BODY):
        last += 1
    if last < colon and tokens[last].kind in (PERSON, POSSESSIVE):
        return _ending(tokens, colon - 1)
    return range(first, last) if last > first else None


def _at_start(tokens: list[Token]) -> range | None:
    """Return the name with which a sentence begins, for ", saying …" far behind it."""
    last = 0
    while last < len(tokens) and tokens[last].kind == NAME:
        last += 1
    return range(last) if 0 < last < len(tokens) and tokens[last].kind not in (PERSON, POSSESSIVE, BODY) and tokens[last].low not in (",", "and") else None


def _printed(sentence: str, tokens: list[Token], run: range) -> str | None:
    """Return a run of tokens as printed, if it is a name: neither a nationality nor a common noun."""
    places, at = list(run), spans(sentence)
    if any(not sentence[at[place][0]].isupper() for place in places if tokens[place].low not in _PARTICLES | {"and", "the"}):
        return None
    if all(tokens[place].kind == NAME for place in places):
        while places and tokens[places[0]].low in words.NATIONALS:
            del places[0]
    if not places or all(tokens[place].low.removesuffix("s") in words.NATIONALS for place in places) or (len(places) == 1 and _is_common(tokens, places[0])):
        return None
    text = sentence[at[places[0]][0] : at[places[-1]][1]]
    return text.removesuffix("'s").removesuffix("’s").rstrip("’'")


def _is_common(tokens: list[Token], place: int) -> bool:
    """Tell "Office" and, at the beginning, "Refiners" from a name of one word."""
    token = tokens[place]
    if token.kind == BODY:
        return token.low not in _BODIES_OF_ONE_WORD
    return not place and token.low.endswith("s") and token.low not in _PLURALS_THAT_SPEAK
