"""Print what the hygiene of a label store found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from labels.hygiene import Hygiene, Pair
from labels.problems import shorten

_EXAMPLES = 3


def hygiene_lines(found: Hygiene) -> Iterator[str]:
    """Yield the report on one origin, a finding a line, with a few examples each."""
    yield f"{found.origin}: {found.sentences:,} sentences with a label"
    twins = [p for p in found.near if p.twins]
    yield from _pairs("near duplicates (half of the runs of five words in common) with one label", [p for p in found.near if not p.twins])
    yield f"  near neighbours with different labels (they teach the difference): {len(twins)}"
    yield f"  commonest openings: {_counts(found.openings) or 'none twice'}"
    yield f"  words that give a label away: {', '.join(f'{c.word} {c.label} {c.share:.0%} of {c.sentences}' for c in found.cues[:12]) or 'none'}"
    yield "  words a sentence, quartiles: " + "; ".join(f"{label} {low}/{middle}/{high}" for label, (low, middle, high) in found.lengths.items())
    yield from (f"  {name}: {_counts(counts)}" for name, counts in found.shares.items())


def _pairs(name: str, pairs: Sequence[Pair]) -> Iterator[str]:
    yield f"  {name}: {len(pairs)}"
    for pair in pairs[:_EXAMPLES]:
        yield f"    {shorten(pair.texts[0], 90)} | {shorten(pair.texts[1], 90)}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())
