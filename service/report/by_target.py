"""Several targets in one run: the shares of each side by side, then the sections of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from service.report.bars import stacked_bars
from service.report.gather import Findings
from service.report.look import Look, countings
from service.report.markup import escape, figure, foreign, table, tally_cells

_IDENTIFIERS = re.compile(r' (id|aria-labelledby)="([^"]*)"')

Sections = Callable[[Findings, Look], Sequence[str]]


def targets_overview(parts: Sequence[Findings], look: Look) -> str:
    """Return the section that compares the targets: one bar each, every article counting, and the numbers under each way of counting."""
    rows = [(name_of(part), part.by_article.overall.tallies["both"]) for part in parts]
    chart = stacked_bars(rows, look.labels, look.classes, "targets-chart", "Share of each label among the units of each target")
    cells = [[escape(name_of(part)), words, *tally_cells(counting.overall.tallies["both"])] for part in parts for _, counting, words in countings(part)]
    numbers = table(["Target", "Counting", "Units", "Stories", *map(escape, look.labels)], cells, words=2)
    caption = "Share of each label among the units of articles that name the target. A sentence is a unit of every target that it was scored for."
    return f'<section id="targets"><h2>Shares by target</h2>{figure(chart, caption, numbers)}</section>'


def target_sections(number: int, part: Findings, look: Look, sections: Sections) -> str:
    """Return one target's sections under its name; what they are called within the page gets the target's number, so that no name stands twice."""
    content = _IDENTIFIERS.sub(lambda found: f' {found[1]}="{" ".join(f"t{number}-{name}" for name in found[2].split())}"', "".join(sections(part, look)))
    return f'<section id="target-{number}"><h2>Toward: {foreign(name_of(part), 120)}</h2></section>{content}'


def name_of(part: Findings) -> str:
    """Return the name of the target that the figures are about."""
    return part.target or ""
