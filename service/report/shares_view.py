"""Sections on shares: overall, by outlet, by month, by voice."""

from __future__ import annotations

from collections.abc import Mapping

from service.report.bars import stacked_bars
from service.report.counts import Group
from service.report.dots import Dots, Row, dot_plots
from service.report.gather import Findings
from service.report.look import Look, countings, outlet_name, switch
from service.report.markup import escape, figure, foreign, table, tally_cells
from service.report.series import Month, charted, time_series
from service.report.shares import Tally

_VOICES = (("outlet", "own voice"), ("source", "quoted"))
_NOTHING = "<p>No units were scored: there is nothing to share out.</p>"


def overall(found: Findings, look: Look) -> str:
    """Return the section on the whole archive."""
    if not found.sentences.units:
        return _section("overall", "Shares overall", _NOTHING)
    rows = [(words, counting.overall.tallies["both"]) for _, counting, words in countings(found)]
    chart = stacked_bars(rows, look.labels, look.classes, "overall-chart", "Share of each label among all units")
    numbers = table(["Counting", "Units", "Stories", *map(escape, look.labels)], ([name, *tally_cells(tally)] for name, tally in rows))
    note = "" if found.reprints else " No story was printed twice, so that counting every story once changes nothing."
    return _section("overall", "Shares overall", figure(chart, f"Share of each label among all units.{note}", numbers))


def outlets(found: Findings, look: Look) -> str:
    """Return the section on outlets."""
    if not found.sentences.units:
        return ""
    parts = [switch(found)]
    for kind, counting, words in countings(found):
        groups = _scored(counting.outlets)
        rows = [Row(name, f"{group.units:,}", (group.tallies["both"],)) for name, group in groups.items()]
        plot = Dots(f"outlets-{kind}", f"Shares by outlet, {words}", look.labels, look.classes, ("share",), counting.overall.tallies["both"])
        head = ["Outlet", "Articles", "Units", "Stories", *map(escape, look.labels)]
        numbers = table(head, ([foreign(name, 80), f"{g.articles:,}", *tally_cells(g.tallies["both"])] for name, g in groups.items()))
        caption = f"Share of units by outlet, with 95 % intervals; {words}. The grey number is the outlet's units, the dashed line the whole archive. Each panel has its own axis."
        parts.append(figure(dot_plots(rows, plot), caption, numbers, kind))
    return _section("outlets", "Shares by outlet", "".join(parts))


def months(found: Findings, look: Look) -> str:
    """Return the section on months."""
    if not found.sentences.units:
        return ""
    parts = [switch(found)]
    for kind, counting, words in countings(found):
        dated = [Month(name, group.tallies["both"]) for name, group in counting.months.items() if name is not None]
        shown = charted(dated)
        left_out = len([month for month in dated if month.tally.units]) - len(shown)
        rows = [(name or "no date", group) for name, group in counting.months.items()]
        numbers = table(["Month", "Articles", "Units", "Stories", *map(escape, look.labels)], ([name, f"{g.articles:,}", *tally_cells(g.tallies["both"])] for name, g in rows))
        if not shown:
            parts.append(f'<div class="{kind}"><p>No scored article has a date that begins with year and month.</p>{numbers}</div>')
            continue
        caption = f"Share of units by month of publication, with 95 % intervals; {words}. Each panel has its own axis; bands that leave a panel are cut."
        caption += f" In the table only: {left_out} of the months, far from the rest and with few units." if left_out else ""
        undated = counting.months[None].units if None in counting.months else 0
        caption += f" {undated:,} units without a date are not shown." if undated else ""
        parts.append(figure(time_series(shown, look.labels, look.classes, f"months-{kind}"), caption, numbers, kind))
    return _section("months", "Shares by month", "".join(parts))


def voices(found: Findings, look: Look) -> str:
    """Return the section on the outlet's own voice against quoted voice."""
    if not found.sentences.units:
        return ""
    parts = ["<p>A unit is in a <em>quoted</em> voice when a source speaks in it, directly or reported; all else is the outlet's <em>own</em> voice.</p>", switch(found)]
    for kind, counting, words in countings(found):
        rows = [(name, counting.overall.tallies[voice]) for voice, name in _VOICES]
        chart = stacked_bars(rows, look.labels, look.classes, f"voices-{kind}", f"Shares by voice, {words}")
        parts.append(figure(chart, f"Share of each label by voice, whole archive; {words}.", _voice_table([("whole archive", counting.overall)], look), kind))
        groups = _scored(counting.outlets)
        plot = Dots(f"voice-outlets-{kind}", f"Shares by voice and outlet, {words}", look.labels, look.classes, tuple(name for _, name in _VOICES), None)
        lines = [Row(name, f"{group.units:,}", _by_voice(group)) for name, group in groups.items()]
        caption = f"Own voice (filled) and quoted voice (hollow) by outlet, with 95 % intervals; {words}. The grey number is the outlet's units."
        parts.append(figure(dot_plots(lines, plot), caption, _voice_table([(foreign(name, 80), g) for name, g in groups.items()], look), kind))
    return _section("voices", "Own voice and quoted voice", "".join(parts))


def _voice_table(groups: list[tuple[str, Group]], look: Look) -> str:
    rows = [[name, words, *tally_cells(tally)] for name, group in groups for (_, words), tally in zip(_VOICES, _by_voice(group), strict=True)]
    return table(["Outlet", "Voice", "Units", "Stories", *map(escape, look.labels)], rows, words=2)


def _by_voice(group: Group) -> tuple[Tally, ...]:
    return tuple(group.tallies[voice] for voice, _ in _VOICES)


def _scored(groups: Mapping[str | int, Group]) -> dict[str, Group]:
    """Return the outlets with units, by name; an outlet that is called as the pooled ones are keeps apart from them."""
    named: dict[str, Group] = {}
    for outlet, group in groups.items():
        name = outlet_name(outlet)
        if group.units:
            named[f"{name} (pooled)" if name in named else name] = group
    return named


def _section(identifier: str, title: str, content: str) -> str:
    return f'<section id="{identifier}"><h2>{title}</h2>{content}</section>'
