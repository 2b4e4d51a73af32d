"""`labels suggest`: draw the random share, choose the rest, say why each is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labels.errors import InputError
from labels.records import unit_id
from labels.units import UnitToLabel
from service.bundle import Bundle
from service.embed import Embedder
from service.pairs import input_of
from service.report.folder import Run
from training.suggest.alike import Known
from training.suggest.choose import Candidate, Choice, Wish, choose, shortlist
from training.suggest.excluded import Excluded
from training.suggest.frame import DEFINITION, Frame, draw_frame, off_topic_articles, uncertain_rows
from training.suggest.options import Request
from training.suggest.quotas import Room, quotas
from training.suggest.rows import Row, Source

_POOL = 10
"""Units taken into view for each that is chosen: near duplicates and full groups cost some, the filter by uncertainty the rest."""
Noted = tuple[Row, str]
Step = Callable[[str, int, int | None], None]
"""Told what is done: the stage, how many of it, and of how many where that is known."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The list, what it was drawn from, and for each unit its uncertainty, in the order of the list."""

    units: list[UnitToLabel]
    uncertainties: list[float]
    groups: list[tuple[str, ...]]
    frame: Frame
    missing: int
    over_quota: int
    quotas: list[dict[str, float]] = field(default_factory=list)


def suggest(run: Run, bundle: Bundle, request: Request, excluded: Excluded, step: Step) -> Suggestion:
    """Return the units to label next out of a finished run.

    Deterministic for a seed, whatever the order of the archive's files. Raises InputError where the run was scored by another model than ``bundle``, or
    holds no unit of the frame.
    """
    if run.model != bundle.tag:
        raise InputError(f"{run.folder}: was scored by {run.model}, the bundle is {bundle.tag}; expected the bundle that scored (--bundle), or scores made anew")
    if run.targets and request.target not in run.targets:
        raise InputError(f"{run.folder}: was scored for several targets; expected --target {' or --target '.join(map(repr, run.targets))}")
    if request.target is not None and not run.targets:
        raise InputError(f"--target {request.target}: {run.folder} was scored by a model with just one target; expected no --target")
    source = Source(run, bundle.decision, request.by, request.seed, request.target)
    frame = draw_frame(source, request.random, excluded.drawn, lambda done: step("counting the units", done, None))
    if not frame.size:
        left = ", ".join(f"{count:,} {reason}" for reason, count in sorted(frame.left_out.items())) or "none"
        raise InputError(f"{run.folder}: holds no unit to label (left out: {left}); expected articles that name every side of the target")
    wanted = request.count - len(frame.random)
    chosen, rows = _chosen(source, frame, bundle, Wish(wanted, request.seed, request.way, frame.groups), excluded, step)
    before = excluded.keys()
    drawn = [(row, _drawn_note(frame, unit_id(row.text) in before)) for row in frame.random]
    listed = _mixed(drawn, [(rows[choice.place], _why(rows[choice.place], choice)) for choice in chosen])
    at_random = {row.id for row in frame.random}
    units = [_unit(row, rank, bundle.tag, note, frame if row.id in at_random else None, request.target) for rank, (row, note) in enumerate(listed, start=1)]
    return Suggestion(
        units=units,
        uncertainties=[row.uncertainty for row, _ in listed],
        groups=[row.groups for row, _ in listed],
        frame=frame,
        missing=request.count - len(units),
        over_quota=sum(c.over_quota for c in chosen),
        quotas=[quotas(one, wanted) for one in frame.groups],
    )


