"""Cut a news text into its units: sentences, headlines and captions, each with its character span.

The codebook's unit is the sentence as printed. Page furniture (datelines, bylines, credits, section titles,
"Leave a Comment") is no unit; it is reported as skipped, with a reason, so that nothing vanishes silently.
Sentence boundaries come from nupunkt; this module adds what news pages need around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import nupunkt

SEGMENTER = "nupunkt-news/1"
"""Name and version, stored with every score file: another segmenter means other units."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of text: ``text[start:end]`` of the document, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stretch of page furniture, ``text[start:end]``, with the reason why it is no unit."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Segmented:
    """The units and the skipped stretches of one document, each in reading order."""

    units: tuple[Unit, ...]
    skipped: tuple[Skipped, ...]


_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE = rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{4}}-\d{{2}}-\d{{2}})"
_AGENCY = r"(?:AP|AFP|Reuters|REUTERS|EPA|EFE|TASS|IRNA|Tasnim|Sputnik|Getty Images|POOL|Pool|Shutterstock|Xinhua|Anadolu)"

# Prefixes end where the sentence begins. A dateline needs a dash, an agency or a date, so that
# "MOSCOW LOOKS EAST" keeps its first word.
_PREFIXES = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (rf"(?:date )?{_DATE}\s*[–—-](?!\d)\s*(?:\([A-Z][\w .-]+\)\s*)?(?=\S)", "dateline"),
        (r"date \d{4}-\d{2}-\d{2}\s+(?=\S)", "dateline"),
        (rf"[A-Z][A-Z .'’-]{{2,40}}(?:, [A-Z][a-z]+)?(?:, {_DATE})?\.?\s*(?:/{_AGENCY}/|\({_AGENCY}\))\.?\s*[–—-]*\s*(?=\S)", "dateline"),
        (rf"[A-Z][A-Z.'’-]{{2,}}(?: [A-Z][A-Z.'’-]+){{0,3}}(?:, [A-Z][a-z]+)?(?:, {_DATE})?\s+[–—-]+\s+(?=[^a-z\s])(?!.*\s[–—-]\s)", "dateline"),
        (rf"[A-Z][\w.'’-]+(?: [\w.'’-]+){{0,4}}(?: ?/ ?[A-Z]\w*(?: \w+){{0,3}}){{0,3}}? ?/ ?{_AGENCY}\s+(?=[A-Z])", "credit"),
        (rf"(?:[A-Z][\w.'’-]+ ){{1,4}}\({_AGENCY}\)\s+(?=[A-Z])", "credit"),
        (rf"\((?:Credit: ?|Photo: ?)?{_AGENCY}[^)]{{0,40}}\)\s+(?:[–—-]+\s*)?(?=\S)", "credit"),
    )
)
_PERSON = r"[A-Z][\w.'’-]*"
_WHOLE = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"(?i:(?:leave a (?:comment|reply)|share(?: this)?(?: article)?|advertisement|subscribe(?: now)?|sign up|related (?:articles|stories|topics)"
         r"|more on this story|print|comments?|(?:read more|follow us|tags?)(?::? \S+){0,4})\W*)", "page furniture"),
        (rf"(?i:(?:published:? |updated:? |date:? )?{_DATE}(?:,? \d{{4}})?\W*(?:(?:at )?\d{{1,2}}:\d{{1,2}}(?: ?[ap]\.?m\.?)?(?: [A-Z]{{2,4}})?)?\W*)", "date line"),
        (rf"[Bb]y {_PERSON}(?:(?:,? and |, | ){_PERSON}){{0,8}}", "byline"),
        (rf"(?i:photo|image|picture|credit|source)s?: (?:{_AGENCY}(?: .{{1,30}})?|{_PERSON}(?: {_PERSON}){{0,3}})", "credit"),
    )
)  # fmt: skip
# A name with a role ("— John Hardie, FDD Russia Program Deputy Director") stands behind a quotation; a dash before
# anything longer or without a comma may be a bullet.
_ATTRIBUTION = re.compile(rf"[—–-]\s?{_PERSON}(?: {_PERSON}){{1,3}}, [^.!?]{{2,80}}$")
_TERMINAL = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_SMALL_WORDS = frozenset(["a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "under", "vs", "with"])
_LONGEST_TITLE = 8
_LONGEST_LINE = 10_000


def segment(text: str) -> Segmented:
    """Return the units of ``text`` and what was skipped as page furniture.

    The first line that is no furniture is a unit if it has three words or more (the headline), and so is a text of
    one line; later lines that look like section titles are skipped, unless the text is a list of
    headlines.
    Offsets count Python characters (code points) of ``text`` as given. Empty text has no units.
    """
    lines = list(_lines(text))
    prose = _is_prose([text[a:b] for a, b in lines])
    units: list[Unit] = []
    skipped: list[Skipped] = []
    for start, end in lines:
        line = text[start:end]
        reason = furniture_in(line) if len(lines) > 1 else None
        if reason is None and prose and _is_section_title(line, first=not units):
            reason = "section title"
        if reason is not None:
            skipped.append(Skipped(start, end, reason))
            continue
        body, prefixes = _after_prefixes(text, start, end)
        skipped += prefixes
        for unit in _sentences(text, body, end):
            if units and _ATTRIBUTION.match(text[unit.start : unit.end]):
                skipped.append(Skipped(unit.start, unit.end, "byline"))
            else:
                units.append(unit)
    return Segmented(tuple(units), tuple(skipped))


def _is_prose(lines: list[str]) -> bool:
    """Tell an article from a list of headlines: most of its characters stand in lines that end like sentences."""
    ended = sum(len(line) for line in lines if _TERMINAL.search(line))
    return len(lines) > 1 and 2 * ended >= sum(map(len, lines))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of each line that is not blank, white space trimmed."""
    position = 0
    for line in text.splitlines(keepends=True):
        span = _trim(text, position, position + len(line))
        if span[0] < span[1]:
            yield span
        position += len(line)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def furniture_in(line: str) -> str | None:
    """Return why a line is page furniture as a whole, None for a line that is not."""
    for pattern, reason in _WHOLE:
        if pattern.fullmatch(line):
            return reason
    return "byline" if _ATTRIBUTION.fullmatch(line) else None


def _after_prefixes(text: str, start: int, end: int) -> tuple[int, list[Skipped]]:
    """Return where the sentence begins behind datelines and credits, and those stretches."""
    found: list[Skipped] = []
    for pattern, reason in _PREFIXES:
        match = pattern.match(text, start, end)
        if match:
            found.append(Skipped(start, _trim(text, start, match.end())[1], reason))
            start = match.end()
    return start, found


def _is_section_title(line: str, *, first: bool) -> bool:
    """Tell a short line in title case without closing punctuation; a verb cannot be told without a tagger."""
    words = line.split()
    if len(words) > _LONGEST_TITLE or _TERMINAL.search(line):
        return False
    if first or len(words) <= 2:
        return len(words) <= 2
    return all(word[0].isupper() or not word[0].isalpha() or word in _SMALL_WORDS for word in words)


def _sentences(text: str, start: int, end: int) -> Iterator[Unit]:
    while start < end:
        cut = _cut(text, start, end)
        for a, b in nupunkt.sent_spans(text[start:cut]):
            span = _trim(text, start + a, start + b)
            if span[0] < span[1]:
                yield Unit(*span)
        start = cut


def _cut(text: str, start: int, end: int) -> int:
    """Return where a line is cut before nupunkt sees it: its time grows with the square of a line of mere punctuation."""
    if end - start <= _LONGEST_LINE:
        return end
    space = text.rfind(" ", start + 1, start + _LONGEST_LINE)
    return space if space > 0 else start + _LONGEST_LINE
