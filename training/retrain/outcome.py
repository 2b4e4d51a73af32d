"""What a retraining was asked for, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.registry.diff import Flip
from service.registry.promotion import acting
from training.retrain.compare import Comparison
from training.retrain.gate import Verdict
from training.retrain.sanity import Contradiction


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. ``only``: train on the new labels alone; ``force``: promote whatever the gate says, with ``why``."""

    labels: tuple[Path, ...]
    tests: tuple[Path, ...] = ()
    only: bool = False
    skip_invalid: bool = False
    force: bool = False
    discard: bool = False
    why: str | None = None
    out: Path | None = None
    progress: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. ``promoted`` may be true against the verdict, by force; ``tag`` is None where nothing was trained."""

    tag: str | None
    incumbent: str
    promoted: bool
    verdict: Verdict
    comparisons: tuple[Comparison, ...] = ()
    flips: tuple[Flip, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    folder: Path | None = None


def as_data(outcome: Outcome, why: str | None = None, *, forced: bool = False) -> dict[str, Any]:
    """Return the verdict with its figures as plain data, as manifests keep it."""
    tables = [{**asdict(c), "figures": [{**asdict(f), "difference": f.difference} for f in c.figures]} for c in outcome.comparisons]
    checks = [{"what": c.what, "against": c.against, "compared": c.compared, "refused": c.refused} for c in outcome.contradictions]
    data = {"incumbent": outcome.incumbent, "verdict": "forced" if forced else "passed" if outcome.verdict.passed else "refused", "reasons": list(outcome.verdict.reasons)}
    return {**data, "comparisons": tables, "checks": checks, **({"forced": dict(zip(("at", "by"), acting(), strict=True)) | {"why": why}} if forced else {})}
