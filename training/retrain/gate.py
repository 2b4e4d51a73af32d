"""The gate: whether a candidate may take the incumbent's place. docs/retraining.md says why the rule is as it is, and how often it errs.

A guarded figure *falls* when the candidate's is lower by more than a tolerance (0.02 of macro-F1, 0.05 of a label's F1) and by more than one and a
half of the difference's standard errors. Guarded are, on each frozen test set, macro-F1 and the F1 of every label with twenty sentences or more. On
the held-out part of the new labels, which the candidate should read better, macro-F1 may not be lower at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.retrain.compare import MACRO, Comparison, Figure
from training.retrain.rows import LEAST_HELD_OUT

TOLERANCE = {True: 0.02, False: 0.05}
"""By whether the figure is macro-F1."""
ERRORS = 1.5
LEAST_SUPPORT = 20
"""Sentences of a label below which its F1 is shown and not guarded."""
LEAST_FROZEN = 100
"""Sentences that the largest frozen set must have to vouch for a model by itself."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the candidate passes, and, if not, every reason as a sentence."""

    passed: bool
    reasons: tuple[str, ...]


def judge(comparisons: Sequence[Comparison]) -> Verdict:
    """Return the verdict over all sets that both models were compared on."""
    reasons = [*_too_small(comparisons)]
    for comparison in comparisons:
        reasons += [_say(comparison, figure) for figure in comparison.figures if falls(comparison, figure)]
    return Verdict(not reasons, tuple(reasons))


def guarded(comparison: Comparison, figure: Figure) -> bool:
    """Tell whether a fall of this figure stands in the way of a promotion."""
    if comparison.new:
        return figure.name == MACRO and figure.support >= LEAST_HELD_OUT
    return figure.name == MACRO or figure.support >= LEAST_SUPPORT


def falls(comparison: Comparison, figure: Figure) -> bool:
    """Tell whether a guarded figure falls by the rule above."""
    if not guarded(comparison, figure):
        return False
    bound = 0.0 if comparison.new else max(TOLERANCE[figure.name == MACRO], ERRORS * figure.error)
    return figure.difference < -bound - 1e-12


def _too_small(comparisons: Sequence[Comparison]) -> list[str]:
    frozen = max((c.n for c in comparisons if not c.new), default=0)
    fresh = max((c.n for c in comparisons if c.new), default=0)
    reasons = []
    if frozen < LEAST_FROZEN:
        reasons.append(
            f"the largest frozen test set has {frozen} sentences that did not train; expected at least {LEAST_FROZEN} to vouch for a model: give one with --test, or say --force"
        )
    if fresh < LEAST_HELD_OUT and not any(c.given for c in comparisons):
        reasons.append(
            f"{fresh} of the new sentences could be held out; expected at least {LEAST_HELD_OUT} to compare on: bring more labels, give a test set with --test, or say --force"
        )
    return reasons


def _say(comparison: Comparison, figure: Figure) -> str:
    low, high = figure.interval
    return f"{figure.name} on {comparison.name} falls from {figure.incumbent:.3f} to {figure.candidate:.3f} ({figure.difference:+.3f} [{low:+.3f}, {high:+.3f}], {figure.support} sentences)"
