"""Labelled units of an archive, read for an estimate: which of them were drawn at random decides whether they may enter it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labels.errors import LabelError
from labels.gold import derive_gold
from labels.problems import Problem, raise_problems, shorten
from labels.records import Annotation, unit_id
from labels.store import numbered_lines, parse_line

RANDOM, CHOSEN = "random", "chosen"


@dataclass(frozen=True, slots=True)
class LabelledUnit:
    """A unit with its gold label. ``inclusion``: the probability with which the draw took it, None where all had the same."""

    id: str
    text: str
    document: str | None
    label: str
    inclusion: float | None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """The random share of label files, and what was left out of it.

    ``chosen`` units were picked (by uncertainty, say), ``unknown`` ones do not say how they were drawn; ``open`` ones are of the random share,
    but their annotators disagree and nobody adjudicated.
    """

    files: tuple[str, ...]
    units: tuple[LabelledUnit, ...]
    chosen: int
    unknown: int
    open: int

    def of(self, target: str) -> Labelled | None:
        """Return those that were labelled for ``target``, None where there are none."""
        units = tuple(unit for unit in self.units if unit.target == target)
        return replace(self, units=units) if units else None


def read_labelled(paths: Sequence[Path], labels: Sequence[str], *, all_random: bool = False) -> Labelled:
    """Read annotation files (JSON lines, one row an annotator and unit) and derive each unit's gold label.

    ``all_random``: rows without a ``stratum`` were drawn at random too; those of the chosen share stay out all the same. Raises LabelError
    listing rows that cannot be used.
    """
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for path in paths:
        if path.suffix != ".jsonl":
            raise LabelError(f"{path}: ends in {path.suffix!r}; expected annotations as JSON lines (.jsonl), as `stancewire labels import` writes them")
        for row, found in _rows(path, labels):
            rows += [row] if not found else []
            problems += found
    raise_problems(problems)
    strata, inclusion = _strata(rows), {str(row["id"]): float(row["inclusion"]) for row in rows if row.get("inclusion")}
    gold = derive_gold(map(_annotation, rows))
    kept = [g for g in gold if strata[g.id] == RANDOM or (all_random and strata[g.id] is None)]
    units = tuple(LabelledUnit(g.id, g.text, g.document, g.label, inclusion.get(g.id), g.target) for g in kept if g.label)
    counts = [sum(strata[g.id] == kind for g in gold) for kind in (CHOSEN, None)]
    return Labelled(tuple(str(path) for path in paths), units, counts[0], 0 if all_random else counts[1], len(kept) - len(units))


def _rows(path: Path, labels: Sequence[str]) -> Iterator[tuple[dict[str, Any], list[Problem]]]:
    for number, raw in numbered_lines(path):
        try:
            row = parse_line(raw)
        except ValueError as error:
            yield {}, [Problem(path, number, "line", shorten(raw), str(error))]
            continue
        yield row, [Problem(path, number, name, shorten(row.get(name)), expected) for name, expected in _faults(row, labels)]
        if isinstance(row.get("text"), str):
            row.setdefault("id", unit_id(row["text"], row.get("document"), row.get("start")))


def _faults(row: Mapping[str, Any], labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        yield "text", "a sentence"
    if row.get("label") not in labels:
        yield "label", f"one of {', '.join(labels)}, the labels of the model that scored"
    if row.get("stratum") not in (RANDOM, CHOSEN, None):
        yield "stratum", f'"{RANDOM}", "{CHOSEN}", or no such field'
    chance = row.get("inclusion")
    if chance is not None and (not isinstance(chance, int | float) or isinstance(chance, bool) or not 0 < chance <= 1):
        yield "inclusion", "the probability with which the unit was drawn, above 0 and at most 1"


def _strata(rows: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return each unit's stratum: chosen where any of its rows says so, random where one does, else None."""
    said: dict[str, set[str | None]] = defaultdict(set)
    for row in rows:
        said[str(row["id"])].add(row.get("stratum"))
    return {unit: CHOSEN if CHOSEN in kinds else RANDOM if RANDOM in kinds else None for unit, kinds in said.items()}


def _annotation(row: Mapping[str, Any]) -> Annotation:
    """Return a row as an annotation; what an estimate does not ask for is left out."""
    return Annotation(
        id=str(row["id"]),
        text=row["text"],
        label=row["label"],
        annotator=str(row.get("annotator") or "unnamed"),
        codebook=str(row.get("codebook") or ""),
        target=str(row.get("target") or ""),
        document=row.get("document"),
        origin="imported",
    )
