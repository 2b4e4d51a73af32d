"""SVG by hand: elements, scales and ticks. Colours are classes, so that the page's style sheet serves light, dark and print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import east_asian_width

from service.report.markup import escape

WIDTH = 960
_NARROWEST = 0.02
_TURNS = {code: None for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""Direction marks, dropped from names in charts: SVG has no <bdi>."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from shares (``low`` to ``high``) to pixels (``start`` to ``end``), with its ticks."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return the pixel of a share, held to the axis."""
        inside = min(self.high, max(self.low, value))
        return round(self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start), 2)


def share_axis(values: Iterable[float], start: float, end: float, count: int = 4) -> Axis:
    """Return an axis for shares: from 0, unless all are far from it; at most about ``count`` steps between round ticks."""
    found = list(values) or [0.0, 1.0]
    low, high = min(found), max(found)
    if high - low < _NARROWEST:
        low, high = max(0.0, low - _NARROWEST / 2), min(1.0, high + _NARROWEST / 2)
    if low < 0.5 * high or low < 0.1:
        low = 0.0
    step = _round_step((high - low) / count)
    last = min(max(math.ceil(high / step - 1e-9), 1), round(1 / step))
    first = min(math.floor(low / step + 1e-9), last - 1)
    ticks = tuple(round(i * step, 6) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def element(name: str, content: str = "", **attributes: str | float) -> str:
    """Return an element; ``content`` is markup, attribute values are escaped; ``class_`` and ``stroke_width`` lose and change their underscores."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"' for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>" if content or name in ("text", "title", "desc") else f"<{name}{written}/>"


def words(content: str, x: float, y: float, kind: str = "", anchor: str = "start") -> str:
    """Return a line of text; hostile content is escaped, and cannot turn the direction of what stands beside it."""
    return element("text", escape(content.translate(_TURNS)), x=x, y=y, class_=kind or "tick", text_anchor=anchor)


def fitted(text: str, columns: int) -> str:
    """Return text cut to so many columns of a chart; Chinese, Japanese and Korean characters take two."""
    ends = list(accumulate(2 if east_asian_width(character) in "WF" else 1 for character in text[: columns + 1]))
    return text if not ends or (len(text) <= columns and ends[-1] <= columns) else text[: sum(end < columns for end in ends)].rstrip() + "…"


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def marker(x: float, y: float, shape: int, kind: str) -> str:
    """Return a mark: circle, square, triangle or diamond, so that colour is not alone in telling labels apart."""
    r = 4.5
    if shape % 4 == 0:
        return element("circle", cx=x, cy=y, r=r, class_=kind)
    if shape % 4 == 1:
        return element("rect", x=x - 4, y=y - 4, width=8, height=8, class_=kind)
    corners = {2: [(0, -r - 0.5), (r + 0.5, r - 0.5), (-r - 0.5, r - 0.5)], 3: [(0, -r - 1), (r + 1, 0), (0, r + 1), (-r - 1, 0)]}[shape % 4]
    return element("polygon", points=points([(x + dx, y + dy) for dx, dy in corners]), class_=kind)


def points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in pairs)


def chart(identifier: str, title: str, description: str, height: float, parts: Iterable[str], width: float = WIDTH) -> str:
    """Return a whole chart, with title and description for screen readers."""
    head = element("title", escape(title), id=f"{identifier}-title") + element("desc", escape(description), id=f"{identifier}-desc")
    named = f"{identifier}-title {identifier}-desc"
    return element("svg", head + "".join(parts), viewBox=f"0 0 {width:.0f} {height:.0f}", width=width, height=height, role="img", aria_labelledby=named, class_="chart")


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
