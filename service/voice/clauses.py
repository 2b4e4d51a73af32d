"""The grammar around a verb of saying: whether it is one here, and whose it is."""

from __future__ import annotations

from service.voice import words
from service.voice.tokens import DASH, NUMBER, POSSESSIVE, SUBJECTS, WORD, WRITING, Token, before, low

_BREAKS = frozenset((",", DASH, ";", ":", "(", ")", '"'))
_QUOTES = frozenset(("that", '"', ":"))
_CLAUSE = words.word_set("he she it they there we i")
_SUBORDINATE = words.word_set("who which and but where when whose that or whom while though if because after before since until how what")
_PREPOSITIONS = words.word_set("of in for with by on two three about from at")
_TALKED_OF = words.word_set("call cite condemn criticise criticize denounce describe hail praise quote")
_LONGEST_TAG = 9


def subject(tokens: list[Token], place: int) -> int | None:
    """Return the last token of a finite verb's subject, an apposition between them passed over; None where no speaker stands there."""
    left = before(tokens, place)
    if left > 0 and tokens[left].low in (DASH, ",", ")"):
        mark = "(" if tokens[left].low == ")" else tokens[left].low
        left = next((k - 1 for k in range(left - 1, max(0, left - 20), -1) if tokens[k].low == mark), -1)
    return left if left >= 0 and tokens[left].kind in SUBJECTS else None


def verb_cue(tokens: list[Token], place: int) -> str | None:
    """Return how the verb of saying at ``place`` tells of a speaker, None where it does not."""
    token, after = tokens[place], low(tokens, place + 1)
    if token.ending == "g":
        return _participle(tokens, place)
    if _is_noun(tokens, place):
        return None
    if token.ending == "d" and _is_passive(tokens, place):
        return "talked of" if after in ("by", "as") and token.base in _TALKED_OF else None
    if low(tokens, place - 1) == "to":
        return "went on" if low(tokens, place - 2) in ("on", "declined", "refused") else None
    if low(tokens, before(tokens, place)) in ("who", "which", "that"):
        return None
    if after in _QUOTES or (after == "," and low(tokens, place + 2) == '"') or (after in _CLAUSE and subject(tokens, place) is not None):
        return "that"
    if _is_tag(tokens, place):
        return "tag"
    return _plain(tokens, place)


def _plain(tokens: list[Token], place: int) -> str | None:
    token = tokens[place]
    if token.kind == "says":
        return "says"
    if place < 12 and tokens[0].low == "as" and low(tokens, place + 1) != "a" and all(t.low != "," for t in tokens[:place]):
        return "as"
    if token.kind != "holds" or (token.base == "believe" and low(tokens, place + 1) == "in"):
        return None
    who = subject(tokens, place)
    return "holds" if low(tokens, place - 1) in words.PRONOUNS or (who is not None and tokens[who].kind != WRITING) else None


def _participle(tokens: list[Token], place: int) -> str | None:
    token, last = tokens[place], low(tokens, place - 1)
    if token.kind == "says" and low(tokens, before(tokens, place)) in words.BE and any(t.kind in SUBJECTS for t in tokens[max(0, place - 4) : place]):
        return "says"
    return "adds" if low(tokens, place + 1) in _QUOTES or (last == "," and (token.kind == "says" or token.base == "call")) else None


def _is_noun(tokens: list[Token], place: int) -> bool:
    """Tell a noun or an attribute ("the claimed speed", "its reports") from a finite verb."""
    ending = tokens[place].ending
    if not place:
        return ending in ("0", "s")
    last = tokens[place - 1]
    if ending in ("0", "s") and (low(tokens, place + 1) in words.BE or low(tokens, place + 1) in ("has", "have", "had", "will", "would")):
        return True
    if last.kind in (POSSESSIVE, NUMBER) or last.low.endswith("'s") or (last.low in words.DETERMINERS and last.low not in ("this", "that", "some", "any")):
        return True
    if ending == "0" and last.low != "to" and not _has_plural_subject(tokens, place):
        return True
    return ending in ("0", "s") and last.low in _PREPOSITIONS


def _has_plural_subject(tokens: list[Token], place: int) -> bool:
    """Tell a bare form that can be finite, as in "analysts warn", "…, vow to upgrade ties" (headlines) and "… — maintain that"."""
    left, after = before(tokens, place), low(tokens, place + 1)
    if left >= 0:
        last = tokens[left]
        if last.kind in SUBJECTS or last.low in words.PRONOUNS or last.low in ("and", "some", "many", "others", "this", "that") or last.low.endswith("s"):
            return True
    return after == "that" or (tokens[place].kind == "says" and tokens[place].base != "say" and low(tokens, place - 1) == "," and after != ",")


def _is_passive(tokens: list[Token], place: int) -> bool:
    left, after = before(tokens, place), low(tokens, place + 1)
    if low(tokens, left) in words.BE or after == "by":
        return True
    if tokens[place].base == "say" and after == "to" and place + 2 < len(tokens) and tokens[place + 2].kind == WORD:
        return True  # "said to hold"
    return after in ("of", "in", "as", "about") and left == place - 1 and tokens[left].kind not in SUBJECTS and tokens[left].low not in words.PRONOUNS


def _is_tag(tokens: list[Token], place: int) -> bool:
    """Tell a clause of its own: "…, analysts say", "…, said the minister, …"."""
    left = place - 1
    while left >= 0 and place - left <= _LONGEST_TAG and tokens[left].low not in _BREAKS:
        left -= 1
    if low(tokens, left) not in (",", DASH, '"', ";") or left < 0:
        return False
    if left + 1 == place:
        return tokens[place].ending in ("d", "s") and _begins_speaker(tokens, place + 1)
    return low(tokens, left + 1) not in _SUBORDINATE and low(tokens, place + 1) in (".", ",", "", '"', DASH, ";")


def _begins_speaker(tokens: list[Token], place: int) -> bool:
    if place >= len(tokens):
        return False
    return tokens[place].kind in SUBJECTS or tokens[place].kind == POSSESSIVE or tokens[place].low in ("the", "a", "an", "one", "its", "his")