def _chosen(source: Source, frame: Frame, bundle: Bundle, wish: Wish, excluded: Excluded, step: Step) -> tuple[list[Choice], list[Row]]:
    """Return the choices and the rows that they point into."""
    if not wish.count:
        return [], []
    limits = [{group: _POOL * limit for group, limit in limits.items()} for limits in Room(wish.sizes, wish.count).limits] or [{"": _POOL * wish.count}]
    rows = uncertain_rows(
        source, limits, {row.id for row in frame.random} | excluded.drawn, lambda done: step("finding the uncertain ones", done, frame.size + frame.left_out.total())
    )
    known = Known()
    step("comparing with what is labelled", 0, None)
    drawn = [row.text for row in frame.random]
    known.add([*excluded.shipped, *excluded.given, *drawn])
    pool = [Candidate(f"{row.chance:020} {row.id}", row.text, row.uncertainty, row.groups) for row in rows]
    places = shortlist(pool, known, wish)
    texts = [input_of(bundle.codebook, text, source.target) for text in (*(pool[i].text for i in places), *drawn, *excluded.given)]
    vectors = Embedder(bundle).vectors(texts, lambda done: step("reading their meaning", done, len(texts)))
    step("clustering", 0, None)
    choices = choose([pool[i] for i in places], vectors[: len(places)], wish, vectors[len(places) :])
    return choices, [rows[i] for i in places]


def _mixed(drawn: Sequence[Noted], chosen: Sequence[Noted]) -> list[Noted]:
    """Return both shares in one list, each in its own order and evenly spread, so that a half of the list is a half of each, and its place tells nobody which it is."""
    placed = [((i + 0.5) / len(share), which, i) for which, share in enumerate((drawn, chosen)) for i in range(len(share))]
    return [(drawn, chosen)[which][i] for _, which, i in sorted(placed)]


def _drawn_note(frame: Frame, before: bool) -> str:
    again = "; labelled before, listed because the sample must not leave it out" if before else ""
    return f"drawn at random from {frame.size:,} units{again}"


def _why(row: Row, choice: Choice) -> str:
    nearest = sorted(row.probabilities.items(), key=lambda pair: -pair[1])[:2]
    parts = [f"uncertainty {row.uncertainty:.2f} ({', '.join(f'{label} {p:.2f}' for label, p in nearest)})"]
    parts += [f"cluster {choice.cluster}"] if choice.cluster is not None else []
    parts += [", ".join(row.groups)] if row.groups else []
    return "; ".join([*parts, *(["over quota: no other candidate was left"] if choice.over_quota else [])])


def _unit(row: Row, rank: int, tag: str, note: str, frame: Frame | None, target: str | None) -> UnitToLabel:
    """Return the record of a row; ``frame`` where it was drawn at random from it."""
    headline = row.fields["part"] == "title"  # its offsets count in the title, which is no part of the document's text
    return UnitToLabel(
        id=row.id,
        text=row.text,
        stratum="chosen" if frame is None else "random",
        rank=rank,
        document=row.fields["document"],
        start=None if headline else row.fields["start"],
        end=None if headline else row.fields["end"],
        outlet=row.fields["outlet"],
        url=row.fields["url"],
        published=row.fields["published"],
        inclusion=frame.reach / frame.size if frame else None,
        model=tag,
        label=row.fields["label"],
        probabilities=row.probabilities,
        note=note,
        target=target,
    )


def manifest_of(suggestion: Suggestion, run: Run, request: Request, excluded: Excluded) -> dict[str, Any]:
    """Return what the list's companion file says: what the frame is and how each share came about."""
    frame, strata = suggestion.frame, Counter(unit.stratum for unit in suggestion.units)
    return {
        "source": {"scores": str(run.folder), "model": run.model, "codebook": run.codebook, "segmenter": run.segmenter, "off_topic_articles_not_scored": off_topic_articles(run)},
        "frame": {"definition": DEFINITION, "size": frame.size, "left_out": dict(sorted(frame.left_out.items()))},
        "random": {"units": strata["random"], "inclusion": frame.reach / frame.size, "drawn_before": frame.reach - strata["random"], "share": request.random_share},
        "chosen": {"units": strata["chosen"], "way": request.way, "by": list(request.by), "over_quota": suggestion.over_quota, "quotas": _quotas(suggestion, request)},
        "excluded": {"given": len(excluded.given), "shipped": len(excluded.shipped)},
        "asked": request.count,
        "seed": request.seed,
    }


def _quotas(suggestion: Suggestion, request: Request) -> dict[str, dict[str, float]]:
    return {way: {group: round(quota, 2) for group, quota in sorted(found.items())} for way, found in zip(request.by, suggestion.quotas, strict=True)}
