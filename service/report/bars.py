"""Stacked bars: how the units divide among the labels."""

from __future__ import annotations

from collections.abc import Sequence

from service.report.markup import escape, percent, with_interval
from service.report.shares import Tally
from service.report.svg import WIDTH, chart, element, fitted, line, words

_NAMES, _RIGHT, _BAR, _STEP, _TOP, _BOTTOM = 180, 24, 30, 52, 46, 44
_LETTER = 7.4


def stacked_bars(rows: Sequence[tuple[str, Tally]], labels: Sequence[str], classes: Sequence[str], identifier: str, title: str) -> str:
    """Return bars of 100 % each, the labels named above the first, the shares written in their parts or below them."""
    wide, bottom = WIDTH - _NAMES - _RIGHT, _TOP + _STEP * len(rows) - 10
    parts: list[str] = _key(labels, classes)
    for i, (name, tally) in enumerate(rows):
        y = _TOP + i * _STEP
        parts += [words(name, _NAMES - 14, y + _BAR / 2 + 5, "name", "end"), *_bar(tally, labels, classes, y, wide)]
    parts.append(line(_NAMES, bottom + 6, WIDTH - _RIGHT, bottom + 6, "axis"))
    for tick in (0, 25, 50, 75, 100):
        x = _NAMES + wide * tick / 100
        parts += [line(x, bottom + 6, x, bottom + 11, "axis"), words(str(tick), x, bottom + 25, "tick", "middle")]
    parts.append(words("share of units (%)", _NAMES + wide / 2, bottom + 42, "label", "middle"))
    told = "; ".join(f"{name}: " + ", ".join(f"{label} {with_interval(share)}" for label, share in zip(labels, tally.shares, strict=True)) for name, tally in rows)
    return chart(identifier, title, f"{told}.", bottom + _BOTTOM + 4, parts)


def _bar(tally: Tally, labels: Sequence[str], classes: Sequence[str], y: float, wide: float) -> list[str]:
    """Return the parts of a bar; a share too narrow for its figure has it below, with the label's name."""
    parts, x, free = [], float(_NAMES), float(_NAMES)
    for label, colour, share in zip(labels, classes, tally.shares, strict=True):
        if share is None or not share.value:
            continue
        width, figure = wide * share.value, percent(share.value)
        told = element("title", escape(f"{label} {with_interval(share)}"))
        parts.append(element("rect", told, x=x, y=y, width=max(0.5, width - 1), height=_BAR, class_=f"part {colour}"))
        inside = f"{label} {figure}" if width > _LETTER * len(f"{label} {figure}") + 12 else figure
        if width > _LETTER * len(figure) + 10:
            parts.append(words(inside, x + width / 2, y + _BAR / 2 + 5, f"inside {colour}", "middle"))
        else:
            below = f"{fitted(label, 20)} {figure}"
            at = min(max(x, free), WIDTH - _LETTER * len(below))
            parts.append(words(below, at, y + _BAR + 14, "note"))
            free = at + _LETTER * len(below) + 14
        x += width
    return parts or [words("no units", _NAMES, y + _BAR / 2 + 5, "note")]


def _key(labels: Sequence[str], classes: Sequence[str]) -> list[str]:
    """Return the labels' names in the order of the bars' parts, each with its colour."""
    parts, x = [], float(_NAMES)
    for label, colour in zip(labels, classes, strict=True):
        name = fitted(label, 20)
        parts += [element("rect", x=x, y=14, width=12, height=12, class_=f"part {colour}"), words(name, x + 18, 25, "panel")]
        x += 44 + _LETTER * len(name)
    return parts
