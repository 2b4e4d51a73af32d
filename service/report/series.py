"""Shares by month: one panel a label above a common time axis, each with its band of intervals, and the units of each month below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.report.markup import escape, with_interval
from service.report.shares import Tally
from service.report.svg import WIDTH, Axis, chart, element, fitted, line, marker, points, share_axis, words

_LEFT, _RIGHT, _PANEL, _GAP, _TOP, _COUNTS, _BOTTOM = 70, 16, 120, 40, 30, 46, 44
_SETTLED = 10
_FAR, _FEW = 36, 0.01
"""Months that stand more than three years from the rest and hold under one per cent of the units are mistyped dates more often than not."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month ("2024-05") and its tally."""

    name: str
    tally: Tally

    @property
    def number(self) -> int:
        """Return the months since the year 0."""
        return 12 * int(self.name[:4]) + int(self.name[5:7]) - 1


def charted(months: Sequence[Month]) -> list[Month]:
    """Return the months that the chart shows, in order: without those few that stand far from the rest, which would squeeze it."""
    kept = [month for month in months if month.tally.units]
    total = sum(month.tally.units for month in kept)
    for _ in range(2):  # from the end, then, turned round, from the beginning
        kept.reverse()
        for i in range(1, len(kept)):
            if abs(kept[i].number - kept[i - 1].number) > _FAR and sum(month.tally.units for month in kept[:i]) < _FEW * total:
                kept = kept[i:]
                break
    return kept


def time_series(months: Sequence[Month], labels: Sequence[str], classes: Sequence[str], identifier: str) -> str:
    """Return the chart; ``months`` in order and not empty. A line joins neighbouring months only."""
    first, last = months[0].number, months[-1].number
    time = Axis(first, max(last, first + 1), _LEFT + 8, WIDTH - _RIGHT, ())
    parts: list[str] = []
    for i, label in enumerate(labels):
        top = _TOP + i * (_PANEL + _GAP)
        parts += [words(fitted(label, 40), _LEFT, top - 9, "panel"), *_panel(months, i, classes[i], time, top)]
        parts.append(element("text", "share of units (%)", class_="label", text_anchor="middle", transform=f"translate(18 {top + _PANEL / 2}) rotate(-90)"))
    top = _TOP + len(labels) * (_PANEL + _GAP)
    parts += [*_units(months, time, top), *_dates(time, (first, last), top + _COUNTS)]
    description = f"Share of {', '.join(labels)} among the units of each month from {months[0].name} to {months[-1].name}, with bands of 95 % intervals. The numbers stand in the table below."
    return chart(identifier, "Shares by month", description, top + _COUNTS + _BOTTOM, parts)


def _panel(months: Sequence[Month], label: int, colour: str, time: Axis, top: float) -> list[str]:
    shares = [(month, share) for month in months if (share := month.tally.shares[label])]
    ends = [end for month, share in shares if share.interval and month.tally.stories >= _SETTLED for end in share.interval]
    few = [end for _, share in shares if share.interval for end in share.interval]
    axis = share_axis([share.value for _, share in shares] + (ends or few), top + _PANEL, top)
    parts = [line(_LEFT, axis.at(tick), WIDTH - _RIGHT, axis.at(tick), "grid") for tick in axis.ticks]
    parts += [words(f"{100 * tick:.4g}", _LEFT - 8, axis.at(tick) + 4, "tick", "end") for tick in axis.ticks]
    for run in _runs([month for month, _ in shares]):
        there = [(time.at(month.number), month.tally.shares[label]) for month in run]
        spans = [(x, share.interval or (share.value, share.value)) for x, share in there if share]
        band = [(x, axis.at(span[1])) for x, span in spans] + [(x, axis.at(span[0])) for x, span in reversed(spans)]
        ridge = [(x, axis.at(share.value)) for x, share in there if share]
        parts += [element("polygon", points=points(band), class_=f"band {colour}"), element("polyline", points=points(ridge), class_=f"ridge {colour}")]
    for month, share in shares:
        x, told = time.at(month.number), element("title", escape(f"{month.name}: {with_interval(share)}"))
        low, high = share.interval or (share.value, share.value)
        whisker = line(x, axis.at(low), x, axis.at(high), f"thin {colour}")
        parts.append(element("g", told + whisker + (marker(x, axis.at(share.value), label, f"mark {colour}") if len(months) <= 60 else "")))
    return parts


def _runs(months: Sequence[Month]) -> list[list[Month]]:
    """Return the months cut where one is missing."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and month.number == runs[-1][-1].number + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _units(months: Sequence[Month], time: Axis, top: float) -> list[str]:
    """Return bars of the units of each month: how much stands behind each share."""
    most = max(month.tally.units for month in months)
    wide = min(14.0, max(1.0, 0.7 * (time.end - time.start) / (time.high - time.low + 1)))
    parts = [words("units", _LEFT, top - 9, "panel"), words(f"{most:,}", _LEFT - 8, top + 5, "tick", "end"), words("0", _LEFT - 8, top + _COUNTS + 4, "tick", "end")]
    for month in months:
        height = max(0.5, _COUNTS * month.tally.units / most)
        told = element("title", f"{month.name}: {month.tally.units:,} units of {month.tally.stories:,} stories")
        bar = element("rect", told, x=time.at(month.number) - wide / 2, y=top + _COUNTS - height, width=wide, height=height, class_="bar")
        parts.append(bar)
    return parts


def _dates(time: Axis, span: tuple[int, int], bottom: float) -> list[str]:
    """Return the time axis, with ticks at round months."""
    first, last = span
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200) if (last - first) / s <= 11), 6000)
    parts = [line(_LEFT, bottom, WIDTH - _RIGHT, bottom, "axis"), words("month of publication", (_LEFT + WIDTH - _RIGHT) / 2, bottom + 38, "label", "middle")]
    for number in range(first + -first % step, last + 1, step):
        x = time.at(number)
        name = f"{number // 12:04d}" if step >= 12 else f"{number // 12:04d}-{number % 12 + 1:02d}"
        parts += [line(x, bottom, x, bottom + 5, "axis"), words(name, x, bottom + 19, "tick", "middle")]
    return parts
