"""What `stancewire labels quality` finds of planted faults, and how often it finds what is not there: ``python -m benchmarks.label_quality``.

Sentences and true labels are drawn from the repo's written ones; annotators err at known rates. Seeds 0, 1, ...; intervals are Wilson's over sets (annotators) or
over planted and flagged sentences (label errors). ``--errors`` runs the second part alone, ``--annotators`` the first; ``--data FILE`` the second on a labelled file
(JSON lines with text and label), judged by the shipped bundle, which must not have been trained on it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labels.codebook import Codebook, load_codebook
from labels.gold import Gold, derive_gold
from labels.intervals import wilson
from labels.quality.drift import Finding, findings
from labels.quality.sheet import sheet_of
from labels.records import Annotation, unit_id
from labels.store import load_annotations, shipped_files

ErrorRate = Callable[[float], float]
"""An annotator's share of wrong labels at a place between 0 (the first unit) and 1 (the last)."""


def careful(_: float) -> float:
    return 0.06


def drifting(place: float) -> float:
    return 0.06 if place < 0.5 else 0.35


def flipping(_: float) -> float:
    return 0.30


@dataclass(frozen=True)
class Plan:
    """A set of annotations to make up."""

    annotators: dict[str, ErrorRate]
    units: int
    seed: int


def written_gold(book: Codebook) -> list[Gold]:
    """Return the repo's written sentences that have a label."""
    return [g for g in derive_gold(load_annotations(shipped_files(), book)) if g.label and g.origin == "written"]


def annotated(gold: Sequence[Gold], book: Codebook, plan: Plan) -> list[Annotation]:
    """Return readings of sentences drawn from ``gold``, with the annotators' errors in them."""
    rng = np.random.default_rng(plan.seed)
    rows = []
    for number, place in enumerate(rng.choice(len(gold), plan.units, replace=False)):
        for name, rate in plan.annotators.items():
            label = str(gold[place].label)
            if rng.random() < rate(number / plan.units):
                label = str(rng.choice([other for other in book.labels if other != label]))
            rows.append(_row(gold[place], label, name, book))
    return rows


def mislabelled(gold: Sequence[Gold], book: Codebook, share: float, units: int, seed: int) -> tuple[list[Annotation], set[str]]:
    """Return one reading each of sentences drawn from ``gold``, and the ids of those that were given a wrong label."""
    rng = np.random.default_rng(seed)
    rows, wrong = [], set()
    for place in rng.choice(len(gold), units, replace=False):
        label = str(gold[place].label)
        if rng.random() < share:
            label = str(rng.choice([other for other in book.labels if other != label]))
            wrong.add(gold[place].id)
        rows.append(_row(gold[place], label, "person/a", book))
    return rows, wrong


def _row(gold: Gold, label: str, annotator: str, book: Codebook) -> Annotation:
    return Annotation(id=gold.id, text=gold.text, label=label, annotator=annotator, codebook=book.version, target=book.target, origin="imported")


def alarms(rows: Sequence[Annotation], book: Codebook) -> list[Finding]:
    return [one for one in findings(sheet_of(rows), book.labels) if one.alarm]


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits / of, of) if of else (0.0, 1.0)
    return f"{hits / of if of else float('nan'):.2f} [{float(low):.2f}, {float(high):.2f}] ({hits} of {of})"


def _annotators(gold: Sequence[Gold], book: Codebook, sets: int) -> None:
    two = {"person/a": careful, "person/b": careful}
    print(f"annotators: three, {sets} sets each; careful ones err on 6 % of units")
    for units in (150, 300):
        clean = [alarms(annotated(gold, book, Plan({**two, "person/c": careful}, units, seed)), book) for seed in range(sets)]
        print(f"  {units} units, all careful: sets with any alarm {_share(sum(bool(found) for found in clean), sets)}", flush=True)
        for told, rate, kinds in (("errs on 35 % from the middle on", drifting, ("agreement", "share")), ("errs on 30 % throughout", flipping, ("apart",))):
            found = [alarms(annotated(gold, book, Plan({**two, "person/c": rate}, units, seed)), book) for seed in range(sets)]
            named = sum(any(one.annotator == "person/c" and one.kind.startswith(kinds) for one in each) for each in found)
            wrong = sum(any(one.annotator != "person/c" for one in each) for each in found)
            print(f"  {units} units, one {told}: named {_share(named, sets)}; somebody else named {_share(wrong, sets)}", flush=True)


def _errors(gold: Sequence[Gold], book: Codebook, repeats: int) -> None:
    elsewhere = replace(book, target="another target")  # the repo's labels do not help there
    for told, judged_by, units, shares in (
        ("a cheap model of the repo's other labels", book, 1000, (0.0, 0.05, 0.1, 0.2)),
        ("cross-validation on the labels given", elsewhere, 300, (0.0, 0.1)),
        ("cross-validation on the labels given", elsewhere, 1000, (0.0, 0.1)),
    ):
        print(f"label errors, judged by {told}: {units} units, {repeats} draws each")
        for share in shares:
            _planted(gold, (book, judged_by), share, units, repeats)


def _planted(gold: Sequence[Gold], books: tuple[Codebook, Codebook], share: float, units: int, repeats: int) -> None:
    """Print what is found of errors planted in ``units`` of ``gold``, ``repeats`` times; ``books`` are the labels' own and the one judged by."""
    from training.label_errors import find_errors

    flagged = hits = planted = 0
    for seed in range(repeats):
        rows, wrong = mislabelled(gold, books[0], share, units, seed)
        suspects = {one.row.id for one in find_errors(rows, books[1]).suspects}
        flagged, hits, planted = flagged + len(suspects), hits + len(suspects & wrong), planted + len(wrong)
    false = f"right labels flagged {_share(flagged - hits, repeats * units - planted)}"
    print(f"  {share:.0%} wrong: precision {_share(hits, flagged)}; recall {_share(hits, planted)}; {false}", flush=True)


def _real(path: Path, book: Codebook, repeats: int) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    readings = [Annotation(id=unit_id(r["text"]), text=r["text"], label=r["label"], annotator="a", codebook=book.version, target=book.target, origin="imported") for r in rows]
    gold = [g for g in derive_gold(readings) if g.label]
    print(f"label errors, judged by the shipped bundle: {len(gold)} units of {path.name}, {repeats} draws each")
    for share in (0.0, 0.05, 0.1, 0.2):
        _planted(gold, (book, book), share, len(gold), repeats)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotators", action="store_true")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--sets", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--data", type=Path, metavar="FILE")
    args = parser.parse_args()
    book = load_codebook()
    if args.data is not None:
        return _real(args.data, book, args.repeats)
    gold = [replace(g, group=g.id) for g in written_gold(book)]
    if not args.errors:
        _annotators(gold, book, args.sets)
    if not args.annotators:
        _errors(gold, book, args.repeats)


if __name__ == "__main__":
    main()
