"""The section on corrected shares: beside the raw ones, with what they rest on and what they assume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.prevalence.alike import LEVEL
from service.prevalence.correct import ENOUGH, FEW, Corrected, Correction
from service.report.dots import Dots, Row, dot_plots
from service.report.gather import Findings
from service.report.look import Look, outlet_name
from service.report.markup import escape, figure, foreign, percent, table, with_interval
from service.report.series import Month, charted

_SERIES = ("corrected", "raw counts")
_GROUPS = ("outlets", "months")
_METHODS = {"own": "own labels", "pooled": "pooled error rates", "none": "too few labels"}


def corrected(found: Findings, look: Look) -> str:
    """Return the section, empty where nothing was corrected: the caution says so then."""
    correction = found.correction
    if correction is None:
        return ""
    outlets = [(outlet_name(outlet), group) for outlet, group in correction.outlets.items()]
    shown = charted([Month(name, group.raw) for name, group in correction.months.items() if name is not None])
    dated = [(month.name, correction.months[month.name]) for month in shown]
    listed = [(name or "no date", group) for name, group in correction.months.items()]
    caption = "Corrected shares (filled) and raw counts (hollow), with 95 % intervals; every article counts. The grey number is that of labelled units."
    parts = [
        _basis(correction),
        _plot("corrected-all", "Corrected and raw shares overall", [("whole archive", correction.overall)], look, caption),
        "<h3>By outlet</h3>",
        _plot("corrected-outlets", "Corrected and raw shares by outlet", outlets, look, caption),
        "<h3>By month</h3>",
        _plot("corrected-months", "Corrected and raw shares by month", dated, look, caption, listed) if dated else "<p>No scored article has a date.</p>",
        _errors(correction, look),
        _assumptions(correction),
    ]
    return f'<section id="corrected"><h2>Shares corrected for the model’s errors</h2>{"".join(parts)}</section>'


def _plot(identifier: str, title: str, groups: Sequence[tuple[str, Corrected]], look: Look, caption: str, listed: Sequence[tuple[str, Corrected]] | None = None) -> str:
    rows = [Row(name, f"{group.labelled:,}", (group.tally, group.raw)) for name, group in groups]
    chart = dot_plots(rows, Dots(identifier, title, look.labels, look.classes, _SERIES, None))
    head = ["Group", "Shares", "By", "Units", "Labelled", *map(escape, look.labels)]
    return figure(chart, caption, table(head, _cells(listed or groups), words=3))


def _cells(groups: Sequence[tuple[str, Corrected]]) -> Iterator[list[str]]:
    for name, group in groups:
        counts = [f"{group.raw.units:,}", f"{group.labelled:,}"]
        yield [foreign(name, 80), "corrected", _METHODS[group.method], *counts, *(escape(with_interval(share)) for share in group.tally.shares)]
        yield [foreign(name, 80), "raw", "model’s counts", *counts, *(escape(with_interval(share)) for share in group.raw.shares)]


def _basis(correction: Correction) -> str:
    """Return what the correction rests on, in numbers, and what was kept out of it."""
    labelled = correction.labelled
    left = [
        f"{labelled.chosen:,} units of the chosen share stay out: they were picked, and would bias every share" if labelled.chosen else "",
        f"{labelled.unknown:,} units that do not say how they were drawn stay out" if labelled.unknown else "",
        f"{labelled.open:,} random units stay out because their annotators disagree and nobody adjudicated; they may be the hardest, so adjudicate them" if labelled.open else "",
        f"{correction.missing:,} labelled units are not among the scored ones" if correction.missing else "",
    ]
    told = "".join(f"<li>{item}.</li>" for item in left if item)
    few = f" So few leave wide intervals; {FEW} or more are better." if correction.matched < FEW else ""
    return (
        f"<p>{correction.matched:,} units of {correction.stories:,} stories, drawn at random from this archive and labelled by people, show how often the model errs here.{few} "
        f"Groups with {ENOUGH} or more of them are corrected by their own, {_others(correction)}.</p>" + (f"<ul>{told}</ul>" if told else "")
    )


def _others(correction: Correction) -> str:
    """Return what is done with groups that have few labels."""
    if not correction.pooled:
        return "the others not at all: label more, or say <code>--pooled</code> and mind what it assumes"
    refused = [groups for p, groups in zip(correction.differ, _GROUPS, strict=True) if p is not None and p < LEVEL]
    kept = f"; not so {' and '.join(refused)}, among which the labelled units show different error rates" if refused else ""
    return f"the others by the error rates of all of them together{kept}"


def _errors(correction: Correction, look: Look) -> str:
    """Return the table of what the model gave the labelled units."""
    head = ["Labelled as", *(f"model: {escape(label)}" for label in look.labels), "Read rightly"]
    rows = [
        [escape(label), *(f"{count:,}" for count in row), percent(row[i] / sum(row)) if sum(row) else "–"]
        for i, (label, row) in enumerate(zip(look.labels, correction.confusion, strict=True))
    ]
    return f"<h3>What the model made of the labelled units</h3>{table(head, rows)}"


def _assumptions(correction: Correction) -> str:
    return (
        "<h3>What this assumes</h3><ul>"
        "<li>The labelled units were drawn at random from the units scored here, and their labels are right.</li>"
        "<li>They did not train the model that scored: it would err less on them than on the others, and the correction would be too small.</li>"
        "<li><em>Own labels</em> assume nothing more (prediction-powered inference, Angelopoulos and others 2023).</li>"
        f"{_pooled(correction) if correction.pooled else ''}"
        "<li>Each interval is for one share at a time.</li></ul>"
    )


def _pooled(correction: Correction) -> str:
    """Return what pooled error rates assume, and what the labelled units say of it."""
    told = [
        f"<strong>The labelled units speak against it: the model errs otherwise in some {groups} than in others (p {p:.3f}).</strong>"
        if p < LEVEL
        else f"The labelled units do not speak against it for {groups} (p {p:.2f}), which few of them seldom would."
        for p, groups in zip(correction.differ, _GROUPS, strict=True)
        if p is not None
    ]
    return (
        "<li><em>Pooled error rates</em> assume that the model mistakes each label for each other one as often in every outlet and month (adjusted count, Forman 2008). Real outlets "
        f"often break this, and the intervals do not know it; label more to do without. {' '.join(told)}</li>"
    )
