"""Dots with intervals: one row a group, one panel a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.report.markup import escape, with_interval
from service.report.shares import Share, Tally
from service.report.svg import WIDTH, Axis, chart, element, fitted, line, marker, share_axis, words

_NAMES, _GAP, _ROW, _PAIR, _TOP, _BOTTOM = 246, 30, 26, 32, 50, 46
PANELS = 3
"""Panels side by side; more labels go to further charts."""
_SETTLED = 10
"""Groups of fewer stories do not stretch the axis; their intervals are cut where the panel ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """A group: its name, a note beside it, and one tally a series."""

    name: str
    note: str
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Dots:
    """What a dot plot needs besides its rows. ``classes`` colour the labels; ``series`` name a row's tallies; ``overall`` is drawn as a line."""

    identifier: str
    title: str
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    series: tuple[str, ...]
    overall: Tally | None


def dot_plots(rows: Sequence[Row], plot: Dots) -> str:
    """Return the charts of all labels, ``PANELS`` of them side by side."""
    starts = range(0, len(plot.labels), PANELS)
    return "".join(_chart(rows, plot, range(start, min(start + PANELS, len(plot.labels)))) for start in starts)


def _chart(rows: Sequence[Row], plot: Dots, labels: range) -> str:
    top = _TOP + (22 if len(plot.series) > 1 else 0)
    step = _PAIR if len(plot.series) > 1 else _ROW
    bottom = top + step * len(rows)
    panels = min(PANELS, len(plot.labels))
    width = (WIDTH - _NAMES - _GAP * (panels - 1) - 24) / panels
    parts = [_legend(plot)] if len(plot.series) > 1 else []
    for i, row in enumerate(rows):
        y = top + step * (i + 0.5)
        parts += [words(fitted(row.name, 22), _NAMES - 66, y + 4, "name", "end"), words(row.note, _NAMES - 16, y + 4, "note", "end")]
    for place, label in enumerate(labels):
        start = _NAMES + place * (width + _GAP)
        parts += _panel(rows, plot, label, share_axis(_values(rows, label), start, start + width), (top, bottom))
    names = ", ".join(plot.labels[i] for i in labels)
    description = f"{plot.title}: {names}. A dot is a share of units, a line its 95 % interval. The numbers stand in the table below the chart."
    return chart(f"{plot.identifier}-{labels.start}", plot.title, description, bottom + _BOTTOM, parts)


def _values(rows: Sequence[Row], label: int) -> list[float]:
    """Return what the axis must show: every share, and the intervals of groups with stories enough."""
    tallies = [tally for row in rows for tally in row.tallies]
    shares = [(tally, share) for tally in tallies if (share := tally.shares[label])]
    ends = [end for tally, share in shares if share.interval and tally.stories >= _SETTLED for end in share.interval]
    few = [end for _, share in shares if share.interval for end in share.interval]
    return [share.value for _, share in shares] + (ends or few)


def _panel(rows: Sequence[Row], plot: Dots, label: int, axis: Axis, span: tuple[float, float]) -> list[str]:
    top, bottom = span
    middle, step = (axis.start + axis.end) / 2, (bottom - top) / max(1, len(rows))
    parts = [words(fitted(plot.labels[label], 28), axis.start, top - 14, "panel")]
    for tick in axis.ticks:
        parts += [line(axis.at(tick), top, axis.at(tick), bottom, "grid"), words(f"{100 * tick:.4g}", axis.at(tick), bottom + 17, "tick", "middle")]
    parts += [line(axis.start, bottom, axis.end, bottom, "axis"), words("share of units (%)", middle, bottom + 37, "label", "middle")]
    if plot.overall and (mean := plot.overall.shares[label]):
        parts.append(line(axis.at(mean.value), top, axis.at(mean.value), bottom, "mean"))
    for i, row in enumerate(rows):
        for number, tally in enumerate(row.tallies):
            y = top + step * (i + 0.5) + (number - (len(row.tallies) - 1) / 2) * 10
            told = f"{row.name}, {plot.series[number]}: {plot.labels[label]}"
            parts.append(_dot(tally.shares[label], axis, y, (label, number, plot.classes[label]), told))
    return parts


def _dot(share: Share | None, axis: Axis, y: float, look: tuple[int, int, str], told: str) -> str:
    if share is None:
        return ""
    label, number, colour = look
    low, high = share.interval or (share.value, share.value)
    kind = f"{colour} hollow" if number else colour
    content = [element("title", escape(f"{told} {with_interval(share)}")), line(axis.at(low), y, axis.at(high), y, f"whisker {colour}")]
    return element("g", "".join([*content, marker(axis.at(share.value), y, label, f"mark {kind}")]))


def _legend(plot: Dots) -> str:
    parts, x = [], float(_NAMES)
    for number, name in enumerate(plot.series):
        parts += [marker(x + 5, 12, 0, "mark plain hollow" if number else "mark plain"), words(name, x + 16, 16, "tick")]
        x += 34 + 7.2 * len(name)
    return "".join(parts)
