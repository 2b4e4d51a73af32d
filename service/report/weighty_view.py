"""The section of the sentences that weigh most for each label."""

from __future__ import annotations

from service.report.gather import Findings
from service.report.look import Look
from service.report.markup import escape, foreign, web_link
from service.report.sentences import KEPT, SET_ASIDE, Weighty


def weighty(found: Findings, look: Look) -> str:
    """Return the sentences that weigh most, label by label."""
    intro = (
        f"<p>Up to {KEPT} sentences a label, those with the highest probability of it among the sentences that were given it; one a story at most, none "
        f"flagged {' or '.join(', '.join(SET_ASIDE).rsplit(', ', 1))}. These are the model's surest, not the archive's most typical.</p>"
    )
    parts = [_label(label, colour, found.sentences.best.get(label, [])) for label, colour in zip(look.labels, look.classes, strict=True)]
    return f'<section id="sentences"><h2>Sentences that weigh most</h2>{intro}{"".join(parts)}</section>'


def _label(label: str, colour: str, sentences: list[Weighty]) -> str:
    listed = "".join(map(_sentence, sentences))
    body = f'<ol class="weighty">{listed}</ol>' if listed else "<p>None.</p>"
    return f'<h3><span class="swatch {colour}"></span>{escape(label)}</h3>{body}'


def _sentence(sentence: Weighty) -> str:
    return (
        f'<li><span class="probability">{sentence.probability:.3f}</span><div><blockquote>{foreign(sentence.text)}</blockquote>'
        f'<div class="origin">{_origin(sentence)}</div></div></li>'
    )


def _origin(sentence: Weighty) -> str:
    """Return outlet, date, voice, flags, then the article: linked where its address is one of the web, else by its place in the archive."""
    document = foreign(sentence.document, 100)
    link = web_link(sentence.url, document)
    place = link or f"{document} in <code>{foreign(f'{sentence.path} {sentence.record}'.strip(), 160)}</code>"
    voice = "own voice" if sentence.voice != "source" else f"{foreign(sentence.speaker, 60)} speaking" if sentence.speaker else "a source speaking"
    outlet = foreign(sentence.outlet, 80) if sentence.outlet else "outlet not given"
    date = foreign(sentence.published, 10) if sentence.published else "no date"
    return " · ".join([outlet, date, voice, *map(escape, sentence.flags), place])
