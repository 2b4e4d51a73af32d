"""Whose voice a unit carries: the outlet's own, or that of a source, with the speaker where the text names one.

Rules, not a model: quotation marks (open ones carry over within a paragraph), verbs and phrases of saying, and
reported reactions, as the codebook's rule 1 defines the field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labels.records import Voice
from service.segment import Unit

_SAY = (
    r"(?:said|says|say|saying|told|tells|added|adds|noted|notes|remarked|stated|states that|declared|declares|announced|announces"
    r"|claimed|claims|insisted|insists|stressed|stresses|emphasi[sz]ed|emphasi[sz]es|warned|warns|argued|argues|asserted|conceded"
    r"|explained|explains|wrote|writes|tweeted|posted|quipped|joked|replied|answered|asked|recalled|reiterated|affirmed|confirmed"
    r"|confirms|acknowledged|admitted|denied|denies|dismissed|rejected|rejects|accused|accuses|blamed|blames|condemned|condemns"
    r"|criticized|criticised|denounced|praised|praises|hailed|hails|lauded|welcomed|welcomes|thanked|thanks|vowed|vows|pledged|pledges"
    r"|promised|promises|urged|urges|called on|calls on|called for|calls for|expressed|expresses|voiced|suggested|suggests|described|describes"
    r"|reported|believes|believed|thinks|hopes|hoped|expects|fears|feared|complained|complains|lamented|predicted|appreciated|assessed"
    r"|considered|declined to say|declined to comment|vow|urge|hope|fear|believe|stating|announcing|warning|calling it|suggesting|arguing|insisting)"
)
_REPORT = re.compile(
    r"\b(?:according to|in the words of|in (?:his|her|their) (?:words|view|opinion)|as per|quoted (?:by|as)|cited by|reportedly|allegedly"
    r"|(?:raised|raising|sparked|caused|prompted|drew|voiced) (?:\w+ )?(?:concerns?|alarm|fears|criticism|condemnation|objections|questions)"
    r"|statement (?:said|read)|media (?:said|report)|(?:officials?|analysts?|experts?|sources?|diplomats?|critics?|observers?) (?:in \S+ )?(?:\w+ )?(?:said|say|warn|fear|believe|argue))\b",
    re.IGNORECASE,
)
_SAYING = re.compile(rf"\b{_SAY}\b")
_SOURCE_TAG = re.compile(r"\s[—–]\s[\w'’]+(?:\s[\w'’]+){0,5}\s?$")
_TITLE = (
    r"(?:(?:[A-Z][\w’'-]+ )?(?:[Pp]resident|[Pp]rime [Mm]inister|[Ff]oreign [Mm]inister|[Mm]inister|[Ss]enator|[Ss]pokes(?:man|woman|person)"
    r"|[Aa]mbassador|[Ss]ecretary(?: of [Ss]tate)?|[Gg]eneral|[Aa]dviser|[Aa]dvisor|Sen\.|Rep\.|Gen\.|Mr\.|Mrs\.|Ms\.|Dr\.|Leader|leader|official|counterpart))"
)
_WORD = r"[A-Z][\w-]++(?:[’'](?!s\b)[\w-]++)*+(?![’']s)"
_NAME = rf"{_WORD}(?: (?:{_WORD}|al|bin|de|von)){{0,5}}"
_ADVERB = r"(?:(?:also|then|has|had|have|earlier|later|went on to)\s+)*"
_SPEAKERS = (
    re.compile(rf",\s+(?P<name>{_NAME}),\s+{_ADVERB}{_SAY}\b"),
    re.compile(rf"\b{_SAY}\s+(?:[\w-]+[’']s\s+)?(?:{_TITLE},?\s+){{0,4}}(?P<name>{_NAME})"),
    re.compile(rf"(?<!of )(?<!and )(?<![\w’'-])(?:{_TITLE},?\s+){{0,4}}(?P<name>{_NAME})(?:,[^,]{{2,60}},)?\s+{_ADVERB}{_SAY}\b"),
    re.compile(rf"\b[Aa]ccording to (?:[\w-]+[’']s\s+)?(?:{_TITLE},?\s+){{0,4}}(?P<name>{_NAME})"),
)
# Countries, their people and calendar words stand where a name would, but nobody of that name speaks.
_NOT_SPEAKER = re.compile(
    r"Iran(?:ian)?|Russian?|US|U\.S|American|Western|Israeli?|Ukrain(?:e|ian)|Turk(?:ey|ish)|He|She|They|It|We|I|The|This|That|Both|On|In|At|An?"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
)
_LONGEST_SEARCH = 2000
_OPENING, _STRAIGHT = "“«„", '"'
_MARK = re.compile('[“«„”»"\n]')


@dataclass(frozen=True, slots=True)
class VoiceReading:
    """A unit's voice; ``speaker`` is None for the outlet's voice and where no name is printed."""

    voice: Voice
    speaker: str | None


def read_voices(text: str, units: Sequence[Unit]) -> list[VoiceReading]:
    """Return the voice of each unit of ``text``; a quotation lasts to its closing mark or the line's end."""
    inside = _quoted_mask(text)
    return [_read(text[u.start : u.end], inside[u.start : u.end]) for u in units]


def read_voice(sentence: str) -> VoiceReading:
    """Return the voice of a sentence that stands alone."""
    return read_voices(sentence, [Unit(0, len(sentence))])[0]


def _quoted_mask(text: str) -> bytearray:
    """Mark each character that stands within double quotation marks, the opening one included; a line break closes them."""
    mask = bytearray(len(text))
    opened: int | None = None
    for mark in _MARK.finditer(text):
        place, char = mark.start(), mark.group()
        if char in _OPENING or (char == _STRAIGHT and opened is None):
            opened = place if opened is None else opened
        elif opened is not None:
            mask[opened:place] = b"\1" * (place - opened)
            opened = None
    if opened is not None:
        mask[opened:] = b"\1" * (len(text) - opened)
    return mask


def _read(sentence: str, quoted: bytearray) -> VoiceReading:
    mostly_quoted = 2 * quoted.count(1) > len(sentence)
    if not (mostly_quoted or _SAYING.search(sentence) or _REPORT.search(sentence) or _SOURCE_TAG.search(sentence)):
        return VoiceReading("outlet", None)
    # Names inside the quotation are spoken of, not speaking.
    spoken = "".join(" " if q else c for c, q in zip(sentence, quoted, strict=True))
    return VoiceReading("source", _speaker(spoken))


def _speaker(sentence: str) -> str | None:
    """Return the first name that stands by a verb of saying, without countries before it."""
    for pattern in _SPEAKERS:
        for match in pattern.finditer(sentence[:_LONGEST_SEARCH]):
            words = match["name"].split()
            while words and _NOT_SPEAKER.fullmatch(words[0]):
                del words[0]
            if words:
                return " ".join(words)
    return None
