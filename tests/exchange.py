"""What the exchange tests share: sentences that tools stumble over, readings of them, and commands as a user types them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from labels.codebook import Codebook
from labels.records import Annotation, unit_id
from training.cli import main

DATA = Path(__file__).parent / "data/exchange"
TEXTS = (
    "=1+1 is not what Moscow and Tehran, “partners”, make; they said.",
    'Iran\'s “axis” with Russia\nbroke a line; "quotes", too.',
    "- Ties are excellent — 🙂 Путин said.\tTab, too.",
    "0012 missiles went from Iran to Russia.\r\nSecond line",
    "'=quoted, and @home in Iran and Russia",
    "+Iran e\u0301 accents in two code points",
    "The same words about Iran and Russia.",
    "The same words about Iran and Russia.",
    "Iran and Russia " + "agree and " * 2_000,
    "12345678901234e5 is a contract of Iran and Russia",
)
SUFFIX = {"label-studio": ".json", "doccano": ".jsonl", "prodigy": ".jsonl", "argilla": ".json", "csv": ".csv", "tsv": ".tsv", "xlsx": ".xlsx"}


def units() -> list[dict[str, Any]]:
    """Units as `labels suggest` writes them; every third knows nothing but its text."""
    rows = []
    for i, text in enumerate(TEXTS):
        place = (
            {}
            if i % 3 == 2
            else {"document": f"00{i}", "start": 40 * i, "end": 40 * i + len(text), "published": "2023-12-07", "outlet": 'Ôutlet, "x"', "url": "https://e.org/?a=1&b"}
        )
        row = {"id": unit_id(text, place.get("document"), place.get("start")), "text": text, **place, "stratum": ("random", "chosen")[i % 2]}
        label = ("critical", "neutral", "favourable")[i % 3]
        rows.append({**row, "model": "stancewire:abc", "label": label, "probabilities": {label: 0.625, "other": 0.375}, "rank": i + 1})
    return rows


def readings(book: Codebook) -> list[Annotation]:
    """Two people and an adjudicator over the units, with every field that a reading can have, and gaps in each."""
    rows = []
    for i, unit in enumerate(units()):
        place = {name: unit[name] for name in ("document", "start", "end", "outlet", "url", "published", "stratum") if name in unit}
        for j, annotator in enumerate(("person/anna@example.org", "person/ben", "adjudicator/çé x")):
            if (i + j) % 4 == 3:
                continue
            personal = {
                "voice": (None, "source", "outlet")[(i + j) % 3],
                "speaker": (None, 'O\'Neil "X"')[j % 2],
                "unsure": (None, True, False)[(i + 2 * j) % 3],
                "note": (None, 'a\nb, "c"; =1+1', "-x")[(i * j) % 3],
                "created": ("2026-11-20", "2026-11-21T10:11:12+00:00", None)[(i + j) % 3],
                "kind": (None, "k")[i % 2],
                "codebook": ("1.0", "1.1")[j % 2],
            }
            known = {"id": unit["id"], "text": unit["text"], "label": book.labels[(i + j) % 3], "annotator": annotator, "target": book.target, "origin": "imported"}
            rows.append(Annotation(**known, **place, **personal))
    return rows


def write_lines(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join((row.to_json() if isinstance(row, Annotation) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), encoding="utf-8", newline="")
    return path


def stored(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().decode().split("\n") if line]


def bring(*arguments: object) -> int:
    """Run `stancewire labels import` with these arguments."""
    return main(["labels", "import", *map(str, arguments)])


def send(*arguments: object) -> int:
    """Run `stancewire labels export` with these arguments."""
    return main(["labels", "export", *map(str, arguments)])


def as_set(rows: Iterable[dict[str, Any]]) -> set[str]:
    return {json.dumps(row, sort_keys=True) for row in rows}


ALL = pytest.mark.parametrize("tool", SUFFIX)
