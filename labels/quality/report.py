"""All that is known of the quality of annotations, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from labels.agreement import alpha, alpha_for_label, alpha_interval
from labels.quality.adjudicate import Open, to_adjudicate
from labels.quality.drift import Finding, findings
from labels.quality.pace import Pace, paces
from labels.quality.peers import Peer, Period, peers, periods
from labels.quality.sheet import Sheet, sheet_of
from labels.records import Annotation


@dataclass(frozen=True, slots=True)
class Suspect:
    """A unit whose label a model doubts. ``probability`` is the model's of the given label; ``source`` says whose: a bundle's tag, or how else a model judged."""

    row: Annotation
    given: str
    proposed: str
    probability: float
    source: str


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that did not see the labels that it judges, and on which share of its units it agrees with them: below 0.8 or so, many of its doubts are its own errors."""

    source: str
    units: int
    agreement: float


@dataclass(frozen=True, slots=True)
class Suspects:
    """Suspected label errors, the least believed first, who judged, and in words what was not judged and why."""

    suspects: tuple[Suspect, ...]
    judges: tuple[Judge, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a set of annotations. ``period_kind``: month, day or batch. ``suspects`` is None where nobody looked for label errors."""

    sheet: Sheet
    alpha: float | None
    interval: tuple[float, float] | None
    alphas: Mapping[str, float | None]
    peers: Sequence[Peer]
    period_kind: str
    periods: Sequence[Period]
    findings: Sequence[Finding]
    paces: Sequence[Pace]
    open: Sequence[Open]
    suspects: Suspects | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        readings = {"readings": len(self.sheet.rows), "units": len(self.sheet.by_unit), "repeated": self.sheet.repeated, "adjudicated": len(self.sheet.adjudicated)}
        agreement = {"alpha": self.alpha, "interval": self.interval, "by_label": self.alphas}
        parts = {name: [asdict(one) for one in getattr(self, name)] for name in ("peers", "periods", "findings", "paces")}
        waiting = [{**one.to_unit(rank), "votes": one.votes, "leading": one.leading} for rank, one in enumerate(self.open, start=1)]
        return {**readings, "agreement": agreement, "period": self.period_kind, **parts, "adjudicate": waiting, "suspects": _suspects(self.suspects)}


def measure(annotations: Sequence[Annotation], labels: Sequence[str], *, seed: int = 0) -> Quality:
    """Measure everything that needs no model."""
    sheet = sheet_of(annotations)
    readings = sheet.readings
    value = alpha(readings)
    kind, by_period = periods(sheet)
    return Quality(
        sheet=sheet,
        alpha=value,
        interval=alpha_interval(readings, sheet.groups, seed=seed) if value is not None else None,
        alphas={label: alpha_for_label(readings, label) for label in labels},
        peers=peers(sheet, labels),
        period_kind=kind,
        periods=by_period,
        findings=findings(sheet, labels, seed=seed),
        paces=paces(sheet),
        open=to_adjudicate(sheet),
    )


def _suspects(found: Suspects | None) -> dict[str, Any] | None:
    if found is None:
        return None
    listed = [{"id": s.row.id, "text": s.row.text, "given": s.given, "proposed": s.proposed, "probability": s.probability, "source": s.source} for s in found.suspects]
    return {"judges": [asdict(judge) for judge in found.judges], "notes": found.notes, "suspects": listed}
