"""Measure the topic gate: of the sentences with a stance toward the target, how many stand where both sides are named?

    python -m benchmarks.gate

By article for the seed articles, as the batch gate works; by sentence for the written ones, which have no article and are therefore the hardest case.
"""

from __future__ import annotations

import sys

from labels.codebook import load_codebook
from labels.store import document_text, documents
from training.rows import shipped_gold
from training.selective import wilson


def main() -> int:
    book = load_codebook()
    gold = shipped_gold(book)
    stances = [g for g in gold if g.label != book.default]
    texts = {name: document_text(name) for name in documents()}
    print("| annotated sentences with a stance | named by both sides | recall, 95 % |\n|---|---|---|")
    for name, rows in (
        ("seed, their articles", [texts[g.group] for g in stances if g.origin == "seed"]),
        ("written, each alone", [g.text for g in stances if g.origin == "written"]),
    ):
        passed = sum(map(book.names_target, rows))
        low, high = wilson(passed, len(rows))
        print(f"| {name} | {passed:,} of {len(rows):,} | {passed / len(rows):.3f} [{low:.3f}, {high:.3f}] |")
    neutral = [g.text for g in gold if g.label == book.default and g.origin == "written"]
    print(f"\nOf {len(neutral):,} written neutral sentences {sum(map(book.names_target, neutral)) / len(neutral):.0%} name both sides.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
