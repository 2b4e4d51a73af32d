"""Print what `labels quality` found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labels.problems import shorten
from labels.quality.drift import SIZE, Finding
from labels.quality.peers import Peer
from labels.quality.report import Quality, Suspects

_SHOWN = 5


def quality_lines(found: Quality) -> Iterator[str]:
    """Yield the findings, one section after the other."""
    sheet = found.sheet
    repeated = f", {sheet.repeated:,} earlier readings of the same unit by the same annotator set aside" if sheet.repeated else ""
    yield f"{len(sheet.rows):,} readings of {len(sheet.by_unit):,} units by {len(sheet.annotators)} annotators{repeated}"
    yield f"alpha {_interval(found.alpha, found.interval)}  by label: {_named(found.alphas)}"
    yield "each annotator against the majority of the others:"
    yield from (f"  {line}" for peer in found.peers for line in _peer(peer))
    yield f"agreement by {found.period_kind}:"
    yield from (f"  {period.name}  {_interval(period.alpha, period.interval)}  {period.units:,} units" for period in found.periods)
    yield from _alarms(found)
    hasty = [f"{pace.annotator} {pace.hasty:.0%} (median {pace.median_seconds:.0f} s)" for pace in found.paces if pace.hasty]
    if hasty:
        yield f"labels given faster than the sentence can be read: {', '.join(hasty)}"
    open_, torn = found.open, sum(one.leading is None for one in found.open)
    yield f"to adjudicate: {len(open_):,} units, {torn:,} without a majority; first:" if open_ else "to adjudicate: nothing"
    yield from (f"  {', '.join(f'{label} {n}' for label, n in one.votes.items())}: {shorten(one.row.text, 110)}" for one in open_[:_SHOWN])


def suspect_lines(found: Suspects) -> Iterator[str]:
    """Yield the suspected label errors and whose probabilities they rest on."""
    yield f"suspected label errors: {len(found.suspects):,}"
    yield from (f"  {judge.units:,} units judged by {judge.source}, which did not see them and agrees with {judge.agreement:.0%} of the labels" for judge in found.judges)
    yield from (f"  {note}" for note in found.notes)
    yield from (f"  {s.given}, rather {s.proposed}? ({s.probability:.2f}) {shorten(s.row.text, 110)}" for s in found.suspects[:_SHOWN])


def _peer(peer: Peer) -> Iterator[str]:
    if peer.agreement is None:
        yield f"{peer.name}: no unit with a majority of others"
        return
    without = f"; alpha of the others {peer.without:.2f}" if peer.without is not None else ""
    yield f"{peer.name}: {_interval(peer.agreement, peer.interval)} of {peer.units:,} units{without}"
    missed = [(n, theirs, own) for theirs, row in peer.confusion.items() for own, n in row.items() if own != theirs and n]
    if missed:
        yield "  " + ", ".join(f"{own} where they say {theirs} {n:,}" for n, theirs, own in sorted(missed, reverse=True)[:3])


def _alarms(found: Quality) -> Iterator[str]:
    tests, alarms = len(found.findings), [one for one in found.findings if one.alarm]
    if not tests:
        yield "drift: nobody has units enough in common with others to be tested"
    elif not alarms:
        yield f"drift: none in {tests} tests (Holm, 5 %; changes under {100 * SIZE:.0f} points do not count)"
    else:
        yield f"drift: {len(alarms)} of {tests} tests raise an alarm (Holm, 5 %):"
        yield from (f"  {_alarm(one)}" for one in alarms)
        if len(found.sheet.annotators) == 2:
            yield "  of two annotators nobody can say which one changed"


def _alarm(one: Finding) -> str:
    p = f"p {one.p:.4f}"
    if one.kind == "apart":
        return f"{one.annotator} stands apart: agrees with the others on {one.after:.0%} of units, expected {one.before:.0%} were all alike ({p})"
    if one.kind == "agreement":
        return f"{one.annotator} drifts: agreement {one.before:.0%} before {one.since}, {one.after:.0%} from there ({p})"
    label = one.kind.removeprefix("share of ")
    return f"{one.annotator} shifts on {label}: {100 * one.before:+.0f} points against the others before {one.since}, {100 * one.after:+.0f} from there ({p})"


def _interval(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "not defined (no unit with two readings, or they never vary)"
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else f"{value:.3f}"


def _named(values: Mapping[str, float | None]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in values.items() if value is not None) or "not defined"
