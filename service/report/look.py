"""What the sections share: the labels' colours, the two ways of counting, the outlets' names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.report.counts import NO_OUTLET, OTHERS, Counting
from service.report.gather import Findings

_COLOURS = 6


@dataclass(frozen=True, slots=True)
class Look:
    """Labels in model order with the style-sheet class of each one's colour (Okabe and Ito 2008; grey for the label without evaluation)."""

    labels: tuple[str, ...]
    classes: tuple[str, ...]


def look_of(labels: Sequence[str], default: str | None) -> Look:
    """Return the colours of ``labels``; ``default`` is the codebook's label without evaluation, None where it is not known."""
    others = [label for label in labels if label != default]
    return Look(tuple(labels), tuple("cd" if label == default else f"c{others.index(label) % _COLOURS}" for label in labels))


def countings(found: Findings) -> Iterator[tuple[str, Counting, str]]:
    """Yield class, figures and words of each way of counting; only the first where no story was printed twice."""
    yield "by-article", found.by_article, "every article counts"
    if found.reprints:
        yield "by-story", found.by_story, "every story counts once"


SWITCH = (
    '<div class="switch" role="group" aria-label="How to count reprints"><label for="count-articles">Every article counts</label>'
    '<label for="count-stories">Every story counts once</label></div>'
)
CHOICES = (
    '<input class="choice" type="radio" name="count" id="count-articles" checked aria-label="Every article counts">'
    '<input class="choice" type="radio" name="count" id="count-stories" aria-label="Every story counts once">'
)


def switch(found: Findings) -> str:
    """Return the switch between the two ways of counting, where they differ."""
    return SWITCH if found.reprints else '<p class="soft">No story was printed twice: counting every story once gives the same shares.</p>'


def outlet_name(outlet: str | int) -> str:
    """Return an outlet's name, or what stands for the pooled ones and for none."""
    return {OTHERS: "other outlets", NO_OUTLET: "outlet not given"}[outlet] if isinstance(outlet, int) else outlet
