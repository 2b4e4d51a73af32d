"""What no single row shows: near duplicates, words that give a label away, lengths and balance.

`stancewire labels check --hygiene` prints these findings; they are for the eye. Repeated sentences and echoes of the
seed articles are faults and stand in ``labels.check``. What needs scikit-learn or an encoder stands in ``training.hygiene``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from labels.gold import Gold

RUN = 5  # words in a row that count as copied
_OPENING = 3
_CUE_SENTENCES = 30
_CUE_SHARE = 0.95
_CUE_EXCESS = 0.3  # over the label's own share: a word may well be neutral where most words are
_STOCK = 50  # a run in more sentences than this is a stock opening, which the openings show
_EXAMPLES = 5
_LARGEST = 20
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences that say nearly the same, with their labels."""

    texts: tuple[str, str]
    labels: tuple[str | None, str | None]
    likeness: float

    @property
    def twins(self) -> bool:
        """Near neighbours with different labels teach the difference; with the same label they only repeat."""
        return self.labels[0] != self.labels[1]


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that gives a label away: of ``sentences`` that hold it, ``share`` carry ``label``."""

    word: str
    label: str
    sentences: int
    share: float


@dataclass(frozen=True, slots=True)
class Hygiene:
    """Findings over the gold sentences of one origin. ``lengths`` holds words at the quartiles, by label."""

    origin: str
    sentences: int
    near: tuple[Pair, ...]
    openings: Mapping[str, int]
    cues: tuple[Cue, ...]
    lengths: Mapping[str, tuple[int, int, int]]
    shares: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def words_of(text: str) -> list[str]:
    """Return the words in lower case, punctuation and apostrophes left out."""
    return _WORD.findall(text.lower().replace("’", "").replace("'", ""))


def runs_of(text: str) -> set[tuple[str, ...]]:
    """Return every ``RUN`` words in a row."""
    words = words_of(text)
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def telling_runs(text: str) -> set[tuple[str, ...]]:
    """Return every ``RUN`` words in a row with at least two words that are no names, titles or numbers: those that one can copy."""
    words = _WORD.findall(text.replace("’", "").replace("'", ""))
    runs = (words[i : i + RUN] for i in range(len(words) - RUN + 1))
    return {tuple(word.lower() for word in run) for run in runs if sum(word.islower() for word in run) >= 2}


def inspect_gold(gold: Sequence[Gold]) -> list[Hygiene]:
    """Return the findings for each origin, largest first."""
    by_origin: dict[str, list[Gold]] = defaultdict(list)
    for one in gold:
        by_origin[one.origin].append(one)
    return [_inspect(origin, rows) for origin, rows in sorted(by_origin.items(), key=lambda item: -len(item[1]))]


def _inspect(origin: str, rows: Sequence[Gold]) -> Hygiene:
    return Hygiene(
        origin=origin,
        sentences=len(rows),
        near=tuple(sorted(_near(rows), key=lambda p: -p.likeness)),
        openings=_openings(rows),
        cues=tuple(_cues(rows)),
        lengths=_lengths(rows),
        shares=_shares(rows),
    )


def _near(rows: Sequence[Gold]) -> Iterator[Pair]:
    """Yield pairs that have half of the shorter sentence's runs of words in common."""
    runs = [runs_of(row.text) for row in rows]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, own in enumerate(runs):
        for run in own:
            holders[run].append(i)
    shared = Counter((a, b) for held in holders.values() if len(held) <= _STOCK for i, a in enumerate(held) for b in held[i + 1 :])
    for (a, b), count in shared.items():
        likeness = count / min(len(runs[a]), len(runs[b]))
        if likeness >= 0.5:
            yield _pair(rows[a], rows[b], likeness)


def _pair(a: Gold, b: Gold, likeness: float) -> Pair:
    return Pair((a.text, b.text), (a.label, b.label), likeness)


def _openings(rows: Sequence[Gold]) -> dict[str, int]:
    counts = Counter(" ".join(words_of(row.text)[:_OPENING]) for row in rows)
    return {opening: n for opening, n in counts.most_common(_EXAMPLES) if n > 1}


def _cues(rows: Sequence[Gold]) -> Iterator[Cue]:
    by_word: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for word in set(words_of(row.text)):
            by_word[word][str(row.label)] += 1
    everywhere = Counter(str(row.label) for row in rows)
    for word, counts in sorted(by_word.items(), key=lambda item: -item[1].total()):
        label, n = counts.most_common(1)[0]
        share = n / counts.total()
        if counts.total() >= _CUE_SENTENCES and share >= _CUE_SHARE and share - everywhere[label] / everywhere.total() >= _CUE_EXCESS:
            yield Cue(word, label, counts.total(), share)


def _lengths(rows: Iterable[Gold]) -> dict[str, tuple[int, int, int]]:
    by_label: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_label[str(row.label)].append(len(words_of(row.text)))
    return {label: _quartiles(counts) for label, counts in sorted(by_label.items())}


def _quartiles(counts: Sequence[int]) -> tuple[int, int, int]:
    low, middle, high = quantiles(counts, n=4, method="inclusive") if len(counts) > 1 else (counts[0],) * 3
    return round(low), round(middle), round(high)


def _shares(rows: Iterable[Gold]) -> dict[str, dict[str, int]]:
    """Return label counts by kind or, where rows name none, by article: the ``_LARGEST`` of them."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row.kind or row.document or "none"][str(row.label)] += 1
    largest = sorted(found, key=lambda name: -found[name].total())[:_LARGEST]
    return {name: dict(found[name].most_common()) for name in sorted(largest)}
