"""The model card's Markdown as HTML: the few forms that `training.card` writes, everything else as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.report.markup import escape, table

_RULE = re.compile(r"\|?[\s:|-]+\|?")


def card_as_html(text: str) -> str:
    """Return headings, tables, lists and paragraphs as HTML; markup in the text is escaped."""
    return "".join(map(_block, _blocks(text)))


def _blocks(text: str) -> Iterator[list[str]]:
    """Yield runs of lines between empty lines."""
    held: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            held.append(line)
        elif held:
            yield held
            held = []


def _block(lines: list[str]) -> str:
    if lines[0].startswith("#"):
        level = 3 if len(lines[0]) - len(lines[0].lstrip("#")) < 2 else 4
        rest = _block(lines[1:]) if lines[1:] else ""
        return f"<h{level}>{_inline(lines[0].lstrip('# '))}</h{level}>{rest}"
    if lines[0].startswith("|") and len(lines) > 1 and _RULE.fullmatch(lines[1]):
        return _table(lines)
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    head, *rows = ([_inline(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in (lines[0], *lines[2:]))
    return table(head, [(row + [""] * len(head))[: len(head)] for row in rows])


def _inline(text: str) -> str:
    strong = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", strong)
